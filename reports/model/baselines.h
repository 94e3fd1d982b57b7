/* SPDX-License-Identifier: MIT */
/*
 * What rows are compared with: the baseline of the machine and the bare
 * mechanism.
 * The figures are the benchmark's own, formed sample by sample from neighbours
 * of one repetition in one state of the CPUs; nothing is computed again here.
 * Older files have none.
 */
#ifndef IPCMARK_REPORTS_MODEL_BASELINES_H
#define IPCMARK_REPORTS_MODEL_BASELINES_H

#include "model.h"

#define BASELINE_MACHINE "machine"
#define BASELINE_RAW	 "raw"

struct baseline {
	/** BASELINE_MACHINE, BASELINE_RAW. */
	const char *kind;
	/** The row that is the baseline; "" if there is none. */
	const char *id;
	const char *name;
	/** The metric of that row that counts, and how much of it. */
	const char *metric;
	double share;
	/** 1 is the baseline, 2 is twice the time or half the rate; or NAN. */
	double times;
	/** NAN for fewer than five pairs, as INTERVAL_LEVEL says. */
	double ci_lo, ci_hi, ci_level;
	size_t n;
	/** Why there is no figure; "" if there is one. */
	const char *reason;
};

void model_read_baselines(struct model *model, struct cell *cell,
			  const json_t *source);

/** The baseline of a kind, or NULL. */
const struct baseline *cell_baseline(const struct cell *cell, const char *kind);

/** How many times its baseline of a kind a row takes, or NAN. */
double cell_times(const struct cell *cell, const char *kind);

/** "memcpy through a ring, both spin", "half of: one line there and back". */
const char *baseline_words(const struct model *model,
			   const struct baseline *baseline);

/** What a row would be at the baseline of its machine; NAN if it is not
 * compared with it, or if the baseline was measured in the other state of the
 * CPUs. */
double baseline_figure(const struct model *model, const struct cell *cell);

#endif
