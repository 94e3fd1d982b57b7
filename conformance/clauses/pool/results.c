/* SPDX-License-Identifier: MIT */
/*
 * PO-05, PO-06, PO-10: results that are waited for, iterated over, or too
 * large.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_pool.h"
#include "conformance/harness/users.h"

/* A task is at it for longer than this process may be late. */
static int64_t nap_ns(void)
{
	return 3 * slack_ns() / 10;
}

/* ---- PO-05 ---- */

static void late_result(struct ipcm_pool *pool)
{
	struct ipcm_async *async = pool_submit(pool, task_nap, nap_ns());
	int64_t number = 77, begun = now_ns();
	bool answer;

	CHECK(!async_is_ready(async), "it is ready at once");
	CHECK_STATUS(IPCM_INVALID, ipcm_async_successful(async, &answer));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_async_wait(async, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_async_get(async, 50 * MS, 0, &number,
						   sizeof(number), NULL));
	CHECK(now_ns() - begun >= 49 * MS, "it timed out early");
	CHECK_EQUAL(77, number, "result of a call that failed");
	CHECK_EQUAL(nap_ns(), async_number(async, 0), "result");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_async_get(async, IPCM_TRY, 0, &number, 1, NULL));
	CHECK_STATUS(IPCM_RANGE,
		     ipcm_async_get(async, IPCM_TRY, 1, &number, 8, NULL));
	CHECK_EQUAL(nap_ns(), async_number(async, 0), "result, again");
	CHECK(async_is_ready(async), "it is not ready");
	CHECK_OK(ipcm_async_successful(async, &answer));
	CHECK(answer, "it is not successful");
	CHECK_OK(ipcm_async_wait(async, IPCM_TRY));
	ipcm_async_free(async);
}

/* What callbacks have seen. */
struct seen {
	_Atomic int done, failed;
	_Atomic int ready_before;
	struct ipcm_pool *pool;
	enum ipcm_status error;
};

static void on_done(void *context, struct ipcm_async *async)
{
	struct seen *seen = context;
	int64_t number = 0;
	enum ipcm_status status =
		ipcm_async_get(async, IPCM_FOREVER, 0, &number, 8, NULL);

	if (status == IPCM_OK && number == 4)
		(void)atomic_fetch_add(&seen->done, 1);
}

static void on_failed(void *context, struct ipcm_async *async,
		      enum ipcm_status error)
{
	struct seen *seen = context;

	(void)async;
	seen->error = error;
	pause_ns(20 * MS); /* get must not return before this one does */
	(void)atomic_fetch_add(&seen->failed, 1);
}

static void callbacks_run_once(struct ipcm_pool *pool)
{
	static const int64_t items[] = {2, 13, 5};
	struct seen seen = {.pool = pool};
	struct ipcm_pool_callbacks callbacks = {on_done, on_failed, &seen};
	struct ipcm_async *async = NULL;
	enum ipcm_status error = IPCM_OK;
	size_t index = 77;
	bool answer;

	CHECK_OK(ipcm_pool_map_async(pool, task_square, items, 8, 3, 1,
				     &callbacks, &async));
	CHECK_EQUAL(169, async_number(async, 1), "result");
	CHECK_EQUAL(1, atomic_load(&seen.done), "runs of the callback");
	CHECK_EQUAL(0, atomic_load(&seen.failed), "runs of the other one");
	ipcm_async_free(async);

	CHECK_OK(ipcm_pool_map_async(pool, task_unless_13, items, 8, 3, 1,
				     &callbacks, &async));
	CHECK_OK(ipcm_async_wait(async, hang_ns()));
	CHECK_EQUAL(1, atomic_load(&seen.failed), "runs of the error callback");
	CHECK_EQUAL(1, atomic_load(&seen.done), "runs of the callback");
	CHECK_EQUAL(IPCM_RANGE, seen.error, "error");
	CHECK_OK(ipcm_async_error(async, &index, &error));
	CHECK(index == 1 && error == IPCM_RANGE, "item %zu: %s", index,
	      ipcm_status_name(error));
	CHECK_OK(ipcm_async_successful(async, &answer));
	CHECK(!answer, "it is successful");
	CHECK_EQUAL(5, async_number(async, 2), "result of a good item");
	async_expect(async, IPCM_OK); /* item 0 is good, too */
}

