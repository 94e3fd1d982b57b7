/* SPDX-License-Identifier: MIT */
/*
 * Interruptible calls and the stop callback. Read interrupt.h first.
 */
#include "interrupt.h"

#include "clock.h"
#include "robust_entry.h"
#include "impls/core/no_cancel.h"

/*
 * How long an interruptible thread without a callback sleeps: at least half of
 * this, at random. A handler that runs in the instant in which a sleep ends
 * leaves no trace, so there must be few such instants, and no process may hit
 * them again and again because it keeps time with them.
 */
#define INTERRUPTIBLE_SLICE_NS (10 * STOP_SLICE_NS)

_Thread_local struct interrupt_state interrupt_state;

bool ipcm_set_interruptible(bool interruptible)
{
	bool was = interrupt_state.interruptible;

	interrupt_state.interruptible = interruptible;
	interrupt_state.ended = false;
	return was;
}

struct ipcm_stop ipcm_set_stop(struct ipcm_stop stop)
{
	struct ipcm_stop was = interrupt_state.stop;

	interrupt_state.stop = stop;
	interrupt_state.ended = false;
	return was;
}

bool interrupt_defer(bool defer)
{
	bool was = interrupt_state.deferred;

	interrupt_state.deferred = defer;
	interrupt_state.ended = false;
	return was;
}

/*
 * The callback may use other objects. Their waits do not ask it again, and the
 * robust locks that they take replace the entry by which this thread waits.
 */
bool interrupt_ask(void)
{
	struct robust_list_head *head = robust_entry.head;
	void *pending = head ? (void *)head->list_op_pending : NULL;
	void *outer = robust_entry.outer;
	struct ipcm_stop stop = interrupt_state.stop;
	int cancel = cancel_disable();
	bool asked;

	interrupt_state.deferred = true;
	asked = stop.asked(stop.context);
	cancel_restore(cancel);
	interrupt_state.deferred = false;
	if (head) {
		head->list_op_pending = pending;
		robust_entry.outer = outer;
	}
	/* calls in the callback have slept and recorded their own */
	interrupt_state.ended = asked;
	return asked;
}

/* 0 to 255, without a library call; any sequence that does not repeat soon. */
static int64_t jitter(void)
{
	interrupt_state.random = interrupt_state.random * 1103515245u +
				 (uint32_t)clock_now() + 12345u;
	return interrupt_state.random >> 24;
}

int64_t wait_slice_ns(void)
{
	if (interrupt_may_ask())
		return STOP_SLICE_NS;
	if (!interrupt_state.interruptible || interrupt_state.deferred ||
	    clock_wait_slice_ns > INTERRUPTIBLE_SLICE_NS)
		return clock_wait_slice();
	return INTERRUPTIBLE_SLICE_NS / 2 +
	       INTERRUPTIBLE_SLICE_NS / 2 * jitter() / 256;
}

int64_t wait_slice(int64_t deadline_ns)
{
	return clock_slice(deadline_ns, wait_slice_ns());
}

int64_t interrupt_limit(int64_t deadline_ns)
{
	return interrupt_may_ask() ? clock_slice(deadline_ns, STOP_SLICE_NS)
				   : deadline_ns;
}
