/* SPDX-License-Identifier: MIT */
/*
 * Which competitors there are, whose program has them, and what a run has to
 * say about each beside its rows: version, bound, or why it is not there.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_COMPETITOR_LIST_H
#define IPCMARK_BENCH_COMPETITORS_COMPETITOR_LIST_H

#include <jansson.h>

#include "bench/plan/plan.h"

#define COMPETITOR_MAX		 16
#define COMPETITOR_VERSION_BYTES 64

struct competitor {
	/** The back-end in the ids of its rows. */
	const char *name;
	const char *program;
	/** Debian's package that it is built with. */
	const char *package;
	/** How the bound in messages is kept; of a lock NULL. */
	const char *bound;
};

/** What asking its program gave. */
struct competitor_fact {
	const struct competitor *competitor;
	/** Empty if there is none. */
	char version[COMPETITOR_VERSION_BYTES];
	/** OK, or why it has no version. */
	struct verdict verdict;
};

/** The competitor with this name; the table has all that scenarios name. */
const struct competitor *competitor_find(const char *name);

/** Why its program is not there: a verdict that names the package. */
void competitor_not_built(const struct competitor *competitor,
			  struct verdict *ret_verdict);

/** Ask all competitors of a plan for their versions. @return how many */
size_t competitors_ask(const struct plan *plan,
		       struct competitor_fact ret_fact[COMPETITOR_MAX]);

/** The fact as an entry of "competitors" in the result file. */
json_t *competitor_json(const struct competitor_fact *fact);

/** A plan's cells without the competitors, which are its last; nothing is
 * copied. */
struct plan competitors_left_out(const struct plan *plan);

#endif
