/* SPDX-License-Identifier: MIT */
/*
 * Processes that make one another wait through a manager, on every back-end:
 * exact sums, nothing lost or doubled, users that are killed while they hold or
 * wait, objects and servers that go away under a wait. Time limits, signals and
 * fork are checked by the clauses (G, X).
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/proc.h"
#include "impls/testkit/check.h"
#include "impls/testkit/user_group.h"

/* RLIMIT_MSGQUEUE pays for the connections of posix_mq. */
#define CROWD	    100
#define CROWD_SMALL 20
#define INCREMENTS  10

struct fixture {
	const struct ipcm_backend *backend;
	struct ipcm_manager *manager;
	struct ipcm_proxy *lock, *value, *queue, *condition, *barrier, *event;
	/** What the children say. */
	_Atomic int ready, sum, stop;
	_Atomic unsigned char seen[1024];
};

static struct fixture *begin(const struct ipcm_backend *backend)
{
	struct fixture *f = shared_memory(sizeof(*f));
	const uint64_t zero = 0;

	*f = (struct fixture){.backend = backend};
	if (!CHECK_OK(ipcm_manager_create(backend, NULL, &f->manager)) ||
	    !CHECK_OK(ipcm_manager_start(f->manager)))
		exit(1);
	CHECK_OK(ipcm_manager_lock(f->manager, NULL, &f->lock));
	CHECK_OK(ipcm_manager_value(f->manager, NULL, &zero, sizeof(zero),
				    &f->value));
	CHECK_OK(ipcm_manager_queue(f->manager, "q", 5, &f->queue));
	CHECK_OK(ipcm_manager_condition(f->manager, NULL, &f->condition));
	CHECK_OK(ipcm_manager_barrier(f->manager, NULL, 4, &f->barrier));
	CHECK_OK(ipcm_manager_event(f->manager, NULL, &f->event));
	return f;
}

/* Asleep are the server, a child or two (or NULL), and a group (or NULL). */
static bool at_rest(struct fixture *f, const struct ipcm_process *one,
		    const struct ipcm_process *two,
		    const struct user_group *group)
{
	pid_t server = 0;

	CHECK_OK(ipcm_manager_pid(f->manager, &server));
	return proc_state(server) == 'S' &&
	       (!one || proc_state(child_pid(one)) == 'S') &&
	       (!two || proc_state(child_pid(two)) == 'S') &&
	       (!group || user_group_is_asleep(group));
}

static bool has_ended(const struct ipcm_process *child)
{
	return child && proc_state(child_pid(child)) == 'Z';
}

/* For 20 looks in a row: each has asked the server, which has nothing to do.
 * One that has ended, for want of a queue perhaps, will not rest. */
static void await_rest(struct fixture *f, const struct ipcm_process *one,
		       const struct ipcm_process *two,
		       const struct user_group *group)
{
	int64_t deadline = now_ns() + HANG;
	unsigned looks = 0;

	while (looks < 20 && CHECK(now_ns() < deadline) &&
	       CHECK(!has_ended(one) && !has_ended(two))) {
		looks = at_rest(f, one, two, group) ? looks + 1 : 0;
		pause_ms(3);
	}
}

static void end(struct fixture *f)
{
	ipcm_proxy_free(f->lock);
	ipcm_proxy_free(f->value);
	ipcm_proxy_free(f->queue);
	ipcm_proxy_free(f->condition);
	ipcm_proxy_free(f->barrier);
	ipcm_proxy_free(f->event);
	ipcm_manager_free(f->manager);
}

static void await_int(const _Atomic int *word, int wanted)
{
	int64_t begun = now_ns();

	while (atomic_load(word) != wanted &&
	       CHECK(now_ns() - begun < HANG, "%d", atomic_load(word)))
		(void)usleep(200);
}

static void await_waiters(const struct fixture *f, size_t wanted)
{
	int64_t begun = now_ns();
	size_t waiters = wanted + 1;

	while (waiters != wanted && CHECK(now_ns() - begun < HANG)) {
		CHECK_OK(ipcm_shared_condition_waiters(f->condition, &waiters));
		(void)usleep(200);
	}
}

/* ---- a lock, and what it protects in the server ---- */

