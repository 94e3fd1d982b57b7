/* SPDX-License-Identifier: MIT */
/* Faults that wrap the functions of Manager and its objects; see queue.c. */
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* ---- the manager ---- */

WRAP(enum ipcm_status, ipcm_manager_create, const struct ipcm_backend *backend,
     const struct ipcm_manager_options *options,
     struct ipcm_manager **ret_manager)
{
	struct ipcm_manager_options changed;

	if (options && options->key_bytes > IPCM_KEY_MAX_BYTES &&
	    inject_strikes(INJECT_MANAGER_KEY_CUT)) {
		changed = *options;
		changed.key_bytes = IPCM_KEY_MAX_BYTES;
		options = &changed;
	}
	return __real_ipcm_manager_create(backend, options, ret_manager);
}

WRAP(enum ipcm_status, ipcm_manager_start, struct ipcm_manager *manager)
{
	enum ipcm_status status = __real_ipcm_manager_start(manager);

	if (status == IPCM_INVALID &&
	    inject_strikes(INJECT_MANAGER_START_TWICE_OK))
		return IPCM_OK;
	if (status == IPCM_LIMIT &&
	    inject_strikes(INJECT_MANAGER_LIMIT_IS_BROKEN))
		return IPCM_BROKEN;
	return status;
}

WRAP(enum ipcm_status, ipcm_manager_connect, const struct ipcm_backend *backend,
     const char *address, const void *key, size_t key_bytes, int64_t timeout_ns,
     struct ipcm_manager **ret_manager)
{
	enum ipcm_status status = __real_ipcm_manager_connect(
		backend, address, key, key_bytes, timeout_ns, ret_manager);

	if (status == IPCM_AUTH && inject_strikes(INJECT_MANAGER_KEY_IS_NAME))
		return IPCM_NOTFOUND;
	return status;
}

/* ---- dict ---- */

/* The status of a failed call, for the next one of this process. */
static enum ipcm_status late_error;

/* What was set last, and is sent once more before the next request. */
static struct {
	struct ipcm_proxy *dict;
	const void *key, *value;
	size_t key_bytes, value_bytes;
} kept;

WRAP(enum ipcm_status, ipcm_dict_set, struct ipcm_proxy *dict, const void *key,
     size_t key_bytes, const void *value, size_t value_bytes)
{
	enum ipcm_status status;

	if (!inject_lock(INJECT_MANAGER_ONE_AT_A_TIME))
		return IPCM_TIMEDOUT;
	status = __real_ipcm_dict_set(dict, key, key_bytes, value, value_bytes);
	inject_unlock(INJECT_MANAGER_ONE_AT_A_TIME);
	if (inject_is(INJECT_DICT_SET_BY_REFERENCE)) {
		kept.dict = dict;
		kept.key = key;
		kept.value = value;
		kept.key_bytes = key_bytes;
		kept.value_bytes = value_bytes;
	}
	if (status == IPCM_TIMEDOUT &&
	    inject_strikes(INJECT_MANAGER_ANSWERS_LATE))
		late_error = status;
	if (status == IPCM_BROKEN &&
	    inject_strikes(INJECT_MANAGER_DEATH_IS_EOF))
		return IPCM_EOF;
	return status;
}

WRAP(enum ipcm_status, ipcm_dict_get, struct ipcm_proxy *dict, const void *key,
     size_t key_bytes, void *buffer, size_t buffer_bytes, size_t *ret_size)
{
	enum ipcm_status status = late_error;

	late_error = IPCM_OK;
	if (status)
		return status;
	if (kept.dict == dict && kept.dict)
		any_status(__real_ipcm_dict_set(kept.dict, kept.key,
						kept.key_bytes, kept.value,
						kept.value_bytes));
	kept.dict = NULL;
	if (!inject_lock(INJECT_MANAGER_ONE_AT_A_TIME))
		return IPCM_TIMEDOUT;
	status = __real_ipcm_dict_get(dict, key, key_bytes, buffer,
				      buffer_bytes, ret_size);
	inject_unlock(INJECT_MANAGER_ONE_AT_A_TIME);
	if (status == IPCM_OK && buffer_bytes > 0 &&
	    inject_strikes(INJECT_DICT_VALUE_CHANGED))
		*(char *)buffer ^= 1;
	return status;
}

