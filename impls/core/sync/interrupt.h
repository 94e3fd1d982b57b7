/* SPDX-License-Identifier: MIT */
/*
 * What ends a wait of this thread before its time (G-SIG-04): a signal handler,
 * if the thread is interruptible, or its stop callback (ipcm_set_stop).
 *
 * This is the one place that knows both. Every sleep of a call that waits
 * (futex_wait, poll_until, a back-end's wait) asks the callback before it
 * begins, lasts at most 100 ms while there is a callback, also in a build
 * without slices, and records whether the call must end. So each wait loop of
 * the objects, which tries, sleeps and tries again, asks at its begin and after
 * each sleep. It calls interrupted() directly after its sleep, and returns
 * IPCM_INTR. A sleeper that used up a wake-up is not asked before it has tried
 * again.
 *
 * No lock of the library is held while the callback runs, except the producers'
 * lock of a SimpleQueue in the middle of a large item (simple_queue.h). Waits
 * for a robust lock do not ask (futex_sleep); they are short and go on after a
 * signal. A wait that times out on one does record the signal, since a
 * reservation holds such a lock for longer; the loop then calls
 * interrupted_now().
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_INTERRUPT_H
#define IPCMARK_IMPLS_CORE_SYNC_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/status.h"

/** The longest sleep of a thread that has a stop callback. */
#define STOP_SLICE_NS INT64_C(100000000)

struct interrupt_state {
	struct ipcm_stop stop;
	uint32_t random;
	bool interruptible;
	/** Neither applies now: interrupt_defer. */
	bool deferred;
	/** The last sleep of this thread ended for one of the two reasons. */
	bool ended;
};
extern _Thread_local struct interrupt_state interrupt_state
	__attribute__((tls_model("initial-exec")));

/** Ask the callback, which there is, and record its answer. */
bool interrupt_ask(void);

/** Does a signal handler end the sleeps of this thread? */
static inline bool interrupt_by_handler(void)
{
	return interrupt_state.interruptible && !interrupt_state.deferred;
}

/** Record how a sleep ended: by a signal handler (EINTR) or not. */
static inline void interrupt_note(bool by_signal)
{
	interrupt_state.ended = by_signal && interrupt_by_handler();
}

/** Is there a callback to ask? */
static inline bool interrupt_may_ask(void)
{
	return __builtin_expect(interrupt_state.stop.asked != NULL, 0) &&
	       !interrupt_state.deferred;
}

/** Before a sleep: must it not begin? Records that, for interrupted(). */
static inline bool interrupt_before_sleep(void)
{
	return interrupt_may_ask() && interrupt_ask();
}

/**
 * From now on no sleep of this thread is ended, nor asks: for a wait that must
 * go on, or that holds a lock. The other value ends that.
 * @return the former setting
 */
bool interrupt_defer(bool defer);

/** Must the call return IPCM_INTR, because something ended its last sleep? */
static inline bool interrupted(void)
{
	return interrupt_state.ended;
}

/** The same after a wait that did not ask: for a robust lock. */
static inline bool interrupted_now(void)
{
	return interrupted() || interrupt_before_sleep();
}

/**
 * The result of a back-end's wait, before which interrupt_note(false) was
 * called. A plug-in returns IPCM_INTR after every handler, since it cannot see
 * whether the thread is interruptible: unless it is, that means "try again".
 * Nor does it know of the callback.
 */
static inline enum ipcm_status interrupt_settle(enum ipcm_status status)
{
	if (status == IPCM_INTR && !interrupted())
		interrupt_note(true);
	if (status == IPCM_INTR || status == IPCM_TIMEDOUT) {
		if (interrupted_now())
			return IPCM_INTR;
	}
	return status == IPCM_INTR ? IPCM_OK : status;
}

/**
 * How long a wait may sleep before it looks around (clock_wait_slice_ns);
 * longer in an interruptible thread, which notices a death, a close or a
 * shutdown later.
 */
int64_t wait_slice_ns(void);
/** The nearer of the deadline and the end of such a slice. */
int64_t wait_slice(int64_t deadline_ns);
/** The deadline, or 100 ms from now in a thread with a callback. */
int64_t interrupt_limit(int64_t deadline_ns);

#endif
