/* SPDX-License-Identifier: MIT */
/*
 * The loops of oneway.c with put_many and get_many. Each message of a batch
 * has its own number and is checked like a single one.
 */
#include "oneway_batch.h"

#include <stdlib.h>

#include "bench/loops/stream.h"

struct batch {
	struct ipcm_queue *queue;
	const struct task *task;
	struct ipcm_item *items;
	unsigned char *buffer;
	size_t buffer_bytes;
	/** Distance of two messages in the buffer. */
	size_t stride;
};

static struct batch batch_create(struct ipcm_queue *queue,
				 struct worker_context *worker,
				 const struct task *task)
{
	struct batch batch = {.queue = queue, .task = task};
	unsigned count = task->axes->batch;

	batch.stride = (task->axes->size_bytes + 7) / 8 * 8;
	batch.buffer_bytes = batch.stride * count;
	batch.items = calloc(count, sizeof(*batch.items));
	if (!batch.items)
		worker_fail(worker, OUTCOME_ERROR, "no memory for a batch");
	batch.buffer = worker_buffer(worker, batch.buffer_bytes);
	for (unsigned i = 0; i < count; i++) {
		batch.items[i].data = batch.buffer + i * batch.stride;
		batch.items[i].size_bytes = task->axes->size_bytes;
	}
	return batch;
}

static void put_all(const struct batch *batch, struct worker_context *worker,
		    size_t count, uint64_t seq)
{
	size_t at = 0;

	while (at < count) {
		size_t done = 0;
		enum ipcm_status status =
			ipcm_queue_put_many(batch->queue, batch->items + at,
					    count - at, IPCM_FOREVER, &done);

		if (status != IPCM_OK)
			stream_call_failed(worker, "put_many", seq + at,
					   ipcm_status_text(status));
		at += done;
	}
}

static void batch_send(const struct batch *batch, struct worker_context *worker,
		       uint64_t from, uint64_t to)
{
	size_t bytes = batch->task->axes->size_bytes;

	for (uint64_t seq = from; seq < to;) {
		size_t count = batch->task->axes->batch;

		if (count > to - seq)
			count = (size_t)(to - seq);
		for (size_t i = 0; i < count; i++) {
			unsigned char *message = batch->items[i].data;

			if (batch->task->verify)
				payload_fill(message, bytes, batch->task->seed,
					     seq + i);
			else
				payload_mark(message, bytes, seq + i);
		}
		put_all(batch, worker, count, seq);
		seq += count;
		worker_progress(worker, seq);
	}
}

static void check_item(const struct batch *batch, struct worker_context *worker,
		       const struct ipcm_item *item, uint64_t seq)
{
	size_t bytes = batch->task->axes->size_bytes;

	if (__builtin_expect(item->size_bytes != bytes, 0))
		stream_call_failed(worker, "get_many", seq, channel_wrong_size);
	if (batch->task->verify)
		tally_take(&worker->self->tally, item->data, bytes,
			   batch->task->seed);
	else if (__builtin_expect(!payload_marked(item->data, bytes, seq), 0))
		stream_mismatch(worker, item->data, bytes, seq);
}

static void batch_receive(const struct batch *batch,
			  struct worker_context *worker, uint64_t from,
			  uint64_t to)
{
	for (uint64_t seq = from; seq < to;) {
		size_t want = batch->task->axes->batch, got = 0;
		enum ipcm_status status;

		/* the barrier follows: never take what comes after it */
		if (want > to - seq)
			want = (size_t)(to - seq);
		status = ipcm_queue_get_many(batch->queue, batch->buffer,
					     batch->buffer_bytes, batch->items,
					     want, IPCM_FOREVER, &got);
		if (status != IPCM_OK)
			stream_call_failed(worker, "get_many", seq,
					   ipcm_status_text(status));
		for (size_t i = 0; i < got; i++)
			check_item(batch, worker, &batch->items[i], seq + i);
		seq += got;
		worker_progress(worker, seq);
	}
}

void batch_sender(struct ipcm_queue *queue, struct worker_context *worker,
		  const struct task *task)
{
	struct batch batch = batch_create(queue, worker, task);
	struct warmup warm;

	if (task->verify) {
		batch_send(&batch, worker, 0, task->iterations);
		return;
	}
	warm = warmup_begin(worker, task);
	warmup_first_begins(worker);
	batch_send(&batch, worker, warm.from, warm.to);
	while (warmup_goes_on(worker, &warm))
		batch_send(&batch, worker, warm.from, warm.to);
	worker_start(worker);
	batch_send(&batch, worker, warm.to, warm.to + task->iterations);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

void batch_receiver(struct ipcm_queue *queue, struct worker_context *worker,
		    const struct task *task)
{
	struct batch batch = batch_create(queue, worker, task);
	struct warmup warm;

	if (task->verify) {
		tally_begin(&worker->self->tally, task->iterations);
		batch_receive(&batch, worker, 0, task->iterations);
		return;
	}
	warm = warmup_begin(worker, task);
	batch_receive(&batch, worker, warm.from, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		batch_receive(&batch, worker, warm.from, warm.to);
	worker_start(worker);
	batch_receive(&batch, worker, warm.to, warm.to + task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}
