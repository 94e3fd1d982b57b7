/* SPDX-License-Identifier: MIT */
/*
 * The collector: the owner's thread that receives results and the news of
 * deaths, hands over more tasks, calls back, and ends the pool.
 */
#include "pool_internal.h"

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/objects/queue/queue_claim.h"
#include "ipcmark/process.h"

#include <limits.h>
#include <unistd.h>

/* Messages in one get, and bytes of them unless one is larger. */
#define COLLECT_BATCH 256
#define COLLECT_BYTES (UINT64_C(1) << 18)
#define COLLECT_KEEP  (UINT64_C(1) << 21)
/* How often one looks whether the supervisor lives. */
#define LOOK_NS (100 * NS_PER_MS)
/* How often the queue of tasks is tried again that refused. */
#define RETRY_NS (2 * NS_PER_MS)
/*
 * While many tasks are in flight the thread does not sleep in the queue, where
 * each result would wake it, but for a moment: then there are several.
 */
#define MANY_TASKS 64
#define PAUSE_NS   (50 * INT64_C(1000))

/* What the thread receives into. */
struct inbox {
	uint8_t *buffer;
	size_t bytes;
	struct ipcm_item items[COLLECT_BATCH];
	size_t count;
};

_Thread_local struct ipcm_pool *pool_collecting;

/* ---- messages; the mutex is held ---- */

static void take_results(struct ipcm_pool *pool,
			 const struct pool_message *message)
{
	const uint8_t *at = (const uint8_t *)(message + 1);
	struct pool_record *record;
	struct ipcm_async *job;

	if (message->record >= pool->record_count)
		return;
	record = &pool->records[message->record];
	/* else it was sent before its worker died, and by the supervisor too */
	if (!record->sent || record->number != message->number ||
	    record->received != message->first)
		return;
	job = record->job;
	for (uint32_t i = 0; i < message->items; i++) {
		const struct pool_result *result = (const void *)at;

		feed_finish(pool, job, record->first + record->received,
			    (enum ipcm_status)result->status, result + 1,
			    result->size_bytes);
		record->received++;
		at += pool_align(sizeof(*result) + result->size_bytes,
				 POOL_RESULT_ALIGN);
	}
	if (record->received == record->items)
		feed_release(pool, message->record);
}

static void take_message(struct ipcm_pool *pool,
			 const struct pool_message *message)
{
	if (message->kind == POOL_RESULTS)
		take_results(pool, message);
	else if (message->kind == POOL_ENDED &&
		 message->number != QUEUE_CLAIM_NONE)
		feed_lost(pool, message->number, message->first);
}

/* ---- receiving ---- */

static bool inbox_resize(struct inbox *inbox, size_t bytes)
{
	uint8_t *buffer = malloc(bytes);

	if (!buffer)
		return false;
	free(inbox->buffer);
	inbox->buffer = buffer;
	inbox->bytes = bytes;
	return true;
}

/* IPCM_OK with count messages; IPCM_EMPTY; or the queue is gone. */
static enum ipcm_status receive(struct ipcm_pool *pool, struct inbox *inbox,
				int64_t timeout_ns)
{
	enum ipcm_status status;

	inbox->count = 0;
	status = ipcm_queue_get_many(pool->results, inbox->buffer, inbox->bytes,
				     inbox->items, COLLECT_BATCH, timeout_ns,
				     &inbox->count);
	if (status != IPCM_TOOSMALL)
		return status;
	/* without memory it stays where it is: later */
	if (!inbox_resize(inbox, inbox->items[0].size_bytes))
		(void)usleep(RETRY_NS / 1000);
	return IPCM_EMPTY;
}

/* Sleep in the queue; or beside it, while results come in numbers. */
static enum ipcm_status receive_more(struct ipcm_pool *pool,
				     struct inbox *inbox, bool many,
				     int64_t timeout_ns)
{
	enum ipcm_status status = receive(pool, inbox, IPCM_TRY);
	const struct timespec pause = clock_timespec(PAUSE_NS);

	if (status == IPCM_EMPTY && many) {
		(void)nanosleep(&pause, NULL);
		status = receive(pool, inbox, IPCM_TRY);
	}
	if (status == IPCM_EMPTY)
		status = receive(pool, inbox, timeout_ns);
	return status;
}

/* ---- what follows from it; without the mutex ---- */

static void call_back(struct ipcm_async *job)
{
	const struct ipcm_pool_callbacks *callbacks = &job->callbacks;
	uint32_t failed;

	if (!callbacks->done && !callbacks->failed)
		return;
	failed = job_first_error(job);
	if (failed < job->count) {
		enum ipcm_status error = (enum ipcm_status)atomic_load(
			&job->items[failed].status);

		if (callbacks->failed)
			callbacks->failed(callbacks->context, job, error);
	} else if (callbacks->done) {
		callbacks->done(callbacks->context, job);
	}
}

static void job_end(struct ipcm_async *job)
{
	call_back(job);
	atomic_store(&job->done, true);
	job_wake(job);
	job_release(job);
}

