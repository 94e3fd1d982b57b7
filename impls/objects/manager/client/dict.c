/* SPDX-License-Identifier: MIT */
/* The calls on a managed dict. What they do is in shared_dict.c. */
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"

#define KINDS KIND_BIT(SHARED_DICT)

/* Bytes without an address? */
static bool missing(const void *data, size_t size)
{
	return !data && size;
}

static enum ipcm_status key_check(const void *key, size_t key_bytes)
{
	if (missing(key, key_bytes))
		return IPCM_INVALID;
	return key_bytes <= IPCM_SHARED_KEY_MAX_BYTES ? IPCM_OK : IPCM_TOOBIG;
}

enum ipcm_status ipcm_dict_set(struct ipcm_proxy *dict, const void *key,
			       size_t key_bytes, const void *value,
			       size_t value_bytes)
{
	enum ipcm_status status = key_check(key, key_bytes);

	if (status || missing(value, value_bytes))
		return status ? status : IPCM_INVALID;
	return proxy_ask(
		dict, KINDS, OP_DICT_SET,
		(struct proxy_argument[]){ARGUMENT_BYTES(key, key_bytes),
					  ARGUMENT_BYTES(value, value_bytes)},
		2, NULL);
}

/* An operation whose answer is a value. */
static enum ipcm_status value_call(struct ipcm_proxy *dict,
				   const struct proxy_request *request,
				   void *buffer, size_t buffer_bytes,
				   size_t *ret_size)
{
	uint8_t nothing;
	struct proxy_answer answer = {.buffer = buffer ? buffer : &nothing,
				      .capacity = buffer_bytes};
	enum ipcm_status status;

	if (missing(buffer, buffer_bytes))
		return IPCM_INVALID;
	status = proxy_call(dict, KINDS, request, &answer);
	if (ret_size && (!status || status == IPCM_TOOSMALL))
		*ret_size = answer.size;
	return status;
}

static enum ipcm_status key_value_call(struct ipcm_proxy *dict, uint32_t op,
				       const void *key, size_t key_bytes,
				       void *buffer, size_t buffer_bytes,
				       size_t *ret_size)
{
	const struct proxy_argument arguments[] = {
		ARGUMENT_BYTES(key, key_bytes), ARGUMENT_NUMBER(buffer_bytes)};
	const struct proxy_request request = {
		.op = op, .arguments = arguments, .count = 2};
	enum ipcm_status status = key_check(key, key_bytes);

	return status ? status
		      : value_call(dict, &request, buffer, buffer_bytes,
				   ret_size);
}

enum ipcm_status ipcm_dict_get(struct ipcm_proxy *dict, const void *key,
			       size_t key_bytes, void *buffer,
			       size_t buffer_bytes, size_t *ret_size)
{
	return key_value_call(dict, OP_DICT_GET, key, key_bytes, buffer,
			      buffer_bytes, ret_size);
}

enum ipcm_status ipcm_dict_pop(struct ipcm_proxy *dict, const void *key,
			       size_t key_bytes, void *buffer,
			       size_t buffer_bytes, size_t *ret_size)
{
	return key_value_call(dict, OP_DICT_POP, key, key_bytes, buffer,
			      buffer_bytes, ret_size);
}

enum ipcm_status ipcm_dict_setdefault(struct ipcm_proxy *dict, const void *key,
				      size_t key_bytes, const void *value,
				      size_t value_bytes, void *buffer,
				      size_t buffer_bytes, size_t *ret_size)
{
	const struct proxy_argument arguments[] = {
		ARGUMENT_BYTES(key, key_bytes),
		ARGUMENT_BYTES(value, value_bytes),
		ARGUMENT_NUMBER(buffer_bytes)};
	const struct proxy_request request = {
		.op = OP_DICT_SETDEFAULT, .arguments = arguments, .count = 3};
	enum ipcm_status status = key_check(key, key_bytes);

	if (status || missing(value, value_bytes))
		return status ? status : IPCM_INVALID;
	return value_call(dict, &request, buffer, buffer_bytes, ret_size);
}

static enum ipcm_status key_ask(struct ipcm_proxy *dict, uint32_t op,
				const void *key, size_t key_bytes,
				uint64_t *ret_number)
{
	enum ipcm_status status = key_check(key, key_bytes);

	return status ? status
		      : proxy_ask(dict, KINDS, op,
				  &ARGUMENT_BYTES(key, key_bytes), 1,
				  ret_number);
}

