/* SPDX-License-Identifier: MIT */
/*
 * Interruptible calls (G-SIG-04): did a signal handler end the last sleep of
 * this thread, and is the thread interruptible? Every sleep records the first
 * (futex_wait, poll_until); the wait loops of the objects call interrupted()
 * directly after their sleep and return IPCM_INTR. Waits for a robust lock are
 * short and go on after a signal. A wait that times out on one does record the
 * signal, since a reservation holds such a lock for longer; the loop then calls
 * interrupted() too.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_INTERRUPT_H
#define IPCMARK_IMPLS_CORE_SYNC_INTERRUPT_H

#include <stdbool.h>

#include "ipcmark/status.h"

struct interrupt_state {
	bool interruptible;
	bool by_handler;
};
extern _Thread_local struct interrupt_state interrupt_state
	__attribute__((tls_model("initial-exec")));

/** Record how a sleep ended: by a signal handler (EINTR) or not. */
static inline void interrupt_note(bool by_signal)
{
	interrupt_state.by_handler = by_signal && interrupt_state.interruptible;
}

/** Must the call return IPCM_INTR, because a handler ended its last sleep? */
static inline bool interrupted(void)
{
	return interrupt_state.by_handler;
}

/**
 * The result of a back-end's wait. A plug-in returns IPCM_INTR after every
 * handler, since it cannot see whether the thread is interruptible: unless it
 * is, that means "try again".
 */
static inline enum ipcm_status interrupt_settle(enum ipcm_status status)
{
	if (status != IPCM_INTR)
		return status;
	interrupt_note(true);
	return interrupted() ? IPCM_INTR : IPCM_OK;
}

#endif
