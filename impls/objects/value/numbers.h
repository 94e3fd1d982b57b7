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

/** First member of both handles. At most one lock is set. */
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

struct ipcm_value {
	struct numbers numbers;
};

struct ipcm_array {
	struct numbers numbers;
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
void numbers_free(struct numbers *numbers);

/* What follows is called with an open handle. */

/** IPCM_INVALID: the index is not inside, or the type is not this one. */
enum ipcm_status numbers_load(const struct numbers *numbers, size_t index,
			      int64_t *ret_number);
enum ipcm_status numbers_store(struct numbers *numbers, size_t index,
			       int64_t number);
enum ipcm_status numbers_load_double(const struct numbers *numbers,
				     size_t index, double *ret_number);
enum ipcm_status numbers_store_double(struct numbers *numbers, size_t index,
				      double number);

/** Copy between count numbers from `first` on and private memory. */
enum ipcm_status numbers_read(const struct numbers *numbers, size_t first,
			      size_t count, void *ret_numbers);
enum ipcm_status numbers_write(struct numbers *numbers, size_t first,
			       size_t count, const void *source);

/** The lock; IPCM_NOTSUP without one. */
enum ipcm_status numbers_acquire(struct numbers *numbers, int64_t timeout_ns);
enum ipcm_status numbers_release(struct numbers *numbers);
enum ipcm_status numbers_recover(struct numbers *numbers);
enum ipcm_status numbers_get_lock(const struct numbers *numbers,
				  struct ipcm_lock **ret_lock,
				  struct ipcm_rlock **ret_rlock);

#endif
