/* SPDX-License-Identifier: MIT */
/*
 * This process: on which CPUs it may run, and how it is scheduled. Workers
 * are forked from it and start with the same.
 */
#include "hostinfo_internal.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Append "0-3" or "5" to a list; false if there is no room. */
static bool append_range(char *text, size_t bytes, int first, int last)
{
	size_t used = strlen(text);
	const char *comma = used ? "," : "";
	int n;

	if (first == last)
		n = snprintf(text + used, bytes - used, "%s%d", comma, first);
	else
		n = snprintf(text + used, bytes - used, "%s%d-%d", comma, first,
			     last);
	return n > 0 && (size_t)n < bytes - used;
}

static json_t *describe_affinity(void)
{
	char text[512] = "";
	cpu_set_t set;
	int first = -1;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set))
		return NULL;
	for (int cpu = 0; cpu <= CPU_SETSIZE; cpu++) {
		bool in = cpu < CPU_SETSIZE && CPU_ISSET((unsigned)cpu, &set);

		if (in && first < 0)
			first = cpu;
		if (!in && first >= 0) {
			if (!append_range(text, sizeof(text), first, cpu - 1))
				break;
			first = -1;
		}
	}
	return json_string(text);
}

static const char *policy_name(int policy)
{
	switch (policy) {
	case SCHED_OTHER:
		return "SCHED_OTHER";
	case SCHED_BATCH:
		return "SCHED_BATCH";
	case SCHED_IDLE:
		return "SCHED_IDLE";
	case SCHED_FIFO:
		return "SCHED_FIFO";
	case SCHED_RR:
		return "SCHED_RR";
	default:
		return "another policy";
	}
}

json_t *hostinfo_process(void)
{
	json_t *process = json_object();

	block_put(process, "affinity", describe_affinity(),
		  "more CPUs than a cpu_set_t can name");
	block_put(process, "policy",
		  json_string(policy_name(sched_getscheduler(0))), NULL);
	block_put(process, "nice", json_integer(getpriority(PRIO_PROCESS, 0)),
		  NULL);
	block_put(process, "start_method", json_string("fork"), NULL);
	return process;
}
