/* SPDX-License-Identifier: MIT */
/*
 * The storm over a queue. Every producer life numbers its items; what was
 * acknowledged and what was taken is written into shared memory that survives
 * the writer. At the end: no item twice, none damaged, each producer's items
 * in order for each consumer; what was acknowledged and is missing is at most
 * one item a killed consumer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "reports/result/result.h"
#include "crash_stress_internal.h"

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
	struct stage stage;
	struct ipcm_queue *queue;
	unsigned lives_most;
	unsigned consumers_killed;
	struct log diaries[];
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
	struct queue_stress *crash_stress = argument;
	uint8_t *item = malloc(ITEM_MOST);
	uint32_t index = 0;

	while (item && !atomic_load(&crash_stress->stage.stop_flag)) {
		size_t bytes = item_size(life, index);
		enum ipcm_status status;

		if (index == PER_LIFE) {
			/* a long life without a kill: the diary is full */
			atomic_fetch_add(&crash_stress->stage.progress, 1);
			pause_ns(MS);
			continue;
		}
		item_write(item, life, index, bytes);
		status = ipcm_queue_put(crash_stress->queue, item, bytes,
					200 * MS);
		if (status == IPCM_FULL)
			continue;
		if (status != IPCM_OK) {
			stage_complain(&crash_stress->stage, "put gave %s",
				       ipcm_status_name(status));
			break;
		}
		index++;
		atomic_store(&crash_stress->diaries[life].acknowledged, index);
		atomic_fetch_add(&crash_stress->stage.progress, 1);
	}
	free(item);
}

/* Verify an item and note it; next[] holds this consumer's view of order. */
static bool note(struct queue_stress *crash_stress, const uint8_t *item,
		 size_t bytes, uint32_t *next)
{
	uint32_t life, index;
	uint64_t name = 0;

	if (bytes >= HEAD_BYTES)
		memcpy(&name, item, HEAD_BYTES);
	life = (uint32_t)(name >> 32);
	index = (uint32_t)name;
	if (bytes < HEAD_BYTES || life >= crash_stress->lives_most ||
	    index >= PER_LIFE || bytes != item_size(life, index) ||
	    !pattern_matches(item + HEAD_BYTES, bytes - HEAD_BYTES, name)) {
		stage_complain(&crash_stress->stage,
			       "an item of %zu bytes, name %" PRIx64
			       ", is damaged",
			       bytes, name);
		return false;
	}
	if (atomic_fetch_add(&crash_stress->diaries[life].taken[index], 1)) {
		stage_complain(&crash_stress->stage,
			       "item %u of producer life %u came twice", index,
			       life);
		return false;
	}
	if (index < next[life]) {
		stage_complain(&crash_stress->stage,
			       "item %u of producer life %u after item %u",
			       index, life, next[life] - 1);
		return false;
	}
	next[life] = index + 1;
	return true;
}

