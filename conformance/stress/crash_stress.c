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

uint64_t cast_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

bool cast_enter(struct cast *cast, unsigned role)
{
	struct role *to = &cast->roles[role];
	pid_t parent = getpid();

	to->life = cast->lives++;
	to->pid = fork();
	if (to->pid == 0) {
		record_default_signals();
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			to->play(cast->storm, to->life);
		_exit(0);
	}
	if (to->pid < 0)
		stage_complain(cast->stage, "fork: %s", strerror(errno));
	return to->pid > 0;
}

/* Where everybody is, for a stall. */
static void describe(const struct cast *cast, char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < cast->count && used < bytes; i++) {
		char one[300];

		if (cast->roles[i].pid <= 0)
			continue;
		process_describe(cast->roles[i].pid, one, sizeof(one));
		used += (size_t)snprintf(text + used, bytes - used,
					 "\n    role %u: %s", i, one);
	}
}

/* Complain if nothing has moved since the last look for too long. */
static void watch(struct cast *cast, uint64_t *seen, int64_t *since_ns)
{
	uint64_t now = atomic_load(&cast->stage->progress);
	char where[COMPLAINT_BYTES - 200];

	if (now != *seen) {
		*seen = now;
		*since_ns = now_ns();
	} else if (now_ns() - *since_ns > STALL_NS * cast->machine_factor) {
		describe(cast, where, sizeof(where));
		stage_complain(cast->stage,
			       "no progress for %lld s after %" PRIu64
			       " successes:%s",
			       (long long)(STALL_NS * cast->machine_factor / S),
			       now, where);
	}
}

/* A member that ended by itself has found something, or crashed. */
static void look_for_deserters(struct cast *cast)
{
	for (unsigned i = 0; i < cast->count; i++) {
		int status;

		if (cast->roles[i].pid <= 0 ||
		    waitpid(cast->roles[i].pid, &status, WNOHANG) <= 0)
			continue;
		cast->roles[i].pid = 0;
		stage_complain(cast->stage, "role %u ended by itself: %s %d", i,
			       WIFSIGNALED(status) ? "signal" : "exit",
			       WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status));
	}
}

void cast_kill_loop(struct cast *cast, unsigned kills,
		    void (*killed)(void *storm, unsigned role))
{
	uint64_t seen = 0;
	int64_t since_ns = now_ns();
	unsigned done = 0;

	while (done < kills && !record_interrupted &&
	       !atomic_load(&cast->stage->complained)) {
		unsigned role =
			(unsigned)(cast_random(&cast->random) % cast->count);
		struct role *victim = &cast->roles[role];

		pause_ns((int64_t)(cast_random(&cast->random) % 3000) * US);
		watch(cast, &seen, &since_ns);
		look_for_deserters(cast);
		if (victim->pid <= 0)
			continue;
		(void)kill(victim->pid, SIGKILL);
		(void)waitpid(victim->pid, NULL, 0);
		killed(cast->storm, role);
		done++;
		(void)cast_enter(cast, role);
	}
	/* the survivors must get on: wait for a last success of somebody */
	seen = atomic_load(&cast->stage->progress);
	since_ns = now_ns();
	while (atomic_load(&cast->stage->progress) == seen &&
	       !record_interrupted && !atomic_load(&cast->stage->complained)) {
		pause_ns(MS);
		watch(cast, &seen, &since_ns);
	}
}

void cast_await_exit(struct cast *cast, unsigned from, unsigned to)
{
	int64_t deadline = now_ns() + 2 * STALL_NS * cast->machine_factor;
	char where[COMPLAINT_BYTES - 200];

	for (unsigned i = from; i < to; i++) {
		struct role *role = &cast->roles[i];

		while (role->pid > 0 &&
		       waitpid(role->pid, NULL, WNOHANG) == 0) {
			if (now_ns() >= deadline || record_interrupted) {
				describe(cast, where, sizeof(where));
				stage_complain(cast->stage,
					       "role %u does not leave:%s", i,
					       where);
				return;
			}
			pause_ns(MS);
		}
		role->pid = 0;
	}
}

void cast_end(struct cast *cast)
{
	for (unsigned i = 0; i < cast->count; i++) {
		if (cast->roles[i].pid <= 0)
			continue;
		(void)kill(cast->roles[i].pid, SIGKILL);
		(void)waitpid(cast->roles[i].pid, NULL, 0);
		cast->roles[i].pid = 0;
	}
}

int storm_verdict(const struct ipcm_backend *backend, const char *object,
		  const struct cast *cast, const struct storm_options *options,
		  const char *figures)
{
	bool failed = atomic_load(&cast->stage->complained);

	if (options->as_clause && failed)
		check_fail(__FILE__, __LINE__, "who survives gets on, in order",
			   "%s", cast->stage->complaint);
	if (options->as_clause)
		return EXIT_HOLDS;
	(void)printf("%-11s %-5s %u kills, %s: %s\n", backend->name, object,
		     options->kills, figures,
		     record_interrupted ? "interrupted"
		     : failed		? "FAILED"
					: "ok");
	if (failed)
		(void)printf("    %s\n    again: ipcmark check --storm %u "
			     "--backend %s --seed %" PRIu64 "\n",
			     cast->stage->complaint, options->kills,
			     backend->name, options->seed);
	(void)fflush(stdout);
	if (record_interrupted)
		return EXIT_INTERRUPTED;
	return failed ? EXIT_VERDICT : EXIT_HOLDS;
}

int storm_run(const struct ipcm_backend *backend,
	      const struct storm_options *options)
{
	struct leak_snapshot *before = leak_snapshot_take();
	char left[512];
	int worst = EXIT_HOLDS;

	if (backend->queue)
		worst = storm_queue(backend, options);
	if (backend->lock && worst != EXIT_INTERRUPTED) {
		int code = storm_lock(backend, options);

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
