/* SPDX-License-Identifier: MIT */
/*
 * Endurance: one producer and one consumer for a given time, in slices of a
 * second. It gives the rate of each slice, whether it drifts, and what the two
 * processes hold at the begin and at the end: memory and descriptors. The
 * warm-up is a fixed number of messages, not rounds until they are equal: what
 * changes after it is what this scenario is there to show.
 */
#include "endurance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/proc.h"
#include "bench/workers/shared_state.h"
#include "bench/stats/drift.h"
#include "objects.h"
#include "bench/loops/stream.h"

/* The clock is read once a chunk. */
#define CHUNK	     64
#define SLICES_MAX   ENDURANCE_MAX_S
#define NS_PER_MIN_D (60.0 * (double)NS_PER_S)
/* Messages before the clock starts, so that both have touched everything. */
#define WARMUP 65536

/* What a process holds at a moment. */
struct holding {
	int64_t rss_kib;
	int64_t shared_kib;
	int64_t descriptors;
};

struct log {
	/** Of the two processes, at the begin and at the end. */
	struct holding begin[2], end[2];
	uint64_t messages;
	size_t slices;
	double rate[SLICES_MAX];
};

struct endurance_run {
	struct ipcm_queue *queue;
	struct log *log;
};

/* ---- what a process holds ---- */

