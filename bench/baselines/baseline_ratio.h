/* SPDX-License-Identifier: MIT */
/*
 * How many times its floor a cell takes: 1 is the floor, 2 is twice the time
 * or half the rate. Formed sample by sample, as the promises are (pairs.h).
 */
#ifndef IPCMARK_BENCH_FLOOR_TIMES_H
#define IPCMARK_BENCH_FLOOR_TIMES_H

#include <jansson.h>

#include "baseline_rules.h"
#include "bench/run/result.h"

struct floor_times {
	struct floor_ref ref;
	/** n is 0 if there is no figure. */
	struct stats_summary times;
	/** Why there is none; empty if there is one. */
	char reason[REASON_BYTES];
};

/**
 * Of every floor of a cell.
 * @return how many; 0 for a floor and for a cell that is not ok
 */
size_t floor_times_of(const struct run_facts *facts,
		      const struct result *result,
		      struct floor_times ret_times[FLOOR_KINDS]);

/** Times the floor of that kind, or NAN. */
double floor_times_median(const struct run_facts *facts,
			  const struct result *result, enum floor_kind kind);

/** Certainly quicker than its floor: then it is none for this cell. */
bool floor_beaten(const struct floor_times *times);

/** The "floors" of a cell; new reference. */
json_t *floor_times_json(const struct run_facts *facts,
			 const struct result *result);

#endif
