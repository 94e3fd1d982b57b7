/* SPDX-License-Identifier: MIT */
/*
 * PO-11 to PO-13, PO-15: workers that are killed or end by themselves.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_pool.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/peer.h"

/* ---- PO-11 ---- */

static void idle_workers_are_replaced(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool = pool_make(backend, 2);

	for (int i = 0; i < 20; i++) {
		struct pool_pids pids = pool_pids(pool);
		pid_t pid = pids.pid[random_below(2)];

		CHECK_EQUAL(2, pids.count, "ids of workers");
		/* after a task, or in the get of the next one */
		CHECK_EQUAL(16, pool_apply(pool, task_square, 4), "square");
		pause_ns((int64_t)random_below(1500) * US);
		(void)kill(pid, SIGKILL);
		CHECK_EQUAL(25, pool_apply(pool, task_square, 5), "square");
		pool_await_replaced(pool, pid);
	}
	pool_end(pool);
}

/* All at once, none of them in a task. */
static void all_workers_are_replaced(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool = pool_make(backend, 4);

	for (int i = 0; i < 3; i++) {
		struct pool_pids pids = pool_pids(pool);

		for (size_t j = 0; j < pids.count; j++)
			(void)kill(pids.pid[j], SIGKILL);
		CHECK_EQUAL(81, pool_apply(pool, task_square, 9), "square");
		for (size_t j = 0; j < pids.count; j++)
			pool_await_replaced(pool, pids.pid[j]);
	}
	pool_end(pool);
}

static void idle_workers_are_killed(const struct ipcm_backend *backend)
{
	idle_workers_are_replaced(backend);
	all_workers_are_replaced(backend);
}

/* ---- PO-12 ---- */

static enum ipcm_status exit_by_itself(const struct ipcm_bytes *arguments,
				       size_t count, struct ipcm_output *output)
{
	(void)arguments;
	(void)count;
	(void)output;
	_exit(0);
}

static enum ipcm_status exit_like_a_program(const struct ipcm_bytes *arguments,
					    size_t count,
					    struct ipcm_output *output)
{
	(void)arguments;
	(void)count;
	(void)output;
	if (leak_is_counted()) /* a sanitizer looks for leaks at exit */
		_exit(0);
	exit(0);
}

/* The default action, and no core file. */
static enum ipcm_status abort_it(const struct ipcm_bytes *arguments,
				 size_t count, struct ipcm_output *output)
{
	const struct rlimit none = {0, 0};

	(void)arguments;
	(void)count;
	(void)output;
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGABRT, SIG_DFL);
	(void)raise(SIGABRT);
	return IPCM_OK;
}

/* What tasks share; set before the pool is made. */
static struct {
	_Atomic int runs[1000];
	_Atomic int die, go;
} * common;

/* Leaves a child behind, which has copies of all the worker has. */
static enum ipcm_status fork_and_die(const struct ipcm_bytes *arguments,
				     size_t count, struct ipcm_output *output)
{
	(void)arguments;
	(void)count;
	(void)output;
	if (fork() == 0) {
		flag_await(&common->go, 1);
		_exit(0);
	}
	(void)raise(SIGKILL);
	return IPCM_OK;
}

/* Counts its runs; number 5 dies in the first `die` of them. */
static enum ipcm_status count_or_die(const struct ipcm_bytes *arguments,
				     size_t count, struct ipcm_output *output)
{
	int64_t number = *(const int64_t *)arguments[0].data;

	(void)count;
	(void)atomic_fetch_add(&common->runs[number], 1);
	if (number == 5 && atomic_fetch_sub(&common->die, 1) > 0)
		(void)raise(SIGKILL);
	return ipcm_output_write(output, &number, sizeof(number));
}

/* One item of a map dies, with the chunk that it is in. */
static void death_in_a_map(struct ipcm_pool *pool, int64_t chunk)
{
	enum { ITEMS = 40 };
	struct ipcm_async *async = NULL;
	int64_t items[ITEMS];
	size_t index = 77;
	enum ipcm_status error = IPCM_OK;

	memset(common, 0, sizeof(*common));
	atomic_store(&common->die, 1);
	for (int64_t i = 0; i < ITEMS; i++)
		items[i] = i;
	CHECK_OK(ipcm_pool_map_async(pool, count_or_die, items, 8, ITEMS, chunk,
				     NULL, &async));
	CHECK_OK(ipcm_async_wait(async, 2 * hang_ns()));
	CHECK_OK(ipcm_async_error(async, &index, &error));
	CHECK(index == 5 && error == IPCM_WORKERDIED, "item %zu: %s", index,
	      ipcm_status_name(error));
	for (size_t i = 0; i < ITEMS; i++) {
		CHECK_EQUAL(1, atomic_load(&common->runs[i]),
			    "runs of an item");
		if (i != 5)
			CHECK_EQUAL((int64_t)i, async_number(async, i),
				    "result");
	}
	ipcm_async_free(async);
}

