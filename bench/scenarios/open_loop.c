/* SPDX-License-Identifier: MIT */
/*
 * Open loop: messages are due at fixed times, whether the line keeps up or
 * not. The times follow from the capacity, measured by flooding the line in the
 * same sample just before. A sender that is late sends at once; latency counts
 * from when the message was due, so a stall is seen by every message it held
 * up (a closed loop would count it once). Service latency counts from the
 * actual sending.
 *
 * The flood reads the clock and fills histograms as the timed part does, so
 * that 100 % is what this loop can carry, not what a cheaper one could.
 */
#include <math.h>

#include "objects.h"
#include "bench/loops/open_loop_stream.h"

/* Long against the steps of the scheduler, short against a repetition. */
#define FLOOD_NS    (20 * NS_PER_MS)
#define FLOOD_LEAST 16

/* One end of the line. */
struct runner_end {
	struct channel channel;
	struct worker_context *worker;
	const struct task *task;
	unsigned char *message;
};

static struct runner_end end_begin(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	return (struct runner_end){
		.channel = {.queue = context->object},
		.worker = worker,
		.task = context->task,
		.message =
			worker_buffer(worker, context->task->axes->size_bytes),
	};
}

static void send_at(struct runner_end *end, uint64_t seq, int64_t due_ns,
		    int64_t now_ns)
{
	size_t bytes = end->task->axes->size_bytes;

	open_loop_mark(end->message, bytes, seq, due_ns, now_ns);
	open_loop_send(&channel_queue, &end->channel, end->worker, end->message,
		       bytes, seq);
}

/* Send a round of the warm-up as fast as it goes. */
static void send_round(struct runner_end *end, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		int64_t now_ns = clock_now();

		send_at(end, seq, now_ns, now_ns);
	}
}

/* Send as fast as it goes, then the mark. @return the next number */
static uint64_t flood(struct runner_end *end, uint64_t seq)
{
	int64_t now_ns = clock_now(), until_ns = now_ns + FLOOD_NS;

	/* one interval between two is the least that has a rate */
	for (uint64_t sent = 0; sent < FLOOD_LEAST || now_ns < until_ns;
	     sent++) {
		now_ns = clock_now();
		send_at(end, seq++, now_ns, now_ns);
	}
	send_at(end, SEQ_STOP, now_ns, now_ns);
	return seq;
}

/* Send on time, or as soon as possible. */
static void send_open_loop(struct runner_end *end, uint64_t seq)
{
	const struct task *task = end->task;
	double offered_per_s = end->worker->group->capacity_per_s *
			       task->axes->load_percent / 100;
	double step_ns = (double)NS_PER_S / offered_per_s;
	int64_t begin_ns = clock_now();

	for (uint64_t i = 0; i < task->iterations; i++) {
		int64_t due_ns = begin_ns + (int64_t)((double)i * step_ns);
		int64_t now_ns = clock_now();

		while (now_ns < due_ns) {
			open_loop_pause(task);
			now_ns = clock_now();
		}
		send_at(end, seq + i, due_ns, now_ns);
	}
}

static void sender(struct worker_context *worker, void *arg)
{
	struct runner_end end = end_begin(worker, arg);
	struct warmup warm;
	uint64_t seq;

	if (end.task->verify) {
		stream_verify_send(&channel_queue, &end.channel, worker,
				   end.task, end.message);
	} else {
		warm = warmup_begin(worker, end.task);
		warmup_first_begins(worker);
		send_round(&end, warm.from, warm.to);
		while (warmup_goes_on(worker, &warm))
			send_round(&end, warm.from, warm.to);
		seq = flood(&end, warm.to);
		worker_start(worker);
		send_open_loop(&end, seq);
		worker_stop(worker, end.task->iterations);
		worker_finish(worker);
	}
	ipcm_queue_free(end.channel.queue);
}

static struct arrival receive(struct runner_end *end, uint64_t seq)
{
	struct worker_group *group = end->worker->group;
	struct arrival arrival = open_loop_receive(
		&channel_queue, &end->channel, end->worker, end->message,
		end->task->axes->size_bytes, seq);

