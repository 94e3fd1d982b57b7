/* SPDX-License-Identifier: MIT */
/* The part of in_place.h that is not in the timed loops. */
#include "in_place.h"

void in_place_mismatch(struct worker_context *worker, uint64_t seq)
{
	worker_fail(worker, OUTCOME_INVALID,
		    "what was read in place of message %llu is not what was "
		    "written there",
		    (unsigned long long)seq);
}
