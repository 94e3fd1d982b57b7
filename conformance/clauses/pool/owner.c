/* SPDX-License-Identifier: MIT */
/*
 * PO-16, PO-17: the process that made a pool is killed; its supervisor is; no
 * worker can be had any more.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_pool.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/peer.h"

/* ---- PO-16 ---- */

/* A process that owns a pool; in shared memory. */
struct owner {
	const struct ipcm_backend *backend;
	struct pool_pids workers;
	_Atomic int ready, never;
};

static int own_a_pool(void *argument)
{
	struct owner *owner = argument;
	struct ipcm_pool *pool = pool_make(owner->backend, 3);

	owner->workers = pool_pids(pool);
	ipcm_async_free(pool_submit(pool, task_nap, 1000 * S));
	atomic_store(&owner->ready, 1);
	while (!flag_reaches(&owner->never, 1, hang_ns()))
		;
	return 0;
}

/* Of /proc/PID/stat. */
static pid_t parent_of(pid_t pid)
{
	char path[40], line[400];
	const char *rest;
	int parent = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		check_harness_error("%s: %s", path, strerror(errno));
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	(void)fclose(file);
	rest = strrchr(line, ')');
	CHECK(rest && sscanf(rest, ") %*c %d", &parent) == 1, "no parent");
	return parent;
}

static void owner_is_killed(const struct ipcm_backend *backend)
{
	struct owner *owner = share(sizeof(*owner));
	struct ipcm_process *process;
	struct pool_pids supervisor = {.count = 1};

	owner->backend = backend;
	process = process_started(own_a_pool, owner);
	flag_await(&owner->ready, 1);
	supervisor.pid[0] = parent_of(owner->workers.pid[0]);
	CHECK(supervisor.pid[0] != process_pid(process),
	      "workers are children of the owner");
	CHECK_OK(ipcm_process_kill(process));
	process_expect(process, -SIGKILL);
	pool_await_gone(&owner->workers);
	pool_await_gone(&supervisor);
}

/* ---- PO-17 ---- */

/* Soon it takes no more tasks; those that it still takes end. */
static void await_broken(struct ipcm_pool *pool)
{
	int64_t until = now_ns() + hang_ns();
	struct ipcm_async *more = NULL;
	enum ipcm_status status;

	do {
		CHECK(now_ns() < until, "calls are not BROKEN");
		status = ipcm_pool_apply_async(pool, task_pid, NULL, 0, NULL,
					       &more);
		if (status == IPCM_OK)
			async_expect(more, IPCM_WORKERDIED);
	} while (status == IPCM_OK);
	CHECK_STATUS(IPCM_BROKEN, status);
}

static void supervisor_is_killed(const struct ipcm_backend *backend)
{
	enum { TASKS = 20 };
	struct ipcm_async *results[TASKS];
	struct ipcm_pool *pool = pool_make(backend, 3);
	struct pool_pids pids = pool_pids(pool);

	for (int i = 0; i < TASKS; i++)
		results[i] = pool_submit(pool, task_nap, 100 * S);
	pause_ns(grace_ns());
	(void)kill(parent_of(pids.pid[0]), SIGKILL);
	for (int i = 0; i < TASKS; i++)
		async_expect(results[i], IPCM_WORKERDIED);
	pool_await_gone(&pids);
	await_broken(pool);
	any_status(ipcm_pool_terminate(pool));
	CHECK_OK(ipcm_pool_join(pool, hang_ns()));
	ipcm_pool_free(pool);
}

/* The first starts succeed, then none. */
static enum ipcm_status fail_later(void *argument)
{
	_Atomic int *left = argument;

	return atomic_fetch_sub(left, 1) > 0 ? IPCM_OK : IPCM_PERM;
}

static void no_replacement_starts(const struct ipcm_backend *backend)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	_Atomic int *left = share(sizeof(*left));
	struct ipcm_async *results[3];
	struct ipcm_pool *pool;

	*left = 2;
	options.workers = 2;
	options.initializer = fail_later;
	options.initializer_argument = left;
	pool = pool_make_options(backend, &options);
	for (int i = 0; i < 3; i++)
		results[i] = pool_submit(pool, task_die, 1);
	for (int i = 0; i < 3; i++)
		async_expect(results[i], IPCM_WORKERDIED);
	CHECK(atomic_load(left) <= -IPCM_POOL_START_ATTEMPTS,
	      "%d replacements were tried", -atomic_load(left));
	await_broken(pool);
	any_status(ipcm_pool_terminate(pool));
	CHECK_OK(ipcm_pool_join(pool, hang_ns()));
	ipcm_pool_free(pool);
}

static void workers_cannot_be_had(const struct ipcm_backend *backend)
{
	supervisor_is_killed(backend);
	no_replacement_starts(backend);
}

static const struct clause table[] = {
	{"PO-16", LEVEL_BEYOND, OBJECT_POOL,
	 "The process that made the pool is killed by SIGKILL.",
	 "Its supervisor and all workers end.", "ipcmark pool.h", 0, true,
	 owner_is_killed},
	{"PO-17", LEVEL_BEYOND, OBJECT_POOL,
	 "The supervisor of the workers is killed by SIGKILL; in another pool "
	 "workers die, and the initializers of all others fail.",
	 "The workers end, WORKERDIED for what was not finished, then BROKEN.",
	 "ipcmark pool.h", 0, true, workers_cannot_be_had},
};

CLAUSE_LIST(clauses_pool_owner, table);
