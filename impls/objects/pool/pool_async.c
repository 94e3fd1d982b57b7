/* SPDX-License-Identifier: MIT */
/*
 * Results: of a whole job, and one after the other.
 */
#include "pool_async.h"

#include "impls/core/sync/clock.h"

static enum ipcm_status async_check(const struct ipcm_async *async)
{
	if (!handle_is_aligned(async) || handle_check(async, ASYNC_MAGIC))
		return IPCM_INVALID;
	return async->forks == pool_forks ? IPCM_OK : IPCM_INVALID;
}

/* Its callback has run, or runs in this thread. */
static bool is_ready(const struct ipcm_async *async)
{
	return atomic_load_explicit(&async->done, memory_order_acquire) ||
	       (pool_collecting &&
		atomic_load_explicit(&async->complete, memory_order_acquire));
}

enum ipcm_status ipcm_async_ready(const struct ipcm_async *async,
				  bool *ret_ready)
{
	enum ipcm_status status = async_check(async);

	if (status)
		return status;
	if (!ret_ready)
		return IPCM_INVALID;
	*ret_ready = is_ready(async);
	return IPCM_OK;
}

enum ipcm_status ipcm_async_error(const struct ipcm_async *async,
				  size_t *ret_index,
				  enum ipcm_status *ret_error)
{
	enum ipcm_status status = async_check(async);
	uint32_t first;

	if (status)
		return status;
	if (!ret_error || !is_ready(async))
		return IPCM_INVALID;
	first = job_first_error(async);
	if (ret_index)
		*ret_index = first;
	*ret_error = first == async->count
			     ? IPCM_OK
			     : (enum ipcm_status)async->items[first].status;
	return IPCM_OK;
}

enum ipcm_status ipcm_async_successful(const struct ipcm_async *async,
				       bool *ret_successful)
{
	enum ipcm_status error, status;

	if (!ret_successful)
		return IPCM_INVALID;
	status = ipcm_async_error(async, NULL, &error);
	if (!status)
		*ret_successful = error == IPCM_OK;
	return status;
}

enum ipcm_status ipcm_async_count(const struct ipcm_async *async,
				  size_t *ret_count)
{
	enum ipcm_status status = async_check(async);

	if (status)
		return status;
	if (!ret_count)
		return IPCM_INVALID;
	*ret_count = async->count;
	return IPCM_OK;
}

static bool ready(void *async)
{
	return is_ready(async);
}

enum ipcm_status ipcm_async_wait(struct ipcm_async *async, int64_t timeout_ns)
{
	enum ipcm_status status = async_check(async);

	if (status || is_ready(async))
		return status;
	if (pool_collecting)
		return IPCM_INVALID; /* what this thread would have to do */
	status = job_wait(async, clock_deadline(timeout_ns), ready, async);
	return status == IPCM_TIMEDOUT ? timeout_status(timeout_ns) : status;
}

enum ipcm_status ipcm_async_get(struct ipcm_async *async, int64_t timeout_ns,
				size_t index, void *buffer, size_t buffer_bytes,
				size_t *ret_size)
{
	enum ipcm_status status = async_check(async);

	if (status)
		return status;
	if (!buffer && buffer_bytes)
		return IPCM_INVALID;
	if (index >= async->count)
		return IPCM_RANGE;
	status = ipcm_async_wait(async, timeout_ns);
	return status ? status
		      : job_result(async, (uint32_t)index, buffer, buffer_bytes,
				   ret_size);
}

void ipcm_async_free(struct ipcm_async *async)
{
	if (!handle_is(async, ASYNC_MAGIC))
		return;
	if (async->forks != pool_forks) {
		handle_invalidate(&async->handle);
		free(async); /* a copy, without its results' memory */
		return;
	}
	if (!atomic_exchange(&async->freed, true))
		job_release(async);
}

/* ---- iterators ---- */

