/* SPDX-License-Identifier: MIT */
/*
 * The parent's side of a group. It sleeps in sigtimedwait, so that with two
 * CPUs and all workers busy nothing of it runs between start and end; it wakes
 * a few times a second to see whether anything still moves.
 */
#include "worker_group.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "shared_state.h"
#include "worker_context.h"
#include "impls/core/end_with.h"
#include "impls/core/proc.h"
#include "reports/cliutil/interrupt.h"

/* How often the parent looks whether anything moves. */
#define LOOK_NS (250 * NS_PER_MS)
/* So often at least: a parent that got no CPU for long has looked once, and
 * saw the workers in one moment. */
#define QUIET_LOOKS 10
/* Longest spinning at a meeting, where spinning is allowed. */
#define SPIN_NS (2 * NS_PER_MS)

/* One worker_group_run, in the parent. */
struct watch {
	struct worker_group *group;
	const struct worker_group_order *order;
	pid_t pid[WORKER_GROUP_MAX]; /* 0: ended */
	pid_t pgid;
	unsigned alive;
	int64_t deadline_ns;
	int64_t moved_ns;
	uint64_t seen_progress;
	/** Looks since then, at which nothing had moved and all slept. */
	unsigned quiet_looks;
};

struct worker_group *worker_group_create(void)
{
	struct verdict ignored;
	void *memory = shared_state_map(sizeof(struct worker_group), &ignored);
	sigset_t set;

	if (!memory)
		return NULL;
	/* blocked for good: sigtimedwait takes it */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return memory;
}

void worker_group_destroy(struct worker_group *group)
{
	shared_state_unmap(group, sizeof(*group));
}

static void child_prepare(struct worker_context *worker,
			  const struct worker_group_order *order,
			  unsigned index, pid_t parent)
{
	sigset_t set;
	int cpu = index < order->firsts || order->placement == PLACE_ONE
			  ? order->cpus.first
			  : order->cpus.second;

	interrupt_default();
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	end_with(parent);
	if (order->placement != PLACE_FREE && cpus_pin(cpu))
		worker_fail(worker, OUTCOME_HOST_LIMIT,
			    "cannot pin a process to cpu %d (%s); use "
			    "--pin free",
			    cpu, strerror(errno));
}

_Noreturn static void child_run(struct worker_group *group,
				const struct worker_group_order *order,
				unsigned index, pid_t parent)
{
	struct worker_context worker = {
		.group = group, .self = &group->worker[index], .index = index};

	/* a worker that spins must not take the CPU of one that works */
	if (placement_is_apart(order->placement) && order->count == 2)
		worker.spin_ns = SPIN_NS;
	child_prepare(&worker, order, index, parent);
	shared_state_touch();
	order->worker[index](&worker, order->arg);
	_exit(0);
}

static bool worker_group_fork(struct watch *watch, struct verdict *verdict)
{
	pid_t parent = getpid();

	for (unsigned i = 0; i < watch->order->count; i++) {
		/* not a Process: after the first one every fork of a program
		 * costs more, also the bare ones that are measured */
		pid_t pid = fork();

		if (pid == 0) {
			setpgid(0, watch->pgid);
			child_run(watch->group, watch->order, i, parent);
		}
		if (pid < 0) {
			verdict_set(verdict, OUTCOME_ERROR,
				    "cannot start a process (%s)",
				    strerror(errno));
			return false;
		}
		if (watch->pgid == 0)
			watch->pgid = pid;
		/* both sides do it, so that it is done before either goes on */
		setpgid(pid, watch->pgid);
		watch->pid[i] = pid;
		watch->alive++;
	}
	return true;
}

/* What became of a worker that ended by itself. */
static void judge_end(struct watch *watch, unsigned i, const siginfo_t *info,
		      struct verdict *verdict)
{
	struct worker_state *worker = &watch->group->worker[i];

	if (verdict->outcome != OUTCOME_OK)
		return;
	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return;
	/* pairs with the release in worker_fail */
	if (atomic_load_explicit(&worker->failed, memory_order_acquire))
		*verdict = worker->verdict;
	else if (info->si_code == CLD_EXITED)
		verdict_set(verdict, OUTCOME_INVALID,
			    "process %u of %u ended with exit code %d", i + 1,
			    watch->order->count, info->si_status);
	else
		verdict_set(verdict, OUTCOME_INVALID,
			    "process %u of %u was killed by signal %d (%s)",
			    i + 1, watch->order->count, info->si_status,
			    strsignal(info->si_status));
}