	hist_add(&group->trips,
		 (uint64_t)(arrival.now_ns - arrival.intended_ns));
	hist_add(&group->service, (uint64_t)(arrival.now_ns - arrival.sent_ns));
	worker_progress(end->worker, seq + 1);
	return arrival;
}

static void receive_round(struct runner_end *end, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++)
		(void)receive(end, seq);
}

/* Measure the capacity. @return the next number */
static uint64_t take_flood(struct runner_end *end, uint64_t seq)
{
	struct worker_group *group = end->worker->group;
	uint64_t first = seq;
	int64_t first_ns = receive(end, seq++).now_ns, last_ns = first_ns;

	for (;; seq++) {
		struct arrival arrival = receive(end, seq);

		if (payload_seq(end->message) == SEQ_STOP)
			break;
		last_ns = arrival.now_ns;
	}
	group->capacity_per_s = (double)(seq - first - 1) * (double)NS_PER_S /
				(double)(last_ns - first_ns);
	hist_clear(&group->trips);
	hist_clear(&group->service);
	return seq;
}

static void receiver(struct worker_context *worker, void *arg)
{
	struct runner_end end = end_begin(worker, arg);
	struct warmup warm;
	uint64_t seq;

	if (end.task->verify) {
		tally_begin(&worker->self->tally, end.task->iterations);
		stream_verify_receive(&channel_queue, &end.channel, worker,
				      end.task, end.message);
	} else {
		warm = warmup_begin(worker, end.task);
		receive_round(&end, warm.from, warm.to);
		warmup_first_ended(worker);
		while (warmup_goes_on(worker, &warm))
			receive_round(&end, warm.from, warm.to);
		seq = take_flood(&end, warm.to);
		worker_start(worker);
		for (uint64_t i = 0; i < end.task->iterations; i++)
			worker->group->end_ns = receive(&end, seq + i).now_ns;
		worker_stop(worker, end.task->iterations);
		worker_finish(worker);
	}
	ipcm_queue_free(end.channel.queue);
}

static void load_numbers(const struct task *task, struct sample *sample)
{
	double *value = sample->value, capacity = task->group->capacity_per_s;

	stream_rates(task, sample);
	open_loop_numbers(task, sample);
	value[METRIC_CAPACITY] = capacity;
	value[METRIC_OFFERED] = capacity * task->axes->load_percent / 100;
	/* the sender spins between two messages: that is no cost of theirs */
	value[METRIC_CPU_SEND] = NAN;
	value[METRIC_USER_SEND] = value[METRIC_SYSTEM_SEND] = NAN;
	if (!placement_is_apart(task->axes->placement))
		value[METRIC_VOLUNTARY] = value[METRIC_INVOLUNTARY] = NAN;
}

static void open_loop_queue(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);
	struct run_context context = {task, queue};

	if (!queue)
		return;
	context_run(&context, sender, receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		load_numbers(task, ret_sample);
	ipcm_queue_free(queue);
}

static const struct sweep_point points[] = {
	{.named = NAMES_LOAD, .load_percent = 10},
	{.named = NAMES_LOAD, .load_percent = 30},
	{.named = NAMES_LOAD, .load_percent = 50, .quick = true},
	{.named = NAMES_LOAD, .load_percent = 70},
	{.named = NAMES_LOAD, .load_percent = 80},
	{.named = NAMES_LOAD, .load_percent = 90, .quick = true},
	{.named = NAMES_LOAD, .load_percent = 95},
	{.named = NAMES_LOAD, .load_percent = 100},
	{.named = NAMES_LOAD, .load_percent = 110},
};

static const struct sweep loads = {SWEEP_POINTS(points),
				   .not_quick = SWEEP_ONE_FREE,
				   .not_full = SWEEP_FREE};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "open_loop",
	 "open loop, latency from the intended sending", METRIC_LATENCY,
	 open_loop_queue, 1, 1, .sizes = SIZES_64, .sweep = &loads,
	 .baselines = &baselines_latency, .not_counted = not_counted_waits,
	 .least_s = 0.022, .has_depth = true},
};

const struct scenario_table scenarios_open_loop = SCENARIO_TABLE(scenarios);
