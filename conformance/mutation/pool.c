/* SPDX-License-Identifier: MIT */
/* Faults that wrap the functions of Pool; see queue.c. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

WRAP(enum ipcm_status, ipcm_pool_create, const struct ipcm_backend *backend,
     const struct ipcm_pool_options *options, struct ipcm_pool **ret_pool)
{
	struct ipcm_pool_options changed;

	if (options) {
		changed = *options;
		if (changed.workers < 1 &&
		    inject_strikes(INJECT_POOL_SIZE_RAISED))
			changed.workers = 1;
		if (inject_is(INJECT_POOL_WORKERS_STAY))
			changed.tasks_per_worker = IPCM_POOL_UNLIMITED;
		if (inject_is(INJECT_POOL_RETRIES_IGNORED))
			changed.retries = 0;
		options = &changed;
	}
	return __real_ipcm_pool_create(backend, options, ret_pool);
}

WRAP(enum ipcm_status, ipcm_output_write, struct ipcm_output *output,
     const void *data, size_t size_bytes)
{
	enum ipcm_status status =
		__real_ipcm_output_write(output, data, size_bytes);

	if (status == IPCM_TOOBIG && inject_is(INJECT_POOL_RESULT_KILLS))
		(void)raise(SIGKILL);
	return status;
}

/* These calls return INVALID for what is no handle, or not of this process. */
static enum ipcm_status handle_unchecked(enum inject fault,
					 enum ipcm_status status)
{
	return status == IPCM_INVALID && inject_strikes(fault) ? IPCM_OK
							       : status;
}

/* ---- submitting ---- */

WRAP(enum ipcm_status, ipcm_pool_apply, struct ipcm_pool *pool, ipcm_task task,
     const struct ipcm_bytes *arguments, size_t count, int64_t timeout_ns,
     void *buffer, size_t buffer_bytes, size_t *ret_size)
{
	if (inject_strikes(INJECT_POOL_APPLY_TWICE))
		any_status(__real_ipcm_pool_apply(pool, task, arguments, count,
						  timeout_ns, NULL, 0, NULL));
	return __real_ipcm_pool_apply(pool, task, arguments, count, timeout_ns,
				      buffer, buffer_bytes, ret_size);
}

WRAP(enum ipcm_status, ipcm_pool_apply_async, struct ipcm_pool *pool,
     ipcm_task task, const struct ipcm_bytes *arguments, size_t count,
     const struct ipcm_pool_callbacks *callbacks, struct ipcm_async **ret_async)
{
	enum ipcm_status status = __real_ipcm_pool_apply_async(
		pool, task, arguments, count, callbacks, ret_async);

	if (status == IPCM_BROKEN && inject_strikes(INJECT_POOL_BROKEN_IS_EOF))
		return IPCM_EOF;
	return status;
}

WRAP(enum ipcm_status, ipcm_pool_map_async, struct ipcm_pool *pool,
     ipcm_task task, const void *items, size_t item_bytes, size_t count,
     int64_t chunk, const struct ipcm_pool_callbacks *callbacks,
     struct ipcm_async **ret_async)
{
	if (inject_strikes(INJECT_POOL_MAP_TWICE))
		any_status(__real_ipcm_pool_map_async(pool, task, items,
						      item_bytes, count, chunk,
						      NULL, NULL));
	return __real_ipcm_pool_map_async(pool, task, items, item_bytes, count,
					  chunk, callbacks, ret_async);
}

/* The error of the last bad item in place of the first one's. */
static enum ipcm_status last_error(struct ipcm_pool *pool, ipcm_task task,
				   const void *items, size_t item_bytes,
				   size_t count, int64_t chunk)
{
	struct ipcm_async *async = NULL;
	enum ipcm_status status = __real_ipcm_pool_map_async(
		pool, task, items, item_bytes, count, chunk, NULL, &async);
	char room[64];

	for (size_t i = count; i-- > 0 && !status;)
		status = ipcm_async_get(async, IPCM_FOREVER, i, room,
					sizeof(room), NULL);
	ipcm_async_free(async);
	return status;
}

