/* SPDX-License-Identifier: MIT */
/*
 * Worker processes that are killed and started again; see worker_pool.h.
 */
#include "worker_pool.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/harness/process.h"
#include "impls/core/end_with.h"
#include "reports/cliutil/interrupt.h"

/* Without progress for so long, a worker counts as blocked for ever. */
static const int64_t STALL_NS = 5 * S;

void stress_complain(void *state, const char *format, ...)
{
	struct shared_state *shared = state;
	int nothing = 0;
	va_list args;

	if (!atomic_compare_exchange_strong(&shared->complained, &nothing, 1))
		return;
	va_start(args, format);
	(void)vsnprintf(shared->complaint, sizeof(shared->complaint), format,
			args);
	va_end(args);
	atomic_store(&shared->complained, 2);
}

bool stress_complained(void *state)
{
	struct shared_state *shared = state;

	return atomic_load(&shared->complained);
}

void stress_progress(void *state)
{
	struct shared_state *shared = state;

	atomic_fetch_add(&shared->progress, 1);
}

static uint64_t progress_of(const struct worker_pool *pool)
{
	struct shared_state *shared = pool->state;

	return atomic_load(&shared->progress);
}

uint64_t worker_pool_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* What a worker begins with; copied by the fork. */
struct beginning {
	const struct worker *worker;
	void *state;
	pid_t parent;
};

static int worker_run(void *beginning)
{
	const struct beginning *begin = beginning;

	interrupt_default();
	end_with(begin->parent);
	begin->worker->run(begin->state, begin->worker->life);
	return 0;
}

/* Forget what has ended, or never began. */
static void worker_forget(struct worker *worker)
{
	ipcm_process_free(worker->process);
	worker->process = NULL;
}

bool worker_pool_start(struct worker_pool *pool, unsigned index,
		       void (*run)(void *state, unsigned life))
{
	struct worker *worker = &pool->workers[index];
	struct beginning begin = {worker, pool->state, getpid()};
	enum ipcm_status status;

	worker->run = run;
	worker->life = pool->lives++;
	status =
		ipcm_process_create(worker_run, &begin, NULL, &worker->process);
	if (!status)
		status = ipcm_process_start(worker->process);
	if (!status)
		return true;
	stress_complain(pool->state, "start: %s", ipcm_status_text(status));
	worker_forget(worker);
	return false;
}

/* Has one ended, or been ended? */
static bool worker_ended(struct worker *worker, int64_t timeout_ns,
			 int *ret_code)
{
	if (ipcm_process_join(worker->process, timeout_ns) ||
	    ipcm_process_exitcode(worker->process, ret_code))
		return false;
	worker_forget(worker);
	return true;
}

static void worker_kill(struct worker *worker)
{
	int code;

	if (!ipcm_process_kill(worker->process))
		(void)worker_ended(worker, IPCM_FOREVER, &code);
}

/* Where each worker waits, for the message about a stall. */
static void describe(const struct worker_pool *pool, char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < pool->count && used < bytes; i++) {
		char one[300];
		pid_t pid;

		if (ipcm_process_pid(pool->workers[i].process, &pid))
			continue;
		process_describe(pid, one, sizeof(one));
		used += (size_t)snprintf(text + used, bytes - used,
					 "\n    worker %u: %s", i, one);
	}
}

/* Complain if nothing has moved since the last look for too long. */
static void watch(struct worker_pool *pool, uint64_t *seen, int64_t *since_ns)
{
	int64_t limit_ns = STALL_NS * pool->machine_factor;
	uint64_t now = progress_of(pool);
	char where[COMPLAINT_BYTES - 200];

	if (now != *seen) {
		*seen = now;
		*since_ns = now_ns();
	} else if (now_ns() - *since_ns > limit_ns) {
		describe(pool, where, sizeof(where));
		stress_complain(pool->state,
				"no progress for %lld s after %" PRIu64
				" successes:%s",
				(long long)(limit_ns / S), now, where);
	}
}

/* A worker that ended by itself has found a fault, or crashed. */
static void check_all_run(struct worker_pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++) {
		struct worker *worker = &pool->workers[i];
		int code;

		if (!worker->process || !worker_ended(worker, IPCM_TRY, &code))
			continue;
		stress_complain(pool->state, "worker %u ended by itself: %s %d",
				i, code < 0 ? "signal" : "exit", abs(code));
	}
}

/* The workers that remain must succeed at least once more. */
static void await_progress(struct worker_pool *pool)
{
	uint64_t before = progress_of(pool), seen = before;
	int64_t since_ns = now_ns();

	while (progress_of(pool) == before && !interrupt_requested &&
	       !stress_complained(pool->state)) {
		pause_ns(MS);
		watch(pool, &seen, &since_ns);
	}
}

void worker_pool_kill_loop(struct worker_pool *pool, unsigned kills,
			   void (*killed)(void *state, unsigned index))
{
	uint64_t seen = 0;
	int64_t since_ns = now_ns();
	unsigned done = 0;

	while (done < kills && !interrupt_requested &&
	       !stress_complained(pool->state)) {
		unsigned index = (unsigned)(worker_pool_random(&pool->random) %
					    pool->count);
		uint64_t wait_us = worker_pool_random(&pool->random) % 3000;
		struct worker *victim = &pool->workers[index];

		pause_ns((int64_t)wait_us * US);
		watch(pool, &seen, &since_ns);
		check_all_run(pool);
		if (!victim->process)
			continue;
		worker_kill(victim);
		if (killed)
			killed(pool->state, index);
		done++;
		(void)worker_pool_start(pool, index, victim->run);
	}
	await_progress(pool);
}

void worker_pool_stop(struct worker_pool *pool, enum stop_flag flag,
		      unsigned end)
{
	struct shared_state *shared = pool->state;
	int64_t deadline = now_ns() + 2 * STALL_NS * pool->machine_factor;
	char where[COMPLAINT_BYTES - 200];
	int code;

	atomic_store(&shared->stop_flag, flag);
	for (unsigned i = 0; i < end; i++) {
		struct worker *worker = &pool->workers[i];

		while (worker->process && !worker_ended(worker, MS, &code)) {
			if (now_ns() >= deadline || interrupt_requested) {
				describe(pool, where, sizeof(where));
				stress_complain(pool->state,
						"worker %u does not end:%s", i,
						where);
				return;
			}
		}
	}
}

void worker_pool_end(struct worker_pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++) {
		if (pool->workers[i].process)
			worker_kill(&pool->workers[i]);
	}
}
