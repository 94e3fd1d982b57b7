/* SPDX-License-Identifier: MIT */
/*
 * PO-01 to PO-04: making a pool; apply, map and starmap.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_pool.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/users.h"

/* ---- PO-01 ---- */

static void create_refuses(const struct ipcm_backend *backend,
			   enum ipcm_status wanted, int64_t workers,
			   int64_t tasks_per_worker)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct ipcm_pool *pool = NULL;

	options.workers = workers;
	options.tasks_per_worker = tasks_per_worker;
	CHECK_STATUS(wanted, ipcm_pool_create(backend, &options, &pool));
	CHECK(!pool, "a call that failed wrote the handle");
}

static void sizes(const struct ipcm_backend *backend)
{
	struct ipcm_pool *pool = NULL;
	size_t workers = 0;
	cpu_set_t cpus;

	create_refuses(backend, IPCM_INVALID, 0, 1);
	create_refuses(backend, IPCM_INVALID, -1, 1);
	create_refuses(backend, IPCM_INVALID, INT64_MIN, 1);
	create_refuses(backend, IPCM_INVALID, 1, 0);
	create_refuses(backend, IPCM_INVALID, 1, -1);
	create_refuses(backend, IPCM_LIMIT, IPCM_POOL_WORKERS_MAX + 1, 1);
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_create(NULL, NULL, &pool));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_create(backend, NULL, NULL));

	pool = pool_make_options(backend, NULL);
	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		check_harness_error("sched_getaffinity: %s", strerror(errno));
	CHECK_OK(ipcm_pool_workers(pool, &workers));
	CHECK_EQUAL(CPU_COUNT(&cpus), workers, "workers by default");
	CHECK_EQUAL(workers, pool_pids(pool).count, "ids of workers");
	pool_end(pool);
}

static enum ipcm_status fail(void *argument)
{
	(void)argument;
	return IPCM_PERM;
}

static enum ipcm_status die(void *argument)
{
	(void)argument;
	(void)raise(SIGKILL);
	return IPCM_OK;
}

/* However many processes can be had: LIMIT, until there are enough. */
static void few_processes(void *argument)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct ipcm_pool *pool = NULL;
	struct leak_snapshot *before;
	enum ipcm_status status = IPCM_LIMIT;
	rlim_t most = 0, soft;

	/* root has no limit */
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		check_harness_error("giving up root: %s", strerror(errno));
	options.workers = 5;
	before = leak_snapshot_take();
	soft = limit_set(RLIMIT_NPROC, 0);
	for (; status == IPCM_LIMIT && most < 500; most++) {
		(void)limit_set(RLIMIT_NPROC, most);
		status = ipcm_pool_create(argument, &options, &pool);
		(void)limit_set(RLIMIT_NPROC, soft);
		if (status == IPCM_LIMIT)
			check_nothing_left(before, "after a failed creation");
	}
	CHECK_STATUS(IPCM_OK, status);
	CHECK(most > 5, "6 processes and a thread with a limit of %d",
	      (int)most - 1);
	pool_end(pool);
	check_nothing_left(before, "at the end");
	leak_snapshot_free(before);
}

static void making_a_pool(const struct ipcm_backend *backend)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct ipcm_pool *pool = NULL;
	struct peer peer;

	sizes(backend);
	options.workers = 3;
	options.initializer = fail;
	CHECK_STATUS(IPCM_PERM, ipcm_pool_create(backend, &options, &pool));
	options.initializer = die;
	CHECK_STATUS(IPCM_WORKERDIED,
		     ipcm_pool_create(backend, &options, &pool));
	CHECK(!pool, "a call that failed wrote the handle");
	peer = peer_start(few_processes, (void *)(uintptr_t)backend);
	peer_join(&peer);
}

/* ---- PO-02 ---- */

/* How often tasks ran; in shared memory. */
static _Atomic int *runs;

/* A pool in a worker, which is a daemon. */
static enum ipcm_status make_a_pool(const struct ipcm_bytes *arguments,
				    size_t count, struct ipcm_output *output)
{
	struct ipcm_pool *pool = NULL;

	(void)count;
	(void)output;
	return ipcm_pool_create(
		*(const struct ipcm_backend *const *)arguments[0].data, NULL,
		&pool);
}

/* All arguments, one behind the other. */
static enum ipcm_status join_arguments(const struct ipcm_bytes *arguments,
				       size_t count, struct ipcm_output *output)
{
	enum ipcm_status status = IPCM_OK;

	(void)atomic_fetch_add(runs, 1);
	for (size_t i = 0; i < count && !status; i++)
		status = ipcm_output_write(output, arguments[i].data,
					   arguments[i].size_bytes);
	return status;
}

static void check_joined(struct ipcm_pool *pool,
			 const struct ipcm_bytes *arguments, size_t count,
			 const char *wanted)
{
	char got[40] = "";
	size_t size = 77;

	CHECK_OK(ipcm_pool_apply(pool, join_arguments, arguments, count,
				 hang_ns(), got, sizeof(got) - 1, &size));
	CHECK(size == strlen(wanted) && strcmp(got, wanted) == 0, "\"%s\"",
	      got);
}

