/* SPDX-License-Identifier: MIT */
/*
 * What varies inside a group of rows: mostly the message size, but a load
 * curve varies the load, a sweep over depths the depth. Decided by the axes of
 * a row, so that rows which answer different questions never share a line of
 * a chart, and a throughput with many producers is not taken for one with one.
 */
#include "sweeps.h"

#include <string.h>

#include "units.h"

#define PROCESSES_BASE 1000

struct sweep_text {
	/** Axes that vary; NULL ends. */
	const char *axes[5];
	const char *head;
};

static const struct sweep_text sweeps[] = {
	[SWEEP_SIZE] = {{"size_bytes", "depth"}, "Size"},
	[SWEEP_PROCESSES] = {{"producers", "consumers", "depth"}, "Processes"},
	[SWEEP_LOAD] = {{"load_percent", "load_pct", "load", "depth"}, "Load"},
	[SWEEP_DEPTH] = {{"depth"}, "Depth"},
	[SWEEP_IDLE] = {{"idle_us", "idle_ns", "gap_us", "gap_ns", "depth"},
			"Idle time"},
	[SWEEP_CONTENDERS] = {{"contenders", "producers"}, "Processes"},
	[SWEEP_TASKS] = {{"tasks"}, "Tasks"},
};

/* The first of the sweep's axes that the row has a number on. */
static const json_t *find_axis(const struct cell *cell, enum sweep sweep)
{
	for (size_t i = 0; i < 5 && sweeps[sweep].axes[i]; i++) {
		const json_t *value =
			json_object_get(cell->axes, sweeps[sweep].axes[i]);

		if (json_is_integer(value) &&
		    (sweep == SWEEP_DEPTH ||
		     strcmp(sweeps[sweep].axes[i], "depth")))
			return value;
	}
	return NULL;
}

static long long count_of(const struct cell *cell, const char *axis)
{
	return json_integer_value(json_object_get(cell->axes, axis));
}

static bool carries_messages(const struct cell *cell)
{
	return cell->size_bytes >= 0;
}

static enum sweep choose(const struct cell *cell)
{
	if (find_axis(cell, SWEEP_TASKS))
		return SWEEP_TASKS;
	/* clients of a manager: each number of them is a group of its own */
	if (count_of(cell, "clients"))
		return SWEEP_SIZE;
	if (find_axis(cell, SWEEP_LOAD))
		return SWEEP_LOAD;
	if (find_axis(cell, SWEEP_IDLE))
		return SWEEP_IDLE;
	if (!strncmp(cell->scenario, "depth", 5))
		return SWEEP_DEPTH;
	if (!strcmp(cell->scenario, "mpmc"))
		return SWEEP_PROCESSES;
	if (carries_messages(cell) && (count_of(cell, "producers") > 1 ||
				       count_of(cell, "consumers") > 1))
		return SWEEP_PROCESSES;
	if (!carries_messages(cell) && (count_of(cell, "contenders") > 1 ||
					(count_of(cell, "producers") > 1 &&
					 count_of(cell, "consumers") == 0)))
		return SWEEP_CONTENDERS;
	return SWEEP_SIZE;
}

/* Microseconds become nanoseconds. */
static int64_t idle_point(const struct cell *cell)
{
	const char *const *axes = sweeps[SWEEP_IDLE].axes;

	for (size_t i = 0; i < 4; i++) {
		const json_t *value = json_object_get(cell->axes, axes[i]);

		if (json_is_integer(value))
			return json_integer_value(value) *
			       (strstr(axes[i], "_us") ? 1000 : 1);
	}
	return -1;
}

static int64_t point_of(const struct cell *cell)
{
	const json_t *value;

	if (cell->sweep == SWEEP_SIZE)
		return cell->size_bytes;
	if (cell->sweep == SWEEP_PROCESSES)
		return count_of(cell, "producers") * PROCESSES_BASE +
		       count_of(cell, "consumers");
	if (cell->sweep == SWEEP_IDLE)
		return idle_point(cell);
	value = find_axis(cell, cell->sweep);
	return value ? json_integer_value(value) : -1;
}

void cell_assign_sweep(struct cell *cell)
{
	cell->sweep = choose(cell);
	cell->point = point_of(cell);
}

bool sweep_varies(enum sweep sweep, const char *axis)
{
	for (size_t i = 0; i < 5 && sweeps[sweep].axes[i]; i++)
		if (!strcmp(sweeps[sweep].axes[i], axis))
			return true;
	return false;
}

const char *sweep_head(enum sweep sweep)
{
	return sweeps[sweep].head;
}

int sweep_producers(int64_t point)
{
	return (int)(point / PROCESSES_BASE);
}

int sweep_consumers(int64_t point)
{
	return (int)(point % PROCESSES_BASE);
}

const char *sweep_point(struct mem_pool *mem_pool, enum sweep sweep,
			int64_t point)
{
	if (point < 0)
		return "any";
	switch (sweep) {
	case SWEEP_SIZE:
		return unit_size(mem_pool, point);
	case SWEEP_PROCESSES:
		return pool_print(mem_pool, "%d to %d", sweep_producers(point),
				  sweep_consumers(point));
	case SWEEP_LOAD:
		return pool_print(mem_pool, "%lld %%", (long long)point);
	case SWEEP_IDLE:
		return point ? unit_tick(mem_pool, (double)point, "ns")
			     : "none";
	case SWEEP_TASKS:
		return unit_count(mem_pool, point);
	default:
		return pool_print(mem_pool, "%lld", (long long)point);
	}
}

const char *sweep_phrase(struct mem_pool *mem_pool, enum sweep sweep,
			 int64_t point)
{
	static const char *const phrases[][2] = {
		[SWEEP_SIZE] = {"", ""},
		[SWEEP_PROCESSES] = {"", " processes"},
		[SWEEP_LOAD] = {"", " load"},
		[SWEEP_DEPTH] = {"depth ", ""},
		[SWEEP_IDLE] = {"idle time ", ""},
		[SWEEP_CONTENDERS] = {"", " processes"},
		[SWEEP_TASKS] = {"", " tasks"},
	};

	if (sweep == SWEEP_TASKS && point == 1)
		return "1 task";
	return pool_print(mem_pool, "%s%s%s", phrases[sweep][0],
			  sweep_point(mem_pool, sweep, point),
			  phrases[sweep][1]);
}
