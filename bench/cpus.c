/* SPDX-License-Identifier: MIT */
/* CPU choice and pinning; sched_setaffinity(2), sysfs topology. */
#include "cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[PLACE_COUNT] = {"1cpu", "2cpu", "free"};

/* Is `cpu` in a kernel list such as "0,8-9"? */
static bool list_holds(const char *list, int cpu)
{
	while (*list) {
		char *end;
		long low = strtol(list, &end, 10), high = low;

		if (end == list)
			return false;
		if (*end == '-')
			high = strtol(end + 1, &end, 10);
		if (low <= cpu && cpu <= high)
			return true;
		list = *end == ',' ? end + 1 : end;
		if (*list == '\n')
			return false;
	}
	return false;
}

static bool are_siblings(int cpu, int other)
{
	char path[96], list[256] = "";
	FILE *file;
	bool found;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		 cpu);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fgets(list, sizeof(list), file) && list_holds(list, other);
	fclose(file);
	return found;
}

struct cpu_pair cpus_choose(void)
{
	struct cpu_pair pair = {0, -1};
	cpu_set_t allowed;
	int sibling = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return pair;
	while (pair.first < CPU_SETSIZE - 1 &&
	       !CPU_ISSET((size_t)pair.first, &allowed))
		pair.first++;
	for (int cpu = pair.first + 1; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &allowed))
			continue;
		if (!are_siblings(pair.first, cpu)) {
			pair.second = cpu;
			return pair;
		}
		if (sibling < 0)
			sibling = cpu;
	}
	pair.second = sibling;
	return pair;
}

int cpus_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

const char *placement_name(enum placement placement)
{
	return names[placement];
}
