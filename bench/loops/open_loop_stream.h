/* SPDX-License-Identifier: MIT */
/*
 * Messages that carry times: when they were to be sent, and when they were.
 * All workers read one clock (CLOCK_MONOTONIC of the same machine), so the
 * receiver can say how long a message was on its way.
 */
#ifndef IPCMARK_BENCH_LOOPS_OPEN_LOOP_STREAM_H
#define IPCMARK_BENCH_LOOPS_OPEN_LOOP_STREAM_H

#include <sched.h>

#include "impls/core/sync/cpu_hints.h"
#include "stream.h"

/** Mark a message, of 32 bytes or more, and write its times behind the number
 *  and before the closing word. */
static inline void open_loop_mark(unsigned char *message, size_t bytes,
				  uint64_t seq, int64_t intended_ns,
				  int64_t sent_ns)
{
	payload_mark(message, bytes, seq);
	memcpy(message + 8, &intended_ns, sizeof(intended_ns));
	memcpy(message + 16, &sent_ns, sizeof(sent_ns));
}

/** A message that arrived. */
struct arrival {
	int64_t intended_ns;
	int64_t sent_ns;
	int64_t now_ns;
};

/** Let the other side run while this one waits for a time or for an answer: on
 *  a CPU of its own it spins, else it yields. */
static inline void open_loop_pause(const struct task *task)
{
	if (placement_is_apart(task->axes->placement))
		cpu_relax();
	else
		sched_yield();
}

/** Send one marked message. */
void open_loop_send(const struct channel_ops *ops, struct channel *channel,
		    struct worker_context *worker, unsigned char *message,
		    size_t bytes, uint64_t seq);

/** Receive message seq and check it; its times cannot lie in the future. */
struct arrival open_loop_receive(const struct channel_ops *ops,
				 struct channel *channel,
				 struct worker_context *worker,
				 unsigned char *buffer, size_t bytes,
				 uint64_t seq);

/** latency_ns and service_ns, with their means, of a sample that is OK. */
void open_loop_numbers(const struct task *task, struct sample *sample);

#endif
