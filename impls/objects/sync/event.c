/* SPDX-License-Identifier: MIT */
/*
 * Event: one 64-bit word in shared memory.
 *
 *   bit 0   SET      what is_set returns
 *   bit 1   WAITERS  a thread may sleep on the word; never together with SET
 *   rest    how often it changed from clear to set
 *
 * A wait ends when the event is set or was set since the wait began; the count
 * shows the latter when a clear came before the waiter could run (E-03). A
 * waiter adds WAITERS by a compare-and-swap; set removes it in its own
 * compare-and-swap. Both change the same word, so they have one order: no
 * wake-up is lost, and set makes a system call only if a thread may sleep. A
 * killed waiter leaves at most a WAITERS, which costs the next set one useless
 * system call.
 *
 * There is no lock and no wait for another thread, so set, clear and is_set may
 * run in a signal handler that interrupts any code, including wait and is_set
 * of the same thread (E-04).
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "ipcmark/event.h"
#include "impls/objects/handle.h"

#define EVENT_SET     UINT64_C(1)
#define EVENT_WAITERS UINT64_C(2)
/* One more set, in the bits above. */
#define EVENT_ONCE UINT64_C(4)

#define EVENT_MAGIC UINT32_C(0x45766e74)

struct event_shared {
	_Alignas(64) _Atomic uint64_t word;
};

/* Private to the process; copied by fork(). */
struct ipcm_event {
	struct shm_handle handle;
};

static enum ipcm_status event_check(const struct ipcm_event *event)
{
	return handle_check(event, EVENT_MAGIC);
}

static _Atomic uint64_t *event_word(const struct ipcm_event *event)
{
	return &((struct event_shared *)event->handle.memory)->word;
}

enum ipcm_status ipcm_event_create(const struct ipcm_backend *backend,
				   struct ipcm_event **ret_event)
{
	enum ipcm_status status = shm_handle_offered(backend);
	struct ipcm_event *event;

	if (!ret_event)
		return IPCM_INVALID;
	if (status)
		return status;
	event = calloc(1, sizeof(*event));
	if (!event)
		return IPCM_NOMEM;
	status = shm_handle_open(&event->handle, EVENT_MAGIC,
				 sizeof(struct event_shared));
	if (status)
		free(event);
	else
		*ret_event = event;
	return status;
}

enum ipcm_status ipcm_event_set(struct ipcm_event *event)
{
	enum ipcm_status status = event_check(event);
	_Atomic uint64_t *word;
	uint64_t seen, next;
	int error;

	if (status)
		return status;
	word = event_word(event);
	seen = atomic_load_explicit(word, memory_order_relaxed);
	do {
		next = seen & EVENT_SET ? seen : seen + EVENT_ONCE;
		next = (next & ~EVENT_WAITERS) | EVENT_SET;
		/*
		 * Release pairs with the acquires in is_set, wait and clear.
		 * Also when it is set already: the caller of a later clear
		 * must see what this caller did.
		 */
	} while (!atomic_compare_exchange_weak_explicit(
		word, &seen, next, memory_order_release, memory_order_relaxed));
	if (seen & EVENT_WAITERS) {
		error = errno; /* perhaps of code that a handler interrupted */
		futex_wake(futex_low_half(word), INT_MAX);
		errno = error;
	}
	return IPCM_OK;
}

enum ipcm_status ipcm_event_clear(struct ipcm_event *event)
{
	enum ipcm_status status = event_check(event);

	if (status)
		return status;
	/* acquire: pairs with set; release: pairs with an is_set that finds it
	 * clear */
	(void)atomic_fetch_and_explicit(event_word(event), ~EVENT_SET,
					memory_order_acq_rel);
	return IPCM_OK;
}

enum ipcm_status ipcm_event_is_set(const struct ipcm_event *event,
				   bool *ret_set)
{
	enum ipcm_status status =
		handle_check_result(event, EVENT_MAGIC, ret_set);

	if (status)
		return status;
	/* acquire: pairs with the release in ipcm_event_set */
	*ret_set =
		atomic_load_explicit(event_word(event), memory_order_acquire) &
		EVENT_SET;
	return IPCM_OK;
}

/* Has a wait ended that began when the word was `start`? */
static bool event_came(uint64_t now, uint64_t start)
{
	return now & EVENT_SET || ((now ^ start) & ~EVENT_WAITERS);
}

/* Announce a sleeper; false: the word changed. */
static bool event_arm(_Atomic uint64_t *word, uint64_t *seen)
{
	uint64_t armed = *seen | EVENT_WAITERS;

	if (*seen != armed && !atomic_compare_exchange_strong_explicit(
				      word, seen, armed, memory_order_relaxed,
				      memory_order_relaxed))
		return false;
	*seen = armed;
	return true;
}

/* It was not set: wait. */
static enum ipcm_status event_await(struct ipcm_event *event, uint64_t start,
				    int64_t timeout_ns)
{
	int64_t deadline = clock_deadline(timeout_ns);
	_Atomic uint64_t *word = event_word(event);
	bool by_handler = false;
	uint64_t seen = start;
	enum ipcm_status status;

	while (!event_came(seen, start)) {
		status = event_check(event);
		if (status)
			return status;
		if (by_handler)
			return IPCM_INTR;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		if (event_arm(word, &seen)) {
			(void)futex_wait(futex_low_half(word), (uint32_t)seen,
					 wait_slice(deadline));
			by_handler = interrupted();
		}
		/* acquire: pairs with the release in ipcm_event_set */
		seen = atomic_load_explicit(word, memory_order_acquire);
	}
	return IPCM_OK;
}

enum ipcm_status ipcm_event_wait(struct ipcm_event *event, int64_t timeout_ns)
{
	enum ipcm_status status = event_check(event);
	uint64_t start;

	if (status)
		return status;
	/* acquire: pairs with the release in ipcm_event_set */
	start = atomic_load_explicit(event_word(event), memory_order_acquire);
	if (event_came(start, start))
		return IPCM_OK;
	if (timeout_ns <= 0)
		return timeout_status(timeout_ns);
	handle_wait_begin(&event->handle.handle);
	status = event_await(event, start, timeout_ns);
	handle_wait_end(&event->handle.handle);
	return status;
}

static void event_wake(void *event)
{
	futex_wake(futex_low_half(event_word(event)), INT_MAX);
}

enum ipcm_status ipcm_event_close(struct ipcm_event *event)
{
	return handle_close_waking(event, EVENT_MAGIC, event_wake);
}

void ipcm_event_free(struct ipcm_event *event)
{
	if (ipcm_event_close(event))
		return;
	shm_handle_drop(&event->handle);
	free(event);
}
