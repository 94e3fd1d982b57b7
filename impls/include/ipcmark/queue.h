/* SPDX-License-Identifier: MIT */
/*
 * Queue and JoinableQueue: bounded or unlimited FIFO of whole items between
 * processes, in the vocabulary of Python's multiprocessing.
 *
 * Sharing: create the queue, then fork(); parent, children and grandchildren
 * use the same handle value (Q-MP-01). Several threads of several processes
 * may use one queue at once (G-THR-01). The handle's closed flag is private
 * to the process (X-FRK-02).
 *
 * Death: after SIGKILL of a process inside any of these calls no other process
 * blocks for ever and no acknowledged item is lost; a killed consumer takes at
 * most the item of its current get (X-KIL-01 .. X-KIL-06).
 *
 * No operation allocates memory or looks up a name, except shared memory for
 * what the mechanism cannot take. An operation that does not wait makes no
 * system call except those of the mechanism's transport, and of such memory.
 *
 * Memory: a queue takes what its channel needs. Items for which that has no
 * space, and those of several messages, lie in shared memory that grows with
 * them, is given back when they are taken, and is mapped by each process that
 * touches it. It keeps up to 1 MiB a purpose; its address space stays as large
 * as it was. Such memory and the ring of shm_ring are not in core files
 * (MADV_DONTDUMP), and mlockall(2) locks of it what exists. A process that has
 * no address space left for an item gets IPCM_NOMEM or IPCM_LIMIT, and the item
 * stays in the queue. Each queue keeps one descriptor for this memory, apart
 * from those of its mechanism; a program that closes it gets IPCM_SYSTEM when
 * memory has to grow or to be mapped.
 */
#ifndef IPCMARK_QUEUE_H
#define IPCMARK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/name.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Largest item, in bytes, on every back-end. */
#define IPCM_ITEM_MAX_BYTES sizeof(char[64 << 20])

/**
 * Most items a queue holds, "unlimited" ones included (Q-NEW-02, Q-NEW-06); its
 * items are numbered, and more could not be told apart. Memory usually ends
 * before: an item takes about 32 bytes more than its own.
 */
#define IPCM_QUEUE_MAX_ITEMS 33554432

/** A queue handle. Opaque; made by ipcm_queue_create. */
struct ipcm_queue;

/** Flags of struct ipcm_queue_options. */
enum ipcm_queue_flags {
	/** task_done and join are allowed. */
	IPCM_QUEUE_JOINABLE = 1u << 0,
	/**
	 * As CPython does: put copies into a buffer of the process and never
	 * waits for the channel, only for a slot; a thread feeds the channel.
	 * join_thread, cancel_join_thread and the flush at exit then have an
	 * effect. For comparison; it costs a thread, and a copy and an
	 * allocation per item. The buffer of a killed process is lost: whole
	 * items, which qsize, full and join no longer count. Puts through other
	 * handles wait while a thread sends an item for which the channel has
	 * no space. ipcm_queue_free waits until a reader has made space for all
	 * that was put, as exit() does, unless cancel_join_thread was called.
	 */
	IPCM_QUEUE_FEEDER = 1u << 1,
};

/** How a queue is made. Start from IPCM_QUEUE_OPTIONS_INIT. */
struct ipcm_queue_options {
	/** Bound in items; 0 or negative is unlimited (Q-NEW-01, Q-NEW-02). */
	int64_t maxsize;
	/** Bytes of a usual item; sizes the kernel object. 0: unknown. */
	size_t item_size_hint;
	/** Bits of enum ipcm_queue_flags. */
	unsigned flags;
	/**
	 * Nanoseconds a blocking call spins before it sleeps. 0, the default,
	 * sleeps at once. Spinning pays only when the peer runs on another
	 * CPU and answers sooner than a wake-up takes.
	 */
	int64_t spin_ns;
};

/** Defaults: unlimited, no hint, not joinable, no spinning. */
#define IPCM_QUEUE_OPTIONS_INIT                                                \
	{                                                                      \
		0, 0, 0, 0                                                     \
	}

/** One item of a batch: its address and its length in bytes. */
struct ipcm_item {
	void *data;
	size_t size_bytes;
};

/** Statistics of a queue, for benchmarks and diagnosis. */
struct ipcm_queue_stats {
	/** Items that went through the overflow buffer since creation. */
	uint64_t spilled_items;
	/** Recoveries after the death of a user inside a call. */
	uint64_t recoveries;
	/** Capacity of the mechanism in bytes; 0 if it has no such figure. */
	uint64_t channel_bytes;
	/** Capacity of the mechanism in messages; 0 if it counts bytes. */
	uint64_t channel_messages;
};

