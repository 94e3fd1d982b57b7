/* SPDX-License-Identifier: MIT */
/*
 * The kernel: release, preemption, tick, mitigations and the few switches on
 * its command line that change times. The rest of that line is not published.
 */
#include "hostinfo_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

/* The word that starts with PREEMPT in the kernel's version line. */
static json_t *preemption(const char *version)
{
	const char *word = strstr(version, "PREEMPT");

	if (!word)
		return json_string("none stated in the version line");
	return json_stringn(word, strcspn(word, " "));
}

/* The part in brackets of "always [madvise] never". */
static json_t *chosen(const char *path)
{
	char text[TEXT_BYTES];
	const char *open;

	if (!read_text(path, text, sizeof(text)))
		return NULL;
	open = strchr(text, '[');
	if (!open)
		return json_string(text);
	return json_stringn(open + 1, strcspn(open + 1, "]"));
}

static json_t *list_mitigations(void)
{
	DIR *dir = opendir(VULNERABILITIES);
	char path[512], text[TEXT_BYTES];
	struct dirent *entry;
	json_t *map;

	if (!dir)
		return NULL;
	map = json_object();
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), VULNERABILITIES "/%s",
			 entry->d_name);
		if (read_text(path, text, sizeof(text)))
			json_object_set_new(map, entry->d_name,
					    json_string(text));
	}
	closedir(dir);
	return map;
}

static bool is_performance_switch(const char *word)
{
	static const char *const switches[] = {"isolcpus",
					       "nohz_full",
					       "nohz",
					       "rcu_nocbs",
					       "idle",
					       "mitigations",
					       "nosmt",
					       "preempt",
					       "clocksource",
					       "tsc",
					       "processor.max_cstate",
					       "intel_idle.max_cstate",
					       "intel_pstate",
					       "amd_pstate",
					       "transparent_hugepage",
					       "cpuidle_haltpoll.force",
					       "spectre_v2",
					       "pti",
					       "nopti",
					       "threadirqs",
					       "skew_tick",
					       "nowatchdog",
					       "maxcpus"};
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (strlen(switches[i]) == length &&
		    !strncmp(word, switches[i], length))
			return true;
	return false;
}

static json_t *list_switches(void)
{
	char text[TEXT_BYTES], *rest = NULL;
	json_t *list;

	if (!read_text("/proc/cmdline", text, sizeof(text)))
		return NULL;
	list = json_array();
	for (char *word = strtok_r(text, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		if (is_performance_switch(word) && !strchr(word, '/'))
			json_array_append_new(list, json_string(word));
	return list;
}

/* The coarse clock moves once a tick, so its resolution is 1/HZ. */
static json_t *tick_hz(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_nsec <= 0)
		return NULL;
	return json_integer((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
}

json_t *hostinfo_kernel(void)
{
	json_t *kernel = json_object();
	struct utsname name;

	uname(&name);
	block_put(kernel, "release", json_string(name.release), NULL);
	block_put(kernel, "arch", json_string(name.machine), NULL);
	block_put(kernel, "preemption", preemption(name.version), NULL);
	block_put(kernel, "preemption_mode",
		  chosen("/sys/kernel/debug/sched/preempt"),
		  "only root can read it, from debugfs");
	block_put(kernel, "hz", tick_hz(), "the coarse clock does not tell");
	block_put(kernel, "mitigations", list_mitigations(),
		  "sysfs does not list them");
	block_put(kernel, "switches", list_switches(),
		  "/proc/cmdline is not readable");
	block_put_integer(kernel, "aslr", "/proc/sys/kernel/randomize_va_space",
			  "sysctl not readable");
	block_put(kernel, "thp",
		  chosen("/sys/kernel/mm/transparent_hugepage/enabled"),
		  "built without transparent huge pages");
	block_put_integer(kernel, "perf_event_paranoid",
			  "/proc/sys/kernel/perf_event_paranoid",
			  "built without perf events");
	block_put(kernel, "pmu",
		  json_boolean(
			  !access("/sys/bus/event_source/devices/cpu", F_OK)),
		  NULL);
	block_put_integer(kernel, "ptrace_scope",
			  "/proc/sys/kernel/yama/ptrace_scope",
			  "Yama is not built in: no extra rule");
	return kernel;
}
