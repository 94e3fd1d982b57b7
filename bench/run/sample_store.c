/* SPDX-License-Identifier: MIT */
/* What is kept of a sample, and where. Nothing is decided here about numbers:
 * a sample is kept with its state and its place, result.c sorts them out. */
#include "sample_store.h"

#include <stdlib.h>
#include <sys/mman.h>

/* The workers get no copy: what a fork costs, which start-up measures, must not
 * grow with what the run has gathered. */
static struct hist *hist_create(void)
{
	struct hist *hist = mmap(NULL, sizeof(*hist), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (hist == MAP_FAILED)
		return NULL;
	(void)madvise(hist, sizeof(*hist), MADV_DONTFORK);
	hist_clear(hist);
	return hist;
}

static void hist_free(struct hist *hist)
{
	if (hist)
		munmap(hist, sizeof(*hist));
}

static int store_hist(const struct hist *from, struct hist **into,
		      enum cache_state state)
{
	if (from->count == 0 || state == STATE_CHANGED)
		return 0;
	if (!*into) {
		*into = hist_create();
		if (!*into)
			return -1;
	}
	hist_merge(*into, from);
	return 0;
}

static int store_hists(struct runner *runner, struct result *result,
		       enum cache_state state)
{
	const struct worker_group *group = runner->group;

	return store_hist(&group->trips, &result->trips[state], state) ||
	       store_hist(&group->service, &result->service[state], state);
}

int store_sample(struct runner *runner, struct result *result,
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
		cache_state_of(sample->probe_before_ns, sample->probe_after_ns);
	/* a long run sees both states; there is no other one to take instead */
	if (result->cell->scenario->once)
		taken->state = STATE_NONE;
	return store_hists(runner, result, taken->state);
}

void runner_free(struct run_facts *facts)
{
	for (size_t i = 0; facts->result && i < facts->plan.count; i++) {
		for (int s = 0; s < STATE_COUNT; s++) {
			hist_free(facts->result[i].trips[s]);
			hist_free(facts->result[i].service[s]);
		}
		for (size_t t = 0; t < facts->result[i].count; t++)
			free(facts->result[i].taken[t].sample.slices);
		free(facts->result[i].taken);
		free(facts->result[i].counts);
	}
	free(facts->result);
	facts->result = NULL;
}
