/* SPDX-License-Identifier: MIT */
/*
 * poll(2) until a deadline. The kernel never restarts it after a signal handler
 * (signal(7)), so this loop does, with the time that is left.
 */
#include "poll.h"

#include <errno.h>
#include <limits.h>

#include "clock.h"
#include "impls/core/errno_status.h"
#include "interrupt.h"

/*
 * A stopped process's time goes on. poll(2) is continued after SIGCONT with the
 * end that it had, ppoll(2) with the time that was left when it was stopped. So
 * poll takes the whole milliseconds, and ppoll only the rest of one.
 */
static int poll_for(struct pollfd *entries, nfds_t count, int64_t deadline_ns)
{
	struct timespec rest = {0, 0};
	int64_t left = 0;

	if (deadline_ns == IPCM_FOREVER)
		return poll(entries, count, -1);
	if (deadline_ns != 0)
		left = deadline_ns - clock_now();
	if (left >= NS_PER_MS)
		return poll(entries, count,
			    left / NS_PER_MS < INT_MAX ? (int)(left / NS_PER_MS)
						       : INT_MAX);
	if (left > 0)
		rest = clock_timespec(left);
	return ppoll(entries, count, &rest, NULL);
}

enum ipcm_status poll_until(struct pollfd *entries, nfds_t count,
			    int64_t deadline_ns)
{
	for (;;) {
		int64_t until = deadline_ns;
		int ready;

		/* 0 only looks, and may be called with a lock held */
		if (deadline_ns != 0 && interrupt_may_ask()) {
			if (poll(entries, count, 0) > 0)
				return IPCM_OK; /* need not wait: do not ask */
			if (interrupt_ask())
				return IPCM_INTR;
			until = interrupt_limit(deadline_ns);
		}
		ready = poll_for(entries, count, until);
		interrupt_note(ready < 0 && errno == EINTR);
		if (ready > 0)
			return IPCM_OK;
		if (ready == 0 && clock_past(deadline_ns))
			return IPCM_TIMEDOUT;
		if (interrupted())
			return IPCM_INTR;
		/* EINVAL: more than RLIMIT_NOFILE allows (poll(2)) */
		if (ready < 0 && errno != EINTR)
			return errno == EINVAL ? IPCM_LIMIT
					       : status_from_errno(errno);
	}
}

enum ipcm_status poll_one(int fd, short events, int64_t deadline_ns)
{
	struct pollfd entry = {.fd = fd, .events = events};

	return poll_until(&entry, 1, deadline_ns);
}