/* Its handle is freed at once, or was not wanted: it is run all the same. */
static void freed_before_it_is_ready(struct ipcm_pool *pool)
{
	struct seen seen = {.pool = pool};
	struct ipcm_pool_callbacks callbacks = {on_done, on_failed, &seen};
	int64_t two = 2;
	struct ipcm_bytes argument = {&two, sizeof(two)};
	struct ipcm_async *async = NULL;

	CHECK_OK(ipcm_pool_apply_async(pool, task_square, &argument, 1,
				       &callbacks, &async));
	ipcm_async_free(async);
	CHECK_OK(ipcm_pool_apply_async(pool, task_square, &argument, 1,
				       &callbacks, NULL));
	flag_await(&seen.done, 2);
	ipcm_async_free(NULL);
}

static void async_results(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool = pool_make(backend, 2);
	struct ipcm_async *kept;

	late_result(pool);
	callbacks_run_once(pool);
	freed_before_it_is_ready(pool);
	kept = pool_submit(pool, task_square, 3);
	pool_end(pool);
	CHECK_EQUAL(9, async_number(kept, 0), "result after the pool");
	ipcm_async_free(kept);
}

/* ---- PO-06 ---- */

enum { ITEMS = 1000 };

/* Each result once; in order if `ordered`. */
static void check_iterator(struct ipcm_pool_iterator *iterator, bool ordered)
{
	bool *seen = memory(ITEMS);
	int64_t number;
	size_t index, size;

	for (size_t i = 0; i < ITEMS; i++) {
		CHECK_OK(ipcm_pool_iterator_next(iterator, hang_ns(), &number,
						 8, &index, &size));
		CHECK(index < ITEMS && !seen[index], "index %zu", index);
		CHECK(!ordered || index == i, "index %zu at %zu", index, i);
		CHECK(size == 8 && number == (int64_t)(index * index),
		      "result %lld of item %zu", (long long)number, index);
		seen[index] = true;
	}
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_END, ipcm_pool_iterator_next(
					       iterator, IPCM_FOREVER, &number,
					       8, &index, &size));
	ipcm_pool_iterator_free(iterator);
	free(seen);
}

static void both_iterators(struct ipcm_pool *pool, int64_t chunk)
{
	struct ipcm_pool_iterator *iterator = NULL;
	int64_t items[ITEMS];

	for (int64_t i = 0; i < ITEMS; i++)
		items[i] = i;
	CHECK_OK(ipcm_pool_imap(pool, task_square, items, 8, ITEMS, chunk,
				&iterator));
	memset(items, 0, sizeof(items)); /* they were copied */
	check_iterator(iterator, true);
	for (int64_t i = 0; i < ITEMS; i++)
		items[i] = i;
	CHECK_OK(ipcm_pool_imap_unordered(pool, task_square, items, 8, ITEMS,
					  chunk, &iterator));
	check_iterator(iterator, false);
}

/* A slow item; a bad item; one that needs more room. */
static void next_can_be_repeated(struct ipcm_pool *pool)
{
	static const int64_t items[] = {7, 13, 8};
	const int64_t nap = nap_ns();
	struct ipcm_pool_iterator *iterator = NULL;
	int64_t number = 77;
	size_t index = 77, size = 77;

	CHECK_OK(ipcm_pool_imap(pool, task_nap, &nap, 8, 1, 1, &iterator));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_pool_iterator_next(iterator, IPCM_TRY, &number, 8,
					     &index, &size));
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_TIMEDOUT,
			     ipcm_pool_iterator_next(iterator, 50 * MS, &number,
						     8, &index, &size));
	CHECK_EQUAL(77, number, "result of a call that failed");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_pool_iterator_next(iterator, hang_ns(), &number, 7,
					     &index, &size));
	CHECK_EQUAL(8, size, "bytes that are needed");
	CHECK_OK(ipcm_pool_iterator_next(iterator, IPCM_TRY, &number, 8, NULL,
					 NULL));
	CHECK_EQUAL(nap, number, "result");
	ipcm_pool_iterator_free(iterator);

	CHECK_OK(ipcm_pool_imap(pool, task_unless_13, items, 8, 3, 1,
				&iterator));
	CHECK_OK(ipcm_pool_iterator_next(iterator, hang_ns(), &number, 8,
					 &index, &size));
	CHECK_STATUS(IPCM_RANGE,
		     ipcm_pool_iterator_next(iterator, hang_ns(), &number, 8,
					     &index, &size));
	CHECK_EQUAL(1, index, "index of the bad item");
	CHECK_OK(ipcm_pool_iterator_next(iterator, hang_ns(), &number, 8,
					 &index, &size));
	CHECK_EQUAL(8, number, "result after the bad item");
	ipcm_pool_iterator_free(iterator);

	/* freed before its end; nothing to iterate over */
	CHECK_OK(ipcm_pool_imap(pool, task_square, items, 8, 3, 1, &iterator));
	ipcm_pool_iterator_free(iterator);
	CHECK_OK(ipcm_pool_imap(pool, task_square, NULL, 8, 0, 1, &iterator));
	CHECK_STATUS(IPCM_END, ipcm_pool_iterator_next(iterator, hang_ns(),
						       &number, 8, NULL, NULL));
	ipcm_pool_iterator_free(iterator);
}