WRAP(enum ipcm_status, ipcm_pool_map, struct ipcm_pool *pool, ipcm_task task,
     const void *items, size_t item_bytes, size_t count, int64_t chunk,
     void *results, size_t result_bytes)
{
	enum ipcm_status status;

	if (chunk < 1 && inject_strikes(INJECT_POOL_CHUNK_RAISED))
		chunk = 1;
	if (inject_is(INJECT_POOL_MAP_LAST_ERROR))
		return last_error(pool, task, items, item_bytes, count, chunk);
	status = __real_ipcm_pool_map(pool, task, items, item_bytes, count,
				      chunk, results, result_bytes);
	if (status == IPCM_OK && count > 1 &&
	    inject_strikes(INJECT_POOL_MAP_SHIFTED))
		memmove(results, (char *)results + result_bytes,
			(count - 1) * result_bytes);
	return status;
}

/* ---- results ---- */

WRAP(enum ipcm_status, ipcm_async_get, struct ipcm_async *async,
     int64_t timeout_ns, size_t index, void *buffer, size_t buffer_bytes,
     size_t *ret_size)
{
	static struct ipcm_async *taken;
	enum ipcm_status status;

	if (inject_is(INJECT_POOL_RESULT_ONCE) && taken == async)
		return IPCM_INVALID;
	status = __real_ipcm_async_get(async, timeout_ns, index, buffer,
				       buffer_bytes, ret_size);
	if (status == IPCM_OK && inject_is(INJECT_POOL_RESULT_ONCE))
		taken = async;
	if (status == IPCM_WORKERDIED &&
	    inject_strikes(INJECT_POOL_DEATH_IS_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_async_ready, const struct ipcm_async *async,
     bool *ret_ready)
{
	return handle_unchecked(INJECT_ASYNC_HANDLE_UNCHECKED,
				__real_ipcm_async_ready(async, ret_ready));
}

WRAP(enum ipcm_status, ipcm_pool_iterator_next,
     struct ipcm_pool_iterator *iterator, int64_t timeout_ns, void *buffer,
     size_t buffer_bytes, size_t *ret_index, size_t *ret_size)
{
	enum ipcm_status status = __real_ipcm_pool_iterator_next(
		iterator, timeout_ns, buffer, buffer_bytes, ret_index,
		ret_size);

	if (status == IPCM_OK && inject_strikes(INJECT_POOL_IMAP_DROPS))
		return __real_ipcm_pool_iterator_next(iterator, timeout_ns,
						      buffer, buffer_bytes,
						      ret_index, ret_size);
	return status;
}

/* ---- the end ---- */

WRAP(enum ipcm_status, ipcm_pool_close, struct ipcm_pool *pool)
{
	if (inject_strikes(INJECT_POOL_CLOSE_LATE))
		return IPCM_OK;
	return __real_ipcm_pool_close(pool);
}

WRAP(enum ipcm_status, ipcm_pool_terminate, struct ipcm_pool *pool)
{
	/* a callback runs in a thread of its own */
	if (gettid() != getpid() &&
	    inject_strikes(INJECT_POOL_TERMINATE_NOT_IN_CALLBACK))
		return IPCM_INVALID;
	if (inject_is(INJECT_POOL_TERMINATE_LATER))
		return __real_ipcm_pool_close(pool);
	return handle_unchecked(INJECT_POOL_HANDLE_UNCHECKED,
				__real_ipcm_pool_terminate(pool));
}

WRAP(enum ipcm_status, ipcm_pool_pids, const struct ipcm_pool *pool,
     pid_t *ret_pids, size_t capacity, size_t *ret_count)
{
	static pid_t first;
	enum ipcm_status status =
		__real_ipcm_pool_pids(pool, ret_pids, capacity, ret_count);

	if (status != IPCM_OK || !*ret_count ||
	    !inject_is(INJECT_POOL_PIDS_STALE))
		return status;
	if (first)
		ret_pids[0] = first;
	first = ret_pids[0];
	return status;
}
