/* SPDX-License-Identifier: MIT */
/*
 * The situations of G-RC-01: the same list on every back-end, each with its
 * one result code. Each function fails the clause at the first difference.
 */
#ifndef IPCMARK_CONFORMANCE_CLAUSES_GENERAL_STATUS_CODES_H
#define IPCMARK_CONFORMANCE_CLAUSES_GENERAL_STATUS_CODES_H

#include "ipcmark/ipcmark.h"

void status_codes_queue(const struct ipcm_backend *backend);
void status_codes_pipe(const struct ipcm_backend *backend);
void status_codes_lock(const struct ipcm_backend *backend);
/** RLock, semaphore, condition, event and barrier; status_codes_sync.c. */
void status_codes_sync(const struct ipcm_backend *backend);
/** This is no handle of any of those. */
void status_codes_bad_sync_handle(void *handle);
/** NULL and garbage handles: INVALID, and no crash. */
void status_codes_bad_handles(void);

#endif
