/* SPDX-License-Identifier: MIT */
/*
 * Shared buffer: shared memory that grows. A byte ring over a large window of a
 * file (a memfd or that of a named object), of which only the part in use has
 * pages. Positions are 64-bit and never reduced. It holds what a channel cannot
 * take: the overflow buffer of queues over a stream, the large items of a
 * store. Before the ring lies a prefix, a plain buffer that grows on demand.
 *
 * Locks: reserve and shared_buffer_prefix_reserve need the producers' lock,
 * release the consumers' lock (or both), shared_buffer_prefix_trim both.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_SHARED_BUFFER_H
#define IPCMARK_IMPLS_CORE_MEMORY_SHARED_BUFFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

/** Bytes that one buffer can hold at once. */
#define SHARED_BUFFER_WINDOW_BYTES (UINT64_C(4) << 30)

/** The part that all processes see; zeroed, in shared memory of the caller. */
struct shared_buffer_shared {
	/** Pages exist up to here; written under the producers' lock. */
	_Atomic uint64_t reserved;
	/** No process reads below; written under the consumers' lock. */
	_Atomic uint64_t released;
	/** Bytes of the prefix that have pages; producers' lock. */
	_Atomic uint64_t prefix;
};

/** This process's view; copied by fork(). */
struct shared_buffer {
	uint8_t *base;
	uint64_t prefix_bytes;
	int fd;
	bool fd_is_own;
	uint64_t file_offset; /* of base in the file */
	struct shared_buffer_shared *shared;
};

/** Create the window; prefix_bytes is the limit of the prefix. */
enum ipcm_status shared_buffer_open(struct shared_buffer *shared_buffer,
				    uint64_t prefix_bytes,
				    struct shared_buffer_shared *shared);

/**
 * The same in the file of a named object, from offset on, which is a multiple
 * of the page size. The descriptor must stay open until shared_buffer_close.
 * @param create let the file grow; else it must be long enough already
 */
enum ipcm_status shared_buffer_open_in(struct shared_buffer *shared_buffer,
				       int fd, uint64_t offset, bool create,
				       uint64_t prefix_bytes,
				       struct shared_buffer_shared *shared);
void shared_buffer_close(struct shared_buffer *shared_buffer);

/** Give [position, position + bytes) pages; IPCM_NOMEM if there are none. */
enum ipcm_status shared_buffer_reserve(struct shared_buffer *shared_buffer,
				       uint64_t position, uint64_t bytes);

/** Copy in and out, with the wrap; the range must have pages. */
void shared_buffer_write(struct shared_buffer *shared_buffer, uint64_t position,
			 const void *data, size_t bytes);
void shared_buffer_read(const struct shared_buffer *shared_buffer,
			uint64_t position, void *data, size_t bytes);

/** Address of a position, and the number of bytes before the wrap. */
void *shared_buffer_at(const struct shared_buffer *shared_buffer,
		       uint64_t position, uint64_t *ret_bytes);

/** Nothing below position is needed any more: frees the pages of large parts.
 */
void shared_buffer_release(struct shared_buffer *shared_buffer,
			   uint64_t position);

/**
 * The buffer is empty and continues at position: free the pages below, though
 * `released` stays, and those reserved beyond. Under the producers' lock; a
 * concurrent release does no harm.
 */
void shared_buffer_sweep(struct shared_buffer *shared_buffer,
			 uint64_t position);

/** Give the prefix at least `bytes` bytes; IPCM_NOMEM if there are none. */
enum ipcm_status shared_buffer_prefix_reserve(
	struct shared_buffer *shared_buffer, uint64_t bytes);

/** The size of the prefix. */
uint64_t shared_buffer_prefix_bytes(const struct shared_buffer *shared_buffer);

/** The prefix buffer. */
void *shared_buffer_prefix(const struct shared_buffer *shared_buffer);

/** Free the pages of a large prefix. */
void shared_buffer_prefix_trim(struct shared_buffer *shared_buffer,
			       uint64_t keep_bytes);

#endif
