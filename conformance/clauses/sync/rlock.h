/* SPDX-License-Identifier: MIT */
/*
 * L-07 and L-10 hold for the RLock too: its part of them.
 */
#ifndef IPCMARK_CONFORMANCE_CLAUSES_SYNC_RLOCK_H
#define IPCMARK_CONFORMANCE_CLAUSES_SYNC_RLOCK_H

#include "ipcmark/ipcmark.h"

void rlock_death_is_reported_once(const struct ipcm_backend *backend);
void rlock_locked_is_right(const struct ipcm_backend *backend);

#endif
