/* SPDX-License-Identifier: MIT */
/*
 * The processor: model, microcode, caches, frequency and idle governors.
 * Virtual machines hide much of this; what is hidden is null with a reason.
 */
#include "hostinfo_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPU_DIR "/sys/devices/system/cpu/"

/* The first processor's paragraph of /proc/cpuinfo; caller frees. */
static char *first_cpuinfo(void)
{
	size_t bytes = 64 * 1024;
	char *text = malloc(bytes);
	FILE *file = fopen("/proc/cpuinfo", "re");
	size_t got = 0;
	char *end;

	if (text && file)
		got = fread(text, 1, bytes - 1, file);
	if (file)
		fclose(file);
	if (!text)
		return NULL;
	text[got] = '\0';
	end = strstr(text, "\n\n");
	if (end)
		*end = '\0';
	return text;
}

static void put_cpuinfo(json_t *cpu, const char *text, const char *name,
			const char *key)
{
	char value[256];
	bool known = text && text_field(text, name, value, sizeof(value));

	block_put(cpu, key, known ? json_string(value) : NULL,
		  "/proc/cpuinfo has no such line on this processor");
}

/* One cache of cpu0 as "L1d 48K", or false behind the last one. */
static bool describe_cache(unsigned index, json_t *caches)
{
	char path[128], level[16], type[32], size[32], name[64];

	snprintf(path, sizeof(path), CPU_DIR "cpu0/cache/index%u/level", index);
	if (!read_text(path, level, sizeof(level)))
		return false;
	snprintf(path, sizeof(path), CPU_DIR "cpu0/cache/index%u/type", index);
	if (!read_text(path, type, sizeof(type)))
		return false;
	snprintf(path, sizeof(path), CPU_DIR "cpu0/cache/index%u/size", index);
	if (!read_text(path, size, sizeof(size)))
		return false;
	snprintf(name, sizeof(name), "L%s%s", level,
		 !strcmp(type, "Data")		? "d"
		 : !strcmp(type, "Instruction") ? "i"
						: "");
	json_object_set_new(caches, name, json_string(size));
	return true;
}

static json_t *list_caches(void)
{
	json_t *caches = json_object();

	for (unsigned i = 0; describe_cache(i, caches); i++)
		;
	if (json_object_size(caches) > 0)
		return caches;
	json_decref(caches);
	return NULL;
}

static json_t *count_nodes(void)
{
	char path[64];
	int nodes = 0;

	for (;; nodes++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d",
			 nodes);
		if (access(path, F_OK))
			break;
	}
	return nodes ? json_integer(nodes) : NULL;
}

static void put_frequency(json_t *cpu)
{
	static const char hidden[] =
		"no cpufreq here: the host of a virtual machine decides";

	block_put_text(cpu, "driver", CPU_DIR "cpu0/cpufreq/scaling_driver",
		       hidden);
	block_put_text(cpu, "governor", CPU_DIR "cpu0/cpufreq/scaling_governor",
		       hidden);
	block_put_integer(cpu, "min_khz",
			  CPU_DIR "cpu0/cpufreq/cpuinfo_min_freq", hidden);
	block_put_integer(cpu, "max_khz",
			  CPU_DIR "cpu0/cpufreq/cpuinfo_max_freq", hidden);
	block_put_integer(cpu, "boost", CPU_DIR "cpufreq/boost",
			  "no boost switch in sysfs");
	block_put_text(cpu, "idle_driver", CPU_DIR "cpuidle/current_driver",
		       "no cpuidle here");
	block_put_text(cpu, "idle_governor",
		       CPU_DIR "cpuidle/current_governor_ro",
		       "no cpuidle here");
}

json_t *hostinfo_cpu(void)
{
	json_t *cpu = json_object();
	char *text = first_cpuinfo();

	put_cpuinfo(cpu, text, "vendor_id", "vendor");
	put_cpuinfo(cpu, text, "cpu family", "family");
	put_cpuinfo(cpu, text, "model", "model");
	put_cpuinfo(cpu, text, "stepping", "stepping");
	put_cpuinfo(cpu, text, "model name", "model_name");
	put_cpuinfo(cpu, text, "microcode", "microcode");
	free(text);
	block_put(cpu, "count_online",
		  json_integer(sysconf(_SC_NPROCESSORS_ONLN)), NULL);
	block_put_integer(cpu, "smt_active", CPU_DIR "smt/active",
			  "sysfs does not show SMT");
	block_put(cpu, "caches", list_caches(), "sysfs does not show caches");
	block_put(cpu, "numa_nodes", count_nodes(),
		  "sysfs does not show NUMA nodes");
	put_frequency(cpu);
	return cpu;
}
