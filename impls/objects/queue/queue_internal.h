/* SPDX-License-Identifier: MIT */
/*
 * What the parts of a queue share: the control block and the commit words.
 *
 * T and H are the truth of a queue (design: one word is the truth, and moving
 * it is the last step). Producers own T, consumers own H; both look like
 *
 *     63            32 31           1  0
 *     +---------------+--------------+---+
 *     |   position    | items so far | W |
 *     +---------------+--------------+---+
 *
 * position: where the next item goes or comes from (stores only). W: somebody
 * may sleep on this word; it is armed by a compare-and-swap and cleared by the
 * exchange that moves the word, so no wake-up is lost between a last look and
 * the sleep. The kernel's futex is the low half. Numbers run free modulo 2^31.
 *
 * A lane is the part that differs: queue_shm.c for a mechanism that is
 * memory, queue_stream.c for one that carries frames.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/memory/shared_buffer.h"
#include "impls/core/naming/named_object.h"
#include "impls/core/sync/robust_lock.h"
#include "ipcmark/queue.h"
#include "feeder.h"

#define WORD_WAITER   UINT64_C(1)
#define WORD_ONE_ITEM UINT64_C(2)
#define NUMBER_MASK   UINT32_C(0x7fffffff)

/* Lock waits never fail a call that could succeed (G-TO-04): even a try waits
 * this long for a lock that is held for a copy. */
#define LOCK_GRACE_NS (40 * INT64_C(1000000))
/* As a deadline: for a lock that its holder may keep for longer. */
#define LOCK_NO_GRACE INT64_C(-1)

static inline uint32_t word_position(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline uint32_t word_number(uint64_t word)
{
	return (uint32_t)word >> 1;
}

static inline uint64_t word_make(uint32_t position, uint32_t number)
{
	return (uint64_t)position << 32 | (uint64_t)(number & NUMBER_MASK) << 1;
}

/* Items between two words; meaningful while it is at most the maximum. */
static inline uint32_t word_items(uint64_t tail, uint64_t head)
{
	return (word_number(tail) - word_number(head)) & NUMBER_MASK;
}

/* How far number a is ahead of b; negative if behind. */
static inline int32_t number_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)((a - b) << 1) >> 1;
}

/** In shared memory, zeroed, one a queue. Who writes a field is said there. */
struct queue_shared {
	_Alignas(64) _Atomic uint64_t tail; /* T: producers' lock; W anybody */
	_Alignas(64) _Atomic uint64_t head; /* H: consumers' lock; W anybody */
	struct robust_lock producers;
	uint64_t head_seen; /* producers' lock: an H that was true once */
	_Atomic uint32_t state_flags; /* bits of enum queue_state */
	struct robust_lock consumers;
	uint64_t tail_seen; /* consumers' lock: a T that was true once */
	_Atomic uint32_t shutdown_flags; /* bits of enum queue_shutdown */
	/*
	 * Joinable: low half task_done count << 1 | W, high half how often the
	 * count of unfinished items came to zero. Anybody, by compare-and-swap.
	 */
	_Alignas(64) _Atomic uint64_t done;
	/* Immediate shutdown: the H at which dropping began. Position 1: it
	 * is set. Consumers' lock. */
	_Atomic uint64_t dropped_from;
	_Atomic uint32_t counting;    /* bits of enum queue_counting */
	_Atomic uint32_t ends_closed; /* SimpleQueue: a hint to look */
	/* CPU + 1 at the last sleep; 0 unknown. Hints, see queue_wait.c. */
	_Atomic int producer_cpu;
	_Atomic int consumer_cpu;
	_Atomic uint64_t spilled_items; /* producers' lock */
	_Atomic uint64_t recoveries;	/* under either lock */
	struct feeder_table feeders;
};

/*
 * What makes a put leave its usual path. On the line of head_seen, which each
 * put reads anyway, and looked at with the producers' lock held: who takes the
 * lock after the bit was set knows it.
 */
