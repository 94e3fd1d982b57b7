/* SPDX-License-Identifier: MIT */
/* The calls on a managed list. What they do is in shared_list.c. */
#include <stdlib.h>

#include "snapshot.h"

#define KINDS KIND_BIT(SHARED_LIST)

/* Bytes without an address? */
static bool missing(const void *data, size_t size)
{
	return !data && size;
}

static enum ipcm_status ask(struct ipcm_proxy *list, uint32_t op,
			    const struct proxy_argument *arguments,
			    size_t count)
{
	return proxy_ask(list, KINDS, op, arguments, count, NULL);
}

/* A result that is a size. */
static enum ipcm_status ask_size(struct ipcm_proxy *list, uint32_t op,
				 const struct proxy_argument *arguments,
				 size_t count, size_t *ret_size)
{
	uint64_t number = 0;
	enum ipcm_status status;

	if (!ret_size)
		return IPCM_INVALID;
	status = proxy_ask(list, KINDS, op, arguments, count, &number);
	if (!status)
		*ret_size = (size_t)number;
	return status;
}

/* ---- add ---- */

enum ipcm_status ipcm_list_append(struct ipcm_proxy *list, const void *value,
				  size_t value_bytes)
{
	if (missing(value, value_bytes))
		return IPCM_INVALID;
	return ask(list, OP_LIST_APPEND, &ARGUMENT_BYTES(value, value_bytes),
		   1);
}

static enum ipcm_status values_check(const struct ipcm_bytes *values,
				     size_t count)
{
	if (missing(values, count))
		return IPCM_INVALID;
	if (count > IPCM_SHARED_MAX_BYTES / sizeof(struct proxy_argument))
		return IPCM_TOOBIG;
	for (size_t i = 0; i < count; i++)
		if (missing(values[i].data, values[i].size_bytes))
			return IPCM_INVALID;
	return IPCM_OK;
}

enum ipcm_status ipcm_list_extend(struct ipcm_proxy *list,
				  const struct ipcm_bytes *values, size_t count)
{
	enum ipcm_status status = values_check(values, count);
	struct proxy_argument *arguments;

	if (status)
		return status;
	arguments = malloc((1 + count) * sizeof(*arguments));
	if (!arguments)
		return IPCM_NOMEM;
	arguments[0] = ARGUMENT_NUMBER(count);
	for (size_t i = 0; i < count; i++)
		arguments[1 + i] =
			ARGUMENT_BYTES(values[i].data, values[i].size_bytes);
	status = ask(list, OP_LIST_EXTEND, arguments, 1 + count);
	free(arguments);
	return status;
}

/* insert, set */
static enum ipcm_status put_at(struct ipcm_proxy *list, uint32_t op,
			       int64_t index, const void *value,
			       size_t value_bytes)
{
	if (missing(value, value_bytes))
		return IPCM_INVALID;
	return ask(
		list, op,
		(struct proxy_argument[]){ARGUMENT_NUMBER(index),
					  ARGUMENT_BYTES(value, value_bytes)},
		2);
}

enum ipcm_status ipcm_list_insert(struct ipcm_proxy *list, int64_t index,
				  const void *value, size_t value_bytes)
{
	return put_at(list, OP_LIST_INSERT, index, value, value_bytes);
}

enum ipcm_status ipcm_list_set(struct ipcm_proxy *list, int64_t index,
			       const void *value, size_t value_bytes)
{
	return put_at(list, OP_LIST_SET, index, value, value_bytes);
}

/* ---- take ---- */

/* get, pop */
static enum ipcm_status value_at(struct ipcm_proxy *list, uint32_t op,
				 int64_t index, void *buffer,
				 size_t buffer_bytes, size_t *ret_size)
{
	const struct proxy_argument arguments[] = {
		ARGUMENT_NUMBER(index), ARGUMENT_NUMBER(buffer_bytes)};
	const struct proxy_request request = {
		.op = op, .arguments = arguments, .count = 2};
	uint8_t nothing;
	struct proxy_answer answer = {.buffer = buffer ? buffer : &nothing,
				      .capacity = buffer_bytes};
	enum ipcm_status status;

	if (missing(buffer, buffer_bytes))
		return IPCM_INVALID;
	status = proxy_call(list, KINDS, &request, &answer);
	if (ret_size && (!status || status == IPCM_TOOSMALL))
		*ret_size = answer.size;
	return status;
}

