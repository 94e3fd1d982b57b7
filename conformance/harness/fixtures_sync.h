/* SPDX-License-Identifier: MIT */
/*
 * RLock, semaphore, condition, event and barrier for clauses, created and used
 * with everything that must work checked; as fixtures.h does for the rest.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_FIXTURES_SYNC_H
#define IPCMARK_CONFORMANCE_HARNESS_FIXTURES_SYNC_H

#include "check.h"
#include "peer.h"

struct ipcm_rlock *rlock_make(const struct ipcm_backend *backend);
/** How often the caller holds it. */
unsigned rlock_depth(struct ipcm_rlock *lock);
/** Free and usable: try takes it, one release frees it. */
void rlock_expect_free(struct ipcm_rlock *lock);

struct ipcm_semaphore *semaphore_make(const struct ipcm_backend *backend,
				      int64_t initial);
struct ipcm_semaphore *semaphore_make_bounded(
	const struct ipcm_backend *backend, int64_t initial);
/** Exactly count permits are inside, by taking them; puts them back. */
void semaphore_expect(struct ipcm_semaphore *semaphore, int64_t count);
int64_t semaphore_maximum(struct ipcm_semaphore *semaphore);

/** Over the lock or the rlock, or, both NULL, over an RLock of its own. */
struct ipcm_condition *condition_make(const struct ipcm_backend *backend,
				      struct ipcm_lock *lock,
				      struct ipcm_rlock *rlock);
/** What a condition can be over. */
enum over {
	OVER_LOCK,
	OVER_RLOCK,
	OVER_OWN, /**< an RLock of its own */
	OVER_COUNT
};
struct conditioned {
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	struct ipcm_condition *condition;
};
struct conditioned conditioned_make(const struct ipcm_backend *backend,
				    enum over over);
void conditioned_free(struct conditioned *all);

/** Under the lock, taken for it: notify, and notify all. */
void condition_notify(struct ipcm_condition *condition, size_t count);
void condition_notify_all(struct ipcm_condition *condition);
size_t condition_waiters(struct ipcm_condition *condition);

struct ipcm_event *event_make(const struct ipcm_backend *backend);
bool event_is_set(struct ipcm_event *event);

struct ipcm_barrier *barrier_make(const struct ipcm_backend *backend,
				  int64_t parties);
unsigned parties_waiting(struct ipcm_barrier *barrier);
bool barrier_is_broken(struct ipcm_barrier *barrier);

/** How many of these calls have returned? */
int calls_returned(struct call *const *calls, int count);
/** Soon this many have returned, and after the grace time not one more. */
void calls_check_returned(struct call *const *calls, int count, int wanted);

#endif
