/* SPDX-License-Identifier: MIT */
/*
 * The watch over the processes of a sample: one that dies, one that hangs, one
 * that gives up, and a clock that starts when both are there.
 */
#include "check.h"
#include "bench/workers/worker_context.h"
#include "bench/scenarios/scenario.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct team *team;

static void member_idle(struct post *post, void *arg)
{
	(void)post;
	(void)arg;
	pause();
}

static void member_dies(struct post *post, void *arg)
{
	(void)post;
	(void)arg;
	raise(SIGKILL);
}

static void member_exits(struct post *post, void *arg)
{
	(void)post;
	(void)arg;
	_exit(9);
}

static void member_gives_up(struct post *post, void *arg)
{
	(void)arg;
	post_fail(post, OUTCOME_VOID, "message %d is damaged", 3);
}

static void member_moves(struct post *post, void *arg)
{
	(void)arg;
	for (uint64_t i = 0;; i++) {
		post_progress(post, i);
		usleep(1000);
	}
}

static void member_spins(struct post *post, void *arg)
{
	(void)post;
	(void)arg;
	for (;;)
		atomic_signal_fence(memory_order_seq_cst);
}

static void member_measures(struct post *post, void *arg)
{
	(void)arg;
	post_start(post);
	usleep(20000);
	post->team->end_ns = clock_now();
	post_stop(post, 10);
	post_finish(post);
}

static void member_of_crowd(struct post *post, void *arg)
{
	(void)arg;
	post_progress(post, 1);
	post_start(post);
	usleep(1000);
	post->self->end_ns = post->index;
	post_stop(post, post->index < post->team->firsts ? 3 : 5);
	if (post->index == 0)
		post->team->end_ns = clock_now();
	post_finish(post);
}

static void a_crowd_of_sixteen_has_two_sides(void)
{
	struct axes axes = {
		.producers = 9, .consumers = 7, .placement = PLACE_ONE};
	struct task task = {.axes = &axes,
			    .iterations = 35,
			    .team = team,
			    .cpus = cpus_choose(),
			    .timeout_ns = 3000 * NS_PER_MS,
			    .stall_ns = 600 * NS_PER_MS};
	struct stage stage = {&task, NULL};
	struct crew crew = {member_of_crowd, member_of_crowd, 9, 7};
	struct sample sample = {0};

	stage_run_crew(&stage, &crew, &sample);
	CHECK(sample.verdict.outcome == OUTCOME_OK, "%s",
	      sample.verdict.reason);
	CHECK(team->count == TEAM_MEMBERS_MAX && team->firsts == 9, "sides");
	for (unsigned i = 0; i < team->count; i++)
		CHECK(team->member[i].end_ns == i &&
			      team->member[i].operations == (i < 9 ? 3 : 5),
		      "member %u", i);
	/* every member slept once: 9 over 27 operations, 7 over 35 */
	CHECK(sample.value[METRIC_VOLUNTARY] >= 9.0 / 27 + 7.0 / 35 - 1e-9,
	      "%g switches", sample.value[METRIC_VOLUNTARY]);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0, "a child was left behind");
}

static struct verdict run(member_function *first, member_function *second)
{
	struct team_order order = {
		.count = second ? 2 : 1,
		.firsts = 1,
		.member = {first, second},
		.placement = PLACE_FREE,
		.timeout_ns = 3000 * NS_PER_MS,
		.stall_ns = 600 * NS_PER_MS,
	};
	struct verdict verdict;

	team_run(team, &order, &verdict);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0, "a child was left behind");
	return verdict;
}

static void expect(const char *what, struct verdict verdict,
		   enum outcome outcome, const char *words)
{
	CHECK(verdict.outcome == outcome, "%s: %s", what,
	      outcome_name(verdict.outcome));
	CHECK(strstr(verdict.reason, words), "%s: reason is \"%s\"", what,
	      verdict.reason);
}

int main(void)
{
	team = team_create();
	if (!team)
		return 1;
	expect("killed", run(member_idle, member_dies), OUTCOME_VOID,
	       "killed by signal 9");
	expect("exit code", run(member_exits, member_idle), OUTCOME_VOID,
	       "exit code 9");
	expect("gives up", run(member_idle, member_gives_up), OUTCOME_VOID,
	       "message 3 is damaged");
	expect("hangs", run(member_idle, member_idle), OUTCOME_VOID,
	       "nothing moved");
	expect("never ends", run(member_moves, NULL), OUTCOME_TIMEOUT,
	       "--timeout");
	expect("spins", run(member_spins, NULL), OUTCOME_TIMEOUT, "--timeout");
	expect("good", run(member_measures, member_measures), OUTCOME_OK, "");
	CHECK(team->end_ns - team->start_ns >= 20 * NS_PER_MS, "too short");
	CHECK(team->member[0].operations == 10, "operations");
	a_crowd_of_sixteen_has_two_sides();
	team_destroy(team);
	return check_result();
}
