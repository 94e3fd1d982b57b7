/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-10 to 12: condition, event and barrier in every order of wait and
 * what ends it.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

enum { TIMED_NS = 8 * 1000000 };

static void expect_ok(struct step_scene *scene)
{
	for (unsigned i = 0; i < STEP_PARTIES; i++)
		CHECK(scene->party[i].status == IPCM_OK, "party %u: %s", i,
		      ipcm_status_name(scene->party[i].status));
}

/* ---- condition: what is waited for is a mark of the held one ---- */

static struct ipcm_condition *condition_of(struct step_scene *scene)
{
	return scene->conditioned.condition;
}

static enum ipcm_status wait_for_mark(struct step_scene *scene,
				      struct step_party *me)
{
	struct ipcm_condition *condition = condition_of(scene);
	enum ipcm_status status = IPCM_OK;

	(void)me;
	CHECK_OK(ipcm_condition_acquire(condition, IPCM_FOREVER));
	while (status == IPCM_OK && !scene->party[STEP_HELD].mark)
		status = ipcm_condition_wait(condition, IPCM_FOREVER);
	CHECK_OK(ipcm_condition_release(condition));
	return status;
}

static enum ipcm_status wait_once(struct step_scene *scene,
				  struct step_party *me)
{
	struct ipcm_condition *condition = condition_of(scene);
	enum ipcm_status status;

	(void)me;
	CHECK_OK(ipcm_condition_acquire(condition, IPCM_FOREVER));
	status = ipcm_condition_wait(condition, IPCM_FOREVER);
	CHECK_OK(ipcm_condition_release(condition));
	return status;
}

/* number[0]: it was not notified. */
static enum ipcm_status wait_timed(struct step_scene *scene,
				   struct step_party *me)
{
	struct ipcm_condition *condition = condition_of(scene);
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(condition, IPCM_FOREVER));
	status = ipcm_condition_wait(condition, TIMED_NS);
	CHECK_OK(ipcm_condition_release(condition));
	me->number[0] = status == IPCM_TIMEDOUT;
	return status == IPCM_TIMEDOUT ? IPCM_OK : status;
}

static enum ipcm_status set_mark(struct step_scene *scene, bool all)
{
	struct ipcm_condition *condition = condition_of(scene);
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(condition, IPCM_FOREVER));
	scene->party[STEP_HELD].mark = 1;
	status = all ? ipcm_condition_notify_all(condition)
		     : ipcm_condition_notify(condition, 1);
	CHECK_OK(ipcm_condition_release(condition));
	return status;
}

static enum ipcm_status mark_and_notify(struct step_scene *scene,
					struct step_party *me)
{
	(void)me;
	return set_mark(scene, false);
}

static enum ipcm_status mark_and_notify_all(struct step_scene *scene,
					    struct step_party *me)
{
	(void)me;
	return set_mark(scene, true);
}

static bool over_lock(struct step_scene *scene)
{
	scene->conditioned = conditioned_make(scene->backend, OVER_LOCK);
	return true;
}

static bool over_own(struct step_scene *scene)
{
	scene->conditioned = conditioned_make(scene->backend, OVER_OWN);
	return true;
}

static void condition_drop(struct step_scene *scene)
{
	conditioned_free(&scene->conditioned);
}

/* One notify ends one wait: that of the held one, which may be late, or that of
 * the sleeper. */
static bool one_notified(struct step_scene *scene)
{
	bool late = step_through(scene, STEP_HELD) &&
		    scene->party[STEP_HELD].number[0];

	return step_through(scene, STEP_OTHER) &&
	       step_through(scene, STEP_HELD) &&
	       late == step_through(scene, STEP_SLEEPER);
}

static void notify_the_rest(struct step_scene *scene)
{
	condition_notify_all(condition_of(scene));
}

#define OVER(what)                                                             \
	.prepare = over_##what, .free = condition_drop, .inspect = expect_ok

