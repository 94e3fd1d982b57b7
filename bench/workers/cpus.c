/* SPDX-License-Identifier: MIT */
/* CPU choice and pinning; sched_setaffinity(2), sysfs topology. */
#include "cpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[PLACE_COUNT] = {"1cpu", "2cpu", "smt", "free"};

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

static bool are_siblings(const char *topology, int cpu, int other)
{
	char path[512], list[256] = "";
	FILE *file;
	bool found;

	snprintf(path, sizeof(path), "%s/cpu%d/topology/thread_siblings_list",
		 topology, cpu);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fgets(list, sizeof(list), file) && list_holds(list, other);
	fclose(file);
	return found;
}

struct cpu_pair cpus_choose_among(const cpu_set_t *allowed,
				  const char *topology)
{
	struct cpu_pair pair = {0, -1, -1};

	while (pair.first < CPU_SETSIZE - 1 &&
	       !CPU_ISSET((size_t)pair.first, allowed))
		pair.first++;
	for (int cpu = pair.first + 1; cpu < CPU_SETSIZE; cpu++) {
		int *place;

		if (!CPU_ISSET((size_t)cpu, allowed))
			continue;
		place = are_siblings(topology, pair.first, cpu) ? &pair.sibling
								: &pair.second;
		if (*place < 0)
			*place = cpu;
		if (pair.second >= 0 && pair.sibling >= 0)
			break;
	}
	if (pair.second < 0)
		pair.second = pair.sibling;
	return pair;
}

struct cpu_pair cpus_choose(void)
{
	struct cpu_pair pair = {0, -1, -1};
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return pair;
	return cpus_choose_among(&allowed, "/sys/devices/system/cpu");
}

struct cpu_pair cpus_of(struct cpu_pair pair, enum placement placement)
{
	if (placement == PLACE_SMT)
		pair.second = pair.sibling;
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
