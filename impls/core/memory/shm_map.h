/* SPDX-License-Identifier: MIT */
/*
 * Shared memory: without a name, in a sealed memfd, mapped before fork(); or a
 * part of a file that unrelated processes open. Reserved at once: a full
 * memory gives IPCM_NOMEM here, never SIGBUS later.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_SHM_MAP_H
#define IPCMARK_IMPLS_CORE_MEMORY_SHM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

/**
 * Map bytes (rounded up to pages) of zeroed memory, shared with the children.
 * The descriptor is closed again: the mapping keeps the memory.
 */
enum ipcm_status shm_map_create(size_t bytes, void **ret_memory);

/**
 * shm_map_create for memory that another process shall map too, which did not
 * inherit it: its descriptor is kept, and the caller's to close.
 */
enum ipcm_status shm_map_create_kept(size_t bytes, void **ret_memory,
				     int *ret_fd);

/**
 * Map what shm_map_create_kept made elsewhere; the descriptor stays the
 * caller's. IPCM_CORRUPT if it is no sealed memory of at least that size.
 */
enum ipcm_status shm_map_adopt(int fd, size_t bytes, void **ret_memory);

/** Give a part of a file zeroed pages; IPCM_NOMEM if there are none. */
enum ipcm_status shm_map_reserve(int fd, uint64_t offset, size_t bytes);

/**
 * Shared memory in a file that others find: map bytes from offset on, which is
 * a multiple of the page size. The caller knows that the file is long enough.
 * @param make give the part zeroed pages first; else it must be there
 */
enum ipcm_status shm_map_map(int fd, uint64_t offset, size_t bytes, bool make,
			     void **ret_memory);

/**
 * Map head + body bytes of a file, from its begin, and the last body of them
 * once more right behind, so that what wraps there lies in one piece. Both
 * numbers are multiples of the page size; the pages must be there.
 * shm_map_destroy gets head + 2 * body.
 */
enum ipcm_status shm_map_mirror(int fd, size_t head, size_t body,
				void **ret_memory);

/** The same with memory of its own, as shm_map_create. */
enum ipcm_status shm_map_create_mirror(size_t head, size_t body,
				       void **ret_memory);

/** bytes, rounded up to whole pages: what a segment takes of a file. */
size_t shm_map_round(size_t bytes);

/** Unmap; NULL is fine. */
void shm_map_destroy(void *memory, size_t bytes);

/**
 * May a file of this size be made? Beyond RLIMIT_FSIZE the kernel would not
 * refuse but send SIGXFSZ (setrlimit(2)).
 */
bool shm_map_size_allowed(size_t bytes);

/** errno of a creating call as a status: LIMIT, NOMEM, PERM, NOTSUP ... */
enum ipcm_status status_from_errno(int error);

#endif
