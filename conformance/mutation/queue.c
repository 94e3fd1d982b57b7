/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the queue's functions. The program is linked so that its
 * own calls of ipcm_queue_* come here first; without a fault each is
 * passed on unchanged.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* deferred-copy: what was not sent yet. The fault is that these are pointers.
 */
static struct {
	struct ipcm_queue *queue;
	const void *item;
	size_t bytes;
} deferred;

enum ipcm_status __real_ipcm_queue_put(struct ipcm_queue *queue,
				       const void *item, size_t size_bytes,
				       int64_t timeout_ns);

/* Of a queue whose table does not grow. */
enum { TABLE_ITEMS = 131072 };

WRAP(enum ipcm_status, ipcm_queue_create, const struct ipcm_backend *backend,
     const struct ipcm_queue_options *options, struct ipcm_queue **ret_queue)
{
	struct ipcm_queue_options changed;
	enum ipcm_status status;

	if (inject_is(INJECT_JOIN_STALE_MOMENT))
		atomic_store(&inject_shared->unfinished, 0);
	if (inject_is(INJECT_SIGPIPE_IGNORED))
		(void)signal(SIGPIPE, SIG_IGN);
	if (!options)
		return __real_ipcm_queue_create(backend, options, ret_queue);
	changed = *options;
	if (changed.maxsize > 0 && changed.maxsize < IPCM_QUEUE_MAX_ITEMS &&
	    inject_strikes(INJECT_EXTRA_SLOT))
		changed.maxsize++;
	if (changed.maxsize <= 0 && inject_strikes(INJECT_UNLIMITED_HAS_LIMIT))
		changed.maxsize = 500;
	if ((changed.maxsize <= 0 || changed.maxsize > TABLE_ITEMS) &&
	    inject_strikes(INJECT_ITEMS_CUT))
		changed.maxsize = TABLE_ITEMS;
	status = __real_ipcm_queue_create(backend, &changed, ret_queue);
	if ((status == IPCM_LIMIT || status == IPCM_NOMEM) &&
	    changed.maxsize <= IPCM_QUEUE_MAX_ITEMS &&
	    inject_strikes(INJECT_WRONG_EXHAUSTION_STATUS))
		return IPCM_PERM;
	if (status == IPCM_OK && inject_strikes(INJECT_WIDE_WINDOW))
		(void)!mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (status == IPCM_OK && inject_strikes(INJECT_NEW_QUEUE_NOT_EMPTY))
		any_status(__real_ipcm_queue_put(*ret_queue, "", 1, IPCM_TRY));
	return status;
}

static void deferred_flush(void)
{
	if (!deferred.queue)
		return;
	any_status(__real_ipcm_queue_put(deferred.queue, deferred.item,
					 deferred.bytes, hang_ns()));
	deferred.queue = NULL;
}

static bool is_closed_for_all(const struct ipcm_queue *queue)
{
	return inject_is(INJECT_CLOSE_FOR_ALL) &&
	       atomic_load(&inject_shared->closed) == (uintptr_t)queue;
}

WRAP(enum ipcm_status, ipcm_queue_put, struct ipcm_queue *queue,
     const void *item, size_t size_bytes, int64_t timeout_ns)
{
	enum ipcm_status status;

	if (is_closed_for_all(queue) || inject_is_shut(queue))
		return IPCM_CLOSED;
	if (inject_is_removed())
		return IPCM_REMOVED;
	if (inject_is(INJECT_DEFERRED_COPY) && queue && size_bytes > 8 &&
	    size_bytes < IPCM_ITEM_MAX_BYTES) {
		deferred_flush();
		deferred.queue = queue;
		deferred.item = item;
		deferred.bytes = size_bytes;
		return IPCM_OK;
	}
	deferred_flush();
	if (inject_is(INJECT_SLOT_LEAK) && timeout_ns <= 0 &&
	    atomic_load(&inject_shared->putting))
		return IPCM_FULL;
	if (inject_is(INJECT_JOIN_STALE_MOMENT))
		atomic_fetch_add(&inject_shared->unfinished, 1);
	if (inject_shared)
		atomic_fetch_add(&inject_shared->putting, 1);
	status = __real_ipcm_queue_put(queue, inject_flipped(item, size_bytes),
				       size_bytes, inject_timeout(timeout_ns));
	if (inject_shared)
		atomic_fetch_sub(&inject_shared->putting, 1);
	if (status == IPCM_TOOBIG && inject_strikes(INJECT_TOOBIG_TAKES_SLOT))
		any_status(__real_ipcm_queue_put(queue, "", 1, IPCM_TRY));
	if (status == IPCM_OK && queue &&
	    inject_is(INJECT_SHUTDOWN_DELIVERS_REFUSED) &&
	    atomic_load(&inject_shared->shut) == (uintptr_t)queue)
		return IPCM_CLOSED;
	if (inject_is(INJECT_JOIN_STALE_MOMENT) && status != IPCM_OK)
		atomic_fetch_sub(&inject_shared->unfinished, 1);
	if ((inject_is(INJECT_GET_SLEEPS_LATE) ||
	     inject_is(INJECT_CLOSE_LOOKS_EARLY)) &&
	    status == IPCM_OK)
		inject_tell();
	if (status == IPCM_OK)
		inject_after_put(queue);
	if (status == IPCM_INTR)
		inject_after_interruption(queue, true);
	if (status == IPCM_FULL && timeout_ns > 0 &&
	    inject_strikes(INJECT_WRONG_TIMEOUT_STATUS))
		return IPCM_TIMEDOUT;
	return status;
}

