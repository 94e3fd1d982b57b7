/* SPDX-License-Identifier: MIT */
/*
 * What all scenarios share in the parent: starting the team on the object and
 * turning what its members left behind into a sample.
 */
#include <math.h>

#include "scenario.h"

/* Enough to fault in all memory of the object, in both processes; at most an
 * eighth of the sample. */
#define WARMUP_MIN 16
#define WARMUP_MAX 65536

uint64_t stage_warmup(const struct task *task)
{
	uint64_t warmup = task->iterations / 8;

	if (task->verify)
		return 0;
	if (warmup < WARMUP_MIN)
		return WARMUP_MIN;
	return warmup > WARMUP_MAX ? WARMUP_MAX : warmup;
}

static double per(int64_t amount, uint64_t operations)
{
	return operations ? (double)amount / (double)operations : NAN;
}

/* Both sides together, an operation. Producers without consumers (a contended
 * lock) share the operations; otherwise each side takes part in every one. */
static double per_operation(const struct task *task, int64_t first,
			    int64_t second)
{
	const struct member *member = task->team->member;

	if (task->team->count == 1)
		return per(first, member[0].operations);
	if (task->axes->consumers == 0)
		return per(first + second, task->iterations);
	return per(first, member[0].operations) +
	       per(second, member[1].operations);
}

static void collect_usage(const struct task *task, struct sample *sample)
{
	const struct team *team = task->team;
	const struct member *send = &team->member[0], *recv = &team->member[1];
	const struct usage *a = &send->usage, *b = &recv->usage;

	sample->value[METRIC_USER_SEND] =
		per(send->usage.user_ns, send->operations);
	sample->value[METRIC_SYSTEM_SEND] =
		per(send->usage.system_ns, send->operations);
	if (team->count > 1) {
		sample->value[METRIC_USER_RECV] =
			per(recv->usage.user_ns, recv->operations);
		sample->value[METRIC_SYSTEM_RECV] =
			per(recv->usage.system_ns, recv->operations);
	}
	sample->value[METRIC_VOLUNTARY] = per_operation(
		task, a->voluntary_switches, b->voluntary_switches);
	sample->value[METRIC_INVOLUNTARY] = per_operation(
		task, a->involuntary_switches, b->involuntary_switches);
	sample->value[METRIC_FAULTS] =
		per_operation(task, a->page_faults, b->page_faults);
}

static void collect_times(const struct team *team, struct sample *sample)
{
	sample->start_ns = team->start_ns;
	sample->elapsed_ns = team->end_ns - team->start_ns;
	if (!team->probed)
		return;
	sample->probe_before_ns = team->probe_before_ns;
	sample->probe_after_ns = team->probe_after_ns;
	sample->value[METRIC_PROBE] =
		(team->probe_before_ns + team->probe_after_ns) / 2;
}

/* The tally knows better than "nothing moved" what went wrong. */
static void judge_tallies(const struct team *team, struct verdict *verdict)
{
	for (unsigned i = 0; i < team->count; i++) {
		const struct tally *tally = &team->member[i].tally;

		if (verdict->outcome > OUTCOME_VOID || !tally->expected ||
		    tally_clean(tally))
			continue;
		verdict_set(verdict, OUTCOME_VOID,
			    "of %llu messages %llu never arrived, %llu were "
			    "doubled, %llu out of order, %llu damaged",
			    (unsigned long long)tally->expected,
			    (unsigned long long)tally_lost(tally),
			    (unsigned long long)tally->doubled,
			    (unsigned long long)tally->overtaken,
			    (unsigned long long)tally->damaged);
		return;
	}
}

void stage_run(const struct stage *stage, member_function *first,
	       member_function *second, struct sample *ret_sample)
{
	const struct task *task = stage->task;
	struct team_order order = {
		.count = second ? 2 : 1,
		.member = {first, second},
		.arg = (void *)(uintptr_t)stage,
		.placement = task->axes->placement,
		.cpus = task->cpus,
		.timeout_ns = task->timeout_ns,
		.stall_ns = task->stall_ns,
	};

	for (int i = 0; i < METRIC_COUNT; i++)
		ret_sample->value[i] = NAN;
	ret_sample->iterations = task->iterations;
	ret_sample->probe_before_ns = ret_sample->probe_after_ns = 0;
	team_run(task->team, &order, &ret_sample->verdict);
	if (task->verify)
		judge_tallies(task->team, &ret_sample->verdict);
	if (ret_sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	collect_times(task->team, ret_sample);
	collect_usage(task, ret_sample);
	if (ret_sample->elapsed_ns <= 0)
		verdict_set(&ret_sample->verdict, OUTCOME_ERROR,
			    "the clock did not move during the sample");
}

void verdict_from_status(struct verdict *verdict, enum ipcm_status status,
			 const char *what)
{
	enum outcome outcome = OUTCOME_ERROR;

	if (status == IPCM_LIMIT || status == IPCM_PERM ||
	    status == IPCM_TOOBIG || status == IPCM_NOMEM)
		outcome = OUTCOME_HOST_LIMIT;
	else if (status == IPCM_NOTSUP)
		outcome = OUTCOME_UNSUPPORTED;
	verdict_set(verdict, outcome, "cannot create the %s: %s", what,
		    ipcm_status_text(status));
}