enum ipcm_status ipcm_list_get(struct ipcm_proxy *list, int64_t index,
			       void *buffer, size_t buffer_bytes,
			       size_t *ret_size)
{
	return value_at(list, OP_LIST_GET, index, buffer, buffer_bytes,
			ret_size);
}

enum ipcm_status ipcm_list_pop(struct ipcm_proxy *list, int64_t index,
			       void *buffer, size_t buffer_bytes,
			       size_t *ret_size)
{
	return value_at(list, OP_LIST_POP, index, buffer, buffer_bytes,
			ret_size);
}

enum ipcm_status ipcm_list_delete(struct ipcm_proxy *list, int64_t index)
{
	return ask(list, OP_LIST_DELETE, &ARGUMENT_NUMBER(index), 1);
}

enum ipcm_status ipcm_list_remove(struct ipcm_proxy *list, const void *value,
				  size_t value_bytes)
{
	if (missing(value, value_bytes))
		return IPCM_INVALID;
	return ask(list, OP_LIST_REMOVE, &ARGUMENT_BYTES(value, value_bytes),
		   1);
}

/* ---- look ---- */

enum ipcm_status ipcm_list_index(struct ipcm_proxy *list, const void *value,
				 size_t value_bytes, size_t *ret_index)
{
	if (missing(value, value_bytes))
		return IPCM_INVALID;
	return ask_size(list, OP_LIST_INDEX,
			&ARGUMENT_BYTES(value, value_bytes), 1, ret_index);
}

enum ipcm_status ipcm_list_count(struct ipcm_proxy *list, const void *value,
				 size_t value_bytes, size_t *ret_count)
{
	if (missing(value, value_bytes))
		return IPCM_INVALID;
	return ask_size(list, OP_LIST_COUNT,
			&ARGUMENT_BYTES(value, value_bytes), 1, ret_count);
}

enum ipcm_status ipcm_list_slice(struct ipcm_proxy *list, int64_t begin,
				 int64_t end, int64_t step,
				 struct ipcm_snapshot **ret_snapshot)
{
	const struct proxy_argument arguments[] = {ARGUMENT_NUMBER(begin),
						   ARGUMENT_NUMBER(end),
						   ARGUMENT_NUMBER(step)};
	const struct proxy_request request = {
		.op = OP_LIST_SLICE, .arguments = arguments, .count = 3};

	return snapshot_call(list, KINDS, &request, ret_snapshot);
}

enum ipcm_status ipcm_list_length(struct ipcm_proxy *list, size_t *ret_length)
{
	return ask_size(list, OP_LIST_LENGTH, NULL, 0, ret_length);
}

/* ---- the whole ---- */

enum ipcm_status ipcm_list_clear(struct ipcm_proxy *list)
{
	return ask(list, OP_LIST_CLEAR, NULL, 0);
}

enum ipcm_status ipcm_list_reverse(struct ipcm_proxy *list)
{
	return ask(list, OP_LIST_REVERSE, NULL, 0);
}

enum ipcm_status ipcm_list_sort(struct ipcm_proxy *list, enum ipcm_sort order,
				bool descending)
{
	return ask(list, OP_LIST_SORT,
		   (struct proxy_argument[]){ARGUMENT_NUMBER(order),
					     ARGUMENT_NUMBER(descending)},
		   2);
}

enum ipcm_status ipcm_manager_list(struct ipcm_manager *manager,
				   const char *name,
				   struct ipcm_proxy **ret_proxy)
{
	return proxy_open(manager, SHARED_LIST, name, NULL, 0, ret_proxy);
}
