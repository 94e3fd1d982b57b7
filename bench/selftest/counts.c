/* SPDX-License-Identifier: MIT */
/*
 * Checks of counts: one system call more in each send must be one more in the
 * table, one allocation more one more; a raw pipe makes one write and one read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct counts *counts_with(const struct meter *meter,
				  const struct meter_cell *cell,
				  enum fake_act act)
{
	struct task task = meter_task(meter, cell);
	struct counts *counts;

	fake_set(act, 0);
	counts = counts_take(&task, cell->scenario, meter->board);
	fake_set(FAKE_NOTHING, 0);
	return counts;
}

/* Differences of whole numbers over 512 messages: exact in binary too. */
static bool equals(double value, double wanted)
{
	return fabs(value - wanted) < 1e-9;
}

static void judge_extra(struct meter *meter, const char *title,
			const struct count_figure *without,
			const struct count_figure *with, double more,
			double wanted)
{
	if (!isfinite(without->value) || !isfinite(with->value)) {
		meter_say(meter, METER_UNABLE, title, "%s",
			  isfinite(without->value) ? with->why : without->why);
		return;
	}
	meter_say(meter, equals(more, wanted) ? METER_OK : METER_FAILED, title,
		  "%.4f instead of %.4f a message, in all %.4f instead of %.4f",
		  more, wanted, with->value, without->value);
}

static void check_getpid(struct meter *meter, const struct meter_cell *cell,
			 double sends)
{
	struct counts *without, *with;
	char name[64], title[128];

	snprintf(title, sizeof(title), "one more getpid a send, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	without = counts_with(meter, cell, FAKE_NOTHING);
	with = counts_with(meter, cell, FAKE_GETPID);
	if (without && with)
		judge_extra(meter, title, &without->syscalls, &with->syscalls,
			    by_name(with, "getpid") -
				    by_name(without, "getpid"),
			    sends);
	free(without);
	free(with);
}

static void check_malloc(struct meter *meter, const struct meter_cell *cell,
			 double sends)
{
	struct counts *without, *with;
	char name[64], title[128];

	snprintf(title, sizeof(title), "one more allocation a send, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	without = counts_with(meter, cell, FAKE_NOTHING);
	with = counts_with(meter, cell, FAKE_MALLOC);
	if (without && with)
		judge_extra(
			meter, title, &without->allocations, &with->allocations,
			with->allocations.value - without->allocations.value,
			sends);
	free(without);
	free(with);
}

static void check_steady(struct meter *meter, const struct meter_cell *cell)
{
	struct counts *counts;
	char name[64], title[128];

	snprintf(title, sizeof(title), "no allocation a message, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	counts = counts_with(meter, cell, FAKE_NOTHING);
	if (counts)
		judge_extra(meter, title, &counts->allocations,
			    &counts->allocations, counts->allocations.value, 0);
	free(counts);
}

/* Over and above the table, the truth is known from the source of
 * raw_syscall.c. */
static void check_raw_pipe(struct meter *meter)
{
	const char *title = "one write and one read a message, raw/pipe/oneway";
	struct meter_cell cell;
	struct counts *counts;

	if (!meter_wants(meter, title) ||
	    !meter_cell_find("raw", "pipe", "oneway", &cell))
		return;
	counts = counts_with(meter, &cell, FAKE_NOTHING);
	if (counts && !isfinite(counts->syscalls.value))
		meter_say(meter, METER_UNABLE, title, "%s",
			  counts->syscalls.why);
	else if (counts)
		meter_say(meter,
			  equals(by_name(counts, "write"), 1) &&
					  equals(by_name(counts, "read"), 1) &&
					  equals(counts->syscalls.value, 2)
				  ? METER_OK
				  : METER_FAILED,
			  title, "write %.4f, read %.4f, in all %.4f",
			  by_name(counts, "write"), by_name(counts, "read"),
			  counts->syscalls.value);
	free(counts);
}

void meter_check_counts(struct meter *meter)
{
	static const struct {
		const char *iface, *backend, *scenario;
		double sends;
	} cells[] = {
		{"queue", "shm_ring", "alternate", 1},
		{"queue", "pipe", "alternate", 1},
		{"pipe", "socketpair", "roundtrip", 2},
	};
	struct meter_cell cell;

	check_raw_pipe(meter);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (!meter_cell_find(cells[i].iface, cells[i].backend,
				     cells[i].scenario, &cell))
			continue;
		check_steady(meter, &cell);
		cell.backend = fake_around(cell.backend);
		check_getpid(meter, &cell, cells[i].sends);
		check_malloc(meter, &cell, cells[i].sends);
	}
}
