/* SPDX-License-Identifier: MIT */
/*
 * Watched calls of a pool. It belongs to the process that made it, so the peer
 * makes one, before it says that it is about to call. Its tasks, or for the
 * creation its initializer, end when an event is set.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CALLS_CALL_POOL_H
#define IPCMARK_CONFORMANCE_HARNESS_CALLS_CALL_POOL_H

#include "conformance/harness/peer.h"

/** The object of these calls. */
struct call_pool {
	const struct ipcm_backend *backend;
	struct ipcm_event *event;
};

/** Is it one of them? */
static inline bool call_has_pool(const struct call *call)
{
	return call->kind >= CALL_POOL_CREATE && call->kind <= CALL_ASYNC_GET;
}

/** Before and after the call; if the event is set, the results are there. */
void call_pool_begin(struct call *call);
void call_pool_end(struct call *call);

enum ipcm_status call_pool_create(struct call *call);
enum ipcm_status call_pool_apply(struct call *call);
enum ipcm_status call_pool_map(struct call *call);
enum ipcm_status call_pool_starmap(struct call *call);
enum ipcm_status call_pool_join(struct call *call);
enum ipcm_status call_async_wait(struct call *call);
enum ipcm_status call_async_get(struct call *call);
enum ipcm_status call_pool_next(struct call *call);

#endif
