/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-05 and 07: put and get in every order, with others that sleep. What
 * must hold: no item lies beside a consumer that sleeps, no free slot beside a
 * producer that sleeps; every item comes out once.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

#include <signal.h>
#include <stdlib.h>

enum { ROOMY = 8, TIGHT = 2, LARGE = 9 * 1024, TIMED_NS = 8 * 1000000 };

/*
 * Numbers say who put them: 1.. the clause before, 8.. the clause at the end,
 * 16.. and every 8 further on a party. number[0] has a bit for each that was
 * put, number[1] for each that was got. mark: gets that are still to be made,
 * puts if it is negative.
 */
enum { FIRST = 1, LAST = 8, PARTY = 16 };

/* Each process has its own; clearing it would take many steps. */
static uint64_t large_item[LARGE / sizeof(uint64_t)];

static void note(uint64_t *numbers, uint64_t number)
{
	CHECK(number < 64 && !(*numbers & UINT64_C(1) << number),
	      "number %llu again", (unsigned long long)number);
	*numbers |= UINT64_C(1) << number;
}

static uint64_t number_of(const struct step_scene *scene,
			  const struct step_party *me, unsigned i)
{
	return PARTY + 8 * (uint64_t)(me - scene->party) + i;
}

/* ---- what parties do ---- */

static enum ipcm_status put_number(struct ipcm_queue *queue, uint64_t put[2],
				   uint64_t number, int64_t timeout_ns)
{
	enum ipcm_status status =
		ipcm_queue_put(queue, &number, sizeof(number), timeout_ns);

	if (status == IPCM_OK)
		note(&put[0], number);
	return status;
}

static enum ipcm_status get_number(struct ipcm_queue *queue, uint64_t got[2],
				   int64_t timeout_ns)
{
	enum ipcm_status status = ipcm_queue_get(
		queue, large_item, sizeof(large_item), timeout_ns, NULL);

	if (status == IPCM_OK)
		note(&got[1], large_item[0]);
	return status;
}

static enum ipcm_status put_some(struct step_scene *scene,
				 struct step_party *me, int count)
{
	enum ipcm_status status = IPCM_OK;

	for (int i = 0; i < count && status == IPCM_OK; i++) {
		me->mark = i - count;
		status = put_number(scene->object, me->number,
				    number_of(scene, me, (unsigned)i),
				    IPCM_FOREVER);
	}
	me->mark = 0;
	return status;
}

static enum ipcm_status get_some(struct step_scene *scene,
				 struct step_party *me, int count)
{
	enum ipcm_status status = IPCM_OK;

	for (int i = 0; i < count && status == IPCM_OK; i++) {
		me->mark = count - i;
		status = get_number(scene->object, me->number, IPCM_FOREVER);
	}
	me->mark = 0;
	return status;
}

static enum ipcm_status put(struct step_scene *scene, struct step_party *me)
{
	return put_some(scene, me, 1);
}

static enum ipcm_status put_two(struct step_scene *scene, struct step_party *me)
{
	return put_some(scene, me, 2);
}

static enum ipcm_status get(struct step_scene *scene, struct step_party *me)
{
	return get_some(scene, me, 1);
}

static enum ipcm_status get_two(struct step_scene *scene, struct step_party *me)
{
	return get_some(scene, me, 2);
}

/* Late or not: both are right. */
static enum ipcm_status get_for(struct step_scene *scene, struct step_party *me,
				int64_t timeout_ns)
{
	enum ipcm_status status;

	me->mark = 1;
	status = get_number(scene->object, me->number, timeout_ns);
	me->mark = 0;
	return status == IPCM_EMPTY ? IPCM_OK : status;
}

static enum ipcm_status get_timed(struct step_scene *scene,
				  struct step_party *me)
{
	return get_for(scene, me, TIMED_NS);
}

static enum ipcm_status get_try(struct step_scene *scene, struct step_party *me)
{
	return get_for(scene, me, IPCM_TRY);
}

static enum ipcm_status put_timed(struct step_scene *scene,
				  struct step_party *me)
{
	enum ipcm_status status;

	me->mark = -1;
	status = put_number(scene->object, me->number, number_of(scene, me, 0),
			    TIMED_NS);
	me->mark = 0;
	return status == IPCM_FULL ? IPCM_OK : status;
}

static enum ipcm_status put_batch(struct step_scene *scene,
				  struct step_party *me)
{
	uint64_t numbers[2] = {number_of(scene, me, 0),
			       number_of(scene, me, 1)};
	struct ipcm_item items[2] = {{&numbers[0], 8}, {&numbers[1], 8}};
	size_t done = 0;
	enum ipcm_status status = ipcm_queue_put_many(scene->object, items, 2,
						      IPCM_FOREVER, &done);

