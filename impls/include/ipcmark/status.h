/* SPDX-License-Identifier: MIT */
/*
 * Result codes and the conventions that hold for every call of ipcmark.
 *
 * Every function that can fail returns `enum ipcm_status`. IPCM_OK is 0, so
 * `if (s)` asks "did it fail". No native errno ever reaches the caller
 * (rule G-RC-01), and a call that fails changes nothing: no item, no counter,
 * no byte of the caller's buffer (G-RC-02). Outputs are the last parameters,
 * are named `ret_x` and are written only on success, save where a comment
 * says otherwise (the needed length that comes with IPCM_TOOSMALL).
 *
 * No call is a cancellation point (pthreads(7)): a pthread_cancel(3) of a
 * thread that is in a call, or waits in one, has no effect on that call, and
 * acts when the thread next reaches a cancellation point of its own (G-CAN-01).
 * To end a call that waits, close the handle, or use ipcm_set_stop. Callbacks
 * that run inside a call, the stop callback and a barrier's action, are not
 * cancelled either. This holds for the deferred type; a thread of the
 * asynchronous type must not call the library, nor may a signal handler in a
 * thread that may be cancelled reach a cancellation point while it interrupts a
 * call.
 *
 * Every create needs memory that processes share, from memfd_create(2). Where
 * the kernel refuses that call (a seccomp(2) filter, vm.memfd_noexec), it is a
 * file without a name in /dev/shm, else in /tmp, and the size of that file
 * system limits it (IPCM_NOMEM); where that cannot be made either, each create
 * gives IPCM_PERM or, if the kernel has no such call, IPCM_NOTSUP.
 */
#ifndef IPCMARK_STATUS_H
#define IPCMARK_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An exported symbol; one whose result must be used. */
#define IPCM_API     __attribute__((visibility("default")))
#define IPCM_CHECKED __attribute__((warn_unused_result))

/**
 * The result of a call. The order is part of the binary interface: new codes
 * are added before IPCM_STATUS_COUNT only.
 */
enum ipcm_status {
	IPCM_OK = 0,	     /**< done */
	IPCM_FULL,	     /**< put: no space, at once or after the timeout */
	IPCM_EMPTY,	     /**< get: no item, at once or after the timeout */
	IPCM_WOULDBLOCK,     /**< try form could not be satisfied at once */
	IPCM_TIMEDOUT,	     /**< timed form was not satisfied in time */
	IPCM_CLOSED,	     /**< this handle was closed in this process */
	IPCM_EOF,	     /**< other end gone and nothing left to read */
	IPCM_BROKEN,	     /**< no reader is left; broken barrier */
	IPCM_INVALID,	     /**< bad argument, or the wrong state for it */
	IPCM_NOTOWNER,	     /**< caller does not hold what it releases */
	IPCM_OVERFLOW,	     /**< a counter is at its maximum */
	IPCM_LIMIT,	     /**< a limit of system or library is reached */
	IPCM_NOMEM,	     /**< no memory, or no space in its file system */
	IPCM_TOOBIG,	     /**< item above the documented maximum */
	IPCM_TOOSMALL,	     /**< buffer too small; needed length reported */
	IPCM_NOTSUP,	     /**< optional feature this back-end lacks */
	IPCM_CORRUPT,	     /**< torn or damaged message, damaged memory */
	IPCM_OWNERDEAD,	     /**< acquired; the last holder died holding it */
	IPCM_NOTRECOVERABLE, /**< its holder died, never recovered */
	IPCM_WORKERDIED,     /**< the worker running the task died */
	IPCM_REMOVED,	     /**< the kernel object was removed meanwhile */
	IPCM_INTR,	     /**< interrupted or stopped, as the thread wants */
	IPCM_EXISTS,	     /**< exclusive create of a name in use */
	IPCM_NOTFOUND,	     /**< no such name or key */
	IPCM_RANGE,	     /**< index out of range */
	IPCM_PERM,	     /**< not permitted; also sysv_msg after setuid(2),
			      * see ipcm_set_owner in name.h */
	IPCM_AUTH,	     /**< wrong authentication key */
	IPCM_END,	     /**< iteration is over */
	IPCM_SYSTEM,	     /**< the system failed in a way of its own */
	IPCM_STATUS_COUNT
};

