/* SPDX-License-Identifier: MIT */
/*
 * N producers and M consumers over one queue. Each message carries its
 * producer and its number there. Every consumer checks that the numbers of a
 * producer rise; what all consumers together saw of it must be everything it
 * sent, once: in a timed pass by count and by a sum of mixed numbers, in the
 * verification pass by the tallies, laid over each other.
 *
 * A pass ends with a mark for each consumer, sent by the producer that is done
 * last; the queue keeps its order, so nothing comes after it.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench/stats/fairness.h"
#include "objects.h"
#include "bench/loops/stream.h"
#include "bench/workers/shared_state.h"

/* The high bits of a number name the producer. */
#define PRODUCER_SHIFT 48
#define NUMBER_MASK    ((UINT64_C(1) << PRODUCER_SHIFT) - 1)

/* The first message, the rounds of the warm-up, and what is timed. */
#define PASSES_MAX (WARMUP_ROUNDS_MAX + 2)

/* What one consumer saw of one producer. */
struct view {
	uint64_t count;
	/* One more than the highest number seen. */
	uint64_t next;
	uint64_t mixed;
};

/* In memory that the parent and all workers share. Consumers write here only
 * after their last message: while they count, nothing is shared but the queue.
 */
struct log {
	/* Producers that have not sent all: of the first message, of each round
	 * of the warm-up, of the timed pass. */
	_Alignas(64) _Atomic uint32_t sending[PASSES_MAX];
	_Alignas(64) struct view view[WORKER_GROUP_MAX][WORKER_GROUP_MAX];
	/* Verification only: producers of consumer 0, of consumer 1 ... */
	struct tally tally[];
};

struct contenders {
	struct ipcm_queue *queue;
	struct log *log;
};

/* A process of the contenders. */
struct side {
	struct worker_context *worker;
	const struct task *task;
	const struct contenders *contenders;
	struct channel channel;
	unsigned char *message;
	/* Number among the producers, or among the consumers. */
	unsigned self;
};

static size_t log_bytes(const struct axes *axes)
{
	return sizeof(struct log) +
	       (size_t)axes->producers * axes->consumers * sizeof(struct tally);
}

static struct tally *log_tally(const struct task *task, struct log *log,
			       unsigned consumer, unsigned producer)
{
	return &log->tally[consumer * task->axes->producers + producer];
}

/* Which numbers of one producer are among the first `of` messages of all. */
static uint64_t share_of(const struct task *task, uint64_t of,
			 unsigned producer)
{
	return fair_part(of, task->axes->producers, producer);
}

/* Where the timed pass of a producer begins and ends; warm is how many
 * messages of all came before it. */
static uint64_t share_end(const struct task *task, uint64_t warm,
			  unsigned producer)
{
	return share_of(task, warm, producer) +
	       share_of(task, task->iterations, producer);
}

static struct side worker_begin(struct worker_context *worker, void *arg,
				unsigned self)
{
	const struct run_context *context = arg;
	const struct contenders *contenders = context->object;

	return (struct side){
		.worker = worker,
		.task = context->task,
		.contenders = contenders,
		.channel = {.queue = contenders->queue},
		.message =
			worker_buffer(worker, context->task->axes->size_bytes),
		.self = self,
	};
}

