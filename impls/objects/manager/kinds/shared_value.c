/* SPDX-License-Identifier: MIT */
/*
 * A manager's Value, in the server: bytes that are replaced and read as a
 * whole. Readers get a copy (M-06).
 */
#include "shared_kinds.h"

struct shared_value {
	struct shared_object base;
	struct shared_bytes *bytes;
};

static struct shared_value *value_of(struct shared_object *object)
{
	return (struct shared_value *)object;
}

/* Failing, it keeps what it had. */
static enum ipcm_status value_store(struct shared_value *value,
				    struct shared_call *call)
{
	struct shared_bytes *bytes;
	enum ipcm_status status = call_take_bytes(call, &bytes);

	if (status)
		return status;
	if (!call_end(call)) {
		shared_bytes_drop(bytes);
		return IPCM_CORRUPT;
	}
	shared_bytes_drop(value->bytes);
	value->bytes = bytes;
	return IPCM_OK;
}

static enum ipcm_status value_create(struct shared_object *object,
				     struct shared_call *arguments)
{
	return value_store(value_of(object), arguments);
}

/* The value has changed since: what another opener would begin with is void. */
static enum ipcm_status value_agrees(const struct shared_object *object,
				     struct shared_call *arguments)
{
	const uint8_t *data;
	size_t size;

	(void)object;
	return call_get_bytes(arguments, &data, &size) && call_end(arguments)
		       ? IPCM_OK
		       : IPCM_CORRUPT;
}

static void value_load(const struct shared_value *value,
		       struct shared_call *call)
{
	uint64_t capacity;

	if (!call_get_u64(call, &capacity) || !call_end(call))
		call_reply(call, IPCM_CORRUPT, 0);
	else
		call_reply_value(call, value->bytes, capacity);
}

static void value_serve(struct shared_object *object, struct shared_call *call)
{
	if (call->op == OP_VALUE_GET)
		value_load(value_of(object), call);
	else if (call->op == OP_VALUE_SET)
		call_reply(call, value_store(value_of(object), call), 0);
	else
		call_reply(call, IPCM_INVALID, 0);
}

static void value_destroy(struct shared_object *object)
{
	shared_bytes_drop(value_of(object)->bytes);
}

const struct shared_kind shared_value = {
	.id = SHARED_VALUE,
	.object_bytes = sizeof(struct shared_value),
	.create = value_create,
	.agrees = value_agrees,
	.serve = value_serve,
	.destroy = value_destroy,
};
