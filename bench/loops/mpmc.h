/* SPDX-License-Identifier: MIT */
/*
 * N producers and M consumers over one object. Each message carries its
 * producer and its number there. Every consumer checks that the numbers of a
 * producer rise; what all consumers together saw of it must be everything it
 * sent, once: in a timed pass by count and by a sum of mixed numbers, in the
 * verification pass by the tallies, laid over each other.
 *
 * A pass ends with a mark for every consumer. Where the object keeps one order,
 * the producer that is done last sends one for each, and nothing comes after
 * it. Where each producer has its own way to each consumer, every producer
 * sends one on each way, and a consumer waits for as many.
 */
#ifndef IPCMARK_BENCH_LOOPS_MPMC_H
#define IPCMARK_BENCH_LOOPS_MPMC_H

#include <stdatomic.h>

#include "bench/stats/fairness.h"
#include "stream.h"

/* The high bits of a number name the producer. */
#define PRODUCER_SHIFT 48
#define NUMBER_MASK    ((UINT64_C(1) << PRODUCER_SHIFT) - 1)

/* The first message, the rounds of the warm-up, and what is timed. */
#define PASSES_MAX (WARMUP_ROUNDS_MAX + 2)

/** What one consumer saw of one producer. */
struct mpmc_view {
	uint64_t count;
	/** One more than the highest number seen. */
	uint64_t next;
	uint64_t mixed;
};

/** In memory that the parent and all workers share. Consumers write here only
 *  after their last message: while they count, nothing is shared but the
 *  object. */
struct mpmc_log {
	/** Producers that have not sent all: of the first message, of each
	 *  round of the warm-up, of the timed pass. */
	_Alignas(64) _Atomic uint32_t sending[PASSES_MAX];
	/** Every producer sends marks of its own. Never changes. */
	_Alignas(64) bool own_marks;
	struct mpmc_view view[WORKER_GROUP_MAX][WORKER_GROUP_MAX];
	/** Verification only: producers of consumer 0, of consumer 1 ... */
	struct tally tally[];
};

/** A process of the contenders. */
struct mpmc_side {
	struct worker_context *worker;
	const struct task *task;
	struct mpmc_log *log;
	struct channel *channel;
	unsigned char *message;
	/** Number among the producers, or among the consumers. */
	unsigned self;
};

/** Map and prepare it, before the fork. @return NULL after setting the verdict
 */
struct mpmc_log *mpmc_log_create(const struct task *task, bool own_marks,
				 struct verdict *verdict);
void mpmc_log_free(const struct task *task, struct mpmc_log *log);

/** All consumers together must have seen what each producer sent; then the
 *  numbers of a timed sample. */
void mpmc_judge(const struct task *task, struct mpmc_log *log,
		struct sample *sample);

/** A message that is damaged, or came out of order. */
_Noreturn void mpmc_bad_message(struct mpmc_side *side, uint64_t seq,
				const struct mpmc_view *view);

static inline struct tally *mpmc_tally(const struct task *task,
				       struct mpmc_log *log, unsigned consumer,
				       unsigned producer)
{
	return &log->tally[consumer * task->axes->producers + producer];
}

/** Which numbers of one producer are among the first `of` messages of all. */
static inline uint64_t mpmc_share(const struct task *task, uint64_t of,
				  unsigned producer)
{
	return fair_part(of, task->axes->producers, producer);
}

/** Where the timed pass of a producer ends; warm is how many messages of all
 *  came before it. */
static inline uint64_t mpmc_share_end(const struct task *task, uint64_t warm,
				      unsigned producer)
{
	return mpmc_share(task, warm, producer) +
	       mpmc_share(task, task->iterations, producer);
}

CHANNEL_INLINE void mpmc_put(const struct channel_ops *ops,
			     struct mpmc_side *side, uint64_t seq)
{
	const char *failed = ops->send(side->channel, side->message,
				       side->task->axes->size_bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(side->worker, "put", seq & NUMBER_MASK,
				   failed);
}

CHANNEL_INLINE void mpmc_end_pass(const struct channel_ops *ops,
				  struct mpmc_side *side, unsigned pass)
{
	const struct task *task = side->task;
	struct mpmc_log *log = side->log;

	/* acq_rel: only an order among the producers is wanted */
	if (!log->own_marks &&
	    atomic_fetch_sub_explicit(&log->sending[pass], 1,
				      memory_order_acq_rel) != 1)
		return;
	for (unsigned i = 0; i < task->axes->consumers; i++) {
		payload_mark(side->message, task->axes->size_bytes, SEQ_STOP);
		mpmc_put(ops, side, SEQ_STOP);
	}
}

CHANNEL_INLINE void mpmc_send(const struct channel_ops *ops,
			      struct mpmc_side *side, uint64_t from,
			      uint64_t to)
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
		mpmc_put(ops, side, producer | number);
		worker_progress(side->worker, number + 1);
	}
}

/* The share of a round of the warm-up, and its marks. */
CHANNEL_INLINE void mpmc_send_round(const struct channel_ops *ops,
				    struct mpmc_side *side,
				    const struct warmup *warm)
{
	mpmc_send(ops, side, mpmc_share(side->task, warm->from, side->self),
		  mpmc_share(side->task, warm->to, side->self));
	mpmc_end_pass(ops, side, warm->rounds);
}

CHANNEL_INLINE void mpmc_produce(const struct channel_ops *ops,
				 struct mpmc_side *side)
{
	struct worker_context *worker = side->worker;
	struct warmup warm = warmup_begin(worker, side->task);
	uint64_t begin, end;

