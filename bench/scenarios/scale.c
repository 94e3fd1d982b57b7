/* SPDX-License-Identifier: MIT */
/*
 * What a message costs when there is much of something: items that are queued
 * already, or queues that one process uses in turn. Many processes are in
 * mpmc.c. One process, no waiting: whatever grows here grows in the calls.
 */
#include <stdlib.h>

#include "objects.h"
#include "bench/loops/self_loop.h"

static const struct baseline_set baselines = {
	.one_cpu = {"copy", "self_loop", METRIC_PAIR, 1, .same_size = true},
};

/* ---- items: the queue holds all that it may, but one ---- */

struct backlog_side {
	struct channel channel;
	struct worker_context *worker;
	unsigned char *out, *in;
	size_t bytes;
	/* Items that lie in front of each message. */
	uint64_t items;
};

static void put_and_get(struct backlog_side *side, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		stream_send(&channel_queue, &side->channel, side->worker,
			    side->out, side->bytes, seq + side->items,
			    seq + side->items + 1);
		stream_receive(&channel_queue, &side->channel, side->worker,
			       side->in, side->bytes, seq, seq + 1);
	}
}

static void verify_send(struct backlog_side *side, const struct task *task,
			uint64_t seq)
{
	const char *failed;

	payload_fill(side->out, side->bytes, task->seed, seq);
	failed = channel_put(&side->channel, side->out, side->bytes);
	if (failed)
		stream_call_failed(side->worker, "put", seq, failed);
	worker_progress(side->worker, seq + 1);
}

static void verify_receive(struct backlog_side *side, const struct task *task,
			   uint64_t seq)
{
	const char *failed = channel_get(&side->channel, side->in, side->bytes);

	if (failed)
		stream_call_failed(side->worker, "get", seq, failed);
	tally_take(&side->worker->self->tally, side->in, side->bytes,
		   task->seed);
	worker_progress(side->worker, seq + 1);
}

static void backlog_verify(struct backlog_side *side, const struct task *task)
{
	uint64_t all = task->iterations;
	uint64_t items = side->items < all ? side->items : all;

	tally_begin(&side->worker->self->tally, all);
	for (uint64_t seq = 0; seq < items; seq++)
		verify_send(side, task, seq);
	for (uint64_t seq = items; seq < all; seq++) {
		verify_send(side, task, seq);
		verify_receive(side, task, seq - items);
	}
	for (uint64_t seq = all - items; seq < all; seq++)
		verify_receive(side, task, seq);
}

static void backlog_timed(struct backlog_side *side, const struct task *task)
{
	struct worker_context *worker = side->worker;
	struct warmup warm;

	stream_send(&channel_queue, &side->channel, worker, side->out,
		    side->bytes, 0, side->items);
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	put_and_get(side, 0, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		put_and_get(side, warm.from, warm.to);
	worker_start(worker);
	put_and_get(side, warm.to, warm.to + task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
}

static void backlog_worker(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	size_t bytes = task->axes->size_bytes;
	struct backlog_side side = {
		.channel = {.queue = context->object},
		.worker = worker,
		.out = worker_buffer(worker, bytes),
		.in = worker_buffer(worker, bytes),
		.bytes = bytes,
		.items = task->axes->depth - 1,
	};

	if (task->verify)
		backlog_verify(&side, task);
	else
		backlog_timed(&side, task);
	ipcm_queue_free(side.channel.queue);
}

static void backlog(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);
	struct run_context context = {task, queue};

	if (!queue)
		return;
	context_run(&context, backlog_worker, NULL, ret_sample);
	self_loop_numbers(task, ret_sample);
	ipcm_queue_free(queue);
}

/* ---- queues: a message through each in turn ---- */

struct queues {
	size_t count;
	/* Where the next message is put, and where it is taken. */
	size_t out, in;
	struct ipcm_queue *queue[];
};

static inline struct ipcm_queue *in_turn(struct queues *queues, size_t *at)
{
	struct ipcm_queue *queue = queues->queue[*at];

	if (++*at == queues->count)
		*at = 0;
	return queue;
}

static inline const char *put_in_turn(struct channel *channel,
				      unsigned char *message, size_t bytes)
{
	struct queues *queues = channel->memory;

	return channel_text(ipcm_queue_put(in_turn(queues, &queues->out),
					   message, bytes, IPCM_FOREVER));
}

static inline const char *get_in_turn(struct channel *channel,
				      unsigned char *buffer, size_t bytes)
{
	struct queues *queues = channel->memory;
	size_t got = 0;
	enum ipcm_status status =
		ipcm_queue_get(in_turn(queues, &queues->in), buffer, bytes,
			       IPCM_FOREVER, &got);

	return channel_size_text(status, got, bytes);
}

static const struct channel_ops channel_in_turn = {put_in_turn, get_in_turn};

/* A message through each before the warm-up, whose rounds are fewer than
 * 10,000: else most of a sample is first touches of pages. */
static void touch_all(struct channel *channel, struct worker_context *worker,
		      size_t bytes)
{
	const struct queues *queues = channel->memory;
	unsigned char *message = worker_buffer(worker, bytes);

	for (size_t i = 0; i < queues->count; i++) {
		stream_send(&channel_in_turn, channel, worker, message, bytes,
			    i, i + 1);
		stream_receive(&channel_in_turn, channel, worker, message,
			       bytes, i, i + 1);
	}
}

static void in_turn_worker(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.memory = context->object};

	touch_all(&channel, worker, context->task->axes->size_bytes);
	self_loop_run(&channel_in_turn, &channel, &channel, worker,
		      context->task);
}