enum ipcm_status __real_ipcm_queue_get(struct ipcm_queue *queue, void *buffer,
				       size_t buffer_bytes, int64_t timeout_ns,
				       size_t *ret_size);

/* CPython's reader lock: held while waiting, never recovered. */
static enum ipcm_status get_under_lock(struct ipcm_queue *queue, void *buffer,
				       size_t bytes, int64_t timeout_ns,
				       size_t *ret_size)
{
	pthread_mutex_t *lock = &inject_shared->big_lock;
	int64_t limit_ns = timeout_ns == IPCM_FOREVER ? 3600 * S : timeout_ns;
	int64_t until_ns = now_ns() + (limit_ns > 0 ? limit_ns : 0);
	struct timespec until = {until_ns / S, until_ns % S};
	enum ipcm_status status;

	if (pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &until))
		return IPCM_EMPTY;
	status = __real_ipcm_queue_get(queue, buffer, bytes, timeout_ns,
				       ret_size);
	(void)pthread_mutex_unlock(lock);
	return status;
}

static int64_t wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * S + now.tv_nsec;
}

/* Has a wait that began at *begun_ns and lasts timeout_ns ended? */
static bool slices_are_over(int64_t timeout_ns, int64_t *begun_ns,
			    unsigned *signals)
{
	bool signalled = inject_signals() != *signals;

	*signals = inject_signals();
	if (inject_is(INJECT_SHARED_NONBLOCK) &&
	    atomic_load(&inject_shared->nonblock))
		return true;
	if (inject_is(INJECT_SIGNAL_ENDS_GET) && signalled)
		return true;
	if (inject_is(INJECT_WALL_CLOCK))
		return timeout_ns != IPCM_FOREVER &&
		       wall_ns() - *begun_ns >= timeout_ns;
	if (inject_is(INJECT_SIGNAL_RESTARTS_TIMEOUT) && signalled)
		*begun_ns = now_ns();
	return timeout_ns != IPCM_FOREVER && now_ns() - *begun_ns >= timeout_ns;
}

/* A get that looks for its fault every 5 ms. */
static enum ipcm_status get_in_slices(struct ipcm_queue *queue, void *buffer,
				      size_t bytes, int64_t timeout_ns,
				      size_t *ret_size)
{
	int64_t begun_ns = inject_is(INJECT_WALL_CLOCK) ? wall_ns() : now_ns();
	int64_t got = atomic_load(&inject_shared->got);
	unsigned signals = inject_signals();
	enum ipcm_status status;

	do {
		status = __real_ipcm_queue_get(queue, buffer, bytes,
					       timeout_ns > 0 ? 5 * MS : 0,
					       ret_size);
		if (inject_is(INJECT_THUNDERING_HERD) && status == IPCM_EMPTY &&
		    atomic_load(&inject_shared->got) != got)
			return IPCM_OK;
	} while (status == IPCM_EMPTY && timeout_ns > 0 &&
		 !slices_are_over(timeout_ns, &begun_ns, &signals));
	return status;
}

/* The item is taken, what does not fit is lost. */
static enum ipcm_status get_cut(struct ipcm_queue *queue, void *buffer,
				size_t bytes, size_t needed)
{
	void *whole = malloc(needed);
	enum ipcm_status status;

	if (!whole)
		return IPCM_NOMEM;
	status = __real_ipcm_queue_get(queue, whole, needed, IPCM_TRY, NULL);
	if (status == IPCM_OK && bytes)
		memcpy(buffer, whole, bytes);
	free(whole);
	return status;
}

static enum ipcm_status get_twice(struct ipcm_queue *queue, void *buffer,
				  size_t bytes, int64_t timeout_ns,
				  size_t *ret_size)
{
	enum ipcm_status status = __real_ipcm_queue_get(queue, buffer, bytes,
							timeout_ns, ret_size);

	if (status == IPCM_EMPTY && timeout_ns > 0)
		status = __real_ipcm_queue_get(queue, buffer, bytes, timeout_ns,
					       ret_size);
	return status;
}