static void iterators(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool = pool_make(backend, 2);

	both_iterators(pool, 1);
	both_iterators(pool, 100);
	next_can_be_repeated(pool);
	pool_end(pool);
}

/* ---- PO-10 ---- */

/* As many bytes of result as the number says, in two pieces. */
static enum ipcm_status write_much(const struct ipcm_bytes *arguments,
				   size_t count, struct ipcm_output *output)
{
	static const char block[IPCM_POOL_MAX_BYTES]; /* never touched: zeros */
	int64_t number = *(const int64_t *)arguments[0].data;

	(void)count;
	any_status(ipcm_output_write(output, block, 1));
	any_status(ipcm_output_write(output, block, (size_t)number - 1));
	return IPCM_OK; /* that a write failed is the error all the same */
}

static void what_is_too_large(struct ipcm_pool *pool, const void *large)
{
	struct ipcm_bytes argument = {large, IPCM_POOL_MAX_BYTES + 1};
	struct ipcm_async *async = NULL;

	for (int i = 0; i < 20; i++) {
		async_expect(
			pool_submit(pool, write_much, IPCM_POOL_MAX_BYTES + 1),
			IPCM_TOOBIG);
		CHECK_STATUS(IPCM_TOOBIG,
			     ipcm_pool_apply_async(pool, task_pid, &argument, 1,
						   NULL, &async));
		CHECK(!async, "TOOBIG, and a handle");
	}
}

/* A large argument, and the largest result. */
static void what_just_fits(struct ipcm_pool *pool, char *large, pid_t worker)
{
	struct ipcm_bytes argument = {large, 4 << 20};
	struct ipcm_async *async = NULL;
	size_t size = 0;

	CHECK_OK(ipcm_pool_apply_async(pool, task_pid, &argument, 1, NULL,
				       &async));
	CHECK_EQUAL(worker, async_number(async, 0), "worker");
	ipcm_async_free(async);
	async = pool_submit(pool, write_much, IPCM_POOL_MAX_BYTES);
	large[0] = 1;
	CHECK_OK(ipcm_async_get(async, 4 * hang_ns(), 0, large,
				IPCM_POOL_MAX_BYTES, &size));
	CHECK(size == IPCM_POOL_MAX_BYTES && large[0] == 0, "%zu bytes", size);
	ipcm_async_free(async);
}

static void what_cannot_travel(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool = pool_make(backend, 1);
	pid_t worker = pool_pids(pool).pid[0];
	char *large = memory(IPCM_POOL_MAX_BYTES + 1);

	what_is_too_large(pool, large);
	CHECK_EQUAL(worker, pool_apply(pool, task_pid, 0), "worker");
	what_just_fits(pool, large, worker);
	free(large);
	pool_end(pool);
}

static const struct clause table[] = {
	{"PO-05", LEVEL_CORE, OBJECT_POOL,
	 "wait and get, try and timed, before and after the result; callbacks "
	 "of good and bad calls; handles freed early and late.",
	 "INVALID, TIMEDOUT, then the result, again and again; one callback, "
	 "once, before get returns.",
	 "multiprocessing.pool, AsyncResult; CPython tests "
	 "_TestPool.test_async_timeout, test_map_async_callbacks",
	 0, false, async_results},
	{"PO-06", LEVEL_CORE, OBJECT_POOL,
	 "imap and imap_unordered of 1000 items, chunks of 1 and 100; slow and "
	 "bad items, a small buffer.",
	 "In order, or each once; TIMEDOUT and TOOSMALL can be repeated; END.",
	 "multiprocessing.pool, Pool.imap; CPython tests _TestPool.test_imap, "
	 "test_imap_unordered",
	 0, false, iterators},
	{"PO-10", LEVEL_CORE, OBJECT_POOL,
	 "Results and arguments of a byte too many, 20 times; the largest result.",
	 "TOOBIG for that task only, the worker lives on; the largest arrives.",
	 "CPython tests _TestPool.test_unpickleable_result, "
	 "test_map_unplicklable",
	 60, false, what_cannot_travel},
};

CLAUSE_LIST(clauses_pool_results, table);