	for (size_t i = 0; i < done; i++)
		note(&me->number[0], numbers[i]);
	return status;
}

static enum ipcm_status get_batch(struct step_scene *scene,
				  struct step_party *me)
{
	struct ipcm_item items[2];
	uint64_t numbers[2] = {0};
	size_t count = 0;
	enum ipcm_status status;

	me->mark = 1;
	status = ipcm_queue_get_many(scene->object, numbers, sizeof(numbers),
				     items, 2, IPCM_FOREVER, &count);
	for (size_t i = 0; i < count; i++)
		note(&me->number[1], numbers[i]);
	me->mark = 0;
	return status;
}

/* Several frames, on back-ends with small ones. */
static enum ipcm_status put_large(struct step_scene *scene,
				  struct step_party *me)
{
	enum ipcm_status status;

	large_item[0] = number_of(scene, me, 0);
	me->mark = -1;
	status = ipcm_queue_put(scene->object, large_item, sizeof(large_item),
				IPCM_FOREVER);
	if (status == IPCM_OK)
		note(&me->number[0], large_item[0]);
	me->mark = 0;
	return status;
}

/*
 * It receives an item and leaves it; what is put meanwhile lies in the channel
 * in front of the wake-up frame for the sleeper, and is received with it. The
 * sleeper is stopped, or it would take a part.
 */
static enum ipcm_status leave_and_get(struct step_scene *scene,
				      struct step_party *me)
{
	enum ipcm_status status = put(scene, me);
	size_t size;

	if (status == IPCM_OK)
		status =
			ipcm_queue_get(scene->object, NULL, 0, IPCM_TRY, &size);
	for (int i = 0; i < 2 && (!status || status == IPCM_TOOSMALL); i++)
		status = get_try(scene, me);
	(void)kill(scene->party[STEP_SLEEPER].pid, SIGCONT);
	return status;
}

static void stop_sleeper(struct step_scene *scene)
{
	(void)kill(scene->party[STEP_SLEEPER].pid, SIGSTOP);
}

/* ---- what the clause does ---- */

static bool prepare_empty(struct step_scene *scene)
{
	scene->object = queue_make(scene->backend, ROOMY);
	return true;
}

static bool prepare_full(struct step_scene *scene)
{
	scene->object = queue_make(scene->backend, TIGHT);
	for (unsigned i = 0; i < TIGHT; i++)
		CHECK_OK(put_number(scene->object, scene->number, FIRST + i,
				    IPCM_TRY));
	return true;
}

static void wake_get(struct step_scene *scene)
{
	CHECK_OK(put_number(scene->object, scene->number, FIRST, hang_ns()));
}

static void wake_get_with_two(struct step_scene *scene)
{
	for (unsigned i = 0; i < 2; i++)
		CHECK_OK(put_number(scene->object, scene->number, FIRST + i,
				    hang_ns()));
}

static void wake_put(struct step_scene *scene)
{
	CHECK_OK(get_number(scene->object, scene->number, hang_ns()));
}

/* How many of them wait for an item (sign 1), for a slot (sign -1)? */
static int waiting_for(const struct step_scene *scene, int sign)
{
	int waiting = 0;

	for (unsigned i = 0; i < STEP_PARTIES; i++) {
		int mark = sign * atomic_load(&scene->party[i].mark);

		if (mark > 0 && !step_through(scene, i))
			waiting += mark;
	}
	return waiting;
}

static bool settled(struct step_scene *scene)
{
	size_t items = queue_size(scene->object);

	return !(items > 0 && waiting_for(scene, 1)) &&
	       !(items < TIGHT && waiting_for(scene, -1));
}

static void finish(struct step_scene *scene)
{
	int consumers = waiting_for(scene, 1);
	int producers = waiting_for(scene, -1);

	for (int i = 0; i < consumers; i++)
		CHECK_OK(put_number(scene->object, scene->number,
				    LAST + (unsigned)i, hang_ns()));
	for (int i = 0; i < producers; i++)
		CHECK_OK(get_number(scene->object, scene->number, hang_ns()));
}

/* Every number that was put was got once, and no other one. */
static void check_numbers(struct step_scene *scene)
{
	uint64_t all_put = scene->number[0], all_got = scene->number[1];

	for (unsigned i = 0; i < STEP_PARTIES; i++) {
		const struct step_party *party = &scene->party[i];

		CHECK(party->status == IPCM_OK, "party %u: %s", i,
		      ipcm_status_name(party->status));
		CHECK(!(all_got & party->number[1]),
		      "got twice: numbers %llx and %llx",
		      (unsigned long long)all_got,
		      (unsigned long long)party->number[1]);
		all_put |= party->number[0];
		all_got |= party->number[1];
	}
	CHECK(all_put == all_got, "put: numbers %llx, got: %llx",
	      (unsigned long long)all_put, (unsigned long long)all_got);
}

