/* SPDX-License-Identifier: MIT */
/*
 * The stream engine, over a mechanism that carries frames: what its parts
 * share.
 *
 * An item is sent as one frame or several; each carries the item's number, so
 * the receiver drops what it has seen and notices what is missing. An item
 * passes up to three places, in this order:
 *
 *   overflow buffer --moved by waiting calls--> channel --> receive buffer
 *
 * The overflow buffer is the exception: it takes what the channel has no space
 * for. Receives go to the receive buffer; it lies in shared memory, so that
 * what a consumer received before it was killed is not lost. Items of several
 * frames are assembled in the assembly, in shared memory for the same reason.
 *
 * Kill safety. T is raised before a frame is sent, so that an item is counted
 * before it can be taken. Whether the last frame of a dead producer was sent
 * follows exactly from the count that the kernel reports as queued and the
 * counts of what was sent and received (queue_stream_recovery.c). Each step
 * below is therefore ordered: intent, action, account. The comment of a field
 * names the lock that guards it: P producers', C consumers'.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_STREAM_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_STREAM_H

#include <limits.h>

#include "impls/core/memory/shared_buffer.h"
#include "impls/core/sync/thread_id.h"
#include "queue_wait.h"

/* First 8 bytes of every frame: key and number, positive (see backend.h). */
struct stream_header {
	int64_t type;	 /* queue's key << 32 | item number */
	uint32_t serial; /* of the frame, from 1 on */
	uint32_t total;	 /* bytes of the item; FRAME_WAKEUP: no item */
	uint32_t offset; /* of this frame's bytes in the item */
	uint16_t epoch;	 /* recoveries so far: distinguishes an aborted item
			    from its successor with the same number */
	uint16_t check;	 /* hash of all of the above */
};
_Static_assert(sizeof(struct stream_header) == 24, "no padding in a frame");

/* A wake-up frame: for pollers, when items lie where poll cannot see them. */
#define FRAME_WAKEUP UINT32_MAX
/* put.sent before the first frame of an item is sent. */
#define NOTHING_SENT UINT32_MAX

/* What the frame being sent belongs to. */
enum stream_sender {
	SENDING_NOTHING,
	SENDING_ITEM,
	SENDING_OVERFLOW,
	SENDING_WAKEUP
};

/* The count of what was sent, in one word: units modulo 2^32 and serial. */
static inline uint64_t account_make(uint32_t units, uint32_t serial)
{
	return (uint64_t)units << 32 | serial;
}

static inline uint32_t account_units(uint64_t account)
{
	return (uint32_t)(account >> 32);
}

static inline uint32_t account_serial(uint64_t account)
{
	return (uint32_t)account;
}

/* In the overflow buffer, in front of the bytes of one item. */
struct overflow_record {
	uint32_t number;
	uint32_t total;
	uint32_t start; /* offset in the item of the first of these bytes */
	uint32_t epoch;
};

struct stream_shared {
	struct shared_buffer_shared shared_buffer; /* overflow, assembly */
	uint32_t key;				   /* set at creation */

	_Alignas(64) _Atomic uint64_t overflow_tail; /* P; next position */
	_Atomic uint64_t overflow_head;		     /* P; first record */
	uint64_t sent_account;			     /* P; account_make */
	uint32_t epoch;				     /* P */
	_Atomic uint32_t recovery_needed;	     /* P sets, P and C clear */
	/* Read by each producer: not on a line that consumers write. */
	_Atomic uint32_t wakeup_owed; /* any; see stream_owe_wakeup */
	_Atomic uint32_t wakeup_sent; /* such a frame is in the channel */
	struct {
		uint32_t active; /* P; an item is being put */
		uint32_t number;
		uint32_t total;
		uint32_t sent; /* offset after the last frame sent */
		uint64_t overflow_mark;
	} put;
	struct {
		uint64_t record; /* P; position of the record being moved */
		uint32_t sent;	 /* offset after the last frame moved */
	} move;
	struct {
		uint32_t sender; /* P; enum stream_sender */
		uint32_t end;	 /* offset after the frame being sent */
		uint32_t serial; /* sent serial before it */
		uint32_t units;	 /* that it adds */
	} sending;

	_Alignas(64) _Atomic uint64_t
		receive_range;	  /* C; from << 32 | to, bytes */
	uint32_t received_units;  /* C */
	uint32_t received_serial; /* C; of the last frame parsed */
	uint32_t receiving;	  /* C; a receive is running */
	uint32_t receiving_from;  /* received_units before it */
	uint32_t wakeup_eaten;	  /* C; a wake-up frame was received */
	struct {
		uint32_t active; /* C */
		uint32_t number;
		uint32_t epoch;
		uint32_t total;
		uint32_t filled;
	} assembly;

