/* SPDX-License-Identifier: MIT */
/*
 * What goes over a connection between a client and the server of a manager.
 *
 *   client -> server  a request: header, arguments
 *   server -> client  one reply to each request: header, bytes
 *
 * One request at a time for each connection, so a reply finds space in the
 * channel at once. A reply that does not fit one frame comes without its bytes
 * (REPLY_PULL); the client then asks for them, some frames at a time (OP_PULL),
 * and never for more than the channel holds for sure (REPLY_WINDOW). So
 * the server never waits for a client. A request above PIECE_BYTES comes in
 * several messages.
 *
 * CANCEL is no request of its own: it ends the waiting of the one before, which
 * gets its reply, whatever it is. A server that has replied already ignores it.
 *
 * Both sides are the same build of the library; native byte order, no padding.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_MANAGER_PROTOCOL_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_MANAGER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

/** The kinds of objects; the number goes over the wire. */
enum shared_kind_id {
	SHARED_NONE,
	SHARED_DICT,
	SHARED_LIST,
	SHARED_QUEUE,
	SHARED_LOCK,
	SHARED_RLOCK,
	SHARED_SEMAPHORE,
	SHARED_BOUNDED_SEMAPHORE,
	SHARED_EVENT,
	SHARED_CONDITION,
	SHARED_BARRIER,
	SHARED_VALUE,
	SHARED_KINDS
};

/** What a request asks. Arguments in brackets: n a number, b bytes. */
enum shared_op {
	/* ---- the manager itself ---- */
	/**
	 * [b token, n instance]: which process this is, and the server that it
	 * means, or 0; first, and without a reply.
	 */
	OP_HELLO = 1,
	/** -> number: process id of the server; bytes: its instance */
	OP_PID,
	/** [n kind, b name, the kind's own] -> number: id, bytes: name */
	OP_OPEN,
	/** [b name] */
	OP_REMOVE,
	/** [n offset] -> no header: a frame of the last reply's bytes */
	OP_PULL,
	/** No reply. */
	OP_CANCEL,

	/* ---- dict; cap: most bytes that the caller can take ---- */
	OP_DICT_SET = SHARED_DICT << 8, /* [b key, b value] */
	OP_DICT_GET,			/* [b key, n cap] -> value */
	OP_DICT_SETDEFAULT,		/* [b key, b value, n cap] -> value */
	OP_DICT_DELETE,			/* [b key] */
	OP_DICT_POP,			/* [b key, n cap] -> value */
	OP_DICT_CONTAINS,		/* [b key] -> number 0 or 1 */
	OP_DICT_LENGTH,			/* -> number */
	OP_DICT_CLEAR,
	OP_DICT_UPDATE, /* [n count, count times: b key, b value] */
	OP_DICT_KEYS,	/* -> number: count; bytes: a snapshot */
	OP_DICT_VALUES,
	OP_DICT_ITEMS,

	/* ---- list; an index is an int64_t ---- */
	OP_LIST_APPEND = SHARED_LIST << 8, /* [b value] */
	OP_LIST_EXTEND,			   /* [n count, count times: b value] */
	OP_LIST_INSERT,			   /* [n index, b value] */
	OP_LIST_GET,			   /* [n index, n cap] -> value */
	OP_LIST_SET,			   /* [n index, b value] */
	OP_LIST_DELETE,			   /* [n index] */
	OP_LIST_POP,			   /* [n index, n cap] -> value */
	OP_LIST_REMOVE,			   /* [b value] */
	OP_LIST_INDEX,			   /* [b value] -> number */
	OP_LIST_COUNT,			   /* [b value] -> number */
	OP_LIST_SLICE,	/* [n begin, n end, n step] -> count, snapshot */
	OP_LIST_LENGTH, /* -> number */
	OP_LIST_CLEAR,
	OP_LIST_REVERSE,
	OP_LIST_SORT, /* [n order, n reverse] */

