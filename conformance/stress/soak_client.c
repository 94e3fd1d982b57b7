/* SPDX-License-Identifier: MIT */
/*
 * A client of the soak: about ten requests a second, of every size. What it
 * reads must be what it wrote, since no other client writes under its key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/end_with.h"
#include "reports/cliutil/interrupt.h"
#include "soak_internal.h"

/* Above a frame of every back-end. */
#define LARGE_BYTES ((size_t)100 << 10)
#define SMALL_BYTES 2000
/* One value in so many is large. */
#define LARGE_EVERY 16
/* A turn has about ten requests: this is how long the client sleeps after it.
 */
#define PAUSE_US 2000000
#define SLICE_US 100000

/* A client's own state; one a process. */
struct turn {
	struct soak_client *client;
	struct soak *soak;
	uint64_t random;
	char key[24];
	uint8_t wrote[LARGE_BYTES], read[LARGE_BYTES];
};

/* Counts the request. False: it went wrong, and that is said. */
static bool expect(struct turn *turn, enum ipcm_status status,
		   enum ipcm_status other, const char *what)
{
	atomic_fetch_add(&turn->soak->requests, 1);
	if (!status || status == other)
		return true;
	if (status == IPCM_LIMIT || status == IPCM_NOMEM) {
		atomic_store(&turn->client->refused, true);
		return false;
	}
	stress_complain(turn->soak, "%s gave %s", what,
			ipcm_status_name(status));
	return false;
}

static size_t value_make(struct turn *turn)
{
	uint64_t random = worker_pool_random(&turn->random);
	size_t bytes = random % LARGE_EVERY ? (random >> 8) % SMALL_BYTES
					    : (random >> 8) % LARGE_BYTES;

	memset(turn->wrote, (int)(random >> 40 & 0xff), bytes);
	return bytes;
}

static bool dict_turn(struct turn *turn)
{
	struct ipcm_proxy *dict = turn->soak->dict;
	size_t key_bytes = strlen(turn->key);
	size_t bytes = value_make(turn), got = 0;

	if (!expect(turn,
		    ipcm_dict_set(dict, turn->key, key_bytes, turn->wrote,
				  bytes),
		    IPCM_OK, "set") ||
	    !expect(turn,
		    ipcm_dict_get(dict, turn->key, key_bytes, turn->read,
				  sizeof(turn->read), &got),
		    IPCM_OK, "get"))
		return false;
	if (got != bytes || memcmp(turn->wrote, turn->read, bytes) != 0) {
		stress_complain(turn->soak, "%s has another value", turn->key);
		return false;
	}
	return worker_pool_random(&turn->random) % 2 ||
	       expect(turn, ipcm_dict_delete(dict, turn->key, key_bytes),
		      IPCM_OK, "delete");
}

static bool queue_turn(struct turn *turn)
{
	struct ipcm_proxy *queue = turn->soak->queue;
	size_t bytes = value_make(turn);

	return expect(turn,
		      ipcm_shared_queue_put(queue, turn->wrote, bytes,
					    IPCM_TRY),
		      IPCM_FULL, "put") &&
	       expect(turn,
		      ipcm_shared_queue_get(queue, turn->read,
					    sizeof(turn->read), IPCM_TRY, NULL),
		      IPCM_EMPTY, "queue get");
}

/* Under the lock. */
static void sum_add(struct turn *turn)
{
	struct soak *soak = turn->soak;
	uint64_t sum = atomic_load(&soak->after);

	if (atomic_load(&soak->before) != sum)
		stress_complain(soak, "two have the lock");
	atomic_store(&soak->before, sum + 1);
	pause_ns(50 * US); /* time for a kill, and for another holder */
	atomic_store(&soak->after, sum + 1);
}

static bool lock_turn(struct turn *turn)
{
	struct soak *soak = turn->soak;
	enum ipcm_status status =
		ipcm_shared_lock_acquire(soak->lock, IPCM_FOREVER);

	if (!expect(turn, status, IPCM_OWNERDEAD, "acquire"))
		return false;
	if (status == IPCM_OWNERDEAD) {
		atomic_store(&soak->before, atomic_load(&soak->after));
		atomic_fetch_add(&soak->recovered, 1);
		if (!expect(turn, ipcm_shared_lock_recover(soak->lock), IPCM_OK,
			    "recover"))
			return false;
	}
	sum_add(turn);
	return expect(turn, ipcm_shared_lock_release(soak->lock), IPCM_OK,
		      "release");
}

/* An object that comes and goes. */
static bool object_turn(struct turn *turn)
{
	struct ipcm_proxy *list = NULL;
	size_t bytes = value_make(turn);
	bool ok =
		expect(turn,
		       ipcm_manager_list(turn->soak->manager, turn->key, &list),
		       IPCM_OK, "open") &&
		expect(turn, ipcm_list_append(list, turn->wrote, bytes),
		       IPCM_OK, "append") &&
		expect(turn,
		       ipcm_manager_remove(turn->soak->manager, turn->key),
		       IPCM_OK, "remove");

	ipcm_proxy_free(list);
	return ok;
}

static bool goes_on(const struct soak *soak)
{
	return atomic_load(&soak->shared.stop_flag) == STOP_NONE;
}

static void rest(struct turn *turn)
{
	uint64_t left_us = worker_pool_random(&turn->random) % PAUSE_US;

	while (left_us && goes_on(turn->soak)) {
		uint64_t part_us = left_us < SLICE_US ? left_us : SLICE_US;

		pause_ns((int64_t)part_us * US);
		left_us -= part_us;
	}
}

int soak_client_run(void *argument)
{
	struct soak_client *client = argument;
	struct soak *soak = client->soak;
	struct turn *turn;

	interrupt_default();
	end_with(soak->parent);
	turn = calloc(1, sizeof(*turn));
	if (!turn)
		return 1;
	turn->client = client;
	turn->soak = soak;
	turn->random = soak->seed * 2 + 1 +
		       ((uint64_t)client->life << 16 | client->index) * 1000003;
	/* another one than the killed one's, whose last request may come yet */
	(void)snprintf(turn->key, sizeof(turn->key), "client-%u-%u",
		       client->index, client->life % 2);
	while (goes_on(soak) && dict_turn(turn) && queue_turn(turn) &&
	       lock_turn(turn) && object_turn(turn)) {
		atomic_fetch_add(&client->turns, 1);
		rest(turn);
	}
	free(turn);
	return 0;
}
