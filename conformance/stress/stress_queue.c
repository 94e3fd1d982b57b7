/* SPDX-License-Identifier: MIT */
/*
 * Crash stress over a queue. Every producer life numbers its items; what was
 * acknowledged and what was taken is written into shared memory that survives
 * the writer. At the end: no item twice, none damaged, each producer's items
 * in order for each consumer; what was acknowledged and is missing is at most
 * one item a killed consumer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress_object.h"

enum {
	PRODUCERS = 2,
	CONSUMERS = 2,
	MAXSIZE = 16,
	PER_LIFE = 1 << 20,
	ITEM_MOST = 300 * 1024,
	HEAD_BYTES = 8
};

/* One life of a producer. */
struct log {
	/** Puts that returned OK. */
	_Atomic uint32_t acknowledged;
	/** How often each item was taken. */
	_Atomic uint8_t taken[PER_LIFE];
};

struct queue_stress {
	struct shared_state shared;
	struct ipcm_queue *queue;
	unsigned lives_most;
	unsigned consumers_killed;
	struct log logs[];
};

/* The size is a function of the name, so that it can be checked. */
static size_t item_size(uint32_t life, uint32_t index)
{
	uint64_t dice = (uint64_t)life << 32 | (index + 1);

	for (int i = 0; i < 3; i++)
		(void)worker_pool_random(&dice);
	if (dice % 64 == 0)
		return HEAD_BYTES + dice / 64 % (ITEM_MOST - HEAD_BYTES);
	if (dice % 8 == 0)
		return HEAD_BYTES + dice / 64 % 12000;
	return HEAD_BYTES + dice / 64 % 57;
}

static uint64_t item_name(uint32_t life, uint32_t index)
{
	return (uint64_t)life << 32 | index;
}

static void item_write(uint8_t *item, uint32_t life, uint32_t index,
		       size_t bytes)
{
	uint64_t name = item_name(life, index);

	memcpy(item, &name, HEAD_BYTES);
	pattern_fill(item + HEAD_BYTES, bytes - HEAD_BYTES, name);
}

static void produce(void *argument, unsigned life)
{
	struct queue_stress *state = argument;
	uint8_t *item = malloc(ITEM_MOST);
	uint32_t index = 0;

	while (item && !atomic_load(&state->shared.stop_flag)) {
		size_t bytes = item_size(life, index);
		enum ipcm_status status;

		if (index == PER_LIFE) {
			/* a long life without a kill: its log is full */
			stress_progress(state);
			pause_ns(MS);
			continue;
		}
		item_write(item, life, index, bytes);
		status = ipcm_queue_put(state->queue, item, bytes, 200 * MS);
		if (status == IPCM_FULL)
			continue;
		if (status != IPCM_OK) {
			stress_complain(state, "put gave %s",
					ipcm_status_name(status));
			break;
		}
		index++;
		atomic_store(&state->logs[life].acknowledged, index);
		stress_progress(state);
	}
	free(item);
}

/* Verify an item and note it; next[] holds this consumer's view of order. */
static bool note(struct queue_stress *state, const uint8_t *item, size_t bytes,
		 uint32_t *next)
{
	uint32_t life, index;
	uint64_t name = 0;

	if (bytes >= HEAD_BYTES)
		memcpy(&name, item, HEAD_BYTES);
	life = (uint32_t)(name >> 32);
	index = (uint32_t)name;
	if (bytes < HEAD_BYTES || life >= state->lives_most ||
	    index >= PER_LIFE || bytes != item_size(life, index) ||
	    !pattern_matches(item + HEAD_BYTES, bytes - HEAD_BYTES, name)) {
		stress_complain(state,
				"an item of %zu bytes, name %" PRIx64
				", is damaged",
				bytes, name);
		return false;
	}
	if (atomic_fetch_add(&state->logs[life].taken[index], 1)) {
		stress_complain(state, "item %u of producer life %u came twice",
				index, life);
		return false;
	}
	if (index < next[life]) {
		stress_complain(state,
				"item %u of producer life %u after item %u",
				index, life, next[life] - 1);
		return false;
	}
	next[life] = index + 1;
	return true;
}

