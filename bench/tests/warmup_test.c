/* SPDX-License-Identifier: MIT */
/* When a warm-up ends: the decision against made-up histories, and that all
 * workers of a group come to the same one. */
#include "impls/testkit/check.h"
#include "bench/workers/worker_context.h"
#include "bench/loops/warmup.h"
#include "bench/workers/run_context.h"
#include "bench/workers/worker_group.h"

#include <unistd.h>

/* What became of rounds that took so long, judged after each as workers do.
 * @return how many rounds it took */
static unsigned judge(const int *took, int64_t limit_ns,
		      enum warmup_answer *ret_answer)
{
	int64_t met_ns[WARMUP_ROUNDS_MAX + 1] = {1000};
	unsigned rounds = 0;

	while ((*ret_answer = warmup_judge(met_ns, rounds, limit_ns)) ==
	       WARMUP_ANOTHER) {
		met_ns[rounds + 1] = met_ns[rounds] + took[rounds];
		rounds++;
	}
	return rounds;
}

static void expect(const char *what, const int took[WARMUP_ROUNDS_MAX],
		   int64_t limit_ns, enum warmup_answer wanted,
		   unsigned wanted_rounds)
{
	enum warmup_answer answer;
	unsigned rounds = judge(took, limit_ns, &answer);

	CHECK(answer == wanted && rounds == wanted_rounds,
	      "%s: answer %d after %u rounds", what, (int)answer, rounds);
}

static void histories(void)
{
	expect("constant", (int[]){100, 100, 100, 100, 100, 100, 100, 100}, 0,
	       WARMUP_SETTLED, 3);
	expect("constant at nothing", (int[]){0, 0, 0, 0, 0, 0, 0, 0}, 0,
	       WARMUP_SETTLED, 3);
	expect("within tolerance", (int[]){100, 105, 95, 1, 1, 1, 1, 1}, 0,
	       WARMUP_SETTLED, 3);
	expect("cold first round", (int[]){900, 100, 101, 102, 1, 1, 1, 1}, 0,
	       WARMUP_SETTLED, 4);
	expect("converging", (int[]){800, 400, 200, 120, 101, 100, 99, 100}, 0,
	       WARMUP_SETTLED, 7);
	expect("one that is late", (int[]){100, 101, 300, 100, 101, 1, 1, 1}, 0,
	       WARMUP_SETTLED, 5);
	expect("drifting slower",
	       (int[]){100, 110, 121, 133, 146, 161, 177, 195}, 0,
	       WARMUP_GIVEN_UP, WARMUP_ROUNDS_MAX);
	expect("drifting faster", (int[]){200, 180, 160, 140, 120, 100, 80, 60},
	       0, WARMUP_GIVEN_UP, WARMUP_ROUNDS_MAX);
	expect("oscillating", (int[]){100, 150, 100, 150, 100, 150, 100, 150},
	       0, WARMUP_GIVEN_UP, WARMUP_ROUNDS_MAX);
}

static void time_limits(void)
{
	expect("no time for more",
	       (int[]){800, 400, 200, 120, 101, 100, 99, 100}, 1500,
	       WARMUP_GIVEN_UP, 4);
	expect("settled at the limit",
	       (int[]){100, 100, 100, 100, 100, 100, 100, 100}, 300,
	       WARMUP_SETTLED, 3);
	expect("the least is done whatever it takes",
	       (int[]){100, 300, 900, 1, 1, 1, 1, 1}, 1, WARMUP_GIVEN_UP,
	       WARMUP_ROUNDS_MIN);
}

/* ---- workers ---- */

static struct worker_group *group;

/* The count of the second worker says how long its warm-up was. */
static void live(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct warmup warm = warmup_begin(worker, context->task);
	uint64_t done = 0;

	CHECK(warm.from == 0 && warm.to == 1, "the first stands alone");
	warmup_first_begins(worker);
	usleep(500);
	warmup_first_ended(worker);
	done += warm.to - warm.from;
	while (warmup_goes_on(worker, &warm)) {
		if (warm.from != done || warm.to - warm.from != warm.each)
			worker_fail(worker, OUTCOME_INVALID,
				    "a hole in the numbers");
		done = warm.to;
		usleep(500);
	}
	worker_start(worker);
	usleep(100);
	worker->group->end_ns = clock_now();
	worker->self->end_ns = (int64_t)done;
	worker_stop(worker, 1);
	worker_finish(worker);
}

