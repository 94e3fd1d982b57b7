/* SPDX-License-Identifier: MIT */
/*
 * One way, in place: the sender writes every word of a message where the
 * receiver reads every word of it, and no message is copied. Written once for
 * all memory that two processes share, and inlined, as stream.h is.
 *
 * In a timed pass each word follows from the message's number and its place;
 * the receiver adds all of them up and compares the sum, the first and the
 * last. In a verification pass every byte is compared.
 */
#ifndef IPCMARK_BENCH_LOOPS_IN_PLACE_H
#define IPCMARK_BENCH_LOOPS_IN_PLACE_H

#include "stream.h"

/** Room for a message, and a message, in memory that both sides see. Each call
 *  waits as long as it takes, and returns NULL or a text. */
struct in_place_ops {
	const char *(*reserve)(struct channel *channel, size_t bytes,
			       void **ret_room);
	const char *(*commit)(struct channel *channel, size_t bytes);
	const char *(*peek)(struct channel *channel, size_t bytes,
			    const void **ret_message);
	const char *(*release)(struct channel *channel);
};

/** Two neighbouring words differ by this much. */
#define IN_PLACE_STEP UINT64_C(0x9e3779b97f4a7c15)

/** Two words: what a store of any x86-64 or arm64 takes. */
typedef uint64_t in_place_words
	__attribute__((vector_size(16), aligned(8), may_alias));

/** Whole words; what is left over is only in the verification pass. */
static inline size_t in_place_count(size_t bytes)
{
	return bytes / sizeof(uint64_t);
}

CHANNEL_INLINE void in_place_write(void *room, size_t bytes, uint64_t seq)
{
	in_place_words *to = room;
	in_place_words value = {seq, seq + IN_PLACE_STEP};
	const in_place_words step = {2 * IN_PLACE_STEP, 2 * IN_PLACE_STEP};
	size_t pairs = in_place_count(bytes) / 2;

	for (size_t i = 0; i < pairs; i++) {
		to[i] = value;
		value += step;
	}
	if (in_place_count(bytes) % 2)
		memcpy(to + pairs, &value, sizeof(uint64_t));
}

/** What the words of a message come to. */
static inline uint64_t in_place_sum(size_t bytes, uint64_t seq)
{
	uint64_t n = in_place_count(bytes);

	return n * seq + IN_PLACE_STEP * (n * (n - 1) / 2);
}

/** Is it message seq, to the last word? */
CHANNEL_INLINE bool in_place_read(const void *message, size_t bytes,
				  uint64_t seq)
{
	const in_place_words *from = message;
	size_t count = in_place_count(bytes), pairs = count / 2, i = 0;
	in_place_words sum[4] = {{0}};
	uint64_t rest = 0, last;

	for (; i + 4 <= pairs; i += 4)
		for (size_t k = 0; k < 4; k++)
			sum[k] += from[i + k];
	for (; i < pairs; i++)
		sum[0] += from[i];
	if (count % 2)
		memcpy(&rest, from + pairs, sizeof(rest));
	sum[0] += sum[1] + sum[2] + sum[3];
	memcpy(&last, (const unsigned char *)message + 8 * (count - 1),
	       sizeof(last));
	return payload_seq(message) == seq &&
	       last == seq + (count - 1) * IN_PLACE_STEP &&
	       sum[0][0] + sum[0][1] + rest == in_place_sum(bytes, seq);
}

/** What was read is not what was written. */
_Noreturn void in_place_mismatch(struct worker_context *worker, uint64_t seq);

CHANNEL_INLINE void in_place_send(const struct in_place_ops *ops,
				  struct channel *channel,
				  struct worker_context *worker,
				  const struct task *task, uint64_t from,
				  uint64_t to)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t seq = from; seq < to; seq++) {
		const char *failed;
		void *room;

		failed = ops->reserve(channel, bytes, &room);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "reserve", seq, failed);
		if (task->verify)
			payload_fill(room, bytes, task->seed, seq);
		else
			in_place_write(room, bytes, seq);
		failed = ops->commit(channel, bytes);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "commit", seq, failed);
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void in_place_receive(const struct in_place_ops *ops,
				     struct channel *channel,
				     struct worker_context *worker,
				     const struct task *task, uint64_t from,
				     uint64_t to)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t seq = from; seq < to; seq++) {
		const char *failed;
		const void *message;

		failed = ops->peek(channel, bytes, &message);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "peek", seq, failed);
		if (task->verify)
			tally_take(&worker->self->tally, message, bytes,
				   task->seed);
		else if (__builtin_expect(!in_place_read(message, bytes, seq),
					  0))
			in_place_mismatch(worker, seq);
		failed = ops->release(channel);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "release", seq, failed);
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void in_place_sender(const struct in_place_ops *ops,
				    struct channel *channel,
				    struct worker_context *worker,
				    const struct task *task)
{
	struct warmup warm;

	if (task->verify) {
		in_place_send(ops, channel, worker, task, 0, task->iterations);
		return;
	}
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	in_place_send(ops, channel, worker, task, warm.from, warm.to);
	while (warmup_goes_on(worker, &warm))
		in_place_send(ops, channel, worker, task, warm.from, warm.to);
	worker_start(worker);
	in_place_send(ops, channel, worker, task, warm.to,
		      warm.to + task->iterations);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

CHANNEL_INLINE void in_place_receiver(const struct in_place_ops *ops,
				      struct channel *channel,
				      struct worker_context *worker,
				      const struct task *task)
{
	struct warmup warm;

	if (task->verify) {
		tally_begin(&worker->self->tally, task->iterations);
		in_place_receive(ops, channel, worker, task, 0,
				 task->iterations);
		return;
	}
	warm = warmup_begin(worker, task);
	in_place_receive(ops, channel, worker, task, warm.from, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		in_place_receive(ops, channel, worker, task, warm.from,
				 warm.to);
	worker_start(worker);
	in_place_receive(ops, channel, worker, task, warm.to,
			 warm.to + task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

#endif
