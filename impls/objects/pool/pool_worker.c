/* SPDX-License-Identifier: MIT */
/*
 * A worker: takes tasks, runs their items, sends the results. Read
 * pool_shared.h first. What a death at any instant leaves:
 *
 *   claim not this task            it is not this worker's
 *   claim, begun is 0              taken, none of its items was run
 *   begun = item + 1               this item was begun; those before it are
 *                                  sent, or finished in the frame
 *   the last result is sent        nothing is left of it
 */
#include "pool_internal.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/objects/queue/queue_claim.h"

/* Memory for a large task or result that is kept. */
#define KEEP_BYTES (UINT64_C(1) << 20)
#define TASK_BYTES 4096
/* A queue's memory is full for the moment. */
#define RETRY_US 10000

/** Where a task's result goes: into the frame, or, if large, into `large`. */
struct ipcm_output {
	struct worker *worker;
	uint8_t *data; /* a struct pool_result is in front of it */
	size_t size, capacity;
	enum ipcm_status status; /* of the writing */
};

struct worker {
	struct ipcm_pool *pool;
	struct pool_slot *slot;
	unsigned forks; /* pool_forks of the worker */
	uint8_t *task;	/* the message of the current one */
	size_t task_bytes;
	struct pool_message *frame; /* in the slot */
	uint32_t items;		    /* results in it */
	size_t used;		    /* bytes of it */
	uint8_t *large;		    /* a message of one result */
	size_t large_bytes;
	struct ipcm_output output;
};

/* In front of a large result, as in the frame. */
#define RESULT_OFFSET (sizeof(struct pool_message) + sizeof(struct pool_result))

/* ---- sending ---- */

/* False: the queue is gone, perhaps with all descriptors of this process. */
static bool send_message(struct worker *worker, const void *message,
			 size_t bytes)
{
	enum ipcm_status status;

	for (;;) {
		status = ipcm_queue_put(worker->pool->results, message, bytes,
					IPCM_FOREVER);
		if (!status)
			return true;
		if (status == IPCM_NOMEM && bytes <= POOL_FRAME_BYTES)
			(void)usleep(RETRY_US);
		else if (status != IPCM_INTR)
			return false;
	}
}

/* Begin an empty frame, whose first result is that of this item. */
static void frame_begin(struct worker *worker, const struct pool_task *task,
			uint32_t item)
{
	/* first: what is in the frame is not this task's any more */
	atomic_store_explicit(&worker->slot->finished, 0, memory_order_release);
	*worker->frame = (struct pool_message){
		.kind = POOL_RESULTS,
		.record = task->record,
		.number = atomic_load_explicit(&worker->slot->claim,
					       memory_order_relaxed),
		.first = item};
	worker->items = 0;
	worker->used = sizeof(struct pool_message);
}

static bool frame_send(struct worker *worker, const struct pool_task *task,
		       uint32_t next_item)
{
	worker->frame->items = worker->items;
	if (worker->items && !send_message(worker, worker->frame, worker->used))
		return false;
	frame_begin(worker, task, next_item);
	return true;
}

/* ---- the output of an item ---- */

static struct pool_result *result_in_frame(struct worker *worker)
{
	return (struct pool_result *)(void *)(worker->slot->frame +
					      worker->used);
}

static void output_begin(struct worker *worker)
{
	struct ipcm_output *output = &worker->output;

	output->worker = worker;
	output->data = (uint8_t *)(result_in_frame(worker) + 1);
	output->size = 0;
	output->capacity =
		POOL_FRAME_BYTES - worker->used - sizeof(struct pool_result);
	output->status = IPCM_OK;
}

static bool is_large(const struct ipcm_output *output)
{
	return output->data == output->worker->large + RESULT_OFFSET &&
	       output->worker->large;
}

