/* SPDX-License-Identifier: MIT */
/*
 * Reasons why times measured now are not reliable. Each is one sentence that
 * names the cause and, if there is one, the remedy. An empty list does not
 * prove that the machine is quiet.
 */
#include "hostinfo.h"
#include "hostinfo_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_MS   100
#define BUSY_LIMIT  0.15
#define STEAL_LIMIT 0.02

bool cpu_ticks_read(struct cpu_ticks *ret_ticks)
{
	/* user nice system idle iowait irq softirq steal */
	unsigned long long t[8] = {0};
	FILE *file = fopen("/proc/stat", "re");
	int got;

	if (!file)
		return false;
	got = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0],
		     &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
	fclose(file);
	if (got < 4)
		return false;
	ret_ticks->steal = t[7];
	ret_ticks->busy = t[0] + t[1] + t[2] + t[5] + t[6];
	ret_ticks->total = ret_ticks->busy + t[3] + t[4] + t[7];
	return true;
}

__attribute__((format(printf, 2, 3))) static void add_reason(json_t *reasons,
							     const char *format,
							     ...)
{
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_array_append_new(reasons, json_string(text));
}

static void judge_build(json_t *reasons)
{
	if (*build_sanitizers())
		add_reason(
			reasons,
			"Built with sanitizers (%s): every time is inflated; "
			"measure with the release preset.",
			build_sanitizers());
	if (!build_optimised())
		add_reason(reasons,
			   "Built without optimisation (build type %s): "
			   "measure with the release preset.",
			   *build_type() ? build_type() : "none");
}

/* While this process sleeps, the CPUs run other processes only. */
static void judge_neighbours(json_t *reasons)
{
	const struct timespec pause = {0, SAMPLE_MS * 1000000L};
	struct cpu_ticks before, after;
	double total, busy, steal;

	if (!cpu_ticks_read(&before))
		return;
	nanosleep(&pause, NULL);
	if (!cpu_ticks_read(&after) || after.total <= before.total)
		return;
	total = (double)(after.total - before.total);
	busy = (double)(after.busy - before.busy) / total;
	steal = (double)(after.steal - before.steal) / total;
	if (busy > BUSY_LIMIT)
		add_reason(reasons,
			   "Other programs used %.0f %% of the CPUs in the "
			   "%d ms before the run: stop them, or wait.",
			   100 * busy, SAMPLE_MS);
	if (steal > STEAL_LIMIT)
		add_reason(reasons,
			   "The host of this virtual machine kept %.0f %% of "
			   "the CPU time for itself in the %d ms before the "
			   "run.",
			   100 * steal, SAMPLE_MS);
}

/* The average looks back a minute, over a build that has just ended: it counts
 * only if something besides this process is still runnable. */
static void judge_load(json_t *reasons)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char text[TEXT_BYTES];
	unsigned runnable;
	double load;

	if (read_text("/proc/loadavg", text, sizeof(text)) &&
	    sscanf(text, "%lf %*f %*f %u/", &load, &runnable) == 2 &&
	    load > (double)cpus && runnable > 1)
		add_reason(reasons,
			   "The load average was %.1f on %ld CPUs before the "
			   "run, and %u other tasks were runnable: more work "
			   "than CPUs.",
			   load, cpus, runnable - 1);
	if (cpus < 2)
		add_reason(reasons,
			   "Only one CPU is online: nothing here runs at the "
			   "same time as anything else.");
}

static void judge_settings(json_t *reasons)
{
	char text[TEXT_BYTES];
	double cpus = cgroup_cpus();
	int nice = getpriority(PRIO_PROCESS, 0);

	if (read_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		      text, sizeof(text)) &&
	    strcmp(text, "performance"))
		add_reason(reasons,
			   "The frequency governor is %s: set it with "
			   "cpupower frequency-set -g performance.",
			   text);
	if (cpus >= 0)
		add_reason(reasons,
			   "A control group limits this process to %.2f CPUs: "
			   "throttling looks like latency.",
			   cpus);
	if (nice > 0)
		add_reason(reasons,
			   "This process runs at nice %d: other processes "
			   "have priority.",
			   nice);
}

static void judge_clock(json_t *reasons)
{
	char text[TEXT_BYTES];

	if (read_text("/sys/devices/system/clocksource/clocksource0/"
		      "current_clocksource",
		      text, sizeof(text)) &&
	    (!strcmp(text, "hpet") || !strcmp(text, "acpi_pm") ||
	     !strcmp(text, "jiffies")))
		add_reason(reasons,
			   "The clock source is %s: reading it costs as much "
			   "as what is measured.",
			   text);
}

static bool at_once;

void measurement_warnings_at_once(void)
{
	at_once = true;
}

json_t *measurement_warnings(void)
{
	json_t *reasons = json_array();

	judge_build(reasons);
	judge_load(reasons);
	if (!at_once)
		judge_neighbours(reasons);
	judge_settings(reasons);
	judge_clock(reasons);
	return reasons;
}
