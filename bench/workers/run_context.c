/* SPDX-License-Identifier: MIT */
/*
 * What all scenarios share in the parent: starting the group on the object and
 * turning what its workers left behind into a sample.
 */
#include "run_context.h"

#include <math.h>

#include "worker_group.h"

static double per(int64_t amount, uint64_t operations)
{
	return operations ? (double)amount / (double)operations : NAN;
}

/* What one side used, all its workers together. */
struct side {
	struct usage usage;
	uint64_t operations;
};

static struct side side_sum(const struct worker_group *group, unsigned from,
			    unsigned to)
{
	struct side sum = {0};

	for (unsigned i = from; i < to; i++) {
		const struct usage *usage = &group->worker[i].usage;

		sum.usage.user_ns += usage->user_ns;
		sum.usage.system_ns += usage->system_ns;
		sum.usage.voluntary_switches += usage->voluntary_switches;
		sum.usage.involuntary_switches += usage->involuntary_switches;
		sum.usage.page_faults += usage->page_faults;
		sum.operations += group->worker[i].operations;
	}
	return sum;
}

/* Both sides together, an operation. Producers without consumers (a contended
 * lock) share the operations; otherwise each side takes part in every one. */
static double per_operation(const struct task *task, const struct side *first,
			    const struct side *second, int64_t first_amount,
			    int64_t second_amount)
{
	const struct worker_group *group = task->group;

	if (group->firsts == group->count)
		return per(first_amount, first->operations);
	if (task->axes->consumers == 0)
		return per(first_amount + second_amount, task->iterations);
	return per(first_amount, first->operations) +
	       per(second_amount, second->operations);
}

static void collect_usage(const struct task *task, struct sample *sample)
{
	const struct worker_group *group = task->group;
	struct side send = side_sum(group, 0, group->firsts);
	struct side recv = side_sum(group, group->firsts, group->count);
	const struct usage *a = &send.usage, *b = &recv.usage;

	sample->value[METRIC_CPU_SEND] =
		per(a->user_ns + a->system_ns, send.operations);
	sample->value[METRIC_USER_SEND] = per(a->user_ns, send.operations);
	sample->value[METRIC_SYSTEM_SEND] = per(a->system_ns, send.operations);
	if (group->count > group->firsts) {
		sample->value[METRIC_CPU_RECV] =
			per(b->user_ns + b->system_ns, recv.operations);
		sample->value[METRIC_USER_RECV] =
			per(b->user_ns, recv.operations);
		sample->value[METRIC_SYSTEM_RECV] =
			per(b->system_ns, recv.operations);
	}
	sample->value[METRIC_VOLUNTARY] =
		per_operation(task, &send, &recv, a->voluntary_switches,
			      b->voluntary_switches);
	sample->value[METRIC_INVOLUNTARY] =
		per_operation(task, &send, &recv, a->involuntary_switches,
			      b->involuntary_switches);
	sample->value[METRIC_FAULTS] = per_operation(
		task, &send, &recv, a->page_faults, b->page_faults);
}

static void collect_times(const struct worker_group *group,
			  struct sample *sample)
{
	sample->start_ns = group->start_ns;
	sample->elapsed_ns = group->end_ns - group->start_ns;
	if (!group->probed)
		return;
	sample->probe_before_ns = group->probe_before_ns;
	sample->probe_after_ns = group->probe_after_ns;
	sample->value[METRIC_PROBE] =
		(group->probe_before_ns + group->probe_after_ns) / 2;
}

static void collect_warmup(const struct warmup_log *warmup,
			   struct sample *sample)
{
	if (warmup->rounds == 0)
		return;
	sample->value[METRIC_WARMUP] = warmup->rounds;
	sample->value[METRIC_SETTLED] = warmup->settled;
	if (warmup->first_end_ns)
		sample->value[METRIC_FIRST] =
			(double)(warmup->first_end_ns - warmup->first_begin_ns);
}

/* The tally knows better than "nothing moved" what went wrong. */
static void judge_tallies(const struct worker_group *group,
			  struct verdict *verdict)
{
	for (unsigned i = 0; i < group->count; i++) {
		const struct tally *tally = &group->worker[i].tally;

		if (verdict->outcome > OUTCOME_INVALID || !tally->expected ||
		    tally_clean(tally))
			continue;
		verdict_set(verdict, OUTCOME_INVALID,
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

void context_run(const struct run_context *context, worker_function *first,
		 worker_function *second, struct sample *ret_sample)
{
	struct workers workers = {first, second, 1, second ? 1 : 0};

	context_run_group(context, &workers, ret_sample);
}

void context_run_group(const struct run_context *context,
		       const struct workers *workers, struct sample *ret_sample)
{
	const struct task *task = context->task;
	struct worker_group_order order = {
		.count = workers->firsts + workers->seconds,
		.firsts = workers->firsts,
		.server = task->server,
		.arg = (void *)(uintptr_t)context,
		.placement = task->axes->placement,
		.cpus = task->cpus,
		.timeout_ns = task->timeout_ns,
		.stall_ns = task->stall_ns,
	};

	for (unsigned i = 0; i < order.count; i++)
		order.worker[i] =
			i < workers->firsts ? workers->first : workers->second;
	for (int i = 0; i < METRIC_COUNT; i++)
		ret_sample->value[i] = NAN;
	ret_sample->iterations = task->iterations;
	ret_sample->probe_before_ns = ret_sample->probe_after_ns = 0;
	worker_group_run(task->group, &order, &ret_sample->verdict);
	if (task->verify)
		judge_tallies(task->group, &ret_sample->verdict);
	if (ret_sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	collect_times(task->group, ret_sample);
	collect_usage(task, ret_sample);
	collect_warmup(&task->group->warmup, ret_sample);
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
