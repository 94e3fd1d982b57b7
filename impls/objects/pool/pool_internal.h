/* SPDX-License-Identifier: MIT */
/*
 * What the parts of a pool share in the process that owns it. Read
 * pool_shared.h first.
 *
 * pool.c          create, close, terminate, join
 * pool_submit.c   the calls that submit
 * pool_job.c      one such call: its arguments and its results
 * pool_feed.c     from jobs to the queue of tasks
 * pool_collect.c  the collector's thread: results, deaths, callbacks
 * pool_async.c    waiting for results
 * pool_supervisor.c, pool_worker.c  the other processes
 */
#ifndef IPCMARK_IMPLS_OBJECTS_POOL_POOL_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_POOL_POOL_INTERNAL_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "impls/objects/handle.h"
#include "pool_shared.h"

#define POOL_MAGIC     UINT32_C(0x506f6f6c)
#define ASYNC_MAGIC    UINT32_C(0x506f4173)
#define ITERATOR_MAGIC UINT32_C(0x506f4974)

/** Tasks that were handed over and are not finished, at most. */
#define POOL_DEPTH 1024

/** How many forks lie between the process that loaded the library and this. */
extern unsigned pool_forks;

/* ---- one call that submitted (pool_job.c) ---- */

/** item_state.status before the item is finished. */
#define ITEM_UNFINISHED (-1)
/** Results up to this long lie in their item's state. */
#define ITEM_INLINE_BYTES 8

/** One item, as far as it has come. Written by whoever finishes it. */
struct item_state {
	/** enum ipcm_status, or ITEM_UNFINISHED; stored last. */
	_Atomic int32_t status;
	uint32_t size_bytes;
	union {
		uint8_t bytes[ITEM_INLINE_BYTES];
		uint8_t *data;
	};
};

/** A job: a call's items. Counted: by its pool, its handle, its iterator. */
struct ipcm_async {
	struct handle handle;
	unsigned forks; /* pool_forks where it was made */
	_Atomic unsigned references;
	_Atomic bool freed; /* ipcm_async_free was called */
	/** All items are finished; and then, the callback has run. */
	_Atomic bool complete, done;
	/** A futex: counts changes; and who waits for one. */
	_Atomic uint32_t changes, waiters;
	ipcm_task task;
	struct ipcm_pool_callbacks callbacks;

	/* The arguments: elements of equal size, or rows. */
	uint32_t count, columns, chunk;
	bool by_rows;
	const uint8_t *elements;
	size_t element_bytes;
	struct ipcm_bytes *rows;

	/* The pool's mutex. */
	struct ipcm_async *next;    /* of those with items to hand over */
	struct ipcm_async *changed; /* of those that changed in this round */
	bool is_changed;
	bool is_iterated; /* each item that ends is news */
	bool cancelled;	  /* hand over nothing more */
	uint32_t handed_over;
	uint32_t left; /* unfinished */

	/** Results that do not fit into an item's state; malloc'ed in blocks.
	 */
	struct result_block *blocks;
	/** imap_unordered: indexes in the order of their end; else NULL. */
	uint32_t *order;
	_Atomic uint32_t finished; /* entries of it */
	struct item_state items[];
};

/** What a job is made of. */
struct job_request {
	ipcm_task task;
	size_t count, columns;
	int64_t chunk;
	/** Elements of equal length, or rows. */
	bool by_rows;
	const void *elements;
	size_t element_bytes;
	const struct ipcm_bytes *rows;
	/** The caller keeps the elements until the job is done or cancelled. */
	bool borrow;
	/** imap, and imap_unordered. */
	bool iterated, ordered_by_end;
	const struct ipcm_pool_callbacks *callbacks;
};

/** IPCM_OK; IPCM_NOMEM. One reference. */
enum ipcm_status job_create(const struct job_request *request,
			    struct ipcm_async **ret_job);
void job_release(struct ipcm_async *job);
static inline void job_hold(struct ipcm_async *job)
{
	atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
}
struct ipcm_bytes job_argument(const struct ipcm_async *job, uint32_t item,
			       uint32_t column);
/** An item's end; copies the result. Mutex. True: it was the last one. */
bool job_finish_item(struct ipcm_async *job, uint32_t item,
		     enum ipcm_status status, const void *data, size_t bytes);
/** Copy an item's result that is there. IPCM_TOOSMALL, or its status. */
enum ipcm_status job_result(const struct ipcm_async *job, uint32_t item,
			    void *buffer, size_t buffer_bytes,
			    size_t *ret_size);
/** Free the memory of a result that is not needed again. */
void job_forget(struct ipcm_async *job, uint32_t item);
/** The first item that failed; count: none. */
uint32_t job_first_error(const struct ipcm_async *job);
/** Something was stored: wake those that wait. */
void job_wake(struct ipcm_async *job);
/**
 * Wait until `ready` says so.
 * @return IPCM_OK; IPCM_TIMEDOUT, IPCM_INTR
 */
