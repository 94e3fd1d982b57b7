/* SPDX-License-Identifier: MIT */
/*
 * The data of a connection, which all its files share. Each file declares its
 * functions in the header of its name, and uses only files above it:
 *
 *   connection_frame.h      the frame, 16 bytes before each piece of a message
 *   connection_wait.c       waiting, waking the peer, noticing that it is gone
 *   connection_inbox.c      frames into messages
 *   connection_poll.c       is there something to receive? And the descriptor
 *                           that ipcm_connection_fileno returns
 *   connection_emulation.c  what the mechanism lacks: shared memory, death fd
 *   connection.c            creating and closing an end
 *   connection_export.c     an end in pieces, for a process without its memory
 *   connection_send.c, connection_recv.c   the calls that send and receive
 *
 * Copies of an end, made by fork(), take turns. What one of them has received
 * and not delivered lies in memory that they share (struct connection_inbox);
 * only the assembly of a message of several frames is private.
 *
 * The library emulates what a mechanism lacks; each part exists only where it
 * is needed:
 *
 *   wake-up words  in the shared memory of both ends, one a direction and
 * purpose, for ports that cannot wait with a time limit (port->wait NULL) death
 * fd       one pair of connected sockets, for ports without end of file. All
 * copies of an end hold one side, which hangs up at the other side when the
 * last copy is closed or dead, whatever the cause. poll wake-up   for ports
 * without a descriptor to poll: a byte in the death fd. The sender writes it
 * only when the receiver has said that a thread may poll.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/sync/peer_yield.h"
#include "impls/objects/handle.h"
#include "ipcmark/pipe.h"
#include "connection_frame.h"

#define CONNECTION_MAGIC UINT32_C(0x436f6e6e)

/**
 * Most bytes of a frame that the core uses, even if a mechanism takes more:
 * 64 KiB of message fit, and the copy in between stays in the cache.
 */
#define CONNECTION_FRAME_MAX ((size_t)(64 << 10) + sizeof(struct frame_header))

struct connection_wakeup {
	/** Bit 0: a thread may sleep on it. The rest counts the wake-ups. */
	_Alignas(64) _Atomic uint32_t word;
	/** Of `sent`: odd while a thread may poll the death fd. */
	_Atomic uint32_t poll_word;
};

/** One direction, seen by both ends. */
struct connection_direction {
	/** The sender wakes it after each frame. */
	struct connection_wakeup sent;
	/** The receiver wakes it after each receive. */
	struct connection_wakeup received;
	/** Receives that found something: proof that the receiver lives. */
	_Alignas(64) _Atomic uint32_t receives;
	/** Of the last message that has begun to go; its senders take turns. */
	_Alignas(64) _Atomic uint32_t number;
	/** Where that was, peer_yield_cpu; a hint. */
	_Atomic int sender_cpu;
	/** Of the last one that ended in the middle: no receiver shall see it.
	 */
	_Alignas(64) _Atomic uint32_t withdrawn;
};

/** What all processes see; direction[i] leads away from end i. */
struct connection_shared {
	struct connection_direction direction[2];
	/** Copies of end i closed by a call: a hint to check the death fd. */
	_Alignas(64) _Atomic uint32_t closes[2];
};

/** This process's mapping of it, used by the ends that it has open. */
struct connection_map {
	_Atomic unsigned users;
	struct connection_shared *shared;
};

/**
 * What an end has received: the same for all its copies, of which one at a
 * time uses it. A copy may be killed at any point, so the order of the stores
 * counts; see connection_inbox.c.
 */
#define INBOX_RECEIVING UINT64_C(1)

struct connection_inbox {
	/** Every change counts: who finds another number had no turn since. */
	_Alignas(64) _Atomic uint64_t changes;
	/**
	 * What one receive returned and was not consumed: bytes[begin, end) as
	 * end << 32 | begin, so that one store changes both. Empty if begin is
	 * not below end; INBOX_RECEIVING: a process receives, or was killed in
	 * it.
	 */
	_Atomic uint64_t range;
	/** Number of the message of which one copy has the beginning; 0: none
	 */
	uint32_t half;
	/** A beginning was lost and reported: drop the rest silently. */
	bool skipping;
	/** A poll has found that a message was cut short; receive reports it */
	atomic_bool corrupt;
	/** A process was killed while it received: what it took may be lost, so
	 * compare the next number. */
	bool doubtful;
	/** Of the last message whose beginning was seen. */
	uint32_t number;
	/** All frames of that withdrawn message were dropped. */
	uint32_t withdrawn_seen;
	/** Moves of an event that several copies may share. */
	uint32_t event_moves;
	_Alignas(64) uint8_t bytes[];
};

/** A message of several frames, as far as it has arrived; private. */
struct connection_message {
	uint8_t *bytes;
	size_t capacity;
	int64_t stamp;
	size_t total;
	/** 0: no message has begun, or another copy has its beginning. */
	size_t have;
	/** It is whole; said apart for threads that only look. */
	atomic_bool whole;
};

/** See connection_poll.c; descriptors are -1 until they are needed. */
struct connection_epoll {
	/** Its end; ipcm_connection_fileno has only a const one. */
	struct ipcm_connection *end;
	int set_fd;
	int event_fd;
	bool raised;
	/** inbox->event_moves when that was known. */
	uint32_t moves_seen;
};

/** Private to the process; copied by fork(). */
struct ipcm_connection {
	struct handle handle;
	bool readable;
	bool writable;
	bool opened;
	bool pollable;	       /* its back-end promises a descriptor to poll */
	atomic_bool peer_gone; /* also set by a thread that only waits */
	unsigned index;
	const struct ipcm_port_ops *port;
	void *state;
	size_t frame_bytes;
	size_t receive_bytes;
	/** So many frames find space in an empty channel, of whatever size. */
	unsigned sure_frames;

	uint8_t *outbox; /* one frame */

	struct connection_inbox *inbox;
	/* inbox->changes after this copy's last turn */
	_Atomic uint64_t changes_seen;
	int inbox_fd; /* came with the frame in the inbox; -1: none */
	struct connection_message message;

	struct connection_map *map;
	struct connection_direction *incoming; /* in the map */
	struct connection_direction *outgoing;
	bool wakes_receiver;   /* a receiver may sleep on a word, or poll */
	bool wakes_sender;     /* a sender may sleep on a word */
	bool reports_receives; /* the sender wants to know that we live */
	int map_fd;	       /* kept for an export, else -1 */
	int death_fd;	       /* this end's side, or -1 */
	bool poll_wakeup;      /* the death fd also wakes pollers */
	_Atomic uint32_t closes_seen;
	uint32_t receives_seen;
	unsigned unacknowledged; /* frames sent since the peer received one */
	unsigned empty_tries;	 /* try forms since something arrived */
	struct peer_yield yield; /* of calls that receive */

	struct connection_epoll *epoll_set;
};

/** IPCM_OK if the handle may be used. */
static inline enum ipcm_status connection_check(
	const struct ipcm_connection *end)
{
	return handle_check(end, CONNECTION_MAGIC);
}

/** The descriptor of the port, or -1. */
static inline int connection_port_fd(const struct ipcm_connection *end,
				     enum ipcm_direction direction)
{
	return end->port->fileno ? end->port->fileno(end->state, direction)
				 : -1;
}

#endif