static void busy_workers_die(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool;
	struct ipcm_async *async;
	pid_t pid;

	common = share(sizeof(*common));
	pool = pool_make(backend, 2);
	async_expect(pool_submit(pool, task_die, 1), IPCM_WORKERDIED);
	async_expect(pool_submit(pool, exit_by_itself, 1), IPCM_WORKERDIED);
	async_expect(pool_submit(pool, exit_like_a_program, 1),
		     IPCM_WORKERDIED);
	async_expect(pool_submit(pool, abort_it, 1), IPCM_WORKERDIED);
	CHECK_EQUAL(9, pool_apply(pool, task_square, 3), "square");
	death_in_a_map(pool, 1);
	death_in_a_map(pool, 4);
	async_expect(pool_submit(pool, fork_and_die, 1), IPCM_WORKERDIED);
	pool_end(pool);
	atomic_store(&common->go, 1);

	pool = pool_make(backend, 1);
	pid = pool_pids(pool).pid[0];
	async = pool_submit(pool, task_nap, 100 * S);
	pause_ns(grace_ns());
	CHECK(!async_is_ready(async), "it is ready");
	(void)kill(pid, SIGKILL);
	async_expect(async, IPCM_WORKERDIED);
	CHECK_EQUAL(9, pool_apply(pool, task_square, 3), "square");
	pool_end(pool);
}

/* ---- PO-13 ---- */

static void tasks_are_run_again(const struct ipcm_backend *backend)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct ipcm_pool *pool;

	common = share(sizeof(*common));
	options.workers = 2;
	options.retries = 2;
	pool = pool_make_options(backend, &options);
	atomic_store(&common->die, 2);
	CHECK_EQUAL(5, pool_apply(pool, count_or_die, 5), "result");
	CHECK_EQUAL(3, atomic_load(&common->runs[5]), "runs");
	atomic_store(&common->runs[5], 0);
	atomic_store(&common->die, 1000);
	async_expect(pool_submit(pool, count_or_die, 5), IPCM_WORKERDIED);
	CHECK_EQUAL(3, atomic_load(&common->runs[5]), "runs");
	CHECK_EQUAL(6, pool_apply(pool, count_or_die, 6), "result");
	pool_end(pool);
}

/* ---- PO-15 ---- */

/* The sum of all runs is that of the results and deaths. */
static void kills_at_random(const struct ipcm_backend *backend)
{
	enum { TASKS = 1000, KILLS = 60 };
	struct ipcm_pool *pool;
	struct ipcm_async *async = NULL;
	int64_t items[TASKS], number;
	int died = 0;

	common = share(sizeof(*common));
	pool = pool_make(backend, 4);
	for (int64_t i = 0; i < TASKS; i++)
		items[i] = i;
	for (int i = 0; i < KILLS; i++) {
		struct pool_pids pids = pool_pids(pool);

		if (!async)
			CHECK_OK(ipcm_pool_map_async(pool, count_or_die, items,
						     8, TASKS, 1, NULL,
						     &async));
		pause_ns((int64_t)random_below(500) * US);
		if (pids.count > 0) /* not all are dead and not yet replaced */
			(void)kill(pids.pid[random_below(pids.count)], SIGKILL);
		CHECK_OK(ipcm_async_wait(async, 4 * hang_ns()));
		for (size_t j = 0; j < TASKS; j++) {
			enum ipcm_status status = ipcm_async_get(
				async, IPCM_TRY, j, &number, 8, NULL);

			if (status == IPCM_WORKERDIED) {
				died++;
				continue;
			}
			CHECK_STATUS(IPCM_OK, status);
			CHECK_EQUAL((int64_t)j, number, "result");
			CHECK_EQUAL(1, atomic_load(&common->runs[j]),
				    "runs of an item");
		}
		ipcm_async_free(async);
		async = NULL;
		memset(common->runs, 0, sizeof(common->runs));
	}
	CHECK(died <= KILLS, "%d items died with %d workers", died, KILLS);
	pool_end(pool);
}

static const struct clause table[] = {
	{"PO-11", LEVEL_CORE, OBJECT_POOL,
	 "Workers are killed while they wait for a task or take one, 20 times; "
	 "all at once, 3 times.",
	 "They are replaced, and tasks run on.",
	 "CPython pool.py, Pool._maintain_pool; CPython issue gh-96062", 0,
	 true, idle_workers_are_killed},
	{"PO-12", LEVEL_BEYOND, OBJECT_POOL,
	 "Workers die in a task: by SIGKILL, exit, abort, in the middle of maps "
	 "with chunks of 1 and 4; while a child of theirs lives.",
	 "WORKERDIED for that item, once; everything else runs, once.",
	 "CPython issue gh-66587; tried on CPython, where get hangs", 0, true,
	 busy_workers_die},
	{"PO-13", LEVEL_BEYOND, OBJECT_POOL,
	 "A task kills its worker twice, then always; retries is 2.",
	 "It succeeds in its third run; WORKERDIED after its third.",
	 "ipcmark pool.h", 0, true, tasks_are_run_again},
	{"PO-15", LEVEL_BEYOND, OBJECT_POOL,
	 "Maps of 1000 items; in each a worker of 4 is killed at a random "
	 "moment, 60 times.",
	 "Each item has its result, after one run, or WORKERDIED, at most one "
	 "for each kill.",
	 "ipcmark pool.h", 60, true, kills_at_random},
};

CLAUSE_LIST(clauses_pool_death, table);
