/* SPDX-License-Identifier: MIT */
/*
 * Checks of counts: one system call more in each send must be one more in the
 * table, one allocation more one more; a raw pipe makes one write and one read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/counters/count_names.h"
#include "bench/counters/count_run.h"
#include "selftest.h"

static double by_name(const struct counts *counts, const char *name)
{
	double sum = 0;

	for (unsigned side = 0; side < counts->sides; side++) {
		for (unsigned i = 0; i < COUNT_CALLS_MAX; i++) {
			char text[24];

			if (!strcmp(count_call_name(i, text, sizeof(text)),
				    name))
				sum += counts->call[side][i];
		}
	}
	return sum;
}

static struct counts *counts_with(const struct selftest *selftest,
				  const struct selftest_cell *cell,
				  enum injection act)
{
	struct task task = selftest_task(selftest, cell);
	struct counts *counts;

	inject(act, 0);
	counts = counts_take(&task, cell->scenario->run, selftest->shared);
	inject(INJECT_NOTHING, 0);
	return counts;
}

/* Differences of whole numbers over 512 messages: exact in binary too. */
static bool equals(double value, double wanted)
{
	return fabs(value - wanted) < 1e-9;
}

static void judge_extra(struct selftest *selftest, const char *title,
			const struct count_figure *without,
			const struct count_figure *with, double more,
			double wanted)
{
	if (!isfinite(without->value) || !isfinite(with->value)) {
		selftest_say(selftest, SELFTEST_UNABLE, title, "%s",
			     isfinite(without->value) ? with->why
						      : without->why);
		return;
	}
	selftest_say(
		selftest, equals(more, wanted) ? SELFTEST_OK : SELFTEST_FAILED,
		title,
		"%.4f instead of %.4f a message, in all %.4f instead of %.4f",
		more, wanted, with->value, without->value);
}

static void check_getpid(struct selftest *selftest,
			 const struct selftest_cell *cell, double sends)
{
	struct counts *without, *with;
	char name[64], title[128];

	snprintf(title, sizeof(title), "one more getpid a send, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	without = counts_with(selftest, cell, INJECT_NOTHING);
	with = counts_with(selftest, cell, INJECT_GETPID);
	if (without && with)
		judge_extra(
			selftest, title, &without->syscalls, &with->syscalls,
			by_name(with, "getpid") - by_name(without, "getpid"),
			sends);
	free(without);
	free(with);
}

static void check_malloc(struct selftest *selftest,
			 const struct selftest_cell *cell, double sends)
{
	struct counts *without, *with;
	char name[64], title[128];

	snprintf(title, sizeof(title), "one more allocation a send, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	without = counts_with(selftest, cell, INJECT_NOTHING);
	with = counts_with(selftest, cell, INJECT_MALLOC);
	if (without && with)
		judge_extra(selftest, title, &without->allocations,
			    &with->allocations,
			    with->allocations.value -
				    without->allocations.value,
			    sends);
	free(without);
	free(with);
}

/* One object of each kind left behind by the only process of the cell. */
static void check_leak(struct selftest *selftest,
		       const struct selftest_cell *cell, const char *what,
		       enum injection act)
{
	struct counts *without, *with;
	char name[64], title[128];

	snprintf(title, sizeof(title), "%s left behind, %s", what,
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	if (act == INJECT_LEAK_MQ && !count_names_sees_queues()) {
		selftest_say(selftest, SELFTEST_UNABLE, title, "%s",
			     "/dev/mqueue is not mounted, and queues cannot be "
			     "listed without it");
		return;
	}
	without = counts_with(selftest, cell, INJECT_NOTHING);
	with = counts_with(selftest, cell, act);
	inject_clean();
	if (without && with)
		judge_extra(selftest, title, &without->left, &with->left,
			    with->left.value - without->left.value, 1);
	free(without);
	free(with);
}

static void check_leaks(struct selftest *selftest)
{
	static const struct {
		const char *what;
		enum injection act;
	} leaks[] = {
		{"a System V queue", INJECT_LEAK},
		{"a semaphore set", INJECT_LEAK_SEM},
		{"a shared memory segment", INJECT_LEAK_SEGMENT},
		{"a POSIX queue", INJECT_LEAK_MQ},
		{"a file in /dev/shm", INJECT_LEAK_FILE},
		{"a descriptor", INJECT_LEAK_FD},
	};
	struct selftest_cell cell;

	if (!selftest_cell_find(IFACE_QUEUE, "pipe", "self_loop", &cell))
		return;
	cell.backend = fault_backend_around(cell.backend);
	for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++)
		check_leak(selftest, &cell, leaks[i].what, leaks[i].act);
}

static void check_steady(struct selftest *selftest,
			 const struct selftest_cell *cell)
{
	struct counts *counts;
	char name[64], title[128];

	snprintf(title, sizeof(title), "no allocation a message, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	counts = counts_with(selftest, cell, INJECT_NOTHING);
	if (counts)
		judge_extra(selftest, title, &counts->allocations,
			    &counts->allocations, counts->allocations.value, 0);
	free(counts);
}

/* Over and above the table, the right number is known from the source of
 * raw_syscall.c. */
static void check_raw_pipe(struct selftest *selftest)
{
	const char *title = "one write and one read a message, raw/pipe/oneway";
	struct selftest_cell cell;
	struct counts *counts;

	if (!selftest_wants(selftest, title) ||
	    !selftest_cell_find(IFACE_RAW, "pipe", "oneway", &cell))
		return;
	counts = counts_with(selftest, &cell, INJECT_NOTHING);
	if (counts && !isfinite(counts->syscalls.value))
		selftest_say(selftest, SELFTEST_UNABLE, title, "%s",
			     counts->syscalls.why);
	else if (counts)
		selftest_say(selftest,
			     equals(by_name(counts, "write"),
				    1) && equals(by_name(counts, "read"), 1) &&
					     equals(counts->syscalls.value, 2)
				     ? SELFTEST_OK
				     : SELFTEST_FAILED,
			     title, "write %.4f, read %.4f, in all %.4f",
			     by_name(counts, "write"), by_name(counts, "read"),
			     counts->syscalls.value);
	free(counts);
}

void selftest_check_counts(struct selftest *selftest)
{
	static const struct {
		enum iface iface;
		const char *backend, *scenario;
		double sends;
	} cells[] = {
		{IFACE_QUEUE, "shm_ring", "self_loop", 1},
		{IFACE_QUEUE, "pipe", "self_loop", 1},
		{IFACE_PIPE, "socketpair", "roundtrip", 2},
	};
	struct selftest_cell cell;

	check_raw_pipe(selftest);
	check_leaks(selftest);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (!selftest_cell_find(cells[i].iface, cells[i].backend,
					cells[i].scenario, &cell))
			continue;
		check_steady(selftest, &cell);
		cell.backend = fault_backend_around(cell.backend);
		check_getpid(selftest, &cell, cells[i].sends);
		check_malloc(selftest, &cell, cells[i].sends);
	}
}
