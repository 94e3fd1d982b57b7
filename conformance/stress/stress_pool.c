/* SPDX-License-Identifier: MIT */
/*
 * Crash stress over a pool: its workers are killed at random moments while maps
 * of small tasks flow. Each task marks in shared memory that it was begun and
 * that it was finished. At the end of each map every item is accounted for:
 * with a result it ran exactly once; without one its worker died, and it was
 * not begun a second time.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "conformance/harness/process.h"
#include "reports/cliutil/interrupt.h"
#include "stress_object.h"

enum { POOL_WORKERS = 4, MAPS = 8, MAP_ITEMS = 1000 };

/* Without the end of a map for so long, the pool hangs. */
static const int64_t STALL_NS = 5 * S;

struct pool_stress {
	struct shared_state shared;
	struct ipcm_pool *pool;
	/** Only the parent's copy is used. */
	struct ipcm_async *maps[MAPS];
	uint32_t round[MAPS];
	pid_t killed[POOL_WORKERS];
	uint64_t items, died;
	_Atomic uint8_t begun[MAPS][MAP_ITEMS], finished[MAPS][MAP_ITEMS];
};

/* Workers inherit it. */
static struct pool_stress *stressed;

struct item {
	uint32_t map, item, round;
};

static uint64_t answer(const struct item *item)
{
	return (uint64_t)item->round << 32 | item->map << 16 | item->item;
}

static enum ipcm_status work(const struct ipcm_bytes *arguments, size_t count,
			     struct ipcm_output *output)
{
	const struct item *item = arguments[0].data;
	uint64_t result = answer(item);

	(void)count;
	atomic_fetch_add(&stressed->begun[item->map][item->item], 1);
	for (volatile uint32_t i = 0; i < item->item % 64 * 4; i = i + 1)
		; /* time for a kill */
	atomic_fetch_add(&stressed->finished[item->map][item->item], 1);
	return ipcm_output_write(output, &result, sizeof(result));
}

static void map_start(struct pool_stress *state, uint32_t map)
{
	static const int64_t chunks[] = {1, 3, 16, 1, 100};
	struct item items[MAP_ITEMS];
	uint32_t round = ++state->round[map];
	enum ipcm_status status;

	memset(state->begun[map], 0, sizeof(state->begun[map]));
	memset(state->finished[map], 0, sizeof(state->finished[map]));
	for (uint32_t i = 0; i < MAP_ITEMS; i++)
		items[i] = (struct item){map, i, round};
	status = ipcm_pool_map_async(state->pool, work, items, sizeof(items[0]),
				     MAP_ITEMS, chunks[(map + round) % 5], NULL,
				     &state->maps[map]);
	if (status)
		stress_complain(state, "map gave %s", ipcm_status_name(status));
}

static void check_item(struct pool_stress *state, uint32_t map, uint32_t i)
{
	const struct item item = {map, i, state->round[map]};
	unsigned begun = atomic_load(&state->begun[map][i]);
	unsigned finished = atomic_load(&state->finished[map][i]);
	uint64_t result = 0;
	enum ipcm_status status = ipcm_async_get(state->maps[map], IPCM_TRY, i,
						 &result, sizeof(result), NULL);

	state->items++;
	state->died += status == IPCM_WORKERDIED;
	if (status == IPCM_OK && (begun != 1 || finished != 1))
		stress_complain(state,
				"an item with a result was begun %u times and "
				"finished %u times",
				begun, finished);
	if (status == IPCM_OK && result != answer(&item))
		stress_complain(state, "another item's result");
	if (status == IPCM_WORKERDIED && (begun > 1 || finished > 1))
		stress_complain(state, "an item was begun %u times", begun);
	if (status != IPCM_OK && status != IPCM_WORKERDIED)
		stress_complain(state, "an item got %s",
				ipcm_status_name(status));
}

/* Check the maps that are done, and start others; true: one was. */
static bool maps_turn(struct pool_stress *state, bool again)
{
	bool any = false;

	for (uint32_t map = 0; map < MAPS; map++) {
		bool done = false;

		if (!state->maps[map] ||
		    ipcm_async_ready(state->maps[map], &done) || !done)
			continue;
		for (uint32_t i = 0; i < MAP_ITEMS; i++)
			check_item(state, map, i);
		ipcm_async_free(state->maps[map]);
		state->maps[map] = NULL;
		stress_progress(state);
		any = true;
		if (again)
			map_start(state, map);
	}
	return any;
}

