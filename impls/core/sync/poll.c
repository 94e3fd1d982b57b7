/* SPDX-License-Identifier: MIT */
/*
 * ppoll(2) until a deadline. The kernel never restarts it after a signal
 * (signal(7)), so this loop does, with the time that is left.
 */
#include "poll.h"

#include <errno.h>

#include "clock.h"
#include "interrupt.h"

enum ipcm_status poll_until(struct pollfd *entries, nfds_t count,
			    int64_t deadline_ns)
{
	for (;;) {
		struct timespec left = {0, 0};
		const struct timespec *limit = &left;
		int64_t now;
		int ready;

		if (deadline_ns == IPCM_FOREVER) {
			limit = NULL;
		} else if (deadline_ns != 0) {
			now = clock_now();
			left = clock_timespec(
				deadline_ns > now ? deadline_ns - now : 0);
		}
		ready = ppoll(entries, count, limit, NULL);
		interrupt_note(ready < 0 && errno == EINTR);
		if (ready > 0)
			return IPCM_OK;
		if (ready == 0 && clock_past(deadline_ns))
			return IPCM_TIMEDOUT;
		if (interrupted())
			return IPCM_INTR;
		if (ready < 0 && errno != EINTR)
			return IPCM_INVALID;
	}
}

enum ipcm_status poll_one(int fd, short events, int64_t deadline_ns)
{
	struct pollfd entry = {.fd = fd, .events = events};

	return poll_until(&entry, 1, deadline_ns);
}
