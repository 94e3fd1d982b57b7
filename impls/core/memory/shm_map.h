/* SPDX-License-Identifier: MIT */
/*
 * Shared memory: without a name, in a sealed file (shm_file.h) that is mapped
 * before fork(); or a part of a file that unrelated processes open. All pages
 * are allocated at once: a full memory gives IPCM_NOMEM here, never SIGBUS
 * later. Memory that grows: shm_part.h.
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
 * Memory that only children made by fork() share, allocated when it is touched,
 * as malloc's is; no file and no descriptor.
 */
enum ipcm_status shm_map_create_inherited(size_t bytes, void **ret_memory);

/**
 * The same for much of which little may be used: what was never touched is
 * neither in core files nor allocated by mlockall(2).
 */
enum ipcm_status shm_map_create_sparse(size_t bytes, void **ret_memory);

/**
 * shm_map_create for memory that a process without this mapping will map too:
 * the descriptor is kept, and the caller closes it.
 */
enum ipcm_status shm_map_create_kept(size_t bytes, void **ret_memory,
				     int *ret_fd);

/**
 * Map memory of shm_map_create_kept in another process; the descriptor stays
 * the caller's. IPCM_CORRUPT if it may shrink (shm_file.h) or is not of at
 * least that size.
 */
enum ipcm_status shm_map_adopt(int fd, size_t bytes, void **ret_memory);

/** Allocate zeroed pages for a part of a file; IPCM_NOMEM if there are none. */
enum ipcm_status shm_map_reserve(int fd, uint64_t offset, size_t bytes);

/**
 * Shared memory in the file of a named object: map bytes from offset on, which
 * is a multiple of the page size. The file must be long enough.
 * @param create allocate zeroed pages first; else they must exist
 */
enum ipcm_status shm_map_file(int fd, uint64_t offset, size_t bytes,
			      bool create, void **ret_memory);

/**
 * Map head + body bytes of a file from offset on, and the last body of them a
 * second time directly after, so that data that wraps there is contiguous. All
 * numbers are multiples of the page size. The file must be long enough, and
 * pages exist before they are touched. The body is not dumped into core files.
 * shm_map_destroy gets head + 2 * body.
 */
enum ipcm_status shm_map_mirror(int fd, uint64_t offset, size_t head,
				size_t body, void **ret_memory);

/** Make a file longer, without pages. IPCM_LIMIT beyond RLIMIT_FSIZE. */
enum ipcm_status shm_map_lengthen(int fd, uint64_t bytes);

/** From now on it can grow but not shrink: no user can take pages away. */
enum ipcm_status shm_map_seal_growing(int fd);

/** bytes, rounded up to whole pages. */
size_t shm_map_round(size_t bytes);

/** Unmap; NULL is allowed. */
void shm_map_destroy(void *memory, size_t bytes);

/**
 * May a file of this size be created? Beyond RLIMIT_FSIZE the kernel does not
 * refuse but sends SIGXFSZ (setrlimit(2)).
 */
bool shm_map_size_allowed(size_t bytes);

#endif
