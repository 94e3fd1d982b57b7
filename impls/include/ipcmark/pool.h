/* SPDX-License-Identifier: MIT */
/*
 * Pool: worker processes that run tasks, as Python's multiprocessing.Pool.
 *
 * A task is a C function of the program; workers are forks, so its address
 * holds in them. It must be loaded when the pool is created. Arguments and
 * results are bytes: they travel through two queues of the back-end, one to the
 * workers and one back.
 *
 *     static enum ipcm_status square(const struct ipcm_bytes *arguments,
 *                                    size_t count, struct ipcm_output *output)
 *     {
 *             int64_t n = *(const int64_t *)arguments[0].data;
 *
 *             n *= n;
 *             return ipcm_output_write(output, &n, sizeof(n));
 *     }
 *     ...
 *     ipcm_pool_create(backend, NULL, &pool);
 *     ipcm_pool_map(pool, square, numbers, 8, 1000, 1, squares, 8);
 *     ipcm_pool_close(pool);
 *     ipcm_pool_join(pool, IPCM_FOREVER);
 *     ipcm_pool_free(pool);
 *
 * Processes. ipcm_pool_create forks a supervisor, which forks the workers and
 * replaces them, and starts one thread here, the collector, which receives
 * results and runs callbacks. Workers end with the supervisor and that with the
 * process that created the pool, however it ends, at once. The supervisor is a
 * child of that process (ipcm_process_active_children); workers are daemons, so
 * a task starts no process of process.h, and no pool. All of them hold the
 * descriptors that were open at the creation: create pools early.
 *
 * Death of a worker (PO-11, PO-12). It is replaced. The item that it was
 * running gets IPCM_WORKERDIED, or is run again if the options ask for it; what
 * it had received and not begun is run by another worker. No item is lost, and
 * none is run twice unless it is retried. Should the supervisor be killed, all
 * workers end, unfinished items get IPCM_WORKERDIED, and later calls
 * IPCM_BROKEN.
 *
 * Only the process that created a pool may use it: in a child made by fork(),
 * and so in a task, each call returns IPCM_INVALID. There its handles may be
 * freed, which frees memory only. Threads may use one pool at once.
 */
#ifndef IPCMARK_POOL_H
#define IPCMARK_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/backend.h"
#include "ipcmark/bytes.h"
#include "ipcmark/queue.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A pool's handle. Opaque; made by ipcm_pool_create. */
struct ipcm_pool;
/** The results of one submitting call. Opaque. */
struct ipcm_async;
/** The results of an imap, one after the other. Opaque. */
struct ipcm_pool_iterator;
/** Where a task writes its result. Opaque; lives as long as the task runs. */
struct ipcm_output;

/** options.workers: as many as there are CPUs that this process may use. */
#define IPCM_POOL_CPUS INT64_MAX
/** options.tasks_per_worker: a worker lives as long as the pool. */
#define IPCM_POOL_UNLIMITED INT64_MAX
/** Most workers of a pool. */
#define IPCM_POOL_WORKERS_MAX 1024
/** chunk: count / (4 * workers), rounded up, as CPython chooses it. */
#define IPCM_POOL_CHUNK_AUTO INT64_MAX
/** Most arguments of a task. */
#define IPCM_POOL_ARGUMENTS_MAX 64
/** Most bytes of a result, and of all arguments of one item together. */
#define IPCM_POOL_MAX_BYTES (IPCM_ITEM_MAX_BYTES - 4096)
/** Most items of one submitting call. */
#define IPCM_POOL_ITEMS_MAX INT32_MAX
/** So many replacements may fail to start one after another. */
#define IPCM_POOL_START_ATTEMPTS 10

/**
 * A task. It runs in a worker, one at a time there, with the signal mask and
 * the memory of the pool's creator as they were at the creation, plus what
 * former tasks of that worker left.
 * @param arguments each is aligned for any type; gone when the task returns
 * @return IPCM_OK, or another code: the item's error, reported as it is
 * It must not return in a process that it forked; that process is ended there.
 */
typedef enum ipcm_status (*ipcm_task)(const struct ipcm_bytes *arguments,
				      size_t argument_count,
				      struct ipcm_output *output);

