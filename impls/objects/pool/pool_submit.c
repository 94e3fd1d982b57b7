/* SPDX-License-Identifier: MIT */
/*
 * The calls that submit. Each makes a job, adds it to the pool, and hands over
 * what there is space for; the blocking ones then wait for it.
 */
#include "pool_internal.h"

#include "impls/core/sync/clock.h"
#include "pool_async.h"

/* ---- checks ---- */

static enum ipcm_status check_row(const struct ipcm_bytes *row, size_t columns,
				  bool refuse_large)
{
	size_t total = 0;

	for (size_t i = 0; i < columns; i++) {
		if (!row[i].data && row[i].size_bytes)
			return IPCM_INVALID;
		if (row[i].size_bytes > IPCM_POOL_MAX_BYTES)
			total = IPCM_POOL_MAX_BYTES + 1;
		else if (total <= IPCM_POOL_MAX_BYTES)
			total += row[i].size_bytes;
	}
	return refuse_large && total > IPCM_POOL_MAX_BYTES ? IPCM_TOOBIG
							   : IPCM_OK;
}

static enum ipcm_status check_rows(const struct job_request *request)
{
	size_t cells;

	if (request->columns > IPCM_POOL_ARGUMENTS_MAX ||
	    (request->columns && request->count && !request->rows))
		return IPCM_INVALID;
	if (__builtin_mul_overflow(request->count, request->columns, &cells))
		return IPCM_LIMIT;
	for (size_t i = 0; i < request->count && request->columns; i++) {
		enum ipcm_status status =
			check_row(&request->rows[i * request->columns],
				  request->columns, false);

		if (status)
			return status;
	}
	return IPCM_OK;
}

static enum ipcm_status check_elements(const struct job_request *request)
{
	size_t bytes;

	if (!request->elements && request->count && request->element_bytes)
		return IPCM_INVALID;
	if (request->element_bytes > IPCM_POOL_MAX_BYTES)
		return IPCM_TOOBIG;
	return __builtin_mul_overflow(request->count, request->element_bytes,
				      &bytes)
		       ? IPCM_LIMIT
		       : IPCM_OK;
}

/* May this call submit? Mutex. */
static enum ipcm_status check_state(const struct ipcm_pool *pool)
{
	if (pool->closed)
		return IPCM_INVALID;
	return pool->state == POOL_OPEN ? IPCM_OK : IPCM_BROKEN;
}

/* Everything that is wrong before a job is made. */
static enum ipcm_status check_request(struct ipcm_pool *pool,
				      struct job_request *request)
{
	enum ipcm_status status = pool_check(pool);
	size_t parts;

	if (status)
		return status;
	if (!request->task || request->chunk < 1)
		return IPCM_INVALID;
	if (request->count > IPCM_POOL_ITEMS_MAX)
		return IPCM_LIMIT;
	status = request->by_rows ? check_rows(request)
				  : check_elements(request);
	if (status)
		return status;
	if (request->chunk == IPCM_POOL_CHUNK_AUTO) {
		parts = 4 * (size_t)pool->workers;
		request->chunk =
			(int64_t)((request->count + parts - 1) / parts);
	}
	if (request->chunk > (int64_t)request->count)
		request->chunk = (int64_t)request->count;
	pool_lock(pool);
	status = check_state(pool);
	pool_unlock(pool);
	return status;
}

/* ---- submitting ---- */

/* Nothing to do: it is done. */
static void finish_empty(struct ipcm_async *job)
{
	/* no other thread has the handle yet */
	atomic_store(&job->complete, true);
	atomic_store(&job->done, true);
	if (job->callbacks.done)
		job->callbacks.done(job->callbacks.context, job);
}

static enum ipcm_status add(struct ipcm_pool *pool, struct ipcm_async *job)
{
	enum ipcm_status status;
	bool news;

	pool_lock(pool);
	status = check_state(pool);
	if (!status) {
		feed_add(pool, job);
		feed(pool);
	}
	news = pool->changed.first || pool->refused;
	pool_unlock(pool);
	if (news && pool_collecting != pool)
		pool_wake_collector(pool);
	return status;
}

