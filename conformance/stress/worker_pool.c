/* SPDX-License-Identifier: MIT */
/*
 * Worker processes that are killed and started again; see worker_pool.h.
 */
#include "worker_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/process.h"
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

bool worker_pool_start(struct worker_pool *pool, unsigned index,
		       void (*run)(void *state, unsigned life))
{
	struct worker *worker = &pool->workers[index];
	pid_t parent = getpid();

	worker->run = run;
	worker->life = pool->lives++;
	worker->pid = fork();
	if (worker->pid == 0) {
		interrupt_default();
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			worker->run(pool->state, worker->life);
		_exit(0);
	}
	if (worker->pid < 0)
		stress_complain(pool->state, "fork: %s", strerror(errno));
	return worker->pid > 0;
}

/* Where each worker waits, for the message about a stall. */
static void describe(const struct worker_pool *pool, char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < pool->count && used < bytes; i++) {
		char one[300];

		if (pool->workers[i].pid <= 0)
			continue;
		process_describe(pool->workers[i].pid, one, sizeof(one));
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
		int status;

		if (worker->pid <= 0 ||
		    waitpid(worker->pid, &status, WNOHANG) <= 0)
			continue;
		worker->pid = 0;
		stress_complain(pool->state, "worker %u ended by itself: %s %d",
				i, WIFSIGNALED(status) ? "signal" : "exit",
				WIFSIGNALED(status) ? WTERMSIG(status)
						    : WEXITSTATUS(status));
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
		if (victim->pid <= 0)
			continue;
		(void)kill(victim->pid, SIGKILL);
		(void)waitpid(victim->pid, NULL, 0);
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

	atomic_store(&shared->stop_flag, flag);
	for (unsigned i = 0; i < end; i++) {
		struct worker *worker = &pool->workers[i];

		while (worker->pid > 0 &&
		       waitpid(worker->pid, NULL, WNOHANG) == 0) {
			if (now_ns() >= deadline || interrupt_requested) {
				describe(pool, where, sizeof(where));
				stress_complain(pool->state,
						"worker %u does not end:%s", i,
						where);
				return;
			}
			pause_ns(MS);
		}
		worker->pid = 0;
	}
}

void worker_pool_end(struct worker_pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++) {
		struct worker *worker = &pool->workers[i];

		if (worker->pid <= 0)
			continue;
		(void)kill(worker->pid, SIGKILL);
		(void)waitpid(worker->pid, NULL, 0);
		worker->pid = 0;
	}
}