/**
 * Append bytes to the task's result. Only inside a task, in its thread.
 * @return IPCM_OK; IPCM_TOOBIG (the result would exceed IPCM_POOL_MAX_BYTES),
 *         IPCM_NOMEM: whatever the task then returns, this is its error, and
 *         the worker lives on (PO-10); IPCM_INVALID
 * No system call except for memory.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_output_write(
	struct ipcm_output *output, const void *data, size_t size_bytes);

/** How a pool is made. Start from IPCM_POOL_OPTIONS_INIT. */
struct ipcm_pool_options {
	/** 1 .. IPCM_POOL_WORKERS_MAX, or IPCM_POOL_CPUS. */
	int64_t workers;
	/** A worker is replaced after so many tasks; a chunk is one (PO-09). */
	int64_t tasks_per_worker;
	/**
	 * Run once in each worker, also in a replacement (PO-09). If it fails,
	 * or its worker dies in it, the worker ends. NULL: none.
	 */
	enum ipcm_status (*initializer)(void *argument);
	/** For initializer; memory is a copy in each worker. */
	void *initializer_argument;
	/** How often an item whose worker died is run again. */
	unsigned retries;
};

/** Defaults: a worker a CPU, unlimited, no initializer, no retry. */
#define IPCM_POOL_OPTIONS_INIT                                                 \
	{                                                                      \
		IPCM_POOL_CPUS, IPCM_POOL_UNLIMITED, 0, 0, 0                   \
	}

/**
 * What is called when a call's items are all finished: exactly one of the two,
 * once, before ipcm_async_get returns (PO-05). Either may be NULL. They run in
 * the collector's thread: while one runs, no result of this pool is received.
 * They may submit, read the result of `async`, close and terminate the pool,
 * and free `async`. Calls that would wait for the collector itself return
 * IPCM_INVALID: join, apply, map, starmap, waiting for another result.
 * ipcm_pool_free must not be called. They must return. Signals are blocked in
 * that thread.
 */
struct ipcm_pool_callbacks {
	/** All items succeeded. */
	void (*done)(void *context, struct ipcm_async *async);
	/** At least one did not; error is that of the first such item. */
	void (*failed)(void *context, struct ipcm_async *async,
		       enum ipcm_status error);
	void *context; /**< passed to both; must live until one has run */
};

/**
 * Start a pool. Returns when each worker is ready to run tasks.
 *
 * @param backend whose queues carry tasks and results
 * @param options NULL for the defaults; read during the call only
 * @param ret_pool receives the handle; the caller owns it: ipcm_pool_free
 * @return IPCM_OK; IPCM_INVALID (workers or tasks_per_worker below 1);
 *         IPCM_LIMIT (more than IPCM_POOL_WORKERS_MAX; out of processes,
 *         RLIMIT_NPROC, threads or descriptors); IPCM_NOMEM; IPCM_NOTSUP (no
 *         queue table); IPCM_PERM; IPCM_INTR; the initializer's error;
 *         IPCM_WORKERDIED (a worker died in its initializer). After a failure
 *         nothing is left, and no process runs (PO-01).
 * Blocks while the initializers run. Thread safe. A daemon may not (a process
 * of process.h, PR-06): IPCM_INVALID. stdio is flushed before the fork.
 * Source: PO-01.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_create(
	const struct ipcm_backend *backend,
	const struct ipcm_pool_options *options, struct ipcm_pool **ret_pool);

/* ---- one task ---- */

/**
 * Run a task once and wait for its result (PO-02).
 *
 * @param arguments count entries, copied; NULL if count is 0
 * @param count 0 .. IPCM_POOL_ARGUMENTS_MAX
 * @param buffer receives the result; NULL if buffer_bytes is 0
 * @param ret_size receives the result's length; may be NULL. With
 *        IPCM_TOOSMALL: the length needed. The result is lost then; where the
 *        length is not known, use ipcm_pool_apply_async.
 * @return IPCM_OK; the task's error; IPCM_WORKERDIED; IPCM_TOOBIG (the
 *         arguments exceed IPCM_POOL_MAX_BYTES, or the result does);
 *         IPCM_TOOSMALL; IPCM_WOULDBLOCK (try), IPCM_TIMEDOUT, IPCM_INTR: the
 *         task may still be run, its result is dropped; IPCM_NOMEM;
 *         IPCM_INVALID (arguments; the pool is closed or terminated: PO-07; a
 *         child's call; in a callback); IPCM_CLOSED (terminated meanwhile);
 *         IPCM_BROKEN
 * Blocks. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_apply(
	struct ipcm_pool *pool, ipcm_task task,
	const struct ipcm_bytes *arguments, size_t count, int64_t timeout_ns,
	void *buffer, size_t buffer_bytes, size_t *ret_size);

/**
 * Hand over a task; its result is fetched with ipcm_async_get.
 *
 * @param callbacks NULL for none; read during the call only
 * @param ret_async receives the handle: ipcm_async_free; NULL: not wanted, the
 *        callbacks get one that lives as long as they run
 * @return IPCM_OK; IPCM_INVALID, IPCM_TOOBIG, IPCM_NOMEM, IPCM_BROKEN as
 *         ipcm_pool_apply. What happens later is the task's result.
 * Never blocks, however many tasks are waiting; enters the kernel to wake a
 * worker that sleeps. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_apply_async(
	struct ipcm_pool *pool, ipcm_task task,
	const struct ipcm_bytes *arguments, size_t count,
	const struct ipcm_pool_callbacks *callbacks,
	struct ipcm_async **ret_async);

/* ---- many items ---- */