enum queue_state {
	STATE_SHUT_DOWN = 1u << 0,     /* shutdown: put gives CLOSED */
	STATE_SHUT_DOWN_NOW = 1u << 1, /* immediate: a feeder's items too */
	STATE_FED = 1u << 2, /* feeders: each item is accepted first */
};

/* How far a shutdown has come; on the line of tail_seen for the same reason. */
enum queue_shutdown {
	SHUTDOWN_BEGUN = 1u << 0,   /* who finds it shuts the gate */
	SHUTDOWN_SEALED = 1u << 1,  /* and no put is under way any more */
	SHUTDOWN_DROP = 1u << 2,    /* immediate: get delivers nothing */
	SHUTDOWN_DROPPED = 1u << 3, /* and all was dropped */
};

/* Which number counts as T for qsize, full and join; see queue_counted. */
enum queue_counting {
	COUNT_ACCEPTED = 1u << 0, /* feeders.accepted */
	COUNT_DROPPED = 1u << 1,  /* dropped_from; goes before the other */
};

struct queue_feeder;
struct queue_stream;

/** What an attempt to put came to. */
struct put_outcome {
	size_t done;
	uint64_t head; /* with FULL or WOULDBLOCK: the H that was seen */
};

/**
 * One attempt to put: IPCM_OK if at least one item was appended, IPCM_FULL,
 * IPCM_WOULDBLOCK if the lock stayed busy, IPCM_INVALID if the caller holds it
 * by a reservation, IPCM_NOTSUP if the items have to be accepted first.
 * @param counted who accepted the items already, or NULL
 */
typedef enum ipcm_status queue_try_put(struct ipcm_queue *queue,
				       const struct ipcm_item *items,
				       size_t count, int64_t deadline_ns,
				       struct feeder_entry *counted,
				       struct put_outcome *ret_outcome);

/**
 * One attempt to take up to max items; sizes and places as get_many tells.
 * IPCM_WOULDBLOCK: the lock stayed busy.
 */
typedef enum ipcm_status queue_try_get(struct ipcm_queue *queue,
				       uint8_t *buffer, size_t buffer_bytes,
				       struct ipcm_item *items,
				       size_t max_items, size_t *ret_count);

/** The operations of a lane. */
struct queue_engine {
	queue_try_put *try_put;
	queue_try_get *try_get;
	/**
	 * Wait for an item, at most until the deadline or a slice; no promise:
	 * the caller gets again, and comes back if there was none. `primed` is
	 * the lane's memory between such calls, 0 at first. True if a wake-up
	 * of T was spent on the caller, so that it has to be passed on.
	 */
	bool (*wait_for_item)(struct ipcm_queue *queue, int64_t deadline_ns,
			      uint64_t *primed);
	/** Optional: repair what a dead process left, if a hint says so. */
	void (*recovery)(struct ipcm_queue *queue);
	/** Take a side's lock, repairing what is needed. False: no lock. */
	bool (*lock_producers)(struct ipcm_queue *queue, int64_t deadline_ns);
	bool (*lock_consumers)(struct ipcm_queue *queue, int64_t deadline_ns);
	/** Make H equal to T, which is final. Consumers' lock. */
	void (*drop_all)(struct ipcm_queue *queue);
	/** Optional: wake who waits in the mechanism. Producers' lock. */
	void (*nudge)(struct ipcm_queue *queue);
	void (*close)(struct ipcm_queue *queue);
};

/** A reservation or a peek: zero is none. Guarded by the side's lock. */
struct queue_hold {
	_Atomic uint64_t holder; /* identity of the thread */
	uint64_t word;		 /* T, or H, that was found */
	uint64_t head;		 /* reservation: the H it was made for */
	size_t bytes;
	void *room;
	struct ipcm_store_view view; /* peek */
};

