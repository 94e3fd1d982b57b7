/* SPDX-License-Identifier: MIT */
/*
 * See frame_ring.h. Only the writer moves the tail, only the reader the head.
 */
#include "frame_ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm_map.h"

#define BYTES_LEAST UINT32_C(4096)
#define BYTES_MOST  (UINT32_C(1) << 30)

/* Offsets are not reduced; the ring's size divides 2^32. */
struct frame_ring_shared {
	_Alignas(64) _Atomic uint32_t tail; /* written by the sender */
	_Alignas(64) _Atomic uint32_t head; /* written by the receiver */
	_Alignas(64) uint8_t ring[];
};

struct frame_ring {
	struct frame_ring_shared *shared;
	uint32_t bytes;
	atomic_int users;
	atomic_int fd; /* of the memory while frame_ring_fd may ask, or -1 */
};

static struct frame_ring *ring_new(uint32_t bytes, int users)
{
	struct frame_ring *ring = malloc(sizeof(*ring));

	if (ring) {
		ring->bytes = bytes;
		atomic_init(&ring->users, users);
		atomic_init(&ring->fd, -1);
	}
	return ring;
}

static void fd_drop(struct frame_ring *ring)
{
	int fd = atomic_exchange(&ring->fd, -1);

	if (fd >= 0)
		(void)close(fd);
}

enum ipcm_status frame_ring_open(uint32_t bytes, int users, bool portable,
				 struct frame_ring **ret_ring)
{
	struct frame_ring *ring = ring_new(bytes, users);
	enum ipcm_status status;
	void *memory;
	int fd;

	if (!ring)
		return IPCM_NOMEM;
	status = shm_map_create_kept(sizeof(struct frame_ring_shared) + bytes,
				     &memory, &fd);
	if (status) {
		free(ring);
		return status;
	}
	ring->shared = memory;
	atomic_init(&ring->fd, fd);
	if (!portable)
		fd_drop(ring);
	*ret_ring = ring;
	return IPCM_OK;
}

int frame_ring_fd(const struct frame_ring *ring)
{
	return atomic_load(&ring->fd);
}

enum ipcm_status frame_ring_adopt(int fd, uint32_t bytes,
				  struct frame_ring **ret_ring)
{
	struct frame_ring *ring;
	enum ipcm_status status;
	void *memory;

	if (bytes < BYTES_LEAST || bytes > BYTES_MOST || bytes & (bytes - 1))
		return IPCM_CORRUPT;
	ring = ring_new(bytes, 1);
	if (!ring)
		return IPCM_NOMEM;
	status = shm_map_adopt(fd, sizeof(struct frame_ring_shared) + bytes,
			       &memory);
	if (status) {
		free(ring);
		return status;
	}
	ring->shared = memory;
	*ret_ring = ring;
	return IPCM_OK;
}

void frame_ring_close(struct frame_ring *ring)
{
	if (!ring)
		return;
	fd_drop(ring);
	if (atomic_fetch_sub(&ring->users, 1) > 1)
		return;
	shm_map_destroy(ring->shared,
			sizeof(struct frame_ring_shared) + ring->bytes);
	free(ring);
}

uint32_t frame_ring_bytes(const struct frame_ring *ring)
{
	return ring->bytes;
}

static uint32_t frame_space(size_t bytes)
{
	return (uint32_t)((sizeof(uint64_t) + bytes + 7) & ~(size_t)7);
}

static void ring_write(struct frame_ring *to, uint32_t at, const void *data,
		       size_t bytes)
{
	size_t start = at & (to->bytes - 1);
	size_t contiguous = to->bytes - start;
	size_t first = bytes < contiguous ? bytes : contiguous;

	memcpy(to->shared->ring + start, data, first);
	if (first < bytes)
		memcpy(to->shared->ring, (const uint8_t *)data + first,
		       bytes - first);
}

static void ring_read(const struct frame_ring *from, uint32_t at, void *data,
		      size_t bytes)
{
	size_t start = at & (from->bytes - 1);
	size_t contiguous = from->bytes - start;
	size_t first = bytes < contiguous ? bytes : contiguous;

	memcpy(data, from->shared->ring + start, first);
	if (first < bytes)
		memcpy((uint8_t *)data + first, from->shared->ring,
		       bytes - first);
}

enum ipcm_status frame_ring_put(struct frame_ring *to, const void *frame,
				size_t bytes)
{
	uint64_t length = bytes;
	uint32_t tail =
		atomic_load_explicit(&to->shared->tail, memory_order_relaxed);
	/* acquire: pairs with the release in frame_ring_take, after its read */
	uint32_t head =
		atomic_load_explicit(&to->shared->head, memory_order_acquire);

	if (to->bytes - (tail - head) < frame_space(bytes))
		return IPCM_FULL;
	ring_write(to, tail, &length, sizeof(length));
	ring_write(to, tail + (uint32_t)sizeof(length), frame, bytes);
	/* release publishes; pairs with the acquire in frame_ring_take */
	atomic_store_explicit(&to->shared->tail, tail + frame_space(bytes),
			      memory_order_release);
	return IPCM_OK;
}

enum ipcm_status frame_ring_take(struct frame_ring *from, void *buffer,
				 size_t bytes, size_t *ret_bytes)
{
	uint32_t head =
		atomic_load_explicit(&from->shared->head, memory_order_relaxed);
	/* acquire: pairs with the release in frame_ring_put */
	uint32_t tail =
		atomic_load_explicit(&from->shared->tail, memory_order_acquire);
	uint64_t length;

	if (head == tail)
		return IPCM_EMPTY;
	ring_read(from, head, &length, sizeof(length));
	if (length == 0 || length > bytes ||
	    frame_space((size_t)length) > tail - head)
		return IPCM_CORRUPT;
	ring_read(from, head + (uint32_t)sizeof(length), buffer,
		  (size_t)length);
	atomic_store_explicit(&from->shared->head,
			      head + frame_space((size_t)length),
			      memory_order_release);
	*ret_bytes = (size_t)length;
	return IPCM_OK;
}

uint32_t frame_ring_used(const struct frame_ring *ring)
{
	return atomic_load_explicit(&ring->shared->tail, memory_order_acquire) -
	       atomic_load_explicit(&ring->shared->head, memory_order_relaxed);
}
