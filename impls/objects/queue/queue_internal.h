/* SPDX-License-Identifier: MIT */
/*
 * What the parts of a queue share: the control block in shared memory, the
 * handle, and the operations of an engine. Read queue_words.h first.
 *
 * An engine is the part that differs: queue_shm.c for a mechanism that is
 * memory, queue_stream.c for one that carries frames.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/naming/named_object.h"
#include "impls/core/sync/peer_yield.h"
#include "impls/core/sync/robust_lock.h"
#include "impls/objects/handle.h"
#include "ipcmark/queue.h"
#include "feeder_shared.h"
#include "queue_words.h"

#define QUEUE_MAGIC UINT32_C(0x51504349)

/** In shared memory, zeroed, one a queue. Comments name who writes a field. */
struct queue_shared {
	_Alignas(64) _Atomic uint64_t tail; /* T: producers' lock; W any */
	_Alignas(64) _Atomic uint64_t head; /* H: consumers' lock; W any */
	struct robust_lock producers;
	uint64_t head_seen; /* producers' lock: an earlier value of H */
	_Atomic uint32_t state_flags; /* bits of enum queue_state */
	struct robust_lock consumers;
	uint64_t tail_seen; /* consumers' lock: an earlier value of T */
	_Atomic uint32_t shutdown_flags; /* bits of enum queue_shutdown */
	/*
	 * Joinable: low half as in T, the count of task_done, high half how
	 * often the count of unfinished items became zero. Any process, by
	 * compare-and-swap.
	 */
	_Alignas(64) _Atomic uint64_t done;
	/* Immediate shutdown: the H at which dropping began. Position 1: it
	 * is set. Consumers' lock. */
	_Atomic uint64_t dropped_from;
	_Atomic uint32_t counting; /* bits of enum queue_counting */
	_Atomic uint32_t notices;  /* a futex; see queue_notices */
	/* CPU + 1 at the last sleep; 0 unknown. Hints, see queue_wait.c. */
	_Atomic int producer_cpu;
	_Atomic int consumer_cpu;
	_Atomic uint64_t spilled_items; /* producers' lock */
	_Atomic uint64_t recoveries;	/* under either lock */
	struct feeder_table feeders;
};

/*
 * What makes a put leave its usual path. On the cache line of head_seen, which
 * each put reads anyway, and read with the producers' lock held: a thread that
 * takes the lock after the bit was set sees it.
 */
enum queue_state {
	STATE_SHUT_DOWN = 1u << 0,     /* shutdown: put gives CLOSED */
	STATE_SHUT_DOWN_NOW = 1u << 1, /* immediate: a feeder's items too */
	STATE_ACCEPT_FIRST = 1u << 2, /* feeders: each item is accepted first */
};

/* Steps of a shutdown; on the line of tail_seen for the same reason. */
enum queue_shutdown {
	SHUTDOWN_BEGUN = 1u << 0,   /* a thread that sees it sets state_flags */
	SHUTDOWN_SEALED = 1u << 1,  /* and no put is running any more */
	SHUTDOWN_DROP = 1u << 2,    /* immediate: get delivers nothing */
	SHUTDOWN_DROPPED = 1u << 3, /* and all items were dropped */
};

/* Which number counts as T for qsize, full and join; see queue_counted. */
enum queue_counting {
	COUNT_ACCEPTED = 1u << 0, /* feeders.accepted */
	COUNT_DROPPED = 1u << 1,  /* dropped_from; it has precedence */
};

struct queue_feeder;
struct queue_stream;

/** Result of an attempt to put. */
struct put_outcome {
	size_t done;
	uint64_t head; /* with FULL or WOULDBLOCK: the H that was seen */
};

/**
 * One attempt to put: IPCM_OK if at least one item was appended, IPCM_FULL,
 * IPCM_WOULDBLOCK if the lock stayed busy, IPCM_INVALID if the caller holds it
 * by a reservation, IPCM_NOTSUP if the items have to be accepted first.
 * @param counted the entry that has accepted the items already, or NULL
 */