static void inspect(struct step_scene *scene)
{
	while (queue_size(scene->object))
		CHECK_OK(get_number(scene->object, scene->number, hang_ns()));
	queue_expect_drained(scene->object);
	check_numbers(scene);
}

static void drop(struct step_scene *scene)
{
	ipcm_queue_free(scene->object);
}

#define EMPTY_QUEUE                                                            \
	.prepare = prepare_empty, .settled = settled, .finish = finish,        \
	.inspect = inspect, .free = drop
#define FULL_QUEUE                                                             \
	.prepare = prepare_full, .settled = settled, .finish = finish,         \
	.inspect = inspect, .free = drop

static const struct step_pair pairs[] = {
	{.name = "get held, a consumer sleeps, two puts",
	 EMPTY_QUEUE,
	 .held = get,
	 .other = put_two,
	 .sleepers = 1,
	 .sleeper = get},
	{.name = "get held, a consumer sleeps, a put",
	 EMPTY_QUEUE,
	 .held = get,
	 .other = put,
	 .sleepers = 1,
	 .sleeper = get},
	{.name = "put held, two consumers sleep, a put",
	 EMPTY_QUEUE,
	 .held = put,
	 .other = put,
	 .sleepers = 2,
	 .sleeper = get},
	{.name = "put held, a consumer sleeps, a get",
	 EMPTY_QUEUE,
	 .held = put,
	 .other = get,
	 .sleepers = 1,
	 .sleeper = get},
	{.name = "get held on its way from sleep, a consumer sleeps, a put",
	 EMPTY_QUEUE,
	 .held = get,
	 .other = put,
	 .sleepers = 1,
	 .sleeper = get,
	 .wake = wake_get},
	{.name = "get held that was woken by two puts, a consumer sleeps, a "
		 "try get",
	 EMPTY_QUEUE,
	 .held = get,
	 .other = get_try,
	 .sleepers = 1,
	 .sleeper = get,
	 .wake = wake_get_with_two},
	{.name = "get of several held, a consumer sleeps, two puts",
	 EMPTY_QUEUE,
	 .held = get_batch,
	 .other = put_two,
	 .sleepers = 1,
	 .sleeper = get},
	{.name = "get of several held on its way from sleep, a consumer "
		 "sleeps, two puts",
	 EMPTY_QUEUE,
	 .held = get_batch,
	 .other = put_two,
	 .sleepers = 1,
	 .sleeper = get,
	 .wake = wake_get},
	{.name = "get that times out held, a consumer sleeps, a put",
	 EMPTY_QUEUE,
	 .held = get_timed,
	 .other = put,
	 .sleepers = 1,
	 .sleeper = get,
	 .timed = true},
	{.name = "try get held, a consumer sleeps, a put",
	 EMPTY_QUEUE,
	 .held = get_try,
	 .other = put,
	 .sleepers = 1,
	 .sleeper = get},
	{.name = "put of two held, two consumers sleep, a try get",
	 EMPTY_QUEUE,
	 .held = put_batch,
	 .other = get_try,
	 .sleepers = 2,
	 .sleeper = get},
	{.name = "put of a large item held, two consumers sleep, a put",
	 EMPTY_QUEUE,
	 .held = put_large,
	 .other = put,
	 .sleepers = 2,
	 .sleeper = get},
	{.name = "get held, a consumer sleeps, a put of a large item and one "
		 "more",
	 EMPTY_QUEUE,
	 .held = get,
	 .other = put_large,
	 .sleepers = 1,
	 .sleeper = get,
	 .wake = wake_get},
	{.name = "gets held that leave an item, a consumer sleeps, two puts",
	 EMPTY_QUEUE,
	 .held = leave_and_get,
	 .other = put_two,
	 .sleepers = 1,
	 .sleeper = get,
	 .started = stop_sleeper},
	{.name = "get held, a producer sleeps, a put",
	 FULL_QUEUE,
	 .held = get,
	 .other = put,
	 .sleepers = 1,
	 .sleeper = put},
	{.name = "put held, a producer sleeps, two gets",
	 FULL_QUEUE,
	 .held = put,
	 .other = get_two,
	 .sleepers = 1,
	 .sleeper = put},
	{.name = "put held, a producer sleeps, a get",
	 FULL_QUEUE,
	 .held = put,
	 .other = get,
	 .sleepers = 1,
	 .sleeper = put},
	{.name = "get held, two producers sleep, a get",
	 FULL_QUEUE,
	 .held = get,
	 .other = get,
	 .sleepers = 2,
	 .sleeper = put},
	{.name = "put held on its way from sleep, a producer sleeps, a get",
	 FULL_QUEUE,
	 .held = put,
	 .other = get,
	 .sleepers = 1,
	 .sleeper = put,
	 .wake = wake_put},
	{.name = "put that times out held, a producer sleeps, a get",
	 FULL_QUEUE,
	 .held = put_timed,
	 .other = get,
	 .sleepers = 1,
	 .sleeper = put,
	 .timed = true},
};