/**
 * Make a queue on a back-end.
 *
 * @param backend descriptor from ipcm_backend_find or _at; not NULL
 * @param options NULL for the defaults; read during the call only
 * @param ret_queue receives the handle; the caller owns it and frees it
 *        with ipcm_queue_free
 * @return IPCM_OK; IPCM_INVALID (NULL, unknown flag bits, negative spin_ns);
 *         IPCM_TOOBIG (hint above IPCM_ITEM_MAX_BYTES); IPCM_LIMIT (maxsize
 *         above IPCM_QUEUE_MAX_ITEMS, or out of descriptors, ids or queues);
 *         IPCM_NOMEM; IPCM_NOTSUP (the back-end has no queue table);
 *         IPCM_PERM. After a failure nothing is left behind (Q-NEW-05).
 * Makes system calls, does not wait. Thread safe. Call it before fork(); the
 * children inherit the queue.
 * Source: Q-NEW-01 .. Q-NEW-05.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_create(
	const struct ipcm_backend *backend,
	const struct ipcm_queue_options *options,
	struct ipcm_queue **ret_queue);

/**
 * Append one item. The bytes are copied before the call returns (Q-PUT-06);
 * once it returned IPCM_OK the item survives the death of this process.
 *
 * @param queue handle; NULL or a foreign pointer gives IPCM_INVALID
 * @param item size_bytes bytes, owned by the caller; may be NULL if 0 bytes
 * @param size_bytes 0 .. IPCM_ITEM_MAX_BYTES
 * @param timeout_ns how long to wait for a free slot
 * @return IPCM_OK; IPCM_FULL (no slot at once, or in time); IPCM_TOOBIG;
 *         IPCM_CLOSED; IPCM_INVALID; IPCM_NOMEM (the queue's memory cannot
 *         grow); IPCM_LIMIT (an unlimited queue holds IPCM_QUEUE_MAX_ITEMS
 *         items, or memory would grow beyond RLIMIT_FSIZE or RLIMIT_MEMLOCK:
 *         let a reader take some, or raise them with ulimit -f, ulimit -l);
 *         IPCM_SYSTEM; IPCM_REMOVED (the kernel object was removed)
 * Blocks only while the queue is full. May enter the kernel. Thread safe.
 * Source: Q-PUT-01 .. Q-PUT-06, X-KIL-02, X-KIL-03.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_put(struct ipcm_queue *queue,
						      const void *item,
						      size_t size_bytes,
						      int64_t timeout_ns);

/**
 * Take the oldest item.
 *
 * @param queue handle; NULL or a foreign pointer gives IPCM_INVALID
 * @param buffer buffer_bytes bytes, owned by the caller; may be NULL
 *        if buffer_bytes is 0
 * @param timeout_ns how long to wait for an item
 * @param ret_size receives the item's length in bytes; with IPCM_TOOSMALL it
 *        receives the length that is needed, the item stays at the head and
 *        the buffer is untouched (Q-GET-09). May be NULL.
 * @return IPCM_OK; IPCM_EMPTY (none at once, or in time); IPCM_TOOSMALL;
 *         IPCM_CLOSED; IPCM_INVALID; IPCM_CORRUPT (damaged shared memory);
 *         IPCM_NOMEM, IPCM_LIMIT, IPCM_SYSTEM (the item cannot be mapped; it
 *         stays); IPCM_REMOVED (the kernel object was removed)
 * Blocks only while the queue is empty. May enter the kernel. Thread safe.
 * Source: Q-GET-01 .. Q-GET-09, X-KIL-01, X-KIL-04.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_get(struct ipcm_queue *queue,
						      void *buffer,
						      size_t buffer_bytes,
						      int64_t timeout_ns,
						      size_t *ret_size);

/** ipcm_queue_put with IPCM_TRY: Python's put_nowait. */
static inline IPCM_CHECKED enum ipcm_status ipcm_queue_put_nowait(
	struct ipcm_queue *queue, const void *item, size_t size_bytes)
{
	return ipcm_queue_put(queue, item, size_bytes, IPCM_TRY);
}

