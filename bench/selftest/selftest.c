/* SPDX-License-Identifier: MIT */
/*
 * The self-test of the benchmarks: its command line, its cells and its lines.
 *
 * Exit code 1 when a check failed. 77 when nothing failed, but the machine was
 * too busy to judge a time (a control says so) or does not allow something.
 */
#include "selftest.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "bench/stats/metrics.h"
#include "bench/plan/plan.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"

#define ROUNDS_QUICK 11
#define ROUNDS_FULL  21
#define SIZE_BYTES   64
#define TIMEOUT_NS   (20 * NS_PER_S)
/* The watcher looks four times a second; that is enough to see a stall. */
#define STALL_NS (600 * NS_PER_MS)

enum key { KEY_QUICK = 256 };

static const struct argp_option table[] = {
	{"quick", KEY_QUICK, 0, 0, "Fewer back-ends and samples; half a minute",
	 0},
	{"filter", 'f', "REGEX", 0,
	 "Checks whose line matches (POSIX extended); a leading - leaves those "
	 "out; repeatable, each adds its checks",
	 0},
	{0}};

static const char doc[] =
	"Check the measurements: known delays, lost, doubled, swapped and damaged "
	"messages, a stall, extra system calls and allocations are put in, and "
	"what the benchmarks say is compared with them."
	"\vExit codes: 0 all of it holds; 1 a check failed; 2 usage; 77 nothing "
	"failed, but the machine was too busy or does not allow something.";

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct selftest *selftest = state->input;

	switch (key) {
	case KEY_QUICK:
		selftest->quick = true;
		return 0;
	case 'f':
		filters_add(&selftest->filters, text);
		return 0;
	case ARGP_KEY_ARG:
		cli_second_word(state, text, NULL);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

bool selftest_wants(const struct selftest *selftest, const char *title)
{
	if (interrupt_requested)
		return false;
	return filters_take(&selftest->filters, title);
}

void selftest_say(struct selftest *selftest, enum selftest_mark mark,
		  const char *title, const char *format, ...)
{
	static const char *const words[SELFTEST_MARKS] = {
		"ok", "FAILED", "not judged: machine too busy",
		"not judged: this host does not allow it"};
	va_list arguments;

	selftest->marks[mark]++;
	printf("%s: ", title);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(" %s\n", words[mark]);
	fflush(stdout);
}

bool selftest_cell_find(enum iface iface, const char *mechanism,
			const char *scenario, struct selftest_cell *ret_cell)
{
	const struct scenario *found = scenario_find(
		iface, iface == IFACE_RAW ? mechanism : NULL, scenario);
	const struct ipcm_backend *backend = NULL;
	char why[REASON_BYTES];

	if (!found)
		return false;
	if (iface != IFACE_RAW) {
		backend = ipcm_backend_find(mechanism);
		if (!backend || backend->probe(why, sizeof(why)) != IPCM_OK)
			return false;
	}
	*ret_cell = (struct selftest_cell){
		.scenario = found,
		.backend = backend,
		.axes = {.iface = iface,
			 .backend = mechanism,
			 .scenario = scenario,
			 .size_bytes = SIZE_BYTES,
			 .producers = found->producers,
			 .consumers = found->consumers,
			 .depth = found->has_depth ? plan_depth(SIZE_BYTES) : 0,
			 .batch = 1,
			 .wait = WAIT_BLOCK,
			 .placement = PLACE_ONE},
	};
	return true;
}

const char *selftest_cell_name(const struct selftest_cell *cell, char *text,
			       size_t bytes)
{
	snprintf(text, bytes, "%s/%s/%s", iface_name(cell->axes.iface),
		 cell->axes.backend, cell->axes.scenario);
	return text;
}

struct task selftest_task(const struct selftest *selftest,
			  const struct selftest_cell *cell)
{
	return (struct task){
		.axes = &cell->axes,
		.backend = cell->backend,
		.seed = selftest->seed,
		.group = selftest->group,
		.cpus = selftest->cpus,
		.timeout_ns = TIMEOUT_NS,
		.stall_ns = STALL_NS,
	};
}

struct sample selftest_sample(const struct selftest *selftest,
			      const struct selftest_cell *cell,
			      uint64_t iterations, bool verify)
{
	struct task task = selftest_task(selftest, cell);
	struct sample sample = {.iterations = iterations};

	for (int i = 0; i < METRIC_COUNT; i++)
		sample.value[i] = NAN;
	task.iterations = iterations;
	task.verify = verify;
	cell->scenario->run(&task, &sample);
	return sample;
}

double selftest_cpu_share(const struct selftest *selftest,
			  const struct sample *sample)
{
	const struct worker_group *group = selftest->group;
	double used = 0;

	for (unsigned i = 0; i < group->count; i++)
		used += (double)(group->worker[i].usage.user_ns +
				 group->worker[i].usage.system_ns);
	return used / (double)sample->elapsed_ns;
}

enum selftest_mark selftest_conclude(enum selftest_mark last, unsigned failed)
{
	if (last == SELFTEST_OK)
		return SELFTEST_OK;
	return failed >= SELFTEST_FAILURES ? SELFTEST_FAILED : SELFTEST_BUSY;
}

static int summarize(const struct selftest *selftest)
{
	const unsigned *marks = selftest->marks;
	unsigned not_judged = marks[SELFTEST_BUSY] + marks[SELFTEST_UNABLE];

	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	if (marks[SELFTEST_OK] + marks[SELFTEST_FAILED] + not_judged == 0) {
		fprintf(stderr, "ipcmark selftest: the filter matches no "
				"check\n");
		return EXIT_USAGE;
	}
	printf("%u ok, %u failed, %u not judged\n", marks[SELFTEST_OK],
	       marks[SELFTEST_FAILED], not_judged);
	if (marks[SELFTEST_FAILED])
		return EXIT_VERDICT;
	return not_judged ? EXIT_UNAVAILABLE : EXIT_PASS;
}

int selftest_main(int argc, char **argv)
{
	static const struct argp argp = {table, parse, "bench", doc,
					 NULL,	NULL,  NULL};
	static struct selftest selftest;

	cli_parse("ipcmark selftest", &argp, argc, argv, &selftest);
	selftest.rounds = selftest.quick ? ROUNDS_QUICK : ROUNDS_FULL;
	selftest.seed = 1;
	selftest.cpus = cpus_choose();
	selftest.group = worker_group_create();
	selftest.shared = count_state_create();
	if (!selftest.group || !selftest.shared) {
		fprintf(stderr, "ipcmark selftest: no memory\n");
		return EXIT_INTERNAL;
	}
	interrupt_catch();
	selftest_check_numbers(&selftest);
	selftest_check_faults(&selftest);
	selftest_check_counts(&selftest);
	selftest_check_cross_checks(&selftest);
	selftest_check_delays(&selftest);
	selftest_check_same(&selftest);
	(void)ipcm_collect();
	count_state_destroy(selftest.shared);
	worker_group_destroy(selftest.group);
	return summarize(&selftest);
}