static enum ipcm_status iterator_check(
	const struct ipcm_pool_iterator *iterator)
{
	if (!handle_is_aligned(iterator) ||
	    handle_check(iterator, ITERATOR_MAGIC))
		return IPCM_INVALID;
	return iterator->forks == pool_forks ? IPCM_OK : IPCM_INVALID;
}

struct ipcm_pool_iterator *iterator_new(void)
{
	struct ipcm_pool_iterator *iterator = calloc(1, sizeof(*iterator));

	if (!iterator)
		return NULL;
	iterator->forks = pool_forks;
	(void)pthread_mutex_init(&iterator->mutex, NULL);
	handle_open(&iterator->handle, ITERATOR_MAGIC);
	return iterator;
}

/* The item whose result is next; false: it is not finished. Mutex. */
static bool next_item(const struct ipcm_pool_iterator *iterator,
		      uint32_t *ret_item)
{
	const struct ipcm_async *job = iterator->job;

	*ret_item = iterator->taken;
	if (!job->order)
		return atomic_load_explicit(&job->items[*ret_item].status,
					    memory_order_acquire) !=
		       ITEM_UNFINISHED;
	if (atomic_load_explicit(&job->finished, memory_order_acquire) <=
	    iterator->taken)
		return false;
	*ret_item = job->order[iterator->taken];
	return true;
}

/* What a call of next wants, and has got. */
struct taking {
	struct ipcm_pool_iterator *iterator;
	void *buffer;
	size_t buffer_bytes, size;
	uint32_t item;
	enum ipcm_status status;
};

static void take(struct taking *taking)
{
	struct ipcm_pool_iterator *iterator = taking->iterator;

	taking->status = job_result(iterator->job, taking->item, taking->buffer,
				    taking->buffer_bytes, &taking->size);
	if (taking->status == IPCM_TOOSMALL)
		return;
	job_forget(iterator->job, taking->item);
	iterator->taken++;
}

/* Take the next result, if it is there; or find the end. */
static bool try_take(void *argument)
{
	struct taking *taking = argument;
	struct ipcm_pool_iterator *iterator = taking->iterator;
	bool ended, found;

	(void)pthread_mutex_lock(&iterator->mutex);
	ended = iterator->taken == iterator->job->count;
	found = !ended && next_item(iterator, &taking->item);
	if (found)
		take(taking);
	else if (ended)
		taking->status = IPCM_END;
	(void)pthread_mutex_unlock(&iterator->mutex);
	return found || ended;
}

enum ipcm_status ipcm_pool_iterator_next(struct ipcm_pool_iterator *iterator,
					 int64_t timeout_ns, void *buffer,
					 size_t buffer_bytes, size_t *ret_index,
					 size_t *ret_size)
{
	struct taking taking = {.iterator = iterator,
				.buffer = buffer,
				.buffer_bytes = buffer_bytes};
	enum ipcm_status status = iterator_check(iterator);

	if (status)
		return status;
	if (!buffer && buffer_bytes)
		return IPCM_INVALID;
	if (!try_take(&taking)) {
		if (pool_collecting)
			return IPCM_INVALID;
		status = job_wait(iterator->job, clock_deadline(timeout_ns),
				  try_take, &taking);
		if (status)
			return status == IPCM_TIMEDOUT
				       ? timeout_status(timeout_ns)
				       : status;
	}
	if (taking.status == IPCM_END)
		return IPCM_END;
	if (ret_index)
		*ret_index = taking.item;
	if (ret_size && (!taking.status || taking.status == IPCM_TOOSMALL))
		*ret_size = taking.size;
	return taking.status;
}

void ipcm_pool_iterator_free(struct ipcm_pool_iterator *iterator)
{
	if (!handle_is(iterator, ITERATOR_MAGIC))
		return;
	handle_invalidate(&iterator->handle);
	if (iterator->forks == pool_forks) {
		if (iterator->job)
			job_release(iterator->job);
		(void)pthread_mutex_destroy(&iterator->mutex);
	}
	free(iterator);
}
