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
 */
#include <errno.h>
#include <math.h>
#include <sys/prctl.h>
#include <time.h>

#include "objects.h"
#include "bench/loops/open_loop_stream.h"

#define SLEEP_FROM_NS (100 * 1000)
/* How often a sender that waits for the receipt looks at the receiver before
 * it gives the watch a chance: it must not spin for ever. */
#define RECEIPT_SPINS 1000

/* Wait until message seq has been received. A lost one must look like sleep to
 * the parent, not like work: after a while it is waited for asleep. */
static void await_receipt(struct worker_context *worker,
			  const struct task *task, uint64_t seq)
{
	const struct worker_state *receiver = &worker->group->worker[1];
	struct timespec nap = clock_timespec(NS_PER_MS);
	int64_t patience_ns = clock_now() + 100 * NS_PER_MS;

	/* acquire: it is read for its own sake, the order is that of the queue
	 */
	while (atomic_load_explicit(&receiver->progress,
				    memory_order_acquire) <= seq) {
		for (int i = 0; i < RECEIPT_SPINS; i++) {
			if (atomic_load_explicit(&receiver->progress,
						 memory_order_acquire) > seq)
				return;
			open_loop_pause(task);
		}
		if (clock_now() > patience_ns)
			nanosleep(&nap, NULL);
	}
}

static void wait_gap(int64_t gap_ns)
{
	int64_t until_ns = clock_now() + gap_ns;
	struct timespec until = clock_timespec(until_ns);

	if (gap_ns >= SLEEP_FROM_NS)
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
				       NULL) == EINTR)
			;
	while (clock_now() < until_ns)
		cpu_relax();
}

static void send_spaced(struct channel *channel, struct worker_context *worker,
			const struct task *task, unsigned char *message,
			uint64_t from, uint64_t to, int64_t gap_ns)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t seq = from; seq < to; seq++) {
		int64_t now_ns;

		if (gap_ns)
			wait_gap(gap_ns);
		now_ns = clock_now();
		open_loop_mark(message, bytes, seq, now_ns, now_ns);
		open_loop_send(channel, worker, message, bytes, seq);
		await_receipt(worker, task, seq);
	}
}

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	struct channel channel = {.queue = context->object};
	unsigned char *message = worker_buffer(worker, task->axes->size_bytes);
	struct warmup warm;

	/* else the kernel adds 50 us to every sleep */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (task->verify) {
		stream_verify_send(&channel_queue, &channel, worker, task,
				   message);
	} else {
		/* warm means memory and code: no pauses yet */
		warm = warmup_begin(worker, task);
		warmup_first_begins(worker);
		send_spaced(&channel, worker, task, message, 0, warm.to, 0);
		while (warmup_goes_on(worker, &warm))
			send_spaced(&channel, worker, task, message, warm.from,
				    warm.to, 0);
		worker_start(worker);
		send_spaced(&channel, worker, task, message, warm.to,
			    warm.to + task->iterations, task->axes->gap_ns);
		worker_stop(worker, task->iterations);
		worker_finish(worker);
	}
	ipcm_queue_free(channel.queue);
}

static void receive(struct channel *channel, struct worker_context *worker,
		    const struct task *task, unsigned char *buffer,
		    uint64_t from, uint64_t to, struct hist *hist)
{
	size_t bytes = task->axes->size_bytes;

	for (uint64_t seq = from; seq < to; seq++) {
		struct arrival arrival =
			open_loop_receive(channel, worker, buffer, bytes, seq);

		if (hist)
			hist_add(hist,
				 (uint64_t)(arrival.now_ns - arrival.sent_ns));
		worker->group->end_ns = arrival.now_ns;
		worker_progress(worker, seq + 1);
	}
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	struct channel channel = {.queue = context->object};
	unsigned char *buffer = worker_buffer(worker, task->axes->size_bytes);
	struct warmup warm;

	if (task->verify) {
		tally_begin(&worker->self->tally, task->iterations);
		stream_verify_receive(&channel_queue, &channel, worker, task,
				      buffer);
	} else {
		warm = warmup_begin(worker, task);
		receive(&channel, worker, task, buffer, 0, warm.to, NULL);
		warmup_first_ended(worker);
		while (warmup_goes_on(worker, &warm))
			receive(&channel, worker, task, buffer, warm.from,
				warm.to, NULL);
		worker_start(worker);
		receive(&channel, worker, task, buffer, warm.to,
			warm.to + task->iterations, &worker->group->trips);
		worker_stop(worker, task->iterations);
		worker_finish(worker);
	}
	ipcm_queue_free(channel.queue);
}

static void wake_latency_queue(const struct task *task,
			       struct sample *ret_sample)
{
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);
	struct run_context context = {task, queue};
	double *value = ret_sample->value;

	if (!queue)
		return;
	context_run(&context, sender, receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify) {
		open_loop_numbers(task, ret_sample);
		/* what the sender does while it waits is no cost of a message
		 */
		value[METRIC_CPU_SEND] = NAN;
		value[METRIC_USER_SEND] = value[METRIC_SYSTEM_SEND] = NAN;
		value[METRIC_VOLUNTARY] = value[METRIC_INVOLUNTARY] = NAN;
	}
	ipcm_queue_free(queue);
}

static const struct sweep_point points[] = {
	{.named = NAMES_GAP, .gap_ns = 0},
	{.named = NAMES_GAP, .gap_ns = 10000},
	{.named = NAMES_GAP, .gap_ns = 100000},
	{.named = NAMES_GAP, .gap_ns = NS_PER_MS, .quick = true},
	{.named = NAMES_GAP, .gap_ns = 10 * NS_PER_MS},
};

static const struct sweep gaps = {SWEEP_POINTS(points),
				  .not_quick = SWEEP_ONE_FREE,
				  .not_full = SWEEP_FREE};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "wake_latency", "one message after a pause, one way",
	 METRIC_LATENCY, wake_latency_queue, 1, 1, .sizes = SIZES_64,
	 .sweep = &gaps, .baselines = &baselines_latency,
	 .not_counted = not_counted_waits, .has_depth = true},
};

const struct scenario_table scenarios_wake_latency = SCENARIO_TABLE(scenarios);
