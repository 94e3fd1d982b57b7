/* SPDX-License-Identifier: MIT */
/*
 * Start-up and shut-down: make an object, fork a process that uses it for the
 * first time, receive what it sends, free the object when it has ended. The
 * first message counts from before the creation and includes the fork. Every
 * birth is a first time: but for one, which brings the code into memory, there
 * is no warm-up.
 */
#include <math.h>

#include "bench/workers/shared_state.h"
#include "objects.h"
#include "bench/workers/child_process.h"

/* Births of a verification pass: each costs a fork. */
#define VERIFY_BIRTHS 32

/* An object, whichever it is. */
struct startup_run {
	struct ipcm_queue *queue;
	struct ipcm_connection *end[2];
	struct ipcm_lock *lock;
	struct ipcm_semaphore *semaphore;
};

/* How to do it with one kind of object. */
struct birth {
	void (*create)(const struct task *task, struct startup_run *startup_run,
		       struct verdict *verdict);
	/* In the new process: the first use. */
	enum ipcm_status (*use)(struct startup_run *startup_run,
				const unsigned char *message, size_t bytes);
	/* In the old one: its effect. */
	enum ipcm_status (*receive)(struct startup_run *startup_run,
				    unsigned char *buffer, size_t bytes,
				    size_t *ret_bytes);
	void (*release)(struct startup_run *startup_run);
};

/* Shared with the parent: what the births took. */
struct register_book {
	/** Number of the birth whose newcomer has come, from 1. */
	_Atomic uint64_t came;
	struct hist create;
	struct hist first;
	struct hist release;
};

struct object {
	const struct birth *birth;
	struct register_book *book;
};

/* One birth, in the member. */
struct delivery {
	const struct run_context *context;
	const struct birth *birth;
	struct register_book *book;
	struct startup_run startup_run;
	unsigned char *message;
	unsigned char *buffer;
	uint64_t seq;
};

/* ---- the kinds of objects ---- */

static void queue_create(const struct task *task,
			 struct startup_run *startup_run,
			 struct verdict *verdict)
{
	startup_run->queue = object_queue(task, verdict);
}

static enum ipcm_status queue_use(struct startup_run *startup_run,
				  const unsigned char *message, size_t bytes)
{
	return ipcm_queue_put(startup_run->queue, message, bytes,
			      CHILD_PROCESS_TIMEOUT_NS);
}

static enum ipcm_status queue_receive(struct startup_run *startup_run,
				      unsigned char *buffer, size_t bytes,
				      size_t *ret_bytes)
{
	return ipcm_queue_get(startup_run->queue, buffer, bytes,
			      CHILD_PROCESS_TIMEOUT_NS, ret_bytes);
}

static void queue_release(struct startup_run *startup_run)
{
	ipcm_queue_free(startup_run->queue);
}

static void pipe_create(const struct task *task,
			struct startup_run *startup_run,
			struct verdict *verdict)
{
	(void)object_pipe(task, false, startup_run->end, verdict);
}

static enum ipcm_status pipe_use(struct startup_run *startup_run,
				 const unsigned char *message, size_t bytes)
{
	return ipcm_connection_send(startup_run->end[1], message, bytes,
				    CHILD_PROCESS_TIMEOUT_NS);
}

static enum ipcm_status pipe_receive(struct startup_run *startup_run,
				     unsigned char *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	return ipcm_connection_recv(startup_run->end[0], buffer, bytes,
				    CHILD_PROCESS_TIMEOUT_NS, ret_bytes);
}

static void pipe_release(struct startup_run *startup_run)
{
	ipcm_connection_free(startup_run->end[0]);
	ipcm_connection_free(startup_run->end[1]);
}

/* Taken at once: the new process gives it back (L-04). */
static void lock_create(const struct task *task,
			struct startup_run *startup_run,
			struct verdict *verdict)
{
	enum ipcm_status status;

	startup_run->lock = object_lock(task, verdict);
	if (!startup_run->lock)
		return;
	status = ipcm_lock_acquire(startup_run->lock, IPCM_TRY);
	if (status)
		verdict_set(verdict, OUTCOME_ERROR,
			    "a new lock cannot be taken: %s",
			    ipcm_status_text(status));
}

static enum ipcm_status lock_use(struct startup_run *startup_run,
				 const unsigned char *message, size_t bytes)
{
	(void)message;
	(void)bytes;
	return ipcm_lock_release(startup_run->lock);
}

