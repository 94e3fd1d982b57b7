/* SPDX-License-Identifier: MIT */
/*
 * Memory of a handle that carries a back-end's private state: one block, the
 * handle first, the state behind it on a cache line of its own.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_HANDLE_H
#define IPCMARK_IMPLS_OBJECTS_HANDLE_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/** What backend.h promises for the state. */
#define HANDLE_ALIGN ((size_t)64)

/** bytes, rounded up to whole lines. */
static inline size_t handle_round(size_t bytes)
{
	return (bytes + HANDLE_ALIGN - 1) / HANDLE_ALIGN * HANDLE_ALIGN;
}

/**
 * Zeroed memory for a handle and its state; free(3) gives it back.
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

#endif