/** ipcm_queue_get with IPCM_TRY: Python's get_nowait. */
static inline IPCM_CHECKED enum ipcm_status ipcm_queue_get_nowait(
	struct ipcm_queue *queue, void *buffer, size_t buffer_bytes,
	size_t *ret_size)
{
	return ipcm_queue_get(queue, buffer, buffer_bytes, IPCM_TRY, ret_size);
}

/**
 * Append several items in order, as many as there is space for.
 *
 * @param items count entries, owned by the caller; each as for put
 * @param count at least 1
 * @param timeout_ns how long to wait for the FIRST free slot; the call does
 *        not wait for further ones
 * @param ret_done receives how many were appended, 1 .. count; not NULL
 * @return as ipcm_queue_put; IPCM_OK means at least one was appended. One
 *         oversize entry gives IPCM_TOOBIG and appends none. IPCM_INTR: none
 *         was appended; the call is not interrupted once one was.
 * Blocking, threads, kernel: as ipcm_queue_put.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_put_many(
	struct ipcm_queue *queue, const struct ipcm_item *items, size_t count,
	int64_t timeout_ns, size_t *ret_done);

/**
 * Take up to max_items items that are there, in order.
 *
 * @param buffer buffer_bytes bytes; the items are laid out one after
 *        the other, each start aligned to 8 bytes
 * @param items receives the address in buffer and the length of each; max_items
 *        entries
 * @param max_items at least 1
 * @param timeout_ns how long to wait for the FIRST item; the call does not
 *        wait for further ones
 * @param ret_count receives how many were taken, 1 .. max_items; not NULL
 * @return as ipcm_queue_get. IPCM_TOOSMALL only if the first item does not
 *         fit: items[0].size_bytes is then the length needed, its data is NULL.
 *         IPCM_INTR: none was taken.
 * Blocking, threads, kernel: as ipcm_queue_get.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_get_many(
	struct ipcm_queue *queue, void *buffer, size_t buffer_bytes,
	struct ipcm_item *items, size_t max_items, int64_t timeout_ns,
	size_t *ret_count);

/**
 * Number of items put and not yet taken, always 0 .. maxsize. Exact while no
 * other call runs, else a recent value.
 * @return IPCM_OK, IPCM_CLOSED, IPCM_INVALID. Never waits.
 * Source: Q-SIZ-01, Q-SIZ-03, Q-SIZ-04, Q-CLS-05.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_qsize(
	const struct ipcm_queue *queue, size_t *ret_items);

/** Is qsize 0? Results and rules as ipcm_queue_qsize (Q-SIZ-02). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_empty(
	const struct ipcm_queue *queue, bool *ret_empty);

/** Is qsize == maxsize? Always false if unlimited. Rules as qsize. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_full(
	const struct ipcm_queue *queue, bool *ret_full);

/**
 * JoinableQueue: report one item as finished. Any process or thread may do so,
 * also after closing its handle (JQ-JN-06).
 * @return IPCM_OK; IPCM_INVALID (more often than items were put, or the queue
 *         is not joinable: nothing changes)
 * May wake joiners (one system call, only if there are any); never blocks.
 * Source: JQ-TD-01, JQ-TD-02, JQ-JN-04.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_task_done(
	struct ipcm_queue *queue);

/**
 * JoinableQueue: wait until task_done was called once for every item put.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT (timed) while items
 *         are unfinished; IPCM_INVALID (not joinable)
 * Works after close too. Thread safe.
 * Source: JQ-JN-01 .. JQ-JN-07.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_join(struct ipcm_queue *queue,
						       int64_t timeout_ns);

/**
 * End the use of the handle in this process: no more put and get. Other
 * processes are not affected and get no signal (Q-CLS-02, Q-CLS-03); items
 * already put are delivered (Q-CLS-04). Calls of other threads that wait on
 * this handle return IPCM_CLOSED within a second (Q-CLS-06).
 * @return IPCM_OK, also when closed already; IPCM_INVALID for no handle.
 * Does not wait. ipcm_queue_free releases the kernel objects.
 */
IPCM_API enum ipcm_status ipcm_queue_close(struct ipcm_queue *queue);

/**
 * Wait until everything that this process put is in the channel. Without a
 * feeder that is so when put returns, so this only checks the state.
 * @return IPCM_OK; IPCM_INVALID before ipcm_queue_close (Q-JTH-01).
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_join_thread(
	struct ipcm_queue *queue);

/**
 * Never wait for the feeder in join_thread, in ipcm_queue_free or at exit
 * (Q-JTH-04). What it has not sent by then is lost, whole items.
 * @return IPCM_OK, or IPCM_INVALID for no handle.
 */
