/* SPDX-License-Identifier: MIT */
/* The counting passes of a cell, and what follows from them. */
#include "count_run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count_leaks.h"
#include "count_names.h"

/* Messages of the shorter pass. A traced system call takes microseconds. */
#define MESSAGES_SMALL 512
#define MESSAGES_LARGE 32
#define MESSAGES_HUGE  8
/* A stepped instruction takes microseconds too, 10 to 20 on a virtual machine.
 */
#define MESSAGES_STEPPED  4
#define STEPPED_BYTES_MAX 1024
#define LARGE_BYTES	  (8u << 10)
#define HUGE_BYTES	  (128u << 10)

enum { SHORT, LONG, AGAIN, PASSES };

struct pass_side {
	uint64_t operations, allocations, instructions, peak_rss_bytes;
	uint64_t call[COUNT_CALLS_MAX];
};

struct pass {
	uint64_t iterations;
	unsigned sides;
	struct verdict verdict;
	int trace_error, instructions_error, memory_error;
	uint64_t shared_bytes;
	/** Descriptors, System V ids and names that the pass left behind. */
	int64_t left;
	struct pass_side side[COUNT_SIDES];
};

static uint64_t short_count(const struct axes *axes)
{
	if (axes->size_bytes >= HUGE_BYTES)
		return MESSAGES_HUGE;
	if (axes->size_bytes >= LARGE_BYTES && axes->batch == 1)
		return MESSAGES_LARGE;
	return MESSAGES_SMALL;
}

static void add_member(struct pass *pass, struct pass_side *side,
		       const struct counted_worker *counted,
		       const struct worker_state *worker)
{
	side->operations += worker->operations;
	side->allocations += counted->allocations;
	side->instructions += counted->instructions;
	pass->left += counted->descriptors;
	if (counted->peak_rss_bytes > side->peak_rss_bytes)
		side->peak_rss_bytes = counted->peak_rss_bytes;
	for (size_t i = 0; i < COUNT_CALLS_MAX; i++)
		side->call[i] += counted->call[i];
	/* all workers map the object; one could map less of it */
	if (counted->shared_bytes > pass->shared_bytes)
		pass->shared_bytes = counted->shared_bytes;
	if (counted->trace_error)
		pass->trace_error = counted->trace_error;
	if (counted->instructions_error)
		pass->instructions_error = counted->instructions_error;
	if (counted->memory_error)
		pass->memory_error = counted->memory_error;
}

static int64_t ids_left(const struct worker_group *group,
			const struct count_state *shared, time_t since)
{
	pid_t process[WORKER_GROUP_MAX + 1] = {getpid()};

	for (unsigned i = 0; i < group->count; i++)
		process[i + 1] = shared->worker[i].pid;
	return count_ids(process, group->count + 1, since);
}

static void pass_run(struct task task, sample_function *run,
		     struct count_state *shared, enum count_pass kind,
		     struct pass *pass)
{
	const struct worker_group *group = task.group;
	struct sample sample = {.iterations = 0};
	int64_t descriptors = count_descriptors();
	struct count_names *names = count_names_now();
	time_t begun = time(NULL);
	pid_t tracer = 0;

	task.iterations = pass->iterations;
	count_state_install(shared, kind);
	memset(task.group, 0, sizeof(*task.group));
	if (kind != COUNT_PLAIN)
		tracer = count_trace_start(&task, shared);
	if (tracer < 0)
		verdict_set(&sample.verdict, OUTCOME_ERROR,
			    "cannot start a tracer (%s)", strerror(errno));
	else
		run(&task, &sample);
	count_trace_stop(tracer);
	count_state_install(NULL, COUNT_PLAIN);
	pass->verdict = sample.verdict;
	pass->left = count_descriptors() - descriptors +
		     ids_left(task.group, shared, begun) +
		     count_names_left(names);
	pass->sides = group->firsts < group->count ? 2 : 1;
	for (unsigned i = 0; i < group->count; i++)
		add_member(pass, &pass->side[i < group->firsts ? 0 : 1],
			   &shared->worker[i], &group->worker[i]);
}

