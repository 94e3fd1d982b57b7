/* SPDX-License-Identifier: MIT */
/*
 * Hand-overs through Queue, JoinableQueue and SimpleQueue; see handover.h.
 */
#include <stdlib.h>
#include <string.h>

#include "handover.h"

enum { SIMPLE_BYTES = 3000, PRODUCERS = 2, CONSUMERS = 3, ITEMS = 5 };
/* An item that ends a consumer. */
static const uint64_t END = UINT64_MAX;

static void queues_free(struct handover *h)
{
	for (int i = 0; i < HANDOVER_OBJECTS; i++)
		ipcm_queue_free(h->object[i]);
}

static bool queues_make(struct handover *h, int64_t maxsize, unsigned flags)
{
	if (!h->backend->queue)
		return false;
	for (int i = 0; i < HANDOVER_OBJECTS; i++)
		h->object[i] = queue_make_flags(h->backend, maxsize, flags);
	return true;
}

/* ---- get beside an item ---- */

static bool empty_make(struct handover *h)
{
	return queues_make(h, 0, 0);
}

static bool feeder_make(struct handover *h)
{
	return queues_make(h, 4, IPCM_QUEUE_FEEDER);
}

/* The feeder threads run once before the rule is in force. */
static void feeder_prepare(struct handover *h, int me)
{
	for (uint32_t i = 0; i < 2; i++) {
		number_put(h->object[1 - me], i);
		CHECK_EQUAL(i, number_get(h->object[me]), "number");
	}
}

/* What the last round put is still to be sent. */
static void feeder_finish(struct handover *h, int me, uint32_t rounds)
{
	(void)rounds;
	CHECK_OK(ipcm_queue_close(h->object[1 - me]));
	CHECK_OK(ipcm_queue_join_thread(h->object[1 - me]));
}

static void other_put(struct handover *h, int me, uint32_t round)
{
	number_put(h->object[1 - me], round);
}

static void own_get(struct handover *h, int me, uint32_t round)
{
	CHECK_EQUAL(round, number_get(h->object[me]), "number");
}

/* ---- put beside space ---- */

static bool full_make(struct handover *h)
{
	if (!queues_make(h, 1, 0))
		return false;
	for (int i = 0; i < HANDOVER_OBJECTS; i++)
		number_put(h->object[i], 0);
	return true;
}

static void other_get(struct handover *h, int me, uint32_t round)
{
	CHECK_EQUAL(round, number_get(h->object[1 - me]), "number");
}

static void own_put(struct handover *h, int me, uint32_t round)
{
	number_put(h->object[me], round + 1);
}

/* ---- join beside nothing unfinished: party 0 joins ---- */

static bool join_make(struct handover *h)
{
	return queues_make(h, 4, IPCM_QUEUE_JOINABLE);
}

static void join_give(struct handover *h, int me, uint32_t round)
{
	if (me == 0)
		number_put(h->object[0], round);
	else
		CHECK_OK(ipcm_queue_task_done(h->object[0]));
}

static void join_take(struct handover *h, int me, uint32_t round)
{
	if (me == 0)
		CHECK_OK(ipcm_queue_join(h->object[0], hang_ns()));
	else
		CHECK_EQUAL(round, number_get(h->object[0]), "number");
}

/* ---- zero copy: peek beside an item, reserve beside space ---- */

static bool has_zero_copy(const struct handover *h)
{
	return h->backend->capabilities & IPCM_CAP_ZERO_COPY;
}

static bool peek_make(struct handover *h)
{
	return has_zero_copy(h) && empty_make(h);
}

static void own_peek(struct handover *h, int me, uint32_t round)
{
	const void *item = NULL;
	uint64_t number;
	size_t size = 0;

	CHECK_OK(ipcm_queue_peek(h->object[me], hang_ns(), &item, &size));
	CHECK_EQUAL(sizeof(number), size, "bytes of a number");
	memcpy(&number, item, sizeof(number));
	CHECK_EQUAL(round, number, "number");
	CHECK_OK(ipcm_queue_release(h->object[me], true));
}

