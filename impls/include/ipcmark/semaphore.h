/* SPDX-License-Identifier: MIT */
/*
 * Semaphore and BoundedSemaphore: a number of permits between threads and
 * processes. Over a mechanism the permits are its own tokens: bytes in a pipe,
 * messages in a queue, the value of a System V semaphore. Those for which it
 * has no space (a POSIX message queue holds 10) are a number in shared memory,
 * so that every back-end has every value (S-06); they cost no system call.
 *
 * Sharing: create it, then fork(). A permit has no owner: any process may
 * release, also one that never acquired (S-01).
 *
 * Death: permits that a killed process had acquired are lost, exactly those
 * (S-05); a waiter that is killed takes nothing. Only a process that is killed
 * in an acquire, in the moment in which other processes fill and empty the
 * mechanism, may have taken one permit more.
 */
#ifndef IPCMARK_SEMAPHORE_H
#define IPCMARK_SEMAPHORE_H

#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/name.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A semaphore's handle. Opaque; made by ipcm_semaphore_create. */
struct ipcm_semaphore;

/** Highest value on any back-end, as SEM_VALUE_MAX (sem_init(3)). */
#define IPCM_SEMAPHORE_MAX INT64_C(0x7fffffff)

/** Flags of struct ipcm_semaphore_options. */
enum ipcm_semaphore_flags {
	/** BoundedSemaphore: release above the initial value is refused. */
	IPCM_SEMAPHORE_BOUNDED = 1u << 0,
};

/** How a semaphore is made. Start from IPCM_SEMAPHORE_OPTIONS_INIT. */
struct ipcm_semaphore_options {
	/** Permits at first; 0 .. IPCM_SEMAPHORE_MAX. */
	int64_t initial;
	/** Bits of enum ipcm_semaphore_flags. */
	unsigned flags;
};

/** Defaults, as in Python: one permit, not bounded. */
#define IPCM_SEMAPHORE_OPTIONS_INIT                                            \
	{                                                                      \
		1, 0                                                           \
	}

/**
 * Make a semaphore.
 * @param options NULL for the defaults
 * @param ret_semaphore receives the handle; the caller owns it:
 *        ipcm_semaphore_free
 * @return IPCM_OK; IPCM_INVALID (negative or above IPCM_SEMAPHORE_MAX,
 *         S-03; unknown flags); IPCM_LIMIT (no descriptor, id or queue left:
 *         `ipcmark env` names what to raise), IPCM_NOMEM, IPCM_PERM,
 *         IPCM_NOTSUP (no lock table). After a failure nothing is left.
 * Makes system calls, does not wait. Thread safe. Call before fork().
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_semaphore_create(
	const struct ipcm_backend *backend,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore);

/**
 * Create or open a semaphore by name; see name.h and ipcm_queue_open. For an
 * existing one the flags of the options must agree with it, and the initial
 * value is ignored.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_semaphore_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore);

/**
 * Take a permit.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT (timed): there is
 *         none; IPCM_CLOSED; IPCM_INTR; IPCM_INVALID
 * Blocks while there is none. An uncontended semaphore in shared memory makes
 * no system call. Source: S-01, S-02.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_semaphore_acquire(
	struct ipcm_semaphore *semaphore, int64_t timeout_ns);

/**
 * Release a permit; one waiter gets it.
 * @return IPCM_OK; IPCM_OVERFLOW (at the maximum, S-03); IPCM_INVALID
 *         (bounded, and at the initial value, BS-01): the value is unchanged;
 *         IPCM_CLOSED. Never blocks for long.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_semaphore_release(
	struct ipcm_semaphore *semaphore);

/** Permits inside; exact while no other call runs (S-04). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_semaphore_value(
	const struct ipcm_semaphore *semaphore, int64_t *ret_value);

/** The highest value it can have: the initial one if it is bounded, else
 * IPCM_SEMAPHORE_MAX. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_semaphore_maximum(
	const struct ipcm_semaphore *semaphore, int64_t *ret_maximum);

/**
 * Drop this process's use of it; it may be closed again. Its threads that wait
 * in a call on this handle are woken and get IPCM_CLOSED; then this takes 20 us
 * or longer. (Over a descriptor the first of them that waited made one more
 * descriptor for that; ipcm_semaphore_free closes it.)
 */
IPCM_API enum ipcm_status ipcm_semaphore_close(
	struct ipcm_semaphore *semaphore);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_semaphore_free(struct ipcm_semaphore *semaphore);

#ifdef __cplusplus
}
#endif

#endif
