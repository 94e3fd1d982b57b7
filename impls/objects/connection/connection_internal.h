/* SPDX-License-Identifier: MIT */
/*
 * What the files of the connection share.
 *
 *   connection.c          making, closing, asking about an end
 *   connection_emulation.c   what the mechanism lacks: shared memory, lifeline
 *   connection_export.c   an end taken apart, for a process that did not
 *                         inherit it
 *   connection_send.c     messages into frames
 *   connection_inbox.c    frames into messages
 *   connection_recv.c     the calls that receive
 *   connection_poll.c     is there something to receive?
 *   connection_wait.c     waiting, and noticing that the other end is gone
 *   connection_epoll.c  the descriptor that ipcm_connection_fileno gives
 *
 * What a mechanism cannot do is emulated here, from parts that exist only where
 * they are needed:
 *
 *   bells      words in shared memory, one a direction and purpose, for ports
 *              that cannot wait with a time limit (port->wait NULL)
 *   lifeline   one pair of connected sockets, for ports without end of file.
 *              All copies of an end hold one side: it hangs up at the other
 *              side when the last copy is closed or dead, however that came
 *              about.
 *   doorbell   for ports without a descriptor to poll: a byte in the lifeline.
 *              It is rung only when the receiver said that somebody may poll.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/pipe.h"
#include "connection_frame.h"

#define CONNECTION_MAGIC_OPEN	UINT32_C(0x436f6e6e)
#define CONNECTION_MAGIC_CLOSED UINT32_C(0x634f4e4e)

/**
 * Most bytes of a frame that the core uses, even if a mechanism takes more:
 * 64 KiB of message fit, and the copy in between stays in the cache.
 */
#define CONNECTION_FRAME_MAX ((size_t)(64 << 10) + sizeof(struct frame_header))

struct connection_wakeup {
	/** Bit 0: somebody may sleep on it. The rest counts the wake-ups. */
	_Alignas(64) _Atomic uint32_t word;
	/** Of `sent`: odd while somebody may poll the doorbell. */
	_Atomic uint32_t polled;
};

/** One direction, seen by both ends. */
struct connection_direction {
	/** Rung by the sender behind a frame. */
	struct connection_wakeup sent;
	/** Rung by the receiver behind a take. */
	struct connection_wakeup taken;
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

/** Descriptors of an end: its port's, the lifeline, the shared memory. */
#define CONNECTION_PARCEL_FDS 6

/** An end in pieces; see connection_export_end. */
struct connection_handle {
	uint64_t word[8];
	uint32_t frame_bytes;
	uint32_t port_fds;
	unsigned fd_count;
	int fd[CONNECTION_PARCEL_FDS];
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

/** See connection_epoll.c; descriptors are -1 until asked for. */
struct connection_epoll {
	/** Whose; ipcm_connection_fileno has only a const one. */
	struct ipcm_connection *end;
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
	bool pollable; /* its back-end promises a descriptor to poll */
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
	int inbox_fd; /* came with the frame in the inbox; -1: none */
	struct connection_message message;

	struct connection_map *map; /* NULL: nothing is emulated */
	int map_fd;		    /* kept for a handle, else -1 */
	int life;		    /* our side of the lifeline, or -1 */
	bool doorbell;		    /* the lifeline rings, too */
	uint32_t closings_seen;
	uint32_t takes_seen;
	unsigned unanswered;  /* frames sent since the peer took one */
	unsigned empty_tries; /* try forms since something arrived */

