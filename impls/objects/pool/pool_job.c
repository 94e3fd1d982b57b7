/* SPDX-License-Identifier: MIT */
/*
 * A job: the items of one call that submitted, their arguments and results, in
 * one piece of memory and, for results that are longer than a few bytes, blocks
 * behind it. It outlives its pool if a handle refers to it.
 */
#include "pool_internal.h"

#include <limits.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"

/* Results above this have memory of their own, which job_forget frees. */
#define BLOCK_RESULT_BYTES 4096
#define BLOCK_BYTES	   (UINT64_C(1) << 16)

struct result_block {
	struct result_block *next;
	size_t left;
	_Alignas(16) uint8_t bytes[];
};

/* ---- making one ---- */

/* Bytes behind the items: order, rows, and copies of the arguments. */
struct job_layout {
	size_t order, rows, arguments, total;
};

/* Add count * each to the total; false: no memory is that large. */
static bool layout_add(struct job_layout *layout, size_t *ret_at, size_t count,
		       size_t each)
{
	size_t bytes;

	layout->total = pool_align(layout->total, POOL_ARGUMENT_ALIGN);
	*ret_at = layout->total;
	return !__builtin_mul_overflow(count, each, &bytes) &&
	       !__builtin_add_overflow(layout->total, bytes, &layout->total) &&
	       layout->total < SIZE_MAX / 2;
}

static bool layout_rows(struct job_layout *layout,
			const struct job_request *request)
{
	size_t rows = request->count * request->columns;
	size_t at;

	if (!layout_add(layout, &layout->rows, rows, sizeof(struct ipcm_bytes)))
		return false;
	layout->arguments = layout->total;
	for (size_t i = 0; i < rows; i++) {
		if (request->rows[i].size_bytes <= IPCM_POOL_MAX_BYTES &&
		    !layout_add(layout, &at, 1, request->rows[i].size_bytes))
			return false;
	}
	return true;
}

static bool layout_job(struct job_layout *layout,
		       const struct job_request *request)
{
	size_t items;

	*layout = (struct job_layout){.total = sizeof(struct ipcm_async)};
	if (!layout_add(layout, &items, request->count,
			sizeof(struct item_state)) ||
	    !layout_add(layout, &layout->order,
			request->ordered_by_end ? request->count : 0,
			sizeof(uint32_t)))
		return false;
	if (request->by_rows)
		return layout_rows(layout, request);
	return layout_add(layout, &layout->arguments,
			  request->borrow ? 0 : request->count,
			  request->element_bytes);
}

/* One that is too long is not copied: its item fails, see feed.c. */
static void copy_rows(struct ipcm_async *job, uint8_t *memory,
		      const struct job_layout *layout,
		      const struct job_request *request)
{
	size_t count = request->count * request->columns;
	size_t at = layout->arguments;

	job->rows = (struct ipcm_bytes *)(void *)(memory + layout->rows);
	for (size_t i = 0; i < count; i++) {
		const struct ipcm_bytes *from = &request->rows[i];

		job->rows[i] = (struct ipcm_bytes){NULL, from->size_bytes};
		if (from->size_bytes > IPCM_POOL_MAX_BYTES)
			continue;
		at = pool_align(at, POOL_ARGUMENT_ALIGN);
		job->rows[i].data = memory + at;
		if (from->size_bytes)
			memcpy(memory + at, from->data, from->size_bytes);
		at += from->size_bytes;
	}
}

static void copy_arguments(struct ipcm_async *job, uint8_t *memory,
			   const struct job_layout *layout,
			   const struct job_request *request)
{
	if (request->by_rows) {
		copy_rows(job, memory, layout, request);
		return;
	}
	job->elements = request->elements;
	job->element_bytes = request->element_bytes;
	if (request->borrow)
		return;
	job->elements = memory + layout->arguments;
	if (request->element_bytes && request->count)
		memcpy(memory + layout->arguments, request->elements,
		       request->count * request->element_bytes);
}

enum ipcm_status job_create(const struct job_request *request,
			    struct ipcm_async **ret_job)
{
	struct job_layout layout;
	struct ipcm_async *job;
	uint8_t *memory;

	if (!layout_job(&layout, request))
		return IPCM_NOMEM;
	memory = malloc(layout.total);
	if (!memory)
		return IPCM_NOMEM;
	job = (struct ipcm_async *)(void *)memory;
	memset(job, 0, sizeof(*job));
	job->forks = pool_forks;
	atomic_store_explicit(&job->references, 1, memory_order_relaxed);
	job->task = request->task;
	if (request->callbacks)
		job->callbacks = *request->callbacks;
	job->count = job->left = (uint32_t)request->count;
	job->columns = (uint32_t)request->columns;
	job->chunk = (uint32_t)request->chunk;
	job->is_iterated = request->iterated;
	if (request->ordered_by_end)
		job->order = (uint32_t *)(void *)(memory + layout.order);
	for (uint32_t i = 0; i < job->count; i++)
		atomic_store_explicit(&job->items[i].status, ITEM_UNFINISHED,
				      memory_order_relaxed);
	job->by_rows = request->by_rows;
	copy_arguments(job, memory, &layout, request);
	handle_open(&job->handle, ASYNC_MAGIC);
	*ret_job = job;
	return IPCM_OK;
}