static int increment(void *argument)
{
	struct fixture *f = argument;
	uint64_t number;

	for (int i = 0; i < INCREMENTS; i++) {
		CHECK_OK(ipcm_shared_lock_acquire(f->lock, HANG));
		CHECK_OK(ipcm_shared_value_get(f->value, &number, 8, NULL));
		number++;
		CHECK_OK(ipcm_shared_value_set(f->value, &number, 8));
		CHECK_OK(ipcm_shared_lock_release(f->lock));
	}
	return 0;
}

static void test_exact_sum(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	bool small = strcmp(backend->name, "posix_mq") == 0;
	unsigned crowd = small ? CROWD_SMALL : CROWD;
	struct ipcm_process *children[CROWD];
	uint64_t number = 0;

	for (unsigned i = 0; i < crowd; i++)
		children[i] = child_start(increment, f);
	for (unsigned i = 0; i < crowd; i++)
		CHECK(child_ok(children[i]));
	CHECK_OK(ipcm_shared_value_get(f->value, &number, 8, NULL));
	CHECK(number == (uint64_t)crowd * INCREMENTS, "%d", (int)number);
	end(f);
}

static int hold(void *argument)
{
	struct fixture *f = argument;

	CHECK_OK(ipcm_shared_lock_acquire(f->lock, HANG));
	atomic_fetch_add(&f->ready, 1);
	for (;;)
		(void)pause();
	return 0;
}

static int acquire_of_the_dead(void *argument)
{
	struct fixture *f = argument;

	atomic_fetch_add(&f->ready, 1);
	CHECK_IS(ipcm_shared_lock_acquire(f->lock, HANG), IPCM_OWNERDEAD);
	CHECK_OK(ipcm_shared_lock_recover(f->lock));
	CHECK_OK(ipcm_shared_lock_release(f->lock));
	return 0;
}

