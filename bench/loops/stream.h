/* SPDX-License-Identifier: MIT */
/*
 * One way: one process sends, another receives and proves. The clock runs from
 * the meeting before the first message to the last verified receipt.
 */
#ifndef IPCMARK_BENCH_LOOPS_STREAM_H
#define IPCMARK_BENCH_LOOPS_STREAM_H

#include "bench/workers/worker_context.h"
#include "bench/workers/run_context.h"
#include "warmup.h"
#include "channel.h"

/** A call on the object failed. */
_Noreturn void stream_call_failed(struct worker_context *worker,
				  const char *call, uint64_t seq,
				  const char *text);

/** The message that arrived is not the one expected. */
_Noreturn void stream_mismatch(struct worker_context *worker,
			       const unsigned char *message, size_t bytes,
			       uint64_t seq);

CHANNEL_INLINE void stream_send(const struct channel_ops *ops,
				struct channel *channel,
				struct worker_context *worker,
				unsigned char *message, size_t bytes,
				uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		const char *failed;

		payload_mark(message, bytes, seq);
		failed = ops->send(channel, message, bytes);
		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "send", seq, failed);
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void stream_receive(const struct channel_ops *ops,
				   struct channel *channel,
				   struct worker_context *worker,
				   unsigned char *buffer, size_t bytes,
				   uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		const char *failed = ops->receive(channel, buffer, bytes);

		if (__builtin_expect(failed != NULL, 0))
			stream_call_failed(worker, "receive", seq, failed);
		if (__builtin_expect(!payload_marked(buffer, bytes, seq), 0))
			stream_mismatch(worker, buffer, bytes, seq);
		worker_progress(worker, seq + 1);
	}
}

CHANNEL_INLINE void stream_verify_send(const struct channel_ops *ops,
				       struct channel *channel,
				       struct worker_context *worker,
				       const struct task *task,
				       unsigned char *message)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t seq = 0; seq < task->iterations; seq++) {
		const char *failed;

		payload_fill(message, bytes, task->seed, seq);
		failed = ops->send(channel, message, bytes);
		if (failed)
			stream_call_failed(worker, "send", seq, failed);
		worker_progress(worker, seq + 1);
	}
}

/* Goes on after a fault, so that the tally tells all of them. If messages were
 * lost it waits for ever, and the parent sees that nothing moves. */
CHANNEL_INLINE void stream_verify_receive(const struct channel_ops *ops,
					  struct channel *channel,
					  struct worker_context *worker,
					  const struct task *task,
					  unsigned char *buffer)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t i = 0; i < task->iterations; i++) {
		const char *failed = ops->receive(channel, buffer, bytes);

		if (failed)
			stream_call_failed(worker, "receive", i, failed);
		tally_take(&worker->self->tally, buffer, bytes, task->seed);
		worker_progress(worker, i + 1);
	}
}

CHANNEL_INLINE void stream_sender(const struct channel_ops *ops,
				  struct channel *channel,
				  struct worker_context *worker,
				  const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *message = worker_buffer(worker, bytes);
	struct warmup warm;

	if (task->verify) {
		stream_verify_send(ops, channel, worker, task, message);
		return;
	}
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	stream_send(ops, channel, worker, message, bytes, warm.from, warm.to);
	while (warmup_goes_on(worker, &warm))
		stream_send(ops, channel, worker, message, bytes, warm.from,
			    warm.to);
	worker_start(worker);
	stream_send(ops, channel, worker, message, bytes, warm.to,
		    warm.to + task->iterations);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

CHANNEL_INLINE void stream_receiver(const struct channel_ops *ops,
				    struct channel *channel,
				    struct worker_context *worker,
				    const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer = worker_buffer(worker, bytes);
	struct warmup warm;

	if (task->verify) {
		tally_begin(&worker->self->tally, task->iterations);
		stream_verify_receive(ops, channel, worker, task, buffer);
		return;
	}
	warm = warmup_begin(worker, task);
	stream_receive(ops, channel, worker, buffer, bytes, warm.from, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		stream_receive(ops, channel, worker, buffer, bytes, warm.from,
			       warm.to);
	worker_start(worker);
	stream_receive(ops, channel, worker, buffer, bytes, warm.to,
		       warm.to + task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

/** messages/s and MiB/s of a sample that is OK. */
void stream_rates(const struct task *task, struct sample *sample);

#endif
