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

struct lock_stress {
	struct stage stage;
	struct ipcm_lock *lock;
	/** Plain on purpose; volatile so that a kill can fall in between. */
	volatile uint64_t first, second;
	_Atomic int inside;
	_Atomic uint64_t inherited;
};

static bool put_in_order(struct lock_stress *crash_stress)
{
	enum ipcm_status status;

	crash_stress->second = crash_stress->first;
	atomic_store(&crash_stress->inside, 0);
	atomic_fetch_add(&crash_stress->inherited, 1);
	status = ipcm_lock_recover(crash_stress->lock);
	if (status != IPCM_OK)
		stage_complain(&crash_stress->stage, "recover gave %s",
			       ipcm_status_name(status));
	return status == IPCM_OK;
}

static bool critical_section(struct lock_stress *crash_stress)
{
	if (atomic_exchange(&crash_stress->inside, (int)getpid()) != 0) {
		stage_complain(&crash_stress->stage, "two holders at a time");
		return false;
	}
	if (crash_stress->first != crash_stress->second) {
		stage_complain(&crash_stress->stage,
			       "acquire said OK, and the last holder left "
			       "%" PRIu64 " and %" PRIu64,
			       crash_stress->first, crash_stress->second);
		return false;
	}
	crash_stress->first = crash_stress->first + 1;
	for (volatile int i = 0; i < 200; i = i + 1)
		; /* room for a kill */
	crash_stress->second = crash_stress->second + 1;
	atomic_store(&crash_stress->inside, 0);
	return true;
}

static void hold_and_release(void *argument, unsigned life)
{
	struct lock_stress *crash_stress = argument;
	bool going = true;

	(void)life;
	while (going && !atomic_load(&crash_stress->stage.stop_flag)) {
		enum ipcm_status status =
			ipcm_lock_acquire(crash_stress->lock, 200 * MS);

		if (status == IPCM_TIMEDOUT)
			continue;
		if (status == IPCM_OWNERDEAD) {
			going = put_in_order(crash_stress);
		} else if (status != IPCM_OK) {
			stage_complain(&crash_stress->stage, "acquire gave %s",
				       ipcm_status_name(status));
			return;
		}
		going = going && critical_section(crash_stress);
		status = ipcm_lock_release(crash_stress->lock);
		if (status != IPCM_OK)
			stage_complain(&crash_stress->stage, "release gave %s",
				       ipcm_status_name(status));
		going = going && status == IPCM_OK;
		atomic_fetch_add(&crash_stress->stage.progress, 1);
	}
}

static void nothing_to_count(void *argument, unsigned role)
{
	(void)argument;
	(void)role;
}

/* Everybody left in good order: the lock is free, or its last holder died. */
static void check_free(struct lock_stress *crash_stress)
{
	enum ipcm_status status = ipcm_lock_acquire(crash_stress->lock, 2 * S);

	if (status == IPCM_OWNERDEAD && ipcm_lock_recover(crash_stress->lock))
		stage_complain(&crash_stress->stage, "the last recover failed");
	if (status != IPCM_OK && status != IPCM_OWNERDEAD) {
		stage_complain(&crash_stress->stage, "the last acquire gave %s",
			       ipcm_status_name(status));
		return;
	}
	if (ipcm_lock_acquire(crash_stress->lock, IPCM_TRY) != IPCM_WOULDBLOCK)
		stage_complain(&crash_stress->stage, "a held lock was taken");
	if (ipcm_lock_release(crash_stress->lock) != IPCM_OK)
		stage_complain(&crash_stress->stage, "the last release failed");
}

static void run(struct lock_stress *crash_stress,
		struct worker_pool *worker_pool, unsigned kills)
{
	for (unsigned i = 0; i < HOLDERS; i++) {
		worker_pool->roles[i].run = hold_and_release;
		(void)worker_pool_enter(worker_pool, i);
	}
	worker_pool_kill_loop(worker_pool, kills, nothing_to_count);
	atomic_store(&crash_stress->stage.stop_flag, 2);
	worker_pool_await_exit(worker_pool, 0, HOLDERS);
	worker_pool_end(worker_pool);
	if (!atomic_load(&crash_stress->stage.complained) &&
	    !interrupt_requested)
		check_free(crash_stress);
}

int crash_stress_lock(const struct ipcm_backend *backend,
		      const struct crash_stress_options *options)
{
	struct lock_stress *crash_stress = stage_memory(sizeof(*crash_stress));
	char figures[160] = "not run";
	struct worker_pool worker_pool = {.stage = &crash_stress->stage,
					  .crash_stress = crash_stress,
					  .count = HOLDERS,
					  .random = options->seed * 2 + 1,
					  .machine_factor =
						  options->machine_factor};
	enum ipcm_status status;
	int code;

	if (!crash_stress)
		return EXIT_INTERNAL;
	status = ipcm_lock_create(backend, &crash_stress->lock);
	if (status == IPCM_OK) {
		run(crash_stress, &worker_pool, options->kills);
		(void)snprintf(figures, sizeof(figures),
			       "%" PRIu64 " turns, %" PRIu64
			       " taken over from the dead",
			       (uint64_t)crash_stress->stage.progress,
			       (uint64_t)crash_stress->inherited);
		ipcm_lock_free(crash_stress->lock);
	} else {
		stage_complain(&crash_stress->stage, "no lock: %s",
			       ipcm_status_name(status));
	}
	code = crash_stress_verdict(backend, "lock", &worker_pool, options,
				    figures);
	(void)munmap(crash_stress, sizeof(*crash_stress));
	return code;
}
