/* SPDX-License-Identifier: MIT */
/*
 * PO-07 to PO-09, PO-14: close, terminate, join; workers that are replaced
 * after some tasks.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_pool.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/peer.h"

/* ---- PO-07 ---- */

static void check_refused(struct ipcm_pool *pool)
{
	struct ipcm_pool_iterator *iterator = NULL;
	struct ipcm_async *async = NULL;
	int64_t item = 1, result = 0;
	struct ipcm_bytes row = {&item, 8};

	CHECK_STATUS(IPCM_INVALID, ipcm_pool_apply(pool, task_square, &row, 1,
						   S, &result, 8, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_apply_async(pool, task_square, &row, 1, NULL,
					   &async));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_map(pool, task_square, &item, 8, 1,
						 1, &result, 8));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_map_async(pool, task_square, &item,
						       8, 1, 1, NULL, &async));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_starmap(pool, task_square, &row, 1,
						     1, 1, &result, 8));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_starmap_async(pool, task_square, &row, 1, 1, 1,
					     NULL, &async));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_imap(pool, task_square, &item, 8,
						  1, 1, &iterator));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_imap_unordered(pool, task_square, &item, 8, 1, 1,
					      &iterator));
	CHECK(!async && !iterator, "a call that failed wrote a handle");
}

static void closed_pools_finish(const struct ipcm_backend *backend)
{
	enum { TASKS = 40 };
	struct ipcm_async *results[TASKS];
	struct ipcm_pool *pool = pool_make(backend, 2);
	struct pool_pids pids = pool_pids(pool);

	CHECK_STATUS(IPCM_INVALID, ipcm_pool_join(pool, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_join(pool, IPCM_FOREVER));
	for (int i = 0; i < TASKS; i++)
		results[i] = pool_submit(pool, task_nap, 5 * MS + i);
	CHECK_OK(ipcm_pool_close(pool));
	CHECK_OK(ipcm_pool_close(pool));
	check_refused(pool);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_pool_join(pool, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_pool_join(pool, MS));
	CHECK_OK(ipcm_pool_join(pool, 2 * hang_ns()));
	CHECK_OK(ipcm_pool_join(pool, IPCM_TRY));
	pool_await_gone(&pids);
	check_refused(pool);
	CHECK_OK(ipcm_pool_close(pool));
	CHECK_OK(ipcm_pool_terminate(pool));
	ipcm_pool_free(pool);
	for (int i = 0; i < TASKS; i++) {
		CHECK_EQUAL(5 * MS + i, async_number(results[i], 0), "result");
		ipcm_async_free(results[i]);
	}
}

/* What one has inherited of the other does not keep it alive. */
static void two_at_a_time(const struct ipcm_backend *backend)
{
	for (int first = 0; first < 2; first++) {
		struct ipcm_pool *pools[] = {pool_make(backend, 2),
					     pool_make(backend, 2)};

		CHECK_EQUAL(9, pool_apply(pools[0], task_square, 3), "square");
		CHECK_EQUAL(9, pool_apply(pools[1], task_square, 3), "square");
		pool_end(pools[first]);
		CHECK_EQUAL(9, pool_apply(pools[!first], task_square, 3),
			    "square");
		pool_end(pools[!first]);
	}
}

static void states(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool;
	struct pool_pids pids;

	closed_pools_finish(backend);
	pool = pool_make(backend, 2);
	CHECK_OK(ipcm_pool_terminate(pool));
	CHECK_OK(ipcm_pool_terminate(pool));
	check_refused(pool);
	CHECK_OK(ipcm_pool_join(pool, hang_ns()));
	CHECK_OK(ipcm_pool_close(pool));
	ipcm_pool_free(pool);
	two_at_a_time(backend);
	/* free alone terminates */
	pool = pool_make(backend, 2);
	pids = pool_pids(pool);
	ipcm_async_free(pool_submit(pool, task_nap, 100 * S));
	ipcm_pool_free(pool);
	pool_await_gone(&pids);
}

/* ---- PO-08 ---- */

static enum ipcm_status ignore_and_nap(const struct ipcm_bytes *arguments,
				       size_t count, struct ipcm_output *output)
{
	(void)signal(SIGTERM, SIG_IGN);
	return task_nap(arguments, count, output);
}

/*
 * The channel of tasks is full, all workers sleep, thousands wait. A stopped
 * worker does not see SIGTERM.
 */
static void terminate_with(const struct ipcm_backend *backend, ipcm_task task,
			   size_t count, size_t item_bytes, bool stop)
{
	struct ipcm_pool *pool = pool_make(backend, 2);
	struct pool_pids pids = pool_pids(pool);
	struct ipcm_async *async = NULL;
	int64_t begun, *items = memory(count * item_bytes);

	for (size_t i = 0; i < count; i++)
		items[i * item_bytes / 8] = 100 * S;
	CHECK_OK(ipcm_pool_map_async(pool, task, items, item_bytes, count, 1,
				     NULL, &async));
	pause_ns(50 * MS);
	if (stop) {
		(void)kill(pids.pid[0], SIGSTOP);
		peer_await_state(&(struct peer){.pid = pids.pid[0]}, 'T');
	}
	begun = now_ns();
	CHECK_OK(ipcm_pool_terminate(pool));
	CHECK(now_ns() - begun < 3 * slack_ns(), "terminate took %lld ms",
	      (long long)((now_ns() - begun) / MS));
	for (size_t i = 0; i < pids.count; i++)
		CHECK(!pid_runs(pids.pid[i]), "a worker is left");
	CHECK_OK(ipcm_pool_join(pool, hang_ns()));
	async_expect(async, IPCM_CLOSED);
	ipcm_pool_free(pool);
	free(items);
}

/* task_nap for items of any length. */
static enum ipcm_status nap_large(const struct ipcm_bytes *arguments,
				  size_t count, struct ipcm_output *output)
{
	struct ipcm_bytes first = {arguments[0].data, 8};

	return task_nap(&first, count, output);
}

static void terminate_is_quick(const struct ipcm_backend *backend)
{
	terminate_with(backend, task_nap, 10000, 8, false);
	terminate_with(backend, nap_large, 300, 8000, false);
	terminate_with(backend, ignore_and_nap, 2, 8, true);
}

/* ---- PO-09 ---- */

/* Runs of the initializer, and which process was last counted. */
struct starts {
	_Atomic int count;
};
static bool initialized; /* in a worker */

static enum ipcm_status initialize(void *argument)
{
	struct starts *starts = argument;

	if (initialized)
		return IPCM_INVALID;
	initialized = true;
	(void)atomic_fetch_add(&starts->count, 1);
	return IPCM_OK;
}

static enum ipcm_status pid_if_initialized(const struct ipcm_bytes *arguments,
					   size_t count,
					   struct ipcm_output *output)
{
	if (!initialized)
		return IPCM_INVALID;
	return task_pid(arguments, count, output);
}

/* How many of these numbers are equal to the one at `at`? */
static int equals(const int64_t *numbers, int count, int at)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += numbers[i] == numbers[at];
	return sum;
}