static void deliver(struct ipcm_pool *pool)
{
	for (;;) {
		struct ipcm_async *job;

		pool_lock(pool);
		job = pool->changed.first;
		if (job) {
			pool->changed.first = job->changed;
			job->is_changed = false;
		}
		pool_unlock(pool);
		if (!job)
			return;
		if (atomic_load_explicit(&job->complete, memory_order_acquire))
			job_end(job);
		else
			job_wake(job);
	}
}

/* ---- the end ---- */

static bool supervisor_lives(const struct ipcm_pool *pool)
{
	bool alive = false;

	return !ipcm_process_is_alive(pool->supervisor, &alive) && alive;
}

/* The state as it is now. */
static enum pool_state state_now(struct ipcm_pool *pool)
{
	enum pool_state state;

	pool_lock(pool);
	state = pool->state;
	pool_unlock(pool);
	return state;
}

static bool is_finished(struct ipcm_pool *pool)
{
	bool finished;

	pool_lock(pool);
	finished = pool->state == POOL_CLOSED && !pool->jobs &&
		   !pool->changed.first;
	pool_unlock(pool);
	return finished;
}

/* All tasks are done: the workers find the end of their queue. */
static void finish_workers(struct ipcm_pool *pool, struct inbox *inbox)
{
	pool_command(pool, POOL_FINISH);
	(void)!ipcm_queue_shutdown(pool->tasks, false);
	/* the supervisor must not wait for space for its news */
	while (ipcm_process_join(pool->supervisor, RETRY_NS) == IPCM_TIMEDOUT)
		(void)receive(pool, inbox, IPCM_TRY);
}

/* The supervisor has ended, and the workers with it. Their results are left. */
static void drain(struct ipcm_pool *pool, struct inbox *inbox)
{
	/* one that was too large for the buffer comes at the second time */
	for (int empty = 0; empty < 2;) {
		empty = receive(pool, inbox, IPCM_TRY) ? empty + 1 : 0;
		pool_lock(pool);
		for (size_t i = 0; i < inbox->count; i++)
			take_message(pool, inbox->items[i].data);
		pool_unlock(pool);
	}
}

static void fail_all(struct ipcm_pool *pool, enum ipcm_status status)
{
	pool_lock(pool);
	feed_fail(pool, status);
	pool_unlock(pool);
	deliver(pool);
}

static void end_broken(struct ipcm_pool *pool, struct inbox *inbox)
{
	enum ipcm_status status = IPCM_WORKERDIED;

	/* at exit it is ended, and nothing runs any more; unless a handler of
	 * exit frees the pool, which waits for this thread */
	while (atomic_load(&pool_exiting) && state_now(pool) != POOL_TERMINATED)
		(void)usleep(LOOK_NS / 1000);
	drain(pool, inbox);
	pool_lock(pool);
	if (pool->state == POOL_TERMINATED)
		status = IPCM_CLOSED;
	else
		pool->state = POOL_BROKEN;
	pool_unlock(pool);
	fail_all(pool, status);
}

/* ---- the thread ---- */

static void take_all(struct ipcm_pool *pool, const struct inbox *inbox)
{
	pool_lock(pool);
	for (size_t i = 0; i < inbox->count; i++)
		take_message(pool, inbox->items[i].data);
	feed(pool);
	pool_unlock(pool);
}

/* Until the pool ends; returns how. */
static enum pool_state collect_all(struct ipcm_pool *pool, struct inbox *inbox)
{
	bool many = false, refused;
	enum ipcm_status status;
	enum pool_state state;

	for (;;) {
		pool_lock(pool);
		refused = pool->refused;
		many = many && pool->in_flight >= MANY_TASKS;
		pool_unlock(pool);
		status = receive_more(pool, inbox, many,
				      refused ? RETRY_NS : LOOK_NS);
		many = inbox->count > 1;
		take_all(pool, inbox);
		if (inbox->bytes > COLLECT_KEEP)
			(void)inbox_resize(inbox, COLLECT_BYTES);
		deliver(pool);
		state = state_now(pool);
		if (state == POOL_TERMINATED)
			return state;
		if (is_finished(pool))
			return POOL_CLOSED;
		if ((status == IPCM_EMPTY && !supervisor_lives(pool)) ||
		    (status && status != IPCM_EMPTY))
			return POOL_BROKEN;
	}
}

void *collect(void *argument)
{
	struct ipcm_pool *pool = argument;
	struct inbox inbox = {NULL, 0, {{NULL, 0}}, 0};

	pool_collecting = pool;
	while (!inbox_resize(&inbox, COLLECT_BYTES))
		(void)usleep(RETRY_NS / 1000);
	switch (collect_all(pool, &inbox)) {
	case POOL_CLOSED:
		finish_workers(pool, &inbox);
		break;
	case POOL_TERMINATED:
		pool_end_workers(pool);
		fail_all(pool, IPCM_CLOSED);
		break;
	default:
		pool_end_workers(pool);
		end_broken(pool, &inbox);
	}
	free(inbox.buffer);
	atomic_store(&pool->ended, 1);
	futex_wake(&pool->ended, INT_MAX);
	return NULL;
}