static struct sample run(struct task *task)
{
	struct run_context context = {task, NULL};
	struct workers workers = {live, live, 2, 2};
	struct sample sample = {0};

	task->group = group;
	task->cpus = cpus_choose();
	task->timeout_ns = 5000 * NS_PER_MS;
	task->stall_ns = 2000 * NS_PER_MS;
	context_run_group(&context, &workers, &sample);
	CHECK(sample.verdict.outcome == OUTCOME_OK, "%s",
	      sample.verdict.reason);
	return sample;
}

static void all_members_decide_alike(void)
{
	struct axes axes = {
		.producers = 2, .consumers = 2, .placement = PLACE_FREE};
	struct task task = {.axes = &axes, .iterations = 6400};
	struct sample sample = run(&task);
	const struct warmup_log *log = &group->warmup;

	CHECK(log->rounds >= WARMUP_ROUNDS_MIN &&
		      log->rounds <= WARMUP_ROUNDS_MAX,
	      "%u rounds", log->rounds);
	CHECK(log->operations == 1 + log->rounds * (6400 / 32), "%llu",
	      (unsigned long long)log->operations);
	for (unsigned i = 0; i < group->count; i++)
		CHECK((uint64_t)group->worker[i].end_ns == log->operations,
		      "worker %u did %lld", i,
		      (long long)group->worker[i].end_ns);
	CHECK(sample.value[METRIC_WARMUP] == log->rounds, "%g",
	      sample.value[METRIC_WARMUP]);
	CHECK(sample.value[METRIC_SETTLED] == log->settled,
	      "the sample says otherwise");
	CHECK(sample.value[METRIC_FIRST] >= 500000, "%g ns",
	      sample.value[METRIC_FIRST]);
}

static void a_queue_is_gone_around_once(void)
{
	struct axes axes = {.producers = 2,
			    .consumers = 2,
			    .depth = 1024,
			    .placement = PLACE_FREE};
	struct task task = {.axes = &axes, .iterations = 4096};

	(void)run(&task);
	CHECK(group->warmup.operations >= 2048, "%llu",
	      (unsigned long long)group->warmup.operations);
	/* an end before that would not be one of a settled warm-up */
	CHECK(group->warmup.rounds == WARMUP_ROUNDS_MAX, "%u rounds",
	      group->warmup.rounds);
}

/* A sample of few operations on a deep queue, as one of large messages is. */
static void a_short_sample_goes_around_too(void)
{
	struct axes axes = {.producers = 2,
			    .consumers = 2,
			    .depth = 1024,
			    .placement = PLACE_FREE};
	struct task task = {
		.axes = &axes, .iterations = 64, .warmup_ns = NS_PER_S};

	(void)run(&task);
	CHECK(group->warmup.operations >= 2048, "%llu",
	      (unsigned long long)group->warmup.operations);
}

static void time_ends_it(void)
{
	struct axes axes = {
		.producers = 2, .consumers = 2, .placement = PLACE_FREE};
	struct task task = {.axes = &axes, .iterations = 1, .warmup_ns = 1};

	(void)run(&task);
	CHECK(group->warmup.rounds == WARMUP_ROUNDS_MIN, "%u rounds",
	      group->warmup.rounds);
	CHECK(group->warmup.operations ==
		      1 + WARMUP_ROUNDS_MIN * WARMUP_ROUND_LEAST,
	      "%llu", (unsigned long long)group->warmup.operations);
}

int main(void)
{
	histories();
	time_limits();
	group = worker_group_create();
	if (!group)
		return 1;
	all_members_decide_alike();
	a_queue_is_gone_around_once();
	a_short_sample_goes_around_too();
	time_ends_it();
	worker_group_destroy(group);
	return check_failures() ? 1 : 0;
}
