/* SPDX-License-Identifier: MIT */
/*
 * Checks of the books: Google Benchmark's own clock around the same calls must
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
	struct post *post;
	unsigned char *out, *in;
	uint64_t seq;
	double ns;
};

/* What self_loop.c times, once more and by hand. */
static void step(void *arg)
{
	struct pairs *pairs = arg;
	struct line line = {.queue = pairs->queue};

	for (int i = 0; i < PAIRS; i++, pairs->seq++) {
		stream_send(&wire_queue, &line, pairs->post, pairs->out, 64,
			    pairs->seq, pairs->seq + 1);
		stream_receive(&wire_queue, &line, pairs->post, pairs->in, 64,
			       pairs->seq, pairs->seq + 1);
	}
}

static void google_member(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct pairs pairs = {.queue = stage->object, .post = post};
	double ns;

	pairs.out = post_buffer(post, 64);
	pairs.in = post_buffer(post, 64);
	post_start(post);
	if (gbench_time(step, &pairs, (double)SAMPLE_NS / 1e9, &ns))
		post_fail(post, OUTCOME_ERROR, "Google Benchmark failed");
	post->team->end_ns = clock_now();
	post_stop(post, pairs.seq);
	/* the only number it has to hand over */
	post->team->probe_before_ns = ns / PAIRS;
	ipcm_queue_free(pairs.queue);
}

/* @return NAN if it failed; infinity if others had the CPU meanwhile */
static double google_ns(const struct meter *meter,
			const struct meter_cell *cell)
{
	struct task task = meter_task(meter, cell);
	struct sample sample = {.iterations = 0};
	struct stage stage = {&task, NULL};

	stage.object = object_queue(&task, &sample.verdict);
	if (!stage.object)
		return NAN;
	task.iterations = 1;
	stage_run(&stage, google_member, NULL, &sample);
	ipcm_queue_free(stage.object);
	if (sample.verdict.outcome != OUTCOME_OK)
		return NAN;
	return meter_cpu_share(meter, &sample) < METER_CPU_SHARE
		       ? INFINITY
		       : meter->team->probe_before_ns;
}

static double our_ns(const struct meter *meter, const struct meter_cell *cell,
		     uint64_t iterations)
{
	struct sample sample = meter_sample(meter, cell, iterations, false);

	if (sample.verdict.outcome != OUTCOME_OK)
		return NAN;
	return meter_cpu_share(meter, &sample) < METER_CPU_SHARE
		       ? INFINITY
		       : sample.value[METRIC_PAIR];
}

struct books {
	unsigned rounds;
	double google[METER_ROUNDS_MAX], ours[METER_ROUNDS_MAX];
	double ratio[METER_ROUNDS_MAX], control[METER_ROUNDS_MAX];
};

/* Google's between two of ours. @return false if something failed */
static bool take_round(const struct meter *meter, const struct meter_cell *cell,
		       uint64_t count, struct books *books)
{
	double ours = our_ns(meter, cell, count);
	double google = google_ns(meter, cell);
	double again = our_ns(meter, cell, count);
	unsigned at = books->rounds;

	if (isnan(ours) || isnan(google) || isnan(again))
		return false;
	if (isinf(ours) || isinf(google) || isinf(again))
		return true;
	books->ours[at] = ours;
	books->google[at] = google;
	books->control[at] = again / ours;
	books->ratio[at] = google / ours;
	books->rounds++;
	return true;
}

static enum meter_mark compare(const struct meter *meter,
			       const struct meter_cell *cell,
			       double *ret_google, double *ret_ours)
{
	struct books books = {.rounds = 0};
	struct stats_summary same, share;
	uint64_t count = meter_iterations(meter, cell, SAMPLE_NS, 0);

	for (unsigned try = 0; books.rounds < ROUNDS; try++) {
		if (try == TRIES_A_ROUND * ROUNDS)
			return METER_BUSY;
		if (!take_round(meter, cell, count, &books))
			return METER_FAILED;
	}
	same = stats_summarize(books.control, books.rounds);
	share = stats_summarize(books.ratio, books.rounds);
	*ret_google = stats_summarize(books.google, books.rounds).median;
	*ret_ours = stats_summarize(books.ours, books.rounds).median;
	if (fabs(share.median - 1) <= SHARE_ALLOWED)
		return METER_OK;
	return same.ci_hi - same.ci_lo > CONTROL_WIDTH ? METER_BUSY
						       : METER_FAILED;
}

static void check_clock(struct meter *meter, const char *backend)
{
	enum meter_mark mark = METER_FAILED;
	double google = NAN, ours = NAN;
	unsigned failed = 0;
	struct meter_cell cell;
	char name[64], title[128];

	if (!meter_cell_find("queue", backend, "alternate", &cell))
		return;
	snprintf(title, sizeof(title), "Google Benchmark's clock, %s",
		 meter_cell_name(&cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	for (int i = 0; i < ATTEMPTS && mark != METER_OK; i++) {
		mark = compare(meter, &cell, &google, &ours);
		failed += mark == METER_FAILED;
	}
	mark = meter_conclude(mark, failed);
	if (isfinite(google))
		meter_say(meter, mark, title, "%.1f ns, ours %.1f", google,
			  ours);
	else
		meter_say(meter, mark, title, "no calm samples");
}

void meter_check_books(struct meter *meter)
{
	/* not shm_ring: in samples this short the first touch of its ring
	 * shows, which Google Benchmark leaves in its search for the count */
	check_clock(meter, "null");
	check_clock(meter, "pipe");
}

static void say_test(struct meter *meter, const char *title, int code)
{
	meter_say(meter, code ? METER_FAILED : METER_OK, title, "exit code %d",
		  code);
}

void meter_check_numbers(struct meter *meter)
{
	static const char hist[] = "histogram against exact sorting";
	static const char stats[] = "statistics against published tables";
	static char name[] = "meter";
	char *argv[] = {name, NULL};

	if (meter_wants(meter, hist))
		say_test(meter, hist, meter_test_hist(1, argv));
	if (meter_wants(meter, stats))
		say_test(meter, stats, meter_test_stats());
}