typedef enum ipcm_status queue_try_put(struct ipcm_queue *queue,
				       const struct ipcm_item *items,
				       size_t count, int64_t deadline_ns,
				       struct feeder_entry *counted,
				       struct put_outcome *ret_outcome);

/**
 * One attempt to take up to max items; sizes and places as in get_many.
 * IPCM_WOULDBLOCK: the lock stayed busy.
 */
typedef enum ipcm_status queue_try_get(struct ipcm_queue *queue,
				       uint8_t *buffer, size_t buffer_bytes,
				       struct ipcm_item *items,
				       size_t max_items, size_t *ret_count);

/** What a waiting call remembers from one wait to the next. Zero at first. */
struct queue_waiter {
	uint64_t primed;  /* the engine's own; 0 after an attempt that did not
			     look: the lock was busy */
	uint32_t notices; /* before all was checked that ends the wait */
	bool waited;
	bool slept;	 /* a wake-up may have been spent on it */
	bool engaged;	 /* wait_end is due when the call ends */
	bool locked_out; /* a lock stayed busy: see queue_lock_watch */
};

/** The operations of an engine. */
struct queue_engine {
	queue_try_put *try_put;
	queue_try_get *try_get;
	/**
	 * Wait for an item, at most until the deadline or a slice. It may
	 * return without one: the caller tries to get, and calls again. True
	 * if the caller may have used up a wake-up of T, so that the next
	 * waiter must be woken.
	 */
	bool (*wait_for_item)(struct ipcm_queue *queue, int64_t deadline_ns,
			      struct queue_waiter *waiter);
	/** The call that waited ends, and waiter->engaged is set. */
	void (*wait_end)(struct ipcm_queue *queue, struct queue_waiter *waiter);
	/** Optional: wake all calls that wait for an item elsewhere than on T.
	 */
	void (*wake_waiters)(struct ipcm_queue *queue);
	/** Release the producers' lock. */
	void (*unlock_producers)(struct ipcm_queue *queue);
	/** Optional: recover from a dead process if a hint shows one. */
	void (*recover)(struct ipcm_queue *queue);
	/** Take a side's lock, with the recovery needed. False: no lock. */
	bool (*lock_producers)(struct ipcm_queue *queue, int64_t deadline_ns);
	bool (*lock_consumers)(struct ipcm_queue *queue, int64_t deadline_ns);
	/** Make H equal to T, which is final. Consumers' lock. */
	void (*drop_all)(struct ipcm_queue *queue);
	/** Optional: wake the waiters in the mechanism. Producers' lock. */
	void (*wake)(struct ipcm_queue *queue);
	void (*close)(struct ipcm_queue *queue);
};

/** A reservation or a peek; zero: none. Guarded by the side's lock. */
struct queue_hold {
	_Atomic uint64_t holder; /* identity of the thread */
	uint64_t word;		 /* T, or H, that was found */
	uint64_t head;		 /* reservation: the H it was made for */
	size_t bytes;
	void *space;
	struct ipcm_store_view view; /* peek */
};

/* See queue_claim.h. */
struct queue_claims {
	_Atomic uint32_t *first;
	size_t stride_bytes;
	unsigned count;
};

/* How a side that has caught up holds back; see queue_pace.h. */
struct queue_pace {
	_Atomic bool due;
	_Atomic int credit;
	_Atomic unsigned looks;
};

