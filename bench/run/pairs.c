/* SPDX-License-Identifier: MIT */
/* Pairs of samples. */
#include "pairs.h"

#include <math.h>

const char pairs_none[] =
	"no two samples of one repetition in one state of the CPUs";

static double value_of(const struct pair_side *side, const struct taken *taken)
{
	return sample_value(&taken->sample, side->metric, side->block_timed);
}

static const struct taken *sample_of(const struct result *result,
				     unsigned repetition)
{
	for (size_t i = 0; i < result->count; i++)
		if (result->taken[i].repetition == repetition)
			return &result->taken[i];
	return NULL;
}

static bool agree(const struct taken *ours, const struct taken *theirs,
		  const struct result *reference)
{
	if (theirs->state == STATE_NONE &&
	    reference->cell->axes.placement == PLACE_ONE)
		return true;
	/* a layer whose other side is no process of ours is not probed */
	if (ours->state == STATE_NONE)
		return true;
	return ours->state == theirs->state;
}

size_t pairs_ratios(const struct pair_side *subject,
		    const struct pair_side *reference, double *targets)
{
	enum cache_state state = result_state(subject->result);
	size_t count = 0;

	for (size_t i = 0; i < subject->result->count; i++) {
		const struct taken *ours = &subject->result->taken[i];
		const struct taken *theirs =
			sample_of(reference->result, ours->repetition);

		if (!theirs || ours->state != state ||
		    !agree(ours, theirs, reference->result))
			continue;
		targets[count] =
			value_of(subject, ours) / value_of(reference, theirs);
		if (isfinite(targets[count]))
			count++;
	}
	return count;
}
