/* SPDX-License-Identifier: MIT */
/*
 * X-NAM-02 and -04: which creator wins a name, when the name becomes visible,
 * and what unlink does to the users of the object.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/users.h"

#include <sched.h>
#include <stdio.h>

enum { RACERS = 8, ROUNDS = 25 };

/* All racers go through the rounds in step. */
struct race {
	const struct ipcm_backend *backend;
	enum named_kind kind;
	char prefix[NAMED_BYTES];
	_Atomic int arrived, winners, done;
};

static void race_name(const struct race *race, int round,
		      char name[NAMED_BYTES])
{
	(void)snprintf(name, NAMED_BYTES, "%.40s.%d", race->prefix, round);
}

static void spin_until(_Atomic int *flag, int at_least)
{
	int64_t deadline = now_ns() + 4 * hang_ns();

	while (atomic_load(flag) < at_least) {
		check_elsewhere();
		CHECK(now_ns() < deadline, "a racer waits for the others");
		(void)sched_yield();
	}
}

/* Never incomplete: a process that opened it can use it at once. */
static void use_beside_others(enum named_kind kind, void *object)
{
	struct ipcm_queue_options options;

	if (kind == NAMED_QUEUE) {
		CHECK_OK(ipcm_queue_get_options(object, &options));
		CHECK_EQUAL(0, queue_size(object), "items");
	} else if (kind == NAMED_LOCK) {
		CHECK_OK(ipcm_lock_acquire(object, hang_ns()));
		CHECK_OK(ipcm_lock_release(object));
	} else {
		CHECK_EQUAL(1, semaphore_value(object), "value");
	}
}

/* Open what another process is about to create. */
static void *open_soon(const struct race *race, const char *name)
{
	static const struct ipcm_access open = {0, 0};
	int64_t deadline = now_ns() + 4 * hang_ns();
	enum ipcm_status status = IPCM_NOTFOUND;
	void *object = NULL;

	while (status == IPCM_NOTFOUND && now_ns() < deadline)
		status = named_try(race->backend, race->kind, name, &open,
				   &object);
	CHECK(status == IPCM_OK, "open gave %s", ipcm_status_name(status));
	return object;
}

/* Half of them want to be the only maker, half want to open what is there. */
static void run_race(void *argument)
{
	static const struct ipcm_access make = {
		IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE, 0600};
	struct race *race = argument;
	bool creator = atomic_fetch_add(&race->arrived, 1) % 2;

	for (int round = 0; round < ROUNDS; round++) {
		enum ipcm_status status = IPCM_OK;
		char name[NAMED_BYTES];
		void *object = NULL;

		race_name(race, round, name);
		spin_until(&race->arrived, RACERS * (round + 1));
		if (creator)
			status = named_try(race->backend, race->kind, name,
					   &make, &object);
		else
			object = open_soon(race, name);
		CHECK(status == IPCM_OK || status == IPCM_EXISTS,
		      "exclusive create gave %s", ipcm_status_name(status));
		if (creator && status == IPCM_OK)
			atomic_fetch_add(&race->winners, 1);
		if (object)
			use_beside_others(race->kind, object);
		/* all have seen it before anyone lets go of it */
		atomic_fetch_add(&race->done, 1);
		spin_until(&race->done, RACERS * (round + 1));
		named_free(race->kind, object);
		atomic_fetch_add(&race->arrived, 1);
	}
}

static void one_wins(const struct ipcm_backend *backend, enum named_kind kind)
{
	struct race *race = share(sizeof(*race));

	race->backend = backend;
	race->kind = kind;
	named_name(named_word(kind), race->prefix);
	users_run(RACERS, 0, run_race, race);
	CHECK_EQUAL(ROUNDS, race->winners, "winners of all rounds");
}

/* A maker that is killed at any moment must not stand in the way. */
struct creator {
	const struct ipcm_backend *backend;
	enum named_kind kind;
	char name[NAMED_BYTES];
};

static void make_and_hang(void *argument)
{
	const struct ipcm_access access = IPCM_ACCESS_INIT;
	struct creator *creator = argument;
	void *object = NULL;

	for (;;) {
		CHECK_OK(named_try(creator->backend, creator->kind,
				   creator->name, &access, &object));
		named_free(creator->kind, object);
	}
}

static void killed_makers(const struct ipcm_backend *backend,
			  enum named_kind kind)
{
	const struct ipcm_access make = {
		IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE, 0600};
	struct creator *creator = share(sizeof(*creator));

	creator->backend = backend;
	creator->kind = kind;
	named_name("killed", creator->name);
	for (int round = 0; round < 12; round++) {
		struct peer peer = peer_start(make_and_hang, creator);
		int64_t begun;
		void *object = NULL;

		pause_ns((int64_t)random_below(1500) * US);
		peer_kill(&peer);
		begun = now_ns();
		CHECK_OK(named_try(backend, kind, creator->name, &make,
				   &object));
		CHECK(now_ns() - begun < slack_ns(),
		      "the dead maker held the name for %lld ms",
		      (long long)((now_ns() - begun) / MS));
		named_use(kind, object);
		named_free(kind, object);
	}
}

