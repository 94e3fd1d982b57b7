/* SPDX-License-Identifier: MIT */
/*
 * The cast of a storm: who plays, who dies, who comes back; see crash_stress.h.
 * What is played is in crash_stress_queue.c and crash_stress_lock.c.
 */
#include "crash_stress_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/leak.h"
#include "conformance/runner/process.h"
#include "reports/result/result.h"

/* Nothing moved for so long: somebody is wedged. */
static const int64_t STALL_NS = 5 * S;

void *stage_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void stage_complain(struct stage *stage, const char *format, ...)
{
	int nothing = 0;
	va_list args;

	if (!atomic_compare_exchange_strong(&stage->complained, &nothing, 1))
		return;
	va_start(args, format);
	(void)vsnprintf(stage->complaint, sizeof(stage->complaint), format,
			args);
	va_end(args);
	atomic_store(&stage->complained, 2);
}

uint64_t worker_pool_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

bool worker_pool_enter(struct worker_pool *worker_pool, unsigned role)
{
	struct role *to = &worker_pool->roles[role];
	pid_t parent = getpid();

	to->life = worker_pool->lives++;
	to->pid = fork();
	if (to->pid == 0) {
		interrupt_default();
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			to->run(worker_pool->crash_stress, to->life);
		_exit(0);
	}
	if (to->pid < 0)
		stage_complain(worker_pool->stage, "fork: %s", strerror(errno));
	return to->pid > 0;
}

/* Where everybody is, for a stall. */
static void describe(const struct worker_pool *worker_pool, char *text,
		     size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < worker_pool->count && used < bytes; i++) {
		char one[300];

		if (worker_pool->roles[i].pid <= 0)
			continue;
		process_describe(worker_pool->roles[i].pid, one, sizeof(one));
		used += (size_t)snprintf(text + used, bytes - used,
					 "\n    role %u: %s", i, one);
	}
}

/* Complain if nothing has moved since the last look for too long. */
static void watch(struct worker_pool *worker_pool, uint64_t *seen,
		  int64_t *since_ns)
{
	uint64_t now = atomic_load(&worker_pool->stage->progress);
	char where[COMPLAINT_BYTES - 200];

	if (now != *seen) {
		*seen = now;
		*since_ns = now_ns();
	} else if (now_ns() - *since_ns >
		   STALL_NS * worker_pool->machine_factor) {
		describe(worker_pool, where, sizeof(where));
		stage_complain(
			worker_pool->stage,
			"no progress for %lld s after %" PRIu64 " successes:%s",
			(long long)(STALL_NS * worker_pool->machine_factor / S),
			now, where);
	}
}

/* A member that ended by itself has found something, or crashed. */
static void look_for_deserters(struct worker_pool *worker_pool)
{
	for (unsigned i = 0; i < worker_pool->count; i++) {
		int status;

		if (worker_pool->roles[i].pid <= 0 ||
		    waitpid(worker_pool->roles[i].pid, &status, WNOHANG) <= 0)
			continue;
		worker_pool->roles[i].pid = 0;
		stage_complain(worker_pool->stage,
			       "role %u ended by itself: %s %d", i,
			       WIFSIGNALED(status) ? "signal" : "exit",
			       WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status));
	}
}