static enum ipcm_status lock_receive(struct startup_run *startup_run,
				     unsigned char *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	(void)buffer;
	*ret_bytes = bytes;
	return ipcm_lock_acquire(startup_run->lock, CHILD_PROCESS_TIMEOUT_NS);
}

static void lock_release(struct startup_run *startup_run)
{
	ipcm_lock_free(startup_run->lock);
}

static void semaphore_create(const struct task *task,
			     struct startup_run *startup_run,
			     struct verdict *verdict)
{
	startup_run->semaphore = object_semaphore(task, 0, verdict);
}

static enum ipcm_status semaphore_use(struct startup_run *startup_run,
				      const unsigned char *message,
				      size_t bytes)
{
	(void)message;
	(void)bytes;
	return ipcm_semaphore_release(startup_run->semaphore);
}

static enum ipcm_status semaphore_receive(struct startup_run *startup_run,
					  unsigned char *buffer, size_t bytes,
					  size_t *ret_bytes)
{
	(void)buffer;
	*ret_bytes = bytes;
	return ipcm_semaphore_acquire(startup_run->semaphore,
				      CHILD_PROCESS_TIMEOUT_NS);
}

static void semaphore_release(struct startup_run *startup_run)
{
	ipcm_semaphore_free(startup_run->semaphore);
}

static const struct birth birth_queue = {queue_create, queue_use, queue_receive,
					 queue_release};
static const struct birth birth_pipe = {pipe_create, pipe_use, pipe_receive,
					pipe_release};
static const struct birth birth_lock = {lock_create, lock_use, lock_receive,
					lock_release};
static const struct birth birth_semaphore = {
	semaphore_create, semaphore_use, semaphore_receive, semaphore_release};

/* ---- a birth ---- */

static void newcomer(struct worker_context *worker, void *arg)
{
	struct delivery *delivery = arg;
	size_t bytes = delivery->context->task->axes->size_bytes;
	enum ipcm_status status;

	atomic_store(&delivery->book->came, delivery->seq + 1);
	status = delivery->birth->use(&delivery->startup_run, delivery->message,
				      bytes);
	if (status)
		worker_fail(worker, OUTCOME_ERROR,
			    "first use of the object: %s",
			    ipcm_status_text(status));
	delivery->birth->release(&delivery->startup_run);
}

static void create(struct delivery *delivery, struct worker_context *worker)
{
	struct verdict verdict = {OUTCOME_OK, ""};

	delivery->birth->create(delivery->context->task, &delivery->startup_run,
				&verdict);
	if (verdict.outcome != OUTCOME_OK)
		worker_fail(worker, verdict.outcome, "%s", verdict.reason);
}

/* The old process may go on only after the new one has come; a message has to
 * be the one that was sent. */
static void prove(const struct delivery *delivery,
		  struct worker_context *worker, size_t got)
{
	const struct task *task = delivery->context->task;
	size_t bytes = task->axes->size_bytes;
	bool intact;

	if (atomic_load(&delivery->book->came) != delivery->seq + 1)
		worker_fail(
			worker, OUTCOME_INVALID,
			"object %llu gave what the new process had not given "
			"yet",
			(unsigned long long)delivery->seq);
	if (!bytes)
		return;
	intact = got == bytes &&
		 payload_intact(delivery->buffer, bytes, task->seed);
	if (task->verify)
		tally_note(&worker->self->tally, payload_seq(delivery->buffer),
			   intact);
	else if (!intact || payload_seq(delivery->buffer) != delivery->seq)
		worker_fail(worker, OUTCOME_INVALID,
			    "the first message of object %llu is not the one "
			    "that was sent",
			    (unsigned long long)delivery->seq);
}

