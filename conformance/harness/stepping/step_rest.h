/* SPDX-License-Identifier: MIT */
/* Whether a thread rests: what /proc says of it, to be compared later. */
#ifndef IPCMARK_CONFORMANCE_HARNESS_STEPPING_STEP_REST_H
#define IPCMARK_CONFORMANCE_HARNESS_STEPPING_STEP_REST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct rest {
	bool asleep;
	/** How long it has run, as the scheduler says: /proc/PID/schedstat. */
	char ran[80];
};

void rest_read(pid_t pid, struct rest *ret_rest);

/** Nanoseconds that it was on a CPU. */
int64_t rest_ran_ns(const struct rest *rest);

#endif
