/* SPDX-License-Identifier: MIT */
/*
 * A pool's life: create, close, terminate, join, free. Read pool_internal.h
 * first.
 */
#include "pool_internal.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/memory/shm_map.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/objects/process/process_supervisor.h"
#include "impls/objects/queue/queue_claim.h"
#include "ipcmark/process.h"

/* How long the supervisor may take to end the workers, before it is killed:
 * longer than it lets them take. */
#define SUPERVISOR_GRACE_NS (2 * NS_PER_S)
/* Results not received yet: never in the workers' way while this thread is. */
#define RESULT_DEPTH (2 * POOL_DEPTH)
/* A usual message. */
#define MESSAGE_BYTES 96

unsigned pool_forks;
_Atomic bool pool_exiting;
struct ipcm_pool *pool_working;
static pthread_once_t hooks = PTHREAD_ONCE_INIT;

static void in_child(void)
{
	pool_forks++;
	pool_collecting = NULL; /* a callback may have forked it */
}

static void at_exit(void)
{
	atomic_store(&pool_exiting, true);
}

static void install_hooks(void)
{
	(void)pthread_atfork(NULL, NULL, in_child);
}

/* After the first start of a process: it runs before the supervisors end. */
static void install_exit(void)
{
	(void)atexit(at_exit);
}

/* ---- commands ---- */