/** A handle: private to the process, copied by fork(). */
struct ipcm_queue {
	uint32_t magic;
	atomic_bool closed;
	bool joinable;
	bool bounded;
	bool no_overflow;   /* put waits for the channel: feeder, SimpleQueue */
	unsigned access;    /* of a named one: enum ipcm_access_flags */
	uint32_t max_items; /* maxsize, or IPCM_QUEUE_MAX_ITEMS */
	int64_t spin_ns;
	_Atomic int spin_budget; /* see queue_wait.c */
	_Atomic unsigned wakes;	 /* the same */
	_Atomic int aside_pause; /* the same */
	uint32_t refresh_units;	 /* stores: look at H again beyond this */
	const struct ipcm_queue_ops *ops;
	const struct queue_engine *engine;
	struct queue_shared *shared;
	size_t shared_bytes;
	void *channel; /* the back-end's state */
	struct ipcm_channel_limits limits;
	struct queue_stream *frames; /* frames lane only */
	struct queue_feeder *feeder; /* NULL: put hands over itself */
	/* no_overflow: shall an item that has begun to go be given up?
	 * Optional; asked between slices. */
	enum ipcm_status (*give_up)(void *context);
	void *give_up_context;
	struct queue_hold reserved;
	struct queue_hold peeked;
	struct named named; /* zeroed: no name; see queue_named.c */
};

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

/** Is the queue being opened one that others made and use? */
static inline bool queue_is_joining(const struct ipcm_queue *queue)
{
	return queue->named.header && !queue->named.making;
}

/** Zeroed room for the frames lane, given back with free(). */
struct queue_stream *queue_stream_new(void);

/** The two lanes; each fills in queue->lane and what it needs. */
enum ipcm_status queue_shm_open(struct ipcm_queue *queue,
				const struct ipcm_channel_request *requested);
enum ipcm_status queue_stream_open(
	struct ipcm_queue *queue, const struct ipcm_channel_request *requested);

/* ---- shared by the lanes (queue_wait.c) ---- */

/**
 * Take a side's lock for a call with this deadline; as robust_lock_acquire, but
 * for a slice at most: who may wait for longer looks around and tries again.
 * LOCK_TIMEDOUT: interrupted() tells whether a handler ran meanwhile.
 */
enum robust_lock_result queue_lock(struct robust_lock *lock,
				   int64_t deadline_ns);

/**
 * Sleep on a commit word as long as it equals `seen` (W aside), at most until
 * the deadline or a slice. True if a wake-up was spent on the caller: then
 * queue_wake_next is due once it got what it wanted, or gives up.
 */
bool queue_sleep(struct ipcm_queue *queue, _Atomic uint64_t *word,
		 uint64_t seen, int64_t deadline_ns);

/**
 * Sleep a little, each time longer, up to 10 ms: for a feeder's thread that
 * waits for room. On H it would take wake-ups away from those who wait for a
 * slot.
 */
void queue_backoff(unsigned *naps, int64_t deadline_ns);

/** Remember on which CPU this side runs. */
void queue_note_cpu(struct ipcm_queue *queue, bool consumer);

/**
 * Before sleeping on a word: if it is likely to pay, let the peer work for a
 * moment. True if the word has moved meanwhile: do not sleep.
 */
bool queue_let_peer_work(struct ipcm_queue *queue, _Atomic uint64_t *word,
			 uint64_t seen);

/** After a sleep: try now and then whether that would have paid. */
void queue_probe_stream(struct ipcm_queue *queue, _Atomic uint64_t *word,
			uint64_t seen);

/** The word moved from `old` by `count` items: wake whom W promised. */
void queue_wake(struct ipcm_queue *queue, _Atomic uint64_t *word, uint64_t old,
		size_t count);

/**
 * A call that slept on `word` got what it wanted. Others may still sleep
 * there, and their W is gone: set it again, or wake one if there is more.
 */
void queue_wake_next(_Atomic uint64_t *word, bool more);

/**
 * A side's lock stayed busy although there is room (an item): try again? Not
 * for ever, since its holder may be stopped.
 */
bool queue_busy_again(const struct ipcm_queue *queue, unsigned *busy,
		      bool producer);

