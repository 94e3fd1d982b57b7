/* SPDX-License-Identifier: MIT */
/*
 * SimpleQueue: put, get, empty and close only: no bound, no time limits
 * (SQ-01). Several processes may put and get. Unlike a Queue it has two ends,
 * as a pipe does: when every process has closed its writing end, or died, get
 * reports end of file (SQ-04).
 *
 * Sharing: create it, then fork(). A process that only gets should close its
 * writing end, or end of file is never reported.
 *
 * Death: as queue.h says; a killed process's ends count as closed. So do those
 * of a process that exits without closing them. A call that waits in another
 * process notices either within 100 ms, a close at once.
 */
#ifndef IPCMARK_SIMPLE_QUEUE_H
#define IPCMARK_SIMPLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/backend.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A simple queue's handle. Opaque; made by ipcm_simple_queue_create. */
struct ipcm_simple_queue;

/**
 * Make a simple queue.
 * @param ret_queue receives the handle; the caller owns it:
 *        ipcm_simple_queue_free
 * @return as ipcm_queue_create
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_simple_queue_create(
	const struct ipcm_backend *backend,
	struct ipcm_simple_queue **ret_queue);

/**
 * Append an item; when it returns, no process sees an empty queue (SQ-02).
 * @param item size_bytes bytes, copied; may be NULL if 0
 * @param size_bytes 0 .. IPCM_ITEM_MAX_BYTES
 * @return IPCM_OK; IPCM_BROKEN (no reading end is left, SQ-04); IPCM_CLOSED
 *         (this process closed its writing end); IPCM_TOOBIG; IPCM_NOMEM;
 *         IPCM_INTR; IPCM_INVALID. Never IPCM_FULL.
 * Blocks while the channel is full. IPCM_INTR also ends it in the middle of an
 * item for which the channel has no space: then no reader gets any of it. A
 * stop callback that is asked there must not use this queue.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_simple_queue_put(
	struct ipcm_simple_queue *queue, const void *item, size_t size_bytes);

/**
 * Take the oldest item.
 * @param ret_size receives its length; may be NULL. IPCM_TOOSMALL: the needed
 *        length, the item stays.
 * @return IPCM_OK; IPCM_EOF (no writing end is left and all was read);
 *         IPCM_TOOSMALL; IPCM_CLOSED (this process closed its reading end);
 *         IPCM_INTR; IPCM_INVALID. Never IPCM_EMPTY.
 * Blocks while there is none.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_simple_queue_get(
	struct ipcm_simple_queue *queue, void *buffer, size_t buffer_bytes,
	size_t *ret_size);

/** Is there no item? IPCM_CLOSED if the reading end is closed. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_simple_queue_empty(
	const struct ipcm_simple_queue *queue, bool *ret_empty);

/** Close this process's reading end; it may be called again. */
IPCM_API enum ipcm_status ipcm_simple_queue_close_reader(
	struct ipcm_simple_queue *queue);
/** Close this process's writing end; it may be called again. */
IPCM_API enum ipcm_status ipcm_simple_queue_close_writer(
	struct ipcm_simple_queue *queue);
/** Close both ends (SQ-03); it may be called again. */
IPCM_API enum ipcm_status ipcm_simple_queue_close(
	struct ipcm_simple_queue *queue);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_simple_queue_free(struct ipcm_simple_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
