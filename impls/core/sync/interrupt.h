/* SPDX-License-Identifier: MIT */
/*
 * Interruptible calls (G-SIG-04): did a signal handler end the last sleep of
 * this thread, and does the thread want to know? The sleeps note it
 * (futex_wait, poll_until); the wait loops of the objects ask, right behind
 * their sleep, and return IPCM_INTR. Waits for owner locks go on: they are
 * short. But when they end in vain they tell, since a lock may be held for
 * longer (a reservation), and the loop asks then, too.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_INTERRUPT_H
#define IPCMARK_IMPLS_CORE_SYNC_INTERRUPT_H

#include <stdbool.h>

#include "ipcmark/status.h"

struct interrupt_state {
	bool wanted;
	bool came;
};
extern _Thread_local struct interrupt_state interrupt_state
	__attribute__((tls_model("initial-exec")));

/** A sleep ended: by a signal handler (EINTR)? */
static inline void interrupt_note(bool by_signal)
{
	interrupt_state.came = by_signal && interrupt_state.wanted;
}

/** Shall the call give up, because a handler ended its last sleep? */
static inline bool interrupted(void)
{
	return interrupt_state.came;
}

/**
 * What a back-end's wait came to. A plug-in says IPCM_INTR after every handler,
 * since it cannot know what the thread wants: unless the thread wants to be
 * told, that means "try again".
 */
static inline enum ipcm_status interrupt_settle(enum ipcm_status status)
{
	if (status != IPCM_INTR)
		return status;
	interrupt_note(true);
	return interrupted() ? IPCM_INTR : IPCM_OK;
}

#endif
