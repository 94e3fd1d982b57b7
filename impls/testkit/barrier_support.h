/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the barrier share: making one, and looking at it.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_BARRIER_SUPPORT_H
#define IPCMARK_IMPLS_TESTKIT_BARRIER_SUPPORT_H

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "user_group.h"

#define PARTIES 5

static inline struct ipcm_barrier *make_with(
	const struct ipcm_backend *backend, int64_t parties,
	enum ipcm_status (*action)(void *argument), void *argument,
	int64_t timeout_ns)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier = NULL;

	options.parties = parties;
	options.action = action;
	options.argument = argument;
	options.timeout_ns = timeout_ns;
	if (!CHECK_IS(ipcm_barrier_create(backend, &options, &barrier),
		      IPCM_OK))
		exit(1);
	return barrier;
}

static inline struct ipcm_barrier *make(const struct ipcm_backend *backend,
					int64_t parties)
{
	return make_with(backend, parties, NULL, NULL, IPCM_FOREVER);
}

static inline unsigned waiting(const struct ipcm_barrier *barrier)
{
	unsigned count = 0;

	CHECK_IS(ipcm_barrier_n_waiting(barrier, &count), IPCM_OK);
	return count;
}

static inline void await_waiting(const struct ipcm_barrier *barrier,
				 unsigned count)
{
	int64_t start = now_ns();

	while (waiting(barrier) != count && CHECK(now_ns() - start < HANG))
		(void)usleep(100);
}

static inline bool broken(const struct ipcm_barrier *barrier)
{
	bool is_broken = false;

	CHECK_IS(ipcm_barrier_broken(barrier, &is_broken), IPCM_OK);
	return is_broken;
}

static inline int wait_once(void *barrier, unsigned number)
{
	(void)number;
	return (int)ipcm_barrier_wait(barrier, 2 * HANG, NULL);
}

#endif