/**
 * Timeouts are int64_t nanoseconds on CLOCK_MONOTONIC; one deadline covers
 * all phases of a call (G-TO-05, G-TO-06). IPCM_FOREVER waits without limit;
 * IPCM_TRY, 0 and every negative value mean "do not wait" (G-TO-01, G-TO-02).
 * Any value from 1 to INT64_MAX - 1 is a number of nanoseconds; sums beyond
 * the clock's range saturate to "for ever" (G-TO-07). Interruption by a
 * caught signal is handled inside: the call waits for the rest of its time.
 */
#define IPCM_FOREVER INT64_MAX
#define IPCM_TRY     INT64_C(0)

/**
 * What a blocking call asks, again and again, while it waits: shall it stop?
 * For ipcm_set_stop.
 */
struct ipcm_stop {
	/** True: stop. NULL: no callback, the call waits for its whole time. */
	bool (*asked)(void *context);
	void *context; /**< passed to asked */
};

/**
 * Let blocking calls of this thread end with IPCM_INTR when a callback says so,
 * whatever its reason: a signal handler set a flag, another thread wants this
 * one to end, an interpreter has work to do. No signal is missed, since the
 * flag stays set; a stop without a signal works the same way.
 *
 * A call that has to wait asks the callback when its waiting begins, and after
 * each sleep. It sleeps for at most 100 ms at a time, and a signal handler ends
 * the sleep; so it ends at most 100 ms after its reason, and at once if a
 * handler brought that. A call that need not wait, and a try form, do not ask.
 * A call that was stopped has changed nothing, and a condition's wait holds its
 * lock again before it returns; that last wait for the lock does not ask.
 * IPCM_OK comes first: a call whose object became ready at the same time may
 * succeed although the callback said stop. So the callback should answer true
 * until its reason is dealt with, after the call, and not only once.
 *
 * The callback runs in the thread that waits, inside the call, with no lock of
 * the library held; only a put of a SimpleQueue that waits in the middle of a
 * large item holds that queue's lock. It may take its time: other processes do
 * not wait for it. It may use other objects; waits in them do not ask it again
 * and are not interruptible. It must not use the object that the call waits
 * in, nor free or close it, nor call ipcm_set_stop; it must return, not
 * longjmp, throw or end its thread.
 *
 * It may be set in any thread, not in a signal handler. The setting is private
 * to the thread; a new thread has none. A child made by fork() inherits the
 * calling thread's, with its context at the same address, as a copy.
 * Independent of ipcm_set_interruptible; both may be set.
 * @param stop the new callback; `{NULL, NULL}` for none. The context must live
 *             until another one is set.
 * @return the previous one. No system call.
 */
IPCM_API struct ipcm_stop ipcm_set_stop(struct ipcm_stop stop);

/**
 * Choose whether blocking calls of this thread return IPCM_INTR after a signal
 * handler ran while they slept. Off by default: they continue to wait
 * (G-SIG-01). An interrupted call has changed nothing; a condition's wait holds
 * its lock again before it returns (G-SIG-04).
 *
 * This is the short form for a handler that leaves no flag. It cannot see every
 * handler: one that runs before the waiting, after it, or in the instants in
 * which a sleep ends and the next begins, leaves no trace. To make these rare
 * the thread's sleeps last 0.5 to 1 s, at random, in place of 0.1 s, and it
 * notices as much later that another process died or that the object was
 * closed. A program that must not miss a signal sets a flag in its handler and
 * uses ipcm_set_stop.
 * @return the previous setting. No system call. Private to the thread; a child
 * made by fork() inherits the calling thread's.
 */
IPCM_API bool ipcm_set_interruptible(bool interruptible);

/**
 * The name of a code without its prefix, for example "TOOSMALL".
 * @param status any value; unknown ones give "UNKNOWN"
 * @return static string, never NULL; the caller must not free it.
 * No system call, thread safe, may be called from a signal handler.
 */
IPCM_API const char *ipcm_status_name(enum ipcm_status status);

/**
 * One plain sentence for people, for example "the queue is full".
 * @param status any value; unknown ones give a sentence that says so
 * @return static string, never NULL; the caller must not free it.
 * No system call, thread safe, may be called from a signal handler.
 */
IPCM_API const char *ipcm_status_text(enum ipcm_status status);

#ifdef __cplusplus
}
#endif

#endif