/* One that was not killed before; false: there is none now. */
static bool kill_one(struct pool_stress *state, uint64_t random)
{
	pid_t pids[POOL_WORKERS];
	size_t count = 0;
	unsigned slot = (unsigned)(random % POOL_WORKERS);

	if (ipcm_pool_pids(state->pool, pids, POOL_WORKERS, &count) ||
	    slot >= count || !pids[slot])
		return false;
	for (unsigned i = 0; i < POOL_WORKERS; i++)
		if (state->killed[i] == pids[slot])
			return false;
	if (kill(pids[slot], SIGKILL))
		return false;
	memmove(state->killed + 1, state->killed,
		sizeof(state->killed) - sizeof(state->killed[0]));
	state->killed[0] = pids[slot];
	return true;
}

static void describe(const struct pool_stress *state, char *text, size_t bytes)
{
	pid_t pids[POOL_WORKERS];
	size_t count = 0, used = 0;

	text[0] = '\0';
	(void)!ipcm_pool_pids(state->pool, pids, POOL_WORKERS, &count);
	for (size_t i = 0; i < count && used < bytes; i++) {
		char one[300];

		process_describe(pids[i], one, sizeof(one));
		used += (size_t)snprintf(text + used, bytes - used,
					 "\n    worker: %s", one);
	}
}

/* Maps must end, whatever was killed. */
static bool watch(struct pool_stress *state, int64_t *since_ns, bool progress,
		  int64_t factor)
{
	char where[COMPLAINT_BYTES - 200];

	if (progress)
		*since_ns = now_ns();
	if (now_ns() - *since_ns > STALL_NS * factor) {
		describe(state, where, sizeof(where));
		stress_complain(state, "no map has ended for %lld s:%s",
				(long long)(STALL_NS * factor / S), where);
	}
	return !interrupt_requested && !stress_complained(state);
}

static bool maps_left(const struct pool_stress *state)
{
	bool left = false;

	for (uint32_t map = 0; map < MAPS; map++)
		left |= state->maps[map] != NULL;
	return left;
}

static void run(struct worker_pool *workers, unsigned kills)
{
	struct pool_stress *state = workers->state;
	int64_t since_ns = now_ns();
	unsigned done = 0;
	bool progress;

	for (uint32_t map = 0; map < MAPS; map++)
		map_start(state, map);
	do {
		uint64_t wait_us = worker_pool_random(&workers->random) % 3000;

		pause_ns((int64_t)wait_us * US);
		progress = maps_turn(state, done < kills);
		if (done < kills &&
		    kill_one(state, worker_pool_random(&workers->random)))
			done++;
	} while (watch(state, &since_ns, progress, workers->machine_factor) &&
		 (done < kills || maps_left(state)));
	if (state->died > kills)
		stress_complain(state, "%" PRIu64 " items died with %u workers",
				state->died, kills);
}

/* The pool goes on as if nothing had happened, and ends. */
static void inspect(void *argument)
{
	struct pool_stress *state = argument;
	enum ipcm_status status;

	map_start(state, 0);
	status = ipcm_pool_close(state->pool);
	if (!status)
		status = ipcm_pool_join(state->pool, 10 * S);
	if (status)
		stress_complain(state, "the last join gave %s",
				ipcm_status_name(status));
	else if (!maps_turn(state, false))
		stress_complain(state, "join left a map unfinished");
}

static bool offered(const struct ipcm_backend *backend)
{
	return backend->queue;
}

static size_t state_bytes(unsigned kills)
{
	(void)kills;
	return sizeof(struct pool_stress);
}

static enum ipcm_status create(const struct ipcm_backend *backend,
			       void *argument, unsigned kills)
{
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct pool_stress *state = argument;

	(void)kills;
	stressed = state;
	options.workers = POOL_WORKERS;
	return ipcm_pool_create(backend, &options, &state->pool);
}

static void summarize(void *argument, char *text, size_t bytes)
{
	struct pool_stress *state = argument;

	(void)snprintf(text, bytes,
		       "%" PRIu64 " items, %" PRIu64 " with WORKERDIED",
		       state->items, state->died);
}

static void destroy(void *argument)
{
	struct pool_stress *state = argument;

	for (uint32_t map = 0; map < MAPS; map++)
		ipcm_async_free(state->maps[map]);
	ipcm_pool_free(state->pool);
}

const struct stress_object stress_pool = {
	.name = "pool",
	.workers = 0,
	.offered = offered,
	.state_bytes = state_bytes,
	.create = create,
	.run = run,
	.inspect = inspect,
	.summarize = summarize,
	.free = destroy,
};
