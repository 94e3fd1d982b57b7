/* SPDX-License-Identifier: MIT */
/*
 * Arena: shared memory that grows. A byte ring over a large window of a file,
 * a memfd or that of a named object, of which only the part in use has pages.
 * Positions are 64-bit and run free. It holds what a channel cannot take: the
 * spill of the kernel-carried queues, the large items of shm_ring; before the
 * ring lies a prefix, a plain buffer that grows on demand.
 *
 * Who may call: reserve and arena_prefix_reserve under the producers' lock,
 * release under the consumers' lock (or both), arena_prefix_trim under both.
 */
#ifndef IPCMARK_COMMON_ARENA_H
#define IPCMARK_COMMON_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

/** Bytes one arena can hold at once. */
#define ARENA_WINDOW_BYTES (UINT64_C(4) << 30)

/** The part that all processes see; lies zeroed in the caller's segment. */
struct arena_shared {
	/** Pages exist up to here; written under the producers' lock. */
	_Atomic uint64_t reserved;
	/** Nobody reads below; written under the consumers' lock. */
	_Atomic uint64_t released;
	/** Bytes of the prefix that have pages; producers' lock. */
	_Atomic uint64_t prefix;
};

/** This process's view; copied by fork(). */
struct arena {
	uint8_t *base;
	uint64_t prefix_bytes;
	int fd;
	bool fd_is_own;
	uint64_t file_offset; /* of base in the file */
	struct arena_shared *shared;
};

/** Make the window; prefix_bytes is the most the prefix may grow to. */
enum ipcm_status arena_open(struct arena *arena, uint64_t prefix_bytes,
			    struct arena_shared *shared);

/**
 * The same in a file that others find, from offset on, which is a multiple of
 * the page size. The descriptor is lent until arena_close.
 * @param make let the file grow; else it must be long enough already
 */
enum ipcm_status arena_open_in(struct arena *arena, int fd, uint64_t offset,
			       bool make, uint64_t prefix_bytes,
			       struct arena_shared *shared);
void arena_close(struct arena *arena);

/** Give [position, position + bytes) pages; IPCM_NOMEM if there are none. */
enum ipcm_status arena_reserve(struct arena *arena, uint64_t position,
			       uint64_t bytes);

/** Copy in and out, with the wrap; the range must have pages. */
void arena_write(struct arena *arena, uint64_t position, const void *data,
		 size_t bytes);
void arena_read(const struct arena *arena, uint64_t position, void *data,
		size_t bytes);

/** Address of a position, and how many bytes follow before the wrap. */
void *arena_at(const struct arena *arena, uint64_t position,
	       uint64_t *ret_bytes);

/** Nothing below position is needed any more: large parts lose their pages. */
void arena_release(struct arena *arena, uint64_t position);

/**
 * The arena is empty and goes on at position: take away what pages there are
 * below, though `released` stays, and what was reserved beyond. Under the
 * producers' lock; a release meanwhile does no harm.
 */
void arena_sweep(struct arena *arena, uint64_t position);

/** Give the prefix at least `bytes` bytes; IPCM_NOMEM if there are none. */
enum ipcm_status arena_prefix_reserve(struct arena *arena, uint64_t bytes);

/** How many bytes the prefix has. */
uint64_t arena_prefix_bytes(const struct arena *arena);

/** The prefix buffer. */
void *arena_prefix(const struct arena *arena);

/** Take the pages of a large prefix away again. */
void arena_prefix_trim(struct arena *arena, uint64_t keep_bytes);

#endif