static void check_apply_errors(struct ipcm_pool *pool)
{
	int64_t number = 13, result = 77;
	struct ipcm_bytes argument = {&number, sizeof(number)};
	struct ipcm_bytes many[IPCM_POOL_ARGUMENTS_MAX + 1] = {{NULL, 0}};
	size_t size = 0;

	CHECK_STATUS(IPCM_RANGE,
		     ipcm_pool_apply(pool, task_unless_13, &argument, 1,
				     hang_ns(), &result, 8, NULL));
	number = 12;
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_pool_apply(pool, task_unless_13, &argument, 1,
				     hang_ns(), &result, 7, &size));
	CHECK_EQUAL(8, size, "bytes that are needed");
	number = slack_ns() / 5; /* longer than this process may be late */
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_pool_apply(pool, task_nap, &argument, 1, 20 * MS,
				     &result, 8, NULL));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_pool_apply(pool, task_nap, &argument, 1, IPCM_TRY,
				     &result, 8, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_apply(pool, NULL, NULL, 0, S, NULL, 0, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_apply(NULL, task_pid, NULL, 0, S,
						   NULL, 0, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_apply(pool, join_arguments, many,
						   IPCM_POOL_ARGUMENTS_MAX + 1,
						   S, NULL, 0, NULL));
	CHECK_EQUAL(77, result, "result of a call that failed");
	CHECK_EQUAL(144, pool_apply(pool, task_square, 12), "square of 12");
}

static void refused_in_a_child(void *argument)
{
	struct ipcm_async *async = NULL;

	CHECK_STATUS(IPCM_INVALID, ipcm_pool_apply(argument, task_pid, NULL, 0,
						   S, NULL, 0, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_apply_async(argument, task_pid, NULL, 0, NULL,
					   &async));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_close(argument));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_terminate(argument));
	ipcm_pool_free(argument);
}

static void apply_in_threads(void *argument)
{
	for (int64_t i = 0; i < 50; i++)
		CHECK_EQUAL(i * i, pool_apply(argument, task_square, i),
			    "square");
}

static void one_task(const struct ipcm_backend *backend)
{
	static const struct ipcm_bytes words[] = {
		{"one ", 4}, {"", 0}, {"two", 3}};
	const struct ipcm_bytes whole = {&backend, sizeof(backend)};
	struct ipcm_pool *pool;
	struct pool_pids pids;
	struct peer peer;

	runs = share(sizeof(*runs));
	pool = pool_make(backend, 2);
	pids = pool_pids(pool);
	for (int i = 0; i < 10; i++)
		CHECK(pool_has(&pids, (pid_t)pool_apply(pool, task_pid, 0)),
		      "it ran in no worker");
	check_joined(pool, NULL, 0, "");
	check_joined(pool, words, 1, "one ");
	check_joined(pool, words, 3, "one two");
	CHECK_EQUAL(3, atomic_load(runs), "runs of 3 tasks");
	check_apply_errors(pool);
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_apply(pool, make_a_pool, &whole, 1,
						   hang_ns(), NULL, 0, NULL));
	users_run(0, 3, apply_in_threads, pool);
	peer = peer_start(refused_in_a_child, pool);
	peer_join(&peer);
	CHECK_EQUAL(4, pool_apply(pool, task_square, 2), "square of 2");
	pool_end(pool);
	ipcm_pool_free(NULL);
}

/* ---- PO-03 ---- */

enum { ITEMS = 100 };

static void check_map(struct ipcm_pool *pool, size_t count, int64_t chunk)
{
	int64_t items[ITEMS] = {0}, results[ITEMS + 1];

	memset(results, 0x77, sizeof(results));
	for (size_t i = 0; i < count; i++)
		items[i] = (int64_t)i - 3;
	CHECK_OK(ipcm_pool_map(pool, task_square, items, sizeof(items[0]),
			       count, chunk, results, sizeof(results[0])));
	for (size_t i = 0; i < count; i++)
		CHECK_EQUAL(items[i] * items[i], results[i], "result");
	CHECK_EQUAL(INT64_C(0x7777777777777777), results[count],
		    "what is behind the results");
}

static void check_starmap(struct ipcm_pool *pool, int64_t chunk)
{
	static const struct ipcm_bytes rows[] = {
		{"a", 1}, {"bc", 2}, {"de", 2}, {"f", 1}, {"ghi", 3}, {"", 0}};
	char results[9];

	CHECK_OK(ipcm_pool_starmap(pool, join_arguments, rows, 2, 3, chunk,
				   results, 3));
	CHECK(memcmp(results, "abcdefghi", 9) == 0, "\"%.9s\"", results);
	CHECK_OK(ipcm_pool_starmap(pool, join_arguments, rows, 0, 3, chunk,
				   NULL, 0));
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_pool_starmap(pool, join_arguments, rows, 2, 3, chunk,
				       results, 2));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_starmap(pool, join_arguments, rows,
						     1, 3, chunk, results, 2));
	CHECK(memcmp(results, "abcdefghi", 9) == 0,
	      "a call that failed wrote results");
}

