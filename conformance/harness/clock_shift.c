/* SPDX-License-Identifier: MIT */
/*
 * The shifted wall clock; see clock_shift.h.
 */
#include "clock_shift.h"

#include <stdatomic.h>
#include <time.h>

#include "check.h"

int __real_clock_gettime(clockid_t id, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t id, struct timespec *ret_time);

/* shared by the processes of the clause, made at the first shift */
static _Atomic int64_t *shift_ns;

void clock_shift(int64_t by_ns)
{
	if (!shift_ns)
		shift_ns = share(sizeof(*shift_ns));
	atomic_store(shift_ns, by_ns);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *ret_time)
{
	int result = __real_clock_gettime(id, ret_time);
	int64_t sum;

	if (result || !shift_ns ||
	    (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE))
		return result;
	sum = (int64_t)ret_time->tv_sec * S + ret_time->tv_nsec +
	      atomic_load(shift_ns);
	ret_time->tv_sec = sum / S;
	ret_time->tv_nsec = sum % S;
	return 0;
}
