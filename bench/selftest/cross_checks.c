/* SPDX-License-Identifier: MIT */
/*
 * Cross-checks: Google Benchmark's own clock around the same calls must
 * agree with ours, and the tests of the histogram and of the statistics are
 * run, as they are in bench/tests.
 */
#include <math.h>
#include <stdio.h>

#include "bench/run/gbench.h"
#include "selftest.h"
#include "renamed_tests.h"
#include "bench/scenarios/objects.h"
#include "bench/stats/stats.h"
#include "bench/loops/stream.h"

#define SAMPLE_NS     1000000
#define ATTEMPTS      3
#define TRIES_A_ROUND 6
/* A median for a bound of 10 % needs no more. */
#define ROUNDS	      7
#define SHARE_ALLOWED 0.10
/* Ours against ours; wider than this, no share of 10 % can be judged. */
#define CONTROL_WIDTH 0.10
/* Pairs a step: the call of a step must not show. */
#define PAIRS 64

struct pairs {
	struct ipcm_queue *queue;
	struct worker_context *worker;
	unsigned char *out, *in;
	uint64_t seq;
	double ns;
};

/* What self_loop.c times, once more and by hand. */
static void step(void *arg)
{
	struct pairs *pairs = arg;
	struct channel channel = {.queue = pairs->queue};

	for (int i = 0; i < PAIRS; i++, pairs->seq++) {
		stream_send(&channel_queue, &channel, pairs->worker, pairs->out,
			    64, pairs->seq, pairs->seq + 1);
		stream_receive(&channel_queue, &channel, pairs->worker,
			       pairs->in, 64, pairs->seq, pairs->seq + 1);
	}
}

static void google_member(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct pairs pairs = {.queue = context->object, .worker = worker};
	double ns;

	pairs.out = worker_buffer(worker, 64);
	pairs.in = worker_buffer(worker, 64);
	worker_start(worker);
	if (gbench_time(step, &pairs, (double)SAMPLE_NS / 1e9, &ns))
		worker_fail(worker, OUTCOME_ERROR, "Google Benchmark failed");
	worker->group->end_ns = clock_now();
	worker_stop(worker, pairs.seq);
	/* the only number it has to hand over */
	worker->group->probe_before_ns = ns / PAIRS;
	ipcm_queue_free(pairs.queue);
}

/* @return NAN if it failed; infinity if other processes had the CPU meanwhile
 */
static double google_ns(const struct selftest *selftest,
			const struct selftest_cell *cell)
{
	struct task task = selftest_task(selftest, cell);
	struct sample sample = {.iterations = 0};
	struct run_context context = {&task, NULL};

	context.object = object_queue(&task, &sample.verdict);
	if (!context.object)
		return NAN;
	task.iterations = 1;
	context_run(&context, google_member, NULL, &sample);
	ipcm_queue_free(context.object);
	if (sample.verdict.outcome != OUTCOME_OK)
		return NAN;
	return selftest_cpu_share(selftest, &sample) < SELFTEST_CPU_SHARE
		       ? INFINITY
		       : selftest->group->probe_before_ns;
}

static double our_ns(const struct selftest *selftest,
		     const struct selftest_cell *cell, uint64_t iterations)
{
	struct sample sample =
		selftest_sample(selftest, cell, iterations, false);

	if (sample.verdict.outcome != OUTCOME_OK)
		return NAN;
	return selftest_cpu_share(selftest, &sample) < SELFTEST_CPU_SHARE
		       ? INFINITY
		       : sample.value[METRIC_PAIR];
}

struct cross_check {
	unsigned rounds;
	double google[SELFTEST_ROUNDS_MAX], ours[SELFTEST_ROUNDS_MAX];
	double ratio[SELFTEST_ROUNDS_MAX], control[SELFTEST_ROUNDS_MAX];
};

/* Google's between two of ours. @return false if something failed */
static bool take_round(const struct selftest *selftest,
		       const struct selftest_cell *cell, uint64_t count,
		       struct cross_check *cross_check)
{
	double ours = our_ns(selftest, cell, count);
	double google = google_ns(selftest, cell);
	double again = our_ns(selftest, cell, count);
	unsigned at = cross_check->rounds;

	if (isnan(ours) || isnan(google) || isnan(again))
		return false;
	if (isinf(ours) || isinf(google) || isinf(again))
		return true;
	cross_check->ours[at] = ours;
	cross_check->google[at] = google;
	cross_check->control[at] = again / ours;
	cross_check->ratio[at] = google / ours;
	cross_check->rounds++;
	return true;
}

static enum selftest_mark compare(const struct selftest *selftest,
				  const struct selftest_cell *cell,
				  double *ret_google, double *ret_ours)
{
	struct cross_check cross_check = {.rounds = 0};
	struct stats_summary same, share;
	uint64_t count = selftest_iterations(selftest, cell, SAMPLE_NS, 0);

	for (unsigned try = 0; cross_check.rounds < ROUNDS; try++) {
		if (try == TRIES_A_ROUND * ROUNDS)
			return SELFTEST_BUSY;
		if (!take_round(selftest, cell, count, &cross_check))
			return SELFTEST_FAILED;
	}
	same = stats_summarize(cross_check.control, cross_check.rounds);
	share = stats_summarize(cross_check.ratio, cross_check.rounds);
	*ret_google =
		stats_summarize(cross_check.google, cross_check.rounds).median;
	*ret_ours =
		stats_summarize(cross_check.ours, cross_check.rounds).median;
	if (fabs(share.median - 1) <= SHARE_ALLOWED)
		return SELFTEST_OK;
	return same.ci_hi - same.ci_lo > CONTROL_WIDTH ? SELFTEST_BUSY
						       : SELFTEST_FAILED;
}

static void check_clock(struct selftest *selftest, const char *backend)
{
	enum selftest_mark mark = SELFTEST_FAILED;
	double google = NAN, ours = NAN;
	unsigned failed = 0;
	struct selftest_cell cell;
	char name[64], title[128];

	if (!selftest_cell_find(IFACE_QUEUE, backend, "self_loop", &cell))
		return;
	snprintf(title, sizeof(title), "Google Benchmark's clock, %s",
		 selftest_cell_name(&cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	for (int i = 0; i < ATTEMPTS && mark != SELFTEST_OK; i++) {
		mark = compare(selftest, &cell, &google, &ours);
		failed += mark == SELFTEST_FAILED;
	}
	mark = selftest_conclude(mark, failed);
	if (isfinite(google))
		selftest_say(selftest, mark, title, "%.1f ns, ours %.1f",
			     google, ours);
	else
		selftest_say(selftest, mark, title, "no calm samples");
}

void selftest_check_cross_checks(struct selftest *selftest)
{
	/* not shm_ring: in samples this short the first touch of its ring
	 * shows, which Google Benchmark leaves in its search for the count */
	check_clock(selftest, "null");
	check_clock(selftest, "pipe");
}

static void say_test(struct selftest *selftest, const char *title, int code)
{
	selftest_say(selftest, code ? SELFTEST_FAILED : SELFTEST_OK, title,
		     "exit code %d", code);
}

void selftest_check_numbers(struct selftest *selftest)
{
	static const char hist[] = "histogram against exact sorting";
	static const char stats[] = "statistics against published tables";
	static char name[] = "selftest";
	char *argv[] = {name, NULL};

	if (selftest_wants(selftest, hist))
		say_test(selftest, hist, selftest_test_hist(1, argv));
	if (selftest_wants(selftest, stats))
		say_test(selftest, stats, selftest_test_stats());
}
