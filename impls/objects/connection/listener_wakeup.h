/* SPDX-License-Identifier: MIT */
/*
 * A descriptor by which threads of one process that accept at a listener are
 * woken: for a close, and for a client that has not sent its hello yet and is
 * known to the one that took its connection only. The other side of the socket
 * cannot do that.
 *
 * Level-triggered and drained: a thread that accepts drains it, then looks at
 * everything, then polls it with the rest. So of the threads that are woken at
 * least one looks after the event. That one, or any that leaves later, sends it
 * again for the others (hand_on in listener.c); no wake-up is lost.
 *
 * Each process makes its own at its first wait, since an inherited one would
 * wake the parent. Without a descriptor (IPCM_LIMIT) slices do.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_WAKEUP_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_WAKEUP_H

#include <stdatomic.h>
#include <stdint.h>

/** All zero: none yet. */
struct listener_wakeup {
	/** Process id << 32 | descriptor + 1. */
	_Atomic uint64_t word;
};

/** This process's descriptor; made if there is none. -1: impossible. */
int listener_wakeup_open(struct listener_wakeup *wakeup);
/** Make it readable, if this process has one. */
void listener_wakeup_send(struct listener_wakeup *wakeup);
/** No longer readable. */
void listener_wakeup_drain(int fd);
/** Close it, or the copy that was inherited. */
void listener_wakeup_close(struct listener_wakeup *wakeup);

#endif
