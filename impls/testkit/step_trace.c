/* SPDX-License-Identifier: MIT */
/* See step_trace.h. */
#include "step_trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "single_step.h"

/* A power of 2 above the number of different instructions. */
#define TABLE_ROOM 65536u
/* So far before an instruction a breakpoint is looked for. */
#define WINDOW 256u
/* What a run to a breakpoint costs, in steps. */
#define RUN_COST 3u

static _Noreturn void fail(const char *why)
{
	fprintf(stderr, "step_trace: %s\n", why);
	exit(3);
}

/* How often each instruction was passed: this one, counted once more. */
static unsigned passed_before(struct step_point *table, uintptr_t address)
{
	size_t at = address * 31;

	for (size_t i = 0; i < TABLE_ROOM; i++) {
		struct step_point *entry = &table[(at + i) % TABLE_ROOM];

		if (!entry->address)
			entry->address = address;
		if (entry->address == address)
			return entry->passed++;
	}
	fail("too many instructions");
}

static void trace_add(struct step_trace *trace, struct step_point point)
{
	if (trace->count == trace->room) {
		trace->room = trace->room ? 2 * trace->room : 4096;
		trace->point = realloc(trace->point,
				       trace->room * sizeof(*trace->point));
		if (!trace->point)
			fail("no memory");
	}
	trace->point[trace->count++] = point;
}

unsigned long step_trace_record(struct step_trace *trace, pid_t child,
				bool *ret_over)
{
	struct step_point *table = calloc(TABLE_ROOM, sizeof(*table));
	enum single_step last = STEP_TAKEN;

	if (!table)
		fail("no memory");
	trace->count = 0;
	while (last == STEP_TAKEN) {
		struct step_point point = {single_step_address(child), 0};

		if (!point.address)
			trace->useless = true;
		else
			point.passed = passed_before(table, point.address);
		last = single_step_next(child, 0);
		if (last == STEP_TAKEN)
			trace_add(trace, point);
	}
	free(table);
	*ret_over = last == STEP_OVER;
	return trace->count;
}

/* From where to step on to the k-th instruction: a breakpoint that few runs
 * reach. 0: step from the beginning. */
static size_t nearest_point(const struct step_trace *trace, size_t k)
{
	size_t best = 0, best_cost = k;

	for (size_t j = k; j > 0 && k - j < WINDOW; j--) {
		size_t cost = (trace->point[j].passed + 1) * RUN_COST + k - j;

		if (cost < best_cost) {
			best = j;
			best_cost = cost;
		}
	}
	return best;
}

static enum single_step run_to_point(pid_t child, struct step_point point)
{
	enum single_step step = STEP_TAKEN;
	unsigned passed = 0;

	while (step == STEP_TAKEN) {
		if (single_step_address(child) == point.address &&
		    passed++ == point.passed)
			break;
		step = single_step_run_to(child, point.address, 0);
	}
	return step;
}

unsigned long step_trace_follow(struct step_trace *trace, pid_t child,
				unsigned long steps, bool *ret_over)
{
	enum single_step last = STEP_TAKEN;
	unsigned long done = 0;

	*ret_over = true;
	if (trace && !trace->useless && steps < trace->count)
		done = nearest_point(trace, steps);
	if (done)
		last = run_to_point(child, trace->point[done]);
	if (last == STEP_GONE)
		trace->useless = true;
	if (last != STEP_TAKEN)
		return 0;
	while (done < steps &&
	       (last = single_step_next(child, 0)) == STEP_TAKEN)
		done++;
	*ret_over = last == STEP_OVER;
	return done;
}

void step_trace_free(struct step_trace *trace)
{
	free(trace->point);
	*trace = (struct step_trace){0};
}