/* The extra cost of a message, from two passes. Sides that share the
 * operations (a contended lock) are told by one number a message too. */
static double per_message(const struct task *task, const struct pass *pass,
			  unsigned side, uint64_t short_amount,
			  uint64_t long_amount)
{
	double more = (double)long_amount - (double)short_amount, messages;

	if (task->axes->consumers == 0)
		messages = (double)pass[LONG].iterations -
			   (double)pass[SHORT].iterations;
	else
		messages = (double)pass[LONG].side[side].operations -
			   (double)pass[SHORT].side[side].operations;
	/* fewer in twice the messages is chance: there is no negative cost */
	return messages > 0 ? fmax(more, 0) / messages : NAN;
}

static void refuse(struct count_figure *figure, const char *what, int error)
{
	figure->value = NAN;
	snprintf(figure->why, sizeof(figure->why), "%s (%s)", what,
		 strerror(error));
}

static bool passes_ok(const struct pass *pass, struct count_figure *figure)
{
	for (int i = 0; i < PASSES; i++) {
		if (pass[i].verdict.outcome == OUTCOME_OK)
			continue;
		figure->value = NAN;
		snprintf(figure->why, sizeof(figure->why),
			 "the counting pass is %s: %.200s",
			 outcome_name(pass[i].verdict.outcome),
			 pass[i].verdict.reason);
		return false;
	}
	return true;
}

static void judge_calls(const struct task *task, const struct pass *pass,
			struct counts *counts)
{
	struct count_figure *figure = &counts->syscalls;

	if (!passes_ok(pass, figure))
		return;
	if (pass[SHORT].trace_error || pass[LONG].trace_error) {
		refuse(figure,
		       "ptrace was refused; see kernel.yama.ptrace_scope and "
		       "the container's seccomp profile",
		       pass[SHORT].trace_error ? pass[SHORT].trace_error
					       : pass[LONG].trace_error);
		return;
	}
	figure->value = 0;
	figure->exact = true;
	for (unsigned side = 0; side < pass[SHORT].sides; side++) {
		const struct pass_side *a = &pass[SHORT].side[side];
		const struct pass_side *b = &pass[LONG].side[side];
		const struct pass_side *c = &pass[AGAIN].side[side];

		for (size_t i = 0; i < COUNT_CALLS_MAX; i++) {
			double *call = &counts->call[side][i];

			*call = per_message(task, pass, side, a->call[i],
					    b->call[i]);
			figure->value += *call;
			figure->exact &= b->call[i] == c->call[i];
		}
	}
}

/* A number that each side has once a pass, a message, both sides together. */
static void sum_sides(const struct task *task, const struct pass *pass,
		      size_t offset, struct count_figure *figure)
{
	figure->value = 0;
	figure->exact = true;
	for (unsigned side = 0; side < pass[SHORT].sides; side++) {
		uint64_t amount[PASSES];

		for (int i = 0; i < PASSES; i++)
			memcpy(&amount[i],
			       (const char *)&pass[i].side[side] + offset,
			       sizeof(amount[i]));
		figure->value += per_message(task, pass, side, amount[SHORT],
					     amount[LONG]);
		figure->exact &= amount[LONG] == amount[AGAIN];
	}
}

static void judge_allocations(const struct task *task, const struct pass *pass,
			      struct counts *counts)
{
	struct count_figure *figure = &counts->allocations;

	if (!passes_ok(pass, figure))
		return;
	if (!count_allocations_hooked) {
		refuse(figure,
		       "this build has a malloc that cannot be counted, as "
		       "with a sanitizer",
		       ENOTSUP);
		return;
	}
	sum_sides(task, pass, offsetof(struct pass_side, allocations), figure);
}

