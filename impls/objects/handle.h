/* SPDX-License-Identifier: MIT */
/*
 * The handle of every object: its life from open to closed to freed, and its
 * memory. A handle is private to the process and copied by fork(); what it
 * refers to is shared.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_HANDLE_H
#define IPCMARK_IMPLS_OBJECTS_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/memory/shm_map.h"
#include "impls/core/sync/pid_namespace.h"
#include "ipcmark/backend.h"

/** First member of every object's handle. */
struct handle {
	/** The kind's magic while open, its complement when closed, else 0. */
	_Atomic uint32_t magic;
	/** Threads that sleep in a call: process id << 32 | how many. */
	_Atomic uint64_t waiting;
};

/** Open it: all other members are set. */
static inline void handle_open(struct handle *handle, uint32_t magic)
{
	/* before children can inherit it: they compare theirs with this one */
	(void)pid_namespace_own();
	atomic_store_explicit(&handle->magic, magic, memory_order_relaxed);
}

/**
 * May the object be used? It begins with a handle, of the kind that `magic`
 * names. IPCM_OK; IPCM_CLOSED; IPCM_INVALID: NULL, freed, or another kind.
 */
static inline enum ipcm_status handle_check(const void *object, uint32_t magic)
{
	const struct handle *handle = object;
	uint32_t seen;

	if (__builtin_expect(!handle, 0))
		return IPCM_INVALID;
	/* relaxed: it orders nothing; see handle_wait_begin */
	seen = atomic_load_explicit(&handle->magic, memory_order_relaxed);
	if (__builtin_expect(seen == magic, 1))
		return IPCM_OK;
	return seen == ~magic ? IPCM_CLOSED : IPCM_INVALID;
}

/** handle_check of a call that also needs a place for its result. */
static inline enum ipcm_status handle_check_result(const void *object,
						   uint32_t magic,
						   const void *ret_result)
{
	enum ipcm_status status = handle_check(object, magic);

	return !status && !ret_result ? IPCM_INVALID : status;
}

/** Is the address aligned as handles are? Most garbage pointers are not. */
static inline bool handle_is_aligned(const void *object)
{
	return ((uintptr_t)object & 7) == 0;
}

/** Is it a handle of this kind, open or closed? */
static inline bool handle_is(const void *object, uint32_t magic)
{
	return handle_is_aligned(object) &&
	       handle_check(object, magic) != IPCM_INVALID;
}

/**
 * Close it; once or again. Only a flag: memory and descriptors are freed with
 * the handle. Threads that wait in a mechanism see it within a slice, those
 * that sleep on a word are woken by handle_close_waking.
 */
static inline enum ipcm_status handle_close(void *object, uint32_t magic)
{
	enum ipcm_status status = handle_check(object, magic);

	if (status == IPCM_INVALID)
		return status;
	atomic_store_explicit(&((struct handle *)object)->magic, ~magic,
			      memory_order_relaxed);
	return IPCM_OK;
}

/**
 * A call is about to sleep on a word of the object: from here until
 * handle_wait_end a close wakes it. It calls handle_check in between, before
 * each sleep.
 */
void handle_wait_begin(struct handle *handle);
void handle_wait_end(struct handle *handle);

/**
 * handle_close, and then wake the threads of this process that sleep in the
 * object. Other users' threads are woken too, and sleep on.
 * @param wake wakes all that sleep on the object's words
 */
enum ipcm_status handle_close_waking(void *object, uint32_t magic,
				     void (*wake)(void *object));

/** Before it is freed: a stale handle is invalid, not closed. */
static inline void handle_invalidate(struct handle *handle)
{
	atomic_store_explicit(&handle->magic, 0, memory_order_relaxed);
}

/* ---- with a back-end's private state ---- */

/** The alignment of the state that backend.h promises. */
#define HANDLE_ALIGN ((size_t)64)

/** bytes, rounded up to whole cache lines. */
static inline size_t handle_round(size_t bytes)
{
	return (bytes + HANDLE_ALIGN - 1) / HANDLE_ALIGN * HANDLE_ALIGN;
}

/**
 * Zeroed memory for a handle and the state behind it, which has cache lines of
 * its own; free(3) frees both.
 * @param ret_state receives the address of the state
 * @return the handle, or NULL without memory
 */
static inline void *handle_alloc(size_t handle_bytes, size_t state_bytes,
				 void **ret_state)
{
	size_t head = handle_round(handle_bytes);
	size_t total = head + handle_round(state_bytes);
	void *handle;

	if (posix_memalign(&handle, HANDLE_ALIGN, total))
		return NULL;
	memset(handle, 0, total);
	*ret_state = (char *)handle + head;
	return handle;
}

/* ---- whose whole state is a block of shared memory ---- */

/** First member of event, condition and barrier. */
struct shm_handle {
	struct handle handle;
	void *memory;
	size_t bytes;
};

/** Can the kind be created on a back-end? IPCM_OK, INVALID, NOTSUP. */
static inline enum ipcm_status shm_handle_offered(
	const struct ipcm_backend *backend)
{
	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	return backend->lock ? IPCM_OK : IPCM_NOTSUP;
}

/** Create the zeroed state and open the handle. */
static inline enum ipcm_status shm_handle_open(struct shm_handle *handle,
					       uint32_t magic, size_t bytes)
{
	enum ipcm_status status = shm_map_create(bytes, &handle->memory);

	if (status)
		return status;
	handle->bytes = bytes;
	handle_open(&handle->handle, magic);
	return IPCM_OK;
}

/** The same in memory that is allocated when it is first touched. */
static inline enum ipcm_status shm_handle_open_sparse(struct shm_handle *handle,
						      uint32_t magic,
						      size_t bytes)
{
	enum ipcm_status status = shm_map_create_sparse(bytes, &handle->memory);

	if (status)
		return status;
	handle->bytes = bytes;
	handle_open(&handle->handle, magic);
	return IPCM_OK;
}

/** Invalidate a handle that was open or closed, and drop its state. */
static inline void shm_handle_drop(struct shm_handle *handle)
{
	handle_invalidate(&handle->handle);
	shm_map_destroy(handle->memory, handle->bytes);
}

#endif