static void queues_free(struct queues *queues)
{
	for (size_t i = 0; i < queues->count; i++)
		ipcm_queue_free(queues->queue[i]);
	free(queues);
}

static struct queues *queues_create(const struct task *task, size_t count,
				    struct verdict *verdict)
{
	struct queues *queues =
		calloc(1, sizeof(*queues) + count * sizeof(queues->queue[0]));

	if (!queues) {
		verdict_set(verdict, OUTCOME_HOST_LIMIT,
			    "no memory for the list of queues");
		return NULL;
	}
	for (; queues->count < count; queues->count++) {
		queues->queue[queues->count] = object_queue(task, verdict);
		if (!queues->queue[queues->count]) {
			queues_free(queues);
			return NULL;
		}
	}
	return queues;
}

static void run_in_turn(const struct task *task, size_t count,
			struct sample *ret_sample)
{
	struct queues *queues =
		queues_create(task, count, &ret_sample->verdict);
	struct run_context context = {task, queues};

	if (!queues)
		return;
	context_run(&context, in_turn_worker, NULL, ret_sample);
	self_loop_numbers(task, ret_sample);
	queues_free(queues);
}

#define IN_TURN(count)                                                         \
	static void in_turn_##count(const struct task *task,                   \
				    struct sample *ret_sample)                 \
	{                                                                      \
		run_in_turn(task, count, ret_sample);                          \
	}

IN_TURN(1)
IN_TURN(100)
IN_TURN(10000)

static const struct sweep_point backlogs[] = {
	{.named = NAMES_DEPTH, .depth = 1},
	{.named = NAMES_DEPTH, .depth = 100},
	{.named = NAMES_DEPTH, .depth = 10000},
	{.named = NAMES_DEPTH, .depth = 100000},
};

static const struct sweep sweep_backlogs = {SWEEP_POINTS(backlogs)};

static const char not_counted[] =
	"not counted: the calls are those of self_loop";

#define QUEUES_ENTRY(count, words, least)                                      \
	{                                                                      \
		IFACE_QUEUE, "queues_" #count,                                 \
			"put then get through " words " in turn", METRIC_PAIR, \
			in_turn_##count, 1, 1,                                 \
			.sizes = SIZES_64, .places = PLACES_ALONE,             \
			.baselines = &baselines, .not_counted = not_counted,   \
			.least_s = (least), .has_depth = true,                 \
			.only_full = true                                      \
	}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "backlog", "put then get, all but one item queued",
	 METRIC_PAIR, backlog, 1, 1, .sizes = SIZES_64, .places = PLACES_ALONE,
	 .sweep = &sweep_backlogs, .baselines = &baselines,
	 .not_counted = not_counted, .has_depth = true, .only_full = true},
	QUEUES_ENTRY(1, "one queue", 0),
	QUEUES_ENTRY(100, "100 queues", 0.01),
	QUEUES_ENTRY(10000, "10,000 queues", 1),
};

const struct scenario_table scenarios_scale = SCENARIO_TABLE(scenarios);