/* Take until STOP_ALL, or until the queue is empty. */
static void consume_until(struct queue_stress *state, bool until_empty)
{
	uint8_t *item = malloc(ITEM_MOST);
	uint32_t *next = calloc(state->lives_most, sizeof(*next));
	bool going = item && next;

	while (going) {
		size_t bytes = 0;
		enum ipcm_status status = ipcm_queue_get(
			state->queue, item, ITEM_MOST, 20 * MS, &bytes);

		if (status == IPCM_OK) {
			going = note(state, item, bytes, next);
			stress_progress(state);
		} else if (status == IPCM_EMPTY) {
			going = !until_empty &&
				atomic_load(&state->shared.stop_flag) <
					STOP_ALL;
		} else {
			stress_complain(state, "get gave %s",
					ipcm_status_name(status));
			going = false;
		}
	}
	free(item);
	free(next);
}

static void consume(void *argument, unsigned life)
{
	(void)life;
	consume_until(argument, false);
}

static void count_killed(void *argument, unsigned index)
{
	struct queue_stress *state = argument;

	state->consumers_killed += index >= PRODUCERS;
}

/* Acknowledged, and never taken. */
static uint64_t missing_items(const struct queue_stress *state, uint64_t *items)
{
	uint64_t missing = 0;

	*items = 0;
	for (unsigned life = 0; life < state->lives_most; life++) {
		const struct log *log = &state->logs[life];
		uint32_t count = atomic_load(&log->acknowledged);

		*items += count;
		for (uint32_t i = 0; i < count; i++)
			missing += !atomic_load(&log->taken[i]);
	}
	return missing;
}

/* Drained: count 0, and exactly maxsize items fit. */
static void check_capacity(struct queue_stress *state)
{
	enum ipcm_status status = IPCM_OK;
	uint64_t number = 0;
	unsigned fit = 0;
	size_t items = 1;

	if (ipcm_queue_qsize(state->queue, &items) || items != 0)
		stress_complain(state, "qsize is %zu when drained", items);
	while (status == IPCM_OK && fit <= MAXSIZE) {
		status = ipcm_queue_put(state->queue, &number, sizeof(number),
					IPCM_TRY);
		fit += status == IPCM_OK;
	}
	if (fit != MAXSIZE || status != IPCM_FULL)
		stress_complain(state,
				"%u items fit into a queue of %d, then %s", fit,
				MAXSIZE, ipcm_status_name(status));
}

static void run(struct worker_pool *pool, unsigned kills)
{
	for (unsigned i = 0; i < PRODUCERS + CONSUMERS; i++)
		(void)worker_pool_start(pool, i,
					i < PRODUCERS ? produce : consume);
	worker_pool_kill_loop(pool, kills, count_killed);
	worker_pool_stop(pool, STOP_PRODUCERS, PRODUCERS);
	worker_pool_stop(pool, STOP_ALL, PRODUCERS + CONSUMERS);
}

static void inspect(void *argument)
{
	struct queue_stress *state = argument;
	uint64_t items, missing;

	consume_until(state, true);
	missing = missing_items(state, &items);
	if (missing > state->consumers_killed)
		stress_complain(state,
				"%" PRIu64 " acknowledged items are missing, "
				"%u consumers were killed",
				missing, state->consumers_killed);
	check_capacity(state);
}

static void summarize(void *argument, char *text, size_t bytes)
{
	struct queue_stress *state = argument;
	uint64_t items, missing = missing_items(state, &items);

	(void)snprintf(text, bytes,
		       "%" PRIu64 " items, %" PRIu64
		       " lost with %u killed consumers",
		       items, missing, state->consumers_killed);
}

static bool offered(const struct ipcm_backend *backend)
{
	return backend->queue;
}

/* Every kill starts one life more. */
static unsigned lives(unsigned kills)
{
	return kills + PRODUCERS + CONSUMERS;
}

static size_t state_bytes(unsigned kills)
{
	return sizeof(struct queue_stress) + lives(kills) * sizeof(struct log);
}

static enum ipcm_status create(const struct ipcm_backend *backend,
			       void *argument, unsigned kills)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct queue_stress *state = argument;

	state->lives_most = lives(kills);
	options.maxsize = MAXSIZE;
	return ipcm_queue_create(backend, &options, &state->queue);
}

static void destroy(void *argument)
{
	struct queue_stress *state = argument;

	ipcm_queue_free(state->queue);
}

const struct stress_object stress_queue = {
	.name = "queue",
	.workers = PRODUCERS + CONSUMERS,
	.offered = offered,
	.state_bytes = state_bytes,
	.create = create,
	.run = run,
	.inspect = inspect,
	.summarize = summarize,
	.free = destroy,
};
