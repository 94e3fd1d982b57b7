/* SPDX-License-Identifier: MIT */
/*
 * The client's side of an object of a manager: one request and its answer.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_PROXY_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_PROXY_H

#include <stddef.h>
#include <stdint.h>

#include "ipcmark/manager.h"
#include "manager_protocol.h"

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
	/** For operations that may wait; IPCM_FOREVER for all others. */
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
};

/** A bit for each kind. */
#define KIND_BIT(kind) (1u << (kind))

/**
 * Ask the server.
 * @param kinds bits of the kinds for which the operation exists
 * @return IPCM_INVALID (no proxy, or of another kind); what the server replied:
 *         for an operation that waited in vain IPCM_WOULDBLOCK or
 *         IPCM_TIMEDOUT, as the time limit says, or IPCM_INTR;
 *         IPCM_TIMEDOUT (request_timeout); IPCM_BROKEN; IPCM_CLOSED;
 *         IPCM_LIMIT, IPCM_NOMEM (no connection could be made)
 */
enum ipcm_status proxy_call(struct ipcm_proxy *proxy, unsigned kinds,
			    const struct proxy_request *request,
			    struct proxy_answer *answer);

/** proxy_call without a result, for operations that do not wait. */
enum ipcm_status proxy_ask(struct ipcm_proxy *proxy, unsigned kinds,
			   uint32_t op, const struct proxy_argument *arguments,
			   size_t count, uint64_t *ret_number);

/** Open an object of a kind. arguments: what its `create` reads. */
enum ipcm_status proxy_open(struct ipcm_manager *manager,
			    enum shared_kind_id kind, const char *name,
			    const struct proxy_argument *arguments,
			    size_t count, struct ipcm_proxy **ret_proxy);

#endif