enum ipcm_status ipcm_dict_delete(struct ipcm_proxy *dict, const void *key,
				  size_t key_bytes)
{
	return key_ask(dict, OP_DICT_DELETE, key, key_bytes, NULL);
}

enum ipcm_status ipcm_dict_contains(struct ipcm_proxy *dict, const void *key,
				    size_t key_bytes, bool *ret_contains)
{
	enum ipcm_status status;
	uint64_t found = 0;

	if (!ret_contains)
		return IPCM_INVALID;
	status = key_ask(dict, OP_DICT_CONTAINS, key, key_bytes, &found);
	if (!status)
		*ret_contains = found != 0;
	return status;
}

enum ipcm_status ipcm_dict_length(struct ipcm_proxy *dict, size_t *ret_length)
{
	uint64_t length = 0;
	enum ipcm_status status;

	if (!ret_length)
		return IPCM_INVALID;
	status = proxy_ask(dict, KINDS, OP_DICT_LENGTH, NULL, 0, &length);
	if (!status)
		*ret_length = (size_t)length;
	return status;
}

enum ipcm_status ipcm_dict_clear(struct ipcm_proxy *dict)
{
	return proxy_ask(dict, KINDS, OP_DICT_CLEAR, NULL, 0, NULL);
}

static enum ipcm_status pairs_check(const struct ipcm_pair *pairs, size_t count)
{
	enum ipcm_status status = IPCM_OK;

	if (missing(pairs, count))
		return IPCM_INVALID;
	if (count > IPCM_SHARED_MAX_BYTES / sizeof(struct proxy_argument))
		return IPCM_TOOBIG;
	for (size_t i = 0; i < count && !status; i++) {
		status = key_check(pairs[i].key, pairs[i].key_bytes);
		if (!status && missing(pairs[i].value, pairs[i].value_bytes))
			status = IPCM_INVALID;
	}
	return status;
}

enum ipcm_status ipcm_dict_update(struct ipcm_proxy *dict,
				  const struct ipcm_pair *pairs, size_t count)
{
	enum ipcm_status status = pairs_check(pairs, count);
	struct proxy_argument *arguments;

	if (status)
		return status;
	arguments = malloc((1 + 2 * count) * sizeof(*arguments));
	if (!arguments)
		return IPCM_NOMEM;
	arguments[0] = ARGUMENT_NUMBER(count);
	for (size_t i = 0; i < count; i++) {
		arguments[1 + 2 * i] =
			ARGUMENT_BYTES(pairs[i].key, pairs[i].key_bytes);
		arguments[2 + 2 * i] =
			ARGUMENT_BYTES(pairs[i].value, pairs[i].value_bytes);
	}
	status = proxy_ask(dict, KINDS, OP_DICT_UPDATE, arguments,
			   1 + 2 * count, NULL);
	free(arguments);
	return status;
}

static enum ipcm_status dict_snapshot(struct ipcm_proxy *dict, uint32_t op,
				      struct ipcm_snapshot **ret_snapshot)
{
	const struct proxy_request request = {.op = op};

	return snapshot_call(dict, KINDS, &request, ret_snapshot);
}

enum ipcm_status ipcm_dict_keys(struct ipcm_proxy *dict,
				struct ipcm_snapshot **ret_snapshot)
{
	return dict_snapshot(dict, OP_DICT_KEYS, ret_snapshot);
}

enum ipcm_status ipcm_dict_values(struct ipcm_proxy *dict,
				  struct ipcm_snapshot **ret_snapshot)
{
	return dict_snapshot(dict, OP_DICT_VALUES, ret_snapshot);
}

enum ipcm_status ipcm_dict_items(struct ipcm_proxy *dict,
				 struct ipcm_snapshot **ret_snapshot)
{
	return dict_snapshot(dict, OP_DICT_ITEMS, ret_snapshot);
}

enum ipcm_status ipcm_manager_dict(struct ipcm_manager *manager,
				   const char *name,
				   struct ipcm_proxy **ret_proxy)
{
	return proxy_open(manager, SHARED_DICT, name, NULL, 0, ret_proxy);
}
