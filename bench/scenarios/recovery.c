/* SPDX-License-Identifier: MIT */
/*
 * Recovery: a process is killed (SIGKILL) while it holds the lock, while it is
 * blocked in get, or at a random moment of a stream of puts. The time runs from
 * just before the kill until another process has succeeded with acquire, get
 * or put. What the mechanisms can only notice by looking is looked for every
 * 100 ms (ARCHITECTURE.md), and that is what the number then shows.
 *
 * Each is proved: the acquire has to tell of the death, the stream has to be
 * whole up to the kill, and what is left in the queue is counted. A kill is
 * never warm: one before the others brings the code into memory, and that is
 * all the warm-up there is.
 */
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "bench/workers/shared_state.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/cpu_hints.h"
#include "objects.h"
#include "bench/workers/child_process.h"

/* Kills of one iteration: enough that the percentiles of a run have a base. */
#define KILLS 10
/* Longest life of a victim after it is where it has to be. A waiter looks at
 * the holder every 100 ms: the kill has to fall anywhere in between. */
#define HOLDER_LIFE_NS (100 * NS_PER_MS)
#define STREAM_LIFE_NS (2 * NS_PER_MS)
/* Items of the stream under way at a time: fewer than any channel holds. */
#define UNDER_WAY 4

/* Shared by the leader and its victims. */
struct shared {
	/** Raised when the victim is where it has to be. */
	_Atomic uint32_t ready;
	_Alignas(64) _Atomic int64_t killed_ns;
	/** Items that the leader has taken. */
	_Alignas(64) _Atomic uint64_t taken;
};

/* One scenario, in the leader and in its victims. */
struct recovery_case {
	const struct run_context *context;
	struct shared *shared;
	struct ipcm_lock *lock;
	struct ipcm_queue *queue;
	unsigned char *message;
	uint64_t random;
	/** Of the next victim, once it is where it has to be. */
	int64_t life_ns;
};

/* A kill and what comes after. @return the time until somebody succeeded */
typedef int64_t deed_function(struct recovery_case *recovery_case,
			      struct worker_context *worker);

/* xorshift from seed and clock: each sample has other moments. */
static int64_t some_time(struct recovery_case *recovery_case,
			 int64_t longest_ns)
{
	recovery_case->random ^= recovery_case->random << 13;
	recovery_case->random ^= recovery_case->random >> 7;
	recovery_case->random ^= recovery_case->random << 17;
	return (int64_t)(recovery_case->random % (uint64_t)longest_ns);
}

static void sleep_ns(int64_t ns)
{
	struct timespec pause = clock_timespec(ns);

	(void)nanosleep(&pause, NULL);
}

static void say_ready(struct shared *shared)
{
	atomic_store(&shared->ready, 1);
	futex_wake(&shared->ready, 1);
}

static void await_ready(struct recovery_case *recovery_case,
			struct worker_context *worker)
{
	int64_t until = clock_now() + CHILD_PROCESS_TIMEOUT_NS;

	while (!atomic_load(&recovery_case->shared->ready)) {
		if (clock_now() > until)
			child_process_failed(worker, "the start of the victim",
					     IPCM_TIMEDOUT);
		futex_wait(&recovery_case->shared->ready, 0, until);
	}
	atomic_store(&recovery_case->shared->ready, 0);
}

/* ---- while it holds the lock ---- */

static void lock_victim(struct worker_context *worker, void *arg)
{
	struct recovery_case *recovery_case = arg;
	enum ipcm_status status = ipcm_lock_acquire(recovery_case->lock,
						    CHILD_PROCESS_TIMEOUT_NS);

	if (status)
		worker_fail(worker, OUTCOME_INVALID,
			    "acquire of a lock that was recovered: %s",
			    ipcm_status_text(status));
	say_ready(recovery_case->shared);
	sleep_ns(recovery_case->life_ns);
	atomic_store(&recovery_case->shared->killed_ns, clock_now());
	kill(getpid(), SIGKILL);
	pause();
}

static int64_t lock_deed(struct recovery_case *recovery_case,
			 struct worker_context *worker)
{
	pid_t pid;
	int64_t end;
	enum ipcm_status status;

	recovery_case->life_ns = some_time(recovery_case, HOLDER_LIFE_NS);
	atomic_store(&recovery_case->shared->killed_ns, INT64_MAX);
	pid = child_process_start(worker, recovery_case->context->task,
				  lock_victim, recovery_case);
	await_ready(recovery_case, worker);
	status = ipcm_lock_acquire(recovery_case->lock,
				   CHILD_PROCESS_TIMEOUT_NS);
	end = clock_now();
	if (status == IPCM_OK)
		worker_fail(worker, OUTCOME_INVALID,
			    "acquire does not tell that the holder died, or "
			    "two held the lock");
	if (status != IPCM_OWNERDEAD)
		child_process_failed(worker, "acquire after the kill", status);
	child_process_reap(worker, pid, SIGKILL);
	if (ipcm_lock_recover(recovery_case->lock) ||
	    ipcm_lock_release(recovery_case->lock))
		worker_fail(worker, OUTCOME_ERROR,
			    "the lock cannot be recovered");
	return end - atomic_load(&recovery_case->shared->killed_ns);
}

