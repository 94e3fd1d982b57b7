/* SPDX-License-Identifier: MIT */
/*
 * Start-up and shut-down: make an object, fork a process that uses it for the
 * first time, receive what it sends, free the object when it has ended. The
 * first message counts from before the creation and includes the fork. Every
 * operation is a first time: but for one, which brings the code into memory,
 * there is no warm-up.
 */
#include <math.h>

#include "bench/workers/shared_state.h"
#include "objects.h"
#include "bench/workers/child_process.h"

/* Objects of a verification pass: each costs a fork. */
#define VERIFY_OBJECTS 32

/* Shared by the worker, its child processes and the parent. */
struct startup_log {
	/** Number of the object whose child process has started, from 1. */
	_Atomic uint64_t started;
	/** Times to create, to the first message, to free. */
	struct hist create;
	struct hist first;
	struct hist release;
};

/* One object after the other, in the worker. */
struct startup_run {
	const struct task *task;
	struct startup_log *log;
	struct ipcm_queue *queue;
	struct ipcm_connection *end[2];
	/** A lock or a semaphore. */
	void *object;
	unsigned char *message;
	unsigned char *buffer;
	uint64_t seq;
};

/* ---- one object: a queue, a pipe, a lock or a semaphore ---- */

static void create(struct startup_run *run, struct verdict *verdict)
{
	const struct task *task = run->task;
	enum ipcm_status status = IPCM_OK;

	switch (task->axes->iface) {
	case IFACE_QUEUE:
		run->queue = object_queue(task, verdict);
		break;
	case IFACE_PIPE:
		(void)object_pipe(task, false, run->end, verdict);
		break;
	default:
		run->object = object_create(task, 0, verdict);
		/* taken at once: the new process gives it back (L-04) */
		if (run->object && task->axes->iface == IFACE_LOCK)
			status = ipcm_lock_acquire(run->object, IPCM_TRY);
	}
	if (status)
		verdict_set(verdict, OUTCOME_ERROR,
			    "a new lock cannot be taken: %s",
			    ipcm_status_text(status));
}

/* In the new process: the first use. */
static enum ipcm_status use(struct startup_run *run, size_t bytes)
{
	switch (run->task->axes->iface) {
	case IFACE_QUEUE:
		return ipcm_queue_put(run->queue, run->message, bytes,
				      CHILD_PROCESS_TIMEOUT_NS);
	case IFACE_PIPE:
		return ipcm_connection_send(run->end[1], run->message, bytes,
					    CHILD_PROCESS_TIMEOUT_NS);
	case IFACE_LOCK:
		return ipcm_lock_release(run->object);
	default:
		return ipcm_semaphore_release(run->object);
	}
}

/* In the old one: its effect. */
static enum ipcm_status receive(struct startup_run *run, size_t bytes,
				size_t *ret_bytes)
{
	*ret_bytes = bytes;
	switch (run->task->axes->iface) {
	case IFACE_QUEUE:
		return ipcm_queue_get(run->queue, run->buffer, bytes,
				      CHILD_PROCESS_TIMEOUT_NS, ret_bytes);
	case IFACE_PIPE:
		return ipcm_connection_recv(run->end[0], run->buffer, bytes,
					    CHILD_PROCESS_TIMEOUT_NS,
					    ret_bytes);
	case IFACE_LOCK:
		return ipcm_lock_acquire(run->object, CHILD_PROCESS_TIMEOUT_NS);
	default:
		return ipcm_semaphore_acquire(run->object,
					      CHILD_PROCESS_TIMEOUT_NS);
	}
}

static void release(struct startup_run *run)
{
	switch (run->task->axes->iface) {
	case IFACE_QUEUE:
		ipcm_queue_free(run->queue);
		break;
	case IFACE_PIPE:
		ipcm_connection_free(run->end[0]);
		ipcm_connection_free(run->end[1]);
		break;
	default:
		object_free(run->task, run->object);
	}
}

/* ---- from creation to free ---- */

static void first_user(struct worker_context *worker, void *arg)
{
	struct startup_run *run = arg;
	enum ipcm_status status;

	atomic_store(&run->log->started, run->seq + 1);
	status = use(run, run->task->axes->size_bytes);
	if (status)
		worker_fail(worker, OUTCOME_ERROR,
			    "first use of the object: %s",
			    ipcm_status_text(status));
	release(run);
}

static void create_or_fail(struct startup_run *run,
			   struct worker_context *worker)
{
	struct verdict verdict = {OUTCOME_OK, ""};

	create(run, &verdict);
	if (verdict.outcome != OUTCOME_OK)
		worker_fail(worker, verdict.outcome, "%s", verdict.reason);
}

/* The old process may go on only after the new one has started; a message has
 * to be the one that was sent. */
