/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the other calls of a queue: shutdown, feeder,
 * batches, zero-copy; and interruptible calls. See queue.c, which
 * asks here what put and get are to do.
 */
#include <string.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

enum ipcm_status __real_ipcm_queue_get(struct ipcm_queue *queue, void *buffer,
				       size_t buffer_bytes, int64_t timeout_ns,
				       size_t *ret_size);
enum ipcm_status __real_ipcm_queue_put(struct ipcm_queue *queue,
				       const void *item, size_t size_bytes,
				       int64_t timeout_ns);

bool inject_is_shut(const struct ipcm_queue *queue)
{
	return inject_is(INJECT_SHUTDOWN_WAKES_NONE) &&
	       atomic_load(&inject_shared->shut) == (uintptr_t)queue;
}

bool inject_is_removed(void)
{
	return inject_is(INJECT_UNLINK_DESTROYS) &&
	       atomic_load(&inject_shared->removed);
}

/* An interrupted put takes an item out, an interrupted get the next one. */
void inject_after_interruption(struct ipcm_queue *queue, bool put)
{
	char text[8];

	if (put && inject_strikes(INJECT_INTR_PUT_TAKES_ITEM))
		any_status(__real_ipcm_queue_get(queue, text, sizeof(text),
						 IPCM_TRY, NULL));
}

enum ipcm_status __real_ipcm_queue_shutdown(struct ipcm_queue *queue,
					    bool immediate);

/* A put that ends meanwhile returns CLOSED whatever it did. */
static enum ipcm_status shut_down_slowly(struct ipcm_queue *queue,
					 bool immediate)
{
	enum ipcm_status status;

	atomic_store(&inject_shared->shut, (uintptr_t)queue);
	pause_ns(MS);
	status = __real_ipcm_queue_shutdown(queue, immediate);
	atomic_store(&inject_shared->shut, 0);
	return status;
}

/* Only noted: later calls are refused, sleeping callers are not woken. */
WRAP(enum ipcm_status, ipcm_queue_shutdown, struct ipcm_queue *queue,
     bool immediate)
{
	enum ipcm_status status;

	if (queue && !immediate && inject_strikes(INJECT_SHUTDOWN_WAKES_NONE)) {
		atomic_store(&inject_shared->shut, (uintptr_t)queue);
		return IPCM_OK;
	}
	if (inject_is(INJECT_SHUTDOWN_DELIVERS_REFUSED))
		return shut_down_slowly(queue, immediate);
	if (inject_strikes(INJECT_SHUTDOWN_KEEPS_ITEMS))
		immediate = false;
	if (!inject_lock(INJECT_SHUTDOWN_PLAIN_LOCK))
		return IPCM_TIMEDOUT;
	status = __real_ipcm_queue_shutdown(queue, immediate);
	if (inject_is(INJECT_SHUTDOWN_PLAIN_LOCK))
		pause_ns(50 * US);
	inject_unlock(INJECT_SHUTDOWN_PLAIN_LOCK);
	return status;
}

WRAP(enum ipcm_status, ipcm_queue_cancel_join_thread, struct ipcm_queue *queue)
{
	if (queue && inject_strikes(INJECT_CANCEL_JOIN_IGNORED))
		return IPCM_OK;
	return __real_ipcm_queue_cancel_join_thread(queue);
}

/* Exit does not wait for the feeder. */
void inject_after_put(struct ipcm_queue *queue)
{
	if (inject_strikes(INJECT_EXIT_NO_FLUSH))
		any_status(__real_ipcm_queue_cancel_join_thread(queue));
}

WRAP(bool, ipcm_set_interruptible, bool interruptible)
{
	static _Thread_local bool pretended;
	bool was = pretended;

	if (!inject_strikes(INJECT_INTR_IGNORED))
		return __real_ipcm_set_interruptible(interruptible);
	pretended = interruptible;
	return was;
}

static _Thread_local struct ipcm_stop stop_set;
static _Thread_local bool stop_asked;

static bool ask_once(void *context)
{
	bool again = stop_asked;

	stop_asked = true;
	return stop_set.asked(context) && !again;
}

bool inject_stop_asked(void)
{
	return stop_set.asked && stop_set.asked(stop_set.context);
}

WRAP(struct ipcm_stop, ipcm_set_stop, struct ipcm_stop stop)
{
	struct ipcm_stop was = stop_set;

	stop_set = stop;
	stop_asked = false;
	if (inject_strikes(INJECT_STOP_IGNORED))
		return was;
	if (stop.asked && inject_strikes(INJECT_STOP_ASKED_ONCE))
		stop.asked = ask_once;
	(void)__real_ipcm_set_stop(stop);
	return was;
}

WRAP(enum ipcm_status, ipcm_queue_put_many, struct ipcm_queue *queue,
     const struct ipcm_item *items, size_t count, int64_t timeout_ns,
     size_t *ret_done)
{
	int64_t limit_ns = inject_early(INJECT_PUT_MANY_EARLY, timeout_ns);
	struct ipcm_item swapped[64];

	if (!items || count < 2 || count > 64 ||
	    !inject_strikes(INJECT_BATCH_REORDERED))
		return __real_ipcm_queue_put_many(queue, items, count, limit_ns,
						  ret_done);
	memcpy(swapped, items, count * sizeof(*items));
	swapped[0] = items[1];
	swapped[1] = items[0];
	return __real_ipcm_queue_put_many(queue, swapped, count, limit_ns,
					  ret_done);
}

WRAP(enum ipcm_status, ipcm_queue_get_many, struct ipcm_queue *queue,
     void *buffer, size_t buffer_bytes, struct ipcm_item *items,
     size_t max_items, int64_t timeout_ns, size_t *ret_count)
{
	int64_t limit_ns = inject_early(INJECT_GET_MANY_EARLY, timeout_ns);
	enum ipcm_status status =
		__real_ipcm_queue_get_many(queue, buffer, buffer_bytes, items,
					   max_items, limit_ns, ret_count);

	/* one byte behind the last item that fits */
	if (status == IPCM_OK && *ret_count < max_items &&
	    inject_strikes(INJECT_BATCH_BUFFER_OVERRUN))
		((char *)buffer)[buffer_bytes] = 0;
	return status;
}

WRAP(enum ipcm_status, ipcm_queue_abandon, struct ipcm_queue *queue)
{
	if (queue && inject_strikes(INJECT_ABANDON_COMMITS))
		return ipcm_queue_commit(queue, 0);
	return __real_ipcm_queue_abandon(queue);
}

WRAP(enum ipcm_status, ipcm_queue_release, struct ipcm_queue *queue, bool taken)
{
	if (inject_strikes(INJECT_PEEK_CONSUMES))
		taken = true;
	return __real_ipcm_queue_release(queue, taken);
}

/* The space is handed out with the slot: a caller that dies there has put. */
WRAP(enum ipcm_status, ipcm_queue_reserve, struct ipcm_queue *queue,
     size_t size_bytes, int64_t timeout_ns, void **ret_room)
{
	enum ipcm_status status;

	if (inject_strikes(INJECT_RESERVE_COMMITS))
		any_status(__real_ipcm_queue_put(queue, "", 1, IPCM_TRY));
	status = __real_ipcm_queue_reserve(queue, size_bytes, timeout_ns,
					   ret_room);
	return status;
}