/* Take until the curtain's second fall, or (once) until empty. */
static void consume_until(struct queue_stress *crash_stress, bool until_empty)
{
	uint8_t *item = malloc(ITEM_MOST);
	uint32_t *next = calloc(crash_stress->lives_most, sizeof(*next));
	bool going = item && next;

	while (going) {
		size_t bytes = 0;
		enum ipcm_status status = ipcm_queue_get(
			crash_stress->queue, item, ITEM_MOST, 20 * MS, &bytes);

		if (status == IPCM_OK) {
			going = note(crash_stress, item, bytes, next);
			atomic_fetch_add(&crash_stress->stage.progress, 1);
		} else if (status == IPCM_EMPTY) {
			going = !until_empty &&
				atomic_load(&crash_stress->stage.stop_flag) < 2;
		} else {
			stage_complain(&crash_stress->stage, "get gave %s",
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

static void count_killed(void *argument, unsigned role)
{
	struct queue_stress *crash_stress = argument;

	crash_stress->consumers_killed += role >= PRODUCERS;
}

/* Acknowledged, and never taken. */
static uint64_t missing_items(const struct queue_stress *crash_stress,
			      uint64_t *items)
{
	uint64_t missing = 0;

	*items = 0;
	for (unsigned life = 0; life < crash_stress->lives_most; life++) {
		const struct log *log = &crash_stress->diaries[life];
		uint32_t count = atomic_load(&log->acknowledged);

		*items += count;
		for (uint32_t i = 0; i < count; i++)
			missing += !atomic_load(&log->taken[i]);
	}
	return missing;
}

/* Drained: count 0, and exactly maxsize items fit. */
static void check_capacity(struct queue_stress *crash_stress)
{
	enum ipcm_status status = IPCM_OK;
	uint64_t number = 0;
	unsigned fit = 0;
	size_t items = 1;

	if (ipcm_queue_qsize(crash_stress->queue, &items) || items != 0)
		stage_complain(&crash_stress->stage,
			       "qsize is %zu when drained", items);
	while (status == IPCM_OK && fit <= MAXSIZE) {
		status = ipcm_queue_put(crash_stress->queue, &number,
					sizeof(number), IPCM_TRY);
		fit += status == IPCM_OK;
	}
	if (fit != MAXSIZE || status != IPCM_FULL)
		stage_complain(&crash_stress->stage,
			       "%u items fit into a queue of %d, then %s", fit,
			       MAXSIZE, ipcm_status_name(status));
}

static void run(struct queue_stress *crash_stress,
		struct worker_pool *worker_pool, unsigned kills)
{
	for (unsigned i = 0; i < PRODUCERS + CONSUMERS; i++) {
		worker_pool->roles[i].run = i < PRODUCERS ? produce : consume;
		(void)worker_pool_enter(worker_pool, i);
	}
	worker_pool_kill_loop(worker_pool, kills, count_killed);
	atomic_store(&crash_stress->stage.stop_flag, 1);
	worker_pool_await_exit(worker_pool, 0, PRODUCERS);
	atomic_store(&crash_stress->stage.stop_flag, 2);
	worker_pool_await_exit(worker_pool, PRODUCERS, PRODUCERS + CONSUMERS);
	worker_pool_end(worker_pool);
}

static void judge(struct queue_stress *crash_stress, char *figures,
		  size_t bytes)
{
	uint64_t items, missing;

	consume_until(crash_stress, true);
	missing = missing_items(crash_stress, &items);
	if (missing > crash_stress->consumers_killed)
		stage_complain(&crash_stress->stage,
			       "%" PRIu64 " acknowledged items are missing, "
			       "%u consumers were killed",
			       missing, crash_stress->consumers_killed);
	check_capacity(crash_stress);
	(void)snprintf(figures, bytes,
		       "%" PRIu64 " items, %" PRIu64
		       " went with %u killed consumers",
		       items, missing, crash_stress->consumers_killed);
}

int crash_stress_queue(const struct ipcm_backend *backend,
		       const struct crash_stress_options *options)
{
	struct ipcm_queue_options how = IPCM_QUEUE_OPTIONS_INIT;
	unsigned lives = options->kills + PRODUCERS + CONSUMERS;
	size_t bytes = sizeof(struct queue_stress) + lives * sizeof(struct log);
	struct queue_stress *crash_stress = stage_memory(bytes);
	char figures[160] = "not run";
	struct worker_pool worker_pool = {.stage = &crash_stress->stage,
					  .crash_stress = crash_stress,
					  .count = PRODUCERS + CONSUMERS,
					  .random = options->seed * 2 + 1,
					  .machine_factor =
						  options->machine_factor};
	enum ipcm_status status;
	int code;

	if (!crash_stress) {
		(void)fprintf(stderr, "ipcmark check: no memory for the logs "
				      "of the storm; use fewer kills\n");
		return EXIT_INTERNAL;
	}
	crash_stress->lives_most = lives;
	how.maxsize = MAXSIZE;
	status = ipcm_queue_create(backend, &how, &crash_stress->queue);
	if (status == IPCM_OK) {
		run(crash_stress, &worker_pool, options->kills);
		if (!atomic_load(&crash_stress->stage.complained) &&
		    !interrupt_requested)
			judge(crash_stress, figures, sizeof(figures));
		ipcm_queue_free(crash_stress->queue);
	} else {
		stage_complain(&crash_stress->stage, "no queue: %s",
			       ipcm_status_name(status));
	}
	code = crash_stress_verdict(backend, "queue", &worker_pool, options,
				    figures);
	(void)munmap(crash_stress, bytes);
	return code;
}
