/* SPDX-License-Identifier: MIT */
/* The parts of mpmc.h that are not in the timed loops. */
#include "mpmc.h"

#include "bench/workers/shared_state.h"

static size_t log_bytes(const struct axes *axes)
{
	return sizeof(struct mpmc_log) +
	       (size_t)axes->producers * axes->consumers * sizeof(struct tally);
}

struct mpmc_log *mpmc_log_create(const struct task *task, bool own_marks,
				 struct verdict *verdict)
{
	struct mpmc_log *log = shared_state_map(log_bytes(task->axes), verdict);

	if (!log)
		return NULL;
	for (int pass = 0; pass < PASSES_MAX; pass++)
		atomic_init(&log->sending[pass], task->axes->producers);
	log->own_marks = own_marks;
	return log;
}

void mpmc_log_free(const struct task *task, struct mpmc_log *log)
{
	shared_state_unmap(log, log_bytes(task->axes));
}

void mpmc_bad_message(struct mpmc_side *side, uint64_t seq,
		      const struct mpmc_view *view)
{
	size_t bytes = side->task->axes->size_bytes;

	if (!view || !payload_closed(side->message, bytes))
		worker_fail(side->worker, OUTCOME_INVALID,
			    "a damaged message arrived");
	worker_fail(
		side->worker, OUTCOME_INVALID,
		"message %llu of producer %u came after number %llu: it was "
		"doubled or came late",
		(unsigned long long)(seq & NUMBER_MASK),
		(unsigned)(seq >> PRODUCER_SHIFT) + 1,
		(unsigned long long)view->next - 1);
}

/* Lay the tallies of all consumers over each other. */
static void merge_tallies(const struct task *task, struct mpmc_log *log,
			  unsigned producer, struct tally *ret_all)
{
	tally_begin(ret_all, mpmc_share_end(task, 0, producer));
	for (unsigned c = 0; c < task->axes->consumers; c++)
		tally_merge(ret_all, mpmc_tally(task, log, c, producer));
}

static void judge_verified(const struct task *task, struct mpmc_log *log,
			   struct verdict *verdict)
{
	struct tally all;

	for (unsigned producer = 0; producer < task->axes->producers;
	     producer++) {
		merge_tallies(task, log, producer, &all);
		if (tally_clean(&all))
			continue;
		verdict_set(verdict, OUTCOME_INVALID,
			    "of %llu messages of producer %u %llu never "
			    "arrived, %llu were doubled, %llu out of order, "
			    "%llu damaged",
			    (unsigned long long)all.expected, producer + 1,
			    (unsigned long long)tally_lost(&all),
			    (unsigned long long)all.doubled,
			    (unsigned long long)all.overtaken,
			    (unsigned long long)all.damaged);
		return;
	}
}

/* All consumers together must have seen what each producer sent. */
static void judge_timed(const struct task *task, const struct mpmc_log *log,
			struct verdict *verdict)
{
	for (unsigned producer = 0; producer < task->axes->producers;
	     producer++) {
		uint64_t warm = task->group->warmup.operations;
		uint64_t from = mpmc_share(task, warm, producer);
		uint64_t to = mpmc_share_end(task, warm, producer), count = 0,
			 mixed = 0;

		for (unsigned c = 0; c < task->axes->consumers; c++) {
			count += log->view[c][producer].count;
			mixed += log->view[c][producer].mixed;
		}
		if (count == to - from && mixed == fair_sum(from, to))
			continue;
		verdict_set(verdict, OUTCOME_INVALID,
			    "producer %u sent %llu messages, the consumers "
			    "have %llu of it%s",
			    producer + 1, (unsigned long long)(to - from),
			    (unsigned long long)count,
			    count == to - from ? ", but not the same ones"
					       : "");
		return;
	}
}

static void put_numbers(const struct task *task, struct sample *sample)
{
	const struct worker_group *group = task->group;
	double taken[WORKER_GROUP_MAX], rate[WORKER_GROUP_MAX];
	int64_t end_ns = 0;

	for (unsigned i = 0; i < group->count; i++) {
		const struct worker_state *worker = &group->worker[i];
		int64_t spent = worker->end_ns - group->start_ns;

		if (worker->end_ns > end_ns)
			end_ns = worker->end_ns;
		if (i >= group->firsts)
			taken[i - group->firsts] = (double)worker->operations;
		else
			rate[i] = (double)worker->operations /
				  (double)(spent > 0 ? spent : 1);
	}
	sample->elapsed_ns = end_ns - group->start_ns;
	stream_rates(task, sample);
	sample->value[METRIC_CONSUMER_FAIRNESS] =
		fair_index(taken, group->count - group->firsts);
	sample->value[METRIC_PRODUCER_FAIRNESS] =
		fair_index(rate, group->firsts);
}

void mpmc_judge(const struct task *task, struct mpmc_log *log,
		struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	if (task->verify) {
		judge_verified(task, log, &sample->verdict);
		return;
	}
	judge_timed(task, log, &sample->verdict);
	put_numbers(task, sample);
}