static const struct step_pair condition_pairs[] = {
	{.name = "wait held, a notify",
	 OVER(lock),
	 .held = wait_for_mark,
	 .other = mark_and_notify},
	{.name = "notify held, a wait",
	 OVER(lock),
	 .held = mark_and_notify,
	 .other = wait_for_mark},
	{.name = "wait over an RLock held, a notify",
	 OVER(own),
	 .held = wait_for_mark,
	 .other = mark_and_notify},
	{.name = "notify over an RLock held, a wait",
	 OVER(own),
	 .held = mark_and_notify,
	 .other = wait_for_mark},
	{.name = "wait held, a waiter sleeps, notify_all",
	 OVER(lock),
	 .held = wait_for_mark,
	 .other = mark_and_notify_all,
	 .sleepers = 1,
	 .sleeper = wait_for_mark},
	{.name = "notify_all held, two waiters sleep, a wait",
	 OVER(lock),
	 .held = mark_and_notify_all,
	 .other = wait_for_mark,
	 .sleepers = 2,
	 .sleeper = wait_for_mark},
	{.name = "notify held, two waiters sleep, a notify",
	 OVER(lock),
	 .held = mark_and_notify,
	 .other = mark_and_notify,
	 .sleepers = 2,
	 .sleeper = wait_once},
	{.name = "wait that times out held, a waiter sleeps, a notify",
	 OVER(lock),
	 .held = wait_timed,
	 .other = mark_and_notify,
	 .sleepers = 1,
	 .sleeper = wait_once,
	 .timed = true,
	 .settled = one_notified,
	 .finish = notify_the_rest},
};

static void held_condition(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, condition_pairs,
		       sizeof(condition_pairs) / sizeof(condition_pairs[0]));
}

/* ---- event ---- */

static enum ipcm_status event_wait(struct step_scene *scene,
				   struct step_party *me)
{
	(void)me;
	return ipcm_event_wait(scene->object, IPCM_FOREVER);
}

static enum ipcm_status event_set(struct step_scene *scene,
				  struct step_party *me)
{
	(void)me;
	return ipcm_event_set(scene->object);
}

static enum ipcm_status event_clear(struct step_scene *scene,
				    struct step_party *me)
{
	(void)me;
	return ipcm_event_clear(scene->object);
}

static enum ipcm_status event_pulse(struct step_scene *scene,
				    struct step_party *me)
{
	enum ipcm_status status = event_set(scene, me);

	return status ? status : event_clear(scene, me);
}

static bool event_prepare(struct step_scene *scene)
{
	scene->object = event_make(scene->backend);
	return true;
}

/* One that slept before the set ends; one that began behind the clear may wait.
 */
static bool sleeper_ended(struct step_scene *scene)
{
	return step_through(scene, STEP_OTHER) &&
	       step_through(scene, STEP_SLEEPER);
}

static void event_finish(struct step_scene *scene)
{
	CHECK_OK(ipcm_event_set(scene->object));
}

static void event_drop(struct step_scene *scene)
{
	ipcm_event_free(scene->object);
}

#define EVENT .prepare = event_prepare, .free = event_drop, .inspect = expect_ok

static const struct step_pair event_pairs[] = {
	{.name = "wait held, a waiter sleeps, a set",
	 EVENT,
	 .held = event_wait,
	 .other = event_set,
	 .sleepers = 1,
	 .sleeper = event_wait},
	{.name = "set held, a waiter sleeps, a wait",
	 EVENT,
	 .held = event_set,
	 .other = event_wait,
	 .sleepers = 1,
	 .sleeper = event_wait},
	{.name = "set held, two waiters sleep, a clear",
	 EVENT,
	 .held = event_set,
	 .other = event_clear,
	 .sleepers = 2,
	 .sleeper = event_wait},
	{.name = "set and clear held, a waiter sleeps, a set",
	 EVENT,
	 .held = event_pulse,
	 .other = event_set,
	 .sleepers = 1,
	 .sleeper = event_wait},
	{.name = "wait held, a waiter sleeps, a set and a clear",
	 EVENT,
	 .held = event_wait,
	 .other = event_pulse,
	 .sleepers = 1,
	 .sleeper = event_wait,
	 .settled = sleeper_ended,
	 .finish = event_finish},
};

static void held_event(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, event_pairs,
		       sizeof(event_pairs) / sizeof(event_pairs[0]));
}

/* ---- barrier ---- */

static enum ipcm_status barrier_wait(struct step_scene *scene,
				     struct step_party *me)
{
	unsigned index = 0;
	enum ipcm_status status =
		ipcm_barrier_wait(scene->object, IPCM_FOREVER, &index);

	me->number[0] |= UINT64_C(1) << index;
	return status;
}

static enum ipcm_status barrier_wait_twice(struct step_scene *scene,
					   struct step_party *me)
{
	unsigned index = 0;
	enum ipcm_status status = barrier_wait(scene, me);

	if (status == IPCM_OK)
		status = ipcm_barrier_wait(scene->object, IPCM_FOREVER, &index);
	me->number[1] |= UINT64_C(1) << index;
	return status;
}

