/* SPDX-License-Identifier: MIT */
/*
 * Time: nanoseconds on CLOCK_MONOTONIC, and deadlines made from timeouts.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_CLOCK_H
#define IPCMARK_IMPLS_CORE_SYNC_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "ipcmark/status.h"

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/**
 * No wait in the library sleeps longer than this before it checks again whether
 * the owner is alive and whether the word has changed: a wake-up is lost when
 * the process that had to send it is killed first.
 */
extern const int64_t clock_wait_slice_ns;

/** The next one: as long, in all but test programs. */
int64_t clock_wait_slice(void);

/** Now; vDSO, no system call on the usual clock sources. */
int64_t clock_now(void);

/**
 * Deadline of a timeout. Try forms (<= 0) give 0, which is always past;
 * IPCM_FOREVER and sums beyond the range give IPCM_FOREVER.
 */
int64_t clock_deadline(int64_t timeout_ns);

/** Is a deadline past? 0 always is; the clock is not read for it. */
bool clock_past(int64_t deadline_ns);

/** The nearer of the deadline and now + slice_ns. */
int64_t clock_slice(int64_t deadline_ns, int64_t slice_ns);

/** Status of a call whose time is over; a try form gives WOULDBLOCK. */
static inline enum ipcm_status timeout_status(int64_t timeout_ns)
{
	return timeout_ns > 0 ? IPCM_TIMEDOUT : IPCM_WOULDBLOCK;
}

/** For system calls that take a timespec. */
struct timespec clock_timespec(int64_t ns);

#endif
