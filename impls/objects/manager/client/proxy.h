/* SPDX-License-Identifier: MIT */
/*
 * The client's side of an object of a manager: one request and its answer.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_PROXY_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_PROXY_H

#include "ipcmark/manager.h"
#include "request.h"

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