/** Private to the process; copied by fork(). */
struct ipcm_queue {
	struct handle handle;
	bool joinable;
	bool bounded;
	bool no_overflow;   /* put waits for the channel: feeder, SimpleQueue */
	unsigned access;    /* of a named one: enum ipcm_access_flags */
	uint32_t max_items; /* maxsize, or IPCM_QUEUE_MAX_ITEMS */
	int64_t spin_ns;
	struct queue_pace get_pace, put_pace;
	_Atomic int spin_budget; /* see queue_wait.c */
	struct peer_yield yield; /* the same */
	uint32_t refresh_units;	 /* stores: read H again beyond this, */
	uint32_t refresh_items;	 /* or this */
	const struct ipcm_queue_ops *ops;
	const struct queue_engine *engine;
	struct queue_shared *shared;
	size_t shared_bytes;
	void *channel; /* the back-end's state */
	struct ipcm_channel_limits limits;
	struct queue_stream *stream; /* stream engine only */
	struct queue_feeder *feeder; /* NULL: put hands over directly */
	/* no_overflow: must an item that is half sent be given up? Optional;
	 * called between slices. */
	enum ipcm_status (*give_up)(void *context);
	void *give_up_context;
	_Atomic uint32_t *claim; /* this process's; NULL: none */
	struct queue_claims claims;
	struct queue_hold reserved;
	struct queue_hold peeked;
	struct named named; /* zeroed: no name; see queue_named.c */
};

/** Is it a queue, open or closed? */
static inline bool queue_is_handle(const struct ipcm_queue *queue)
{
	return handle_is(queue, QUEUE_MAGIC);
}

/** INVALID, CLOSED or OK. */
static inline enum ipcm_status queue_usable(const struct ipcm_queue *queue)
{
	if (__builtin_expect(!handle_is_aligned(queue), 0))
		return IPCM_INVALID;
	return handle_check(queue, QUEUE_MAGIC);
}

/** Was a handle that is in use closed meanwhile? */
static inline bool queue_is_closed(const struct ipcm_queue *queue)
{
	return handle_check(queue, QUEUE_MAGIC) == IPCM_CLOSED;
}

/**
 * Is the producers' side (put, put_many, reserve, shutdown) open to this
 * handle? IPCM_PERM if it was opened with IPCM_ACCESS_GET_ONLY.
 */
static inline enum ipcm_status queue_may_put(const struct ipcm_queue *queue)
{
	return __builtin_expect(queue->access & IPCM_ACCESS_GET_ONLY, 0)
		       ? IPCM_PERM
		       : IPCM_OK;
}

/** The consumers' side (get, get_many, peek); IPCM_PERM: _PUT_ONLY. */
static inline enum ipcm_status queue_may_get(const struct ipcm_queue *queue)
{
	return __builtin_expect(queue->access & IPCM_ACCESS_PUT_ONLY, 0)
		       ? IPCM_PERM
		       : IPCM_OK;
}

/** Is the queue that is being opened one that exists already? */
static inline bool queue_is_existing(const struct ipcm_queue *queue)
{
	return queue->named.header && !queue->named.creating;
}

/* ---- the engines ---- */

/** Zeroed memory for the stream engine; free() frees it. */
struct queue_stream *queue_stream_new(void);

/** Each sets queue->engine and opens what it needs. */
enum ipcm_status queue_shm_open(struct ipcm_queue *queue,
				const struct ipcm_channel_request *requested);
enum ipcm_status queue_stream_open(
	struct ipcm_queue *queue, const struct ipcm_channel_request *requested);

/*
 * How often something happened that ends waits and moves no word: a shutdown or
 * a step of it, a closed handle or end, a feeder told to stop. A waiter reads
 * this, then checks what may end its call, then compares before it sleeps. On
 * the line of neither side.
 */
static inline uint32_t queue_notices(const struct ipcm_queue *queue)
{
	return atomic_load(&queue->shared->notices);
}

/** Such a thing was stored: count it, and wake every call that waits. */
void queue_wake_everything(struct ipcm_queue *queue);

/** What an attempt returns that failed to take a side's lock. */
static inline enum ipcm_status queue_busy(const struct robust_lock *lock)
{
	return robust_lock_is_mine(lock) ? IPCM_INVALID : IPCM_WOULDBLOCK;
}