/**
 * Run a task for each element of an array, and wait. Results come in the order
 * of the items, whatever the chunk (PO-03).
 *
 * @param items count elements of item_bytes each, as qsort's; the task has
 *        one argument, a copy of its element. Not changed during the call.
 * @param count 0 .. IPCM_POOL_ITEMS_MAX; 0: IPCM_OK at once
 * @param chunk how many items a worker takes at once; at least 1, or
 *        IPCM_POOL_CHUNK_AUTO
 * @param results count elements of result_bytes each; written only if all
 *        items succeeded. NULL if result_bytes is 0.
 * @param result_bytes the length that each result must have
 * @return IPCM_OK; the error of the first item in the array that failed, after
 *         all items were processed (PO-04); IPCM_TOOSMALL: a result is longer
 *         than result_bytes, IPCM_INVALID: it is shorter, or as
 *         ipcm_pool_apply, or chunk < 1; IPCM_TOOBIG (item_bytes); IPCM_INTR:
 *         items that were not handed to a worker are not run
 * Blocks. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_map(
	struct ipcm_pool *pool, ipcm_task task, const void *items,
	size_t item_bytes, size_t count, int64_t chunk, void *results,
	size_t result_bytes);

/**
 * ipcm_pool_map without waiting. The items are copied; results may have any
 * length. Other parameters and results as ipcm_pool_map and
 * ipcm_pool_apply_async. count 0: it is ready at once, `done` has run when the
 * call returns, in the calling thread.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_map_async(
	struct ipcm_pool *pool, ipcm_task task, const void *items,
	size_t item_bytes, size_t count, int64_t chunk,
	const struct ipcm_pool_callbacks *callbacks,
	struct ipcm_async **ret_async);

/**
 * Map over rows of arguments: item i has the arguments rows[i * columns] ..
 * rows[i * columns + columns - 1], of any lengths. An item whose arguments
 * exceed IPCM_POOL_MAX_BYTES gets IPCM_TOOBIG; the others are run.
 * @param rows count * columns entries, copied
 * @param columns 0 .. IPCM_POOL_ARGUMENTS_MAX
 * Blocks. Other parameters and results as ipcm_pool_map.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_starmap(
	struct ipcm_pool *pool, ipcm_task task, const struct ipcm_bytes *rows,
	size_t columns, size_t count, int64_t chunk, void *results,
	size_t result_bytes);

/** ipcm_pool_starmap without waiting; as ipcm_pool_map_async. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_starmap_async(
	struct ipcm_pool *pool, ipcm_task task, const struct ipcm_bytes *rows,
	size_t columns, size_t count, int64_t chunk,
	const struct ipcm_pool_callbacks *callbacks,
	struct ipcm_async **ret_async);

/* ---- results of a call ---- */

/**
 * Are all its items finished, and has the callback run?
 * @return IPCM_OK, IPCM_INVALID. Never blocks, no system call.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_async_ready(
	const struct ipcm_async *async, bool *ret_ready);

/** Did all items succeed? IPCM_INVALID before it is ready (PO-05). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_async_successful(
	const struct ipcm_async *async, bool *ret_successful);

/** How many items it has: 1 for apply. IPCM_OK, IPCM_INVALID. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_async_count(
	const struct ipcm_async *async, size_t *ret_count);

/**
 * The first item, in the order of submission, that failed.
 * @param ret_index receives its index; may be NULL
 * @param ret_error receives its error; IPCM_OK if all succeeded, and the index
 *        is then the count
 * @return IPCM_OK; IPCM_INVALID (not ready yet)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_async_error(
	const struct ipcm_async *async, size_t *ret_index,
	enum ipcm_status *ret_error);

/**
 * Wait until it is ready.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT; IPCM_INTR;
 *         IPCM_INVALID (in a callback, another one that is not ready)
 * Blocks. Thread safe. It never waits for ever: a task whose worker dies, and
 * those that a terminate ends, get their error.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_async_wait(struct ipcm_async *async,
						       int64_t timeout_ns);

/**
 * Wait until it is ready, and copy the result of one item. It may be repeated:
 * no result is lost (PO-05).
 * @param index of the item; 0 for apply
 * @param ret_size receives the length, also with IPCM_TOOSMALL; may be NULL
 * @return as ipcm_async_wait; IPCM_TOOSMALL; the item's error; IPCM_CLOSED (the
 *         pool was terminated before it was finished); IPCM_RANGE (no such
 *         item)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_async_get(
	struct ipcm_async *async, int64_t timeout_ns, size_t index,
	void *buffer, size_t buffer_bytes, size_t *ret_size);

/**
 * Free the handle, also before it is ready: the items are still run, and the
 * callback too. It may be used and freed after its pool. NULL is allowed.
 */
