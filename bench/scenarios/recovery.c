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
struct scene {
	/** Raised when the victim is where it has to be. */
	_Atomic uint32_t ready;
	_Alignas(64) _Atomic int64_t killed_ns;
	/** Items that the leader has taken. */
	_Alignas(64) _Atomic uint64_t taken;
};

/* One scenario, in the leader and in its victims. */
struct crime {
	const struct stage *stage;
	struct scene *scene;
	struct ipcm_lock *lock;
	struct ipcm_queue *queue;
	unsigned char *message;
	uint64_t random;
	/** Of the next victim, once it is where it has to be. */
	int64_t life_ns;
};

/* A kill and what comes after. @return the time until somebody succeeded */
typedef int64_t deed_function(struct crime *crime, struct post *post);

/* xorshift from seed and clock: each sample has other moments. */
static int64_t some_time(struct crime *crime, int64_t longest_ns)
{
	crime->random ^= crime->random << 13;
	crime->random ^= crime->random >> 7;
	crime->random ^= crime->random << 17;
	return (int64_t)(crime->random % (uint64_t)longest_ns);
}

static void sleep_ns(int64_t ns)
{
	struct timespec pause = clock_timespec(ns);

	(void)nanosleep(&pause, NULL);
}

static void say_ready(struct scene *scene)
{
	atomic_store(&scene->ready, 1);
	futex_wake(&scene->ready, 1);
}

static void await_ready(struct crime *crime, struct post *post)
{
	int64_t until = clock_now() + OFFSPRING_PATIENCE_NS;

	while (!atomic_load(&crime->scene->ready)) {
		if (clock_now() > until)
			offspring_failed(post, "the start of the victim",
					 IPCM_TIMEDOUT);
		futex_wait(&crime->scene->ready, 0, until);
	}
	atomic_store(&crime->scene->ready, 0);
}

/* ---- while it holds the lock ---- */

static void lock_victim(struct post *post, void *arg)
{
	struct crime *crime = arg;
	enum ipcm_status status =
		ipcm_lock_acquire(crime->lock, OFFSPRING_PATIENCE_NS);

	if (status)
		post_fail(post, OUTCOME_VOID,
			  "acquire of a lock that was recovered: %s",
			  ipcm_status_text(status));
	say_ready(crime->scene);
	sleep_ns(crime->life_ns);
	atomic_store(&crime->scene->killed_ns, clock_now());
	kill(getpid(), SIGKILL);
	pause();
}

static int64_t lock_deed(struct crime *crime, struct post *post)
{
	pid_t pid;
	int64_t end;
	enum ipcm_status status;

	crime->life_ns = some_time(crime, HOLDER_LIFE_NS);
	atomic_store(&crime->scene->killed_ns, INT64_MAX);
	pid = offspring_start(post, crime->stage->task, lock_victim, crime);
	await_ready(crime, post);
	status = ipcm_lock_acquire(crime->lock, OFFSPRING_PATIENCE_NS);
	end = clock_now();
	if (status == IPCM_OK)
		post_fail(post, OUTCOME_VOID,
			  "acquire does not tell that the holder died, or "
			  "two held the lock");
	if (status != IPCM_OWNERDEAD)
		offspring_failed(post, "acquire after the kill", status);
	offspring_reap(post, pid, SIGKILL);
	if (ipcm_lock_recover(crime->lock) || ipcm_lock_release(crime->lock))
		post_fail(post, OUTCOME_ERROR, "the lock cannot be recovered");
	return end - atomic_load(&crime->scene->killed_ns);
}

/* ---- the queue ---- */

static void require(struct post *post, enum ipcm_status status,
		    const char *call)
{
	if (status)
		offspring_failed(post, call, status);
}

static void take(struct crime *crime, struct post *post, const char *call)
{
	size_t bytes = crime->stage->task->axes->size_bytes, got = 0;

	require(post,
		ipcm_queue_get(crime->queue, crime->message, bytes,
			       OFFSPRING_PATIENCE_NS, &got),
		call);
	if (got != bytes || !payload_closed(crime->message, bytes))
		post_fail(post, OUTCOME_VOID, "a damaged item came out");
}

static enum ipcm_status give(struct crime *crime, uint64_t seq)
{
	size_t bytes = crime->stage->task->axes->size_bytes;

	payload_mark(crime->message, bytes, seq);
	return ipcm_queue_put(crime->queue, crime->message, bytes,
			      OFFSPRING_PATIENCE_NS);
}

static void prove_empty(const struct crime *crime, struct post *post)
{
	size_t left = 1;

	if (ipcm_queue_qsize(crime->queue, &left) || left)
		post_fail(post, OUTCOME_VOID,
			  "the queue says that %zu items are left where there "
			  "is none",
			  left);
}

/* ---- blocked in get ---- */

static void get_victim(struct post *post, void *arg)
{
	struct crime *crime = arg;

	say_ready(crime->scene);
	take(crime, post, "get of the victim");
	post_fail(post, OUTCOME_VOID,
		  "the process that was killed got the item");
}

static int64_t get_deed(struct crime *crime, struct post *post)
{
	pid_t pid =
		offspring_start(post, crime->stage->task, get_victim, crime);
	int64_t begin, end;

	await_ready(crime, post);
	offspring_asleep(post, pid);
	begin = clock_now();
	kill(pid, SIGKILL);
	require(post, give(crime, 7), "put after the kill");
	take(crime, post, "get after the kill");
	end = clock_now();
	if (payload_seq(crime->message) != 7)
		post_fail(post, OUTCOME_VOID, "another item came out");
	offspring_reap(post, pid, SIGKILL);
	prove_empty(crime, post);
	return end - begin;
}

/* ---- somewhere in a stream of puts ---- */

