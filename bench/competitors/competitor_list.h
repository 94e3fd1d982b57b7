/* SPDX-License-Identifier: MIT */
/*
 * Which rivals there are, whose program has them, and what a run has to say
 * about each beside its rows: version, bound, or why it is not there.
 */
#ifndef IPCMARK_BENCH_RIVAL_LIST_H
#define IPCMARK_BENCH_RIVAL_LIST_H

#include <jansson.h>

#include "bench/plan/plan.h"

#define RIVAL_MAX	    8
#define RIVAL_VERSION_BYTES 64

struct rival {
	/** The back-end in the ids of its rows. */
	const char *name;
	const char *program;
	/** Debian's package that it is built with. */
	const char *package;
	/** How the bound in messages is kept; of a lock NULL. */
	const char *bound;
	/** Seconds that a sample takes more than one of ours, about. */
	double start_s;
};

/** What asking its program gave. */
struct rival_fact {
	const struct rival *rival;
	/** Empty if there is none. */
	char version[RIVAL_VERSION_BYTES];
	/** OK, or why it has no version. */
	struct verdict verdict;
};

/** The rival with this name; the table has all that scenarios name. */
const struct rival *rival_find(const char *name);

/** Why its program is not there: a verdict that names the package. */
void rival_not_built(const struct rival *rival, struct verdict *ret_verdict);

/** Ask all rivals of a plan for their versions. @return how many */
size_t rivals_ask(const struct plan *plan,
		  struct rival_fact ret_fact[RIVAL_MAX]);

/** The fact as an entry of "rivals" in the result file. */
json_t *rival_json(const struct rival_fact *fact);

/** A plan's cells without the rivals, which are its last; nothing is copied. */
struct plan rivals_left_out(const struct plan *plan);

/** Seconds that a sample takes for the start of a program; 0 of our own. */
double rival_start_s(const struct plan_cell *cell);

#endif
