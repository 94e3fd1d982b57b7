/* SPDX-License-Identifier: MIT */
/*
 * Recovery: a process is killed (SIGKILL) while it holds the lock, while it is
 * blocked in get, or at a random moment of a stream of puts. The time runs from
 * just before the kill until another process has succeeded with acquire, get
 * or put. What the mechanisms can only notice by polling is polled every
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
/* Longest life of a victim after it is ready to be killed. A waiter checks
 * the holder every 100 ms: the kill has to fall anywhere in between. */
#define HOLDER_LIFE_NS (100 * NS_PER_MS)
#define STREAM_LIFE_NS (2 * NS_PER_MS)
/* Items of the stream under way at a time: fewer than any channel holds. */
#define UNDER_WAY 4

/* Shared by the leader and its victims. */
struct shared {
	/** Raised when the victim is ready to be killed. */
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
	/** Of the next victim, once it is ready to be killed. */
	int64_t life_ns;
};

/* A kill and what comes after. @return the time until another process succeeded
 */
typedef int64_t kill_function(struct recovery_case *run,
			      struct worker_context *worker);

/* xorshift from seed and clock: each sample has other moments. */
static int64_t some_time(struct recovery_case *run, int64_t longest_ns)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return (int64_t)(run->random % (uint64_t)longest_ns);
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

static void await_ready(struct recovery_case *run,
			struct worker_context *worker)
{
	int64_t until = clock_now() + CHILD_PROCESS_TIMEOUT_NS;

	while (!atomic_load(&run->shared->ready)) {
		if (clock_now() > until)
			child_process_failed(worker, "the start of the victim",
					     IPCM_TIMEDOUT);
		futex_wait(&run->shared->ready, 0, until);
	}
	atomic_store(&run->shared->ready, 0);
}

/* ---- while it holds the lock ---- */

static void lock_victim(struct worker_context *worker, void *arg)
{
	struct recovery_case *run = arg;
	enum ipcm_status status =
		ipcm_lock_acquire(run->lock, CHILD_PROCESS_TIMEOUT_NS);

	if (status)
		worker_fail(worker, OUTCOME_INVALID,
			    "acquire of a lock that was recovered: %s",
			    ipcm_status_text(status));
	say_ready(run->shared);
	sleep_ns(run->life_ns);
	atomic_store(&run->shared->killed_ns, clock_now());
	kill(getpid(), SIGKILL);
	pause();
}

static int64_t kill_holder(struct recovery_case *run,
			   struct worker_context *worker)
{
	pid_t pid;
	int64_t end;
	enum ipcm_status status;

	run->life_ns = some_time(run, HOLDER_LIFE_NS);
	atomic_store(&run->shared->killed_ns, INT64_MAX);
	pid = child_process_start(worker, run->context->task, lock_victim, run);
	await_ready(run, worker);
	status = ipcm_lock_acquire(run->lock, CHILD_PROCESS_TIMEOUT_NS);
	end = clock_now();
	if (status == IPCM_OK)
		worker_fail(worker, OUTCOME_INVALID,
			    "acquire does not report that the holder died, "
			    "or two held the lock");
	if (status != IPCM_OWNERDEAD)
		child_process_failed(worker, "acquire after the kill", status);
	child_process_reap(worker, pid, SIGKILL);
	if (ipcm_lock_recover(run->lock) || ipcm_lock_release(run->lock))
		worker_fail(worker, OUTCOME_ERROR,
			    "the lock cannot be recovered");
	return end - atomic_load(&run->shared->killed_ns);
}

/* ---- the queue ---- */

static void require(struct worker_context *worker, enum ipcm_status status,
		    const char *call)
{
	if (status)
		child_process_failed(worker, call, status);
}

static void take(struct recovery_case *run, struct worker_context *worker,
		 const char *call)
{
	size_t bytes = run->context->task->axes->size_bytes, got = 0;

	require(worker,
		ipcm_queue_get(run->queue, run->message, bytes,
			       CHILD_PROCESS_TIMEOUT_NS, &got),
		call);
	if (got != bytes || !payload_closed(run->message, bytes))
		worker_fail(worker, OUTCOME_INVALID, "a damaged item came out");
}

static enum ipcm_status give(struct recovery_case *run, uint64_t seq)
{
	size_t bytes = run->context->task->axes->size_bytes;

	payload_mark(run->message, bytes, seq);
	return ipcm_queue_put(run->queue, run->message, bytes,
			      CHILD_PROCESS_TIMEOUT_NS);
}

static void prove_empty(const struct recovery_case *run,
			struct worker_context *worker)
{
	size_t left = 1;

	if (ipcm_queue_qsize(run->queue, &left) || left)
		worker_fail(
			worker, OUTCOME_INVALID,
			"the queue says that %zu items are left where there "
			"is none",
			left);
}

/* ---- blocked in get ---- */

static void get_victim(struct worker_context *worker, void *arg)
{
	struct recovery_case *run = arg;

	say_ready(run->shared);
	take(run, worker, "get of the victim");
	worker_fail(worker, OUTCOME_INVALID,
		    "the process that was killed got the item");
}

static int64_t kill_reader(struct recovery_case *run,
			   struct worker_context *worker)
{
	pid_t pid = child_process_start(worker, run->context->task, get_victim,
					run);
	int64_t begin, end;

	await_ready(run, worker);
	child_process_asleep(worker, pid);
	begin = clock_now();
	kill(pid, SIGKILL);
	require(worker, give(run, 7), "put after the kill");
	take(run, worker, "get after the kill");
	end = clock_now();
	if (payload_seq(run->message) != 7)
		worker_fail(worker, OUTCOME_INVALID, "another item came out");
	child_process_reap(worker, pid, SIGKILL);
	prove_empty(run, worker);
	return end - begin;
}

