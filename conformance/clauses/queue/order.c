/* SPDX-License-Identifier: MIT */
/*
 * Q-ORD: what order consumers may rely on.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/users.h"

#include <sched.h>
#include <string.h>

enum { PRODUCERS = 4, EACH = 1500, CONSUMERS_MOST = 3 };

struct streams {
	struct ipcm_queue *queue;
	_Atomic int producer;
	_Atomic uint64_t taken;
};

/* A number carries its producer above and its index below. */
static uint64_t number_of(uint64_t producer, uint64_t index)
{
	return producer << 32 | index;
}

static void produce(void *argument)
{
	struct streams *streams = argument;
	uint64_t me = (uint64_t)atomic_fetch_add(&streams->producer, 1);

	for (uint64_t i = 0; i < EACH; i++)
		number_put(streams->queue, number_of(me, i));
}

static void consume(void *argument)
{
	struct streams *streams = argument;
	int64_t last[PRODUCERS];

	memset(last, 0xff, sizeof(last)); /* -1: none yet */
	for (;;) {
		uint64_t number = number_get(streams->queue);
		uint64_t producer = number >> 32;
		int64_t index = (int64_t)(number & UINT32_MAX);

		if (number == UINT64_MAX)
			return;
		CHECK(producer < PRODUCERS, "producer %llu",
		      (unsigned long long)producer);
		CHECK(index > last[producer],
		      "item %lld of producer %llu after item %lld",
		      (long long)index, (unsigned long long)producer,
		      (long long)last[producer]);
		last[producer] = index;
		atomic_fetch_add(&streams->taken, 1);
	}
}

static void run_lanes(const struct ipcm_backend *backend, int consumers)
{
	struct streams *streams = share(sizeof(*streams));
	struct peer takers[CONSUMERS_MOST];

	streams->queue = queue_make(backend, 40);
	peers_start(takers, consumers, consume, streams);
	users_run(PRODUCERS, 0, produce, streams);
	for (int i = 0; i < consumers; i++)
		number_put(streams->queue, UINT64_MAX);
	peers_join(takers, consumers);
	CHECK_EQUAL(PRODUCERS * EACH, streams->taken, "items taken");
	ipcm_queue_free(streams->queue);
}

static void order_of_one_producer(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 0);

	/* far beyond the channel: what is spilled keeps its place */
	numbers_put(queue, 0, 5000);
	numbers_expect(queue, 0, 5000);
	ipcm_queue_free(queue);
	run_lanes(backend, 1);
	run_lanes(backend, CONSUMERS_MOST);
}

/* Two producers that put by turns; turn t is put by process t % 2. */
struct turns {
	struct ipcm_queue *queue;
	_Atomic int turn;
};

enum { TURNS = 600 };

static void take_turns(struct turns *turns, int parity)
{
	for (int t = parity; t < TURNS; t += 2) {
		int64_t deadline = now_ns() + hang_ns();

		while (atomic_load(&turns->turn) < t) {
			check_elsewhere();
			CHECK(now_ns() < deadline, "turn %d never came", t);
			sched_yield();
		}
		number_put(turns->queue, (uint64_t)t);
		atomic_store(&turns->turn, t + 1);
	}
}

static void odd_turns(void *argument)
{
	take_turns(argument, 1);
}

static void even_turns(void *argument)
{
	take_turns(argument, 0);
}

static void order_between_producers(const struct ipcm_backend *backend)
{
	struct turns *turns = share(sizeof(*turns));
	struct peer producers[2];
	bool declared = backend->capabilities & IPCM_CAP_GLOBAL_FIFO;

	turns->queue = queue_make(backend, 0);
	producers[0] = peer_start(even_turns, turns);
	producers[1] = peer_start(odd_turns, turns);
	if (declared)
		numbers_expect(turns->queue, 0, TURNS);
	else
		for (int i = 0; i < TURNS; i++)
			(void)number_get(turns->queue);
	peer_join(&producers[0]);
	peer_join(&producers[1]);
	ipcm_queue_free(turns->queue);
	if (!declared)
		check_unsupported("GLOBAL_FIFO is not declared; all items "
				  "arrived");
}

static const struct clause table[] = {
	{"Q-ORD-01", LEVEL_CORE, OBJECT_QUEUE,
	 "4 producers put 1500 numbered items each; 1, then 3 consumers.",
	 "Each consumer sees each producer's items in put order.",
	 "multiprocessing, Pipes and Queues, note 2; CPython test test_fork",
	 60, false, order_of_one_producer},
	{"Q-ORD-02", LEVEL_BEYOND, OBJECT_QUEUE,
	 "Two producers put by turns, 600 times.",
	 "Declared GLOBAL_FIFO: what was put first is taken first.",
	 "ipcmark queue.h; not promised by multiprocessing, Pipes and "
	 "Queues, note 2",
	 60, false, order_between_producers},
};

CLAUSE_LIST(clauses_queue_order, table);