static void put_victim(struct post *post, void *arg)
{
	struct crime *crime = arg;

	say_ready(crime->scene);
	for (uint64_t seq = 0;; seq++) {
		/* full channels are another matter: stay below */
		while (seq - atomic_load(&crime->scene->taken) >= UNDER_WAY)
			sched_yield();
		require(post, give(crime, seq), "put of the victim");
	}
}

/* Take items until that moment. @return how many */
static uint64_t take_until(struct crime *crime, struct post *post,
			   int64_t until_ns)
{
	uint64_t next = 0;

	while (clock_now() < until_ns) {
		take(crime, post, "get of the stream");
		if (payload_seq(crime->message) != next)
			post_fail(
				post, OUTCOME_VOID,
				"item %llu came in place of %llu",
				(unsigned long long)payload_seq(crime->message),
				(unsigned long long)next);
		atomic_store(&crime->scene->taken, ++next);
	}
	return next;
}

/* What the victim had put, whole and in order, then the leader's own. */
static void drain(struct crime *crime, struct post *post, uint64_t next)
{
	for (;; next++) {
		take(crime, post, "get after the kill");
		if (payload_seq(crime->message) == SEQ_STOP)
			break;
		if (payload_seq(crime->message) != next)
			post_fail(
				post, OUTCOME_VOID,
				"after the kill item %llu came in place of "
				"%llu",
				(unsigned long long)payload_seq(crime->message),
				(unsigned long long)next);
	}
	prove_empty(crime, post);
}

static int64_t put_deed(struct crime *crime, struct post *post)
{
	int64_t begin, end;
	uint64_t next;
	pid_t pid;

	crime->life_ns = some_time(crime, STREAM_LIFE_NS);
	atomic_store(&crime->scene->taken, 0);
	pid = offspring_start(post, crime->stage->task, put_victim, crime);
	await_ready(crime, post);
	next = take_until(crime, post, clock_now() + crime->life_ns);
	begin = clock_now();
	kill(pid, SIGKILL);
	require(post, give(crime, SEQ_STOP), "put after the kill");
	end = clock_now();
	offspring_reap(post, pid, SIGKILL);
	drain(crime, post, next);
	return end - begin;
}

/* ---- the leader ---- */

static void commit(struct crime *crime, struct post *post, deed_function *deed,
		   uint64_t count, struct hist *hist)
{
	for (uint64_t i = 0; i < count; i++) {
		int64_t took = deed(crime, post);

		if (took < 0)
			post_fail(post, OUTCOME_VOID,
				  "somebody succeeded before the kill");
		if (hist)
			hist_add(hist, (uint64_t)took);
		post_progress(post, atomic_load(&post->self->progress) + 1);
	}
}

static void lead(struct post *post, const struct crime *like,
		 deed_function *deed)
{
	const struct task *task = like->stage->task;
	struct crime crime = *like;

	crime.random = (task->seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	crime.random ^= (uint64_t)clock_now() << 20;
	crime.message = post_buffer(post, task->axes->size_bytes);
	commit(&crime, post, deed, 1, NULL);
	if (task->verify)
		return;
	post_start(post);
	commit(&crime, post, deed, KILLS * task->iterations,
	       &post->team->trips);
	post->team->end_ns = clock_now();
	post_stop(post, KILLS * task->iterations);
}

static void lock_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;

	lead(post, stage->object, lock_deed);
}

static void get_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;

	lead(post, stage->object, get_deed);
}

static void put_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;

	lead(post, stage->object, put_deed);
}

/* ---- the scenarios ---- */

static void run(const struct task *task, struct crime *crime,
		member_function *leader, struct sample *ret_sample)
{
	struct stage stage = {task, crime};

	crime->stage = &stage;
	crime->scene = board_map(sizeof(*crime->scene), &ret_sample->verdict);
	if (!crime->scene)
		return;
	stage_run(&stage, leader, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_RECOVERY] =
			(double)hist_quantile(&task->team->trips, .5);
	board_unmap(crime->scene, sizeof(*crime->scene));
}

static void recovery_lock(const struct task *task, struct sample *ret_sample)
{
	struct crime crime = {.lock = object_lock(task, &ret_sample->verdict)};

	if (!crime.lock)
		return;
	run(task, &crime, lock_leader, ret_sample);
	ipcm_lock_free(crime.lock);
}

static void recovery_get(const struct task *task, struct sample *ret_sample)
{
	struct crime crime = {.queue =
				      object_queue(task, &ret_sample->verdict)};

	if (!crime.queue)
		return;
	run(task, &crime, get_leader, ret_sample);
	ipcm_queue_free(crime.queue);
}

static void recovery_put(const struct task *task, struct sample *ret_sample)
{
	struct crime crime = {.queue =
				      object_queue(task, &ret_sample->verdict)};

	if (!crime.queue)
		return;
	run(task, &crime, put_leader, ret_sample);
	ipcm_queue_free(crime.queue);
}

#define QUEUE_NEEDS (NEEDS_QUEUE | HAS_SIZES | ONLY_64B | HAS_DEPTH | ONLY_FULL)

static const struct scenario scenarios[] = {
	{"lock", NULL, "recovery", "acquire after the holder was killed",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_ONE_CPU, 1, 0, recovery_lock},
	{"queue", NULL, "recovery_get",
	 "get after a process was killed that waited in get",
	 QUEUE_NEEDS | USUALLY_ONE_CPU, 1, 0, recovery_get},
	{"queue", NULL, "recovery_put",
	 "put after a process was killed in a stream of puts",
	 QUEUE_NEEDS | USUALLY_PINNED, 1, 0, recovery_put},
};

const struct scenario_table scenarios_recovery = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
