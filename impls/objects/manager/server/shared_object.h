/* SPDX-License-Identifier: MIT */
/*
 * An object of a manager, in the server: the boundary between the server
 * (connections, requests, replies) and the kinds of objects.
 *
 * The server has one thread and calls `serve` for one request at a time, so
 * every operation is atomic (M-02). serve never waits: it answers with one of
 * the call_reply functions, or keeps the call in a list of the object
 * (call_defer) and answers later, from the serve of another call.
 *
 * A new kind: a file with its struct shared_kind and its client functions, a
 * line in shared_kinds.c, its operations in manager_protocol.h.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_OBJECT_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/name.h"
#include "ipcmark/status.h"
#include "impls/objects/manager/manager_protocol.h"

/** A client process; alive as long as one of its connections is. */
struct shared_process {
	struct shared_process *next;
	uint8_t token[PROCESS_TOKEN_BYTES];
	unsigned connections;
};

/** Bytes that are never changed, with a count of their users. */
struct shared_bytes {
	unsigned users;
	size_t size;
	uint8_t *data;
	/** What free(3) takes beside this block: large ones are not copied. */
	void *memory;
};

/** A copy; NULL: no memory. */
struct shared_bytes *shared_bytes_new(const void *data, size_t size);
static inline struct shared_bytes *shared_bytes_use(struct shared_bytes *bytes)
{
	bytes->users++;
	return bytes;
}
/** NULL is allowed. */
void shared_bytes_drop(struct shared_bytes *bytes);

struct shared_call;

/** Deferred calls, in the order in which they came. All zero: empty. */
struct shared_call_list {
	struct shared_call *first, *last;
};

/** One request; it belongs to the connection, and is over with its reply. */
struct shared_call {
	/** In a list of the object, while it is deferred; else `list` is NULL.
	 */
	struct shared_call *next, *previous;
	struct shared_call_list *list;
	struct shared_object *object;
	uint32_t op;
	/** False: reply IPCM_WOULDBLOCK in place of waiting. */
	bool may_wait;
	/** Who asks; thread: unique in the process. */
	struct shared_process *process;
	uint64_t thread;

	/* The arguments that were not read yet; valid during serve only. */
	const uint8_t *at, *end;
	/** What the request lies in, if a value may take it over; else NULL. */
	void **memory;

	/* For the kind: what a deferred call needs. */
	uint64_t state;
	size_t capacity;
	struct shared_bytes *item;
};

/* ---- arguments: each reader is false if there is no such argument ---- */

bool call_get_u64(struct shared_call *call, uint64_t *ret_number);
/** The bytes lie in the request: copy what is to stay. */
bool call_get_bytes(struct shared_call *call, const uint8_t **ret_data,
		    size_t *ret_size);
/**
 * The next bytes, to stay. The caller owns a use of them, and keeps it while it
 * uses other arguments: all may lie in the same memory.
 * @return IPCM_OK; IPCM_CORRUPT (no such argument); IPCM_NOMEM; IPCM_TOOBIG
 */
enum ipcm_status call_take_bytes(struct shared_call *call,
				 struct shared_bytes **ret_bytes);
/** Were all arguments read? Else the request is IPCM_CORRUPT. */
static inline bool call_end(const struct shared_call *call)
{
	return call->at == call->end;
}

/* ---- answers: exactly one for each call ---- */

/** Status and number. A deferred call is taken from its list. */
void call_reply(struct shared_call *call, enum ipcm_status status,
		uint64_t number);
/** With bytes, which are copied or used: the caller keeps its own use. */
void call_reply_bytes(struct shared_call *call, enum ipcm_status status,
		      uint64_t number, struct shared_bytes *bytes);
/** A value, if the caller can take it: else IPCM_TOOSMALL and its size. */
void call_reply_value(struct shared_call *call, struct shared_bytes *value,
		      uint64_t capacity);
/** With a few bytes, which are copied (IPCM_NOMEM if that fails). */
void call_reply_copy(struct shared_call *call, enum ipcm_status status,
		     uint64_t number, const void *data, size_t size);

/** Append it to a list; the answer comes later. */
void call_defer(struct shared_call *call, struct shared_call_list *list);
/** From the list it is in, if it is in one, to the end of another one. */
void call_move(struct shared_call *call, struct shared_call_list *list);

/* ---- objects ---- */

struct shared_kind;

/** First member of every object. */
struct shared_object {
	const struct shared_kind *kind;
	/** UINT64_C(generation) << 32 | place in the server's table */
	uint64_t id;
	char name[IPCM_NAME_MAX + 1];
};

/** Why a deferred call is cancelled. */
enum shared_cancel {
	/** Its time limit is over. */
	CANCEL_TIME,
	/** Its thread was interrupted. */
	CANCEL_STOPPED,
	/** Its client has died. */
	CANCEL_GONE,
};

/** What a kind of objects does; the state of an object is zeroed memory. */
struct shared_kind {
	enum shared_kind_id id;
	/** Bytes of the object, its struct shared_object among them. */
	size_t object_bytes;
	/**
	 * Take the initial value, maxsize, parties from the arguments of an
	 * OP_OPEN; all of them are read. IPCM_OK; IPCM_INVALID; IPCM_CORRUPT
	 * (malformed); IPCM_NOMEM: nothing is left.
	 * NULL: there are none.
	 */
	enum ipcm_status (*create)(struct shared_object *object,
				   struct shared_call *arguments);
	/** A second open: IPCM_OK; IPCM_INVALID (other parameters). */
	enum ipcm_status (*agrees)(const struct shared_object *object,
				   struct shared_call *arguments);
	/** Any operation and any arguments: all must be checked. */
	void (*serve)(struct shared_object *object, struct shared_call *call);
	/**
	 * The client of a deferred call gives up, or has died: reply
	 * IPCM_WOULDBLOCK, or, unless it is gone, move the call and reply
	 * later. What is replied to a client that is gone is dropped. NULL:
	 * reply IPCM_WOULDBLOCK.
	 */
	void (*cancel)(struct shared_object *object, struct shared_call *call,
		       enum shared_cancel why);
	/** A client process has ended; its calls are cancelled. NULL: nothing.
	 */
	void (*process_gone)(struct shared_object *object,
			     struct shared_process *process);
	/** Free what it holds; deferred calls have got IPCM_REMOVED. */
	void (*destroy)(struct shared_object *object);
};

/** The kind, or NULL. shared_kinds.c */
const struct shared_kind *shared_kind_find(uint64_t id);

#endif