/* The job, with a reference of the caller, also where that wants no handle. */
static enum ipcm_status submit(struct ipcm_pool *pool,
			       struct job_request *request,
			       struct ipcm_async **ret_job)
{
	enum ipcm_status status = check_request(pool, request);
	struct ipcm_async *job;

	if (status)
		return status;
	status = job_create(request, &job);
	if (status)
		return status;
	/* before a callback may run; it may free what the caller has */
	if (ret_job)
		*ret_job = job;
	else
		atomic_store(&job->freed, true);
	if (request->count)
		status = add(pool, job);
	else
		finish_empty(job);
	if (status || !ret_job)
		job_release(job);
	return status;
}

static enum ipcm_status submit_async(struct ipcm_pool *pool,
				     struct job_request *request,
				     struct ipcm_async **ret_async)
{
	struct ipcm_async *job;
	enum ipcm_status status;

	if (!ret_async)
		return submit(pool, request, NULL);
	job = *ret_async;
	status = submit(pool, request, ret_async);
	if (status)
		*ret_async = job;
	return status;
}

/* ---- blocking calls ---- */

static struct job_request map_request(ipcm_task task, const void *items,
				      size_t item_bytes, size_t count,
				      int64_t chunk)
{
	return (struct job_request){.task = task,
				    .count = count,
				    .columns = 1,
				    .chunk = chunk,
				    .elements = items,
				    .element_bytes = item_bytes};
}

static struct job_request starmap_request(ipcm_task task,
					  const struct ipcm_bytes *rows,
					  size_t columns, size_t count,
					  int64_t chunk)
{
	return (struct job_request){.task = task,
				    .count = count,
				    .columns = columns,
				    .chunk = chunk,
				    .rows = rows,
				    .by_rows = true};
}

/* What was not handed to a worker is not run; the elements are the caller's. */
static void cancel(struct ipcm_pool *pool, struct ipcm_async *job)
{
	pool_lock(pool);
	job->cancelled = true;
	pool_unlock(pool);
	job_release(job);
}

/* All results have this length; then they are copied. */
static enum ipcm_status copy_results(const struct ipcm_async *job,
				     uint8_t *results, size_t result_bytes)
{
	uint32_t failed = job_first_error(job);

	for (uint32_t i = 0; i < failed; i++) {
		size_t size = job->items[i].size_bytes;

		if (size != result_bytes)
			return size > result_bytes ? IPCM_TOOSMALL
						   : IPCM_INVALID;
	}
	if (failed < job->count)
		return (enum ipcm_status)job->items[failed].status;
	for (uint32_t i = 0; i < job->count; i++)
		(void)!job_result(job, i, results + i * result_bytes,
				  result_bytes, NULL);
	return IPCM_OK;
}

static enum ipcm_status map_waiting(struct ipcm_pool *pool,
				    struct job_request *request, void *results,
				    size_t result_bytes)
{
	struct ipcm_async *job;
	enum ipcm_status status;

	if ((!results && result_bytes && request->count) ||
	    pool_collecting == pool)
		return IPCM_INVALID;
	status = submit(pool, request, &job);
	if (status)
		return status;
	status = ipcm_async_wait(job, IPCM_FOREVER);
	if (status) {
		cancel(pool, job);
		return status;
	}
	status = copy_results(job, results, result_bytes);
	job_release(job);
	return status;
}

enum ipcm_status ipcm_pool_apply(struct ipcm_pool *pool, ipcm_task task,
				 const struct ipcm_bytes *arguments,
				 size_t count, int64_t timeout_ns, void *buffer,
				 size_t buffer_bytes, size_t *ret_size)
{
	struct ipcm_async *job = NULL;
	enum ipcm_status status;

	if ((!buffer && buffer_bytes) || pool_collecting == pool)
		return IPCM_INVALID;
	status =
		ipcm_pool_apply_async(pool, task, arguments, count, NULL, &job);
	if (status)
		return status;
	status = ipcm_async_get(job, timeout_ns, 0, buffer, buffer_bytes,
				ret_size);
	ipcm_async_free(job);
	return status;
}