static void workers_are_replaced(const struct ipcm_backend *backend)
{
	enum { TASKS = 100, EACH = 10 };
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct starts *starts = share(sizeof(*starts));
	int64_t items[TASKS] = {0}, pids[TASKS];
	struct ipcm_pool *pool;
	int different = 0;

	options.workers = 3;
	options.tasks_per_worker = EACH;
	options.initializer = initialize;
	options.initializer_argument = starts;
	pool = pool_make_options(backend, &options);
	CHECK_OK(ipcm_pool_map(pool, pid_if_initialized, items, 8, TASKS, 1,
			       pids, 8));
	for (int i = 0; i < TASKS; i++) {
		int same = equals(pids, TASKS, i);

		CHECK(same <= EACH, "a worker ran %d tasks", same);
		different += equals(pids, i, i) == 0;
	}
	CHECK(different >= TASKS / EACH, "%d workers", different);
	CHECK(atomic_load(&starts->count) >= different,
	      "%d initializers of %d workers", atomic_load(&starts->count),
	      different);
	pool_end(pool);
}

/* As many replacements as tasks, most of them after close. */
static void closed_early(const struct ipcm_backend *backend)
{
	enum { TASKS = 12 };
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct ipcm_async *results[TASKS];
	struct ipcm_pool *pool;

	options.workers = 3;
	options.tasks_per_worker = 1;
	pool = pool_make_options(backend, &options);
	for (int i = 0; i < TASKS; i++)
		results[i] = pool_submit(pool, task_nap, MS + i);
	CHECK_OK(ipcm_pool_close(pool));
	CHECK_OK(ipcm_pool_join(pool, 2 * hang_ns()));
	for (int i = 0; i < TASKS; i++) {
		CHECK_EQUAL(MS + i, async_number(results[i], 0), "result");
		ipcm_async_free(results[i]);
	}
	ipcm_pool_free(pool);
}

static void life_of_workers(const struct ipcm_backend *backend)
{
	workers_are_replaced(backend);
	closed_early(backend);
}

/* ---- PO-14 ---- */

/* A pool whose callback ends it. */
struct suicide {
	struct ipcm_pool *pool;
	_Atomic int called;
	enum ipcm_status joined, waited, terminated;
	struct ipcm_async *other;
};

