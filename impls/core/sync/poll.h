/* SPDX-License-Identifier: MIT */
/*
 * poll(2) with a deadline on CLOCK_MONOTONIC and EINTR handled. Every mechanism
 * that has a descriptor waits with it.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_POLL_H
#define IPCMARK_IMPLS_CORE_SYNC_POLL_H

#include <poll.h>
#include <stddef.h>

#include "ipcmark/status.h"

/**
 * Wait until one of the entries has an event, or the deadline. No lock may be
 * held, unless the deadline is 0: the stop callback is asked before each sleep.
 * @return IPCM_OK (see revents), IPCM_TIMEDOUT, or IPCM_INTR if the thread
 *         is interruptible and a signal handler ran, or the callback said stop
 */
enum ipcm_status poll_until(struct pollfd *entries, nfds_t count,
			    int64_t deadline_ns);

/** poll_until for one descriptor and one event set. */
enum ipcm_status poll_one(int fd, short events, int64_t deadline_ns);

#endif