/** The wait loop of put: attempts, and sleeps on H while the queue is full. */
enum ipcm_status queue_put_waiting(struct ipcm_queue *queue,
				   queue_try_put *try_put,
				   const struct ipcm_item *items, size_t count,
				   int64_t deadline_ns,
				   struct feeder_entry *counted,
				   size_t *ret_done);

/** The wait loop of get: attempts, and the lane's sleep while it is empty. */
enum ipcm_status queue_get_waiting(struct ipcm_queue *queue,
				   queue_try_get *try_get, uint8_t *buffer,
				   size_t buffer_bytes, struct ipcm_item *items,
				   size_t max_items, int64_t timeout_ns,
				   size_t *ret_count);

/** What an attempt that failed to take a side's lock returns. */
static inline enum ipcm_status queue_busy(const struct robust_lock *lock)
{
	return robust_lock_is_mine(lock) ? IPCM_INVALID : IPCM_WOULDBLOCK;
}

/** INVALID, CLOSED or OK. */
enum ipcm_status queue_usable(const struct ipcm_queue *queue);
/** Is it a handle at all? */
bool queue_is_handle(const struct ipcm_queue *queue);

/**
 * Make a queue for this library's own use.
 * @param requested what is asked of the mechanism; NULL: derived from the
 * options
 */
enum ipcm_status queue_create(const struct ipcm_backend *backend,
			      const struct ipcm_queue_options *options,
			      const struct ipcm_channel_request *requested,
			      struct ipcm_queue **ret_queue);

/* ---- making, step by step (queue.c); for a name too (queue_named.c) ---- */

/** IPCM_OK if a queue can be made with these options on this back-end. */
enum ipcm_status queue_check_options(const struct ipcm_backend *backend,
				     const struct ipcm_queue_options *options);
/** The handle's own memory, nothing open; NULL without memory. */
struct ipcm_queue *queue_alloc(const struct ipcm_backend *backend,
			       const struct ipcm_queue_options *options);
/** Control block and lane; by queue->named if that stands for a name. */
enum ipcm_status queue_open_parts(struct ipcm_queue *queue, size_t hint,
				  const struct ipcm_channel_request *requested);
/** The last step: feeder, if wanted, and then it is a handle. */
enum ipcm_status queue_begin(struct ipcm_queue *queue, unsigned flags);
/** Undo queue_open_parts, and queue_alloc. */
void queue_close_parts(struct ipcm_queue *queue);
void queue_dealloc(struct ipcm_queue *queue);

/* ---- counting ---- */

/** queue_counted where T alone does not tell. */
uint64_t queue_counted_slowly(const struct ipcm_queue *queue,
			      uint32_t counting);

/** T as qsize, full and join count it: accepted items are in. */
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

/** The gate is not open: what a put comes to. */
enum ipcm_status queue_state_status(uint32_t state_flags,
				    const struct feeder_entry *counted);

/**
 * A shutdown has begun and there was nothing to get: go on with it.
 * IPCM_CLOSED: nothing can come any more. IPCM_OK: something may.
 */
enum ipcm_status queue_continue_shutdown(struct ipcm_queue *queue);

/** Is a shutdown under way? One load. */
static inline bool queue_is_shutting_down(const struct ipcm_queue *queue)
{
	return atomic_load_explicit(&queue->shared->shutdown_flags,
				    memory_order_acquire) != 0;
}

/* ---- zero-copy (queue_zero_copy.c) ---- */

/** A handle is freed: let go of what this thread holds by it. */
void queue_zero_let_go(struct ipcm_queue *queue);

/** Spin until the word differs from seen (W aside), at most queue->spin_ns. */
bool queue_spin(const struct ipcm_queue *queue, _Atomic uint64_t *word,
		uint64_t seen);

/** Copy one item out of at most two pieces. */
void queue_copy_out(uint8_t *to, const struct ipcm_store_view *view);

/** Where the next item of a batch starts: multiples of 8 bytes. */
static inline size_t queue_align(size_t offset)
{
	return (offset + 7) & ~(size_t)7;
}

#endif
