/* SPDX-License-Identifier: MIT */
/*
 * The situations of G-RC-01: the same list on every back-end, each with its
 * one result code. Each function fails the clause at the first difference.
 */
#ifndef CONFORMANCE_SITUATIONS_H
#define CONFORMANCE_SITUATIONS_H

#include "ipcmark/ipcmark.h"

void situations_queue(const struct ipcm_backend *backend);
void situations_pipe(const struct ipcm_backend *backend);
void situations_lock(const struct ipcm_backend *backend);
/** RLock, semaphore, condition, event and barrier; status_codes_sync.c. */
void situations_sync(const struct ipcm_backend *backend);
/** This is no handle of any of those. */
void situations_bad_sync_handle(void *handle);
/** NULL and garbage handles: INVALID, and no crash. */
void situations_bad_handles(void);

#endif