static void check_bad_chunk(struct ipcm_pool *pool, int64_t chunk)
{
	struct ipcm_pool_iterator *iterator = NULL;
	struct ipcm_async *async = NULL;
	int64_t item = 1, result = 77;

	CHECK_STATUS(IPCM_INVALID, ipcm_pool_map(pool, task_square, &item, 8, 1,
						 chunk, &result, 8));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_map_async(pool, task_square, &item, 8, 1, chunk,
					 NULL, &async));
	CHECK_STATUS(IPCM_INVALID, ipcm_pool_imap(pool, task_square, &item, 8,
						  1, chunk, &iterator));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pool_imap_unordered(pool, task_square, &item, 8, 1,
					      chunk, &iterator));
	CHECK(result == 77 && !async && !iterator,
	      "a call that failed wrote a result");
}

static void many_items(const struct ipcm_backend *backend)
{
	static const size_t counts[] = {0, 1, 7, ITEMS};
	static const int64_t chunks[] = {1, 3, 20, 1000, IPCM_POOL_CHUNK_AUTO};
	struct ipcm_pool *pool;

	runs = share(sizeof(*runs));
	pool = pool_make(backend, 3);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (size_t j = 0; j < sizeof(chunks) / sizeof(chunks[0]); j++)
			check_map(pool, counts[i], chunks[j]);
	}
	check_starmap(pool, 1);
	check_starmap(pool, 2);
	check_bad_chunk(pool, 0);
	check_bad_chunk(pool, -1);
	check_bad_chunk(pool, INT64_MIN);
	pool_end(pool);
}

/* ---- PO-04 ---- */

/* 0 fails at once; others take their time, and count. */
static enum ipcm_status fail_first(const struct ipcm_bytes *arguments,
				   size_t count, struct ipcm_output *output)
{
	int64_t number = *(const int64_t *)arguments[0].data;

	(void)count;
	if (number == 0)
		return IPCM_PERM;
	pause_ns(150 * MS);
	(void)atomic_fetch_add(runs, 1);
	if (number == 2)
		return IPCM_RANGE;
	return ipcm_output_write(output, &number, sizeof(number));
}

static void errors_wait_for_the_rest(const struct ipcm_backend *backend)
{
	static const int64_t items[] = {2, 0, 1};
	struct ipcm_pool *pool;
	int64_t results[3] = {77, 77, 77}, begun = now_ns();

	runs = share(sizeof(*runs));
	pool = pool_make(backend, 3);
	CHECK_STATUS(IPCM_RANGE, ipcm_pool_map(pool, fail_first, items, 8, 3, 1,
					       results, 8));
	CHECK(now_ns() - begun >= 150 * MS, "it took %lld ms only",
	      (long long)((now_ns() - begun) / MS));
	CHECK_EQUAL(2, atomic_load(runs), "items that were processed");
	CHECK(results[0] == 77 && results[2] == 77,
	      "a call that failed wrote results");
	/* in one chunk: the rest of it is run, too */
	CHECK_STATUS(IPCM_RANGE, ipcm_pool_map(pool, fail_first, items, 8, 3, 3,
					       results, 8));
	CHECK_EQUAL(4, atomic_load(runs), "items that were processed");
	pool_end(pool);
}

static const struct clause table[] = {
	{"PO-01", LEVEL_CORE, OBJECT_POOL,
	 "Sizes 0, -1, too many, default; initializers that fail and die; 5 "
	 "workers with a limit of 0, 1, 2 ... processes.",
	 "INVALID, LIMIT, a worker a CPU; after a failure no process is left.",
	 "multiprocessing.pool, Pool; CPython tests _TestPool.test_make_pool, "
	 "test_pool_maxtasksperchild_invalid, TestPoolNotLeakOnFailure",
	 0, false, making_a_pool},
	{"PO-02", LEVEL_CORE, OBJECT_POOL,
	 "apply with 0 to 3 arguments, tasks that fail, threads, a child, a "
	 "pool in a task.",
	 "It runs once, in a worker; its result or its error; INVALID in a "
	 "child and in a daemon.",
	 "multiprocessing.pool, Pool.apply; CPython tests _TestPool.test_apply, "
	 "test_async_error_callback",
	 0, false, one_task},
	{"PO-03", LEVEL_CORE, OBJECT_POOL,
	 "map of 0, 1, 7, 100 items with chunks 1, 3, 20, 1000, chosen, 0, "
	 "-1; starmap.",
	 "Results in the order of the items; INVALID for a chunk below 1.",
	 "multiprocessing.pool, Pool.map; CPython tests _TestPool.test_map, "
	 "test_map_chunksize, test_empty_iterable",
	 0, false, many_items},
	{"PO-04", LEVEL_CORE, OBJECT_POOL,
	 "Two of three items fail, the first one later than the second.",
	 "The error of the first one, after all were processed.",
	 "CPython test _TestPool.test_map_no_failfast", 0, false,
	 errors_wait_for_the_rest},
};

CLAUSE_LIST(clauses_pool, table);
