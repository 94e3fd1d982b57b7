/* SPDX-License-Identifier: MIT */
/* Faults that wrap the functions of Value and Array; see queue.c. */
#include <sched.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

WRAP(enum ipcm_status, ipcm_value_create, const struct ipcm_backend *backend,
     enum ipcm_number_type type, const void *initial,
     const struct ipcm_value_options *options, struct ipcm_value **ret_value)
{
	if (options && inject_strikes(INJECT_VALUE_LOCK_UNCHECKED))
		options = NULL;
	if (initial && inject_strikes(INJECT_VALUE_INITIAL_IGNORED))
		initial = NULL;
	return __real_ipcm_value_create(backend, type, initial, options,
					ret_value);
}

enum ipcm_status __real_ipcm_value_store(struct ipcm_value *value,
					 int64_t number);

/* The low half first; others run before the rest follows. */
static void store_half(struct ipcm_value *value, int64_t number)
{
	int64_t before = 0;
	uint64_t mixed;

	if (ipcm_value_load(value, &before) != IPCM_OK)
		return;
	mixed = ((uint64_t)before & ~(uint64_t)UINT32_MAX) |
		((uint64_t)number & UINT32_MAX);
	any_status(__real_ipcm_value_store(value, (int64_t)mixed));
	for (int i = 0; i < 3; i++)
		(void)sched_yield();
}

WRAP(enum ipcm_status, ipcm_value_store, struct ipcm_value *value,
     int64_t number)
{
	if (inject_strikes(INJECT_VALUE_TORN))
		store_half(value, number);
	return __real_ipcm_value_store(value, number);
}

WRAP(enum ipcm_status, ipcm_value_acquire, struct ipcm_value *value,
     int64_t timeout_ns)
{
	int64_t limit_ns = inject_early(INJECT_VALUE_ACQUIRE_EARLY, timeout_ns);
	enum ipcm_status status = __real_ipcm_value_acquire(value, limit_ns);

	if (status == IPCM_OK && inject_is(INJECT_VALUE_LOCK_IGNORED))
		any_status(ipcm_value_release(value));
	return status;
}

WRAP(enum ipcm_status, ipcm_array_acquire, struct ipcm_array *array,
     int64_t timeout_ns)
{
	return __real_ipcm_array_acquire(
		array, inject_early(INJECT_ARRAY_ACQUIRE_EARLY, timeout_ns));
}

WRAP(enum ipcm_status, ipcm_value_release, struct ipcm_value *value)
{
	enum ipcm_status status = __real_ipcm_value_release(value);

	if (status == IPCM_NOTOWNER && inject_is(INJECT_VALUE_LOCK_IGNORED))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_array_create, const struct ipcm_backend *backend,
     enum ipcm_number_type type, int64_t length, const void *initial,
     const struct ipcm_value_options *options, struct ipcm_array **ret_array)
{
	enum ipcm_status status = __real_ipcm_array_create(
		backend, type, length, initial, options, ret_array);

	if (status == IPCM_OK && !initial && length > 1 &&
	    inject_strikes(INJECT_ARRAY_NOT_ZEROED))
		any_status(ipcm_array_store(*ret_array, 1, 7));
	return status;
}

WRAP(enum ipcm_status, ipcm_array_load_double, const struct ipcm_array *array,
     size_t index, double *ret_number)
{
	size_t length = 0;

	if (inject_strikes(INJECT_ARRAY_INDEX_WRAPS) &&
	    ipcm_array_length(array, &length) == IPCM_OK && length)
		index %= length;
	return __real_ipcm_array_load_double(array, index, ret_number);
}
