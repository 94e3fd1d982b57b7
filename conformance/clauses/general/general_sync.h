/* SPDX-License-Identifier: MIT */
/*
 * The general rules on RLock, semaphore, condition, event and barrier: what
 * the clauses that say "every object" call beside their own part. Each does
 * nothing if the back-end has no lock table.
 */
#ifndef IPCMARK_CONFORMANCE_CLAUSES_GENERAL_GENERAL_SYNC_H
#define IPCMARK_CONFORMANCE_CLAUSES_GENERAL_GENERAL_SYNC_H

#include "conformance/harness/fixtures_sync.h"

/** G-TO-01, -02: this timeout must behave as try. */
void try_sync(const struct ipcm_backend *backend, int64_t timeout_ns);
/** G-TO-04: ready objects, with this timeout, many times. */
void ready_sync(const struct ipcm_backend *backend, int64_t timeout_ns);
/** G-RC-02. */
void failed_sync_calls(const struct ipcm_backend *backend);
/** G-HND-01: every call on these closed handles. */
void closed_sync_check(struct sync_set *set);
/** G-THR-01. */
void threads_share_sync(const struct ipcm_backend *backend);
/** X-STP-01. */
void stopped_sync_waiters(const struct ipcm_backend *backend);
/** X-KIL-05: users killed at random, two at a time. */
void killed_sync_users(const struct ipcm_backend *backend);
/** X-FRK-01: while threads are inside the calls. */
void fork_inside_sync(const struct ipcm_backend *backend);

/** L-07 and L-10 hold for the RLock too. */
void rlock_death_too(const struct ipcm_backend *backend);
void rlock_locked_too(const struct ipcm_backend *backend);

#endif