WRAP(enum ipcm_status, ipcm_dict_delete, struct ipcm_proxy *dict,
     const void *key, size_t key_bytes)
{
	enum ipcm_status status = __real_ipcm_dict_delete(dict, key, key_bytes);

	if (status && inject_strikes(INJECT_MANAGER_ERROR_STAYS))
		late_error = status;
	return status;
}

WRAP(enum ipcm_status, ipcm_dict_setdefault, struct ipcm_proxy *dict,
     const void *key, size_t key_bytes, const void *value, size_t value_bytes,
     void *buffer, size_t buffer_bytes, size_t *ret_size)
{
	if (inject_strikes(INJECT_DICT_SETDEFAULT_SETS))
		any_status(__real_ipcm_dict_set(dict, key, key_bytes, value,
						value_bytes));
	return __real_ipcm_dict_setdefault(dict, key, key_bytes, value,
					   value_bytes, buffer, buffer_bytes,
					   ret_size);
}

/* ---- list ---- */

WRAP(enum ipcm_status, ipcm_list_append, struct ipcm_proxy *list,
     const void *value, size_t value_bytes)
{
	if (inject_strikes(INJECT_LIST_APPEND_LOST))
		return IPCM_OK;
	return __real_ipcm_list_append(list, value, value_bytes);
}

WRAP(enum ipcm_status, ipcm_list_get, struct ipcm_proxy *list, int64_t index,
     void *buffer, size_t buffer_bytes, size_t *ret_size)
{
	if (index < 0 && inject_strikes(INJECT_LIST_NEGATIVE_IS_RANGE))
		return IPCM_RANGE;
	return __real_ipcm_list_get(list, index, buffer, buffer_bytes,
				    ret_size);
}

/* ---- queue, locks, event, condition, barrier ---- */

WRAP(enum ipcm_status, ipcm_shared_queue_put, struct ipcm_proxy *queue,
     const void *item, size_t bytes, int64_t timeout_ns)
{
	enum ipcm_status status =
		__real_ipcm_shared_queue_put(queue, item, bytes, timeout_ns);

	if (status == IPCM_FULL && inject_strikes(INJECT_SHARED_QUEUE_DROPS))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_shared_lock_acquire, struct ipcm_proxy *lock,
     int64_t timeout_ns)
{
	enum ipcm_status status =
		__real_ipcm_shared_lock_acquire(lock, timeout_ns);

	if (status == IPCM_OWNERDEAD &&
	    inject_strikes(INJECT_SHARED_LOCK_DEATH_SILENT))
		return IPCM_OK;
	if (status == IPCM_WOULDBLOCK &&
	    inject_strikes(INJECT_SHARED_LOCK_TRY_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_shared_event_clear, struct ipcm_proxy *event)
{
	if (inject_strikes(INJECT_SHARED_EVENT_STAYS_SET))
		return IPCM_OK;
	return __real_ipcm_shared_event_clear(event);
}

WRAP(enum ipcm_status, ipcm_shared_condition_notify,
     struct ipcm_proxy *condition, size_t count)
{
	if (count && inject_strikes(INJECT_SHARED_NOTIFY_IS_ALL))
		count = SIZE_MAX;
	return __real_ipcm_shared_condition_notify(condition, count);
}

WRAP(enum ipcm_status, ipcm_shared_barrier_wait, struct ipcm_proxy *barrier,
     int64_t timeout_ns, unsigned *ret_index)
{
	enum ipcm_status status =
		__real_ipcm_shared_barrier_wait(barrier, timeout_ns, ret_index);

	if (status == IPCM_OK && ret_index &&
	    inject_strikes(INJECT_SHARED_BARRIER_INDEX_0))
		*ret_index = 0;
	return status;
}

/* ---- in the server ---- */

struct shared_call;

WRAP(bool, call_get_bytes, struct shared_call *call, const uint8_t **ret_data,
     size_t *ret_size)
{
	if (__real_call_get_bytes(call, ret_data, ret_size))
		return true;
	if (!inject_is(INJECT_MANAGER_TRUSTS_LENGTHS))
		return false;
	*ret_data = NULL;
	*ret_size = 100;
	return true;
}