/** A lock of an attempt to put stayed busy: its result. */
static inline enum ipcm_status queue_put_busy(const struct ipcm_queue *queue,
					      struct put_outcome *ret_outcome)
{
	ret_outcome->head = atomic_load_explicit(&queue->shared->head,
						 memory_order_relaxed);
	return queue_busy(&queue->shared->producers);
}

/** Where the next item of a batch starts: multiples of 8 bytes. */
static inline size_t queue_align(size_t offset)
{
	return (offset + 7) & ~(size_t)7;
}

/* ---- creating, step by step (queue.c); with a name queue_named.c ---- */

/**
 * Create a queue for the library's own use.
 * @param requested of the mechanism; NULL: derived from the options
 */
enum ipcm_status queue_create(const struct ipcm_backend *backend,
			      const struct ipcm_queue_options *options,
			      const struct ipcm_channel_request *requested,
			      struct ipcm_queue **ret_queue);

/** IPCM_OK if a back-end can have a queue with these options. */
enum ipcm_status queue_check_options(const struct ipcm_backend *backend,
				     const struct ipcm_queue_options *options);
/** The handle's own memory, nothing open; NULL without memory. */
struct ipcm_queue *queue_alloc(const struct ipcm_backend *backend,
			       const struct ipcm_queue_options *options);
/** Control block and engine; by queue->named if that stands for a name. */
enum ipcm_status queue_open_parts(struct ipcm_queue *queue, size_t hint,
				  const struct ipcm_channel_request *requested);
/** The last step: the feeder, if requested; then the handle is open. */
enum ipcm_status queue_enable(struct ipcm_queue *queue, unsigned flags);
/** Undo queue_open_parts, and queue_alloc. */
void queue_close_parts(struct ipcm_queue *queue);
void queue_dealloc(struct ipcm_queue *queue);

/* ---- counting (queue.c) ---- */

/** queue_counted where T is not the count. */
uint64_t queue_counted_slowly(const struct ipcm_queue *queue,
			      uint32_t counting);

/** T as qsize, full and join count it: accepted items are included. */
static inline uint64_t queue_counted(const struct ipcm_queue *queue)
{
	/* acquire pairs with the release that sets a bit */
	uint32_t counting = atomic_load_explicit(&queue->shared->counting,
						 memory_order_acquire);

	if (__builtin_expect(counting != 0, 0))
		return queue_counted_slowly(queue, counting);
	return atomic_load_explicit(&queue->shared->tail, memory_order_acquire);
}

/** Items inside, as queue_counted sees it; 0 .. max_items. */
size_t queue_count_items(const struct ipcm_queue *queue);

/* ---- shutdown (queue_shutdown.c) ---- */

/** The status of a put when state_flags are set. */
enum ipcm_status queue_state_status(uint32_t state_flags,
				    const struct feeder_entry *counted);

/** May a put append? With the producers' lock held. */
static inline enum ipcm_status queue_check_state(
	const struct ipcm_queue *queue, const struct feeder_entry *counted)
{
	/* relaxed: a shutdown takes this lock after it has set the flags */
	uint32_t flags = atomic_load_explicit(&queue->shared->state_flags,
					      memory_order_relaxed);

	return __builtin_expect(flags != 0, 0)
		       ? queue_state_status(flags, counted)
		       : IPCM_OK;
}

/**
 * A shutdown has begun and there was nothing to get: continue it.
 * IPCM_CLOSED: nothing can come any more. IPCM_OK: something may.
 */
enum ipcm_status queue_continue_shutdown(struct ipcm_queue *queue);

/** Is a shutdown in progress? One load. */
static inline bool queue_is_shutting_down(const struct ipcm_queue *queue)
{
	return atomic_load_explicit(&queue->shared->shutdown_flags,
				    memory_order_acquire) != 0;
}

/* ---- zero-copy (queue_zero_copy.c) ---- */

/** A handle is freed: end what this thread holds by it. */
void queue_zero_copy_release(struct ipcm_queue *queue);

#endif
