/* SPDX-License-Identifier: MIT */
/*
 * A descriptor by which threads of one process that poll are woken, where the
 * other side of the mechanism cannot do that: by a close of their handle, and
 * at a listener also for a client that has not sent its hello yet.
 *
 * It stays readable until it is drained: every thread that polls it sees that.
 * A thread that drains it does so first, and then looks at all it may be woken
 * for; one that leaves while others stay sends it again (hand_on in
 * listener.c). Who needs it for a close only never drains it.
 *
 * Each process makes its own at its first wait, since an inherited one would
 * wake the parent. Without a descriptor (IPCM_LIMIT) slices do.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_WAKEUP_FD_H
#define IPCMARK_IMPLS_CORE_SYNC_WAKEUP_FD_H

#include <stdatomic.h>
#include <stdint.h>

/** All zero: none yet. */
struct wakeup_fd {
	/** Process id << 32 | descriptor + 1. */
	_Atomic uint64_t word;
};

/** This process's descriptor; made if there is none. -1: impossible. */
int wakeup_fd_open(struct wakeup_fd *wakeup);
/** Make it readable, if this process has one. */
void wakeup_fd_send(struct wakeup_fd *wakeup);
/** No longer readable. */
void wakeup_fd_drain(int fd);
/** Close it, or the copy that was inherited. */
void wakeup_fd_close(struct wakeup_fd *wakeup);

#endif
