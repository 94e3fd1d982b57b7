/* SPDX-License-Identifier: MIT */
/*
 * The objects of a manager (manager.h): dict, list. Each call is one request to
 * the server.
 *
 * Besides its own, every call here returns these, the "codes of requests":
 *   IPCM_INVALID   no proxy, a proxy of another kind, a pointer that is NULL
 *   IPCM_REMOVED   the object was removed (ipcm_manager_remove)
 *   IPCM_BROKEN    the server is gone
 *   IPCM_CLOSED    this process shut the manager down, or freed it
 *   IPCM_TIMEDOUT  request_timeout_ns is over: done or not
 *   IPCM_TOOBIG    above IPCM_SHARED_MAX_BYTES, or a key above
 *                  IPCM_SHARED_KEY_MAX_BYTES
 *   IPCM_NOMEM     the server's memory, or the caller's; nothing was changed
 *   IPCM_LIMIT     no descriptor is free for a connection
 * Each is reported to its caller only, and the server goes on (M-05).
 *
 * Every call may block, for as long as the server needs, and enters the kernel.
 * Thread safe; proxies may be used after fork(). Keys and values are bytes, of
 * any length within the limits, 0 included; they are copied.
 *
 * A call that returns a value writes at most buffer_bytes to the buffer. If
 * that is too little: IPCM_TOOSMALL, ret_size has the length that is needed,
 * and nothing was written, removed or added.
 */
#ifndef IPCMARK_SHARED_H
#define IPCMARK_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/bytes.h"
#include "ipcmark/manager.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Largest value, in bytes; also of all that one call brings or returns. */
#define IPCM_SHARED_MAX_BYTES sizeof(char[64 << 20])
/** Largest key, in bytes. */
#define IPCM_SHARED_KEY_MAX_BYTES sizeof(char[16 << 10])

/** A key and its value: bytes of a snapshot, which frees them; no NUL stands
 *  behind them. */
struct ipcm_pair {
	const void *key;
	size_t key_bytes;
	const void *value;
	size_t value_bytes;
};

/** A copy of several entries, as they were at one moment. Opaque. */
struct ipcm_snapshot;

/* ---- dict (M-03) ---- */

/** Set the value of a key, which is added behind the others or keeps its place.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_set(struct ipcm_proxy *dict,
						     const void *key,
						     size_t key_bytes,
						     const void *value,
						     size_t value_bytes);

/**
 * The value of a key.
 * @param ret_size receives its length; may be NULL
 * @return IPCM_OK; IPCM_NOTFOUND; IPCM_TOOSMALL
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_get(
	struct ipcm_proxy *dict, const void *key, size_t key_bytes,
	void *buffer, size_t buffer_bytes, size_t *ret_size);

/** ipcm_dict_get; a key that is not there is set to the value before. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_setdefault(
	struct ipcm_proxy *dict, const void *key, size_t key_bytes,
	const void *value, size_t value_bytes, void *buffer,
	size_t buffer_bytes, size_t *ret_size);

/** Delete a key. IPCM_OK; IPCM_NOTFOUND. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_delete(struct ipcm_proxy *dict,
							const void *key,
							size_t key_bytes);

/** ipcm_dict_get and ipcm_dict_delete in one. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_pop(
	struct ipcm_proxy *dict, const void *key, size_t key_bytes,
	void *buffer, size_t buffer_bytes, size_t *ret_size);

/** Is the key there? */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_contains(
	struct ipcm_proxy *dict, const void *key, size_t key_bytes,
	bool *ret_contains);

/** How many keys there are. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_length(struct ipcm_proxy *dict,
							size_t *ret_length);

/** Delete all keys. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_clear(struct ipcm_proxy *dict);

/** Set several keys in one step: all of them, or after an error none. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_update(
	struct ipcm_proxy *dict, const struct ipcm_pair *pairs, size_t count);

/**
 * The keys, the values, or both, in the order in which the keys were added.
 * @param ret_snapshot receives the copy; the caller owns it:
 *        ipcm_snapshot_free
 * @return IPCM_OK; IPCM_TOOBIG (all together, and 16 bytes for each, are above
 *         IPCM_SHARED_MAX_BYTES)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_keys(
	struct ipcm_proxy *dict, struct ipcm_snapshot **ret_snapshot);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_values(
	struct ipcm_proxy *dict, struct ipcm_snapshot **ret_snapshot);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_dict_items(
	struct ipcm_proxy *dict, struct ipcm_snapshot **ret_snapshot);

/* ---- snapshot ---- */

