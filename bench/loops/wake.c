/* SPDX-License-Identifier: MIT */
/* The loops of wake.h. */
#include "wake.h"

#include <errno.h>
#include <math.h>
#include <sys/prctl.h>
#include <time.h>

#include "open_loop_stream.h"

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

/* What a side of the pair works with. */
struct side {
	const struct channel_ops *ops;
	struct channel *channel;
	struct worker_context *worker;
	const struct task *task;
	unsigned char *message;
};

static void send_spaced(const struct side *side, uint64_t from, uint64_t to,
			int64_t gap_ns)
{
	size_t bytes = side->task->axes->size_bytes;

	for (uint64_t seq = from; seq < to; seq++) {
		int64_t now_ns;

		if (gap_ns)
			wait_gap(gap_ns);
		now_ns = clock_now();
		open_loop_mark(side->message, bytes, seq, now_ns, now_ns);
		open_loop_send(side->ops, side->channel, side->worker,
			       side->message, bytes, seq);
		await_receipt(side->worker, side->task, seq);
	}
}

void wake_sender(const struct channel_ops *ops, struct channel *channel,
		 struct worker_context *worker, const struct task *task)
{
	struct side side = {ops, channel, worker, task,
			    worker_buffer(worker, task->axes->size_bytes)};
	struct warmup warm;

	/* else the kernel adds 50 us to every sleep */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (task->verify) {
		stream_verify_send(ops, channel, worker, task, side.message);
		return;
	}
	/* warm means memory and code: no pauses yet */
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	send_spaced(&side, 0, warm.to, 0);
	while (warmup_goes_on(worker, &warm))
		send_spaced(&side, warm.from, warm.to, 0);
	worker_start(worker);
	send_spaced(&side, warm.to, warm.to + task->iterations,
		    task->axes->gap_ns);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

static void receive(const struct side *side, uint64_t from, uint64_t to,
		    struct hist *hist)
{
	size_t bytes = side->task->axes->size_bytes;

	for (uint64_t seq = from; seq < to; seq++) {
		struct arrival arrival = open_loop_receive(
			side->ops, side->channel, side->worker, side->message,
			bytes, seq);

		if (hist)
			hist_add(hist,
				 (uint64_t)(arrival.now_ns - arrival.sent_ns));
		side->worker->group->end_ns = arrival.now_ns;
		worker_progress(side->worker, seq + 1);
	}
}

void wake_receiver(const struct channel_ops *ops, struct channel *channel,
		   struct worker_context *worker, const struct task *task)
{
	struct side side = {ops, channel, worker, task,
			    worker_buffer(worker, task->axes->size_bytes)};
	struct warmup warm;

	if (task->verify) {
		tally_begin(&worker->self->tally, task->iterations);
		stream_verify_receive(ops, channel, worker, task, side.message);
		return;
	}
	warm = warmup_begin(worker, task);
	receive(&side, 0, warm.to, NULL);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		receive(&side, warm.from, warm.to, NULL);
	worker_start(worker);
	receive(&side, warm.to, warm.to + task->iterations,
		&worker->group->trips);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

void wake_numbers(const struct task *task, struct sample *sample)
{
	double *value = sample->value;

	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	open_loop_numbers(task, sample);
	/* what the sender does while it waits is no cost of a message */
	value[METRIC_CPU_SEND] = NAN;
	value[METRIC_USER_SEND] = value[METRIC_SYSTEM_SEND] = NAN;
	value[METRIC_VOLUNTARY] = value[METRIC_INVOLUNTARY] = NAN;
}