static void judge_instructions(const struct task *task, const struct pass *pass,
			       struct counts *counts)
{
	struct count_figure *figure = &counts->instructions;

	if (!passes_ok(pass, figure))
		return;
	if (pass[LONG].instructions_error) {
		int error = pass[LONG].instructions_error;

		refuse(figure,
		       error == EACCES || error == EPERM
			       ? "hardware counters are refused; see "
				 "kernel.perf_event_paranoid"
			       : "this machine shows no hardware counters",
		       error);
		return;
	}
	sum_sides(task, pass, offsetof(struct pass_side, instructions), figure);
}

static void judge_memory(const struct pass *pass, struct counts *counts)
{
	struct count_figure *all[] = {&counts->shared_bytes,
				      &counts->peak_rss_bytes[0],
				      &counts->peak_rss_bytes[1]};
	uint64_t value[PASSES][3];

	for (int i = 0; i < PASSES; i++) {
		value[i][0] = pass[i].shared_bytes;
		value[i][1] = pass[i].side[0].peak_rss_bytes;
		value[i][2] = pass[i].side[1].peak_rss_bytes;
	}
	for (size_t i = 0; i < 1 + pass[SHORT].sides; i++) {
		if (!passes_ok(pass, all[i]))
			continue;
		if (pass[LONG].memory_error) {
			refuse(all[i], "/proc/self cannot be read",
			       pass[LONG].memory_error);
			continue;
		}
		all[i]->value = (double)value[LONG][i];
		all[i]->exact = value[LONG][i] == value[AGAIN][i];
	}
}

/*
 * What is left over twice is left over by the cell. Once may be chance: another
 * program's System V object may be told by a process number that was ours.
 */
static void judge_left(const struct pass *pass, struct counts *counts)
{
	struct count_figure *figure = &counts->left;

	if (!passes_ok(pass, figure))
		return;
	figure->value =
		(double)(pass[LONG].left < pass[AGAIN].left ? pass[LONG].left
							    : pass[AGAIN].left);
	figure->exact = pass[LONG].left == pass[AGAIN].left;
}

/* One process does the same every time; two that wait for one another do not,
 * and a large copy has an instruction for every few bytes. */
static bool can_step(const struct task *task, const struct counts *counts)
{
	return !isfinite(counts->instructions.value) &&
	       task->group->count == 1 &&
	       task->axes->size_bytes <= STEPPED_BYTES_MAX &&
	       isfinite(counts->syscalls.value);
}

static void passes_run(const struct task *task, sample_function *run,
		       struct count_state *shared, enum count_pass kind,
		       uint64_t messages, struct pass *pass)
{
	memset(pass, 0, PASSES * sizeof(*pass));
	for (int i = 0; i < PASSES; i++) {
		pass[i].iterations = i == SHORT ? messages : 2 * messages;
		pass_run(*task, run, shared, kind, &pass[i]);
		/* what failed once is not tried again */
		if (pass[i].verdict.outcome != OUTCOME_OK)
			return;
	}
}

struct counts *counts_take(const struct task *task, sample_function *run,
			   struct count_state *shared)
{
	struct counts *counts = calloc(1, sizeof(*counts));
	struct pass *pass = calloc(PASSES, sizeof(*pass));

	if (counts && pass) {
		counts->messages = short_count(task->axes);
		passes_run(task, run, shared, COUNT_TRACED, counts->messages,
			   pass);
		counts->sides = pass[SHORT].sides;
		judge_calls(task, pass, counts);
		passes_run(task, run, shared, COUNT_PLAIN, counts->messages,
			   pass);
		judge_allocations(task, pass, counts);
		judge_instructions(task, pass, counts);
		judge_memory(pass, counts);
		judge_left(pass, counts);
		if (can_step(task, counts)) {
			passes_run(task, run, shared, COUNT_STEPPED,
				   MESSAGES_STEPPED, pass);
			judge_instructions(task, pass, counts);
		}
	}
	free(pass);
	return counts;
}