void pool_command(struct ipcm_pool *pool, enum pool_command command)
{
	const uint64_t one = 1;
	uint32_t was = atomic_load(&pool->shared->command);

	/* a terminate stays one */
	while (was < command && !atomic_compare_exchange_weak(
					&pool->shared->command, &was, command))
		;
	while (write(pool->command_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void pool_wake_collector(struct ipcm_pool *pool)
{
	const struct pool_message news = {.kind = POOL_NEWS};

	/* if it is full the thread does not sleep */
	(void)!ipcm_queue_put(pool->results, &news, sizeof(news), IPCM_TRY);
}

void pool_end_workers(struct ipcm_pool *pool)
{
	bool deferred = interrupt_defer(true);

	pool_command(pool, POOL_TERMINATE);
	if (ipcm_process_join(pool->supervisor, SUPERVISOR_GRACE_NS)) {
		/* stopped, perhaps; the workers end with it */
		(void)!ipcm_process_kill(pool->supervisor);
		(void)!ipcm_process_join(pool->supervisor, IPCM_FOREVER);
	}
	(void)interrupt_defer(deferred);
}

/* ---- create ---- */

static uint32_t usable_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

static enum ipcm_status check_options(struct ipcm_pool_options *options)
{
	if (options->workers == IPCM_POOL_CPUS)
		options->workers = usable_cpus();
	if (options->workers < 1 || options->tasks_per_worker < 1)
		return IPCM_INVALID;
	return options->workers > IPCM_POOL_WORKERS_MAX ? IPCM_LIMIT : IPCM_OK;
}

static enum ipcm_status open_queues(struct ipcm_pool *pool,
				    const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	enum ipcm_status status;

	options.maxsize = POOL_DEPTH;
	options.item_size_hint = MESSAGE_BYTES;
	status = ipcm_queue_create(backend, &options, &pool->tasks);
	if (status)
		return status;
	options.maxsize = RESULT_DEPTH;
	status = ipcm_queue_create(backend, &options, &pool->results);
	if (!status)
		queue_set_claims(
			pool->tasks,
			(struct queue_claims){&pool->shared->slots[0].claim,
					      sizeof(struct pool_slot),
					      pool->workers});
	return status;
}

static enum ipcm_status open_shared(struct ipcm_pool *pool)
{
	enum ipcm_status status;
	void *memory;

	pool->shared_bytes = sizeof(*pool->shared) +
			     pool->workers * sizeof(struct pool_slot);
	status = shm_map_create_inherited(pool->shared_bytes, &memory);
	if (status)
		return status;
	pool->shared = memory;
	for (uint32_t i = 0; i < pool->workers; i++)
		atomic_store(&pool->shared->slots[i].claim, QUEUE_CLAIM_NONE);
	pool->command_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return pool->command_fd < 0 ? status_from_errno(errno) : IPCM_OK;
}

/* What was opened, in this process. */
static void close_parts(struct ipcm_pool *pool)
{
	ipcm_queue_free(pool->tasks);
	ipcm_queue_free(pool->results);
	shm_map_destroy(pool->shared, pool->shared_bytes);
	if (pool->command_fd >= 0)
		(void)close(pool->command_fd);
	ipcm_process_free(pool->supervisor);
	feed_close(pool);
	handle_invalidate(&pool->handle);
	free(pool);
}

/* It starts with all signals blocked: they are the owner's. */
static enum ipcm_status start_supervisor(struct ipcm_pool *pool)
{
	enum ipcm_status status;
	sigset_t all;

	status = ipcm_process_create(supervisor_run, pool, "PoolSupervisor",
				     &pool->supervisor);
	if (status)
		return status;
	process_make_supervisor(pool->supervisor);
	status = ipcm_process_set_daemon(pool->supervisor, true);
	if (status)
		return status;
	(void)sigfillset(&all);
	(void)sigaction(SIGTERM, NULL, &pool->on_term);
	(void)sigaction(SIGCHLD, NULL, &pool->on_child);
	(void)pthread_sigmask(SIG_SETMASK, &all, &pool->signals);
	status = ipcm_process_start(pool->supervisor);
	(void)pthread_sigmask(SIG_SETMASK, &pool->signals, NULL);
	return status;
}

static bool all_ready(const struct ipcm_pool *pool)
{
	for (uint32_t i = 0; i < pool->workers; i++)
		if (!atomic_load(&pool->shared->slots[i].ready_once))
			return false;
	return true;
}

/* Each worker says when it is ready; the supervisor ends if one fails. */
static enum ipcm_status wait_for_workers(struct ipcm_pool *pool)
{
	struct pool_message message;
	enum ipcm_status status;
	bool alive = true;

	while (!all_ready(pool)) {
		status = ipcm_queue_get(pool->results, &message,
					sizeof(message), 10 * NS_PER_MS, NULL);
		if (status == IPCM_EMPTY)
			status =
				ipcm_process_is_alive(pool->supervisor, &alive);
		if (!status && !alive) {
			status = (enum ipcm_status)atomic_load(
				&pool->shared->failure);
			return status ? status : IPCM_WORKERDIED;
		}
		if (status)
			return status;
	}
	return IPCM_OK;
}

static enum ipcm_status start_collector(struct ipcm_pool *pool)
{
	sigset_t all, was;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	error = pthread_create(&pool->collector, NULL, collect, pool);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	pool->has_collector = !error;
	return status_from_errno(error);
}

static enum ipcm_status open_parts(struct ipcm_pool *pool,
				   const struct ipcm_backend *backend)
{
	enum ipcm_status status = open_shared(pool);

	if (!status)
		status = open_queues(pool, backend);
	if (!status)
		status = feed_open(pool);
	return status;
}

static enum ipcm_status start_processes(struct ipcm_pool *pool)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	enum ipcm_status status = start_supervisor(pool);

	if (status)
		return status;
	(void)pthread_once(&once, install_exit);
	status = wait_for_workers(pool);
	if (!status)
		status = start_collector(pool);
	if (status)
		pool_end_workers(pool);
	return status;
}

enum ipcm_status ipcm_pool_create(const struct ipcm_backend *backend,
				  const struct ipcm_pool_options *options,
				  struct ipcm_pool **ret_pool)
{
	struct ipcm_pool_options chosen = IPCM_POOL_OPTIONS_INIT;
	enum ipcm_status status;
	struct ipcm_pool *pool;

	if (!ret_pool)
		return IPCM_INVALID;
	if (options)
		chosen = *options;
	status = check_options(&chosen);
	if (status)
		return status;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return IPCM_NOMEM;
	(void)pthread_once(&hooks, install_hooks);
	(void)pthread_mutex_init(&pool->mutex, NULL);
	pool->forks = pool_forks;
	pool->options = chosen;
	pool->workers = (uint32_t)chosen.workers;
	pool->command_fd = -1;
	status = open_parts(pool, backend);
	if (!status)
		status = start_processes(pool);
	if (status) {
		close_parts(pool);
		return status;
	}
	handle_open(&pool->handle, POOL_MAGIC);
	*ret_pool = pool;
	return IPCM_OK;
}

/* ---- the end ---- */

enum ipcm_status ipcm_pool_close(struct ipcm_pool *pool)
{
	enum ipcm_status status = pool_check(pool);

	if (status)
		return status;
	pool_lock(pool);
	if (pool->state == POOL_OPEN)
		pool->state = POOL_CLOSED;
	pool->closed = true;
	pool_unlock(pool);
	pool_wake_collector(pool);
	return IPCM_OK;
}

enum ipcm_status ipcm_pool_terminate(struct ipcm_pool *pool)
{
	enum ipcm_status status = pool_check(pool);

	if (status)
		return status;
	pool_lock(pool);
	if (pool->state != POOL_BROKEN)
		pool->state = POOL_TERMINATED;
	pool->closed = true;
	pool_unlock(pool);
	pool_end_workers(pool);
	pool_wake_collector(pool);
	return IPCM_OK;
}

static bool may_join(struct ipcm_pool *pool)
{
	bool closed;

	pool_lock(pool);
	closed = pool->closed;
	pool_unlock(pool);
	return closed && pool_collecting != pool;
}

enum ipcm_status ipcm_pool_join(struct ipcm_pool *pool, int64_t timeout_ns)
{
	enum ipcm_status status = pool_check(pool);
	int64_t deadline = clock_deadline(timeout_ns);

	if (status)
		return status;
	if (!may_join(pool))
		return IPCM_INVALID;
	interrupt_note(false); /* of an earlier sleep */
	while (!atomic_load(&pool->ended)) {
		if (interrupted())
			return IPCM_INTR;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		(void)futex_wait(&pool->ended, 0, wait_slice(deadline));
	}
	return IPCM_OK;
}

void ipcm_pool_free(struct ipcm_pool *pool)
{
	/* not a worker's copy, which it uses itself */
	if (!handle_is(pool, POOL_MAGIC) || pool == pool_working)
		return;
	if (pool->forks == pool_forks) {
		(void)ipcm_pool_terminate(pool);
		if (pool->has_collector)
			(void)pthread_join(pool->collector, NULL);
		(void)pthread_mutex_destroy(&pool->mutex);
	}
	close_parts(pool);
}

/* ---- what it is ---- */

enum ipcm_status ipcm_pool_pids(const struct ipcm_pool *pool, pid_t *ret_pids,
				size_t capacity, size_t *ret_count)
{
	enum ipcm_status status = pool_check(pool);
	size_t count = 0;

	if (status)
		return status;
	if (!ret_count || (!ret_pids && capacity))
		return IPCM_INVALID;
	for (uint32_t i = 0; i < pool->workers; i++) {
		pid_t pid = atomic_load(&pool->shared->slots[i].pid);

		if (!pid)
			continue;
		if (count < capacity)
			ret_pids[count] = pid;
		count++;
	}
	*ret_count = count;
	return count > capacity ? IPCM_TOOSMALL : IPCM_OK;
}

enum ipcm_status ipcm_pool_workers(const struct ipcm_pool *pool,
				   size_t *ret_workers)
{
	enum ipcm_status status = pool_check(pool);

	if (status)
		return status;
	if (!ret_workers)
		return IPCM_INVALID;
	*ret_workers = pool->workers;
	return IPCM_OK;
}
