/* SPDX-License-Identifier: MIT */
/*
 * When is a row slower? The rules of the gate's timing part, without the
 * measuring, so that recorded values can be judged by them as well.
 *
 * A value is the logarithm of time of head over base from one block (base,
 * head, head, base; fresh processes). Rows are screened on growing numbers of
 * blocks; what looks changed is confirmed on new blocks, so that the error of a
 * whole run rests on data that selected nothing.
 */
#ifndef IPCMARK_REPORTS_GATE_JUDGING_RULES_H
#define IPCMARK_REPORTS_GATE_JUDGING_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "signed_rank.h"

enum gate_verdict {
	GATE_REGRESSED,	    /**< slower by more than the margin, confirmed */
	GATE_IMPROVED,	    /**< the same on the other side */
	GATE_NO_REGRESSION, /**< at most the margin slower, shown */
	GATE_INCONCLUSIVE,  /**< the interval reaches across the margin */
	/* of a row, by verdict.h; the rules here do not give them */
	GATE_UNTRUSTED,	   /**< the times of the run are no evidence */
	GATE_NOT_COMPARED, /**< no figure on both sides */
	GATE_VERDICT_COUNT
};

/** "REGRESSED" ... */
const char *gate_verdict_name(enum gate_verdict verdict);

struct gate_rules {
	/** 0.05: differences up to 5 % do not count. */
	double margin;
	/** One-sided error of a row in all looks of the screening together. */
	double screen_alpha;
	/** Of all confirmed rows of a run together (Holm). */
	double confirm_alpha;
	/** Blocks at which the screening looks; ended by 0. */
	size_t looks[4];
	/** Blocks of the confirmation. */
	size_t confirm_blocks;
};

/** 5 %, 0.5 %, 1 %; looks at 11, 17 and 25 blocks, 25 to confirm. */
struct gate_rules gate_rules_default(void);

/**
 * What a row looks like after one of the looks.
 * @return REGRESSED and IMPROVED mean: confirm it
 */
enum gate_verdict gate_screen(const struct gate_rules *rules,
			      const double *value, size_t count,
			      struct signed_rank *ret_interval);

/** Is that the last word of the screening? Not if it is inconclusive, nor if a
 *  row without a regression may still prove to be improved. */
bool gate_screen_ends(const struct gate_rules *rules, enum gate_verdict verdict,
		      const struct signed_rank *interval);

/** A row that is to be confirmed, and the new values. */
struct gate_suspect {
	/** REGRESSED or IMPROVED, as screened. */
	enum gate_verdict screened;
	const double *value;
	size_t count;
	/** Written: the same, or INCONCLUSIVE. */
	enum gate_verdict confirmed;
	struct signed_rank interval;
};

/** Confirm all suspects of a run together. */
void gate_confirm(const struct gate_rules *rules, struct gate_suspect *list,
		  size_t count);

#endif