static void reap(struct watch *watch, int flags, struct verdict *verdict)
{
	for (unsigned i = 0; i < watch->order->count; i++) {
		siginfo_t info = {0};
		int failed;

		if (!watch->pid[i])
			continue;
		failed = waitid(P_PID, (id_t)watch->pid[i], &info,
				WEXITED | flags);
		if (failed ? errno != ECHILD : info.si_pid == 0)
			continue;
		watch->pid[i] = 0;
		watch->alive--;
		if (!failed)
			judge_end(watch, i, &info, verdict);
		else if (verdict->outcome == OUTCOME_OK)
			verdict_set(verdict, OUTCOME_ERROR,
				    "how a process ended is not known: "
				    "something else reaped it");
	}
}

static uint64_t progress_sum(const struct watch *watch)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < watch->order->count; i++)
		sum += atomic_load_explicit(&watch->group->worker[i].progress,
					    memory_order_relaxed);
	return sum + watch->alive;
}

/* A process that wants to run and gets no CPU (R), or waits for a disk (D), is
 * late, not stuck: only a sleeper (S) can have missed something. Without /proc
 * it is taken for one. A spinner is left to the time limit. */
static bool is_late(pid_t pid)
{
	char state = pid ? proc_state(pid) : 'S';

	return state == 'R' || state == 'D';
}

static bool all_asleep(const struct watch *watch)
{
	for (unsigned i = 0; i < watch->order->count; i++)
		if (is_late(watch->pid[i]))
			return false;
	return !is_late(watch->order->server);
}

/* Nothing moved: say how far each worker came. */
static void judge_stall(const struct watch *watch, struct verdict *verdict)
{
	const struct worker_state *worker = watch->group->worker;
	char text[WORKER_GROUP_MAX * 40];
	size_t at = 0;

	for (unsigned i = 0; i < watch->order->count; i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%sprocess %u %s%llu",
			i ? ", " : "", i + 1, i ? "" : "had done ",
			(unsigned long long)atomic_load(&worker[i].progress));
	verdict_set(verdict, OUTCOME_INVALID,
		    "nothing moved for %.1f s while all slept, a message or a "
		    "wake-up was lost: %s",
		    (double)watch->order->stall_ns / (double)NS_PER_S, text);
}

static void look(struct watch *watch, struct verdict *verdict)
{
	int64_t now = clock_now();
	uint64_t progress = progress_sum(watch);

	watch->quiet_looks++;
	if (progress != watch->seen_progress || !all_asleep(watch)) {
		watch->seen_progress = progress;
		watch->moved_ns = now;
		watch->quiet_looks = 0;
	}
	if (interrupt_requested)
		verdict_set(verdict, OUTCOME_SKIPPED, "interrupted");
	else if (now >= watch->deadline_ns)
		verdict_set(verdict, OUTCOME_TIMEOUT,
			    "not done after %.1f s; --timeout allows more",
			    (double)watch->order->timeout_ns /
				    (double)NS_PER_S);
	else if (now - watch->moved_ns >= watch->order->stall_ns &&
		 watch->quiet_looks >= QUIET_LOOKS)
		judge_stall(watch, verdict);
}

static void watch_members(struct watch *watch, struct verdict *verdict)
{
	struct timespec slice = clock_timespec(LOOK_NS);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (watch->alive && verdict->outcome == OUTCOME_OK) {
		(void)sigtimedwait(&set, NULL, &slice);
		reap(watch, WNOHANG, verdict);
		if (watch->alive && verdict->outcome == OUTCOME_OK)
			look(watch, verdict);
	}
}

void worker_group_run(struct worker_group *group,
		      const struct worker_group_order *order,
		      struct verdict *ret_verdict)
{
	struct watch watch = {.group = group, .order = order};
	struct verdict ignored = {OUTCOME_INVALID, ""};

	memset(group, 0, sizeof(*group));
	hist_clear(&group->trips);
	hist_clear(&group->blocks);
	hist_clear(&group->service);
	group->count = order->count;
	group->firsts = order->firsts;
	group->probed = placement_is_apart(order->placement) &&
			order->firsts < order->count;
	ret_verdict->outcome = OUTCOME_OK;
	ret_verdict->reason[0] = '\0';
	watch.moved_ns = clock_now();
	watch.deadline_ns = watch.moved_ns + order->timeout_ns;

	if (worker_group_fork(&watch, ret_verdict))
		watch_members(&watch, ret_verdict);
	if (watch.alive)
		kill(-watch.pgid, SIGKILL);
	while (watch.alive)
		reap(&watch, 0, &ignored);
}
