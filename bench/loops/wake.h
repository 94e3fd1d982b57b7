/* SPDX-License-Identifier: MIT */
/*
 * A message after a pause. Both sides have nothing to do for a while, then one
 * message goes one way; its latency is read from the time it carries. The
 * sender goes on only when it has seen the receipt, so a message never meets
 * another one; the receipt is the receiver's progress, no message.
 *
 * Pauses of 100 us and more are slept, shorter ones are waited out, because a
 * sleep takes about 60 us by itself. With no pause the receiver is as warm as
 * it gets, and may still be on its way to sleep.
 *
 * Not inlined, as other loops are: a wake-up is long against a call.
 */
#ifndef IPCMARK_BENCH_LOOPS_WAKE_H
#define IPCMARK_BENCH_LOOPS_WAKE_H

#include "stream.h"

/** Both return when the sample is over, timed or verified. */
void wake_sender(const struct channel_ops *ops, struct channel *channel,
		 struct worker_context *worker, const struct task *task);
void wake_receiver(const struct channel_ops *ops, struct channel *channel,
		   struct worker_context *worker, const struct task *task);

/** latency_ns with its mean, of a sample that is OK. */
void wake_numbers(const struct task *task, struct sample *sample);

#endif
