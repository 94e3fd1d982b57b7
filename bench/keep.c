/* SPDX-License-Identifier: MIT */
/* What is kept of a sample, and where. Nothing is decided here about numbers:
 * a sample is kept with its state and its place, result.c sorts them out. */
#include "keep.h"

#include <stdlib.h>

static int keep_hist(const struct hist *from, struct hist **into,
		     enum line_state state)
{
	if (from->count == 0 || state == STATE_CHANGED)
		return 0;
	if (!*into) {
		*into = malloc(sizeof(**into));
		if (!*into)
			return -1;
		hist_clear(*into);
	}
	hist_merge(*into, from);
	return 0;
}

static int keep_hists(struct runner *runner, struct result *result,
		      enum line_state state)
{
	const struct team *team = runner->team;

	return keep_hist(&team->trips, &result->trips[state], state) ||
	       keep_hist(&team->service, &result->service[state], state);
}

int keep_sample(struct runner *runner, struct result *result,
		unsigned repetition, const struct sample *sample)
{
	struct taken *taken =
		reallocarray(result->taken, result->count + 1, sizeof(*taken));

	if (!taken)
		return -1;
	result->taken = taken;
	taken += result->count++;
	taken->repetition = repetition;
	taken->sequence = runner->sequence++;
	taken->sample = *sample;
	taken->state =
		line_state_of(sample->probe_before_ns, sample->probe_after_ns);
	/* a long run sees both states; there is no other one to take instead */
	if (result->cell->scenario->needs & RUNS_ONCE)
		taken->state = STATE_NONE;
	return keep_hists(runner, result, taken->state);
}

void runner_free(struct run_facts *facts)
{
	for (size_t i = 0; facts->result && i < facts->plan.count; i++) {
		for (int s = 0; s < STATE_COUNT; s++) {
			free(facts->result[i].trips[s]);
			free(facts->result[i].service[s]);
		}
		for (size_t t = 0; t < facts->result[i].count; t++)
			free(facts->result[i].taken[t].sample.slices);
		free(facts->result[i].taken);
		free(facts->result[i].counts);
	}
	free(facts->result);
	facts->result = NULL;
}