/* More than is left in the frame: into memory of its own. */
static bool output_grow(struct ipcm_output *output, size_t size)
{
	struct worker *worker = output->worker;
	size_t capacity = size + size / 2;

	if (!is_large(output) || size > worker->large_bytes - RESULT_OFFSET) {
		uint8_t *memory = malloc(RESULT_OFFSET + capacity);

		if (!memory)
			return false;
		if (output->size)
			memcpy(memory + RESULT_OFFSET, output->data,
			       output->size);
		free(worker->large);
		worker->large = memory;
		worker->large_bytes = RESULT_OFFSET + capacity;
	}
	output->data = worker->large + RESULT_OFFSET;
	output->capacity = worker->large_bytes - RESULT_OFFSET;
	return true;
}

enum ipcm_status ipcm_output_write(struct ipcm_output *output, const void *data,
				   size_t size_bytes)
{
	if (!output || (!data && size_bytes))
		return IPCM_INVALID;
	if (output->status || !size_bytes)
		return output->status;
	if (size_bytes > IPCM_POOL_MAX_BYTES - output->size)
		output->status = IPCM_TOOBIG;
	else if (size_bytes > output->capacity - output->size &&
		 !output_grow(output, output->size + size_bytes))
		output->status = IPCM_NOMEM;
	if (output->status)
		return output->status;
	memcpy(output->data + output->size, data, size_bytes);
	output->size += size_bytes;
	return IPCM_OK;
}

static void large_shrink(struct worker *worker)
{
	if (worker->large_bytes <= KEEP_BYTES)
		return;
	free(worker->large);
	worker->large = NULL;
	worker->large_bytes = 0;
}

/* Into the frame; what was finished so far survives this worker. */
static void result_keep(struct worker *worker, enum ipcm_status status,
			size_t bytes)
{
	*result_in_frame(worker) =
		(struct pool_result){(int32_t)status, (uint32_t)bytes};
	worker->used += pool_align(sizeof(struct pool_result) + bytes,
				   POOL_RESULT_ALIGN);
	worker->items++;
	atomic_store_explicit(&worker->slot->finished,
			      (uint64_t)worker->items << 32 | worker->used,
			      memory_order_release);
}

/* A message of its own; without memory for it, the item's error. */
static bool result_send(struct worker *worker, const struct pool_task *task,
			uint32_t item)
{
	struct pool_message *message =
		(struct pool_message *)(void *)worker->large;
	struct pool_result *result = (struct pool_result *)(message + 1);
	size_t size = worker->output.size;
	enum ipcm_status status;

	if (!frame_send(worker, task, item))
		return false;
	*message = *worker->frame;
	message->items = 1;
	*result = (struct pool_result){IPCM_OK, (uint32_t)size};
	do {
		status = ipcm_queue_put(worker->pool->results, message,
					RESULT_OFFSET + size, IPCM_FOREVER);
	} while (status == IPCM_INTR);
	if (status && status != IPCM_NOMEM)
		return false;
	if (status)
		result_keep(worker, IPCM_NOMEM, 0);
	else
		frame_begin(worker, task, item + 1);
	large_shrink(worker);
	return true;
}

static bool output_end(struct worker *worker, const struct pool_task *task,
		       uint32_t item, enum ipcm_status status)
{
	struct ipcm_output *output = &worker->output;

	if (output->status)
		status = output->status;
	if (!status && is_large(output))
		return result_send(worker, task, item);
	result_keep(worker, status, status ? 0 : output->size);
	return true;
}

/* ---- running a task ---- */

/* The lengths, then the arguments; the next item's begin behind them. */
struct task_cursor {
	const uint32_t *sizes;
	const uint8_t *data;
};

static enum ipcm_status run_item(const struct pool_task *task,
				 struct task_cursor *cursor,
				 struct ipcm_output *output)
{
	struct ipcm_bytes arguments[IPCM_POOL_ARGUMENTS_MAX];

	for (uint32_t i = 0; i < task->columns; i++) {
		arguments[i] =
			(struct ipcm_bytes){cursor->data, *cursor->sizes};
		cursor->data +=
			pool_align(*cursor->sizes++, POOL_ARGUMENT_ALIGN);
	}
	return task->function(arguments, task->columns, output);
}

/* A child that the task forked came back from it, as a copy of this worker. */
static void end_if_forked(const struct worker *worker)
{
	if (pool_forks != worker->forks)
		_exit(0);
}

