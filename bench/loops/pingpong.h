/* SPDX-License-Identifier: MIT */
/*
 * There and back: the leader sends, the other answers with a message of its
 * own that carries the same number. Every trip is timed by the clock; the
 * reading that ends one trip begins the next, so a trip includes one reading,
 * the check of the answer and the entry into the histogram (about 30 ns).
 *
 * Trips close to the clock's resolution are timed once more in blocks without
 * readings inside; the median block counts.
 */
#ifndef IPCMARK_BENCH_LOOPS_PINGPONG_H
#define IPCMARK_BENCH_LOOPS_PINGPONG_H

#include "stream.h"

/** Block timing is added when a trip takes less than this on average. */
#define PINGPONG_BLOCK_BELOW_NS 2000
/** Trips of a block: long against the steps of the clock, short against the
 *  time between two interruptions. */
#define PINGPONG_A_BLOCK    64
#define PINGPONG_BLOCKS_MAX 2000

/* "That was all" in words, for messages too small to say it: every trip has
 * been answered when the leader sets it, so the next message is the last. */
static inline void pingpong_end(struct worker_context *worker)
{
	atomic_store_explicit(&worker->group->pingpong_over, 1,
			      memory_order_release);
}

static inline bool pingpong_over(const struct worker_context *worker)
{
	return atomic_load_explicit(&worker->group->pingpong_over,
				    memory_order_acquire);
}

CHANNEL_INLINE void trip_send(const struct channel_ops *ops,
			      struct channel *channel,
			      struct worker_context *worker,
			      unsigned char *message, size_t bytes,
			      uint64_t seq)
{
	const char *failed;

	payload_mark(message, bytes, seq);
	failed = ops->send(channel, message, bytes);
	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(worker, "send", seq, failed);
}

CHANNEL_INLINE void trip_receive(const struct channel_ops *ops,
				 struct channel *channel,
				 struct worker_context *worker,
				 unsigned char *buffer, size_t bytes,
				 uint64_t seq)
{
	const char *failed = ops->receive(channel, buffer, bytes);

	if (__builtin_expect(failed != NULL, 0))
		stream_call_failed(worker, "receive", seq, failed);
	if (__builtin_expect(!payload_marked(buffer, bytes, seq), 0))
		stream_mismatch(worker, buffer, bytes, seq);
}

