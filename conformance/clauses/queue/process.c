/* SPDX-License-Identifier: MIT */
/*
 * Q-MP: queues between parents, children and siblings.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GENERATIONS = 4 };

struct inboxes {
	struct ipcm_queue *inbox[GENERATIONS];
	/** The next one's number. */
	unsigned generation;
};

/* Write to every process, then read from every process. */
static void correspond(struct inboxes *inboxes, unsigned me)
{
	unsigned heard = 0;

	for (unsigned to = 0; to < GENERATIONS; to++) {
		if (to != me)
			number_put(inboxes->inbox[to], me);
	}
	for (unsigned i = 0; i < GENERATIONS - 1; i++) {
		uint64_t from = number_get(inboxes->inbox[me]);

		CHECK(from < GENERATIONS && from != me, "mail from %llu",
		      (unsigned long long)from);
		heard |= 1u << from;
	}
	CHECK_EQUAL((1u << GENERATIONS) - 1 - (1u << me), heard,
		    "set of senders heard");
}

/* Starts the next one, and talks. */
static void generation(void *argument)
{
	struct inboxes *inboxes = argument;
	unsigned me = inboxes->generation++;
	struct peer child;

	if (me + 1 < GENERATIONS)
		child = peer_start(generation, inboxes);
	correspond(inboxes, me);
	if (me + 1 < GENERATIONS)
		peer_join(&child);
}

static void every_generation_talks(const struct ipcm_backend *backend)
{
	struct inboxes *inboxes = share(sizeof(*inboxes));

	for (int i = 0; i < GENERATIONS; i++)
		inboxes->inbox[i] = queue_make(backend, 8);
	generation(inboxes);
	for (int i = 0; i < GENERATIONS; i++)
		ipcm_queue_free(inboxes->inbox[i]);
}

static void put_and_exit(void *argument)
{
	numbers_put(argument, 100, 10);
	exit(0);
}

static void fork_at_once(const struct ipcm_backend *backend, unsigned flags)
{
	struct ipcm_queue *queue = queue_make_flags(backend, 0, flags);
	uint64_t next[2] = {0, 100};
	struct peer child;

	numbers_put(queue, 0, 10);
	child = peer_start(put_and_exit, queue);
	for (int i = 0; i < 20; i++) {
		uint64_t number = number_get(queue);
		int series = number >= 100;

		CHECK_EQUAL(next[series], number, "next number of its series");
		next[series]++;
	}
	peer_join(&child);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

/* Items that are still in the parent's buffer when it forks: sent once. */
static void fork_with_a_full_buffer(const struct ipcm_backend *backend)
{
	enum { ITEMS = 10, BYTES = 200000 };
	struct ipcm_queue *queue =
		queue_make_flags(backend, 0, IPCM_QUEUE_FEEDER);
	unsigned own = 0, others = 0;
	unsigned char *item = memory(BYTES);
	struct peer child;

	for (unsigned i = 0; i < ITEMS; i++)
		pattern_put(queue, i, BYTES);
	child = peer_start(put_and_exit, queue);
	while (own + others < 2 * ITEMS) {
		size_t size = 0;
		uint64_t number;

		CHECK_OK(ipcm_queue_get(queue, item, BYTES, hang_ns(), &size));
		if (size == BYTES) {
			CHECK(pattern_matches(item, size, own),
			      "not item %u of the parent", own);
			own++;
			continue;
		}
		memcpy(&number, item, sizeof(number));
		CHECK_EQUAL(100 + others, number, "number of the child");
		others++;
	}
	peer_join(&child);
	queue_expect_drained(queue);
	free(item);
	ipcm_queue_free(queue);
}

static void fork_after_use(const struct ipcm_backend *backend)
{
	fork_at_once(backend, 0);
	fork_at_once(backend, IPCM_QUEUE_FEEDER);
	fork_with_a_full_buffer(backend);
}

/* Take numbers until a sentinel comes; tell how many. */
struct consumer_group {
	struct ipcm_queue *queue;
	_Atomic int done, taken;
};

static void consumers_run(void *argument)
{
	struct consumer_group *group = argument;
	uint64_t number = 0;

	while (number != UINT64_MAX) {
		CHECK_OK(ipcm_queue_get(group->queue, &number, 8, IPCM_FOREVER,
					NULL));
		if (number != UINT64_MAX)
			atomic_fetch_add(&group->taken, 1);
	}
	atomic_fetch_add(&group->done, 1);
}

static void producers_run(void *argument)
{
	struct consumer_group *group = argument;

	numbers_put(group->queue, 0, 50);
}

static void sentinels_end_consumers(const struct ipcm_backend *backend)
{
	struct consumer_group *group = share(sizeof(*group));
	struct peer consumers[3], producers[2];

	group->queue = queue_make(backend, 20);
	peers_start(producers, 2, producers_run, group);
	peers_start(consumers, 3, consumers_run, group);
	peers_join(producers, 2);
	number_put(group->queue, UINT64_MAX);
	number_put(group->queue, UINT64_MAX);
	flag_await(&group->done, 2);
	pause_ns(grace_ns());
	CHECK_EQUAL(2, group->done, "consumers that two sentinels ended");
	CHECK_EQUAL(100, group->taken, "items before the sentinels");
	number_put(group->queue, UINT64_MAX);
	peers_join(consumers, 3);
	ipcm_queue_free(group->queue);
}

static const struct clause table[] = {
	{"Q-MP-01", LEVEL_CORE, OBJECT_QUEUE,
	 "A chain of 4 generations; every process writes to every other one.",
	 "A queue made before fork works in all directions.",
	 "multiprocessing, Exchanging objects between processes; CPython "
	 "test _TestProcess.test_recursion",
	 0, false, every_generation_talks},
	{"Q-MP-02", LEVEL_CORE, OBJECT_QUEUE,
	 "Put 10, fork at once, the child puts 10; feeder, too.",
	 "Exactly 20 items, each series in order: a buffer is sent once.",
	 "CPython test _TestQueue.test_fork; CPython queues.py, "
	 "Queue._after_fork",
	 0, false, fork_after_use},
	{"Q-MP-03", LEVEL_CORE, OBJECT_QUEUE,
	 "3 consumers, 2 sentinels after all items, then a third one.",
	 "One sentinel ends one consumer, after all items.",
	 "multiprocessing, Exchanging objects between processes", 0, false,
	 sentinels_end_consumers},
};

CLAUSE_LIST(clauses_queue_process, table);
