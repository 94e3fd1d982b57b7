/* SPDX-License-Identifier: MIT */
/*
 * One request in the server: its arguments, which are bytes that a client sent
 * and so may be anything, and its reply.
 */
#include <stdlib.h>
#include <string.h>

#include "ipcmark/shared.h"
#include "server_core.h"

/* From here on a value keeps the memory of its request. */
#define KEEP_BYTES ((size_t)32 << 10)

/* ---- bytes ---- */

struct shared_bytes *shared_bytes_new(const void *data, size_t size)
{
	struct shared_bytes *bytes = malloc(sizeof(*bytes) + size);

	if (!bytes)
		return NULL;
	*bytes = (struct shared_bytes){
		.users = 1, .size = size, .data = (uint8_t *)(bytes + 1)};
	if (size)
		memcpy(bytes->data, data, size);
	return bytes;
}

void shared_bytes_drop(struct shared_bytes *bytes)
{
	if (!bytes || --bytes->users)
		return;
	free(bytes->memory);
	free(bytes);
}

/* ---- arguments ---- */

bool call_get_u64(struct shared_call *call, uint64_t *ret_number)
{
	if ((size_t)(call->end - call->at) < sizeof(*ret_number))
		return false;
	memcpy(ret_number, call->at, sizeof(*ret_number));
	call->at += sizeof(*ret_number);
	return true;
}

bool call_get_bytes(struct shared_call *call, const uint8_t **ret_data,
		    size_t *ret_size)
{
	const uint8_t *before = call->at;
	uint64_t size;

	if (!call_get_u64(call, &size))
		return false;
	if (size > (size_t)(call->end - call->at)) {
		call->at = before;
		return false;
	}
	*ret_data = call->at;
	*ret_size = (size_t)size;
	call->at += size;
	return true;
}

/* The bytes are most of the request: the memory is theirs from now on. */
static struct shared_bytes *take_over(struct shared_call *call,
				      const uint8_t *data, size_t size)
{
	struct shared_bytes *bytes = malloc(sizeof(*bytes));

	if (!bytes)
		return NULL;
	*bytes = (struct shared_bytes){.users = 1,
				       .size = size,
				       .data = (uint8_t *)(uintptr_t)data,
				       .memory = *call->memory};
	*call->memory = NULL;
	return bytes;
}

enum ipcm_status call_take_bytes(struct shared_call *call,
				 struct shared_bytes **ret_bytes)
{
	const uint8_t *data;
	size_t size;

	if (!call_get_bytes(call, &data, &size))
		return IPCM_CORRUPT;
	if (size > IPCM_SHARED_MAX_BYTES)
		return IPCM_TOOBIG;
	if (size >= KEEP_BYTES && call->memory && *call->memory &&
	    size > call_client(call)->total / 2)
		*ret_bytes = take_over(call, data, size);
	else
		*ret_bytes = shared_bytes_new(data, size);
	return *ret_bytes ? IPCM_OK : IPCM_NOMEM;
}

/* ---- deferred ---- */

void call_undefer(struct shared_call *call)
{
	struct shared_call_list *list = call->list;

	if (!list)
		return;
	if (call->previous)
		call->previous->next = call->next;
	else
		list->first = call->next;
	if (call->next)
		call->next->previous = call->previous;
	else
		list->last = call->previous;
	call->next = call->previous = NULL;
	call->list = NULL;
}

void call_defer(struct shared_call *call, struct shared_call_list *list)
{
	call_undefer(call);
	call->list = list;
	call->next = NULL;
	call->previous = list->last;
	if (list->last)
		list->last->next = call;
	else
		list->first = call;
	list->last = call;
}

void call_move(struct shared_call *call, struct shared_call_list *list)
{
	call_defer(call, list);
}

/* ---- replies ---- */

/* Header, and the bytes if they fit. */
static void frame_send(struct core_client *client, enum ipcm_status status,
		       uint64_t number, const void *data, size_t size)
{
	struct reply_header header = {.status = (uint32_t)status,
				      .number = number,
				      .size_bytes = size};
	size_t bytes = sizeof(header);

	if (client->dead)
		return;
	if (size > client->frame_bytes - sizeof(header)) {
		header.flags = REPLY_PULL | client->window
						    << REPLY_WINDOW_SHIFT;
	} else if (size) {
		memcpy(client->frame + sizeof(header), data, size);
		bytes += size;
	}
	memcpy(client->frame, &header, sizeof(header));
	if (!client->send(client, client->frame, bytes))
		core_client_kill(client);
}

/* The call is over. False: it has had its reply. */
static bool call_finish(struct shared_call *call)
{
	struct core_client *client = call_client(call);

	call_undefer(call);
	if (!client->busy)
		return false;
	client->busy = false;
	shared_bytes_drop(call->item);
	call->item = NULL;
	call->object = NULL;
	return true;
}

void call_reply(struct shared_call *call, enum ipcm_status status,
		uint64_t number)
{
	if (call_finish(call))
		frame_send(call_client(call), status, number, NULL, 0);
}

void call_reply_bytes(struct shared_call *call, enum ipcm_status status,
		      uint64_t number, struct shared_bytes *bytes)
{
	struct core_client *client = call_client(call);

	shared_bytes_use(bytes); /* it may be the call's own item */
	if (call_finish(call)) {
		if (bytes->size >
		    client->frame_bytes - sizeof(struct reply_header))
			client->pull = shared_bytes_use(bytes);
		frame_send(client, status, number, bytes->data, bytes->size);
	}
	shared_bytes_drop(bytes);
}

void call_reply_value(struct shared_call *call, struct shared_bytes *value,
		      uint64_t capacity)
{
	if (value->size > capacity)
		call_reply(call, IPCM_TOOSMALL, value->size);
	else
		call_reply_bytes(call, IPCM_OK, value->size, value);
}

void call_reply_copy(struct shared_call *call, enum ipcm_status status,
		     uint64_t number, const void *data, size_t size)
{
	struct core_client *client = call_client(call);
	struct shared_bytes *bytes;

	if (size <= client->frame_bytes - sizeof(struct reply_header)) {
		if (call_finish(call))
			frame_send(client, status, number, data, size);
		return;
	}
	bytes = shared_bytes_new(data, size);
	if (!bytes) {
		call_reply(call, IPCM_NOMEM, 0);
		return;
	}
	call_reply_bytes(call, status, number, bytes);
	shared_bytes_drop(bytes);
}
