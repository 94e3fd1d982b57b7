/* SPDX-License-Identifier: MIT */
/* Rounds of warm-up, and when it is enough. */
#include "warmup.h"

#include <math.h>

/* Of a round, as a share of the sample's operations. */
#define ROUND_SHARE (4 * WARMUP_ROUNDS_MAX)
/* The way around the queue may take so long, whatever the sample is: without
 * it, a sample of large messages is one of page faults. */
#define AROUND_NS (300 * NS_PER_MS)
/* The memory of a queue is a power of two: up to twice what its items take. */
#define AROUND 2

/* Is round number `round` like the best of those before it? */
static bool is_settled(const int64_t *met_ns, unsigned round)
{
	int64_t took = met_ns[round + 1] - met_ns[round], best = INT64_MAX;

	for (unsigned i = 0; i < round; i++)
		if (met_ns[i + 1] - met_ns[i] < best)
			best = met_ns[i + 1] - met_ns[i];
	return fabs((double)(took - best)) <= WARMUP_TOLERANCE * (double)best;
}

enum warmup_answer warmup_judge(const int64_t *met_ns, unsigned rounds,
				int64_t limit_ns)
{
	if (rounds < WARMUP_ROUNDS_MIN)
		return WARMUP_ANOTHER;
	if (is_settled(met_ns, rounds - 1) && is_settled(met_ns, rounds - 2))
		return WARMUP_SETTLED;
	if (rounds >= WARMUP_ROUNDS_MAX)
		return WARMUP_GIVEN_UP;
	return limit_ns && met_ns[rounds] - met_ns[0] >= limit_ns
		       ? WARMUP_GIVEN_UP
		       : WARMUP_ANOTHER;
}

struct warmup warmup_begin(struct worker_context *worker,
			   const struct task *task)
{
	struct warmup warmup = {
		.to = 1,
		.each = task->iterations / ROUND_SHARE,
		.least = AROUND * task->axes->depth,
		.limit_ns = task->warmup_ns,
	};

	if (warmup.each < WARMUP_ROUND_LEAST)
		warmup.each = WARMUP_ROUND_LEAST;
	/* once around the queue, so that every page of it has been touched: a
	 * short sample of large messages would be one of page faults */
	if (warmup.each * WARMUP_ROUNDS_MAX < warmup.least)
		warmup.each = warmup.least / WARMUP_ROUNDS_MAX + 1;
	/* no process waits for one that has not been forked yet */
	worker_meet(worker, NULL);
	return warmup;
}

/* Not once around yet, and there is time for it. */
static bool is_on_its_way(const struct warmup *warmup,
			  const struct warmup_log *log)
{
	int64_t took_ns = log->met_ns[warmup->rounds] - log->met_ns[0];

	return warmup->to < warmup->least &&
	       warmup->rounds < WARMUP_ROUNDS_MAX &&
	       (!warmup->limit_ns || took_ns < AROUND_NS);
}

bool warmup_goes_on(struct worker_context *worker, struct warmup *warmup)
{
	struct warmup_log *log = &worker->group->warmup;
	enum warmup_answer answer;

	worker_meet(worker, &log->met_ns[warmup->rounds]);
	answer = warmup_judge(log->met_ns, warmup->rounds, warmup->limit_ns);
	if (is_on_its_way(warmup, log))
		answer = WARMUP_ANOTHER;
	if (answer == WARMUP_ANOTHER) {
		warmup->from = warmup->to;
		warmup->to += warmup->each;
		warmup->rounds++;
		return true;
	}
	if (worker->index == 0) {
		log->rounds = warmup->rounds;
		log->settled = answer == WARMUP_SETTLED;
		log->operations = warmup->to;
	}
	return false;
}

void warmup_first_begins(struct worker_context *worker)
{
	worker->group->warmup.first_begin_ns = clock_now();
}

void warmup_first_ended(struct worker_context *worker)
{
	worker->group->warmup.first_end_ns = clock_now();
}
