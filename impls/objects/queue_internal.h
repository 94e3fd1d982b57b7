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
 * A lane is the part that differs: queue_store.c for a mechanism that is
 * memory, queue_frames.c for one that carries frames.
 */
#ifndef IPCMARK_OBJECTS_QUEUE_INTERNAL_H
#define IPCMARK_OBJECTS_QUEUE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/owner_lock.h"
#include "ipcmark/queue.h"

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
	struct owner_lock producers;
	uint64_t head_seen; /* producers' lock: an H that was true once */
	struct owner_lock consumers;
	uint64_t tail_seen; /* consumers' lock: a T that was true once */
	/*
	 * Joinable: low half task_done count << 1 | W, high half how often the
	 * count of unfinished items came to zero. Anybody, by compare-and-swap.
	 */
	_Alignas(64) _Atomic uint64_t done;
	/* CPU + 1 at the last sleep; 0 unknown. Hints, see queue_wait.c. */
	_Atomic int producer_cpu;
	_Atomic int consumer_cpu;
	_Atomic uint64_t spilled_items; /* producers' lock */
	_Atomic uint64_t recoveries;	/* under either lock */
};

struct queue_frames;

/** The operations of a lane. */
struct queue_lane {
	/** Append up to count items; IPCM_OK if at least one was appended. */
	enum ipcm_status (*put)(struct ipcm_queue *queue,
				const struct ipcm_item *items, size_t count,
				int64_t deadline_ns, size_t *ret_done);
	/** Take up to max items; sizes and places as get_many tells.
	 * IPCM_WOULDBLOCK: the lock stayed busy. */
	enum ipcm_status (*get)(struct ipcm_queue *queue, uint8_t *buffer,
				size_t buffer_bytes, struct ipcm_item *items,
				size_t max_items, size_t *ret_count);
	/**
	 * Wait for an item, at most until the deadline or a slice; no promise:
	 * the caller gets again, and comes back if there was none. `primed` is
	 * the lane's memory between such calls, 0 at first. True if a wake-up
	 * of T was spent on the caller, so that it has to be passed on.
	 */
	bool (*wait_for_item)(struct ipcm_queue *queue, int64_t deadline_ns,
			      uint64_t *primed);
	/** Optional: repair what a dead process left, if a hint says so. */
	void (*repair)(struct ipcm_queue *queue);
	void (*close)(struct ipcm_queue *queue);
};

/** A handle: private to the process, copied by fork(). */
struct ipcm_queue {
	uint32_t magic;
	atomic_bool closed;
	bool joinable;
	bool bounded;
	uint32_t max_items; /* maxsize, or IPCM_QUEUE_MAX_ITEMS */
	int64_t spin_ns;
	_Atomic int patience;	 /* see queue_wait.c */
	_Atomic unsigned wakes;	 /* the same */
	_Atomic int aside_pause; /* the same */
	uint32_t refresh_units;	 /* stores: look at H again beyond this */
	const struct ipcm_queue_ops *ops;
	const struct queue_lane *lane;
	struct queue_shared *shared;
	size_t shared_bytes;
	void *channel; /* the back-end's state */
	struct ipcm_channel_limits limits;
	struct queue_frames *frames; /* frames lane only */
};

/** Zeroed room for the frames lane, given back with free(). */
struct queue_frames *queue_frames_new(void);

/** The two lanes; each fills in queue->lane and what it needs. */
enum ipcm_status queue_store_open(struct ipcm_queue *queue,
				  const struct ipcm_channel_request *want);
enum ipcm_status queue_frames_open(struct ipcm_queue *queue,
				   const struct ipcm_channel_request *want);

/* ---- shared by the lanes (queue_wait.c) ---- */

/** Take a side's lock for a call with this deadline; as owner_lock_acquire. */
enum owner_result queue_lock(struct owner_lock *lock, int64_t deadline_ns);

/**
 * Sleep on a commit word as long as it equals `seen` (W aside), at most until
 * the deadline or a slice. True if a wake-up was spent on the caller: then
 * queue_pass_on is due once it got what it wanted, or gives up.
 */
bool queue_sleep(struct ipcm_queue *queue, _Atomic uint64_t *word,
		 uint64_t seen, int64_t deadline_ns);

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
void queue_pass_on(_Atomic uint64_t *word, bool more);

/**
 * A side's lock stayed busy although there is room (an item): try again? Not
 * for ever, since its holder may be stopped.
 */
bool queue_busy_again(const struct ipcm_queue *queue, unsigned *busy,
		      bool producer);

/**
 * One attempt of a lane to put; IPCM_FULL gives the H that was seen,
 * IPCM_WOULDBLOCK says that the lock stayed busy.
 */
typedef enum ipcm_status queue_try_put(struct ipcm_queue *queue,
				       const struct ipcm_item *items,
				       size_t count, int64_t deadline_ns,
				       size_t *ret_done, uint64_t *ret_head);

/** The wait loop of put: attempts, and sleeps on H while the queue is full. */
enum ipcm_status queue_put_waiting(struct ipcm_queue *queue,
				   queue_try_put *try_put,
				   const struct ipcm_item *items, size_t count,
				   int64_t deadline_ns, size_t *ret_done);

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
