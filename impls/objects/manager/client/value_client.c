/* SPDX-License-Identifier: MIT */
/* The calls on a managed value. What they do is in shared_value.c. */
#include "wait_call.h"

#define KINDS KIND_BIT(SHARED_VALUE)

enum ipcm_status ipcm_manager_value(struct ipcm_manager *manager,
				    const char *name, const void *initial,
				    size_t initial_bytes,
				    struct ipcm_proxy **ret_value)
{
	if (bytes_missing(initial, initial_bytes))
		return IPCM_INVALID;
	return proxy_open(manager, SHARED_VALUE, name,
			  &ARGUMENT_BYTES(initial, initial_bytes), 1,
			  ret_value);
}

enum ipcm_status ipcm_shared_value_set(struct ipcm_proxy *value,
				       const void *data, size_t size_bytes)
{
	if (bytes_missing(data, size_bytes))
		return IPCM_INVALID;
	return proxy_ask(value, KINDS, OP_VALUE_SET,
			 &ARGUMENT_BYTES(data, size_bytes), 1, NULL);
}

enum ipcm_status ipcm_shared_value_get(struct ipcm_proxy *value, void *buffer,
				       size_t buffer_bytes, size_t *ret_size)
{
	const struct proxy_argument argument = ARGUMENT_NUMBER(buffer_bytes);
	const struct proxy_request request = {
		.op = OP_VALUE_GET, .arguments = &argument, .count = 1};
	uint8_t nothing;
	struct proxy_answer answer = {.buffer = buffer ? buffer : &nothing,
				      .capacity = buffer_bytes};
	enum ipcm_status status;

	if (bytes_missing(buffer, buffer_bytes))
		return IPCM_INVALID;
	status = proxy_call(value, KINDS, &request, &answer);
	if (ret_size && (!status || status == IPCM_TOOSMALL))
		*ret_size = answer.size;
	return status;
}
