/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-14: a put that fails has had the slot which a producer was woken for,
 * and that one gave up meanwhile. Another producer still sleeps.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/memory_short.h"
#include "conformance/harness/stepping/step_pair.h"

#include <signal.h>
#include <stdlib.h>

/* The large item fills every channel before it is through; its memory on the
 * way out of the channel is there since an item of several frames was put. */
enum { SLOTS = 2, FRAMES_BYTES = 9 * 1024, TOO_LARGE_BYTES = 255 * 1024 };
static const int64_t GIVES_UP_NS = 30 * MS, PATIENCE_NS = 300 * MS;

/* Each process has its own; clearing it would take many steps. */
static unsigned char item[TOO_LARGE_BYTES];

/* The first sleeper gives up, the second one does not. */
static struct step_party *impatient(struct step_scene *scene)
{
	return &scene->party[STEP_SLEEPER];
}

static void put_bytes(struct step_scene *scene, size_t bytes)
{
	CHECK_OK(ipcm_queue_put(scene->object, item, bytes, IPCM_TRY));
}

static void get_any(struct step_scene *scene)
{
	CHECK_OK(ipcm_queue_get(scene->object, item, sizeof(item), hang_ns(),
				NULL));
}

static bool prepare(struct step_scene *scene)
{
	scene->object = queue_make(scene->backend, SLOTS);
	put_bytes(scene, FRAMES_BYTES);
	get_any(scene);
	for (int i = 0; i < SLOTS; i++)
		put_bytes(scene, 1);
	return true;
}

/*
 * Woken for the slot that becomes free, and stopped before it runs. A thread
 * that is stopped first is not woken: it has left the queue of sleepers.
 */
static void get_and_stop(struct step_scene *scene)
{
	get_any(scene);
	(void)kill(impatient(scene)->pid, SIGSTOP);
}

/*
 * The impatient one comes back until it is told to give up; only if the others
 * are late, since then it is no longer the first that is woken.
 */
static enum ipcm_status put_waiting(struct step_scene *scene,
				    struct step_party *me)
{
	int64_t timeout_ns =
		me == impatient(scene) ? GIVES_UP_NS : IPCM_FOREVER;
	enum ipcm_status status;

	do {
		status = ipcm_queue_put(scene->object, item, 1, timeout_ns);
	} while (status == IPCM_FULL && !atomic_load(&me->mark));
	return status == IPCM_FULL ? IPCM_OK : status;
}

static enum ipcm_status put_without_memory(struct step_scene *scene,
					   struct step_party *me)
{
	(void)me;
	memory_short();
	return ipcm_queue_put(scene->object, item, sizeof(item), IPCM_TRY);
}

/* It may have to wait for the lock that the held one has. */
static enum ipcm_status let_it_give_up(struct step_scene *scene,
				       struct step_party *me)
{
	int64_t until = now_ns() + PATIENCE_NS;

	(void)me;
	atomic_store(&impatient(scene)->mark, 1);
	(void)kill(impatient(scene)->pid, SIGCONT);
	while (!step_through(scene, STEP_SLEEPER) && now_ns() < until)
		pause_ns(US);
	return IPCM_OK;
}

static bool settled(struct step_scene *scene)
{
	return !step_waiting(scene) || queue_size(scene->object) == SLOTS;
}

static void finish(struct step_scene *scene)
{
	for (unsigned i = step_waiting(scene); i > 0; i--)
		get_any(scene);
}

static void inspect(struct step_scene *scene)
{
	enum ipcm_status status = scene->party[STEP_HELD].status;

	CHECK(status == IPCM_NOMEM || status == IPCM_FULL, "put: %s",
	      ipcm_status_name(status));
	for (unsigned i = STEP_OTHER; i < STEP_PARTIES; i++)
		CHECK_STATUS(IPCM_OK, scene->party[i].status);
	while (queue_size(scene->object))
		get_any(scene);
	queue_expect_drained(scene->object);
}

static void drop(struct step_scene *scene)
{
	ipcm_queue_free(scene->object);
}

static const struct step_pair pair = {
	.name = "put that fails held, a producer gives up, another sleeps",
	.prepare = prepare,
	.held = put_without_memory,
	.other = let_it_give_up,
	.sleepers = 2,
	.sleeper = put_waiting,
	.started = get_and_stop,
	.settled = settled,
	.finish = finish,
	.inspect = inspect,
	.free = drop,
};

static void held_failing_put(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, &pair, 1);
}

static const struct clause table[] = {
	{"X-STEP-14", LEVEL_BEYOND, OBJECT_QUEUE,
	 "A put for which there is no memory is held before an instruction, "
	 "for each one, while a producer that was woken gives up, and another "
	 "one sleeps.",
	 "It returns NOMEM or FULL; no free slot lies beside the sleeping "
	 "producer.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_failing_put},
};

CLAUSE_LIST(clauses_step_failed_put, table);
