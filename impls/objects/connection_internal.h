/* SPDX-License-Identifier: MIT */
/*
 * What the files of the connection share.
 *
 *   connection.c          making, closing, asking about an end
 *   connection_send.c     messages into frames
 *   connection_recv.c     frames into messages, and poll
 *   connection_wait.c     waiting, and noticing that the other end is gone
 *   connection_pollset.c  the descriptor that ipcm_connection_fileno gives
 *
 * What a mechanism cannot do is supplied here, from two parts that exist only
 * where they are needed:
 *
 *   bells      words in shared memory, one a direction and purpose, for ports
 *              that cannot wait with a time limit (port->wait NULL)
 *   lifelines  one plain pipe an end, for ports without end of file. All
 *              copies of the end hold its write side, the other end its read
 *              side: it hangs up when the last copy is closed or dead, however
 *              that came about. Nothing is ever written to it.
 */
#ifndef IPCMARK_OBJECTS_CONNECTION_INTERNAL_H
#define IPCMARK_OBJECTS_CONNECTION_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/pipe.h"
#include "objects/connection_frame.h"

#define CONNECTION_MAGIC_OPEN	UINT32_C(0x436f6e6e)
#define CONNECTION_MAGIC_CLOSED UINT32_C(0x634f4e4e)

/**
 * Most bytes of a frame that the core uses, even if a mechanism takes more:
 * 64 KiB of message fit, and the copy in between stays in the cache.
 */
#define CONNECTION_FRAME_MAX ((size_t)(64 << 10) + sizeof(struct frame_header))

/** Bit 0: somebody may sleep on it. The rest counts the wake-ups. */
struct connection_bell {
	_Alignas(64) _Atomic uint32_t word;
};

/** One direction, seen by both ends. */
struct connection_direction {
	/** Rung by the sender behind a frame. */
	struct connection_bell sent;
	/** Rung by the receiver behind a take. */
	struct connection_bell taken;
	/** Receives that found something: proof that the receiver lives. */
	_Alignas(64) _Atomic uint32_t takes;
};

/** What all processes see; direction[i] leads away from end i. */
struct connection_shared {
	struct connection_direction direction[2];
	/** Copies of end i closed by a call: a hint to look at the lifeline. */
	_Alignas(64) _Atomic uint32_t closings[2];
};

/** This process's mapping of it, used by the ends it has open. */
struct connection_map {
	_Atomic unsigned users;
	struct connection_shared *shared;
};

/** A message of several frames, as far as it arrived. */
struct connection_message {
	uint8_t *bytes;
	size_t room;
	int64_t stamp;
	size_t total;
	/** 0: none is being put together. */
	size_t have;
	/** Its begin was lost and reported: drop the rest in silence. */
	bool skipping;
};

/** See connection_pollset.c; descriptors are -1 until asked for. */
struct connection_pollset {
	int set_fd;
	int event_fd;
	bool raised;
};

/** Private to the process; copied by fork(). */
struct ipcm_connection {
	_Atomic uint32_t magic;
	bool readable;
	bool writable;
	bool opened;
	bool peer_gone;
	unsigned index;
	const struct ipcm_port_ops *port;
	void *state;
	size_t frame_bytes;
	size_t receive_bytes;

	uint8_t *outbox; /* one frame */
	uint32_t number; /* of the last message sent */

	uint8_t *inbox; /* what one receive returned */
	size_t inbox_begin;
	size_t inbox_end;
	struct connection_message message;

	struct connection_map *map; /* NULL: nothing is supplied */
	int own_life;		    /* write side of our lifeline */
	int peer_life;		    /* read side of theirs */
	uint32_t closings_seen;
	uint32_t takes_seen;
	unsigned unanswered;  /* frames sent since the peer took one */
	unsigned empty_tries; /* try forms since something arrived */

	struct connection_pollset *pollset;
};

/** IPCM_OK if the handle may be used. */
static inline enum ipcm_status connection_check(
	const struct ipcm_connection *end)
{
	uint32_t magic;

	if (__builtin_expect(!end, 0))
		return IPCM_INVALID;
	magic = atomic_load_explicit(&end->magic, memory_order_relaxed);
	if (__builtin_expect(magic == CONNECTION_MAGIC_OPEN, 1))
		return IPCM_OK;
	return magic == CONNECTION_MAGIC_CLOSED ? IPCM_CLOSED : IPCM_INVALID;
}

/** One call's waiting; connection_wait_begin fills it. */
struct connection_wait {
	enum ipcm_direction direction;
	int64_t timeout_ns;
	int64_t deadline_ns;
	bool begun; /* the deadline is known */
	bool armed; /* the bell's bit is set: try once more, then sleep */
	/** Nothing rang: look at the lifeline before waiting on. */
	bool sure;
	uint32_t bell_seen;
};

/** Start a wait; reads no clock. */
struct connection_wait connection_wait_begin(struct ipcm_connection *end,
					     enum ipcm_direction direction,
					     int64_t timeout_ns);

/**
 * The operation cannot go on: sleep a while.
 * @return IPCM_OK: try again; IPCM_WOULDBLOCK or IPCM_TIMEDOUT; IPCM_REMOVED
 */
enum ipcm_status connection_wait_on(struct ipcm_connection *end,
				    struct connection_wait *wait);

/** Tell the peer that a frame went in, or that frames were taken out. */
void connection_sent(struct ipcm_connection *end);
void connection_took(struct ipcm_connection *end);
/** Tell the peer that a copy of this end was closed. */
void connection_left(struct ipcm_connection *end);

/** Before sending: is the peer known, or found, to be gone? */
bool connection_send_broken(struct ipcm_connection *end, bool sure);
/** Nothing to receive: is that because the peer is gone? */
bool connection_recv_ended(struct ipcm_connection *end, bool sure);

/** Is there something that a receive would return without the channel? */
static inline bool connection_buffered(const struct ipcm_connection *end)
{
	return end->inbox_begin < end->inbox_end ||
	       (end->message.have && end->message.have == end->message.total);
}

/** The descriptor of the port, or -1. */
int connection_port_fd(const struct ipcm_connection *end);

/** Make buffered messages visible to those who poll the descriptor. */
void connection_pollset_update(const struct ipcm_connection *end);
void connection_pollset_close(struct connection_pollset *pollset);

#endif
