/* SPDX-License-Identifier: MIT */
/*
 * The storm over a lock. Holders raise two counters one after the other; the
 * lock is the only thing that keeps them equal. Whoever is told OWNERDEAD puts
 * them in order and recovers; whoever is told OK must find them equal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reports/result/result.h"
#include "crash_stress_internal.h"

enum { HOLDERS = 4 };

struct lock_storm {
	struct stage stage;
	struct ipcm_lock *lock;
	/** Plain on purpose; volatile so that a kill can fall in between. */
	volatile uint64_t first, second;
	_Atomic int inside;
	_Atomic uint64_t inherited;
};

static bool put_in_order(struct lock_storm *storm)
{
	enum ipcm_status status;

	storm->second = storm->first;
	atomic_store(&storm->inside, 0);
	atomic_fetch_add(&storm->inherited, 1);
	status = ipcm_lock_recover(storm->lock);
	if (status != IPCM_OK)
		stage_complain(&storm->stage, "recover gave %s",
			       ipcm_status_name(status));
	return status == IPCM_OK;
}

static bool critical_section(struct lock_storm *storm)
{
	if (atomic_exchange(&storm->inside, (int)getpid()) != 0) {
		stage_complain(&storm->stage, "two holders at a time");
		return false;
	}
	if (storm->first != storm->second) {
		stage_complain(&storm->stage,
			       "acquire said OK, and the last holder left "
			       "%" PRIu64 " and %" PRIu64,
			       storm->first, storm->second);
		return false;
	}
	storm->first = storm->first + 1;
	for (volatile int i = 0; i < 200; i = i + 1)
		; /* room for a kill */
	storm->second = storm->second + 1;
	atomic_store(&storm->inside, 0);
	return true;
}

static void hold_and_release(void *argument, unsigned life)
{
	struct lock_storm *storm = argument;
	bool going = true;

	(void)life;
	while (going && !atomic_load(&storm->stage.curtain)) {
		enum ipcm_status status =
			ipcm_lock_acquire(storm->lock, 200 * MS);

		if (status == IPCM_TIMEDOUT)
			continue;
		if (status == IPCM_OWNERDEAD) {
			going = put_in_order(storm);
		} else if (status != IPCM_OK) {
			stage_complain(&storm->stage, "acquire gave %s",
				       ipcm_status_name(status));
			return;
		}
		going = going && critical_section(storm);
		status = ipcm_lock_release(storm->lock);
		if (status != IPCM_OK)
			stage_complain(&storm->stage, "release gave %s",
				       ipcm_status_name(status));
		going = going && status == IPCM_OK;
		atomic_fetch_add(&storm->stage.progress, 1);
	}
}

static void nothing_to_count(void *argument, unsigned role)
{
	(void)argument;
	(void)role;
}

/* Everybody left in good order: the lock is free, or its last holder died. */
static void check_free(struct lock_storm *storm)
{
	enum ipcm_status status = ipcm_lock_acquire(storm->lock, 2 * S);

	if (status == IPCM_OWNERDEAD && ipcm_lock_recover(storm->lock))
		stage_complain(&storm->stage, "the last recover failed");
	if (status != IPCM_OK && status != IPCM_OWNERDEAD) {
		stage_complain(&storm->stage, "the last acquire gave %s",
			       ipcm_status_name(status));
		return;
	}
	if (ipcm_lock_acquire(storm->lock, IPCM_TRY) != IPCM_WOULDBLOCK)
		stage_complain(&storm->stage, "a held lock was taken");
	if (ipcm_lock_release(storm->lock) != IPCM_OK)
		stage_complain(&storm->stage, "the last release failed");
}

static void play(struct lock_storm *storm, struct cast *cast, unsigned kills)
{
	for (unsigned i = 0; i < HOLDERS; i++) {
		cast->roles[i].play = hold_and_release;
		(void)cast_enter(cast, i);
	}
	cast_kill_loop(cast, kills, nothing_to_count);
	atomic_store(&storm->stage.curtain, 2);
	cast_await_exit(cast, 0, HOLDERS);
	cast_end(cast);
	if (!atomic_load(&storm->stage.complained) && !record_interrupted)
		check_free(storm);
}

int storm_lock(const struct ipcm_backend *backend,
	       const struct storm_options *options)
{
	struct lock_storm *storm = stage_memory(sizeof(*storm));
	char figures[160] = "not run";
	struct cast cast = {.stage = &storm->stage,
			    .storm = storm,
			    .count = HOLDERS,
			    .random = options->seed * 2 + 1,
			    .machine_factor = options->machine_factor};
	enum ipcm_status status;
	int code;

	if (!storm)
		return EXIT_MACHINERY;
	status = ipcm_lock_create(backend, &storm->lock);
	if (status == IPCM_OK) {
		play(storm, &cast, options->kills);
		(void)snprintf(figures, sizeof(figures),
			       "%" PRIu64 " turns, %" PRIu64
			       " taken over from the dead",
			       (uint64_t)storm->stage.progress,
			       (uint64_t)storm->inherited);
		ipcm_lock_free(storm->lock);
	} else {
		stage_complain(&storm->stage, "no lock: %s",
			       ipcm_status_name(status));
	}
	code = storm_verdict(backend, "lock", &cast, options, figures);
	(void)munmap(storm, sizeof(*storm));
	return code;
}
