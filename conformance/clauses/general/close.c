/* SPDX-License-Identifier: MIT */
/*
 * G-CLS-01: a thread waits in a call, and another thread of its process closes
 * the handle. The same for a queue is Q-CLS-06.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/blocking_calls.h"
#include "conformance/harness/fixtures_sync.h"
#include "conformance/harness/users.h"

#include <string.h>

/* A blocking call, and what closes the handle that it waits with. */
struct closable {
	const char *name;
	enum ipcm_status (*close)(struct scene *scene);
	/** In the parent, whose handle is open: the object, then free it. */
	void (*inspect)(struct scene *scene);
};

static enum ipcm_status queue_close(struct scene *scene)
{
	return ipcm_queue_close(scene->queue);
}

static enum ipcm_status lock_close(struct scene *scene)
{
	return ipcm_lock_close(scene->lock);
}

static enum ipcm_status rlock_close(struct scene *scene)
{
	return ipcm_rlock_close(scene->rlock);
}

static enum ipcm_status semaphore_close(struct scene *scene)
{
	return ipcm_semaphore_close(scene->semaphore);
}

static enum ipcm_status event_close(struct scene *scene)
{
	return ipcm_event_close(scene->event);
}

static enum ipcm_status barrier_close(struct scene *scene)
{
	return ipcm_barrier_close(scene->barrier);
}

static enum ipcm_status accept_close(struct scene *scene)
{
	return ipcm_listener_close(scene->listener);
}

/* The party has left; unlike one that gave up it breaks nothing. */
static void barrier_inspect(struct scene *scene)
{
	struct call *other;

	CHECK_EQUAL(0, parties_waiting(scene->barrier), "parties that wait");
	CHECK(!barrier_is_broken(scene->barrier), "close broke the barrier");
	other = call_start(CALL_BARRIER, scene->barrier, 0, IPCM_FOREVER);
	call_await_asleep(other);
	CHECK_STATUS(IPCM_OK,
		     ipcm_barrier_wait(scene->barrier, hang_ns(), NULL));
	call_check_returns(other, IPCM_OK);
	ipcm_barrier_free(scene->barrier);
}

static const struct closable closables[] = {
	{"put beside a reservation", queue_close, NULL},
	{"acquire", lock_close, NULL},
	{"rlock acquire", rlock_close, NULL},
	{"semaphore acquire", semaphore_close, NULL},
	{"event wait", event_close, NULL},
	{"barrier wait", barrier_close, barrier_inspect},
	{"accept", accept_close, NULL},
};

enum { CLOSABLES = sizeof(closables) / sizeof(closables[0]) };

static const struct blocking_call *call_named(const char *name)
{
	for (int i = 0; i < blocking_calls_count; i++)
		if (strcmp(blocking_calls[i].name, name) == 0)
			return &blocking_calls[i];
	check_engine("there is no blocking call named %s", name);
}

/* The thread that waits, and the call that it makes. */
struct inside {
	enum ipcm_status (*call)(void *argument);
	void *argument;
	_Atomic int phase;
	enum ipcm_status status;
};

static void *inside_run(void *argument)
{
	struct inside *inside = argument;

	atomic_store(&inside->phase, 1);
	inside->status = inside->call(inside->argument);
	atomic_store(&inside->phase, 2);
	return NULL;
}

static void inside_expect_closed(struct inside *inside, const char *name,
				 enum ipcm_status (*close)(struct scene *),
				 struct scene *scene)
{
	pthread_t thread = thread_start(inside_run, inside);

	flag_await(&inside->phase, 1);
	pause_ns(grace_ns());
	CHECK(atomic_load(&inside->phase) == 1, "%s returned %s", name,
	      ipcm_status_name(inside->status));
	CHECK_STATUS(IPCM_OK, close(scene));
	CHECK(flag_reaches(&inside->phase, 2, 2 * slack_ns()),
	      "the other thread's %s goes on after close", name);
	CHECK_STATUS(IPCM_CLOSED, inside->status);
	(void)pthread_join(thread, NULL);
}

static enum ipcm_status scene_call(void *argument)
{
	struct scene *scene = argument;

	return scene->blocking_call->call(scene);
}

static void close_meanwhile(void *argument)
{
	struct scene *scene = argument;
	struct inside inside = {scene_call, scene, 0, IPCM_OK};

	for (int i = 0; i < CLOSABLES; i++)
		if (strcmp(closables[i].name, scene->blocking_call->name) == 0)
			inside_expect_closed(&inside, closables[i].name,
					     closables[i].close, scene);
}

static void close_in_a_child(const struct ipcm_backend *backend,
			     const struct closable *closable)
{
	struct scene *scene = share(sizeof(*scene));
	struct peer peer;

	scene->backend = backend;
	scene->blocking_call = call_named(closable->name);
	scene->timeout_ns = IPCM_FOREVER;
	if (!scene->blocking_call->prepare(scene))
		return;
	peer = peer_start(close_meanwhile, scene);
	peer_join(&peer);
	if (closable->inspect)
		closable->inspect(scene);
	else
		scene->blocking_call->inspect(scene);
}

/* A condition: its caller has the lock again, which is another object. */
static enum ipcm_status condition_call(void *argument)
{
	struct conditioned *all = argument;
	enum ipcm_status status;

	CHECK_STATUS(IPCM_OK,
		     ipcm_condition_acquire(all->condition, hang_ns()));
	status = ipcm_condition_wait(all->condition, IPCM_FOREVER);
	if (all->lock)
		CHECK_STATUS(IPCM_OK, ipcm_lock_release(all->lock));
	return status;
}

static enum ipcm_status condition_close(struct scene *scene)
{
	return ipcm_condition_close(scene->condition);
}

struct condition_scene {
	struct conditioned all;
	_Atomic int step;
};

static void close_the_condition(void *argument)
{
	struct condition_scene *own = argument;
	struct inside inside = {condition_call, &own->all, 0, IPCM_OK};
	struct scene scene = {.condition = own->all.condition};

	inside_expect_closed(&inside, "condition wait", condition_close,
			     &scene);
	/* alive: the end of this process would free the lock by itself */
	atomic_store(&own->step, 1);
	flag_await(&own->step, 2);
}

static void closed_condition(const struct ipcm_backend *backend, enum over over)
{
	struct condition_scene *own = share(sizeof(*own));
	struct peer peer;

	own->all = conditioned_make(backend, over);
	peer = peer_start(close_the_condition, own);
	flag_await(&own->step, 1);
	CHECK_EQUAL(0, condition_waiters(own->all.condition), "waiters");
	condition_notify(own->all.condition, 1);
	atomic_store(&own->step, 2);
	peer_join(&peer);
	conditioned_free(&own->all);
}

static void close_ends_waits(const struct ipcm_backend *backend)
{
	for (int i = 0; i < CLOSABLES; i++)
		close_in_a_child(backend, &closables[i]);
	if (!backend->lock)
		return;
	closed_condition(backend, OVER_LOCK);
	closed_condition(backend, OVER_OWN);
}

static const struct clause table[] = {
	{"G-CLS-01", LEVEL_BEYOND, OBJECT_ALL,
	 "A thread is blocked in acquire, wait, accept, or in put beside a "
	 "reservation; another one closes the handle.",
	 "The blocked call ends with CLOSED; other processes use the object "
	 "on.",
	 "C-only", 0, false, close_ends_waits},
};

CLAUSE_LIST(clauses_general_close, table);
