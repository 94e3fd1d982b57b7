/* SPDX-License-Identifier: MIT */
/*
 * Every blocking call, each on an object that is not ready. The rules that say
 * "every call" (G-TO, G-SIG, G-RC-02, G-CLS) walk this table, so a new blocking
 * call is one row here and one in call.c.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CALLS_BLOCKING_CALLS_H
#define IPCMARK_CONFORMANCE_HARNESS_CALLS_BLOCKING_CALLS_H

#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "objects.h"
#include "conformance/harness/peer.h"

/** One blocking call on its object. */
struct blocked_call {
	const struct ipcm_backend *backend;
	const struct blocking_call *row;
	/** What the call gets. */
	void *object;
	/** The ends of a pipe, and how many messages cram it. */
	struct pair pair;
	unsigned crammed;
	/** Of a listener. */
	char name[NAMED_BYTES];
	struct call *call;
};

/** A row. Every function is called by the clause's own process. */
struct blocking_call {
	enum call_kind call;
	/** What it returns when its timeout is over. */
	enum ipcm_status late;
	/** Make the object, not ready; false: the back-end has none. */
	bool (*prepare)(struct blocked_call *blocked);
	/** Make it ready for the one call that is blocked. */
	void (*wake)(struct blocked_call *blocked);
	/** No call is blocked: make the next one succeed at once; or NULL. */
	void (*make_ready)(struct blocked_call *blocked);
	/** The call failed or was interrupted: it must have changed nothing. */
	void (*inspect)(struct blocked_call *blocked);
	/** Row of object_kinds that closes and frees it, if these are NULL. */
	enum object_index kind;
	enum ipcm_status (*close)(struct blocked_call *blocked);
	void (*free)(struct blocked_call *blocked);
	/** wake must be called by the thread that called prepare. */
	bool own_wake;
	/** It has no timeout. */
	bool untimed;
	/** What ends it is that something is taken out, its own too. */
	bool sends;
	/** The caller makes what it waits for, another process cannot. */
	bool owned;
	/** Closing the handle ends the call (G-CLS-01). */
	bool close_ends;
	/** The object is in the server of a manager. */
	bool managed;
};

extern const struct blocking_call blocking_calls[];
extern const int blocking_calls_count;

/** Messages that cram a pipe; big enough to fill a megabyte soon. */
enum { CRAM_BYTES = 3000 };
/** More than any channel holds: the send blocks in the middle. */
enum { LARGE_BYTES = 3 << 20 };
/** In the buffer of a get, and still there after a get that failed. */
enum { BLOCKED_UNTOUCHED = 77 };

/**
 * The row's object, not ready, and its call, not made.
 * @return false: the back-end does not offer it, or it cannot have a timeout
 */
bool blocked_prepare(struct blocked_call *blocked,
		     const struct blocking_call *row,
		     const struct ipcm_backend *backend, int64_t timeout_ns);
enum ipcm_status blocked_close(struct blocked_call *blocked);
void blocked_free(struct blocked_call *blocked);
/** What the call returns if it is only tried. */
enum ipcm_status blocked_try_status(const struct blocking_call *row);

enum { BLOCKED_MAX = 96 };

/** One peer in each blocking call. */
struct blocked {
	struct blocked_call calls[BLOCKED_MAX];
	int count;
};

/** Start them all with this timeout. */
void blocked_start(struct blocked *set, const struct ipcm_backend *backend,
		   int64_t timeout_ns);
/** They have all begun, and sleep in their calls or have returned. */
void blocked_await_begun(struct blocked *set);
/** They have all begun and sleep in the kernel. */
void blocked_await_asleep(struct blocked *set);
/** None has returned. */
void blocked_check_none_returned(const struct blocked *set, const char *when);
/** Make every object ready; every call must return OK. Frees the objects. */
void blocked_release(struct blocked *set);
/**
 * Every call must return its `late` status, not before the timeout (10 ms of
 * tolerance) and not later than the slack after it. Frees the objects.
 */
void blocked_expect_timeouts(struct blocked *set);
/** A signal to every peer that has not returned. */
void blocked_signal(const struct blocked *set, int signal_number);

/* ---- what the rows of managed objects do: blocking_managed.c ---- */

/** An empty queue of one; a full one. */
bool managed_queue_prepare(struct blocked_call *blocked);
bool managed_full_prepare(struct blocked_call *blocked);
void managed_queue_fill(struct blocked_call *blocked);
void managed_queue_take(struct blocked_call *blocked);
void managed_queue_finish(struct blocked_call *blocked);
void managed_queue_inspect(struct blocked_call *blocked);

/** Held; no permits. */
bool managed_lock_prepare(struct blocked_call *blocked);
bool managed_rlock_prepare(struct blocked_call *blocked);
bool managed_semaphore_prepare(struct blocked_call *blocked);
void managed_release(struct blocked_call *blocked);
void managed_lock_inspect(struct blocked_call *blocked);
void managed_semaphore_inspect(struct blocked_call *blocked);

bool managed_condition_prepare(struct blocked_call *blocked);
void managed_condition_wake(struct blocked_call *blocked);
void managed_wait_for_wake(struct blocked_call *blocked);
void managed_condition_inspect(struct blocked_call *blocked);

bool managed_event_prepare(struct blocked_call *blocked);
void managed_event_set(struct blocked_call *blocked);
void managed_event_inspect(struct blocked_call *blocked);

/** Of two parties. */
bool managed_barrier_prepare(struct blocked_call *blocked);
void managed_barrier_complete(struct blocked_call *blocked);
void managed_barrier_make_ready(struct blocked_call *blocked);
void managed_barrier_inspect(struct blocked_call *blocked);

void managed_object_free(struct blocked_call *blocked);

#endif