/* ---- somewhere in a stream of puts ---- */

static void put_victim(struct worker_context *worker, void *arg)
{
	struct recovery_case *run = arg;

	say_ready(run->shared);
	for (uint64_t seq = 0;; seq++) {
		/* a full channel is not tested here: stay below */
		while (seq - atomic_load(&run->shared->taken) >= UNDER_WAY)
			sched_yield();
		require(worker, give(run, seq), "put of the victim");
	}
}

/* Take items until that moment. @return how many */
static uint64_t take_until(struct recovery_case *run,
			   struct worker_context *worker, int64_t until_ns)
{
	uint64_t next = 0;

	while (clock_now() < until_ns) {
		take(run, worker, "get of the stream");
		if (payload_seq(run->message) != next)
			worker_fail(
				worker, OUTCOME_INVALID,
				"item %llu came in place of %llu",
				(unsigned long long)payload_seq(run->message),
				(unsigned long long)next);
		atomic_store(&run->shared->taken, ++next);
	}
	return next;
}

/* What the victim had put, whole and in order, then the leader's own. */
static void drain(struct recovery_case *run, struct worker_context *worker,
		  uint64_t next)
{
	for (;; next++) {
		take(run, worker, "get after the kill");
		if (payload_seq(run->message) == SEQ_STOP)
			break;
		if (payload_seq(run->message) != next)
			worker_fail(
				worker, OUTCOME_INVALID,
				"after the kill item %llu came in place of "
				"%llu",
				(unsigned long long)payload_seq(run->message),
				(unsigned long long)next);
	}
	prove_empty(run, worker);
}

static int64_t kill_writer(struct recovery_case *run,
			   struct worker_context *worker)
{
	int64_t begin, end;
	uint64_t next;
	pid_t pid;

	run->life_ns = some_time(run, STREAM_LIFE_NS);
	atomic_store(&run->shared->taken, 0);
	pid = child_process_start(worker, run->context->task, put_victim, run);
	await_ready(run, worker);
	next = take_until(run, worker, clock_now() + run->life_ns);
	begin = clock_now();
	kill(pid, SIGKILL);
	require(worker, give(run, SEQ_STOP), "put after the kill");
	end = clock_now();
	child_process_reap(worker, pid, SIGKILL);
	drain(run, worker, next);
	return end - begin;
}

/* ---- the leader ---- */

static void kill_all(struct recovery_case *run, struct worker_context *worker,
		     kill_function *kill_one, uint64_t count, struct hist *hist)
{
	for (uint64_t i = 0; i < count; i++) {
		int64_t took = kill_one(run, worker);

		if (took < 0)
			worker_fail(
				worker, OUTCOME_INVALID,
				"another process succeeded before the kill");
		if (hist)
			hist_add(hist, (uint64_t)took);
		worker_progress(worker,
				atomic_load(&worker->self->progress) + 1);
	}
}

static void lead(struct worker_context *worker,
		 const struct recovery_case *like, kill_function *kill_one)
{
	const struct task *task = like->context->task;
	struct recovery_case run = *like;

	run.random = (task->seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	run.random ^= (uint64_t)clock_now() << 20;
	run.message = worker_buffer(worker, task->axes->size_bytes);
	kill_all(&run, worker, kill_one, 1, NULL);
	if (task->verify)
		return;
	worker_start(worker);
	kill_all(&run, worker, kill_one, KILLS * task->iterations,
		 &worker->group->trips);
	worker->group->end_ns = clock_now();
	worker_stop(worker, KILLS * task->iterations);
}

#define LEADER(name, kill)                                                     \
	static void name(struct worker_context *worker, void *arg)             \
	{                                                                      \
		const struct run_context *context = arg;                       \
                                                                               \
		lead(worker, context->object, kill);                           \
	}

LEADER(lock_leader, kill_holder)
LEADER(get_leader, kill_reader)
LEADER(put_leader, kill_writer)

/* ---- the scenarios ---- */

static void run_case(const struct task *task, struct recovery_case *run,
		     worker_function *leader, struct sample *ret_sample)
{
	struct run_context context = {task, run};

	run->context = &context;
	run->shared =
		shared_state_map(sizeof(*run->shared), &ret_sample->verdict);
	if (!run->shared)
		return;
	context_run(&context, leader, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_RECOVERY] =
			(double)hist_quantile(&task->group->trips, .5);
	shared_state_unmap(run->shared, sizeof(*run->shared));
}

static void recovery_lock(const struct task *task, struct sample *ret_sample)
{
	struct recovery_case run = {
		.lock = object_create(task, 1, &ret_sample->verdict)};

	if (!run.lock)
		return;
	run_case(task, &run, lock_leader, ret_sample);
	ipcm_lock_free(run.lock);
}

static void run_queue(const struct task *task, worker_function *leader,
		      struct sample *ret_sample)
{
	struct recovery_case run = {
		.queue = object_queue(task, &ret_sample->verdict)};

	if (!run.queue)
		return;
	run_case(task, &run, leader, ret_sample);
	ipcm_queue_free(run.queue);
}

static void recovery_get(const struct task *task, struct sample *ret_sample)
{
	run_queue(task, get_leader, ret_sample);
}

static void recovery_put(const struct task *task, struct sample *ret_sample)
{
	run_queue(task, put_leader, ret_sample);
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