/* ---- the queue ---- */

static void require(struct worker_context *worker, enum ipcm_status status,
		    const char *call)
{
	if (status)
		child_process_failed(worker, call, status);
}

static void take(struct recovery_case *recovery_case,
		 struct worker_context *worker, const char *call)
{
	size_t bytes = recovery_case->context->task->axes->size_bytes, got = 0;

	require(worker,
		ipcm_queue_get(recovery_case->queue, recovery_case->message,
			       bytes, CHILD_PROCESS_TIMEOUT_NS, &got),
		call);
	if (got != bytes || !payload_closed(recovery_case->message, bytes))
		worker_fail(worker, OUTCOME_INVALID, "a damaged item came out");
}

static enum ipcm_status give(struct recovery_case *recovery_case, uint64_t seq)
{
	size_t bytes = recovery_case->context->task->axes->size_bytes;

	payload_mark(recovery_case->message, bytes, seq);
	return ipcm_queue_put(recovery_case->queue, recovery_case->message,
			      bytes, CHILD_PROCESS_TIMEOUT_NS);
}

static void prove_empty(const struct recovery_case *recovery_case,
			struct worker_context *worker)
{
	size_t left = 1;

	if (ipcm_queue_qsize(recovery_case->queue, &left) || left)
		worker_fail(
			worker, OUTCOME_INVALID,
			"the queue says that %zu items are left where there "
			"is none",
			left);
}

/* ---- blocked in get ---- */

static void get_victim(struct worker_context *worker, void *arg)
{
	struct recovery_case *recovery_case = arg;

	say_ready(recovery_case->shared);
	take(recovery_case, worker, "get of the victim");
	worker_fail(worker, OUTCOME_INVALID,
		    "the process that was killed got the item");
}

static int64_t get_deed(struct recovery_case *recovery_case,
			struct worker_context *worker)
{
	pid_t pid = child_process_start(worker, recovery_case->context->task,
					get_victim, recovery_case);
	int64_t begin, end;

	await_ready(recovery_case, worker);
	child_process_asleep(worker, pid);
	begin = clock_now();
	kill(pid, SIGKILL);
	require(worker, give(recovery_case, 7), "put after the kill");
	take(recovery_case, worker, "get after the kill");
	end = clock_now();
	if (payload_seq(recovery_case->message) != 7)
		worker_fail(worker, OUTCOME_INVALID, "another item came out");
	child_process_reap(worker, pid, SIGKILL);
	prove_empty(recovery_case, worker);
	return end - begin;
}

/* ---- somewhere in a stream of puts ---- */

static void put_victim(struct worker_context *worker, void *arg)
{
	struct recovery_case *recovery_case = arg;

	say_ready(recovery_case->shared);
	for (uint64_t seq = 0;; seq++) {
		/* full channels are another matter: stay below */
		while (seq - atomic_load(&recovery_case->shared->taken) >=
		       UNDER_WAY)
			sched_yield();
		require(worker, give(recovery_case, seq), "put of the victim");
	}
}

/* Take items until that moment. @return how many */
static uint64_t take_until(struct recovery_case *recovery_case,
			   struct worker_context *worker, int64_t until_ns)
{
	uint64_t next = 0;

	while (clock_now() < until_ns) {
		take(recovery_case, worker, "get of the stream");
		if (payload_seq(recovery_case->message) != next)
			worker_fail(worker, OUTCOME_INVALID,
				    "item %llu came in place of %llu",
				    (unsigned long long)payload_seq(
					    recovery_case->message),
				    (unsigned long long)next);
		atomic_store(&recovery_case->shared->taken, ++next);
	}
	return next;
}

/* What the victim had put, whole and in order, then the leader's own. */
static void drain(struct recovery_case *recovery_case,
		  struct worker_context *worker, uint64_t next)
{
	for (;; next++) {
		take(recovery_case, worker, "get after the kill");
		if (payload_seq(recovery_case->message) == SEQ_STOP)
			break;
		if (payload_seq(recovery_case->message) != next)
			worker_fail(worker, OUTCOME_INVALID,
				    "after the kill item %llu came in place of "
				    "%llu",
				    (unsigned long long)payload_seq(
					    recovery_case->message),
				    (unsigned long long)next);
	}
	prove_empty(recovery_case, worker);
}

static int64_t put_deed(struct recovery_case *recovery_case,
			struct worker_context *worker)
{
	int64_t begin, end;
	uint64_t next;
	pid_t pid;