	/* Hints; any process. */
	_Alignas(64) _Atomic uint64_t first_consumer;
	_Atomic uint32_t many_consumers;
	_Atomic uint32_t joined; /* many_consumers is known to all of them */
	/* The thread that waits in the mechanism; see turn_take. */
	struct robust_lock turn;
	_Atomic uint32_t unseen;	  /* C; see stream_has_unseen */
	_Atomic int64_t outside_until_ns; /* see stream_has_poller */
	/* Counts << 1 | W: each signal has to change the word. `arrivals` for
	 * mechanisms without a wait; `departures` also where a put waits for
	 * space without limit (see stream_wait_for_space). */
	_Alignas(64) _Atomic uint32_t arrivals;	  /* producers read it */
	_Alignas(64) _Atomic uint32_t departures; /* consumers read it */
};

/* Private to the process. */
struct queue_stream {
	struct stream_shared *shared;
	uint8_t *outgoing;	 /* P; one frame, in shared memory */
	uint8_t *receive_buffer; /* C; limits.receive_bytes, in shared memory */
	size_t shm_map_bytes;
	size_t payload_bytes; /* of a full frame */
	/* H's number + 1 when this process last waited for space in vain; a
	 * hint, see stream_space_came. */
	_Atomic uint64_t failed_at;
	struct shared_buffer shared_buffer;
};

/*
 * A death may happen here: everything stored before is stored. The compiler
 * must not move a store across; the CPU's order does not matter, since the next
 * owner acquires the lock.
 */
#define KILL_POINT() atomic_signal_fence(memory_order_seq_cst)

static inline size_t stream_frame_payload(const struct queue_stream *stream,
					  uint32_t total, uint32_t offset)
{
	size_t left = total - offset;

	return left < stream->payload_bytes ? left : stream->payload_bytes;
}

static inline uint32_t receive_range_from(uint64_t receive_range)
{
	return (uint32_t)(receive_range >> 32);
}

static inline uint32_t receive_range_to(uint64_t receive_range)
{
	return (uint32_t)receive_range;
}

static inline bool overflow_is_empty(const struct stream_shared *shared)
{
	return atomic_load_explicit(&shared->overflow_head,
				    memory_order_relaxed) ==
	       atomic_load_explicit(&shared->overflow_tail,
				    memory_order_relaxed);
}

/** The check over a header. */
uint16_t stream_header_check(const struct stream_header *header);

/** Is this a frame of this queue, within bounds? */
bool stream_header_is_valid(const struct ipcm_queue *queue,
			    const struct stream_header *header,
			    size_t bytes_there);

/** Bytes a valid frame takes, header included. */
size_t stream_frame_bytes(const struct queue_stream *stream,
			  const struct stream_header *header);

/** Take the producers' lock, with the recovery needed. False: no lock. */
bool stream_lock_producers(struct ipcm_queue *queue, int64_t deadline_ns);

/** Take the producers' lock if it is free and nothing has to be recovered. */
bool stream_try_producers(struct ipcm_queue *queue);

/** Take the consumers' lock and repair what is needed. False: no lock. */
bool stream_lock_consumers(struct ipcm_queue *queue, int64_t deadline_ns);

/**
 * Release the producers' lock, and send the wake-up frame that a consumer could
 * not send because the lock was held.
 */
void stream_unlock_producers(struct ipcm_queue *queue);

/** As stream_lock_producers, for one who holds the consumers' lock. */
bool stream_lock_producers_inside(struct ipcm_queue *queue,
				  int64_t deadline_ns);

/** queue_engine.recover. */
void stream_recover(struct ipcm_queue *queue);

/**
 * Send the frame whose payload lies after the header in stream->outgoing.
 * Producers' lock. Statuses of ipcm_port_ops.send.
 */
enum ipcm_status stream_send(struct ipcm_queue *queue,
			     enum stream_sender sender,
			     const struct overflow_record *item,
			     uint32_t offset, size_t payload);

/* In arrivals and departures: a thread may sleep on it. */
#define EVENT_WAITER UINT32_C(1)

/** W was seen: wake so many of its sleepers. */
void stream_event_wake(_Atomic uint32_t *event, int sleepers);

/**
 * Something happened that moves no word: a frame was sent, or received. Wakes
 * one sleeper on `arrivals`, or all on `departures`.
 */
static inline void stream_signal_arrival(struct ipcm_queue *queue)
{
	_Atomic uint32_t *event = &queue->stream->shared->arrivals;

	if (!queue->ops->port->wait && atomic_load(event) & EVENT_WAITER)
		stream_event_wake(event, 1);
}

