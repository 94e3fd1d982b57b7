/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-06: the shutdown of a queue against put, get and join in every order.
 * Every waiter must end, and an item whose put returned OK is delivered.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

enum { ROOMY = 8, TIGHT = 1 };

static enum ipcm_status put(struct step_scene *scene, struct step_party *me)
{
	uint64_t number = 2;

	(void)me;
	return ipcm_queue_put(scene->object, &number, sizeof(number),
			      IPCM_FOREVER);
}

static enum ipcm_status get(struct step_scene *scene, struct step_party *me)
{
	return ipcm_queue_get(scene->object, &me->number[0], sizeof(uint64_t),
			      IPCM_FOREVER, NULL);
}

static enum ipcm_status join(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	return ipcm_queue_join(scene->object, IPCM_FOREVER);
}

static enum ipcm_status shut(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	return ipcm_queue_shutdown(scene->object, false);
}

static enum ipcm_status shut_at_once(struct step_scene *scene,
				     struct step_party *me)
{
	(void)me;
	return ipcm_queue_shutdown(scene->object, true);
}

static bool prepare_empty(struct step_scene *scene)
{
	scene->object = queue_make_joinable(scene->backend, ROOMY);
	return true;
}

static bool prepare_full(struct step_scene *scene)
{
	scene->object = queue_make_joinable(scene->backend, TIGHT);
	number_put(scene->object, 1);
	return true;
}

static enum ipcm_status status_of(const struct step_scene *scene,
				  unsigned party)
{
	return scene->party[party].status;
}

/* The one that shuts down succeeds, the other one finds it closed. */
static void expect_one_closed(struct step_scene *scene, unsigned shutter)
{
	CHECK_STATUS(IPCM_OK, status_of(scene, shutter));
	CHECK_STATUS(IPCM_CLOSED,
		     status_of(scene, shutter ? STEP_HELD : STEP_OTHER));
}

static void held_shut(struct step_scene *scene)
{
	expect_one_closed(scene, STEP_HELD);
}

static void other_shut(struct step_scene *scene)
{
	expect_one_closed(scene, STEP_OTHER);
}

/* A put on a full queue was refused: what was inside is still there. */
static void expect_the_first(struct step_scene *scene)
{
	numbers_expect(scene->object, 1, 1);
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_get(scene->object, NULL, 0, IPCM_TRY, NULL));
}

static void held_shut_full(struct step_scene *scene)
{
	held_shut(scene);
	expect_the_first(scene);
}

static void other_shut_full(struct step_scene *scene)
{
	other_shut(scene);
	expect_the_first(scene);
}

/* Of a party that put, and a consumer that slept: the item that was put comes
 * out, one that was refused does not. */
static void expect_delivered(struct step_scene *scene, unsigned producer)
{
	enum ipcm_status wanted = status_of(scene, producer);
	const struct step_party *consumer = &scene->party[STEP_SLEEPER];

	CHECK(wanted == IPCM_OK || wanted == IPCM_CLOSED, "put: %s",
	      ipcm_status_name(wanted));
	CHECK(consumer->status == wanted, "put: %s, get: %s",
	      ipcm_status_name(wanted), ipcm_status_name(consumer->status));
	if (wanted == IPCM_OK)
		CHECK_EQUAL(2, consumer->number[0], "number got");
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_get(scene->object, NULL, 0, IPCM_TRY, NULL));
}

static void held_put(struct step_scene *scene)
{
	expect_delivered(scene, STEP_HELD);
}

static void other_put(struct step_scene *scene)
{
	expect_delivered(scene, STEP_OTHER);
}

/* What is dropped counts as finished: the joiner has ended. */
static void expect_joined(struct step_scene *scene)
{
	for (unsigned i = 0; i < STEP_PARTIES; i++)
		CHECK(status_of(scene, i) == IPCM_OK ||
			      status_of(scene, i) == IPCM_CLOSED,
		      "party %u: %s", i, ipcm_status_name(status_of(scene, i)));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_get(scene->object, NULL, 0, IPCM_TRY, NULL));
}

