/* SPDX-License-Identifier: MIT */
/*
 * The goals of `bench --goals`: rows that are measured together, in one run,
 * with what they are held against, and judged line by line. bench/README.md has
 * the table from a quiet run.
 */
#ifndef IPCMARK_BENCH_OUTPUT_GOALS_H
#define IPCMARK_BENCH_OUTPUT_GOALS_H

#include <regex.h>

#include "performance_target.h"

/** NULL after the last one. */
const struct performance_target *goal_at(size_t number);

/** Those whose name matches. */
struct goals {
	const struct performance_target **goal;
	size_t count;
	/** The cells that they need; one that several need stands there
	 *  several times. */
	const char **id;
	size_t id_count;
};

/** @return 0, or -1 without memory. Free with goals_free. */
int goals_choose(const regex_t *names, struct goals *ret_goals);
void goals_free(struct goals *goals);

#endif
