/* SPDX-License-Identifier: MIT */
/*
 * Event: a flag that threads and processes wait for. No mechanism here has
 * one that survives set followed by clear (E-03), so it is emulated on every
 * back-end: a word in shared memory that counts the sets, and a futex.
 *
 * Sharing: create it, then fork(). Death of a user changes nothing.
 * Every call is lock-free and may be made from a signal handler, except
 * create, wait and free (E-04).
 */
#ifndef IPCMARK_EVENT_H
#define IPCMARK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An event's handle. Opaque; made by ipcm_event_create. */
struct ipcm_event;

/**
 * Make an event, clear at first.
 * @param ret_event receives the handle; the caller owns it: ipcm_event_free
 * @return IPCM_OK, IPCM_INVALID, IPCM_LIMIT, IPCM_NOMEM, IPCM_NOTSUP (no lock
 *         table). After a failure nothing is left.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_event_create(
	const struct ipcm_backend *backend, struct ipcm_event **ret_event);

/** Set it; all waiters return, even if it is cleared at once (E-02, E-03). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_event_set(struct ipcm_event *event);

/** Clear it. Setting and clearing again change nothing (E-01). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_event_clear(
	struct ipcm_event *event);

/** Is it set? No system call. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_event_is_set(
	const struct ipcm_event *event, bool *ret_set);

/**
 * Wait until it is set; does not clear it.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT; IPCM_CLOSED;
 *         IPCM_INTR; IPCM_INVALID
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_event_wait(struct ipcm_event *event,
						       int64_t timeout_ns);

/** Drop this process's use of it; it may be closed again. */
IPCM_API enum ipcm_status ipcm_event_close(struct ipcm_event *event);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_event_free(struct ipcm_event *event);

#ifdef __cplusplus
}
#endif

#endif
