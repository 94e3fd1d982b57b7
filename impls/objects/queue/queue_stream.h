/* SPDX-License-Identifier: MIT */
/*
 * The lane over a mechanism that carries frames: what its parts share.
 *
 * An item travels as one frame or several; each carries the item's number, so
 * the receiver drops what it has seen and notices what is missing. Three
 * places an item passes, in order:
 *
 *   spill (arena) --moved by those who wait--> channel --> landing --> caller
 *
 * The spill is the exception: it takes what the channel has no room for. The
 * landing is the buffer that receives go to; it lies in shared memory, so that
 * what a consumer received before it was killed is not lost. Items of several
 * frames are put together in the assembly, in shared memory for the same
 * reason.
 *
 * Kill safety. T is raised BEFORE a frame is sent, so that an item is counted
 * before it can be taken; what a dead producer left is found out exactly from
 * what the kernel says is queued against what was sent and received
 * (queue_stream_recovery.c). Each step below is therefore ordered: intent, act,
 * account. Field comments name the lock that guards it: P producers', C
 * consumers'.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_STREAM_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_STREAM_H

#include "queue_internal.h"

/* First 8 bytes of every frame: key and number, positive (see backend.h). */
struct frame_header {
	int64_t type;	 /* queue's key << 32 | item number */
	uint32_t serial; /* of the frame, from 1 on */
	uint32_t total;	 /* bytes of the item; FRAME_WAKEUP: no item at all */
	uint32_t offset; /* of this frame's bytes in the item */
	uint16_t epoch;	 /* repairs so far: tells an aborted item from its
			    successor under the same number */
	uint16_t check;	 /* over all of the above */
};
_Static_assert(sizeof(struct frame_header) == 24, "no padding on the wire");

/* A frame that only wakes pollers: items wait where poll cannot see them. */
#define FRAME_WAKEUP UINT32_MAX
/* put.sent before the first frame of an item is out. */
#define NOTHING_SENT UINT32_MAX

/* Whose frame is on its way while `sending` is set. */
enum frame_sender {
	SENDING_NOTHING,
	SENDING_ITEM,
	SENDING_OVERFLOW,
	SENDING_WAKEUP
};

/* What was sent or received, in one word: units modulo 2^32 and serial. */
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

/* In front of what was spilled of one item. */
struct overflow_record {
	uint32_t number;
	uint32_t total;
	uint32_t start; /* offset of the first byte that was spilled */
	uint32_t epoch;
};

struct stream_shared {
	struct shared_buffer_shared shared_buffer; /* prefix: the assembly */
	uint32_t key;				   /* set at creation */

	_Alignas(64) _Atomic uint64_t overflow_tail; /* P; the spill's own T */
	_Atomic uint64_t overflow_head;		     /* P; its own H */
	uint64_t sent_account;			     /* P; account_make */
	uint32_t epoch;				     /* P */
	_Atomic uint32_t recovery_wanted;	     /* P sets, P and C clear */
	struct {
		uint32_t active; /* P; an item is being put */
		uint32_t number;
		uint32_t total;
		uint32_t sent; /* offset behind the last frame sent */
		uint64_t overflow_mark;
	} put;
	struct {
		uint64_t record; /* P; spill position being moved */
		uint32_t sent;	 /* offset behind the last frame moved */
	} move;
	struct {
		uint32_t who;	 /* P; enum frame_sender */
		uint32_t end;	 /* offset behind the frame on its way */
		uint32_t serial; /* sent serial before it */
		uint32_t units;	 /* that it adds */
	} sending;

	_Alignas(64) _Atomic uint64_t
		receive_buffer;	  /* C; from << 32 | to, bytes */
	uint32_t received_units;  /* C */
	uint32_t received_serial; /* C; of the last frame parsed */
	uint32_t receiving;	  /* C; a receive into an empty landing */
	uint32_t receiving_from;  /* received_units before it */
	struct {
		uint32_t active; /* C */
		uint32_t number;
		uint32_t epoch;
		uint32_t total;
		uint32_t filled;
	} assembly;

	/* Hints; anybody. */
	_Alignas(64) _Atomic uint64_t first_consumer;
	_Atomic uint32_t many_consumers;
	_Atomic uint32_t pollers;
};

/* This process's view. */
struct queue_stream {
	struct stream_shared *shared;
	uint8_t *outgoing;	 /* P; one frame, in shared memory */
	uint8_t *receive_buffer; /* C; limits.receive_bytes, in shared memory */
	size_t shm_map_bytes;
	size_t payload_bytes; /* of a full frame */
	/* H's number + 1 when this process last waited for room in vain; a
	 * hint, see stream_space_came. */
	_Atomic uint64_t vain;
	struct shared_buffer shared_buffer;
};

