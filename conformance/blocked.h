/* SPDX-License-Identifier: MIT */
/*
 * Every blocking call at once: one peer in each of get, put, join, recv, poll,
 * send and acquire, on objects that are not ready. For rules that say "every
 * call" about time limits and signals.
 */
#ifndef CONFORMANCE_BLOCKED_H
#define CONFORMANCE_BLOCKED_H

#include "make.h"
#include "peer.h"

enum { BLOCKED_MAX = 7 };

struct blocked {
	struct call *calls[BLOCKED_MAX];
	int count;
	struct ipcm_queue *empty, *full, *unfinished;
	struct pair silent, watched, crammed;
	unsigned crammed_messages;
	struct ipcm_lock *held;
};

/** Start them all with this time limit. */
void blocked_start(struct blocked *set, const struct ipcm_backend *backend,
		   int64_t timeout_ns);
/** They are all about to call. */
void blocked_await_begun(struct blocked *set);
/** They have all begun and sleep in the kernel. */
void blocked_await_asleep(struct blocked *set);
/** None has returned. */
void blocked_check_none_returned(const struct blocked *set, const char *when);
/** Make every object ready; every call must return OK. Frees the objects. */
void blocked_release(struct blocked *set);
/**
 * Every call must return with its "not in time" code, not before the timeout
 * (10 ms of tolerance) and not later than the slack after it.
 * Frees the objects.
 */
void blocked_expect_timeouts(struct blocked *set);
/** A signal to every peer that has not returned. */
void blocked_signal(const struct blocked *set, int signal_number);

#endif