/* One that waits, one that comes later, and one that is killed waiting. */
static void test_killed_holder(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	struct ipcm_process *holder = child_start(hold, f);
	struct ipcm_process *waiter, *unlucky;

	await_int(&f->ready, 1);
	CHECK_IS(ipcm_shared_lock_acquire(f->lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_shared_lock_acquire(f->lock, 5 * MS), IPCM_TIMEDOUT);
	unlucky = child_start(hold, f);
	await_rest(f, unlucky, NULL, NULL);
	waiter = child_start(acquire_of_the_dead, f);
	await_int(&f->ready, 2);
	await_rest(f, waiter, NULL, NULL);
	child_kill(unlucky);
	await_rest(f, waiter, NULL, NULL);
	child_kill(holder);
	CHECK(child_ok(waiter));
	CHECK_OK(ipcm_shared_lock_acquire(f->lock, HANG));
	CHECK_OK(ipcm_shared_lock_release(f->lock));
	atomic_store(&f->ready, 0);
	holder = child_start(hold, f);
	await_int(&f->ready, 1);
	child_kill(holder);
	CHECK_IS(ipcm_shared_lock_acquire(f->lock, HANG), IPCM_OWNERDEAD);
	CHECK_OK(ipcm_shared_lock_release(f->lock));
	CHECK_IS(ipcm_shared_lock_acquire(f->lock, HANG), IPCM_NOTRECOVERABLE);
	end(f);
}

/* ---- a queue ---- */

#define PRODUCERS 3
#define CONSUMERS 3
#define ITEMS	  60
#define STOP	  UINT32_MAX

/* An item is its number, again and again; every ninth is large. */
static size_t item_bytes(uint32_t item)
{
	return item % 9 ? 4 + item % 3 * 400 : 150000;
}

static int produce(void *argument, unsigned number)
{
	struct fixture *f = argument;
	static uint32_t words[150000 / 4];

	for (uint32_t i = 0; i < ITEMS; i++) {
		uint32_t item = number * ITEMS + i;

		for (size_t at = 0; at < item_bytes(item) / 4; at++)
			words[at] = item;
		if (!CHECK_OK(ipcm_shared_queue_put(f->queue, words,
						    item_bytes(item), HANG)))
			return 1;
	}
	return 0;
}

static int consume(void *argument, unsigned number)
{
	struct fixture *f = argument;
	static uint32_t words[150000 / 4];
	size_t size = 0;

	(void)number;
	for (;;) {
		if (!CHECK_OK(ipcm_shared_queue_get(
			    f->queue, words, sizeof(words), HANG, &size)))
			return 1;
		CHECK_OK(ipcm_shared_queue_task_done(f->queue));
		if (words[0] == STOP)
			return 0;
		CHECK(size == item_bytes(words[0]) &&
			      words[0] == words[size / 4 - 1],
		      "item %u of %zu bytes", words[0], size);
		atomic_fetch_add(&f->seen[words[0]], 1);
	}
}

static void test_producers_and_consumers(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	struct user_group *consumers =
		user_group_start(CONSUMERS, 0, consume, f);
	struct user_group *producers =
		user_group_start(PRODUCERS, 0, produce, f);
	const uint32_t stop = STOP;
	bool empty = false;

	CHECK(user_group_join(producers));
	CHECK_OK(ipcm_shared_queue_join(f->queue, HANG));
	for (int i = 0; i < CONSUMERS; i++)
		CHECK_OK(ipcm_shared_queue_put(f->queue, &stop, 4, HANG));
	CHECK(user_group_join(consumers));
	CHECK_OK(ipcm_shared_queue_join(f->queue, IPCM_TRY));
	CHECK_OK(ipcm_shared_queue_empty(f->queue, &empty));
	CHECK(empty);
	for (int i = 0; i < PRODUCERS * ITEMS; i++)
		CHECK(f->seen[i] == 1, "item %d: %d times", i, f->seen[i]);
	end(f);
}

static int get_one(void *argument)
{
	struct fixture *f = argument;
	uint32_t item = 0;

	atomic_fetch_add(&f->ready, 1);
	CHECK_OK(ipcm_shared_queue_get(f->queue, &item, 4, HANG, NULL));
	atomic_fetch_add(&f->sum, (int)item);
	return 0;
}

/* The killed one waits first; the server has seen its death. */
static void test_killed_consumer(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	struct ipcm_process *killed = child_start(get_one, f), *alive;
	const uint32_t item = 7;
	size_t items = 9;

	await_int(&f->ready, 1);
	await_rest(f, killed, NULL, NULL);
	alive = child_start(get_one, f);
	await_int(&f->ready, 2);
	await_rest(f, killed, alive, NULL);
	child_kill(killed);
	await_rest(f, alive, NULL, NULL);
	CHECK_OK(ipcm_shared_queue_put(f->queue, &item, 4, IPCM_TRY));
	CHECK(child_ok(alive));
	CHECK(f->sum == 7);
	CHECK_OK(ipcm_shared_queue_qsize(f->queue, &items));
	CHECK(items == 0);
	end(f);
}

static void test_large_item(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	size_t bytes = IPCM_ITEM_MAX_BYTES, size = 0;
	uint8_t *item = malloc(bytes + 1), *copy = malloc(bytes);

	if (!item || !copy)
		exit(1);
	for (size_t i = 0; i <= bytes; i++)
		item[i] = (uint8_t)(i * 5 + i / 8192);
	CHECK_IS(ipcm_shared_queue_put(f->queue, item, bytes + 1, IPCM_TRY),
		 IPCM_TOOBIG);
	CHECK_OK(ipcm_shared_queue_put(f->queue, item, bytes, IPCM_TRY));
	CHECK_IS(ipcm_shared_queue_get(f->queue, copy, 100, HANG, &size),
		 IPCM_TOOSMALL);
	CHECK(size == bytes);
	CHECK_OK(ipcm_shared_queue_get(f->queue, copy, bytes, HANG, &size));
	CHECK(size == bytes && !memcmp(item, copy, bytes));
	free(item);
	free(copy);
	end(f);
}

/* ---- condition, barrier, event ---- */

static int wait_notified(void *argument)
{
	struct fixture *f = argument;

	CHECK_OK(ipcm_shared_lock_acquire(f->condition, HANG));
	CHECK_OK(ipcm_shared_condition_wait(f->condition, HANG));
	CHECK_OK(ipcm_shared_lock_release(f->condition));
	return 0;
}

/* C-07: the first in line is notified, and killed before it has the lock. */
static void test_killed_waiter(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	struct ipcm_process *first = child_start(wait_notified, f), *second;

	await_waiters(f, 1);
	second = child_start(wait_notified, f);
	await_waiters(f, 2);
	CHECK_OK(ipcm_shared_lock_acquire(f->condition, HANG));
	CHECK_OK(ipcm_shared_condition_notify(f->condition, 1));
	await_waiters(f, 1);
	child_kill(first);
	await_waiters(f, 0);
	CHECK_OK(ipcm_shared_lock_release(f->condition));
	CHECK(child_ok(second));
	end(f);
}

#define ROUNDS 40

static int take_part(void *argument, unsigned number)
{
	struct fixture *f = argument;
	unsigned index = 9;

	(void)number;
	for (int round = 1; round <= ROUNDS; round++) {
		CHECK_OK(ipcm_shared_barrier_wait(f->barrier, HANG, &index));
		atomic_fetch_add(&f->sum, 1 << 8 * index);
		CHECK_OK(ipcm_shared_barrier_wait(f->barrier, HANG, NULL));
		/* each number once in each round, and all have given theirs */
		CHECK(atomic_load(&f->sum) == round * 0x01010101);
		CHECK_OK(ipcm_shared_barrier_wait(f->barrier, HANG, NULL));
	}
	return 0;
}

static void test_barrier_rounds(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);

	CHECK(user_group_join(user_group_start(2, 2, take_part, f)));
	end(f);
}