/*
 * A death may fall here: what was stored before is stored. The compiler must
 * not move a store across; the CPU's order does not matter, since a later
 * owner comes through the lock's acquire.
 */
#define KILL_POINT() atomic_signal_fence(memory_order_seq_cst)

static inline size_t frame_payload(const struct queue_stream *frames,
				   uint32_t total, uint32_t offset)
{
	size_t left = total - offset;

	return left < frames->payload_bytes ? left : frames->payload_bytes;
}

static inline uint32_t receive_buffer_from(uint64_t receive_buffer)
{
	return (uint32_t)(receive_buffer >> 32);
}

static inline uint32_t receive_buffer_to(uint64_t receive_buffer)
{
	return (uint32_t)receive_buffer;
}

static inline bool overflow_is_empty(const struct stream_shared *shared)
{
	return atomic_load_explicit(&shared->overflow_head,
				    memory_order_relaxed) ==
	       atomic_load_explicit(&shared->overflow_tail,
				    memory_order_relaxed);
}

/** The check over a header. */
uint16_t frame_check(const struct frame_header *header);

/** Is this a frame of this queue, within bounds? */
bool frame_is_valid(const struct ipcm_queue *queue,
		    const struct frame_header *header, size_t bytes_there);

/** Bytes a valid frame takes, header included. */
size_t frame_length(const struct queue_stream *frames,
		    const struct frame_header *header);

/** Take the producers' lock and repair what is needed. False: no lock. */
bool stream_lock_producers(struct ipcm_queue *queue, int64_t deadline_ns);

/** Take the consumers' lock and repair what is needed. False: no lock. */
bool stream_lock_consumers(struct ipcm_queue *queue, int64_t deadline_ns);

/** As stream_lock_producers, for one who holds the consumers' lock. */
bool stream_lock_producers_inside(struct ipcm_queue *queue,
				  int64_t deadline_ns);

/** queue_engine.repair. */
void stream_recover(struct ipcm_queue *queue);

/**
 * Send the frame whose payload lies behind the header in frames->outgoing.
 * Producers' lock. Statuses of ipcm_port_ops.send.
 */
enum ipcm_status stream_send(struct ipcm_queue *queue, enum frame_sender who,
			     const struct overflow_record *item,
			     uint32_t offset, size_t payload);

/**
 * A frame was sent or received, which moves no word; sleepers of a mechanism
 * without a wait sleep on T for frames, on H for room.
 */
void stream_wake_sleepers(struct ipcm_queue *queue, _Atomic uint64_t *word);

/** The moment that one frame waits for room. Zero at first. */
struct room_wait {
	int64_t until;	/* 0: has not begun */
	uint64_t armed; /* H as it was armed; 0: not armed */
	unsigned naps;
};

/** Wait a moment for room; true if sending is worth another try. */
bool stream_space_came(struct ipcm_queue *queue, int64_t deadline_ns,
		       struct room_wait *wait);

/**
 * A queue that never spills: wait for room, at most for a slice. IPCM_OK if
 * sending is worth another try; IPCM_FULL at the deadline; else give up.
 */
enum ipcm_status stream_wait_for_space(struct ipcm_queue *queue,
				       int64_t deadline_ns,
				       struct room_wait *wait);

/**
 * The channel is full in the middle of an item; IPCM_OK: try again. Without a
 * spill there is no deadline: the item must be finished, or taken back.
 */
enum ipcm_status stream_wait_inside(struct ipcm_queue *queue,
				    int64_t deadline_ns,
				    struct room_wait *wait);

/**
 * The channel is full although nothing is inside: of the rest of an item that
 * was taken back. No consumer has a reason to receive it, so do it here.
 */
void stream_sweep_if_useless(struct ipcm_queue *queue);

/** Move from the spill into the channel what fits; was there any? P. */
bool stream_pump(struct ipcm_queue *queue);

/** Wake pollers although there is nothing to poll: see FRAME_WAKEUP. P. */
void stream_send_wakeup(struct ipcm_queue *queue);

/**
 * Something can be received although nothing is announced: a bell, or what is
 * left of an item that was taken back. Take it out, or poll never sleeps.
 */
void stream_sweep(struct ipcm_queue *queue);

/** The lane's operations. */
enum ipcm_status stream_put(struct ipcm_queue *queue,
			    const struct ipcm_item *items, size_t count,
			    int64_t deadline_ns, struct feeder_entry *counted,
			    struct put_outcome *ret_outcome);
enum ipcm_status stream_get(struct ipcm_queue *queue, uint8_t *buffer,
			    size_t buffer_bytes, struct ipcm_item *items,
			    size_t max_items, size_t *ret_count);
void stream_drop_all(struct ipcm_queue *queue);
void stream_wake(struct ipcm_queue *queue);

#endif