static void put(struct side *side, uint64_t seq)
{
	const char *failed = channel_put(&side->channel, side->message,
					 side->task->axes->size_bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(side->worker, "put", seq & NUMBER_MASK,
				   failed);
}

/* The last producer to be done ends the pass for all consumers. */
static void end_pass(struct side *side, unsigned pass)
{
	const struct task *task = side->task;

	/* acq_rel: only an order among the producers is wanted */
	if (atomic_fetch_sub_explicit(&side->contenders->log->sending[pass], 1,
				      memory_order_acq_rel) != 1)
		return;
	for (unsigned i = 0; i < task->axes->consumers; i++) {
		payload_mark(side->message, task->axes->size_bytes, SEQ_STOP);
		put(side, SEQ_STOP);
	}
}

static void send_share(struct side *side, uint64_t from, uint64_t to)
{
	const struct task *task = side->task;
	size_t bytes = task->axes->size_bytes;
	uint64_t producer = (uint64_t)side->self << PRODUCER_SHIFT;

	for (uint64_t number = from; number < to; number++) {
		if (task->verify)
			payload_fill(side->message, bytes, task->seed,
				     producer | number);
		else
			payload_mark(side->message, bytes, producer | number);
		put(side, producer | number);
		worker_progress(side->worker, number + 1);
	}
}

/* The share of a round of the warm-up, and its marks. */
static void send_round(struct side *side, const struct warmup *warm)
{
	send_share(side, share_of(side->task, warm->from, side->self),
		   share_of(side->task, warm->to, side->self));
	end_pass(side, warm->rounds);
}

static void produce(struct side *side)
{
	struct worker_context *worker = side->worker;
	struct warmup warm = warmup_begin(worker, side->task);
	uint64_t begin, end;

	send_round(side, &warm);
	while (warmup_goes_on(worker, &warm))
		send_round(side, &warm);
	begin = share_of(side->task, warm.to, side->self);
	end = share_end(side->task, warm.to, side->self);
	worker_start(worker);
	send_share(side, begin, end);
	worker->self->end_ns = clock_now();
	end_pass(side, warm.rounds + 1);
	worker_stop(worker, end - begin);
	worker_finish(worker);
}

static void producer(struct worker_context *worker, void *arg)
{
	struct side side = worker_begin(worker, arg, worker->index);

	if (side.task->verify) {
		send_share(&side, 0, share_end(side.task, 0, side.self));
		end_pass(&side, 0);
	} else {
		produce(&side);
	}
	ipcm_queue_free(side.contenders->queue);
}

/* @return the number with its producer, or SEQ_STOP */
static uint64_t get(struct side *side, uint64_t done)
{
	const char *failed = channel_get(&side->channel, side->message,
					 side->task->axes->size_bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(side->worker, "get", done, failed);
	return payload_seq(side->message);
}

_Noreturn static void bad_message(struct side *side, uint64_t seq,
				  const struct view *view)
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

/* Take and check until the mark comes. @return how many */
static uint64_t take_all(struct side *side, struct view *view)
{
	const struct axes *axes = side->task->axes;
	uint64_t done = 0, seq;

	while ((seq = get(side, done)) != SEQ_STOP) {
		uint64_t number = seq & NUMBER_MASK;
		uint64_t producer = seq >> PRODUCER_SHIFT;

		if (__builtin_expect(producer >= axes->producers, 0))
			bad_message(side, seq, NULL);
		if (__builtin_expect(number < view[producer].next ||
					     !payload_closed(side->message,
							     axes->size_bytes),
				     0))
			bad_message(side, seq, &view[producer]);
		view[producer].next = number + 1;
		view[producer].count++;
		view[producer].mixed += fair_mix(number);
		worker_progress(side->worker, ++done);
	}
	return done;
}

/* The same with every byte; faults are counted, not fatal. */
static void verify_all(struct side *side)
{
	const struct task *task = side->task;
	size_t bytes = task->axes->size_bytes;
	uint64_t done = 0, seq;

	for (unsigned i = 0; i < task->axes->producers; i++)
		tally_begin(
			log_tally(task, side->contenders->log, side->self, i),
			share_end(task, 0, i));
	while ((seq = get(side, done)) != SEQ_STOP) {
		uint64_t producer = seq >> PRODUCER_SHIFT;
		bool known = producer < task->axes->producers;
		struct tally *tally =
			log_tally(task, side->contenders->log, side->self,
				  known ? (unsigned)producer : 0);

		tally_note(tally, known ? seq & NUMBER_MASK : SEQ_STOP,
			   payload_intact(side->message, bytes, task->seed));
		worker_progress(side->worker, ++done);
	}
}

static void consume(struct side *side)
{
	struct worker_context *worker = side->worker;
	struct view view[WORKER_GROUP_MAX] = {0}, early[WORKER_GROUP_MAX] = {0};
	struct warmup warm = warmup_begin(worker, side->task);
	uint64_t taken;

	take_all(side, early);
	while (warmup_goes_on(worker, &warm))
		take_all(side, early);
	worker_start(worker);
	taken = take_all(side, view);
	worker->self->end_ns = clock_now();
	/* one of them; which one was last is seen afterwards */
	if (side->self == 0)
		worker->group->end_ns = worker->self->end_ns;
	worker_stop(worker, taken);
	memcpy(side->contenders->log->view[side->self], view, sizeof(view));
	worker_finish(worker);
}

static void consumer(struct worker_context *worker, void *arg)
{
	struct side side = worker_begin(worker, arg,
					worker->index - worker->group->firsts);

	if (side.task->verify)
		verify_all(&side);
	else
		consume(&side);
	ipcm_queue_free(side.contenders->queue);
}

/* Lay the tallies of all consumers over each other. */
static void merge_tallies(const struct task *task, struct log *log,
			  unsigned producer, struct tally *ret_all)
{
	tally_begin(ret_all, share_end(task, 0, producer));
	for (unsigned c = 0; c < task->axes->consumers; c++)
		tally_merge(ret_all, log_tally(task, log, c, producer));
}

static void judge_verified(const struct task *task, struct log *log,
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
static void judge_timed(const struct task *task, const struct log *log,
			struct verdict *verdict)
{
	for (unsigned producer = 0; producer < task->axes->producers;
	     producer++) {
		uint64_t warm = task->group->warmup.operations;
		uint64_t from = share_of(task, warm, producer);
		uint64_t to = share_end(task, warm, producer), count = 0,
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

static void contenders_numbers(const struct task *task, struct sample *sample)
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

static void contenders_run(const struct task *task,
			   struct contenders *contenders, struct sample *sample)
{
	const struct axes *axes = task->axes;
	struct run_context context = {task, contenders};
	struct workers workers = {producer, consumer, axes->producers,
				  axes->consumers};

	for (int pass = 0; pass < PASSES_MAX; pass++)
		atomic_init(&contenders->log->sending[pass], axes->producers);
	context_run_group(&context, &workers, sample);
	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	if (task->verify) {
		judge_verified(task, contenders->log, &sample->verdict);
		return;
	}
	judge_timed(task, contenders->log, &sample->verdict);
	contenders_numbers(task, sample);
	sample->value[METRIC_SPILLED] =
		(double)object_overflowed(contenders->queue);
}

static void mpmc_queue(const struct task *task, struct sample *ret_sample)
{
	size_t bytes = log_bytes(task->axes);
	struct contenders contenders = {
		object_queue(task, &ret_sample->verdict), NULL};

	if (!contenders.queue)
		return;
	contenders.log = shared_state_map(bytes, &ret_sample->verdict);
	if (contenders.log)
		contenders_run(task, &contenders, ret_sample);
	shared_state_unmap(contenders.log, bytes);
	ipcm_queue_free(contenders.queue);
}

static const struct sweep_point points[] = {
	{.producers = 1, .consumers = 1},
	{.producers = 2, .consumers = 2, .quick = true},
	{.producers = 4, .consumers = 1},
	{.producers = 1, .consumers = 4},
	{.producers = 4, .consumers = 4, .quick = true},
	{.producers = 8, .consumers = 8},
};

static const struct sweep numbers_of_processes = {SWEEP_POINTS(points),
						  .not_quick = SWEEP_ONE_FREE};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "mpmc", "N producers to M consumers, throughput",
	 METRIC_MESSAGES, mpmc_queue, 1, 1, .sizes = SIZES_64,
	 .sweep = &numbers_of_processes, .baselines = &baselines_stream,
	 .has_depth = true},
};

const struct scenario_table scenarios_mpmc = SCENARIO_TABLE(scenarios);
