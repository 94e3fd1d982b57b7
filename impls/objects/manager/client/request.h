/* SPDX-License-Identifier: MIT */
/*
 * One request of a client, and its answer, over a link.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_REQUEST_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_REQUEST_H

#include "impls/objects/manager/link.h"
#include "impls/objects/manager/manager_protocol.h"

/** An argument of a request: a number, or bytes. */
struct proxy_argument {
	/** NULL: the number goes alone. */
	const void *data;
	uint64_t number; /* or size in bytes */
};

#define ARGUMENT_NUMBER(value)                                                 \
	((struct proxy_argument){.number = (uint64_t)(value)})
/* bytes of size 0 need no address, and look the same as the number 0 */
#define ARGUMENT_BYTES(address, size)                                          \
	((struct proxy_argument){.data = (size) ? (address) : NULL,            \
				 .number = (size)})

/** A request; arguments: `count` of them. */
struct proxy_request {
	uint32_t op;
	const struct proxy_argument *arguments;
	size_t count;
	/** The operation may wait; else the next has no meaning. */
	bool waits;
	int64_t timeout_ns;
};

/** The answer. */
struct proxy_answer {
	uint64_t number;
	/** Of the bytes; with IPCM_TOOSMALL the size that is needed. */
	size_t size;
	/** Where bytes go, set by the caller; NULL: into memory of malloc. */
	void *buffer;
	size_t capacity;
	/** The caller frees it. */
	void *memory;
	/** IPCM_TIMEDOUT is about the request: it may have been done or not. */
	bool unanswered;
};

/** Ask the server about an object; 0: the manager itself. As proxy_call. */
enum ipcm_status request_call(struct link_pool *pool, uint64_t object,
			      const struct proxy_request *request,
			      struct proxy_answer *answer);

#endif