static void held_put_and_get(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

/* ---- the same of a simple queue, whose calls have no limit ---- */

static enum ipcm_status simple_put_number(struct ipcm_simple_queue *queue,
					  uint64_t put[2], uint64_t number)
{
	enum ipcm_status status =
		ipcm_simple_queue_put(queue, &number, sizeof(number));

	if (status == IPCM_OK)
		note(&put[0], number);
	return status;
}

static enum ipcm_status simple_put(struct step_scene *scene,
				   struct step_party *me)
{
	return simple_put_number(scene->object, me->number,
				 number_of(scene, me, 0));
}

static enum ipcm_status simple_put_two(struct step_scene *scene,
				       struct step_party *me)
{
	enum ipcm_status status = simple_put(scene, me);

	return status ? status
		      : simple_put_number(scene->object, me->number,
					  number_of(scene, me, 1));
}

static enum ipcm_status simple_get(struct step_scene *scene,
				   struct step_party *me)
{
	uint64_t number = 0;
	enum ipcm_status status;

	me->mark = 1;
	status = ipcm_simple_queue_get(scene->object, &number, sizeof(number),
				       NULL);
	if (status == IPCM_OK)
		note(&me->number[1], number);
	me->mark = 0;
	return status;
}

static bool simple_prepare(struct step_scene *scene)
{
	struct ipcm_simple_queue *queue = NULL;

	CHECK_OK(ipcm_simple_queue_create(scene->backend, &queue));
	scene->object = queue;
	return true;
}

static void simple_wake(struct step_scene *scene)
{
	CHECK_OK(simple_put_number(scene->object, scene->number, FIRST));
}

static bool simple_is_empty(struct step_scene *scene)
{
	bool empty = false;

	CHECK_OK(ipcm_simple_queue_empty(scene->object, &empty));
	return empty;
}

static bool simple_settled(struct step_scene *scene)
{
	return !waiting_for(scene, 1) || simple_is_empty(scene);
}

static void simple_finish(struct step_scene *scene)
{
	int consumers = waiting_for(scene, 1);

	for (int i = 0; i < consumers; i++)
		CHECK_OK(simple_put_number(scene->object, scene->number,
					   LAST + (unsigned)i));
}

static void simple_inspect(struct step_scene *scene)
{
	uint64_t number = 0;

	while (!simple_is_empty(scene)) {
		CHECK_OK(ipcm_simple_queue_get(scene->object, &number,
					       sizeof(number), NULL));
		note(&scene->number[1], number);
	}
	check_numbers(scene);
}

static void simple_drop(struct step_scene *scene)
{
	ipcm_simple_queue_free(scene->object);
}

#define SIMPLE_QUEUE                                                           \
	.prepare = simple_prepare, .settled = simple_settled,                  \
	.finish = simple_finish, .inspect = simple_inspect,                    \
	.free = simple_drop, .sleeper = simple_get

static const struct step_pair simple_pairs[] = {
	{.name = "get held, a consumer sleeps, two puts",
	 SIMPLE_QUEUE,
	 .held = simple_get,
	 .other = simple_put_two,
	 .sleepers = 1},
	{.name = "put held, two consumers sleep, a put",
	 SIMPLE_QUEUE,
	 .held = simple_put,
	 .other = simple_put,
	 .sleepers = 2},
	{.name = "put held, a consumer sleeps, a get",
	 SIMPLE_QUEUE,
	 .held = simple_put,
	 .other = simple_get,
	 .sleepers = 1},
	{.name = "get held on its way from sleep, a consumer sleeps, a put",
	 SIMPLE_QUEUE,
	 .held = simple_get,
	 .other = simple_put,
	 .sleepers = 1,
	 .wake = simple_wake},
};

static void held_simple_queue(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, simple_pairs,
		       sizeof(simple_pairs) / sizeof(simple_pairs[0]));
}

static const struct clause table[] = {
	{"X-STEP-05", LEVEL_BEYOND, OBJECT_QUEUE,
	 "put or get is held before an instruction, for each one, while others "
	 "put and get, and consumers or producers sleep.",
	 "No item lies beside a sleeping consumer, no free slot beside a "
	 "sleeping producer; every item comes out once.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_put_and_get},
	{"X-STEP-07", LEVEL_BEYOND, OBJECT_SIMPLE_QUEUE,
	 "put or get of a simple queue is held before an instruction, for each "
	 "one, while others put and get, and consumers sleep.",
	 "No item lies beside a sleeping consumer; every item comes out once.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_simple_queue},
};

CLAUSE_LIST(clauses_step_queue, table);