/* The number of a line such as "Rss:      1234 kB" (proc(5)), or -1. */
static int64_t read_kib(const char *path, const char *format)
{
	FILE *file = fopen(path, "re");
	char channel[256];
	long long kib = -1;

	while (file && fgets(channel, sizeof(channel), file))
		if (sscanf(channel, format, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

static struct holding look(void)
{
	return (struct holding){
		/* counted page by page; VmRSS is kept in batches */
		.rss_kib = read_kib("/proc/self/smaps_rollup", "Rss: %lld"),
		.shared_kib = read_kib("/proc/self/status", "RssShmem: %lld"),
		.descriptors = (int64_t)proc_descriptors_open(),
	};
}

/* The first look takes memory itself, for files and folders. */
static struct holding look_again(void)
{
	(void)look();
	return look();
}

/* ---- the workers ---- */

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct endurance_run *endurance_run = context->object;
	struct channel channel = {.queue = endurance_run->queue};
	size_t bytes = context->task->axes->size_bytes;
	unsigned char *message = worker_buffer(worker, bytes);
	uint64_t seq = WARMUP;
	int64_t until;

	if (context->task->verify) {
		stream_sender(&channel_queue, &channel, worker, context->task);
		return;
	}
	stream_send(&channel_queue, &channel, worker, message, bytes, 0, seq);
	endurance_run->log->begin[0] = look_again();
	worker_start(worker);
	until = worker->group->start_ns + context->task->duration_ns;
	for (; clock_now() < until; seq += CHUNK)
		stream_send(&channel_queue, &channel, worker, message, bytes,
			    seq, seq + CHUNK);
	/* the stream stops after a whole chunk: the receiver takes chunks */
	payload_mark(message, bytes, SEQ_STOP);
	if (channel_put(&channel, message, bytes))
		stream_call_failed(worker, "send", SEQ_STOP,
				   "the last message");
	worker_stop(worker, seq - WARMUP);
	endurance_run->log->end[0] = look();
	worker_finish(worker);
}

/* Close the slices that are over. */
static void note_slice(struct log *log, int64_t *begin_ns, uint64_t *done,
		       uint64_t messages)
{
	int64_t now = clock_now(), length = now - *begin_ns;

	if (length < ENDURANCE_SLICE_NS || log->slices == SLICES_MAX)
		return;
	log->rate[log->slices++] =
		(double)(messages - *done) * (double)NS_PER_S / (double)length;
	*begin_ns = now;
	*done = messages;
}

/* Receive chunks until the stop. @return how many messages */
static uint64_t receive_slices(struct channel *channel,
			       struct worker_context *worker, struct log *log,
			       unsigned char *buffer, size_t bytes)
{
	uint64_t seq = WARMUP, done = 0;
	int64_t begin = worker->group->start_ns;

	for (;; seq += CHUNK) {
		const char *failed = channel_get(channel, buffer, bytes);

		if (failed)
			stream_call_failed(worker, "receive", seq, failed);
		if (payload_marked(buffer, bytes, SEQ_STOP))
			return seq - WARMUP;
		if (!payload_marked(buffer, bytes, seq))
			stream_mismatch(worker, buffer, bytes, seq);
		stream_receive(&channel_queue, channel, worker, buffer, bytes,
			       seq + 1, seq + CHUNK);
		note_slice(log, &begin, &done, seq + CHUNK - WARMUP);
	}
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct endurance_run *endurance_run = context->object;
	struct log *log = endurance_run->log;
	struct channel channel = {.queue = endurance_run->queue};
	size_t bytes = context->task->axes->size_bytes;
	unsigned char *buffer = worker_buffer(worker, bytes);

	if (context->task->verify) {
		stream_receiver(&channel_queue, &channel, worker,
				context->task);
		return;
	}
	stream_receive(&channel_queue, &channel, worker, buffer, bytes, 0,
		       WARMUP);
	log->begin[1] = look_again();
	worker_start(worker);
	log->messages = receive_slices(&channel, worker, log, buffer, bytes);
	worker->group->end_ns = clock_now();
	worker_stop(worker, log->messages);
	log->end[1] = look();
	worker_finish(worker);
}

/* ---- the numbers ---- */

/* Of both; NAN if one could not be read. */
static double both(int64_t first, int64_t second)
{
	return first < 0 || second < 0 ? NAN : (double)(first + second);
}

static void holding_numbers(const struct log *log, struct sample *sample)
{
	const struct holding *a = log->begin, *b = log->end;
	double *value = sample->value;

	value[METRIC_RSS_BEGIN] = both(a[0].rss_kib, a[1].rss_kib);
	value[METRIC_RSS_END] = both(b[0].rss_kib, b[1].rss_kib);
	value[METRIC_SHARED_BEGIN] = both(a[0].shared_kib, a[1].shared_kib);
	value[METRIC_SHARED_END] = both(b[0].shared_kib, b[1].shared_kib);
	value[METRIC_DESCRIPTORS_BEGIN] =
		both(a[0].descriptors, a[1].descriptors);
	value[METRIC_DESCRIPTORS_END] =
		both(b[0].descriptors, b[1].descriptors);
}

static void drift_numbers(const struct log *log, struct sample *sample)
{
	struct drift drift = drift_of(log->rate, log->slices);
	double percent =
		100 * NS_PER_MIN_D / (double)ENDURANCE_SLICE_NS / drift.median;

	sample->value[METRIC_DRIFT] = drift.slope * percent;
	sample->value[METRIC_DRIFT_LO] = drift.slope_lo * percent;
	sample->value[METRIC_DRIFT_HI] = drift.slope_hi * percent;
}

static void store_slices(const struct log *log, struct sample *sample)
{
	size_t bytes = log->slices * sizeof(log->rate[0]);

	sample->slices = malloc(sizeof(*sample->slices) + bytes);
	if (!sample->slices)
		return;
	sample->slices->count = log->slices;
	memcpy(sample->slices->rate, log->rate, bytes);
}

static void numbers(const struct task *task, const struct log *log,
		    struct sample *sample)
{
	double rate;

	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	rate = (double)log->messages * (double)NS_PER_S /
	       (double)sample->elapsed_ns;
	sample->value[METRIC_MESSAGES] = rate;
	sample->value[METRIC_MIB] =
		rate * (double)task->axes->size_bytes / 1048576.0;
	sample->value[METRIC_SPILLED] = NAN;
	holding_numbers(log, sample);
	drift_numbers(log, sample);
	store_slices(log, sample);
}

static void endurance(const struct task *task, struct sample *ret_sample)
{
	struct verdict *verdict = &ret_sample->verdict;
	struct endurance_run endurance_run = {
		.queue = object_queue(task, verdict)};
	struct run_context context = {task, &endurance_run};

	if (!endurance_run.queue)
		return;
	endurance_run.log =
		shared_state_map(sizeof(*endurance_run.log), verdict);
	if (endurance_run.log) {
		context_run(&context, sender, receiver, ret_sample);
		numbers(task, endurance_run.log, ret_sample);
	}
	shared_state_unmap(endurance_run.log, sizeof(*endurance_run.log));
	ipcm_queue_free(endurance_run.queue);
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "endurance", "one way for --duration, drift, memory",
	 METRIC_MESSAGES, endurance, 1, 1, .sizes = SIZES_64,
	 .places = PLACES_USUALLY_TWO,
	 .not_counted = "not counted: it ends by the clock, not after a number "
			"of messages; see oneway",
	 .has_depth = true, .only_full = true, .once = true},
};

const struct scenario_table scenarios_endurance = SCENARIO_TABLE(scenarios);