static int wait_event(void *argument, unsigned number)
{
	struct fixture *f = argument;

	(void)number;
	atomic_fetch_add(&f->ready, 1);
	CHECK_OK(ipcm_shared_event_wait(f->event, HANG));
	return 0;
}

static void test_event_for_all(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	struct user_group *waiters = user_group_start(4, 4, wait_event, f);

	await_int(&f->ready, 8);
	await_rest(f, NULL, NULL, waiters);
	CHECK_OK(ipcm_shared_event_set(f->event));
	CHECK_OK(ipcm_shared_event_clear(f->event));
	CHECK(user_group_join(waiters));
	end(f);
}

/* ---- what goes away under a wait ---- */

static int get_removed(void *argument)
{
	struct fixture *f = argument;
	uint32_t item;

	atomic_fetch_add(&f->ready, 1);
	CHECK_IS(ipcm_shared_queue_get(f->queue, &item, 4, HANG, NULL),
		 IPCM_REMOVED);
	return 0;
}

static int get_broken(void *argument)
{
	struct fixture *f = argument;

	atomic_fetch_add(&f->ready, 1);
	CHECK_IS(ipcm_shared_event_wait(f->event, HANG), IPCM_BROKEN);
	return 0;
}

static void test_end_of_objects(const struct ipcm_backend *backend)
{
	struct fixture *f = begin(backend);
	struct ipcm_process *removed = child_start(get_removed, f);
	struct ipcm_process *broken = child_start(get_broken, f);
	struct ipcm_proxy *other = NULL;
	pid_t server = 0;

	await_int(&f->ready, 2);
	await_rest(f, removed, broken, NULL);
	CHECK_IS(ipcm_manager_queue(f->manager, "q", 6, &other), IPCM_INVALID);
	CHECK_IS(ipcm_manager_lock(f->manager, "q", &other), IPCM_EXISTS);
	CHECK_IS(ipcm_shared_event_set(f->queue), IPCM_INVALID);
	CHECK_OK(ipcm_manager_remove(f->manager, "q"));
	CHECK(child_ok(removed));
	CHECK_IS(ipcm_shared_queue_put(f->queue, "x", 1, HANG), IPCM_REMOVED);
	CHECK_OK(ipcm_manager_pid(f->manager, &server));
	CHECK(kill(server, SIGKILL) == 0);
	CHECK(child_ok(broken));
	CHECK_IS(ipcm_shared_event_set(f->event), IPCM_BROKEN);
	end(f);
}

int main(void)
{
	each_backend(NEEDS_LISTENER, "exact sum", test_exact_sum);
	each_backend(NEEDS_LISTENER, "killed holder", test_killed_holder);
	each_backend(NEEDS_LISTENER, "producers and consumers",
		     test_producers_and_consumers);
	each_backend(NEEDS_LISTENER, "killed consumer", test_killed_consumer);
	each_backend(NEEDS_LISTENER, "large item", test_large_item);
	each_backend(NEEDS_LISTENER, "killed waiter", test_killed_waiter);
	each_backend(NEEDS_LISTENER, "barrier rounds", test_barrier_rounds);
	each_backend(NEEDS_LISTENER, "event for all", test_event_for_all);
	each_backend(NEEDS_LISTENER, "end of objects", test_end_of_objects);
	return check_failures() ? 1 : 0;
}