static void terminate_it(void *context, struct ipcm_async *async)
{
	struct suicide *suicide = context;
	int64_t number;

	(void)async;
	suicide->joined = ipcm_pool_join(suicide->pool, IPCM_FOREVER);
	suicide->waited = ipcm_async_get(suicide->other, IPCM_FOREVER, 0,
					 &number, 8, NULL);
	suicide->terminated = ipcm_pool_terminate(suicide->pool);
	atomic_store(&suicide->called, 1);
}

static void terminate_it_failed(void *context, struct ipcm_async *async,
				enum ipcm_status error)
{
	(void)error;
	terminate_it(context, async);
}

static void ended_by_a_callback(const struct ipcm_backend *backend,
				int64_t number)
{
	struct suicide suicide = {.pool = pool_make(backend, 2)};
	struct ipcm_pool_callbacks callbacks = {terminate_it,
						terminate_it_failed, &suicide};
	struct pool_pids pids = pool_pids(suicide.pool);
	struct ipcm_bytes argument = {&number, sizeof(number)};

	suicide.other = pool_submit(suicide.pool, task_nap, 100 * S);
	CHECK_OK(ipcm_pool_apply_async(suicide.pool, task_unless_13, &argument,
				       1, &callbacks, NULL));
	flag_await(&suicide.called, 1);
	CHECK_EQUAL(IPCM_OK, suicide.terminated, "terminate in a callback");
	CHECK_EQUAL(IPCM_INVALID, suicide.joined, "join in a callback");
	CHECK_EQUAL(IPCM_INVALID, suicide.waited,
		    "waiting for another result in a callback");
	async_expect(suicide.other, IPCM_CLOSED);
	CHECK_OK(ipcm_pool_join(suicide.pool, hang_ns()));
	pool_await_gone(&pids);
	ipcm_pool_free(suicide.pool);
}

/* Each callback submits the next task. */
struct chain {
	struct ipcm_pool *pool;
	_Atomic int done, status;
};

static void submit_the_next(void *context, struct ipcm_async *async)
{
	struct chain *chain = context;
	struct ipcm_pool_callbacks callbacks = {submit_the_next, NULL, chain};

	(void)async;
	if (atomic_load(&chain->done) < 100)
		atomic_store(&chain->status,
			     ipcm_pool_apply_async(chain->pool, task_pid, NULL,
						   0, &callbacks, NULL));
	(void)atomic_fetch_add(&chain->done, 1);
}

static void callbacks_submit(const struct ipcm_backend *backend)
{
	struct chain chain = {.pool = pool_make(backend, 2)};

	submit_the_next(&chain, NULL);
	flag_await(&chain.done, 101);
	CHECK_EQUAL(IPCM_OK, atomic_load(&chain.status),
		    "submitting in a callback");
	pool_end(chain.pool);
}

static void terminate_in_callbacks(const struct ipcm_backend *backend)
{
	ended_by_a_callback(backend, 1);
	ended_by_a_callback(backend, 13);
	callbacks_submit(backend);
}

static const struct clause table[] = {
	{"PO-07", LEVEL_CORE, OBJECT_POOL,
	 "Every call that submits after close and after terminate; join "
	 "before, early, again; free of a pool that runs; two pools.",
	 "INVALID; what was accepted before close is finished; no worker is "
	 "left.",
	 "multiprocessing.pool, Pool; CPython test _TestPool.test_context", 0,
	 false, states},
	{"PO-08", LEVEL_CORE, OBJECT_POOL,
	 "terminate with 10000 tasks waiting, with a full channel of large "
	 "ones, with tasks that ignore SIGTERM, with a stopped worker.",
	 "It returns soon, and no worker is left; CLOSED for what was not "
	 "finished.",
	 "CPython test _TestPool.test_terminate; CPython issue gh-73945", 60,
	 false, terminate_is_quick},
	{"PO-09", LEVEL_CORE, OBJECT_POOL,
	 "100 tasks, 10 for each worker; one for each worker and close at "
	 "once; an initializer.",
	 "No worker runs more, each is initialized once; everything is "
	 "finished.",
	 "CPython tests test_pool_worker_lifetime, "
	 "test_pool_worker_lifetime_early_close, TestInitializers",
	 0, false, life_of_workers},
	{"PO-14", LEVEL_BEYOND, OBJECT_POOL,
	 "A callback, and an error callback, call terminate, join and get; 100 "
	 "callbacks submit the next task.",
	 "terminate and submitting work; INVALID for what would wait for the "
	 "callback itself.",
	 "ipcmark pool.h; tried on CPython", 0, false, terminate_in_callbacks},
};

CLAUSE_LIST(clauses_pool_life, table);