/* If it got the item, it has to finish it. */
static enum ipcm_status get_and_finish(struct step_scene *scene,
				       struct step_party *me)
{
	enum ipcm_status status = get(scene, me);

	return status ? status : ipcm_queue_task_done(scene->object);
}

static enum ipcm_status put_number_three(struct step_scene *scene,
					 struct step_party *me)
{
	uint64_t number = 3;

	(void)me;
	return ipcm_queue_put(scene->object, &number, sizeof(number), IPCM_TRY);
}

/* On a full queue: refused either way. */
static enum ipcm_status put_refused(struct step_scene *scene,
				    struct step_party *me)
{
	enum ipcm_status status = put_number_three(scene, me);

	return status == IPCM_FULL ? IPCM_CLOSED : status;
}

static void drop(struct step_scene *scene)
{
	ipcm_queue_free(scene->object);
}

#define EMPTY .prepare = prepare_empty, .free = drop
#define FULL  .prepare = prepare_full, .free = drop

static const struct step_pair pairs[] = {
	{.name = "get held, shutdown",
	 EMPTY,
	 .held = get,
	 .other = shut,
	 .inspect = other_shut},
	{.name = "shutdown held, a get",
	 EMPTY,
	 .held = shut,
	 .other = get,
	 .inspect = held_shut},
	{.name = "get held, shutdown at once",
	 EMPTY,
	 .held = get,
	 .other = shut_at_once,
	 .inspect = other_shut},
	{.name = "shutdown at once held, a get",
	 EMPTY,
	 .held = shut_at_once,
	 .other = get,
	 .inspect = held_shut},
	{.name = "put on a full queue held, shutdown",
	 FULL,
	 .held = put,
	 .other = shut,
	 .inspect = other_shut_full},
	{.name = "shutdown held, a put on the full queue",
	 FULL,
	 .held = shut,
	 .other = put,
	 .inspect = held_shut_full},
	{.name = "put held, a consumer sleeps, shutdown",
	 EMPTY,
	 .held = put,
	 .other = shut,
	 .sleepers = 1,
	 .sleeper = get,
	 .inspect = held_put},
	{.name = "shutdown held, a consumer sleeps, a put",
	 EMPTY,
	 .held = shut,
	 .other = put,
	 .sleepers = 1,
	 .sleeper = get,
	 .inspect = other_put},
	{.name = "join held, shutdown at once",
	 FULL,
	 .held = join,
	 .other = shut_at_once,
	 .inspect = expect_joined},
	{.name = "shutdown at once held, join",
	 FULL,
	 .held = shut_at_once,
	 .other = join,
	 .inspect = expect_joined},
	{.name = "shutdown at once held, join sleeps, a get and task_done",
	 FULL,
	 .held = shut_at_once,
	 .other = get_and_finish,
	 .sleepers = 1,
	 .sleeper = join,
	 .inspect = expect_joined},
	{.name = "get and task_done held, join sleeps, shutdown at once",
	 FULL,
	 .held = get_and_finish,
	 .other = shut_at_once,
	 .sleepers = 1,
	 .sleeper = join,
	 .inspect = expect_joined},
	{.name = "shutdown at once held, join sleeps, a try put",
	 FULL,
	 .held = shut_at_once,
	 .other = put_refused,
	 .sleepers = 1,
	 .sleeper = join,
	 .inspect = expect_joined},
};

static void held_shutdown(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static const struct clause table[] = {
	{"X-STEP-06", LEVEL_BEYOND, OBJECT_QUEUE,
	 "shutdown, put, get or join is held before an instruction, for each "
	 "one, while another process makes the other call.",
	 "Every waiter ends; an item whose put returned OK is delivered, one "
	 "that was refused is not.",
	 "ipcmark issue 10; CPython issue gh-96471", 120, false, held_shutdown},
};

CLAUSE_LIST(clauses_step_shutdown, table);
