/* SPDX-License-Identifier: MIT */
/*
 * Crash stress over a lock. Holders raise two counters one after the other;
 * only the lock keeps them equal. A holder that gets OWNERDEAD makes them
 * equal and recovers; a holder that gets OK must find them equal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "stress_object.h"

enum { HOLDERS = 4 };

struct lock_stress {
	struct shared_state shared;
	struct ipcm_lock *lock;
	/** Plain on purpose; volatile so that a kill can fall in between. */
	volatile uint64_t first, second;
	_Atomic int inside;
	_Atomic uint64_t recovered;
};

static bool recover(struct lock_stress *state)
{
	enum ipcm_status status;

	state->second = state->first;
	atomic_store(&state->inside, 0);
	atomic_fetch_add(&state->recovered, 1);
	status = ipcm_lock_recover(state->lock);
	if (status != IPCM_OK)
		stress_complain(state, "recover gave %s",
				ipcm_status_name(status));
	return status == IPCM_OK;
}

static bool critical_section(struct lock_stress *state)
{
	if (atomic_exchange(&state->inside, (int)getpid()) != 0) {
		stress_complain(state, "two holders at a time");
		return false;
	}
	if (state->first != state->second) {
		stress_complain(state,
				"acquire said OK, and the last holder left "
				"%" PRIu64 " and %" PRIu64,
				state->first, state->second);
		return false;
	}
	state->first = state->first + 1;
	for (volatile int i = 0; i < 200; i = i + 1)
		; /* time for a kill */
	state->second = state->second + 1;
	atomic_store(&state->inside, 0);
	return true;
}

static void hold_and_release(void *argument, unsigned life)
{
	struct lock_stress *state = argument;
	bool going = true;

	(void)life;
	while (going && !atomic_load(&state->shared.stop_flag)) {
		enum ipcm_status status =
			ipcm_lock_acquire(state->lock, 200 * MS);

		if (status == IPCM_TIMEDOUT)
			continue;
		if (status == IPCM_OWNERDEAD) {
			going = recover(state);
		} else if (status != IPCM_OK) {
			stress_complain(state, "acquire gave %s",
					ipcm_status_name(status));
			return;
		}
		going = going && critical_section(state);
		status = ipcm_lock_release(state->lock);
		if (status != IPCM_OK)
			stress_complain(state, "release gave %s",
					ipcm_status_name(status));
		going = going && status == IPCM_OK;
		stress_progress(state);
	}
}

/* All holders have ended: the lock is free, or its last holder was killed. */
static void inspect(void *argument)
{
	struct lock_stress *state = argument;
	enum ipcm_status status = ipcm_lock_acquire(state->lock, 2 * S);

	if (status == IPCM_OWNERDEAD && ipcm_lock_recover(state->lock))
		stress_complain(state, "the last recover failed");
	if (status != IPCM_OK && status != IPCM_OWNERDEAD) {
		stress_complain(state, "the last acquire gave %s",
				ipcm_status_name(status));
		return;
	}
	if (ipcm_lock_acquire(state->lock, IPCM_TRY) != IPCM_WOULDBLOCK)
		stress_complain(state, "a held lock was taken");
	if (ipcm_lock_release(state->lock) != IPCM_OK)
		stress_complain(state, "the last release failed");
}

static void run(struct worker_pool *pool, unsigned kills)
{
	for (unsigned i = 0; i < HOLDERS; i++)
		(void)worker_pool_start(pool, i, hold_and_release);
	worker_pool_kill_loop(pool, kills, NULL);
	worker_pool_stop(pool, STOP_ALL, HOLDERS);
}

static bool offered(const struct ipcm_backend *backend)
{
	return backend->lock;
}

static size_t state_bytes(unsigned kills)
{
	(void)kills;
	return sizeof(struct lock_stress);
}

static enum ipcm_status create(const struct ipcm_backend *backend,
			       void *argument, unsigned kills)
{
	struct lock_stress *state = argument;

	(void)kills;
	return ipcm_lock_create(backend, &state->lock);
}

static void summarize(void *argument, char *text, size_t bytes)
{
	struct lock_stress *state = argument;

	(void)snprintf(text, bytes,
		       "%" PRIu64 " turns, %" PRIu64
		       " recovered from dead holders",
		       atomic_load(&state->shared.progress),
		       atomic_load(&state->recovered));
}

static void destroy(void *argument)
{
	struct lock_stress *state = argument;

	ipcm_lock_free(state->lock);
}

const struct stress_object stress_lock = {
	.name = "lock",
	.workers = HOLDERS,
	.offered = offered,
	.state_bytes = state_bytes,
	.create = create,
	.run = run,
	.inspect = inspect,
	.summarize = summarize,
	.free = destroy,
};
