/* SPDX-License-Identifier: MIT */
/*
 * Shared memory without a name: a sealed memfd, reserved at once, mapped
 * before fork(). A full memory gives IPCM_NOMEM here, never SIGBUS later.
 */
#ifndef IPCMARK_COMMON_SEGMENT_H
#define IPCMARK_COMMON_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/status.h"

/**
 * Map bytes (rounded up to pages) of zeroed memory, shared with the children.
 * The descriptor is closed again: the mapping keeps the memory.
 */
enum ipcm_status segment_create(size_t bytes, void **ret_memory);

/** Unmap; NULL is fine. */
void segment_destroy(void *memory, size_t bytes);

/**
 * May a file of this size be made? Beyond RLIMIT_FSIZE the kernel would not
 * refuse but send SIGXFSZ (setrlimit(2)).
 */
bool segment_size_allowed(size_t bytes);

/** errno of a creating call as a status: LIMIT, NOMEM, PERM, NOTSUP ... */
enum ipcm_status status_from_errno(int error);

#endif
