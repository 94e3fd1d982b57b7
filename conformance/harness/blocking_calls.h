/* SPDX-License-Identifier: MIT */
/*
 * Deeds: every blocking call there is, on an object that is not ready, and the
 * proof that an interrupted one changed nothing. For G-SIG-04.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_BLOCKING_CALLS_H
#define IPCMARK_CONFORMANCE_HARNESS_BLOCKING_CALLS_H

#include "fixtures.h"
#include "peer.h"

struct scene;

struct blocking_call {
	const char *name;
	/** Prepare the scene; false if the back-end does not offer it. */
	bool (*prepare)(struct scene *scene);
	/** In the peer. */
	enum ipcm_status (*call)(struct scene *scene);
	/** Nothing has changed; then free the objects. */
	void (*inspect)(struct scene *scene);
};

/* One deed on its object; in shared memory. */
struct scene {
	const struct ipcm_backend *backend;
	const struct blocking_call *blocking_call;
	int64_t timeout_ns;
	int handler_flags;
	struct call *call;
	struct ipcm_queue *queue;
	struct ipcm_simple_queue *simple;
	struct pair pair;
	unsigned crammed;
	struct ipcm_listener *listener;
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	struct ipcm_semaphore *semaphore;
	struct ipcm_event *event;
	struct ipcm_barrier *barrier;
	struct ipcm_condition *condition;
};

extern const struct blocking_call blocking_calls[];
extern const int blocking_calls_count;

#endif