/* Nothing there: then it says that it sleeps. A put in between is missed. */
static enum ipcm_status get_and_sleep(struct ipcm_queue *queue, void *buffer,
				      size_t bytes, size_t *ret_size)
{
	enum ipcm_status status;

	while ((status = __real_ipcm_queue_get(queue, buffer, bytes, IPCM_TRY,
					       ret_size)) == IPCM_EMPTY)
		inject_sleep(inject_arm());
	return status;
}

/* A right waiter; the close that belongs to it is not. */
static enum ipcm_status get_armed(struct ipcm_queue *queue, void *buffer,
				  size_t bytes, size_t *ret_size)
{
	uint32_t seen = inject_arm();
	enum ipcm_status status;

	while ((status = __real_ipcm_queue_get(queue, buffer, bytes, IPCM_TRY,
					       ret_size)) == IPCM_EMPTY) {
		inject_sleep(seen);
		seen = inject_arm();
	}
	inject_disarm();
	return status;
}

static enum ipcm_status get_somehow(struct ipcm_queue *queue, void *buffer,
				    size_t bytes, int64_t timeout_ns,
				    size_t *ret_size)
{
	if (timeout_ns > 0 && timeout_ns < US &&
	    inject_strikes(INJECT_SHORT_TIMEOUT_EXPIRES))
		return IPCM_EMPTY;
	if (inject_is(INJECT_CLOSE_LOOKS_EARLY) && timeout_ns == IPCM_FOREVER)
		return get_armed(queue, buffer, bytes, ret_size);
	if (inject_is(INJECT_GET_SLEEPS_LATE) && timeout_ns == IPCM_FOREVER)
		return get_and_sleep(queue, buffer, bytes, ret_size);
	if (inject_is(INJECT_TIMEOUT_PER_PHASE))
		return get_twice(queue, buffer, bytes, timeout_ns, ret_size);
	if (inject_is(INJECT_SPURIOUS_EMPTY) && timeout_ns <= 0 &&
	    inject_strikes(INJECT_SPURIOUS_EMPTY))
		return IPCM_EMPTY;
	if (inject_is(INJECT_LOCK_HELD_WHILE_WAITING) && queue)
		return get_under_lock(queue, buffer, bytes, timeout_ns,
				      ret_size);
	if (inject_is(INJECT_SHARED_NONBLOCK) && timeout_ns <= 0)
		atomic_store(&inject_shared->nonblock, 1);
	if (inject_is(INJECT_THUNDERING_HERD) ||
	    inject_is(INJECT_SHARED_NONBLOCK) || inject_is(INJECT_WALL_CLOCK) ||
	    inject_is(INJECT_SIGNAL_ENDS_GET) ||
	    inject_is(INJECT_SIGNAL_RESTARTS_TIMEOUT))
		return get_in_slices(queue, buffer, bytes, timeout_ns,
				     ret_size);
	return __real_ipcm_queue_get(queue, buffer, bytes,
				     inject_timeout(timeout_ns), ret_size);
}

WRAP(enum ipcm_status, ipcm_queue_get, struct ipcm_queue *queue, void *buffer,
     size_t buffer_bytes, int64_t timeout_ns, size_t *ret_size)
{
	enum ipcm_status status;
	size_t size = 0;

	if (is_closed_for_all(queue))
		return IPCM_CLOSED;
	deferred_flush();
	if (inject_is_shut(queue))
		timeout_ns = IPCM_TRY;
	status = get_somehow(queue, buffer, buffer_bytes, timeout_ns, &size);
	if (status == IPCM_EMPTY && inject_is_shut(queue))
		return IPCM_CLOSED;
	if (status == IPCM_TOOSMALL && inject_strikes(INJECT_ITEM_TRUNCATED))
		status = get_cut(queue, buffer, buffer_bytes, size);
	if (status == IPCM_OK && inject_shared)
		atomic_fetch_add(&inject_shared->got, 1);
	if (ret_size && (status == IPCM_OK || status == IPCM_TOOSMALL))
		*ret_size = size;
	if (status != IPCM_OK && buffer_bytes && buffer &&
	    inject_strikes(INJECT_FAILED_GET_WRITES))
		*(char *)buffer = 0;
	if (status == IPCM_EMPTY && inject_strikes(INJECT_EOF_WHEN_EMPTY))
		return IPCM_EOF;
	if (status == IPCM_EMPTY && timeout_ns > 0 &&
	    inject_strikes(INJECT_WRONG_TIMEOUT_STATUS))
		return IPCM_TIMEDOUT;
	return status;
}

