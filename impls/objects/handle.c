/* SPDX-License-Identifier: MIT */
/*
 * Closing a handle while threads sleep in its object. The flag is private to
 * the process, and the word on which they sleep is not: no single step changes
 * both, and sleeping on two words costs each sleep a tenth more. So a thread
 * that may sleep counts itself, then reads the flag; the close sets the flag,
 * then reads the count. While the count is not 0 it wakes all sleepers: one
 * that had read the flag before, and was not asleep yet, is woken the next
 * time.
 */
#include "handle.h"

#include <unistd.h>

#include "impls/core/sync/clock.h"

/* A sleeper needs microseconds to leave, or a CPU; it may be in its stop
 * callback. */
#define CLOSE_WAKES_NS NS_PER_S
/* Between two wake-ups: at first, and at most. */
#define CLOSE_PAUSE_NS	    (20 * INT64_C(1000))
#define CLOSE_PAUSE_MOST_NS (2 * NS_PER_MS)

/* What this thread waits in: the close may be made by its stop callback. */
static _Thread_local const struct handle *waiting_in;

/* `waiting` as it is in this process: a child has none of its parent's. */
static uint64_t waiting_here(uint64_t seen)
{
	uint64_t self = (uint64_t)getpid() << 32;

	return seen >> 32 == self >> 32 ? seen : self;
}

void handle_wait_begin(struct handle *handle)
{
	uint64_t seen =
		atomic_load_explicit(&handle->waiting, memory_order_relaxed);

	while (!atomic_compare_exchange_weak(&handle->waiting, &seen,
					     waiting_here(seen) + 1))
		;
	if (!waiting_in)
		waiting_in = handle;
	/* before handle_check: pairs with handle_close_waking */
	atomic_thread_fence(memory_order_seq_cst);
}

void handle_wait_end(struct handle *handle)
{
	if (waiting_in == handle)
		waiting_in = NULL;
	(void)atomic_fetch_sub(&handle->waiting, 1);
}

/* Do other threads wait? */
static bool others_wait(struct handle *handle)
{
	return (uint32_t)waiting_here(atomic_load(&handle->waiting)) >
	       (waiting_in == handle ? 1u : 0u);
}

enum ipcm_status handle_close_waking(void *object, uint32_t magic,
				     void (*wake)(void *object))
{
	struct handle *handle = object;
	enum ipcm_status was = handle_check(object, magic);
	enum ipcm_status status = handle_close(object, magic);
	int64_t pause = CLOSE_PAUSE_NS;
	int64_t until;

	if (status || was == IPCM_CLOSED)
		return status;
	atomic_thread_fence(memory_order_seq_cst);
	if (!others_wait(handle))
		return IPCM_OK;
	until = clock_now() + CLOSE_WAKES_NS;
	do {
		struct timespec time = clock_timespec(pause);

		wake(object);
		(void)nanosleep(&time, NULL);
		if (pause < CLOSE_PAUSE_MOST_NS)
			pause *= 2;
	} while (others_wait(handle) && clock_now() < until);
	return IPCM_OK;
}