	/* ---- queue: opened with [n maxsize] ---- */
	OP_QUEUE_PUT = SHARED_QUEUE << 8, /* [b item]; may wait */
	OP_QUEUE_GET,			  /* [n cap] -> item; may wait */
	OP_QUEUE_SIZE,			  /* -> number */
	OP_QUEUE_FULL,			  /* -> number 0 or 1 */
	OP_QUEUE_TASK_DONE,
	OP_QUEUE_JOIN, /* may wait */

	/* ---- lock, rlock, semaphores ([n value]), a condition's lock ---- */
	OP_LOCK_ACQUIRE = SHARED_LOCK << 8, /* may wait */
	OP_LOCK_RELEASE,
	OP_LOCK_RECOVER,
	OP_LOCK_LOCKED,	 /* -> number 0 or 1 */
	OP_LOCK_DEPTH,	 /* -> number; 0: not the caller's */
	OP_LOCK_VALUE,	 /* -> number; semaphores */
	OP_LOCK_MAXIMUM, /* -> number; semaphores */

	/* ---- event ---- */
	OP_EVENT_SET = SHARED_EVENT << 8,
	OP_EVENT_CLEAR,
	OP_EVENT_IS_SET, /* -> number 0 or 1 */
	OP_EVENT_WAIT,	 /* may wait */

	/* ---- condition ---- */
	OP_CONDITION_WAIT = SHARED_CONDITION << 8, /* may wait */
	OP_CONDITION_NOTIFY,  /* [n count]; UINT64_MAX: all */
	OP_CONDITION_WAITERS, /* -> number */

	/* ---- barrier: opened with [n parties] ---- */
	OP_BARRIER_WAIT = SHARED_BARRIER << 8, /* -> number; may wait */
	OP_BARRIER_RESET,
	OP_BARRIER_ABORT,
	OP_BARRIER_PARTIES, /* -> number */
	OP_BARRIER_WAITING, /* -> number */
	OP_BARRIER_BROKEN,  /* -> number 0 or 1 */

	/* ---- value: opened with [b initial] ---- */
	OP_VALUE_SET = SHARED_VALUE << 8, /* [b value] */
	OP_VALUE_GET			  /* [n cap] -> value */
};

/** Of a request. */
struct request_header {
	uint32_t op; /* enum shared_op */
	/** REQUEST_ flags. */
	uint32_t flags;
	/** Which object; 0: the manager. */
	uint64_t object;
	/** The calling thread, unique in its process. */
	uint64_t thread;
	/** Bytes of the whole request, this header among them. */
	uint64_t total;
};

/** Do not wait: IPCM_WOULDBLOCK instead. */
#define REQUEST_TRY UINT32_C(1)
/** Of OP_CANCEL: not the time limit, but a handler or callback ended it. */
#define REQUEST_STOPPED UINT32_C(2)

/** Of a reply. */
struct reply_header {
	uint32_t status; /* enum ipcm_status */
	/** REPLY_ flags. */
	uint32_t flags;
	uint64_t number;
	/** Of the bytes, whether they follow or are to be pulled. */
	uint64_t size_bytes;
};

/** The bytes are to be pulled. */
#define REPLY_PULL UINT32_C(1)
/** With REPLY_PULL, from this bit on: how many frames the client may have asked
 * for and not received, at least 1. */
#define REPLY_WINDOW_SHIFT 16

/* An argument is a uint64_t: the number, or the size of bytes that follow. */

/** Most bytes of one message of a request. */
#define PIECE_BYTES ((size_t)256 << 10)
/** What a request may have beside the bytes that IPCM_SHARED_MAX_BYTES bounds.
 */
#define REQUEST_MORE_BYTES ((size_t)64 << 10)
/** Of the token that tells processes apart. */
#define PROCESS_TOKEN_BYTES 16

/** In a snapshot: sizes before each pair. A list's values have no keys. */
struct snapshot_entry {
	uint64_t key_bytes;
	uint64_t value_bytes;
};

#endif
