/* SPDX-License-Identifier: MIT */
/* Sweeps that several scenario files share, and how a point is written. */
#include "sweep.h"

#include <stdio.h>

#include "impls/core/sync/clock.h"

static const struct sweep_point contenders[] = {
	{.producers = 2, .quick = true},
	{.producers = 4},
	{.producers = 8},
};

const struct sweep sweep_contenders = {SWEEP_POINTS(contenders),
				       .not_quick = SWEEP_FREE};

static const struct sweep_point depths[] = {
	{.named = NAMES_DEPTH, .depth = 1, .quick = true},
	{.named = NAMES_DEPTH, .depth = 4},
	{.named = NAMES_DEPTH, .depth = 16},
	{.named = NAMES_DEPTH, .depth = 64, .quick = true},
	{.named = NAMES_DEPTH, .depth = 256},
	{.named = NAMES_DEPTH, .depth = 1024},
};

const struct sweep sweep_depths = {SWEEP_POINTS(depths),
				   .not_quick = SWEEP_ONE_FREE,
				   .not_full = SWEEP_FREE};

static const struct sweep_point sides[] = {
	{.producers = 1, .consumers = 1},
	{.producers = 2, .consumers = 2, .quick = true},
	{.producers = 4, .consumers = 1},
	{.producers = 1, .consumers = 4},
	{.producers = 4, .consumers = 4, .quick = true},
	{.producers = 8, .consumers = 8},
	{.producers = 32, .consumers = 32},
};

#define SIDES (sizeof(sides) / sizeof(sides[0]))

const struct sweep sweep_sides = {
	.point = sides, .count = SIDES, .not_quick = SWEEP_ONE_FREE};

/* 64 processes with threads of their own measure the scheduler. */
const struct sweep sweep_sides_of_others = {
	.point = sides, .count = SIDES - 1, .not_quick = SWEEP_ONE_FREE};

static const struct sweep_point gaps[] = {
	{.named = NAMES_GAP, .gap_ns = 0},
	{.named = NAMES_GAP, .gap_ns = 10000},
	{.named = NAMES_GAP, .gap_ns = 100000},
	{.named = NAMES_GAP, .gap_ns = NS_PER_MS, .quick = true},
	{.named = NAMES_GAP, .gap_ns = 10 * NS_PER_MS},
};

const struct sweep sweep_gaps = {SWEEP_POINTS(gaps),
				 .not_quick = SWEEP_ONE_FREE,
				 .not_full = SWEEP_FREE};

/* What many clients do to one another shows at one size. */
static const struct sweep_point clients[] = {
	{.named = NAMES_CLIENTS, .producers = 1, .quick = true},
	{.named = NAMES_CLIENTS,
	 .producers = 8,
	 .size_bytes = 64,
	 .quick = true},
	{.named = NAMES_CLIENTS, .producers = 64, .size_bytes = 64},
};

const struct sweep sweep_clients = {SWEEP_POINTS(clients)};

static const struct sweep_point tasks[] = {
	{.named = NAMES_TASKS, .tasks = 1, .quick = true},
	{.named = NAMES_TASKS, .tasks = 100, .quick = true},
	{.named = NAMES_TASKS, .tasks = 10000, .quick = true},
	{.named = NAMES_TASKS, .tasks = 100000},
};

const struct sweep sweep_tasks = {SWEEP_POINTS(tasks)};

void sweep_apply(const struct sweep *sweep, size_t number, struct axes *axes)
{
	const struct sweep_point *point = &sweep->point[number - 1];

	axes->point = (unsigned)number;
	axes->named = point->named;
	axes->load_percent = point->load_percent;
	axes->gap_ns = point->gap_ns;
	axes->tasks = point->tasks;
	if (point->producers)
		axes->producers = point->producers;
	if (point->consumers)
		axes->consumers = point->consumers;
	if (point->depth)
		axes->depth = point->depth;
}

/* "0", "10us", "1ms": exact. */
static void print_gap(int64_t gap_ns, char *ret_text, size_t bytes)
{
	if (gap_ns >= NS_PER_MS)
		snprintf(ret_text, bytes, "%dms", (int)(gap_ns / NS_PER_MS));
	else if (gap_ns)
		snprintf(ret_text, bytes, "%dus", (int)(gap_ns / 1000));
	else
		snprintf(ret_text, bytes, "0");
}

/* One producer and one consumer go without saying, and so do the two
 * processes that compete for a lock. */
static bool is_contenders(const struct axes *axes)
{
	return axes->producers > 2 || axes->consumers > 1 ||
	       (axes->producers > 1 && axes->consumers);
}

void sweep_print(const struct axes *axes, char *ret_text, size_t bytes)
{
	char gap[16];

	ret_text[0] = '\0';
	if (axes->named & NAMES_DEPTH)
		snprintf(ret_text, bytes, "/depth=%u", axes->depth);
	else if (axes->named & NAMES_LOAD)
		snprintf(ret_text, bytes, "/load=%u", axes->load_percent);
	else if (axes->named & NAMES_GAP) {
		print_gap(axes->gap_ns, gap, sizeof(gap));
		snprintf(ret_text, bytes, "/gap=%s", gap);
	} else if (axes->named & NAMES_CLIENTS)
		snprintf(ret_text, bytes, "/clients=%u", axes->producers);
	else if (axes->named & NAMES_TASKS)
		snprintf(ret_text, bytes, "/tasks=%u", axes->tasks);
	else if (is_contenders(axes) && axes->consumers)
		snprintf(ret_text, bytes, "/producers=%u/consumers=%u",
			 axes->producers, axes->consumers);
	else if (is_contenders(axes))
		snprintf(ret_text, bytes, "/contenders=%u", axes->producers);
}