enum ipcm_status ipcm_pool_map(struct ipcm_pool *pool, ipcm_task task,
			       const void *items, size_t item_bytes,
			       size_t count, int64_t chunk, void *results,
			       size_t result_bytes)
{
	struct job_request request =
		map_request(task, items, item_bytes, count, chunk);

	request.borrow = true;
	return map_waiting(pool, &request, results, result_bytes);
}

enum ipcm_status ipcm_pool_starmap(struct ipcm_pool *pool, ipcm_task task,
				   const struct ipcm_bytes *rows,
				   size_t columns, size_t count, int64_t chunk,
				   void *results, size_t result_bytes)
{
	struct job_request request =
		starmap_request(task, rows, columns, count, chunk);

	return map_waiting(pool, &request, results, result_bytes);
}

/* ---- the others ---- */

enum ipcm_status ipcm_pool_apply_async(
	struct ipcm_pool *pool, ipcm_task task,
	const struct ipcm_bytes *arguments, size_t count,
	const struct ipcm_pool_callbacks *callbacks,
	struct ipcm_async **ret_async)
{
	struct job_request request = {.task = task,
				      .count = 1,
				      .columns = count,
				      .chunk = 1,
				      .rows = arguments,
				      .by_rows = true,
				      .callbacks = callbacks};
	enum ipcm_status status = pool_check(pool);

	if (status)
		return status;
	if (count > IPCM_POOL_ARGUMENTS_MAX || (count && !arguments))
		return IPCM_INVALID;
	status = check_row(arguments, count, true);
	return status ? status : submit_async(pool, &request, ret_async);
}

enum ipcm_status ipcm_pool_map_async(
	struct ipcm_pool *pool, ipcm_task task, const void *items,
	size_t item_bytes, size_t count, int64_t chunk,
	const struct ipcm_pool_callbacks *callbacks,
	struct ipcm_async **ret_async)
{
	struct job_request request =
		map_request(task, items, item_bytes, count, chunk);

	request.callbacks = callbacks;
	return submit_async(pool, &request, ret_async);
}

enum ipcm_status ipcm_pool_starmap_async(
	struct ipcm_pool *pool, ipcm_task task, const struct ipcm_bytes *rows,
	size_t columns, size_t count, int64_t chunk,
	const struct ipcm_pool_callbacks *callbacks,
	struct ipcm_async **ret_async)
{
	struct job_request request =
		starmap_request(task, rows, columns, count, chunk);

	request.callbacks = callbacks;
	return submit_async(pool, &request, ret_async);
}

static enum ipcm_status submit_iterated(
	struct ipcm_pool *pool, struct job_request *request,
	struct ipcm_pool_iterator **ret_iterator)
{
	struct ipcm_pool_iterator *iterator;
	enum ipcm_status status;

	if (!ret_iterator)
		return IPCM_INVALID;
	iterator = iterator_new();
	if (!iterator)
		return IPCM_NOMEM;
	request->iterated = true;
	status = submit(pool, request, &iterator->job);
	if (status) {
		iterator->job = NULL;
		ipcm_pool_iterator_free(iterator);
		return status;
	}
	*ret_iterator = iterator;
	return IPCM_OK;
}

enum ipcm_status ipcm_pool_imap(struct ipcm_pool *pool, ipcm_task task,
				const void *items, size_t item_bytes,
				size_t count, int64_t chunk,
				struct ipcm_pool_iterator **ret_iterator)
{
	struct job_request request =
		map_request(task, items, item_bytes, count, chunk);

	return submit_iterated(pool, &request, ret_iterator);
}

enum ipcm_status ipcm_pool_imap_unordered(
	struct ipcm_pool *pool, ipcm_task task, const void *items,
	size_t item_bytes, size_t count, int64_t chunk,
	struct ipcm_pool_iterator **ret_iterator)
{
	struct job_request request =
		map_request(task, items, item_bytes, count, chunk);

	request.ordered_by_end = true;
	return submit_iterated(pool, &request, ret_iterator);
}