/** How many entries it has; 0 for NULL. */
IPCM_API size_t ipcm_snapshot_count(const struct ipcm_snapshot *snapshot);

/**
 * One entry; what was not asked for is empty.
 * @param ret_pair receives addresses in the snapshot, valid until it is freed
 * @return IPCM_OK; IPCM_RANGE; IPCM_INVALID
 * Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_snapshot_get(
	const struct ipcm_snapshot *snapshot, size_t index,
	struct ipcm_pair *ret_pair);

/** Free it. NULL is allowed. */
IPCM_API void ipcm_snapshot_free(struct ipcm_snapshot *snapshot);

/* ---- list (M-04) ---- */

/* An index below 0 counts from the end: -1 is the last value. */

/** Add a value at the end. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_append(struct ipcm_proxy *list,
							const void *value,
							size_t value_bytes);

/** Add several in one step: all of them, or after an error none. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_extend(
	struct ipcm_proxy *list, const struct ipcm_bytes *values, size_t count);

/** Add a value before the one at index; at an end if the index is outside. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_insert(struct ipcm_proxy *list,
							int64_t index,
							const void *value,
							size_t value_bytes);

/** A value. IPCM_OK; IPCM_RANGE; IPCM_TOOSMALL. ret_size may be NULL. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_get(struct ipcm_proxy *list,
						     int64_t index,
						     void *buffer,
						     size_t buffer_bytes,
						     size_t *ret_size);

/** Replace a value. IPCM_OK; IPCM_RANGE. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_set(struct ipcm_proxy *list,
						     int64_t index,
						     const void *value,
						     size_t value_bytes);

/** Delete a value. IPCM_OK; IPCM_RANGE. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_delete(struct ipcm_proxy *list,
							int64_t index);

/** ipcm_list_get and ipcm_list_delete in one; -1 for the last value. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_pop(struct ipcm_proxy *list,
						     int64_t index,
						     void *buffer,
						     size_t buffer_bytes,
						     size_t *ret_size);

/** Delete the first value that has these bytes. IPCM_OK; IPCM_NOTFOUND. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_remove(struct ipcm_proxy *list,
							const void *value,
							size_t value_bytes);

/** Where the first value with these bytes is. IPCM_OK; IPCM_NOTFOUND. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_index(struct ipcm_proxy *list,
						       const void *value,
						       size_t value_bytes,
						       size_t *ret_index);

/** How many values have these bytes. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_count(struct ipcm_proxy *list,
						       const void *value,
						       size_t value_bytes,
						       size_t *ret_count);

/**
 * Some values, as Python's list[begin:end:step]: from begin on, each step-th,
 * up to end and without it; what is outside is cut off. INT64_MAX stands for
 * "to the end"; with a step below 0 INT64_MIN stands for "to the first".
 * @param ret_snapshot receives the copy, of which the values are set; the
 *        caller owns it
 * @return IPCM_OK; IPCM_INVALID (step 0); IPCM_TOOBIG as for ipcm_dict_items
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_slice(
	struct ipcm_proxy *list, int64_t begin, int64_t end, int64_t step,
	struct ipcm_snapshot **ret_snapshot);

/** How many values there are. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_length(struct ipcm_proxy *list,
							size_t *ret_length);

/** Delete all values. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_clear(struct ipcm_proxy *list);

/** Turn the order round. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_reverse(
	struct ipcm_proxy *list);

/** How ipcm_list_sort compares. */
enum ipcm_sort {
	IPCM_SORT_BYTES, /**< as memcmp(3); of two, the shorter comes first */
	IPCM_SORT_INT64, /**< each value is an int64_t */
	IPCM_SORT_DOUBLE /**< each value is a double; what is no number last */
};

/**
 * Sort it.
 * @param descending the largest first
 * @return IPCM_OK; IPCM_INVALID (a value is not of that type; no such order)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_list_sort(struct ipcm_proxy *list,
						      enum ipcm_sort order,
						      bool descending);

#ifdef __cplusplus
}
#endif

#endif
