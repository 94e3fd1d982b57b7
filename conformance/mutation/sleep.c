/* SPDX-License-Identifier: MIT */
/*
 * Every sleep and every wake-up of the library: sleeps are written down for the
 * clauses that look for lost wake-ups (harness/sleepers.h), and the faults that
 * lose one are here. See queue.c.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/sem.h>
#include <sys/socket.h>

#include "conformance/harness/stepping/sleepers.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/poll.h"
#include "mutants_internal.h"

struct ipcm_queue;
struct lock_base;

static enum sleep_end end_of(bool woken, int64_t deadline_ns)
{
	if (woken)
		return SLEEP_WOKEN;
	return clock_past(deadline_ns) ? SLEEP_OVER : SLEEP_NONE;
}

WRAP(enum futex_end, futex_wait, _Atomic uint32_t *word, uint32_t expected,
     int64_t deadline_ns)
{
	enum futex_end end;

	sleep_begins();
	end = __real_futex_wait(word, expected, deadline_ns);
	sleep_ends(end == FUTEX_MOVED ? SLEEP_NONE
				      : end_of(end == FUTEX_WOKEN, deadline_ns),
		   deadline_ns);
	return end;
}

WRAP(void, futex_wake, _Atomic uint32_t *word, int count)
{
	if (!inject_strikes(INJECT_WAKE_LOST))
		__real_futex_wake(word, count);
}

WRAP(enum ipcm_status, poll_until, struct pollfd *entries, nfds_t count,
     int64_t deadline_ns)
{
	bool deaf = deadline_ns && count && inject_strikes(INJECT_POLL_DEAF);
	enum ipcm_status status;

	if (!deadline_ns)
		return __real_poll_until(entries, count, deadline_ns);
	sleep_begins();
	status = __real_poll_until(deaf ? NULL : entries, deaf ? 0 : count,
				   deadline_ns);
	sleep_ends(end_of(status == IPCM_OK, deadline_ns), deadline_ns);
	return status;
}

WRAP(enum ipcm_status, poll_one, int fd, short events, int64_t deadline_ns)
{
	struct pollfd entry = {.fd = fd, .events = events};

	return __wrap_poll_until(&entry, 1, deadline_ns);
}

WRAP(int, semtimedop, int id, struct sembuf *steps, size_t count,
     const struct timespec *limit)
{
	int64_t deadline = limit ? now_ns() + limit->tv_sec * S + limit->tv_nsec
				 : IPCM_FOREVER;
	int result, error;

	if (inject_strikes(INJECT_POLL_DEAF)) {
		any_status(__wrap_poll_until(NULL, 0, deadline));
		errno = EAGAIN;
		return -1;
	}
	sleep_begins();
	result = __real_semtimedop(id, steps, count, limit);
	error = errno;
	sleep_ends(end_of(result == 0, deadline), deadline);
	errno = error;
	return result;
}

WRAP(void, stream_owe_wakeup, struct ipcm_queue *queue)
{
	if (!inject_strikes(INJECT_WAKEUP_FRAME_LOST))
		__real_stream_owe_wakeup(queue);
}

WRAP(void, stream_wakeup_received, struct ipcm_queue *queue)
{
	if (!inject_strikes(INJECT_WAKEUP_BEHIND_ITEM))
		__real_stream_wakeup_received(queue);
}

WRAP(void, stream_slot_is_free_again, struct ipcm_queue *queue)
{
	if (!inject_strikes(INJECT_FAILED_PUT_WAKES_NONE))
		__real_stream_slot_is_free_again(queue);
}

WRAP(void, lock_base_wake_all, struct lock_base *base)
{
	if (!inject_strikes(INJECT_CLOSE_WAKES_NONE))
		__real_lock_base_wake_all(base);
}

/*
 * The poll wake-up is the only send of one byte. The library's sources call
 * send by this name: impls/core/no_cancel.h.
 */
WRAP(ssize_t, no_cancel_send, int fd, const void *data, size_t bytes, int flags)
{
	if (bytes == 1 && inject_strikes(INJECT_POLL_BYTE_LOST))
		return 1;
	return __real_no_cancel_send(fd, data, bytes, flags);
}

/* Cancellation is never disabled. */
WRAP(int, pthread_setcancelstate, int state, int *before)
{
	if (inject_is(INJECT_CANCEL_ACTS)) {
		*before = state;
		return 0;
	}
	return __real_pthread_setcancelstate(state, before);
}
