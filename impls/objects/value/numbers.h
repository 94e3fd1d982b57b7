/* SPDX-License-Identifier: MIT */
/*
 * What a Value and an Array are: a row of numbers of one type in shared memory,
 * and perhaps a lock. A Value is a row of one.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_VALUE_NUMBERS_H
#define IPCMARK_IMPLS_OBJECTS_VALUE_NUMBERS_H

#include "impls/objects/handle.h"
#include "ipcmark/value.h"

#define VALUE_MAGIC UINT32_C(0x56616c75)
#define ARRAY_MAGIC UINT32_C(0x41727261)

/** What struct ipcm_value and struct ipcm_array are. At most one lock is set.
 */
struct numbers {
	struct shm_handle handle;
	enum ipcm_number_type type;
	/** Bytes of one number. */
	size_t width;
	size_t length;
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	/** The rlock is its own. */
	bool own;
};

/**
 * Numbers behind an open handle: copies of `length` initial ones, or, without
 * them, zeros.
 */
enum ipcm_status numbers_create(const struct ipcm_backend *backend,
				enum ipcm_number_type type, size_t length,
				const void *initial,
				const struct ipcm_value_options *options,
				uint32_t magic, struct numbers **ret_numbers);
/** Free it and its lock; it was open or closed, of this kind, else nothing
 * happens. NULL is allowed. */
void numbers_free(struct numbers *numbers, uint32_t magic);

/*
 * The calls of both objects. All return IPCM_CLOSED, and IPCM_INVALID for NULL
 * or another kind than `magic`, so that a value is no array.
 */

/** IPCM_INVALID: the index is not inside, or the type is not this one. */
enum ipcm_status numbers_load(const struct numbers *numbers, uint32_t magic,
			      size_t index, int64_t *ret_number);
enum ipcm_status numbers_store(struct numbers *numbers, uint32_t magic,
			       size_t index, int64_t number);
enum ipcm_status numbers_load_double(const struct numbers *numbers,
				     uint32_t magic, size_t index,
				     double *ret_number);
enum ipcm_status numbers_store_double(struct numbers *numbers, uint32_t magic,
				      size_t index, double number);

/** Copy between count numbers from `first` on and private memory. */
enum ipcm_status numbers_read(const struct numbers *numbers, uint32_t magic,
			      size_t first, size_t count, void *ret_numbers);
enum ipcm_status numbers_write(struct numbers *numbers, uint32_t magic,
			       size_t first, size_t count, const void *source);

/** The lock; IPCM_NOTSUP without one. */
enum ipcm_status numbers_acquire(struct numbers *numbers, uint32_t magic,
				 int64_t timeout_ns);
enum ipcm_status numbers_release(struct numbers *numbers, uint32_t magic);
enum ipcm_status numbers_recover(struct numbers *numbers, uint32_t magic);
enum ipcm_status numbers_get_lock(const struct numbers *numbers, uint32_t magic,
				  struct ipcm_lock **ret_lock,
				  struct ipcm_rlock **ret_rlock);

#endif