static void prove(const struct startup_run *run, struct worker_context *worker,
		  size_t got)
{
	const struct task *task = run->task;
	size_t bytes = task->axes->size_bytes;
	bool intact;

	if (atomic_load(&run->log->started) != run->seq + 1)
		worker_fail(
			worker, OUTCOME_INVALID,
			"object %llu gave what the new process had not given "
			"yet",
			(unsigned long long)run->seq);
	if (!bytes)
		return;
	intact = got == bytes && payload_intact(run->buffer, bytes, task->seed);
	if (task->verify)
		tally_note(&worker->self->tally, payload_seq(run->buffer),
			   intact);
	else if (!intact || payload_seq(run->buffer) != run->seq)
		worker_fail(worker, OUTCOME_INVALID,
			    "the first message of object %llu is not the one "
			    "that was sent",
			    (unsigned long long)run->seq);
}

static void start_one(struct startup_run *run, struct worker_context *worker,
		      bool noted)
{
	const struct task *task = run->task;
	struct startup_log *log = run->log;
	size_t bytes = task->axes->size_bytes, got = 0;
	int64_t begin, created, received, ended;
	enum ipcm_status status;
	pid_t pid;

	if (bytes)
		payload_fill(run->message, bytes, task->seed, run->seq);
	begin = clock_now();
	create_or_fail(run, worker);
	created = clock_now();
	pid = child_process_start(worker, task, first_user, run);
	status = receive(run, bytes, &got);
	received = clock_now();
	if (status)
		child_process_failed(worker, "receive of the first message",
				     status);
	prove(run, worker, got);
	child_process_reap(worker, pid, 0);
	ended = clock_now();
	release(run);
	if (!noted)
		return;
	hist_add(&log->release, (uint64_t)(clock_now() - ended));
	hist_add(&log->create, (uint64_t)(created - begin));
	hist_add(&log->first, (uint64_t)(received - begin));
}

static void start_all(struct startup_run *run, struct worker_context *worker,
		      uint64_t count, bool noted)
{
	for (uint64_t i = 0; i < count; i++) {
		start_one(run, worker, noted);
		worker_progress(worker, ++run->seq);
	}
}

static void starter(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	size_t bytes = task->axes->size_bytes;
	struct startup_run run = {
		.task = task,
		.log = context->object,
		.message = worker_buffer(worker, bytes),
		.buffer = worker_buffer(worker, bytes),
	};

	if (task->verify) {
		tally_begin(&worker->self->tally, VERIFY_OBJECTS);
		start_all(&run, worker, VERIFY_OBJECTS, false);
		return;
	}
	start_all(&run, worker, 1, false);
	worker_start(worker);
	start_all(&run, worker, task->iterations, true);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
}

/* ---- the scenario ---- */

static void numbers(const struct task *task, const struct startup_log *log,
		    struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	sample->value[METRIC_CREATE] = (double)hist_quantile(&log->create, .5);
	sample->value[METRIC_FIRST_MESSAGE] =
		(double)hist_quantile(&log->first, .5);
	sample->value[METRIC_FREE] = (double)hist_quantile(&log->release, .5);
	hist_merge(&task->group->trips, &log->first);
}

static void startup(const struct task *task, struct sample *ret_sample)
{
	struct startup_log *log =
		shared_state_map(sizeof(*log), &ret_sample->verdict);
	struct run_context context = {task, log};

	if (!log)
		return;
	hist_clear(&log->create);
	hist_clear(&log->first);
	hist_clear(&log->release);
	context_run(&context, starter, NULL, ret_sample);
	numbers(task, log, ret_sample);
	shared_state_unmap(log, sizeof(*log));
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "startup", "create, first message of a fork, free",
	 METRIC_FIRST_MESSAGE, startup, 1, 0, .sizes = SIZES_64,
	 .has_depth = true, .places = PLACES_USUALLY_ONE,
	 .not_counted = not_counted_forks, .only_full = true},
	{IFACE_PIPE, "startup", "create, first message of a fork, free",
	 METRIC_FIRST_MESSAGE, startup, 1, 0, .sizes = SIZES_64,
	 .places = PLACES_USUALLY_ONE, .not_counted = not_counted_forks,
	 .only_full = true},
	{IFACE_LOCK, "startup", "create, first release by a fork, free",
	 METRIC_FIRST_MESSAGE, startup, 1, 0, .places = PLACES_USUALLY_ONE,
	 .not_counted = not_counted_forks, .only_full = true},
	{IFACE_SEMAPHORE, "startup", "create, first permit of a fork, free",
	 METRIC_FIRST_MESSAGE, startup, 1, 0, .places = PLACES_USUALLY_ONE,
	 .not_counted = not_counted_forks, .only_full = true},
};

const struct scenario_table scenarios_startup = SCENARIO_TABLE(scenarios);