enum ipcm_status job_wait(struct ipcm_async *job, int64_t deadline_ns,
			  bool (*ready)(void *context), void *context);

/* ---- the pool ---- */

/** A task that was handed over: items first .. first + items - 1 of a job. */
struct pool_record {
	struct ipcm_async *job; /* NULL: the record is free */
	uint32_t first, items;
	uint32_t received; /* results so far */
	uint32_t number;   /* in the queue */
	uint32_t tries;	   /* deaths of its first item */
	uint32_t next;	   /* free, or to be handed over again */
	uint32_t bytes;	   /* of its message */
	bool sent;
};
#define RECORD_NONE UINT32_MAX

enum pool_state { POOL_OPEN, POOL_CLOSED, POOL_TERMINATED, POOL_BROKEN };

/** A list of jobs, linked by next or changed. */
struct job_list {
	struct ipcm_async *first, *last;
};

/** Private to the owner; its children have copies. */
struct ipcm_pool {
	struct handle handle;
	unsigned forks; /* pool_forks of the owner */
	struct ipcm_pool_options options;
	uint32_t workers;
	struct ipcm_queue *tasks, *results;
	struct pool_shared *shared;
	size_t shared_bytes;
	struct ipcm_process *supervisor;
	int command_fd;	  /* eventfd: the command has changed */
	sigset_t signals; /* the creator's mask, for the workers */
	struct sigaction on_term, on_child; /* the creator's, too */
	pthread_t collector;
	bool has_collector;

	pthread_mutex_t mutex; /* for what follows */
	enum pool_state state;
	bool closed;		 /* close or terminate was called */
	struct job_list waiting; /* jobs with items to hand over */
	struct job_list changed; /* since the collector looked */
	unsigned jobs;		 /* that are not complete */
	struct pool_record *records;
	uint32_t record_count, free_record;
	uint32_t again_first, again_last; /* records to hand over again */
	uint32_t in_flight;
	uint32_t number; /* of the last task that was put */
	bool refused;	 /* the queue took less than there was */
	size_t flight_bytes;
	uint8_t *outgoing; /* messages that are being made */
	size_t outgoing_bytes;

	_Atomic uint32_t ended; /* a futex: 1 when the collector has ended */
};

/** The pool whose collector this thread is, or NULL. */
extern _Thread_local struct ipcm_pool *pool_collecting;

static inline void pool_lock(struct ipcm_pool *pool)
{
	(void)pthread_mutex_lock(&pool->mutex);
}
static inline void pool_unlock(struct ipcm_pool *pool)
{
	(void)pthread_mutex_unlock(&pool->mutex);
}

/** IPCM_OK; IPCM_INVALID: no pool, or another process's. */
static inline enum ipcm_status pool_check(const struct ipcm_pool *pool)
{
	if (!handle_is_aligned(pool) || handle_check(pool, POOL_MAGIC))
		return IPCM_INVALID;
	return pool->forks == pool_forks ? IPCM_OK : IPCM_INVALID;
}

/* pool.c */
/** End the workers, at most by force; returns when the supervisor is gone. */
void pool_end_workers(struct ipcm_pool *pool);
void pool_command(struct ipcm_pool *pool, enum pool_command command);
/** Make the collector look at the pool. */
void pool_wake_collector(struct ipcm_pool *pool);
/** No callback may run any more: the process exits. */
extern _Atomic bool pool_exiting;
/** In a worker: its pool. */
extern struct ipcm_pool *pool_working;

/* pool_feed.c; all with the mutex */
enum ipcm_status feed_open(struct ipcm_pool *pool);
void feed_close(struct ipcm_pool *pool);
/** Add a job; the pool holds it until it is complete. */
void feed_add(struct ipcm_pool *pool, struct ipcm_async *job);
/** Hand over what there is space for. */
void feed(struct ipcm_pool *pool);
/** An item of a job has its end. */
void feed_finish(struct ipcm_pool *pool, struct ipcm_async *job, uint32_t item,
		 enum ipcm_status status, const void *data, size_t bytes);
/** The record is not needed any more. */
void feed_release(struct ipcm_pool *pool, uint32_t record);
/** A worker with this task has ended; begun: item + 1, or 0. */
void feed_lost(struct ipcm_pool *pool, uint32_t number, uint32_t begun);
/** All unfinished items get this status. */
void feed_fail(struct ipcm_pool *pool, enum ipcm_status status);

/* pool_collect.c */
void *collect(void *pool);

/* the other processes */
int supervisor_run(void *pool);
int worker_run(struct ipcm_pool *pool, struct pool_slot *slot);

#endif
