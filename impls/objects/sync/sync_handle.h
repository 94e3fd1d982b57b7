/* SPDX-License-Identifier: MIT */
/*
 * What the handles of event, condition and barrier have in common: a magic
 * word, and their state in a shared segment, inherited by fork(). What the
 * state means is theirs.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_SYNC_SYNC_HANDLE_H
#define IPCMARK_IMPLS_OBJECTS_SYNC_SYNC_HANDLE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/memory/shm_map.h"
#include "ipcmark/backend.h"

/** First member of the handles. Private to the process; copied by fork(). */
struct sync_handle {
	/** The kind's magic; its complement when closed; 0 when freed. */
	_Atomic uint32_t magic;
	void *memory;
	size_t bytes;
};

/** May the kind be made on a back-end? Parameters first, then the table. */
static inline enum ipcm_status sync_offered(const struct ipcm_backend *backend)
{
	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	return backend->lock ? IPCM_OK : IPCM_NOTSUP;
}

/** Make the state, zeroed, and open the handle. */
static inline enum ipcm_status sync_open(struct sync_handle *handle,
					 uint32_t magic, size_t bytes)
{
	enum ipcm_status status = shm_map_create(bytes, &handle->memory);

	if (status)
		return status;
	handle->bytes = bytes;
	atomic_store_explicit(&handle->magic, magic, memory_order_relaxed);
	return IPCM_OK;
}

/** IPCM_OK if the handle, of the kind that `magic` says, may be used. */
static inline enum ipcm_status sync_check(const struct sync_handle *handle,
					  uint32_t magic)
{
	uint32_t seen;

	if (__builtin_expect(!handle, 0))
		return IPCM_INVALID;
	seen = atomic_load_explicit(&handle->magic, memory_order_relaxed);
	if (__builtin_expect(seen == magic, 1))
		return IPCM_OK;
	return seen == ~magic ? IPCM_CLOSED : IPCM_INVALID;
}

/** A flag only: threads that wait in there see it within a slice. */
static inline enum ipcm_status sync_close(struct sync_handle *handle,
					  uint32_t magic)
{
	enum ipcm_status status = sync_check(handle, magic);

	if (status == IPCM_INVALID)
		return status;
	atomic_store_explicit(&handle->magic, ~magic, memory_order_relaxed);
	return IPCM_OK;
}

/** Drop the state of a handle that was open or closed. */
static inline void sync_drop(struct sync_handle *handle)
{
	/* a stale handle should look like garbage, not like a closed one */
	atomic_store_explicit(&handle->magic, 0, memory_order_relaxed);
	shm_map_destroy(handle->memory, handle->bytes);
}

#endif
