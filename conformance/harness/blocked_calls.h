/* SPDX-License-Identifier: MIT */
/*
 * Every blocking call at once: one peer in each of get, put, join, recv, poll,
 * send, the acquires and waits of the rest, on objects that are not ready. For
 * rules that say "every call" about time limits and signals.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_BLOCKED_CALLS_H
#define IPCMARK_CONFORMANCE_HARNESS_BLOCKED_CALLS_H

#include "fixtures.h"
#include "fixtures_sync.h"
#include "peer.h"

enum { BLOCKED_MAX = 12 };

struct blocked {
	struct call *calls[BLOCKED_MAX];
	int count;
	struct ipcm_queue *empty, *full, *unfinished;
	struct pair silent, watched, crammed;
	unsigned crammed_messages;
	struct ipcm_lock *held;
	struct ipcm_rlock *owned;
	struct ipcm_semaphore *used_up;
	struct ipcm_condition *quiet;
	struct ipcm_event *clear;
	struct ipcm_barrier *single;
};

/** Messages that cram a pipe; big enough to fill a megabyte soon. */
enum { CRAM_BYTES = 3000 };

/** Send pattern 1 until it would block. @return how many went in */
unsigned pipe_cram(struct ipcm_connection *end);

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
/** Of these three, what concerns RLock to barrier; blocked_calls_sync.c. */
void blocked_start_sync(struct blocked *set, const struct ipcm_backend *backend,
			int64_t timeout_ns);
void blocked_release_sync(struct blocked *set);
void blocked_free_sync(struct blocked *set);
/** A signal to every peer that has not returned. */
void blocked_signal(const struct blocked *set, int signal_number);

#endif
