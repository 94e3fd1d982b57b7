/* SPDX-License-Identifier: MIT */
/*
 * Arena over a sparse file. Pages come with fallocate before they are
 * touched, so that a full memory is an error code, and go with a punched hole.
 * Every step may be cut off by SIGKILL: a range is given pages before
 * `reserved` says so, and loses them before `released` says so; doing either
 * twice is harmless.
 */
#include "shared_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm_map.h"

#define RESERVE_STEP (UINT64_C(256) << 10)
#define RELEASE_STEP (UINT64_C(1) << 20)

enum ipcm_status arena_open(struct arena *arena, uint64_t prefix_bytes,
			    struct arena_shared *shared)
{
	size_t size = (size_t)(prefix_bytes + ARENA_WINDOW_BYTES);
	enum ipcm_status status;
	void *base;
	int fd;

	if (!segment_size_allowed(size))
		return IPCM_LIMIT;
	fd = memfd_create("ipcmark-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return status_from_errno(errno);
	if (ftruncate(fd, (off_t)size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto close_fd;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (base == MAP_FAILED)
		goto close_fd;
	*arena = (struct arena){base, prefix_bytes, fd, true, 0, shared};
	return IPCM_OK;
close_fd:
	status = status_from_errno(errno);
	(void)close(fd);
	return status;
}

enum ipcm_status arena_open_in(struct arena *arena, int fd, uint64_t offset,
			       bool make, uint64_t prefix_bytes,
			       struct arena_shared *shared)
{
	size_t size = (size_t)(prefix_bytes + ARENA_WINDOW_BYTES);
	void *base;

	if (make && !segment_size_allowed((size_t)offset + size))
		return IPCM_LIMIT;
	if (make && ftruncate(fd, (off_t)(offset + size)))
		return status_from_errno(errno);
	base = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, (off_t)offset);
	if (base == MAP_FAILED)
		return status_from_errno(errno);
	*arena = (struct arena){base, prefix_bytes, fd, false, offset, shared};
	return IPCM_OK;
}

void arena_close(struct arena *arena)
{
	if (!arena->base)
		return;
	(void)munmap(arena->base,
		     (size_t)(arena->prefix_bytes + ARENA_WINDOW_BYTES));
	if (arena->fd_is_own)
		(void)close(arena->fd);
	arena->base = NULL;
}

static uint64_t offset_of(const struct arena *arena, uint64_t position)
{
	return arena->prefix_bytes + position % ARENA_WINDOW_BYTES;
}

static enum ipcm_status add_pages(struct arena *arena, uint64_t offset,
				  uint64_t bytes)
{
	int error;

	do {
		error = posix_fallocate(arena->fd,
					(off_t)(arena->file_offset + offset),
					(off_t)bytes);
	} while (error == EINTR);
	return error ? IPCM_NOMEM : IPCM_OK;
}

static void punch(struct arena *arena, uint64_t offset, uint64_t bytes)
{
	/* failing only keeps memory a little longer */
	(void)fallocate(arena->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)(arena->file_offset + offset), (off_t)bytes);
}

enum ipcm_status arena_reserve(struct arena *arena, uint64_t position,
			       uint64_t bytes)
{
	uint64_t reserved = atomic_load_explicit(&arena->shared->reserved,
						 memory_order_relaxed);
	/* acquire pairs with the release in arena_release */
	uint64_t released = atomic_load_explicit(&arena->shared->released,
						 memory_order_acquire);

	if (position + bytes - released > ARENA_WINDOW_BYTES - RELEASE_STEP)
		return IPCM_NOMEM;
	while (reserved < position + bytes) {
		/* the step divides the window: a step never wraps */
		if (add_pages(arena, offset_of(arena, reserved), RESERVE_STEP))
			return IPCM_NOMEM;
		reserved += RESERVE_STEP;
		atomic_store_explicit(&arena->shared->reserved, reserved,
				      memory_order_relaxed);
	}
	return IPCM_OK;
}

void *arena_at(const struct arena *arena, uint64_t position,
	       uint64_t *ret_bytes)
{
	*ret_bytes = ARENA_WINDOW_BYTES - position % ARENA_WINDOW_BYTES;
	return arena->base + offset_of(arena, position);
}

void arena_write(struct arena *arena, uint64_t position, const void *data,
		 size_t bytes)
{
	uint64_t room;
	uint8_t *to = arena_at(arena, position, &room);
	size_t first = bytes < room ? bytes : (size_t)room;

	memcpy(to, data, first);
	if (first < bytes)
		memcpy(arena->base + arena->prefix_bytes,
		       (const uint8_t *)data + first, bytes - first);
}

void arena_read(const struct arena *arena, uint64_t position, void *data,
		size_t bytes)
{
	uint64_t room;
	const uint8_t *from = arena_at(arena, position, &room);
	size_t first = bytes < room ? bytes : (size_t)room;

	memcpy(data, from, first);
	if (first < bytes)
		memcpy((uint8_t *)data + first,
		       arena->base + arena->prefix_bytes, bytes - first);
}

void arena_release(struct arena *arena, uint64_t position)
{
	uint64_t released = atomic_load_explicit(&arena->shared->released,
						 memory_order_relaxed);

	while (position - released >= RELEASE_STEP && position > released) {
		punch(arena, offset_of(arena, released), RELEASE_STEP);
		released += RELEASE_STEP;
		/* release pairs with the acquire in arena_reserve */
		atomic_store_explicit(&arena->shared->released, released,
				      memory_order_release);
	}
}

/* In steps: one never wraps. */
static void punch_steps(struct arena *arena, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at += RESERVE_STEP)
		punch(arena, offset_of(arena, at), RESERVE_STEP);
}

