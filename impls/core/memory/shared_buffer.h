/* SPDX-License-Identifier: MIT */
/*
 * Shared buffer: shared memory that grows and shrinks. It holds what a channel
 * cannot take: the overflow buffer of queues over a stream, the large items of
 * a store. Entries are appended and freed in order, each in one piece. Next to
 * them lies the assembly, a plain buffer that grows on demand. Read shm_part.h
 * first.
 *
 * Positions are 64-bit and only get higher: number of the lap * 4 GiB + offset
 * in the part. An entry goes behind the last one, or begins a lap:
 *
 *   nothing in use    a lap from offset 0 on
 *   the front free    a lap from offset 0 on, behind which the older entries
 *                     are read to their end
 *   the front full    a lap behind all that is in use: the file grows
 *
 * The first MiB keeps its pages. What lies above is freed in steps, and may be
 * used again only then; so small queues cost no system calls, and large ones
 * give back what they needed.
 *
 * Locks: P, of those who append and grow; C, of those who read and free. With
 * one lock for both, view P is used.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_SHARED_BUFFER_H
#define IPCMARK_IMPLS_CORE_MEMORY_SHARED_BUFFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"
#include "shm_part.h"

/** Offsets in a lap; one buffer can hold nearly as much at once. */
#define SHARED_BUFFER_LAP_BYTES (UINT64_C(4) << 30)

/** Laps in use at once are at most three. */
#define SHARED_BUFFER_LAPS 4

/** The part that all processes see; zeroed, in shared memory of the caller. */
struct shared_buffer_shared {
	/** C: below, space may be used again. */
	_Atomic uint64_t released;
	/** C: nothing below is needed; stored after `released`. P changes both
	 * while nothing is in use. */
	_Atomic uint64_t consumed;
	/** P: offsets below it of the first MiB have pages. */
	_Atomic uint64_t front;
	/** P: offsets of its lap between the first MiB and it have pages. */
	_Atomic uint64_t reserved;
	/** P: offsets at which laps begin, and ended; by number modulo 4. */
	_Atomic uint64_t start[SHARED_BUFFER_LAPS];
	_Atomic uint64_t end[SHARED_BUFFER_LAPS];
	/** P: bytes of the assembly that have pages. */
	_Atomic uint64_t assembly;
};

/** Which lock the caller has. */
enum shared_buffer_side { SHARED_BUFFER_P, SHARED_BUFFER_C };

/** This process's view; copied by fork(). */
struct shared_buffer {
	struct shm_part entries, assembly;
	struct shm_view view[2]; /* of the entries; enum shared_buffer_side */
	struct shm_view assembly_view;
	uint64_t assembly_most;
	int own_fd; /* -1: the caller's */
	struct shared_buffer_shared *shared;
};

/** Bytes that an entry of this length takes. */
static inline uint64_t shared_buffer_round(uint64_t bytes)
{
	return (bytes + 15) & ~UINT64_C(15);
}

/**
 * Create one in a file of its own (shm_file.h).
 * @param assembly_most limit of the assembly; 0: there is none
 */
enum ipcm_status shared_buffer_open(struct shared_buffer *buffer,
				    uint64_t assembly_most,
				    struct shared_buffer_shared *shared);

/**
 * Create it at the end of a file, or open it there: from offset on, which is a
 * multiple of the page size. The descriptor must stay open until
 * shared_buffer_close.
 */
enum ipcm_status shared_buffer_open_in(struct shared_buffer *buffer, int fd,
				       uint64_t offset, uint64_t assembly_most,
				       struct shared_buffer_shared *shared);

/** A zeroed one, or one that is closed, is allowed. */
void shared_buffer_close(struct shared_buffer *buffer);

/**
 * Find space for an entry, with pages. P. The entry exists when the caller has
 * stored its end, *ret_start + shared_buffer_round(bytes), as the next tail.
 * @param tail end of the last entry
 * @param ret_space its address, until the next call under P
 * @return IPCM_OK, IPCM_NOMEM, IPCM_LIMIT, IPCM_SYSTEM
 */
enum ipcm_status shared_buffer_space(struct shared_buffer *buffer,
				     uint64_t tail, uint64_t bytes,
				     uint64_t *ret_start, void **ret_space);

/**
 * The address of an entry, until the next call with the same lock. Positions in
 * shared memory are not trusted: IPCM_CORRUPT if there is no such entry.
 * IPCM_NOMEM and IPCM_LIMIT: this process cannot map so much.
 */
enum ipcm_status shared_buffer_find(struct shared_buffer *buffer,
				    enum shared_buffer_side side,
				    uint64_t position, uint64_t bytes,
				    void **ret_entry);

/** Where the entry behind `position`, an end of one, begins; tail is later. */
uint64_t shared_buffer_next(const struct shared_buffer *buffer,
			    uint64_t position, uint64_t tail);

/** Nothing below position, an end of an entry, is needed any more. C. */
void shared_buffer_release(struct shared_buffer *buffer, uint64_t position);

/**
 * All entries below `tail` were taken, but not all of them were released: free
 * their pages, and those beyond. P. A release at the same time does no harm.
 */
void shared_buffer_sweep(struct shared_buffer *buffer, uint64_t tail);

/** Give the assembly at least `bytes` bytes. P. As shared_buffer_space. */
enum ipcm_status shared_buffer_assembly_reserve(struct shared_buffer *buffer,
						uint64_t bytes);

/** The size of the assembly. */
static inline uint64_t shared_buffer_assembly_bytes(
	const struct shared_buffer *buffer)
{
	return atomic_load_explicit(&buffer->shared->assembly,
				    memory_order_relaxed);
}

/** Its address, until the next call under C. As shared_buffer_find. */
enum ipcm_status shared_buffer_assembly(struct shared_buffer *buffer,
					uint64_t bytes, void **ret_memory);

/** Free the pages of a large assembly. Both locks. */
void shared_buffer_assembly_trim(struct shared_buffer *buffer,
				 uint64_t keep_bytes);

#endif
