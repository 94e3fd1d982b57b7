/* SPDX-License-Identifier: MIT */
/*
 * See cpus.h.
 */
#include "cpus.h"

#include <sched.h>
#include <stddef.h>

void cpus_catch_up(void)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		(void)sched_setaffinity(0, sizeof(one), &one);
	}
	(void)sched_setaffinity(0, sizeof(allowed), &allowed);
}