/* All: they wait for frames of different sizes. */
static inline void stream_signal_departure(struct ipcm_queue *queue)
{
	_Atomic uint32_t *event = &queue->stream->shared->departures;

	if (__builtin_expect(atomic_load(event) & EVENT_WAITER, 0))
		stream_event_wake(event, INT_MAX);
}

/** Say that a sleep on the event follows; returns what to sleep on. */
uint32_t stream_event_arm(_Atomic uint32_t *event);

/** The wait of one frame for space in the channel. Zero at first. */
struct space_wait {
	int64_t until;	/* 0: has not begun */
	uint32_t armed; /* `departures` as it was armed; 0: not armed */
};

/** Wait a moment for space; true if sending is worth another try. */
bool stream_space_came(struct ipcm_queue *queue, int64_t deadline_ns,
		       struct space_wait *wait);

/**
 * A queue without overflow: wait for space, at most for a slice. IPCM_OK if
 * sending is worth another try; IPCM_FULL at the deadline; else give up.
 */
enum ipcm_status stream_wait_for_space(struct ipcm_queue *queue,
				       int64_t deadline_ns,
				       struct space_wait *wait);

/**
 * The channel is full in the middle of an item; IPCM_OK: try again. Without
 * overflow there is no deadline: the item must be finished, or taken back.
 */
enum ipcm_status stream_wait_inside(struct ipcm_queue *queue,
				    int64_t deadline_ns,
				    struct space_wait *wait);

/**
 * A put has failed and given its slot back. A call that ended while the slot
 * seemed taken has not passed on a wake-up (queue_wake_next_slot): all that
 * sleep for a slot look again.
 */
void stream_slot_is_free_again(struct ipcm_queue *queue);

/**
 * The channel is full although the queue is empty: of the frames of an item
 * that was taken back. No consumer would receive them, so do it here.
 */
void stream_discard_if_empty(struct ipcm_queue *queue);

/** Move what fits from the overflow buffer into the channel; any? P. */
bool stream_move_overflow(struct ipcm_queue *queue);

/** Wake pollers by a frame without an item: FRAME_WAKEUP. P. */
void stream_send_wakeup(struct ipcm_queue *queue);

/**
 * A wake-up frame may be among several frames that were received: it is not in
 * the channel any more, also if an item before it ends this call. The one that
 * leaves sends it again for the consumer that polls. (A frame that comes alone
 * is parsed at once.) C.
 */
void stream_wakeup_received(struct ipcm_queue *queue);

/**
 * A frame can be received although no item is announced: a wake-up frame, or
 * one of an item that was taken back. Receive it, or poll never sleeps.
 */
void stream_discard(struct ipcm_queue *queue);

bool stream_has_many_slowly(struct stream_shared *shared, uint64_t first);

/**
 * Do several threads or processes get from this queue? Never reset. Each calls
 * it before it sleeps, and so before another one can have its wake-up.
 */
static inline bool stream_has_many(struct stream_shared *shared)
{
	uint64_t first = atomic_load_explicit(&shared->first_consumer,
					      memory_order_relaxed);

	if (__builtin_expect(first == thread_id_self(), 1))
		return atomic_load_explicit(&shared->many_consumers,
					    memory_order_relaxed);
	return stream_has_many_slowly(shared, first);
}

/** Does another thread wait in the mechanism, and has it the turn? */
bool stream_has_leader(const struct ipcm_queue *queue);

/**
 * Does another thread wait in the mechanism, or may one do so without the turn?
 * Such a one had to assume that the owner of the turn is stopped; it says until
 * when it polls at most, which needs no repair when it is killed.
 */
bool stream_has_poller(const struct ipcm_queue *queue);

/**
 * Are there items that can be taken but that a wait in the mechanism does not
 * see: received already, or in the overflow buffer?
 */
bool stream_has_unseen(struct ipcm_queue *queue);

/**
 * Before the turn is taken: from the second consumer on, each says what it
 * leaves. False: the consumers' lock is busy for long.
 */
bool stream_join_consumers(struct ipcm_queue *queue);

/** Send a wake-up frame, now or by the process that holds the lock. */
void stream_owe_wakeup(struct ipcm_queue *queue);

/** The engine's operations. */
enum ipcm_status stream_put(struct ipcm_queue *queue,
			    const struct ipcm_item *items, size_t count,
			    int64_t deadline_ns, struct feeder_entry *counted,
			    struct put_outcome *ret_outcome);
enum ipcm_status stream_get(struct ipcm_queue *queue, uint8_t *buffer,
			    size_t buffer_bytes, struct ipcm_item *items,
			    size_t max_items, size_t *ret_count);
void stream_drop_all(struct ipcm_queue *queue);
void stream_wake_pollers(struct ipcm_queue *queue);

#endif
