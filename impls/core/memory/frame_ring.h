/* SPDX-License-Identifier: MIT */
/*
 * Frame ring: frames in shared memory, from one writer to one reader, each
 * preceded by its length. It never waits and needs no recovery: one store
 * publishes a frame after its bytes are written.
 *
 * A frame_ring is the mapping of one process; all ports on it share the struct.
 * The memory is untrusted: each length read from it is checked.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_FRAME_RING_H
#define IPCMARK_IMPLS_CORE_MEMORY_FRAME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

/** Opaque; see above. */
struct frame_ring;

/**
 * Create a ring.
 * @param bytes a power of two, 4 KiB .. 1 GiB
 * @param users how many times frame_ring_close will be called
 * @param portable keep the memory's descriptor until the first close
 */
enum ipcm_status frame_ring_open(uint32_t bytes, int users, bool portable,
				 struct frame_ring **ret_ring);

/** The descriptor for frame_ring_adopt in another process, or -1. */
int frame_ring_fd(const struct frame_ring *ring);

/** Map a ring of another process; the descriptor stays the caller's. */
enum ipcm_status frame_ring_adopt(int fd, uint32_t bytes,
				  struct frame_ring **ret_ring);

/** Drop one user; the last one unmaps. NULL is allowed. */
void frame_ring_close(struct frame_ring *ring);

uint32_t frame_ring_bytes(const struct frame_ring *ring);

/** IPCM_OK or IPCM_FULL. */
enum ipcm_status frame_ring_put(struct frame_ring *ring, const void *frame,
				size_t bytes);
/** IPCM_OK, IPCM_EMPTY or IPCM_CORRUPT. */
enum ipcm_status frame_ring_take(struct frame_ring *ring, void *buffer,
				 size_t bytes, size_t *ret_bytes);
/** Bytes in use, of frames and their lengths. */
uint32_t frame_ring_used(const struct frame_ring *ring);

#endif
