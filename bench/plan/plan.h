/* SPDX-License-Identifier: MIT */
/*
 * The plan: which cells, in which order, how long. Pure but for the registry's
 * names: building a plan runs nothing.
 */
#ifndef IPCMARK_BENCH_PLAN_PLAN_H
#define IPCMARK_BENCH_PLAN_PLAN_H

#include "lists.h"
#include "cell.h"
#include "reports/cliutil/filters.h"

#define MESSAGE_MAX_BYTES ((size_t)16 << 20)

/** A back-end as the command line gave it, a mutant already put around. */
struct plan_backend {
	const char *name;
	/** NULL: not built, for this reason. */
	const struct ipcm_backend *backend;
	const char *reason;
};

/** What the user asked for; empty lists mean the mode's default. */
struct plan_options {
	bool full;
	bool competitors;
	/** Are there two hardware threads of one core? */
	bool siblings;
	struct name_list ifaces, scenarios, pins, waits;
	struct size_list sizes, batches;
	const struct plan_backend *backend;
	size_t backend_count;
	/** Were back-ends named? Then raw cells of the others are left out. */
	struct name_list backend_names;
	/** Of the ids of cells. */
	struct filters filters;
	/** Exactly these ids, where the rest selects them, and no baseline
	 *  that is not among them; 0: all. */
	const char *const *only;
	size_t only_count;
};

/** @return 0, or -1 without memory. Free with plan_free. */
int plan_build(const struct plan_options *options, struct plan *ret_plan);
void plan_free(struct plan *plan);

/** Is this cell in it? */
bool plan_has_cell(const struct plan *plan, const char *id);

/**
 * Order of one repetition: cells of the same scenario, size and placement stay
 * together, so that what is compared runs within seconds; the groups, and the
 * cells inside them, are shuffled.
 * @param order receives plan->count cell numbers
 */
void plan_shuffle(const struct plan *plan, uint64_t seed, unsigned repetition,
		  size_t *order);

#endif
