/* SPDX-License-Identifier: MIT */
/*
 * Value and Array: numbers in shared memory, with a lock beside them.
 *
 * A load or store of one number is atomic: never torn (V-04), no system call,
 * no lock. A load sees what was written before the store that it reads. All
 * that is more than one load or store needs the lock, also "add 1" (V-02):
 *
 *     ipcm_value_acquire(value, IPCM_FOREVER);
 *     ipcm_value_load(value, &number);
 *     ipcm_value_store(value, number + 1);
 *     ipcm_value_release(value);
 *
 * Unlike in Python, a slice does not take the lock: the caller holds it if the
 * slice must be of one moment.
 *
 * Sharing: create it, then fork(). What processes read and write is the same
 * on every back-end; the lock is the back-end's.
 */
#ifndef IPCMARK_VALUE_H
#define IPCMARK_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/lock.h"
#include "ipcmark/rlock.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A number's handle. Opaque; made by ipcm_value_create. */
struct ipcm_value;

/** The handle of a row of numbers. Opaque; made by ipcm_array_create. */
struct ipcm_array;

/** What a number is. The letters are those of Python's type codes. */
enum ipcm_number_type {
	IPCM_CHAR = 'c',   /**< unsigned char, 0 .. 255 */
	IPCM_INT16 = 'h',  /**< int16_t */
	IPCM_INT32 = 'i',  /**< int32_t */
	IPCM_INT64 = 'q',  /**< int64_t */
	IPCM_DOUBLE = 'd', /**< double */
};

/** How it is made. Start from IPCM_VALUE_OPTIONS_INIT. */
struct ipcm_value_options {
	/** The caller's lock, which stays the caller's; at most one of them. */
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	/** No lock at all, a "raw" value: its lock calls give IPCM_NOTSUP. */
	bool unlocked;
};

/** Defaults, as in Python: an RLock of its own. */
#define IPCM_VALUE_OPTIONS_INIT                                                \
	{                                                                      \
		NULL, NULL, false                                              \
	}

/**
 * Make a number.
 * @param initial its value, a number of the type; NULL: 0
 * @param options NULL for the defaults
 * @param ret_value receives the handle; the caller owns it: ipcm_value_free
 * @return IPCM_OK; IPCM_INVALID (unknown type, two locks, what is not a lock);
 *         IPCM_CLOSED (the lock is); IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM,
 *         IPCM_NOTSUP (no lock table). After a failure nothing is left.
 * Makes system calls, does not wait. Thread safe. Call before fork().
 * Source: V-01, V-03.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_create(
	const struct ipcm_backend *backend, enum ipcm_number_type type,
	const void *initial, const struct ipcm_value_options *options,
	struct ipcm_value **ret_value);

/**
 * Read the number; it is not a double.
 * @return IPCM_OK; IPCM_INVALID (a double); IPCM_CLOSED. Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_load(
	const struct ipcm_value *value, int64_t *ret_number);

/**
 * Write the number; it is not a double.
 * @return IPCM_OK; IPCM_INVALID (a double; a number that its type does not
 *         have); IPCM_CLOSED. Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_store(
	struct ipcm_value *value, int64_t number);

/** ipcm_value_load of an IPCM_DOUBLE. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_load_double(
	const struct ipcm_value *value, double *ret_number);

/** ipcm_value_store of an IPCM_DOUBLE. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_store_double(
	struct ipcm_value *value, double number);

/**
 * Take the value's lock.
 * @return as ipcm_rlock_acquire or ipcm_lock_acquire; IPCM_NOTSUP (it has
 *         none). Blocks while another thread holds it.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_acquire(
	struct ipcm_value *value, int64_t timeout_ns);

/** As ipcm_rlock_release or ipcm_lock_release; IPCM_NOTSUP (it has none). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_release(
	struct ipcm_value *value);

/** As ipcm_lock_recover; IPCM_NOTSUP (it has none). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_recover(
	struct ipcm_value *value);

/**
 * Its lock, as one of two kinds; the other is NULL. The handle belongs to the
 * value, or to the caller that gave it.
 * @return IPCM_OK; IPCM_NOTSUP (it has none); IPCM_CLOSED; IPCM_INVALID
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_value_get_lock(
	const struct ipcm_value *value, struct ipcm_lock **ret_lock,
	struct ipcm_rlock **ret_rlock);

/**
 * Drop this process's use of it. It may be closed again; other calls then
 * return IPCM_CLOSED.
 */
IPCM_API enum ipcm_status ipcm_value_close(struct ipcm_value *value);

/** Close and free the handle, and its own lock. NULL is allowed. */
IPCM_API void ipcm_value_free(struct ipcm_value *value);

/**
 * Make a row of numbers.
 * @param length how many, 0 or more
 * @param initial length numbers of the type, which are copied; NULL: all are 0
 *        (A-01)
 * @param options NULL for the defaults
 * @return IPCM_OK; IPCM_INVALID (a negative length); IPCM_NOMEM (also:
 *         longer than the machine's memory); else as ipcm_value_create
 * Makes system calls, does not wait. Thread safe. Call before fork().
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_create(
	const struct ipcm_backend *backend, enum ipcm_number_type type,
	int64_t length, const void *initial,
	const struct ipcm_value_options *options,
	struct ipcm_array **ret_array);

/** How many numbers it has. Never blocks. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_length(
	const struct ipcm_array *array, size_t *ret_length);

/**
 * ipcm_value_load of one number; IPCM_INVALID also for an index that is not
 * below the length.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_load(
	const struct ipcm_array *array, size_t index, int64_t *ret_number);

/** ipcm_value_store of one number; index as for ipcm_array_load. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_store(
	struct ipcm_array *array, size_t index, int64_t number);

/** ipcm_array_load of an IPCM_DOUBLE. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_load_double(
	const struct ipcm_array *array, size_t index, double *ret_number);

/** ipcm_array_store of an IPCM_DOUBLE. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_store_double(
	struct ipcm_array *array, size_t index, double number);

/**
 * Read a slice: count numbers from `first` on. Each is loaded atomically, the
 * slice as a whole is not.
 * @param ret_numbers receives count numbers of the array's type
 * @return IPCM_OK; IPCM_INVALID (it is not inside the array: nothing is
 *         read); IPCM_CLOSED. Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_read(
	const struct ipcm_array *array, size_t first, size_t count,
	void *ret_numbers);

/** Write a slice; as ipcm_array_read. A failed call has written nothing. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_write(
	struct ipcm_array *array, size_t first, size_t count,
	const void *numbers);

/** As ipcm_value_acquire. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_acquire(
	struct ipcm_array *array, int64_t timeout_ns);

/** As ipcm_value_release. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_release(
	struct ipcm_array *array);

/** As ipcm_value_recover. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_recover(
	struct ipcm_array *array);

/** As ipcm_value_get_lock. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_array_get_lock(
	const struct ipcm_array *array, struct ipcm_lock **ret_lock,
	struct ipcm_rlock **ret_rlock);

/** As ipcm_value_close. */
IPCM_API enum ipcm_status ipcm_array_close(struct ipcm_array *array);

/** Close and free the handle, and its own lock. NULL is allowed. */
IPCM_API void ipcm_array_free(struct ipcm_array *array);

#ifdef __cplusplus
}
#endif

#endif
