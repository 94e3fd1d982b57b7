/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-04: join, task_done and put in every order. join returns OK only if at
 * some moment nothing was unfinished (JQ-JN-02), and then it does, although a
 * new put follows at once (JQ-JN-03). While one party is held nothing moves, so
 * that a join that is only tried tells exactly whether the moment is now.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

enum { ROOMY = 8 };

static enum ipcm_status put(struct step_scene *scene, struct step_party *me)
{
	uint64_t number = 7;

	(void)me;
	return ipcm_queue_put(scene->object, &number, sizeof(number),
			      IPCM_FOREVER);
}

static enum ipcm_status task_done(struct step_scene *scene,
				  struct step_party *me)
{
	(void)me;
	return ipcm_queue_task_done(scene->object);
}

static enum ipcm_status get(struct step_scene *scene, struct step_party *me)
{
	uint64_t number;

	(void)me;
	return ipcm_queue_get(scene->object, &number, sizeof(number),
			      IPCM_FOREVER, NULL);
}

static enum ipcm_status put_then_done(struct step_scene *scene,
				      struct step_party *me)
{
	enum ipcm_status status = put(scene, me);

	return status ? status : task_done(scene, me);
}

static enum ipcm_status put_get_done(struct step_scene *scene,
				     struct step_party *me)
{
	enum ipcm_status status = put(scene, me);

	if (status == IPCM_OK)
		status = get(scene, me);
	return status ? status : task_done(scene, me);
}

static enum ipcm_status join(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	return ipcm_queue_join(scene->object, IPCM_FOREVER);
}

static enum ipcm_status join_try(struct step_scene *scene,
				 struct step_party *me)
{
	(void)me;
	return ipcm_queue_join(scene->object, IPCM_TRY);
}

/* ---- the clause ---- */

/* So many items are inside, and as many that are not done. */
static bool prepare(struct step_scene *scene, unsigned items)
{
	scene->object = queue_make_joinable(scene->backend, ROOMY);
	numbers_put(scene->object, 1, items);
	numbers_expect(scene->object, 1, items);
	return true;
}

static bool prepare_one(struct step_scene *scene)
{
	return prepare(scene, 1);
}

static bool prepare_two(struct step_scene *scene)
{
	return prepare(scene, 2);
}

static void look(struct step_scene *scene)
{
	scene->seen = ipcm_queue_join(scene->object, IPCM_TRY) == IPCM_OK;
}

/*
 * Where the put is held with the lock, the last task_done cannot count its
 * moment: the joiner that it wakes looks for itself. It must do so now, before
 * the put goes on and the moment is over.
 */
static void look_behind_done(struct step_scene *scene)
{
	int64_t deadline = now_ns() + hang_ns();

	look(scene);
	while (scene->seen && scene->completed &&
	       !step_through(scene, STEP_SLEEPER)) {
		check_elsewhere();
		CHECK(now_ns() < deadline,
		      "join sleeps on although nothing is unfinished");
		pause_ns(100 * US);
	}
}

/*
 * The other's call is through: its moment was there before it, or never. Or it
 * had to wait; then what comes first is open.
 */
static bool joiner_is_right(struct step_scene *scene)
{
	bool joined = step_through(scene, STEP_SLEEPER);

	return step_through(scene, STEP_HELD) &&
	       step_through(scene, STEP_OTHER) &&
	       (!scene->completed || joined == scene->seen);
}

static bool all_but_held(struct step_scene *scene)
{
	return step_through(scene, STEP_OTHER);
}

static void finish_one(struct step_scene *scene)
{
	CHECK_OK(ipcm_queue_task_done(scene->object));
}

static void expect_ok(struct step_scene *scene)
{
	for (unsigned i = 0; i < STEP_PARTIES; i++)
		CHECK(scene->party[i].status == IPCM_OK, "party %u: %s", i,
		      ipcm_status_name(scene->party[i].status));
}

static void expect_not_joined(struct step_scene *scene)
{
	CHECK_STATUS(IPCM_WOULDBLOCK, scene->party[STEP_HELD].status);
}

static void drop(struct step_scene *scene)
{
	ipcm_queue_free(scene->object);
}

#define ONE_LEFT .prepare = prepare_one, .free = drop
#define JOINER	 .sleepers = 1, .sleeper = join

static const struct step_pair pairs[] = {
	{.name = "the last task_done held, join sleeps, a put",
	 ONE_LEFT,
	 JOINER,
	 .held = task_done,
	 .other = put,
	 .look = look,
	 .settled = joiner_is_right,
	 .finish = finish_one,
	 .inspect = expect_ok},
	{.name = "put held, join sleeps, the last task_done",
	 ONE_LEFT,
	 JOINER,
	 .held = put,
	 .other = task_done,
	 .look_again = look_behind_done,
	 .settled = joiner_is_right,
	 .finish = finish_one,
	 .inspect = expect_ok},
	{.name = "join that is tried held, a put and a task_done",
	 ONE_LEFT,
	 .held = join_try,
	 .other = put_then_done,
	 .inspect = expect_not_joined},
	{.name = "join held, a put and a task_done",
	 ONE_LEFT,
	 .held = join,
	 .other = put_then_done,
	 .settled = all_but_held,
	 .finish = finish_one,
	 .inspect = expect_ok},
	{.name = "the last task_done held, join sleeps, a put, get and "
		 "task_done",
	 ONE_LEFT,
	 JOINER,
	 .held = task_done,
	 .other = put_get_done,
	 .inspect = expect_ok},
	{.name = "task_done held, join sleeps, another task_done",
	 .prepare = prepare_two,
	 .free = drop,
	 JOINER,
	 .held = task_done,
	 .other = task_done,
	 .inspect = expect_ok},
};

static void held_join(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static const struct clause table[] = {
	{"X-STEP-04", LEVEL_BEYOND, OBJECT_QUEUE,
	 "join, task_done or put is held before an instruction, for each one, "
	 "while others put and finish items, and a join sleeps.",
	 "join returns if nothing was unfinished at some moment, and only then.",
	 "ipcmark issue 10; multiprocessing.JoinableQueue.join", 120, false,
	 held_join},
};

CLAUSE_LIST(clauses_step_join, table);