struct ipcm_bytes job_argument(const struct ipcm_async *job, uint32_t item,
			       uint32_t column)
{
	if (!job->by_rows && !job->element_bytes)
		return (struct ipcm_bytes){NULL, 0};
	if (!job->by_rows)
		return (struct ipcm_bytes){
			job->elements + (size_t)item * job->element_bytes,
			job->element_bytes};
	return job->rows[(size_t)item * job->columns + column];
}

/* ---- results ---- */

/* Memory of its own, or a piece of a block; NULL: no memory. */
static uint8_t *result_memory(struct ipcm_async *job, size_t bytes)
{
	struct result_block *block = job->blocks;

	if (bytes > BLOCK_RESULT_BYTES)
		return malloc(bytes);
	bytes = pool_align(bytes, 16);
	if (!block || block->left < bytes) {
		/* a job of few items needs a small one */
		size_t most = job->left * bytes;

		if (most > BLOCK_BYTES)
			most = BLOCK_BYTES;
		block = malloc(sizeof(*block) + most);
		if (!block)
			return NULL;
		*block = (struct result_block){job->blocks, most};
		job->blocks = block;
	}
	block->left -= bytes; /* from its end on */
	return block->bytes + block->left;
}

bool job_finish_item(struct ipcm_async *job, uint32_t item,
		     enum ipcm_status status, const void *data, size_t bytes)
{
	struct item_state *state = &job->items[item];
	uint8_t *to = state->bytes;

	if (bytes > ITEM_INLINE_BYTES) {
		to = result_memory(job, bytes);
		if (to) {
			state->data = to;
		} else {
			status = IPCM_NOMEM;
			bytes = 0;
		}
	}
	if (bytes)
		memcpy(to, data, bytes);
	state->size_bytes = (uint32_t)bytes;
	/* release: pairs with the acquire of a reader */
	atomic_store_explicit(&state->status, (int32_t)status,
			      memory_order_release);
	if (job->order) {
		uint32_t at = atomic_load_explicit(&job->finished,
						   memory_order_relaxed);

		job->order[at] = item;
		atomic_store_explicit(&job->finished, at + 1,
				      memory_order_release);
	}
	return --job->left == 0;
}

enum ipcm_status job_result(const struct ipcm_async *job, uint32_t item,
			    void *buffer, size_t buffer_bytes, size_t *ret_size)
{
	const struct item_state *state = &job->items[item];
	int32_t status =
		atomic_load_explicit(&state->status, memory_order_acquire);

	if (status)
		return (enum ipcm_status)status;
	if (ret_size)
		*ret_size = state->size_bytes;
	if (state->size_bytes > buffer_bytes)
		return IPCM_TOOSMALL;
	if (state->size_bytes)
		memcpy(buffer,
		       state->size_bytes > ITEM_INLINE_BYTES ? state->data
							     : state->bytes,
		       state->size_bytes);
	return IPCM_OK;
}

void job_forget(struct ipcm_async *job, uint32_t item)
{
	struct item_state *state = &job->items[item];

	if (atomic_load_explicit(&state->status, memory_order_acquire) !=
		    ITEM_UNFINISHED &&
	    state->size_bytes > BLOCK_RESULT_BYTES)
		free(state->data);
	state->size_bytes = 0;
}

uint32_t job_first_error(const struct ipcm_async *job)
{
	uint32_t item = 0;

	while (item < job->count &&
	       atomic_load_explicit(&job->items[item].status,
				    memory_order_relaxed) == IPCM_OK)
		item++;
	return item;
}

void job_release(struct ipcm_async *job)
{
	struct result_block *next;

	if (atomic_fetch_sub_explicit(&job->references, 1,
				      memory_order_acq_rel) != 1)
		return;
	handle_invalidate(&job->handle);
	for (uint32_t i = 0; i < job->count; i++)
		job_forget(job, i);
	for (struct result_block *at = job->blocks; at; at = next) {
		next = at->next;
		free(at);
	}
	free(job);
}

/* ---- waiting ---- */

void job_wake(struct ipcm_async *job)
{
	/* seq_cst: a waiter counts itself, then reads the count of changes */
	atomic_fetch_add(&job->changes, 1);
	if (atomic_load(&job->waiters))
		futex_wake(&job->changes, INT_MAX);
}

enum ipcm_status job_wait(struct ipcm_async *job, int64_t deadline_ns,
			  bool (*ready)(void *context), void *context)
{
	enum ipcm_status status = IPCM_OK;

	if (ready(context))
		return IPCM_OK;
	atomic_fetch_add(&job->waiters, 1);
	interrupt_note(false); /* of an earlier sleep */
	for (;;) {
		uint32_t seen = atomic_load(&job->changes);

		if (ready(context)) {
			status = IPCM_OK;
			break;
		}
		if (interrupted())
			status = IPCM_INTR;
		else if (clock_past(deadline_ns))
			status = IPCM_TIMEDOUT;
		if (status)
			break;
		(void)futex_wait(&job->changes, seen, wait_slice(deadline_ns));
	}
	atomic_fetch_sub(&job->waiters, 1);
	return status;
}
