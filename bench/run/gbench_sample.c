/* SPDX-License-Identifier: MIT */
/* A scenario as a callback of Google Benchmark. */
#include "gbench_sample.h"

#include <math.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "gbench.h"

/* Nothing moved for so long: a message was lost, or a wake-up. */
#define STALL_NS (3 * NS_PER_S)

/* However short a sample is, its warm-up may take so long. */
#define WARMUP_LEAST_NS (5 * NS_PER_MS)

/* One gbench_measure: what goes in, and what the last callback left. */
struct gbench_sample {
	struct runner *runner;
	struct result *result;
	struct sample sample;
	double took_s;
};

struct task gbench_sample_task(const struct runner *runner,
			       const struct result *result)
{
	struct task task = {
		.axes = &result->cell->axes,
		.backend = result->cell->backend,
		.seed = runner->options->seed,
		.group = runner->group,
		.cpus = cpus_of(runner->facts->cpus,
				result->cell->axes.placement),
		.timeout_ns = runner->options->timeout_ns,
		.stall_ns = STALL_NS,
		.warmup_ns = runner->options->length.sample_ns / 4,
	};

	/* or the meetings would use it up on a busy machine */
	if (task.warmup_ns < WARMUP_LEAST_NS)
		task.warmup_ns = WARMUP_LEAST_NS;
	if (result->cell->scenario->once) {
		task.duration_ns = runner->options->length.duration_ns;
		task.timeout_ns += task.duration_ns;
	}
	if (task.stall_ns > task.timeout_ns)
		task.stall_ns = task.timeout_ns;
	return task;
}

void gbench_sample_clear(struct sample *sample)
{
	memset(sample, 0, sizeof(*sample));
	for (int i = 0; i < METRIC_COUNT; i++)
		sample->value[i] = NAN;
}

static void measure(struct gbench_state *state, void *arg)
{
	struct gbench_sample *gbench_sample = arg;
	struct sample *sample = &gbench_sample->sample;
	struct task task = gbench_sample_task(gbench_sample->runner,
					      gbench_sample->result);
	int64_t begin_ns = clock_now();

	task.iterations = gbench_iterations(state);
	hist_clear(&task.group->trips);
	hist_clear(&task.group->service);
	gbench_sample_clear(sample);
	gbench_sample->result->cell->scenario->run(&task, sample);
	gbench_sample->took_s =
		(double)(clock_now() - begin_ns) / (double)NS_PER_S;
	if (sample->verdict.outcome != OUTCOME_OK) {
		gbench_skip(state, sample->verdict.reason);
		return;
	}
	for (int i = 0; i < METRIC_COUNT; i++)
		if (isfinite(sample->value[i]))
			gbench_set_counter(state,
					   metric_info((enum metric)i)->name,
					   sample->value[i]);
	gbench_set_time(state, (uint64_t)sample->elapsed_ns);
}

/* Google Benchmark's figures must agree with ours. */
static void audit(const struct gbench_run *run, void *arg)
{
	struct gbench_sample *gbench_sample = arg;
	const struct sample *sample = &gbench_sample->sample;
	double ours;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	ours = (double)sample->elapsed_ns / (double)sample->iterations;
	if (run->skipped || run->iterations != sample->iterations ||
	    fabs(run->ns_per_iteration - ours) > ours * 1e-6)
		gbench_sample->runner->cross_check_failed = true;
}

/* One run of Google Benchmark; iterations 0 lets it choose. */
struct sample gbench_sample_take(struct runner *runner, struct result *result,
				 uint64_t iterations)
{
	struct gbench_sample gbench_sample = {.runner = runner,
					      .result = result};
	struct gbench_order order = {
		.name = result->cell->id,
		.iterations = iterations,
		.min_time_s = (double)runner->options->length.sample_ns /
			      (double)NS_PER_S,
		.repetitions = 1,
	};

	gbench_sample_clear(&gbench_sample.sample);
	if (gbench_measure(&order, measure, &gbench_sample, audit,
			   &gbench_sample))
		runner->cross_check_failed = true;
	if (gbench_sample.took_s > 0)
		result->sample_s = gbench_sample.took_s;
	return gbench_sample.sample;
}