	struct connection_epoll *epoll_set;
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
	uint32_t wakeup_seen;
};

/** Start a wait; reads no clock. */
struct connection_wait connection_wait_begin(struct ipcm_connection *end,
					     enum ipcm_direction direction,
					     int64_t timeout_ns);

/**
 * The operation cannot go on: sleep a while.
 * @return IPCM_OK: try again; IPCM_WOULDBLOCK or IPCM_TIMEDOUT; IPCM_INTR;
 *         IPCM_REMOVED
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

/**
 * Ask to be rung at the next frame. The caller then looks once more for one
 * that came before.
 * @param rung silence the bell first: it rang, or may have
 */
void connection_doorbell_arm(struct ipcm_connection *end, bool rung);

/** A whole message, where it lies until it is consumed. */
struct connection_view {
	const uint8_t *data;
	size_t bytes;
	/** Bytes of its frame in the inbox; 0 if it was put together. */
	size_t frame_bytes;
	/** It is a message that carries a descriptor: end->inbox_fd. */
	bool carrier;
};

/** Fill the empty inbox; IPCM_EMPTY, IPCM_EOF, IPCM_REMOVED ... */
enum ipcm_status connection_inbox_fill(struct ipcm_connection *end, bool sure,
				       bool keep_fd);
/**
 * Wait for a whole message of at most maxlength bytes (else IPCM_TOOBIG).
 * @param keep_fd a descriptor that comes along is wanted
 */
enum ipcm_status connection_message_await(struct ipcm_connection *end,
					  uint64_t maxlength,
					  int64_t timeout_ns, bool keep_fd,
					  struct connection_view *ret_view);
/** Done with the message: forget it. */
void connection_message_consume(struct ipcm_connection *end,
				const struct connection_view *view);
/** Done with the end, or with receiving: forget what was received. */
void connection_inbox_drop(struct ipcm_connection *end);

/** Is there something that a receive would return without the channel? */
static inline bool connection_buffered(const struct ipcm_connection *end)
{
	return end->inbox_begin < end->inbox_end ||
	       (end->message.have && end->message.have == end->message.total);
}

/** Would a receive find something? Consumes nothing (P-POL-02). */
bool connection_readable_now(struct ipcm_connection *end, bool sure);

/**
 * Of an end with a doorbell: has something arrived? If not, it will ring.
 * @param rung it rang, or may have: silence it if that was false
 */
bool connection_ask(struct ipcm_connection *end, bool rung);

/** The descriptor of the port, or -1. */
int connection_port_fd(const struct ipcm_connection *end);

/** Make buffered messages visible to those who poll the descriptor. */
void connection_epoll_update(const struct ipcm_connection *end);
void connection_epoll_close(struct connection_epoll *epoll_set);

/* connection.c */

/**
 * Make and open both ends of a pipe; connection_enable makes them usable.
 * @param portable connection_export_end will be called on the second
 */
enum ipcm_status connection_pair_open(const struct ipcm_backend *backend,
				      const struct ipcm_pipe_options *options,
				      bool portable,
				      struct ipcm_connection *ret_ends[2]);
/** An end without port, buffers and emulation; NULL without memory. */
struct ipcm_connection *connection_alloc(const struct ipcm_backend *backend,
					 unsigned index, bool duplex);
enum ipcm_status connection_buffers(struct ipcm_connection *end,
				    const struct ipcm_channel_limits *limits);
/** The end may be used from now on. */
void connection_enable(struct ipcm_connection *end);
/** Unmake an end, as far as it was made; NULL is fine. */
void connection_destroy(struct ipcm_connection *end);

/* connection_emulation.c */

/**
 * Supply both ends, in one process, with what the mechanism lacks.
 * @param portable keep the descriptor of the shared memory: second's map_fd
 */
enum ipcm_status connection_emulation(struct ipcm_connection *const ends[2],
				      bool portable);
/** How many descriptors of an end's handle are not its port's. */
unsigned connection_emulation_fds(const struct ipcm_connection *end);
/** Supply an end, whose port is open, with those; takes them, always. */
enum ipcm_status connection_emulation_adopt(struct ipcm_connection *end,
					    const int *fds, unsigned count);
/** Give all of it back; what was never made is skipped. */
void connection_emulation_drop(struct ipcm_connection *end);

/* connection_export.c */

/** Take the second end of a portable pipe apart. It keeps its descriptors. */
enum ipcm_status connection_export_end(const struct ipcm_connection *end,
				       struct connection_handle *ret_handle);
/**
 * Make that end in this process. Takes the descriptors, whatever it returns.
 * Nothing in the handle is believed: IPCM_CORRUPT.
 */
enum ipcm_status connection_import_end(const struct ipcm_backend *backend,
				       const struct connection_handle *handle,
				       struct ipcm_connection **ret_end);

#endif
