/* SPDX-License-Identifier: MIT */
/*
 * The price of the semantics: a row of a back-end against the same loop over
 * the bare mechanism. Formed sample by sample from neighbours of one
 * repetition, in the same state of the CPUs, never from two medians.
 */
#ifndef REPORTS_PRICE_H
#define REPORTS_PRICE_H

#include "model/model.h"

struct price {
	const struct cell *raw;
	size_t n;
	/** How many times better than the bare mechanism; below 1: worse. */
	double median;
	/** Order statistics; NAN for fewer than two pairs. */
	double ci_lo, ci_hi, ci_level;
};

/** @return false if the mechanism was not measured in the same way */
bool price_of(const struct model *model, const struct cell *cell,
	      struct price *ret_price);

#endif