static void one_maker_whole_objects(const struct ipcm_backend *backend)
{
	named_or_leave(backend);
	for (enum named_kind kind = 0; kind < NAMED_KINDS; kind++) {
		char name[NAMED_BYTES];
		void *object = NULL;
		const struct ipcm_access access = IPCM_ACCESS_INIT;

		if (!named_has(backend, kind))
			continue;
		named_name("one", name);
		named_expect(IPCM_NOTFOUND, backend, kind, name, 0);
		CHECK_OK(named_try(backend, kind, name, &access, &object));
		named_expect(IPCM_EXISTS, backend, kind, name,
			     IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE);
		named_expect(IPCM_OK, backend, kind, name, 0);
		named_expect(IPCM_OK, backend, kind, name, IPCM_ACCESS_CREATE);
		named_use(kind, object);
		named_free(kind, object);
		named_expect(IPCM_NOTFOUND, backend, kind, name, 0);
		one_wins(backend, kind);
		killed_makers(backend, kind);
	}
}

static void unlinked_queue(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_queue *old = named_queue_make(backend, name, 1, 0);
	struct ipcm_queue *full = NULL, *fresh;
	struct call *getter, *putter;
	char other[NAMED_BYTES];

	named_name("full", other);
	full = named_queue_make(backend, other, 1, 0);
	number_put(full, 1);
	getter = call_start(CALL_GET, old, 0, IPCM_FOREVER);
	putter = call_start(CALL_PUT, full, 2, IPCM_FOREVER);
	call_await_asleep(getter);
	call_await_asleep(putter);
	CHECK_OK(ipcm_unlink(backend, name));
	CHECK_OK(ipcm_unlink(backend, other));
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_unlink(backend, name));
	named_expect(IPCM_NOTFOUND, backend, NAMED_QUEUE, name, 0);
	/* a new one under the name has nothing to do with the old one */
	fresh = named_queue_make(backend, name, 3, 0);
	CHECK_EQUAL(0, queue_size(fresh), "items in the new queue");
	number_put(fresh, 30);
	call_check_blocked(getter);
	CHECK(!call_returned(putter), "the blocked put returned");
	number_put(old, 10);
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(10, getter->number, "number got");
	numbers_expect(full, 1, 1);
	call_check_returns(putter, IPCM_OK);
	numbers_expect(full, 2, 1);
	ipcm_queue_free(old);
	ipcm_queue_free(full);
	/* the old one's end is not the new one's */
	named_expect(IPCM_OK, backend, NAMED_QUEUE, name, 0);
	numbers_expect(fresh, 30, 1);
	ipcm_queue_free(fresh);
	named_expect(IPCM_NOTFOUND, backend, NAMED_QUEUE, name, 0);
}

static void unlinked_lock(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_lock *old = named_lock_make(backend, name), *fresh;
	struct call *waiter;

	CHECK_OK(ipcm_lock_acquire(old, IPCM_TRY));
	waiter = call_start(CALL_ACQUIRE, old, 0, IPCM_FOREVER);
	call_await_asleep(waiter);
	CHECK_OK(ipcm_unlink(backend, name));
	fresh = named_lock_make(backend, name);
	lock_expect_free(fresh);
	call_check_blocked(waiter);
	CHECK_OK(ipcm_lock_release(old));
	call_check_returns(waiter, IPCM_OK);
	lock_expect_free(fresh);
	ipcm_lock_free(old);
	ipcm_lock_free(fresh);
	named_expect(IPCM_NOTFOUND, backend, NAMED_LOCK, name, 0);
}

static void unlinked_semaphore(const struct ipcm_backend *backend,
			       const char *name)
{
	struct ipcm_semaphore *old = named_semaphore_make(backend, name, 0);
	struct ipcm_semaphore *fresh;

	CHECK_OK(ipcm_unlink(backend, name));
	named_expect(IPCM_NOTFOUND, backend, NAMED_SEMAPHORE, name, 0);
	fresh = named_semaphore_make(backend, name, 7);
	CHECK_OK(ipcm_semaphore_release(old));
	CHECK_EQUAL(1, semaphore_value(old), "value of the old one");
	CHECK_EQUAL(7, semaphore_value(fresh), "value of the new one");
	ipcm_semaphore_free(old);
	ipcm_semaphore_free(fresh);
}

static void unlink_takes_the_name_only(const struct ipcm_backend *backend)
{
	char name[NAMED_BYTES];

	named_or_leave(backend);
	named_name("unlinked", name);
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_unlink(backend, name));
	if (backend->queue)
		unlinked_queue(backend, name);
	if (!backend->lock)
		return;
	unlinked_lock(backend, name);
	unlinked_semaphore(backend, name);
}

static const struct clause table[] = {
	{"X-NAM-02", LEVEL_BEYOND, OBJECT_ALL,
	 "8 processes race to create a name in 25 rounds a kind; 12 "
	 "creators are killed on the way.",
	 "EXISTS and NOTFOUND; one creator wins; no process sees an "
	 "incomplete object; a killed creator blocks no process.",
	 "mq_open(3); Open POSIX mq_open 15, 16, 29; LTP msgget02", 60, true,
	 one_maker_whole_objects},
	{"X-NAM-04", LEVEL_BEYOND, OBJECT_ALL,
	 "unlink under waiting users; create a new object of the name.",
	 "The name is gone at once, users continue, the new object is "
	 "fresh.",
	 "mq_unlink(3), sem_unlink(3); Open POSIX mq_unlink 1, 2, "
	 "sem_unlink 2, 6; LTP msgrcv06",
	 0, false, unlink_takes_the_name_only},
};

CLAUSE_LIST(clauses_name_race, table);