void worker_pool_kill_loop(struct worker_pool *worker_pool, unsigned kills,
			   void (*killed)(void *crash_stress, unsigned role))
{
	uint64_t seen = 0;
	int64_t since_ns = now_ns();
	unsigned done = 0;

	while (done < kills && !interrupt_requested &&
	       !atomic_load(&worker_pool->stage->complained)) {
		unsigned role =
			(unsigned)(worker_pool_random(&worker_pool->random) %
				   worker_pool->count);
		struct role *victim = &worker_pool->roles[role];

		pause_ns((int64_t)(worker_pool_random(&worker_pool->random) %
				   3000) *
			 US);
		watch(worker_pool, &seen, &since_ns);
		look_for_deserters(worker_pool);
		if (victim->pid <= 0)
			continue;
		(void)kill(victim->pid, SIGKILL);
		(void)waitpid(victim->pid, NULL, 0);
		killed(worker_pool->crash_stress, role);
		done++;
		(void)worker_pool_enter(worker_pool, role);
	}
	/* the survivors must get on: wait for a last success of somebody */
	seen = atomic_load(&worker_pool->stage->progress);
	since_ns = now_ns();
	while (atomic_load(&worker_pool->stage->progress) == seen &&
	       !interrupt_requested &&
	       !atomic_load(&worker_pool->stage->complained)) {
		pause_ns(MS);
		watch(worker_pool, &seen, &since_ns);
	}
}

void worker_pool_await_exit(struct worker_pool *worker_pool, unsigned from,
			    unsigned to)
{
	int64_t deadline =
		now_ns() + 2 * STALL_NS * worker_pool->machine_factor;
	char where[COMPLAINT_BYTES - 200];

	for (unsigned i = from; i < to; i++) {
		struct role *role = &worker_pool->roles[i];

		while (role->pid > 0 &&
		       waitpid(role->pid, NULL, WNOHANG) == 0) {
			if (now_ns() >= deadline || interrupt_requested) {
				describe(worker_pool, where, sizeof(where));
				stage_complain(worker_pool->stage,
					       "role %u does not leave:%s", i,
					       where);
				return;
			}
			pause_ns(MS);
		}
		role->pid = 0;
	}
}

void worker_pool_end(struct worker_pool *worker_pool)
{
	for (unsigned i = 0; i < worker_pool->count; i++) {
		if (worker_pool->roles[i].pid <= 0)
			continue;
		(void)kill(worker_pool->roles[i].pid, SIGKILL);
		(void)waitpid(worker_pool->roles[i].pid, NULL, 0);
		worker_pool->roles[i].pid = 0;
	}
}

int crash_stress_verdict(const struct ipcm_backend *backend, const char *object,
			 const struct worker_pool *worker_pool,
			 const struct crash_stress_options *options,
			 const char *figures)
{
	bool failed = atomic_load(&worker_pool->stage->complained);

	if (options->as_clause && failed)
		check_fail(__FILE__, __LINE__, "who survives gets on, in order",
			   "%s", worker_pool->stage->complaint);
	if (options->as_clause)
		return EXIT_PASS;
	(void)printf("%-11s %-5s %u kills, %s: %s\n", backend->name, object,
		     options->kills, figures,
		     interrupt_requested ? "interrupted"
		     : failed		 ? "FAILED"
					 : "ok");
	if (failed)
		(void)printf("    %s\n    again: ipcmark check --storm %u "
			     "--backend %s --seed %" PRIu64 "\n",
			     worker_pool->stage->complaint, options->kills,
			     backend->name, options->seed);
	(void)fflush(stdout);
	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	return failed ? EXIT_VERDICT : EXIT_PASS;
}

int crash_stress_run(const struct ipcm_backend *backend,
		     const struct crash_stress_options *options)
{
	struct leak_snapshot *before = leak_snapshot_take();
	char left[512];
	int worst = EXIT_PASS;

	if (backend->queue)
		worst = crash_stress_queue(backend, options);
	if (backend->lock && worst != EXIT_INTERRUPTED) {
		int code = crash_stress_lock(backend, options);

		worst = code > worst ? code : worst;
	}
	(void)ipcm_collect();
	/* of a clause the runner looks itself */
	if (!options->as_clause &&
	    leak_snapshot_compare(before, left, sizeof(left))) {
		(void)printf("%-11s left behind: %s\n", backend->name, left);
		worst = worst > EXIT_VERDICT ? worst : EXIT_VERDICT;
	}
	leak_snapshot_free(before);
	return worst;
}
