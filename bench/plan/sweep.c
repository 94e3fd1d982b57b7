/* SPDX-License-Identifier: MIT */
/* The sweeps: a list of points a scenario, and how they are written. */
#include "sweep.h"

#include <stdio.h>
#include <string.h>

#include "impls/core/sync/clock.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* clang-format off */
static const struct sweep_point crowds[] = {
	{.producers = 1, .consumers = 1},
	{.producers = 2, .consumers = 2},
	{.producers = 4, .consumers = 1},
	{.producers = 1, .consumers = 4},
	{.producers = 4, .consumers = 4, .quick = true},
	{.producers = 8, .consumers = 8},
};

static const struct sweep_point loads[] = {
	{.named = NAMES_LOAD, .load_percent = 10},
	{.named = NAMES_LOAD, .load_percent = 30},
	{.named = NAMES_LOAD, .load_percent = 50, .quick = true},
	{.named = NAMES_LOAD, .load_percent = 70},
	{.named = NAMES_LOAD, .load_percent = 80},
	{.named = NAMES_LOAD, .load_percent = 90, .quick = true},
	{.named = NAMES_LOAD, .load_percent = 95},
	{.named = NAMES_LOAD, .load_percent = 100},
	{.named = NAMES_LOAD, .load_percent = 110},
};

static const struct sweep_point depths[] = {
	{.named = NAMES_DEPTH, .depth = 1, .quick = true},
	{.named = NAMES_DEPTH, .depth = 4},
	{.named = NAMES_DEPTH, .depth = 16},
	{.named = NAMES_DEPTH, .depth = 64, .quick = true},
	{.named = NAMES_DEPTH, .depth = 256},
	{.named = NAMES_DEPTH, .depth = 1024},
};

static const struct sweep_point gaps[] = {
	{.named = NAMES_GAP, .gap_ns = 0},
	{.named = NAMES_GAP, .gap_ns = 10000},
	{.named = NAMES_GAP, .gap_ns = 100000},
	{.named = NAMES_GAP, .gap_ns = NS_PER_MS, .quick = true},
	{.named = NAMES_GAP, .gap_ns = 10 * NS_PER_MS},
};

static const struct sweep_point contenders[] = {
	{.producers = 2, .quick = true},
	{.producers = 4},
	{.producers = 8},
};
/* clang-format on */

#define ONE  (1u << PLACE_ONE)
#define FREE (1u << PLACE_FREE)

/* Where the scheduler puts the two processes decides the rest: unpinned points
 * say nothing about the axis of these sweeps but the first. */
static const struct sweep sweeps[] = {
	{"mpmc", crowds, COUNT(crowds), ONE | FREE, 0},
	{"open_loop", loads, COUNT(loads), ONE | FREE, FREE},
	{"depth", depths, COUNT(depths), ONE | FREE, FREE},
	{"wake_latency", gaps, COUNT(gaps), ONE | FREE, FREE},
	{"lock_contended", contenders, COUNT(contenders), FREE, 0},
	{"contended", contenders, COUNT(contenders), FREE, 0},
	{"barrier_rounds", contenders, COUNT(contenders), FREE, 0},
};

const struct sweep *sweep_find(const char *scenario)
{
	for (size_t i = 0; i < COUNT(sweeps); i++)
		if (!strcmp(sweeps[i].scenario, scenario))
			return &sweeps[i];
	return NULL;
}

void sweep_apply(const struct sweep *sweep, size_t number, struct axes *axes)
{
	const struct sweep_point *point = &sweep->point[number - 1];

	axes->point = (unsigned)number;
	axes->named = point->named;
	axes->load_percent = point->load_percent;
	axes->gap_ns = point->gap_ns;
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
	} else if (is_contenders(axes) && axes->consumers)
		snprintf(ret_text, bytes, "/producers=%u/consumers=%u",
			 axes->producers, axes->consumers);
	else if (is_contenders(axes))
		snprintf(ret_text, bytes, "/contenders=%u", axes->producers);
}

void sweep_title(const struct axes *axes, char *ret_text, size_t bytes)
{
	char gap[16];

	if (axes->named & NAMES_DEPTH)
		snprintf(ret_text, bytes, "depth %u", axes->depth);
	else if (axes->named & NAMES_LOAD)
		snprintf(ret_text, bytes, "load %u %%", axes->load_percent);
	else if (axes->named & NAMES_GAP) {
		print_gap(axes->gap_ns, gap, sizeof(gap));
		snprintf(ret_text, bytes, "gap %s", gap);
	} else if (axes->consumers)
		snprintf(ret_text, bytes, "%u to %u", axes->producers,
			 axes->consumers);
	else
		snprintf(ret_text, bytes, "%u contend", axes->producers);
}