static bool reserve_make(struct handover *h)
{
	return has_zero_copy(h) && full_make(h);
}

static void own_reserve(struct handover *h, int me, uint32_t round)
{
	uint64_t number = round + 1;
	void *space = NULL;

	CHECK_OK(ipcm_queue_reserve(h->object[me], sizeof(number), hang_ns(),
				    &space));
	memcpy(space, &number, sizeof(number));
	CHECK_OK(ipcm_queue_commit(h->object[me], sizeof(number)));
}

const struct handover_row handover_queue[] = {
	{"get beside an item", empty_make, other_put, own_get, NULL, NULL,
	 queues_free},
	{"get beside an item of a feeder", feeder_make, other_put, own_get,
	 feeder_prepare, feeder_finish, queues_free},
	{"put beside space", full_make, other_get, own_put, NULL, NULL,
	 queues_free},
	{"join beside nothing unfinished", join_make, join_give, join_take,
	 NULL, NULL, queues_free},
	{"peek beside an item", peek_make, other_put, own_peek, NULL, NULL,
	 queues_free},
	{"reserve beside space", reserve_make, other_get, own_reserve, NULL,
	 NULL, queues_free},
	{0},
};

/* ---- SimpleQueue ---- */

static bool simple_make(struct handover *h)
{
	if (!h->backend->queue || !h->backend->pipe)
		return false;
	for (int i = 0; i < HANDOVER_OBJECTS; i++) {
		struct ipcm_simple_queue *queue = NULL;

		CHECK_OK(ipcm_simple_queue_create(h->backend, &queue));
		h->object[i] = queue;
	}
	return true;
}

static void simple_free(struct handover *h)
{
	for (int i = 0; i < HANDOVER_OBJECTS; i++)
		ipcm_simple_queue_free(h->object[i]);
}

static void simple_put(struct ipcm_simple_queue *queue, uint64_t number,
		       size_t bytes)
{
	unsigned char item[SIMPLE_BYTES] = {0};

	memcpy(item, &number, sizeof(number));
	CHECK_OK(ipcm_simple_queue_put(queue, item, bytes));
}

static uint64_t simple_get(struct ipcm_simple_queue *queue)
{
	unsigned char item[SIMPLE_BYTES];
	uint64_t number = 0;
	size_t size = 0;

	CHECK_OK(ipcm_simple_queue_get(queue, item, sizeof(item), &size));
	CHECK(size >= sizeof(number), "an item of %zu bytes", size);
	memcpy(&number, item, sizeof(number));
	return number;
}

static void other_simple_put(struct handover *h, int me, uint32_t round)
{
	simple_put(h->object[1 - me], round, sizeof(uint64_t));
}

static void own_simple_get(struct handover *h, int me, uint32_t round)
{
	CHECK_EQUAL(round, simple_get(h->object[me]), "number");
}

/* Each fills its queue until the other sees no progress, and takes one out. */
static void simple_fill(struct handover *h, int me)
{
	_Atomic uint32_t *puts = &h->word[0], *full = &h->word[1];

	for (int filler = 0; filler < 2; filler++) {
		uint32_t seen = UINT32_MAX;

		while (me == filler && !(atomic_load(full) & 1u << me)) {
			simple_put(h->object[me], 0, SIMPLE_BYTES);
			atomic_fetch_add(puts, 1);
		}
		if (me == filler)
			continue;
		while (seen != atomic_load(puts)) {
			seen = atomic_load(puts);
			pause_ns(20 * MS);
		}
		atomic_fetch_or(full, 1u << filler);
		CHECK_EQUAL(0, simple_get(h->object[filler]), "number");
	}
}

static void other_simple_get(struct handover *h, int me, uint32_t round)
{
	(void)round;
	(void)simple_get(h->object[1 - me]);
}

static void own_simple_put(struct handover *h, int me, uint32_t round)
{
	simple_put(h->object[me], round, SIMPLE_BYTES);
}