void arena_sweep(struct arena *arena, uint64_t position)
{
	uint64_t reserved = atomic_load_explicit(&arena->shared->reserved,
						 memory_order_relaxed);
	uint64_t released = atomic_load_explicit(&arena->shared->released,
						 memory_order_relaxed);
	uint64_t step = position / RESERVE_STEP * RESERVE_STEP;
	uint64_t keep = step < position ? step + RESERVE_STEP : step;

	punch_steps(arena, released, step);
	if (reserved <= keep)
		return;
	/* say so first: pages that are there anyway do no harm */
	atomic_store_explicit(&arena->shared->reserved, keep,
			      memory_order_relaxed);
	punch_steps(arena, keep, reserved);
}

uint64_t arena_prefix_bytes(const struct arena *arena)
{
	return atomic_load_explicit(&arena->shared->prefix,
				    memory_order_relaxed);
}

void *arena_prefix(const struct arena *arena)
{
	return arena->base;
}

/*
 * Only what is missing is asked for: a fallocate that fails takes back all
 * pages of its range that nobody has written to yet (tmpfs).
 */
static bool prefix_grow(struct arena *arena, uint64_t have, uint64_t want)
{
	if (want > arena->prefix_bytes)
		want = arena->prefix_bytes;
	if (add_pages(arena, have, want - have))
		return false;
	atomic_store_explicit(&arena->shared->prefix, want,
			      memory_order_relaxed);
	return true;
}

enum ipcm_status arena_prefix_reserve(struct arena *arena, uint64_t bytes)
{
	uint64_t have = arena_prefix_bytes(arena);
	uint64_t steps = (bytes + RESERVE_STEP - 1) / RESERVE_STEP;

	if (__builtin_expect(have >= bytes, 1))
		return IPCM_OK;
	if (bytes > arena->prefix_bytes)
		return IPCM_NOMEM;
	/* a step, or where memory is short no more than is needed */
	return prefix_grow(arena, have, steps * RESERVE_STEP) ||
			       prefix_grow(arena, have, segment_round(bytes))
		       ? IPCM_OK
		       : IPCM_NOMEM;
}

void arena_prefix_trim(struct arena *arena, uint64_t keep_bytes)
{
	uint64_t have = arena_prefix_bytes(arena);

	if (have <= keep_bytes)
		return;
	/* say so first: pages that are there anyway do no harm */
	atomic_store_explicit(&arena->shared->prefix, keep_bytes,
			      memory_order_relaxed);
	punch(arena, keep_bytes, have - keep_bytes);
}