IPCM_API void ipcm_async_free(struct ipcm_async *async);

/* ---- one result after the other ---- */

/**
 * Map with an iterator over the results, in the order of the items (PO-06).
 * The items are copied. Parameters and results as ipcm_pool_map_async.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_imap(
	struct ipcm_pool *pool, ipcm_task task, const void *items,
	size_t item_bytes, size_t count, int64_t chunk,
	struct ipcm_pool_iterator **ret_iterator);

/** ipcm_pool_imap in the order in which the results come, each once. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_imap_unordered(
	struct ipcm_pool *pool, ipcm_task task, const void *items,
	size_t item_bytes, size_t count, int64_t chunk,
	struct ipcm_pool_iterator **ret_iterator);

/**
 * The next result.
 * @param ret_index receives the index of its item, also with the item's error;
 *        may be NULL
 * @param ret_size receives its length, also with IPCM_TOOSMALL; may be NULL
 * @return IPCM_OK; the item's error (the iterator has gone on); IPCM_END (there
 *         were all); IPCM_TOOSMALL, IPCM_WOULDBLOCK (try), IPCM_TIMEDOUT,
 *         IPCM_INTR: it stays, call again; IPCM_INVALID
 * Blocks. Thread safe: each result goes to one caller.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_iterator_next(
	struct ipcm_pool_iterator *iterator, int64_t timeout_ns, void *buffer,
	size_t buffer_bytes, size_t *ret_index, size_t *ret_size);

/** Free it, also before its end: the items are still run. NULL is allowed. */
IPCM_API void ipcm_pool_iterator_free(struct ipcm_pool_iterator *iterator);

/* ---- the end ---- */

/**
 * No more tasks: submitting returns IPCM_INVALID; those that were accepted are
 * finished, and then the workers end (PO-07). It may be repeated.
 * @return IPCM_OK; IPCM_INVALID (no handle, a child's call). Does not wait.
 */
IPCM_API enum ipcm_status ipcm_pool_close(struct ipcm_pool *pool);

/**
 * End the workers now: SIGTERM, and SIGKILL after a second. Unfinished items
 * get IPCM_CLOSED (PO-08). When it returns no worker is left; their error
 * callbacks may still run, until ipcm_pool_join. It may be repeated.
 * @return IPCM_OK; IPCM_INVALID (no handle, a child's call)
 * Blocks for as long as the workers take to end: at most about 3 s. It is not
 * interrupted.
 */
IPCM_API enum ipcm_status ipcm_pool_terminate(struct ipcm_pool *pool);

/**
 * Wait until the workers have ended and all callbacks have run.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT; IPCM_INTR;
 *         IPCM_INVALID (before close or terminate: PO-07; in a callback; a
 *         child's call)
 * Blocks. May be repeated. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_join(struct ipcm_pool *pool,
						      int64_t timeout_ns);

/**
 * The process ids of the workers that run; for a moment there is one less
 * where a worker has died.
 * @param ret_pids receives them, capacity entries
 * @param ret_count receives how many there are, also with IPCM_TOOSMALL
 * @return IPCM_OK; IPCM_TOOSMALL; IPCM_INVALID. Never blocks, no system call.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_pids(
	const struct ipcm_pool *pool, pid_t *ret_pids, size_t capacity,
	size_t *ret_count);

/** How many workers the pool keeps. IPCM_OK, IPCM_INVALID. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pool_workers(
	const struct ipcm_pool *pool, size_t *ret_workers);

/**
 * Terminate it, wait for its callbacks, free the handle. Results that were not
 * freed stay valid. NULL is allowed. Not in a callback; no other thread may be
 * inside a call on the pool.
 */
IPCM_API void ipcm_pool_free(struct ipcm_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
