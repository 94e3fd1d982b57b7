/* SPDX-License-Identifier: MIT */
/*
 * Shared buffer over a sparse file. Pages are allocated with fallocate before
 * they are touched, so that a full memory gives an error code, and freed with a
 * punched hole. SIGKILL may interrupt every step: a range has pages before
 * `reserved` covers it, and loses them before `released` covers it; doing
 * either twice is harmless.
 */
#include "shared_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm_map.h"
#include "impls/core/errno_status.h"

#define RESERVE_STEP (UINT64_C(256) << 10)
#define RELEASE_STEP (UINT64_C(1) << 20)

enum ipcm_status shared_buffer_open(struct shared_buffer *shared_buffer,
				    uint64_t prefix_bytes,
				    struct shared_buffer_shared *shared)
{
	size_t size = (size_t)(prefix_bytes + SHARED_BUFFER_WINDOW_BYTES);
	enum ipcm_status status;
	void *base;
	int fd;

	if (!shm_map_size_allowed(size))
		return IPCM_LIMIT;
	fd = memfd_create("ipcmark-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return status_from_errno(errno);
	if (ftruncate(fd, (off_t)size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto close_fd;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (base == MAP_FAILED)
		goto close_fd;
	*shared_buffer =
		(struct shared_buffer){base, prefix_bytes, fd, true, 0, shared};
	return IPCM_OK;
close_fd:
	status = status_from_errno(errno);
	(void)close(fd);
	return status;
}

enum ipcm_status shared_buffer_open_in(struct shared_buffer *shared_buffer,
				       int fd, uint64_t offset, bool create,
				       uint64_t prefix_bytes,
				       struct shared_buffer_shared *shared)
{
	size_t size = (size_t)(prefix_bytes + SHARED_BUFFER_WINDOW_BYTES);
	void *base;

	if (create && !shm_map_size_allowed((size_t)offset + size))
		return IPCM_LIMIT;
	if (create && ftruncate(fd, (off_t)(offset + size)))
		return status_from_errno(errno);
	base = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, (off_t)offset);
	if (base == MAP_FAILED)
		return status_from_errno(errno);
	*shared_buffer = (struct shared_buffer){base,  prefix_bytes, fd,
						false, offset,	     shared};
	return IPCM_OK;
}

void shared_buffer_close(struct shared_buffer *shared_buffer)
{
	if (!shared_buffer->base)
		return;
	(void)munmap(shared_buffer->base, (size_t)(shared_buffer->prefix_bytes +
						   SHARED_BUFFER_WINDOW_BYTES));
	if (shared_buffer->fd_is_own)
		(void)close(shared_buffer->fd);
	shared_buffer->base = NULL;
}

static uint64_t offset_of(const struct shared_buffer *shared_buffer,
			  uint64_t position)
{
	return shared_buffer->prefix_bytes +
	       position % SHARED_BUFFER_WINDOW_BYTES;
}

static enum ipcm_status add_pages(struct shared_buffer *shared_buffer,
				  uint64_t offset, uint64_t bytes)
{
	int error;

	do {
		error = posix_fallocate(
			shared_buffer->fd,
			(off_t)(shared_buffer->file_offset + offset),
			(off_t)bytes);
	} while (error == EINTR);
	return error ? IPCM_NOMEM : IPCM_OK;
}

static void punch(struct shared_buffer *shared_buffer, uint64_t offset,
		  uint64_t bytes)
{
	/* a failure only keeps memory a little longer */
	(void)fallocate(
		shared_buffer->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		(off_t)(shared_buffer->file_offset + offset), (off_t)bytes);
}

enum ipcm_status shared_buffer_reserve(struct shared_buffer *shared_buffer,
				       uint64_t position, uint64_t bytes)
{
	uint64_t reserved = atomic_load_explicit(
		&shared_buffer->shared->reserved, memory_order_relaxed);
	/* acquire pairs with the release in shared_buffer_release */
	uint64_t released = atomic_load_explicit(
		&shared_buffer->shared->released, memory_order_acquire);

	if (position + bytes - released >
	    SHARED_BUFFER_WINDOW_BYTES - RELEASE_STEP)
		return IPCM_NOMEM;
	while (reserved < position + bytes) {
		/* the step divides the window: a step never wraps */
		if (add_pages(shared_buffer, offset_of(shared_buffer, reserved),
			      RESERVE_STEP))
			return IPCM_NOMEM;
		reserved += RESERVE_STEP;
		atomic_store_explicit(&shared_buffer->shared->reserved,
				      reserved, memory_order_relaxed);
	}
	return IPCM_OK;
}

void *shared_buffer_at(const struct shared_buffer *shared_buffer,
		       uint64_t position, uint64_t *ret_bytes)
{
	*ret_bytes = SHARED_BUFFER_WINDOW_BYTES -
		     position % SHARED_BUFFER_WINDOW_BYTES;
	return shared_buffer->base + offset_of(shared_buffer, position);
}

void shared_buffer_write(struct shared_buffer *shared_buffer, uint64_t position,
			 const void *data, size_t bytes)
{
	uint64_t contiguous;
	uint8_t *to = shared_buffer_at(shared_buffer, position, &contiguous);
	size_t first = bytes < contiguous ? bytes : (size_t)contiguous;

	memcpy(to, data, first);
	if (first < bytes)
		memcpy(shared_buffer->base + shared_buffer->prefix_bytes,
		       (const uint8_t *)data + first, bytes - first);
}

void shared_buffer_read(const struct shared_buffer *shared_buffer,
			uint64_t position, void *data, size_t bytes)
{
	uint64_t contiguous;
	const uint8_t *from =
		shared_buffer_at(shared_buffer, position, &contiguous);
	size_t first = bytes < contiguous ? bytes : (size_t)contiguous;

	memcpy(data, from, first);
	if (first < bytes)
		memcpy((uint8_t *)data + first,
		       shared_buffer->base + shared_buffer->prefix_bytes,
		       bytes - first);
}

void shared_buffer_release(struct shared_buffer *shared_buffer,
			   uint64_t position)
{
	uint64_t released = atomic_load_explicit(
		&shared_buffer->shared->released, memory_order_relaxed);

	while (position - released >= RELEASE_STEP && position > released) {
		punch(shared_buffer, offset_of(shared_buffer, released),
		      RELEASE_STEP);
		released += RELEASE_STEP;
		/* release pairs with the acquire in shared_buffer_reserve */
		atomic_store_explicit(&shared_buffer->shared->released,
				      released, memory_order_release);
	}
}

/* A step never wraps. */
static void punch_steps(struct shared_buffer *shared_buffer, uint64_t from,
			uint64_t to)
{
	for (uint64_t at = from; at < to; at += RESERVE_STEP)
		punch(shared_buffer, offset_of(shared_buffer, at),
		      RESERVE_STEP);
}

void shared_buffer_sweep(struct shared_buffer *shared_buffer, uint64_t position)
{
	uint64_t reserved = atomic_load_explicit(
		&shared_buffer->shared->reserved, memory_order_relaxed);
	uint64_t released = atomic_load_explicit(
		&shared_buffer->shared->released, memory_order_relaxed);
	uint64_t step = position / RESERVE_STEP * RESERVE_STEP;
	uint64_t keep = step < position ? step + RESERVE_STEP : step;

	punch_steps(shared_buffer, released, step);
	if (reserved <= keep)
		return;
	/* first the counter: pages beyond it do no harm */
	atomic_store_explicit(&shared_buffer->shared->reserved, keep,
			      memory_order_relaxed);
	punch_steps(shared_buffer, keep, reserved);
}

uint64_t shared_buffer_prefix_bytes(const struct shared_buffer *shared_buffer)
{
	return atomic_load_explicit(&shared_buffer->shared->prefix,
				    memory_order_relaxed);
}

void *shared_buffer_prefix(const struct shared_buffer *shared_buffer)
{
	return shared_buffer->base;
}

/*
 * Only what is missing is requested: a fallocate that fails frees all pages of
 * its range that no process has written to yet (tmpfs).
 */
static bool prefix_grow(struct shared_buffer *shared_buffer, uint64_t have,
			uint64_t requested)
{
	if (requested > shared_buffer->prefix_bytes)
		requested = shared_buffer->prefix_bytes;
	if (add_pages(shared_buffer, have, requested - have))
		return false;
	atomic_store_explicit(&shared_buffer->shared->prefix, requested,
			      memory_order_relaxed);
	return true;
}

enum ipcm_status shared_buffer_prefix_reserve(
	struct shared_buffer *shared_buffer, uint64_t bytes)
{
	uint64_t have = shared_buffer_prefix_bytes(shared_buffer);
	uint64_t steps = (bytes + RESERVE_STEP - 1) / RESERVE_STEP;

	if (__builtin_expect(have >= bytes, 1))
		return IPCM_OK;
	if (bytes > shared_buffer->prefix_bytes)
		return IPCM_NOMEM;
	/* a whole step, or no more than needed if memory is short */
	return prefix_grow(shared_buffer, have, steps * RESERVE_STEP) ||
			       prefix_grow(shared_buffer, have,
					   shm_map_round(bytes))
		       ? IPCM_OK
		       : IPCM_NOMEM;
}

void shared_buffer_prefix_trim(struct shared_buffer *shared_buffer,
			       uint64_t keep_bytes)
{
	uint64_t have = shared_buffer_prefix_bytes(shared_buffer);

	if (have <= keep_bytes)
		return;
	/* first the counter: pages beyond it do no harm */
	atomic_store_explicit(&shared_buffer->shared->prefix, keep_bytes,
			      memory_order_relaxed);
	punch(shared_buffer, keep_bytes, have - keep_bytes);
}
