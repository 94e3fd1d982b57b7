/* SPDX-License-Identifier: MIT */
/*
 * One process sends a message and receives it, over and over, on any channel.
 * Written once, inlined as the loops of stream.h are.
 */
#ifndef IPCMARK_BENCH_LOOPS_SELF_LOOP_H
#define IPCMARK_BENCH_LOOPS_SELF_LOOP_H

#include "pingpong.h"

CHANNEL_INLINE void self_loop_loop(const struct channel_ops *ops,
				   struct channel *out, struct channel *in,
				   struct worker_context *worker,
				   unsigned char *buffer[2], size_t bytes,
				   uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		stream_send(ops, out, worker, buffer[0], bytes, seq, seq + 1);
		stream_receive(ops, in, worker, buffer[1], bytes, seq, seq + 1);
	}
}

CHANNEL_INLINE void self_loop_run(const struct channel_ops *ops,
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
	self_loop_loop(ops, out, in, worker, buffer, bytes, 0, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		self_loop_loop(ops, out, in, worker, buffer, bytes, warm.from,
			       warm.to);
	worker_start(worker);
	self_loop_loop(ops, out, in, worker, buffer, bytes, warm.to,
		       warm.to + task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
}

/** Numbers of a sample that is OK: of a pair, and the rate. */
void self_loop_numbers(const struct task *task, struct sample *sample);

#endif