IPCM_API enum ipcm_status ipcm_queue_cancel_join_thread(
	struct ipcm_queue *queue);

/**
 * End the queue in all processes (CPython issue gh-96471). Afterwards put
 * returns IPCM_CLOSED; get returns the items that are left, then IPCM_CLOSED;
 * blocked callers wake. It may be called again.
 * @param immediate also drop the items that are left and count them as finished
 * @return IPCM_OK, IPCM_INVALID, IPCM_CLOSED (this handle is closed)
 * Does not block. Source: Q-CLS-07.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_shutdown(
	struct ipcm_queue *queue, bool immediate);

/**
 * Zero-copy put, first half: space for one item, to be written in place. Until
 * commit or abandon the caller holds the producers' lock: other producers wait.
 * Keep it short, and call only get and the queries of this queue in between.
 * One reservation per queue and thread.
 * @param size_bytes 0 .. IPCM_ITEM_MAX_BYTES, the most that will be written
 * @param ret_room receives the address, in one piece, aligned to 8
 * @return as ipcm_queue_put; IPCM_NOTSUP without IPCM_CAP_ZERO_COPY, and on a
 *         queue with a feeder
 * Blocks while the queue is full. A process that dies in between has put
 * nothing.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_reserve(
	struct ipcm_queue *queue, size_t size_bytes, int64_t timeout_ns,
	void **ret_room);

/**
 * Second half: the first size_bytes bytes of the space are the item.
 * @return IPCM_OK; IPCM_INVALID (nothing reserved by this thread, or more than
 *         was reserved: the reservation stays); IPCM_NOTSUP
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_commit(
	struct ipcm_queue *queue, size_t size_bytes);

/** Cancel the reservation; nothing is put. Results as commit. */
IPCM_API enum ipcm_status ipcm_queue_abandon(struct ipcm_queue *queue);

/**
 * Zero-copy get, first half: the oldest item in place. Until release the caller
 * holds the consumers' lock: other consumers wait.
 * @param ret_item receives its address, in one piece, aligned to 8; read only
 * @param ret_size receives its length in bytes
 * @return as ipcm_queue_get, without IPCM_TOOSMALL; IPCM_NOTSUP
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_peek(struct ipcm_queue *queue,
						       int64_t timeout_ns,
						       const void **ret_item,
						       size_t *ret_size);

/**
 * Second half.
 * @param taken true: the item is taken; false: it stays at the head
 * @return IPCM_OK; IPCM_INVALID (no peek of this thread is open); IPCM_NOTSUP
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_release(
	struct ipcm_queue *queue, bool taken);

/**
 * Create or open a queue by name: see name.h for names, rights and lifetime.
 * @param access flags and mode; not NULL
 * @param options of a new queue; NULL for the defaults. For an existing one
 *        NULL accepts its options; else maxsize and flags must agree with
 *        them, or the call returns IPCM_INVALID (X-NAM-03). A feeder is
 *        private to the handle and never conflicts.
 * @return as ipcm_queue_create; IPCM_EXISTS, IPCM_NOTFOUND, IPCM_PERM;
 *         IPCM_NOTSUP without IPCM_CAP_NAMED, or if its users are in another
 *         PID namespace (name.h); IPCM_INVALID (the name is
 *         illegal, or belongs to an object of another kind)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access,
	const struct ipcm_queue_options *options,
	struct ipcm_queue **ret_queue);

/** The options in force; the hint is not kept (0). No system call. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_get_options(
	const struct ipcm_queue *queue, struct ipcm_queue_options *ret_options);

/**
 * Read the queue's statistics: a snapshot over all processes.
 * @return IPCM_OK, IPCM_INVALID. No system call.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_queue_get_stats(
	const struct ipcm_queue *queue, struct ipcm_queue_stats *ret_stats);

/**
 * Close, drop this process's descriptors and mappings, free the handle. The
 * kernel objects are removed when the last process has done so or died; a
 * System V queue by the last process that frees it (X-LEK-01, X-LEK-04). NULL
 * is allowed. No other thread may be inside a call on the handle.
 * With a feeder it waits, in a process that has put, until the feeder has sent
 * everything: for ever if no process gets. CPython's rule at exit:
 * ipcm_queue_cancel_join_thread before it, and it does not wait, and what was
 * not sent is lost. Else it does not wait. It is not interrupted.
 */
IPCM_API void ipcm_queue_free(struct ipcm_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