static void deliver(struct delivery *delivery, struct worker_context *worker,
		    bool noted)
{
	const struct task *task = delivery->context->task;
	struct register_book *book = delivery->book;
	size_t bytes = task->axes->size_bytes, got = 0;
	int64_t begin, made, received, ended;
	enum ipcm_status status;
	pid_t pid;

	if (bytes)
		payload_fill(delivery->message, bytes, task->seed,
			     delivery->seq);
	begin = clock_now();
	create(delivery, worker);
	made = clock_now();
	pid = child_process_start(worker, task, newcomer, delivery);
	status = delivery->birth->receive(&delivery->startup_run,
					  delivery->buffer, bytes, &got);
	received = clock_now();
	if (status)
		child_process_failed(worker, "receive of the first message",
				     status);
	prove(delivery, worker, got);
	child_process_reap(worker, pid, 0);
	ended = clock_now();
	delivery->birth->release(&delivery->startup_run);
	if (!noted)
		return;
	hist_add(&book->release, (uint64_t)(clock_now() - ended));
	hist_add(&book->create, (uint64_t)(made - begin));
	hist_add(&book->first, (uint64_t)(received - begin));
}

static void deliver_all(struct delivery *delivery,
			struct worker_context *worker, uint64_t count,
			bool noted)
{
	for (uint64_t i = 0; i < count; i++) {
		deliver(delivery, worker, noted);
		worker_progress(worker, ++delivery->seq);
	}
}

static void midwife(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct task *task = context->task;
	const struct object *object = context->object;
	size_t bytes = task->axes->size_bytes;
	struct delivery delivery = {
		.context = context,
		.birth = object->birth,
		.book = object->book,
		.message = worker_buffer(worker, bytes),
		.buffer = worker_buffer(worker, bytes),
	};

	if (task->verify) {
		tally_begin(&worker->self->tally, VERIFY_BIRTHS);
		deliver_all(&delivery, worker, VERIFY_BIRTHS, false);
		return;
	}
	deliver_all(&delivery, worker, 1, false);
	worker_start(worker);
	deliver_all(&delivery, worker, task->iterations, true);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
}

/* ---- the scenarios ---- */

static void numbers(const struct task *task, const struct register_book *book,
		    struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	sample->value[METRIC_CREATE] = (double)hist_quantile(&book->create, .5);
	sample->value[METRIC_FIRST_MESSAGE] =
		(double)hist_quantile(&book->first, .5);
	sample->value[METRIC_FREE] = (double)hist_quantile(&book->release, .5);
	hist_merge(&task->group->trips, &book->first);
}

static void startup(const struct task *task, const struct birth *birth,
		    struct sample *ret_sample)
{
	struct object object = {.birth = birth};
	struct run_context context = {task, &object};

	object.book =
		shared_state_map(sizeof(*object.book), &ret_sample->verdict);
	if (!object.book)
		return;
	hist_clear(&object.book->create);
	hist_clear(&object.book->first);
	hist_clear(&object.book->release);
	context_run(&context, midwife, NULL, ret_sample);
	numbers(task, object.book, ret_sample);
	shared_state_unmap(object.book, sizeof(*object.book));
}

static void startup_queue(const struct task *task, struct sample *ret_sample)
{
	startup(task, &birth_queue, ret_sample);
}

static void startup_pipe(const struct task *task, struct sample *ret_sample)
{
	startup(task, &birth_pipe, ret_sample);
}

static void startup_lock(const struct task *task, struct sample *ret_sample)
{
	startup(task, &birth_lock, ret_sample);
}

static void startup_semaphore(const struct task *task,
			      struct sample *ret_sample)
{
	startup(task, &birth_semaphore, ret_sample);
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "startup", "create, first message of a fork, free",
	 METRIC_FIRST_MESSAGE, startup_queue, 1, 0, .sizes = SIZES_64,
	 .has_depth = true, .places = PLACES_USUALLY_ONE,
	 .not_counted = not_counted_forks, .only_full = true},
	{IFACE_PIPE, "startup", "create, first message of a fork, free",
	 METRIC_FIRST_MESSAGE, startup_pipe, 1, 0, .sizes = SIZES_64,
	 .places = PLACES_USUALLY_ONE, .not_counted = not_counted_forks,
	 .only_full = true},
	{IFACE_LOCK, "startup", "create, first release by a fork, free",
	 METRIC_FIRST_MESSAGE, startup_lock, 1, 0, .places = PLACES_USUALLY_ONE,
	 .not_counted = not_counted_forks, .only_full = true},
	{IFACE_SEMAPHORE, "startup", "create, first permit of a fork, free",
	 METRIC_FIRST_MESSAGE, startup_semaphore, 1, 0,
	 .places = PLACES_USUALLY_ONE, .not_counted = not_counted_forks,
	 .only_full = true},
};

const struct scenario_table scenarios_startup = SCENARIO_TABLE(scenarios);