WRAP(enum ipcm_status, ipcm_queue_qsize, const struct ipcm_queue *queue,
     size_t *ret_items)
{
	enum ipcm_status status = __real_ipcm_queue_qsize(queue, ret_items);

	if (status == IPCM_OK && *ret_items &&
	    inject_strikes(INJECT_QSIZE_OFF_BY_ONE))
		++*ret_items;
	return status;
}

enum ipcm_status __real_ipcm_queue_task_done(struct ipcm_queue *queue);

/* It looks first whether this is the last one; a put in between makes it a
 * moment that never was. */
static enum ipcm_status done_at_a_stale_moment(struct ipcm_queue *queue)
{
	bool last = atomic_load(&inject_shared->unfinished) == 1;
	enum ipcm_status status = __real_ipcm_queue_task_done(queue);

	if (status != IPCM_OK)
		return status;
	atomic_fetch_sub(&inject_shared->unfinished, 1);
	if (last) {
		atomic_fetch_add(&inject_shared->moments, 1);
		inject_tell();
	}
	return IPCM_OK;
}

WRAP(enum ipcm_status, ipcm_queue_task_done, struct ipcm_queue *queue)
{
	enum ipcm_status status;

	if (inject_is(INJECT_JOIN_STALE_MOMENT))
		return done_at_a_stale_moment(queue);
	if (inject_is(INJECT_TASK_DONE_COUNTS_GETS) &&
	    atomic_fetch_add(&inject_shared->done, 1) >=
		    atomic_load(&inject_shared->got))
		return IPCM_INVALID;
	status = __real_ipcm_queue_task_done(queue);
	if (status == IPCM_INVALID && queue &&
	    inject_strikes(INJECT_TASK_DONE_UNCHECKED))
		return IPCM_OK;
	return status;
}

enum ipcm_status __real_ipcm_queue_join(struct ipcm_queue *queue,
					int64_t timeout_ns);

static enum ipcm_status join_moments(struct ipcm_queue *queue)
{
	int64_t moments = atomic_load(&inject_shared->moments);
	enum ipcm_status status;

	for (;;) {
		uint32_t seen = inject_arm();

		status = __real_ipcm_queue_join(queue, IPCM_TRY);
		if (status != IPCM_WOULDBLOCK ||
		    atomic_load(&inject_shared->moments) != moments)
			break;
		inject_sleep(seen);
	}
	inject_disarm();
	return status == IPCM_WOULDBLOCK ? IPCM_OK : status;
}

WRAP(enum ipcm_status, ipcm_queue_join, struct ipcm_queue *queue,
     int64_t timeout_ns)
{
	size_t items = 1;
	enum ipcm_status status;

	if (inject_is(INJECT_JOIN_STALE_MOMENT) && timeout_ns == IPCM_FOREVER)
		return join_moments(queue);
	if (inject_is(INJECT_JOIN_AFTER_CLOSE_FAILS) &&
	    __real_ipcm_queue_qsize(queue, &items) == IPCM_CLOSED)
		return IPCM_CLOSED;
	if (inject_is(INJECT_JOIN_WHEN_EMPTY) &&
	    __real_ipcm_queue_qsize(queue, &items) == IPCM_OK && items == 0)
		return IPCM_OK;
	status = __real_ipcm_queue_join(queue, inject_timeout(timeout_ns));
	if (status == IPCM_OK && timeout_ns <= 0 &&
	    inject_strikes(INJECT_TRY_JOIN_FAILS))
		return IPCM_WOULDBLOCK;
	return status;
}

WRAP(enum ipcm_status, ipcm_queue_close, struct ipcm_queue *queue)
{
	/* one that arms itself behind this look is not woken */
	bool armed = inject_is(INJECT_CLOSE_LOOKS_EARLY) && inject_is_armed();
	enum ipcm_status status;

	if (queue && inject_strikes(INJECT_CLOSE_IGNORED))
		return IPCM_OK;
	if (inject_is(INJECT_CLOSE_FOR_ALL))
		atomic_store(&inject_shared->closed, (uintptr_t)queue);
	status = __real_ipcm_queue_close(queue);
	if (armed)
		inject_tell();
	return status;
}

WRAP(enum ipcm_status, ipcm_queue_join_thread, struct ipcm_queue *queue)
{
	enum ipcm_status status = __real_ipcm_queue_join_thread(queue);

	if (status == IPCM_INVALID && queue &&
	    inject_strikes(INJECT_JOIN_THREAD_WITHOUT_CLOSE))
		return IPCM_OK;
	return status;
}

WRAP(void, ipcm_queue_free, struct ipcm_queue *queue)
{
	if (inject_is(INJECT_CLOSE_FOR_ALL))
		atomic_store(&inject_shared->closed, (uintptr_t)queue);
	__real_ipcm_queue_free(queue);
}