	recovery_case->life_ns = some_time(recovery_case, STREAM_LIFE_NS);
	atomic_store(&recovery_case->shared->taken, 0);
	pid = child_process_start(worker, recovery_case->context->task,
				  put_victim, recovery_case);
	await_ready(recovery_case, worker);
	next = take_until(recovery_case, worker,
			  clock_now() + recovery_case->life_ns);
	begin = clock_now();
	kill(pid, SIGKILL);
	require(worker, give(recovery_case, SEQ_STOP), "put after the kill");
	end = clock_now();
	child_process_reap(worker, pid, SIGKILL);
	drain(recovery_case, worker, next);
	return end - begin;
}

/* ---- the leader ---- */

static void commit(struct recovery_case *recovery_case,
		   struct worker_context *worker, deed_function *deed,
		   uint64_t count, struct hist *hist)
{
	for (uint64_t i = 0; i < count; i++) {
		int64_t took = deed(recovery_case, worker);

		if (took < 0)
			worker_fail(worker, OUTCOME_INVALID,
				    "somebody succeeded before the kill");
		if (hist)
			hist_add(hist, (uint64_t)took);
		worker_progress(worker,
				atomic_load(&worker->self->progress) + 1);
	}
}

static void lead(struct worker_context *worker,
		 const struct recovery_case *like, deed_function *deed)
{
	const struct task *task = like->context->task;
	struct recovery_case recovery_case = *like;

	recovery_case.random =
		(task->seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	recovery_case.random ^= (uint64_t)clock_now() << 20;
	recovery_case.message = worker_buffer(worker, task->axes->size_bytes);
	commit(&recovery_case, worker, deed, 1, NULL);
	if (task->verify)
		return;
	worker_start(worker);
	commit(&recovery_case, worker, deed, KILLS * task->iterations,
	       &worker->group->trips);
	worker->group->end_ns = clock_now();
	worker_stop(worker, KILLS * task->iterations);
}

static void lock_leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	lead(worker, context->object, lock_deed);
}

static void get_leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	lead(worker, context->object, get_deed);
}

static void put_leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	lead(worker, context->object, put_deed);
}

/* ---- the scenarios ---- */

static void run(const struct task *task, struct recovery_case *recovery_case,
		worker_function *leader, struct sample *ret_sample)
{
	struct run_context context = {task, recovery_case};

	recovery_case->context = &context;
	recovery_case->shared = shared_state_map(sizeof(*recovery_case->shared),
						 &ret_sample->verdict);
	if (!recovery_case->shared)
		return;
	context_run(&context, leader, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_RECOVERY] =
			(double)hist_quantile(&task->group->trips, .5);
	shared_state_unmap(recovery_case->shared,
			   sizeof(*recovery_case->shared));
}

static void recovery_lock(const struct task *task, struct sample *ret_sample)
{
	struct recovery_case recovery_case = {
		.lock = object_lock(task, &ret_sample->verdict)};

	if (!recovery_case.lock)
		return;
	run(task, &recovery_case, lock_leader, ret_sample);
	ipcm_lock_free(recovery_case.lock);
}

static void recovery_get(const struct task *task, struct sample *ret_sample)
{
	struct recovery_case recovery_case = {
		.queue = object_queue(task, &ret_sample->verdict)};

	if (!recovery_case.queue)
		return;
	run(task, &recovery_case, get_leader, ret_sample);
	ipcm_queue_free(recovery_case.queue);
}

static void recovery_put(const struct task *task, struct sample *ret_sample)
{
	struct recovery_case recovery_case = {
		.queue = object_queue(task, &ret_sample->verdict)};

	if (!recovery_case.queue)
		return;
	run(task, &recovery_case, put_leader, ret_sample);
	ipcm_queue_free(recovery_case.queue);
}

static const struct scenario scenarios[] = {
	{IFACE_LOCK, "recovery", "acquire after the holder was killed",
	 METRIC_RECOVERY, recovery_lock, 1, 0, .places = PLACES_USUALLY_ONE,
	 .not_counted = not_counted_forks, .least_s = 1.1, .only_full = true},
	{IFACE_QUEUE, "recovery_get",
	 "get after a process was killed that waited in get", METRIC_RECOVERY,
	 recovery_get, 1, 0, .sizes = SIZES_64, .has_depth = true,
	 .places = PLACES_USUALLY_ONE, .not_counted = not_counted_forks,
	 .least_s = 0.02, .only_full = true},
	{IFACE_QUEUE, "recovery_put",
	 "put after a process was killed in a stream of puts", METRIC_RECOVERY,
	 recovery_put, 1, 0, .sizes = SIZES_64, .has_depth = true,
	 .places = PLACES_PINNED, .not_counted = not_counted_forks,
	 .least_s = 0.03, .only_full = true},
};

const struct scenario_table scenarios_recovery = SCENARIO_TABLE(scenarios);