static bool run_task(struct worker *worker)
{
	const struct pool_task *task = (const void *)worker->task;
	struct pool_slot *slot = worker->slot;
	struct task_cursor cursor = {(const uint32_t *)(task + 1), NULL};

	cursor.data =
		worker->task +
		pool_align(sizeof(*task) + (size_t)task->items * task->columns *
						   sizeof(uint32_t),
			   POOL_ARGUMENT_ALIGN);
	frame_begin(worker, task, 0);
	for (uint32_t i = 0; i < task->items; i++) {
		enum ipcm_status status;

		if (worker->used > POOL_FRAME_BYTES / 2 &&
		    !frame_send(worker, task, i))
			return false;
		atomic_store_explicit(&slot->begun,
				      (uint64_t)task->record << 32 | (i + 1),
				      memory_order_release);
		output_begin(worker);
		status = run_item(task, &cursor, &worker->output);
		end_if_forked(worker);
		if (!output_end(worker, task, i, status))
			return false;
	}
	if (!frame_send(worker, task, 0))
		return false;
	atomic_store_explicit(&slot->begun, 0, memory_order_release);
	atomic_store_explicit(&slot->claim, QUEUE_CLAIM_NONE,
			      memory_order_release);
	return true;
}

static bool task_resize(struct worker *worker, size_t bytes)
{
	uint8_t *memory = malloc(bytes);

	if (!memory)
		return false;
	free(worker->task);
	worker->task = memory;
	worker->task_bytes = bytes;
	return true;
}

/* False: there are no more, or this process cannot get them. */
static bool take_task(struct worker *worker)
{
	enum ipcm_status status;
	size_t size = 0;

	for (;;) {
		status =
			ipcm_queue_get(worker->pool->tasks, worker->task,
				       worker->task_bytes, IPCM_FOREVER, &size);
		if (!status) {
			atomic_store_explicit(&worker->slot->had_task, 1,
					      memory_order_relaxed);
			return true;
		}
		if (status == IPCM_REMOVED || status == IPCM_CORRUPT)
			atomic_store(&worker->slot->lost, 1);
		if (status == IPCM_TOOSMALL && !task_resize(worker, size))
			(void)usleep(RETRY_US);
		if (status != IPCM_TOOSMALL && status != IPCM_INTR)
			return false;
	}
}

static bool initialize(const struct worker *worker)
{
	const struct ipcm_pool_options *options = &worker->pool->options;
	enum ipcm_status status;

	if (!options->initializer)
		return true;
	status = options->initializer(options->initializer_argument);
	end_if_forked(worker);
	atomic_store(&worker->slot->start_status, (int32_t)status);
	return !status;
}

/* What the supervisor changed for itself. */
static void restore(const struct ipcm_pool *pool)
{
	(void)ipcm_set_stop((struct ipcm_stop){NULL, NULL});
	(void)ipcm_set_interruptible(false);
	(void)sigaction(SIGTERM, &pool->on_term, NULL);
	(void)sigaction(SIGCHLD, &pool->on_child, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &pool->signals, NULL);
}

int worker_run(struct ipcm_pool *pool, struct pool_slot *slot)
{
	struct worker worker = {
		.pool = pool,
		.slot = slot,
		.forks = pool_forks,
		.frame = (struct pool_message *)(void *)slot->frame};
	const struct pool_message news = {.kind = POOL_NEWS};

	/* before it is ready: pool_create waits for that, and for no more */
	atomic_store(&slot->pid, getpid());
	pool_working = pool;
	restore(pool);
	if (!task_resize(&worker, TASK_BYTES) || !initialize(&worker))
		return 1;
	atomic_store(&slot->ready, 1);
	atomic_store(&slot->ready_once, 1);
	if (!send_message(&worker, &news, sizeof(news)))
		return 1;
	queue_claim_by(pool->tasks, &slot->claim);
	for (int64_t left = pool->options.tasks_per_worker; left > 0; left--) {
		if (!take_task(&worker) || !run_task(&worker))
			break;
		if (worker.task_bytes > KEEP_BYTES)
			(void)task_resize(&worker, TASK_BYTES);
	}
	free(worker.task);
	free(worker.large);
	return 0;
}
