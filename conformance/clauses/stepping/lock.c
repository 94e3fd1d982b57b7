/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-08 and 09: acquire and release of lock, RLock and semaphore in every
 * order, with others that sleep. Each release lets one go on; no permit lies
 * beside a sleeper.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

#include <string.h>

enum { TIMED_NS = 8 * 1000000 };

/* How many hold it: a mark of the held one. */
static void enter(struct step_scene *scene)
{
	CHECK(atomic_fetch_add(&scene->party[STEP_HELD].mark, 1) == 0,
	      "two holders at a time");
}

static void leave(struct step_scene *scene)
{
	(void)atomic_fetch_sub(&scene->party[STEP_HELD].mark, 1);
}

/* The same for a lock and an RLock. */
#define TURNS(kind)                                                            \
	static enum ipcm_status kind##_take(struct step_scene *scene,          \
					    struct step_party *me)             \
	{                                                                      \
		enum ipcm_status status =                                      \
			ipcm_##kind##_acquire(scene->object, IPCM_FOREVER);    \
                                                                               \
		(void)me;                                                      \
		if (status == IPCM_OK)                                         \
			enter(scene);                                          \
		return status;                                                 \
	}                                                                      \
	static enum ipcm_status kind##_give(struct step_scene *scene,          \
					    struct step_party *me)             \
	{                                                                      \
		(void)me;                                                      \
		leave(scene);                                                  \
		return ipcm_##kind##_release(scene->object);                   \
	}                                                                      \
	static enum ipcm_status kind##_turn(struct step_scene *scene,          \
					    struct step_party *me)             \
	{                                                                      \
		enum ipcm_status status = kind##_take(scene, me);              \
                                                                               \
		return status ? status : kind##_give(scene, me);               \
	}                                                                      \
	static enum ipcm_status kind##_turn_timed(struct step_scene *scene,    \
						  struct step_party *me)       \
	{                                                                      \
		enum ipcm_status status =                                      \
			ipcm_##kind##_acquire(scene->object, TIMED_NS);        \
                                                                               \
		if (status == IPCM_TIMEDOUT)                                   \
			return IPCM_OK;                                        \
		if (status == IPCM_OK)                                         \
			enter(scene);                                          \
		return status ? status : kind##_give(scene, me);               \
	}                                                                      \
	static bool kind##_prepare(struct step_scene *scene)                   \
	{                                                                      \
		scene->object = kind##_make(scene->backend);                   \
		return true;                                                   \
	}                                                                      \
	static void kind##_inspect(struct step_scene *scene)                   \
	{                                                                      \
		for (unsigned i = 0; i < STEP_PARTIES; i++)                    \
			CHECK(scene->party[i].status == IPCM_OK,               \
			      "party %u: %s", i,                               \
			      ipcm_status_name(scene->party[i].status));       \
		kind##_expect_free(scene->object);                             \
	}                                                                      \
	static void kind##_drop(struct step_scene *scene)                      \
	{                                                                      \
		ipcm_##kind##_free(scene->object);                             \
	}                                                                      \
	static const struct step_pair kind##_pairs[] = {                       \
		{.name = #kind " release held, a sleeper, an acquire",         \
		 .prepare = kind##_prepare,                                    \
		 .free = kind##_drop,                                          \
		 .inspect = kind##_inspect,                                    \
		 .before = kind##_take,                                        \
		 .held = kind##_give,                                          \
		 .other = kind##_turn,                                         \
		 .sleepers = 1,                                                \
		 .sleeper = kind##_turn},                                      \
		{.name = #kind " acquire held, a sleeper, a release",          \
		 .prepare = kind##_prepare,                                    \
		 .free = kind##_drop,                                          \
		 .inspect = kind##_inspect,                                    \
		 .other_before = kind##_take,                                  \
		 .held = kind##_turn,                                          \
		 .other = kind##_give,                                         \
		 .sleepers = 1,                                                \
		 .sleeper = kind##_turn},                                      \
		{.name = #kind " acquire and release held, an acquire",        \
		 .prepare = kind##_prepare,                                    \
		 .free = kind##_drop,                                          \
		 .inspect = kind##_inspect,                                    \
		 .held = kind##_turn,                                          \
		 .other = kind##_turn},                                        \
		{.name = #kind " acquire that times out held, a sleeper, a "   \
			       "release",                                      \
		 .prepare = kind##_prepare,                                    \
		 .free = kind##_drop,                                          \
		 .inspect = kind##_inspect,                                    \
		 .other_before = kind##_take,                                  \
		 .held = kind##_turn_timed,                                    \
		 .other = kind##_give,                                         \
		 .sleepers = 1,                                                \
		 .sleeper = kind##_turn,                                       \
		 .timed = true},                                               \
	};
TURNS(lock)
TURNS(rlock)

static void held_locks(const struct ipcm_backend *backend)
{
	enum { LOCKS = sizeof(lock_pairs) / sizeof(lock_pairs[0]) };
	struct step_pair pairs[2 * LOCKS];

	memcpy(pairs, lock_pairs, sizeof(lock_pairs));
	memcpy(pairs + LOCKS, rlock_pairs, sizeof(rlock_pairs));
	step_pairs_run(backend, pairs, 2 * (size_t)LOCKS);
}

/* ---- semaphore ---- */

static enum ipcm_status acquire(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	return ipcm_semaphore_acquire(scene->object, IPCM_FOREVER);
}

/* number[0]: it took none. */
static enum ipcm_status acquire_within(struct step_scene *scene,
				       struct step_party *me,
				       int64_t timeout_ns)
{
	enum ipcm_status status =
		ipcm_semaphore_acquire(scene->object, timeout_ns);

	if (status == IPCM_OK)
		return IPCM_OK;
	me->number[0] = 1;
	return status == IPCM_TIMEDOUT || status == IPCM_WOULDBLOCK ? IPCM_OK
								    : status;
}

static enum ipcm_status acquire_timed(struct step_scene *scene,
				      struct step_party *me)
{
	return acquire_within(scene, me, TIMED_NS);
}

static enum ipcm_status acquire_try(struct step_scene *scene,
				    struct step_party *me)
{
	return acquire_within(scene, me, IPCM_TRY);
}

static enum ipcm_status release(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	return ipcm_semaphore_release(scene->object);
}

static enum ipcm_status release_two(struct step_scene *scene,
				    struct step_party *me)
{
	enum ipcm_status status = release(scene, me);

	return status ? status : release(scene, me);
}

static bool prepare(struct step_scene *scene)
{
	scene->object = semaphore_make(scene->backend, 0);
	return true;
}

static void wake(struct step_scene *scene)
{
	CHECK_OK(ipcm_semaphore_release(scene->object));
}

/* A permit that is left lies there while no process waits. */
static bool settled(struct step_scene *scene)
{
	return !step_waiting(scene) || semaphore_value(scene->object) == 0;
}

static void finish(struct step_scene *scene)
{
	for (unsigned i = step_waiting(scene); i; i--)
		wake(scene);
}

/* At most one of them took none, and left its permit. */
static void inspect(struct step_scene *scene)
{
	int64_t left = 0;

	for (unsigned i = 0; i < STEP_PARTIES; i++) {
		CHECK(scene->party[i].status == IPCM_OK, "party %u: %s", i,
		      ipcm_status_name(scene->party[i].status));
		left += (int64_t)scene->party[i].number[0];
	}
	CHECK(semaphore_value(scene->object) <= left, "%lld permits left",
	      (long long)semaphore_value(scene->object));
}

static void drop(struct step_scene *scene)
{
	ipcm_semaphore_free(scene->object);
}

#define SEMAPHORE                                                              \
	.prepare = prepare, .settled = settled, .finish = finish,              \
	.inspect = inspect, .free = drop, .sleeper = acquire

/* As many as a POSIX message queue holds: one more is a spare permit. */
enum { BRIM = 10 };

static bool prepare_full(struct step_scene *scene)
{
	scene->object = semaphore_make(scene->backend, BRIM);
	return true;
}

/* All, and the one that is released meanwhile. */
static enum ipcm_status acquire_all(struct step_scene *scene,
				    struct step_party *me)
{
	enum ipcm_status status = IPCM_OK;

	for (int i = 0; i <= BRIM && !status; i++)
		status = acquire(scene, me);
	return status;
}

static void inspect_value(struct step_scene *scene, int64_t wanted)
{
	for (unsigned i = 0; i < STEP_PARTIES; i++)
		CHECK(scene->party[i].status == IPCM_OK, "party %u: %s", i,
		      ipcm_status_name(scene->party[i].status));
	CHECK_EQUAL(wanted, semaphore_value(scene->object), "permits left");
}

static void inspect_full(struct step_scene *scene)
{
	inspect_value(scene, BRIM);
}

static void inspect_empty(struct step_scene *scene)
{
	inspect_value(scene, 0);
}

#define FULL_SEMAPHORE                                                         \
	.prepare = prepare_full, .settled = settled, .finish = finish,         \
	.free = drop

static const struct step_pair semaphore_pairs[] = {
	{.name = "acquire held, a sleeper, two releases",
	 SEMAPHORE,
	 .held = acquire,
	 .other = release_two,
	 .sleepers = 1},
	{.name = "acquire held, a sleeper, a release",
	 SEMAPHORE,
	 .held = acquire,
	 .other = release,
	 .sleepers = 1},
	{.name = "release held, an acquire",
	 SEMAPHORE,
	 .held = release,
	 .other = acquire},
	{.name = "release held, two sleepers, a release",
	 SEMAPHORE,
	 .held = release,
	 .other = release,
	 .sleepers = 2},
	{.name = "release held, a sleeper, an acquire",
	 SEMAPHORE,
	 .held = release,
	 .other = acquire,
	 .sleepers = 1},
	{.name = "acquire held on its way from sleep, a sleeper, a release",
	 SEMAPHORE,
	 .held = acquire,
	 .other = release,
	 .sleepers = 1,
	 .wake = wake},
	{.name = "acquire that times out held, a sleeper, a release",
	 SEMAPHORE,
	 .held = acquire_timed,
	 .other = release,
	 .sleepers = 1,
	 .timed = true},
	{.name = "try acquire held, a sleeper, a release",
	 SEMAPHORE,
	 .held = acquire_try,
	 .other = release,
	 .sleepers = 1},
	{.name = "release to a full mechanism held, all are acquired",
	 FULL_SEMAPHORE,
	 .held = release,
	 .other = acquire_all,
	 .inspect = inspect_empty},
	{.name = "release to a full mechanism held, an acquire",
	 FULL_SEMAPHORE,
	 .held = release,
	 .other = acquire,
	 .inspect = inspect_full},
	{.name = "acquire held, a release to a full mechanism",
	 FULL_SEMAPHORE,
	 .held = acquire,
	 .other = release,
	 .inspect = inspect_full},
};

static void held_semaphore(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, semaphore_pairs,
		       sizeof(semaphore_pairs) / sizeof(semaphore_pairs[0]));
}

static const struct clause table[] = {
	{"X-STEP-08", LEVEL_BEYOND, OBJECT_LOCK,
	 "acquire or release of a lock or RLock is held before an instruction, "
	 "for each one, while others make theirs, or sleep.",
	 "Each gets its turn, one at a time; none sleeps beside a free lock.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_locks},
	{"X-STEP-09", LEVEL_BEYOND, OBJECT_SEMAPHORE,
	 "acquire or release of a semaphore is held before an instruction, for "
	 "each one, while others make theirs, or sleep.",
	 "No permit lies beside a sleeper; none is lost.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_semaphore},
};

CLAUSE_LIST(clauses_step_lock, table);