	mpmc_send_round(ops, side, &warm);
	while (warmup_goes_on(worker, &warm))
		mpmc_send_round(ops, side, &warm);
	begin = mpmc_share(side->task, warm.to, side->self);
	end = mpmc_share_end(side->task, warm.to, side->self);
	worker_start(worker);
	mpmc_send(ops, side, begin, end);
	worker->self->end_ns = clock_now();
	mpmc_end_pass(ops, side, warm.rounds + 1);
	worker_stop(worker, end - begin);
	worker_finish(worker);
}

/** @param self its number among those of its side */
CHANNEL_INLINE struct mpmc_side mpmc_side_of(struct channel *channel,
					     struct worker_context *worker,
					     const struct task *task,
					     struct mpmc_log *log,
					     unsigned self)
{
	return (struct mpmc_side){
		.worker = worker,
		.task = task,
		.log = log,
		.channel = channel,
		.message = worker_buffer(worker, task->axes->size_bytes),
		.self = self,
	};
}

/** The life of a producer: returns when the sample is over. */
CHANNEL_INLINE void mpmc_producer(const struct channel_ops *ops,
				  struct channel *channel,
				  struct worker_context *worker,
				  const struct task *task, struct mpmc_log *log)
{
	struct mpmc_side side =
		mpmc_side_of(channel, worker, task, log, worker->index);

	if (!task->verify) {
		mpmc_produce(ops, &side);
		return;
	}
	mpmc_send(ops, &side, 0, mpmc_share_end(task, 0, side.self));
	mpmc_end_pass(ops, &side, 0);
}

/* @return the number with its producer, or SEQ_STOP for the last mark */
CHANNEL_INLINE uint64_t mpmc_get(const struct channel_ops *ops,
				 struct mpmc_side *side, uint64_t done,
				 unsigned *marks)
{
	const char *failed;
	uint64_t seq;

	do {
		failed = ops->receive(side->channel, side->message,
				      side->task->axes->size_bytes);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(side->worker, "get", done, failed);
		seq = payload_seq(side->message);
	} while (__builtin_expect(seq == SEQ_STOP, 0) && --*marks > 0);
	return seq;
}

static inline unsigned mpmc_marks(const struct mpmc_side *side)
{
	return side->log->own_marks ? side->task->axes->producers : 1;
}

/* Take and check until the mark comes. @return how many */
CHANNEL_INLINE uint64_t mpmc_take(const struct channel_ops *ops,
				  struct mpmc_side *side,
				  struct mpmc_view *view)
{
	const struct axes *axes = side->task->axes;
	unsigned marks = mpmc_marks(side);
	uint64_t done = 0, seq;

	while ((seq = mpmc_get(ops, side, done, &marks)) != SEQ_STOP) {
		uint64_t number = seq & NUMBER_MASK;
		uint64_t producer = seq >> PRODUCER_SHIFT;

		if (__builtin_expect(producer >= axes->producers, 0))
			mpmc_bad_message(side, seq, NULL);
		if (__builtin_expect(number < view[producer].next ||
					     !payload_closed(side->message,
							     axes->size_bytes),
				     0))
			mpmc_bad_message(side, seq, &view[producer]);
		view[producer].next = number + 1;
		view[producer].count++;
		view[producer].mixed += fair_mix(number);
		worker_progress(side->worker, ++done);
	}
	return done;
}

/* The same with every byte; faults are counted, not fatal. */
CHANNEL_INLINE void mpmc_verify(const struct channel_ops *ops,
				struct mpmc_side *side)
{
	const struct task *task = side->task;
	size_t bytes = task->axes->size_bytes;
	unsigned marks = mpmc_marks(side);
	uint64_t done = 0, seq;

	for (unsigned i = 0; i < task->axes->producers; i++)
		tally_begin(mpmc_tally(task, side->log, side->self, i),
			    mpmc_share_end(task, 0, i));
	while ((seq = mpmc_get(ops, side, done, &marks)) != SEQ_STOP) {
		uint64_t producer = seq >> PRODUCER_SHIFT;
		bool known = producer < task->axes->producers;
		struct tally *tally =
			mpmc_tally(task, side->log, side->self,
				   known ? (unsigned)producer : 0);

		tally_note(tally, known ? seq & NUMBER_MASK : SEQ_STOP,
			   payload_intact(side->message, bytes, task->seed));
		worker_progress(side->worker, ++done);
	}
}

CHANNEL_INLINE void mpmc_consume(const struct channel_ops *ops,
				 struct mpmc_side *side)
{
	struct worker_context *worker = side->worker;
	struct mpmc_view view[WORKER_GROUP_MAX] = {0};
	struct mpmc_view early[WORKER_GROUP_MAX] = {0};
	struct warmup warm = warmup_begin(worker, side->task);
	uint64_t taken;

	mpmc_take(ops, side, early);
	while (warmup_goes_on(worker, &warm))
		mpmc_take(ops, side, early);
	worker_start(worker);
	taken = mpmc_take(ops, side, view);
	worker->self->end_ns = clock_now();
	/* one of them; which one was last is seen afterwards */
	if (side->self == 0)
		worker->group->end_ns = worker->self->end_ns;
	worker_stop(worker, taken);
	memcpy(side->log->view[side->self], view, sizeof(view));
	worker_finish(worker);
}

/** The life of a consumer. */
CHANNEL_INLINE void mpmc_consumer(const struct channel_ops *ops,
				  struct channel *channel,
				  struct worker_context *worker,
				  const struct task *task, struct mpmc_log *log)
{
	struct mpmc_side side =
		mpmc_side_of(channel, worker, task, log,
			     worker->index - worker->group->firsts);

	if (task->verify)
		mpmc_verify(ops, &side);
	else
		mpmc_consume(ops, &side);
}

#endif