static enum ipcm_status barrier_abort(struct step_scene *scene,
				      struct step_party *me)
{
	(void)me;
	return ipcm_barrier_abort(scene->object);
}

static enum ipcm_status barrier_reset(struct step_scene *scene,
				      struct step_party *me)
{
	(void)me;
	return ipcm_barrier_reset(scene->object);
}

static bool three_parties(struct step_scene *scene)
{
	scene->object = barrier_make(scene->backend, 3);
	return true;
}

static void all_indices(const struct step_scene *scene, unsigned round)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < 3; i++)
		all |= scene->party[i].number[round];
	CHECK(all == 7, "the indices of round %u are %llx", round + 1,
	      (unsigned long long)all);
}

static void expect_a_round(struct step_scene *scene)
{
	expect_ok(scene);
	all_indices(scene, 0);
	CHECK_EQUAL(0, parties_waiting(scene->object), "waiting parties");
}

static void expect_two_rounds(struct step_scene *scene)
{
	expect_a_round(scene);
	all_indices(scene, 1);
}

static void expect_broken(struct step_scene *scene)
{
	unsigned broken = 0;

	for (unsigned i = 0; i < 3; i++)
		broken += scene->party[i].status == IPCM_BROKEN;
	CHECK_EQUAL(2, broken, "parties that found it broken");
	CHECK(barrier_is_broken(scene->object), "the barrier is not broken");
}

/* The sleeper was in the round that the reset ended. */
static bool sleeper_was_reset(struct step_scene *scene)
{
	return step_through(scene, STEP_SLEEPER) &&
	       scene->party[STEP_SLEEPER].status == IPCM_BROKEN;
}

static void barrier_finish(struct step_scene *scene)
{
	CHECK_OK(ipcm_barrier_reset(scene->object));
}

static void barrier_drop(struct step_scene *scene)
{
	ipcm_barrier_free(scene->object);
}

#define BARRIER .prepare = three_parties, .free = barrier_drop, .sleepers = 1

static const struct step_pair barrier_pairs[] = {
	{.name = "wait held, a party sleeps, the last wait",
	 BARRIER,
	 .held = barrier_wait,
	 .other = barrier_wait,
	 .sleeper = barrier_wait,
	 .inspect = expect_a_round},
	{.name = "wait for two rounds held, a party sleeps, so does the last",
	 BARRIER,
	 .held = barrier_wait_twice,
	 .other = barrier_wait_twice,
	 .sleeper = barrier_wait_twice,
	 .inspect = expect_two_rounds},
	{.name = "wait held, a party sleeps, abort",
	 BARRIER,
	 .held = barrier_wait,
	 .other = barrier_abort,
	 .sleeper = barrier_wait,
	 .inspect = expect_broken},
	{.name = "abort held, a party sleeps, a wait",
	 BARRIER,
	 .held = barrier_abort,
	 .other = barrier_wait,
	 .sleeper = barrier_wait,
	 .inspect = expect_broken},
	{.name = "reset held, a party sleeps, a wait",
	 BARRIER,
	 .held = barrier_reset,
	 .other = barrier_wait,
	 .sleeper = barrier_wait,
	 .settled = sleeper_was_reset,
	 .finish = barrier_finish},
	{.name = "wait held, a party sleeps, reset",
	 BARRIER,
	 .held = barrier_wait,
	 .other = barrier_reset,
	 .sleeper = barrier_wait,
	 .settled = sleeper_was_reset,
	 .finish = barrier_finish},
};

static void held_barrier(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, barrier_pairs,
		       sizeof(barrier_pairs) / sizeof(barrier_pairs[0]));
}

static const struct clause table[] = {
	{"X-STEP-10", LEVEL_BEYOND, OBJECT_CONDITION,
	 "wait, notify or notify_all is held before an instruction, for each "
	 "one, while another process makes the other call, and waiters sleep.",
	 "No notify is lost: a waiter that saw the state before it is woken.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_condition},
	{"X-STEP-11", LEVEL_BEYOND, OBJECT_EVENT,
	 "wait or set is held before an instruction, for each one, while "
	 "another process waits, sets or clears, and waiters sleep.",
	 "Every waiter that slept before the set ends.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_event},
	{"X-STEP-12", LEVEL_BEYOND, OBJECT_BARRIER,
	 "wait, abort or reset is held before an instruction, for each one, "
	 "while other parties wait, abort or reset.",
	 "All parties of a round end with it, each with its own index.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_barrier},
};

CLAUSE_LIST(clauses_step_sync, table);
