/* SPDX-License-Identifier: MIT */
/*
 * A part of a file that grows, and what a process maps of it.
 *
 * A file (of shm_file.h, or that of a named object) ends in one or two such
 * parts. It gets longer when a part needs space, and stays sparse: pages are
 * allocated before they are touched. Each process maps what it needs when it
 * needs it, so a part that is empty takes neither memory nor address space.
 *
 * Part A and part B take turns, in extents whose sizes double:
 *
 *   file    | A | B | A | B |   A   |   B   |       A       |  ...
 *   part A  0  256K    512K        1M              2M
 *
 * Thus both can grow, and the file is at most twice as long as the larger one
 * needs (and 512 KiB).
 *
 * A view is a mapping of the first bytes of a part. It is used under one lock
 * of the object, by all threads of the process: only a thread that has this
 * lock reads the view or maps more, so memory under it does not move while
 * another thread uses it. Copied by fork(), at any moment.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_SHM_PART_H
#define IPCMARK_IMPLS_CORE_MEMORY_SHM_PART_H

#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/status.h"

/** Size of the first extent; pages are allocated in multiples of it. */
#define SHM_PART_STEP (UINT64_C(256) << 10)

/** Where the part lies; private to the process. */
struct shm_part {
	int fd;		/* the caller's */
	uint64_t base;	/* of the first part in the file */
	unsigned count; /* of parts: 1 or 2 */
	unsigned index; /* of this one, from 0 on */
	/* Of the file: the program may have closed a descriptor of ours, and
	 * opened another file under its number. */
	dev_t device;
	ino_t inode;
};

/** A mapping; zeroed: nothing is mapped. */
struct shm_view {
	uint8_t *base;
	uint64_t bytes;
};

/** @param base multiple of the page size; the file may end before it */
enum ipcm_status shm_part_open(struct shm_part *part, int fd, uint64_t base,
			       unsigned count, unsigned index);

/**
 * Give [from, to) zeroed pages, where it has none. Under the lock of those who
 * let the part grow. Nothing in the range may be in use: if this fails, pages
 * in it that were never written to are gone.
 * @return IPCM_NOMEM; IPCM_LIMIT (RLIMIT_FSIZE); IPCM_SYSTEM (the descriptor is
 *         not ours any more)
 */
enum ipcm_status shm_part_allocate(const struct shm_part *part, uint64_t from,
				   uint64_t to);

/** Make the file long enough for `bytes` bytes of the part, without pages. */
enum ipcm_status shm_part_lengthen(const struct shm_part *part, uint64_t bytes);

/** IPCM_CORRUPT if the file is not long enough for them. */
enum ipcm_status shm_part_check(const struct shm_part *part, uint64_t bytes);

/** Free the pages of [from, to); they are zeroes if they are read. */
void shm_part_punch(const struct shm_part *part, uint64_t from, uint64_t to);

/**
 * Map at least so many bytes; a view that is too short is replaced by a longer
 * one. What is mapped is neither dumped into core files nor allocated by
 * mlockall, except pages that exist.
 * @return IPCM_CORRUPT (the file has not so many); IPCM_NOMEM and IPCM_LIMIT
 *         (of address space); IPCM_SYSTEM
 */
enum ipcm_status shm_view_extend(struct shm_view *view,
				 const struct shm_part *part, uint64_t bytes);

/** shm_view_extend, if the view is too short. */
static inline enum ipcm_status shm_view_cover(struct shm_view *view,
					      const struct shm_part *part,
					      uint64_t bytes)
{
	return __builtin_expect(bytes <= view->bytes, 1)
		       ? IPCM_OK
		       : shm_view_extend(view, part, bytes);
}

void shm_view_close(struct shm_view *view);

#endif