CHANNEL_INLINE void pingpong_lead(const struct channel_ops *ops,
				  struct channel *out, struct channel *in,
				  struct worker_context *worker,
				  unsigned char *buffer[2], size_t bytes,
				  uint64_t from, uint64_t to, struct hist *hist)
{
	int64_t before = clock_now();

	for (uint64_t seq = from; seq < to; seq++) {
		int64_t now;

		trip_send(ops, out, worker, buffer[0], bytes, seq);
		trip_receive(ops, in, worker, buffer[1], bytes, seq);
		if (hist) {
			now = clock_now();
			hist_add(hist, (uint64_t)(now - before));
			before = now;
		}
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void pingpong_blocks(const struct channel_ops *ops,
				    struct channel *out, struct channel *in,
				    struct worker_context *worker,
				    unsigned char *buffer[2],
				    const struct task *task, uint64_t from)
{
	uint64_t blocks = task->iterations / PINGPONG_A_BLOCK + 1;

	if (blocks > PINGPONG_BLOCKS_MAX)
		blocks = PINGPONG_BLOCKS_MAX;
	for (uint64_t i = 0; i < blocks; i++, from += PINGPONG_A_BLOCK) {
		int64_t begin = clock_now();

		pingpong_lead(ops, out, in, worker, buffer,
			      task->axes->size_bytes, from,
			      from + PINGPONG_A_BLOCK, NULL);
		hist_add(&worker->group->blocks,
			 (uint64_t)(clock_now() - begin));
	}
}

/** The leader's timed part: trips one by one, then blocks if they are
 *  short. */
CHANNEL_INLINE void pingpong_timed(const struct channel_ops *ops,
				   struct channel *out, struct channel *in,
				   struct worker_context *worker,
				   unsigned char *buffer[2],
				   const struct task *task, uint64_t from)
{
	struct worker_group *group = worker->group;
	uint64_t next = from + task->iterations;

	pingpong_lead(ops, out, in, worker, buffer, task->axes->size_bytes,
		      from, next, &group->trips);
	group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
	if (group->end_ns - group->start_ns <
	    (int64_t)task->iterations * PINGPONG_BLOCK_BELOW_NS)
		pingpong_blocks(ops, out, in, worker, buffer, task, next);
}

/* Comparing every byte, both ways; or of one process that gets back what it
 * put (self_loop.c). */
CHANNEL_INLINE void pingpong_verify_lead(const struct channel_ops *ops,
					 struct channel *out,
					 struct channel *in,
					 struct worker_context *worker,
					 unsigned char *buffer[2],
					 const struct task *task)
{
	size_t bytes = task->axes->size_bytes;

	tally_begin(&worker->self->tally, task->iterations);
	for (uint64_t seq = 0; seq < task->iterations; seq++) {
		const char *failed;

		payload_fill(buffer[0], bytes, task->seed, seq);
		failed = ops->send(out, buffer[0], bytes);
		if (!failed)
			failed = ops->receive(in, buffer[1], bytes);
		if (failed)
			stream_call_failed(worker, "trip", seq, failed);
		tally_take(&worker->self->tally, buffer[1], bytes, task->seed);
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void pingpong_verify_answer(const struct channel_ops *ops,
					   struct channel *out,
					   struct channel *in,
					   struct worker_context *worker,
					   unsigned char *buffer[2],
					   const struct task *task)
{
	size_t bytes = task->axes->size_bytes;

	tally_begin(&worker->self->tally, task->iterations);
	for (uint64_t i = 0; i < task->iterations; i++) {
		const char *failed = ops->receive(in, buffer[1], bytes);
		uint64_t seq = payload_number(buffer[1], bytes, i);

		if (failed)
			stream_call_failed(worker, "receive", i, failed);
		tally_take(&worker->self->tally, buffer[1], bytes, task->seed);
		payload_fill(buffer[0], bytes, task->seed, seq);
		failed = ops->send(out, buffer[0], bytes);
		if (failed)
			stream_call_failed(worker, "send", i, failed);
		worker_progress(worker, i + 1);
	}
}

CHANNEL_INLINE void pingpong_leader(const struct channel_ops *ops,
				    struct channel *out, struct channel *in,
				    struct worker_context *worker,
				    const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer[2] = {worker_buffer(worker, bytes),
				    worker_buffer(worker, bytes)};
	struct warmup warm;

	if (task->verify) {
		pingpong_verify_lead(ops, out, in, worker, buffer, task);
		return;
	}
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	pingpong_lead(ops, out, in, worker, buffer, bytes, 0, warm.to, NULL);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		pingpong_lead(ops, out, in, worker, buffer, bytes, warm.from,
			      warm.to, NULL);
	worker_start(worker);
	pingpong_timed(ops, out, in, worker, buffer, task, warm.to);
	pingpong_end(worker);
	trip_send(ops, out, worker, buffer[0], bytes, SEQ_STOP);
	worker_finish(worker);
}

CHANNEL_INLINE void pingpong_answer(const struct channel_ops *ops,
				    struct channel *out, struct channel *in,
				    struct worker_context *worker,
				    unsigned char *buffer[2], size_t bytes,
				    uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		trip_receive(ops, in, worker, buffer[1], bytes, seq);
		trip_send(ops, out, worker, buffer[0], bytes, seq);
		worker_progress(worker, seq + 1);
	}
}

/** Answer until the leader says that it was all. @return the next number */
CHANNEL_INLINE uint64_t pingpong_answer_all(const struct channel_ops *ops,
					    struct channel *out,
					    struct channel *in,
					    struct worker_context *worker,
					    unsigned char *buffer[2],
					    size_t bytes, uint64_t seq)
{
	for (;; seq++) {
		const char *failed = ops->receive(in, buffer[1], bytes);

		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "receive", seq, failed);
		if (bytes < PAYLOAD_WHOLE_BYTES && pingpong_over(worker))
			return seq;
		if (!payload_marked(buffer[1], bytes, seq)) {
			if (payload_marked(buffer[1], bytes, SEQ_STOP))
				return seq;
			stream_mismatch(worker, buffer[1], bytes, seq);
		}
		trip_send(ops, out, worker, buffer[0], bytes, seq);
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void pingpong_answerer(const struct channel_ops *ops,
				      struct channel *out, struct channel *in,
				      struct worker_context *worker,
				      const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer[2] = {worker_buffer(worker, bytes),
				    worker_buffer(worker, bytes)};
	struct warmup warm;
	uint64_t next;

	if (task->verify) {
		pingpong_verify_answer(ops, out, in, worker, buffer, task);
		return;
	}
	warm = warmup_begin(worker, task);
	pingpong_answer(ops, out, in, worker, buffer, bytes, 0, warm.to);
	while (warmup_goes_on(worker, &warm))
		pingpong_answer(ops, out, in, worker, buffer, bytes, warm.from,
				warm.to);
	worker_start(worker);
	next = pingpong_answer_all(ops, out, in, worker, buffer, bytes,
				   warm.to);
	worker_stop(worker, next - warm.to);
	worker_finish(worker);
}

/** Round-trip numbers of a sample that is OK; the histogram stays in the
 *  group. */
void pingpong_times(const struct task *task, struct sample *sample);

#endif