const struct handover_row handover_simple_queue[] = {
	{"SimpleQueue get beside an item", simple_make, other_simple_put,
	 own_simple_get, NULL, NULL, simple_free},
	{"SimpleQueue put beside space", simple_make, other_simple_get,
	 own_simple_put, simple_fill, NULL, simple_free},
	{0},
};

/* ---- several producers and consumers ---- */

static bool few_make(struct handover *h)
{
	return queues_make(h, 2, 0);
}

static void crowd_put(struct handover *h, uint64_t number)
{
	number_put(h->object[0], number);
}

static uint64_t crowd_get(struct handover *h)
{
	return number_get(h->object[0]);
}

static void crowd_simple_put(struct handover *h, uint64_t number)
{
	simple_put(h->object[0], number, sizeof(number));
}

static uint64_t crowd_simple_get(struct handover *h)
{
	return simple_get(h->object[0]);
}

/*
 * The producers put some items and wait until all are taken, so that a consumer
 * that was not woken for the last one is missed.
 */
static bool produce(struct handover *h, int me, uint32_t round,
		    void (*put)(struct handover *h, uint64_t number))
{
	for (uint32_t i = 0; i < ITEMS; i++)
		put(h, round * ITEMS + i);
	handover_await(&h->word[0], PRODUCERS * ITEMS * (round + 1));
	for (int i = 0;
	     me == 0 && round == atomic_load(&h->last) && i < CONSUMERS; i++)
		put(h, END);
	return true;
}

static bool consume(struct handover *h, uint64_t (*get)(struct handover *h))
{
	while (get(h) != END)
		sleepers_call(&h->word[0]);
	return false;
}

static bool queue_round(struct handover *h, int me, uint32_t round)
{
	return me < PRODUCERS ? produce(h, me, round, crowd_put)
			      : consume(h, crowd_get);
}

static bool simple_round(struct handover *h, int me, uint32_t round)
{
	return me < PRODUCERS ? produce(h, me, round, crowd_simple_put)
			      : consume(h, crowd_simple_get);
}

/*
 * Each takes one item and comes back when the others have theirs: no other one
 * takes what a consumer that was forgotten should have got. One of them comes
 * when the items do, while another waits for them, and may take more than its
 * own out of the channel.
 */
static bool one_each(struct handover *h, int me, uint32_t round,
		     void (*put)(struct handover *h, uint64_t number),
		     uint64_t (*get)(struct handover *h))
{
	uint32_t all = CONSUMERS * (round + 1);

	if (me == 0) {
		handover_await(&h->word[0], (CONSUMERS - 1) * (round + 1));
		put(h, 0);
		sleepers_call(&h->word[2]);
		for (uint64_t i = 1; i < CONSUMERS; i++)
			put(h, i);
	} else {
		if (me == 1)
			handover_await(&h->word[2], round + 1);
		else
			sleepers_call(&h->word[0]);
		CHECK(get(h) < CONSUMERS, "another item than was put");
		sleepers_call(&h->word[1]);
	}
	handover_await(&h->word[1], all);
	return true;
}

static bool queue_one_each(struct handover *h, int me, uint32_t round)
{
	return one_each(h, me, round, crowd_put, crowd_get);
}

static bool simple_one_each(struct handover *h, int me, uint32_t round)
{
	return one_each(h, me, round, crowd_simple_put, crowd_simple_get);
}

const struct crowd_row crowd_queue[] = {
	{"3 get one item each", 1 + CONSUMERS, empty_make, queue_one_each,
	 queues_free},
	{"2 put and 3 get", PRODUCERS + CONSUMERS, empty_make, queue_round,
	 queues_free},
	{"2 put and 3 get, 2 items fit", PRODUCERS + CONSUMERS, few_make,
	 queue_round, queues_free},
	{0},
};

const struct crowd_row crowd_simple_queue[] = {
	{"SimpleQueue: 3 get one item each", 1 + CONSUMERS, simple_make,
	 simple_one_each, simple_free},
	{"SimpleQueue: 2 put and 3 get", PRODUCERS + CONSUMERS, simple_make,
	 simple_round, simple_free},
	{0},
};
