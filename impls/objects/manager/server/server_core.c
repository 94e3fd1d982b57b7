/* SPDX-License-Identifier: MIT */
/*
 * Clients, their processes, and requests. Everything that a client sends is
 * checked here or by the readers of shared_call.c; what breaks the protocol
 * costs that client its connection, and no other one anything.
 */
#include "server_core.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipcmark/shared.h"

/* ---- clients ---- */

bool core_client_add(struct server_core *core, struct core_client *client)
{
	client->frame = malloc(client->frame_bytes);
	if (!client->frame)
		return false;
	if (!client->window)
		client->window = 1;
	client->core = core;
	client->next = core->clients;
	if (core->clients)
		core->clients->previous = client;
	core->clients = client;
	return true;
}

static void unlink_client(struct core_client *client)
{
	if (client->previous)
		client->previous->next = client->next;
	else
		client->core->clients = client->next;
	if (client->next)
		client->next->previous = client->previous;
}

void core_client_kill(struct core_client *client)
{
	if (client->dead)
		return;
	client->dead = true;
	client->next_dead = client->core->dead;
	client->core->dead = client;
}

struct core_client *core_next_dead(struct server_core *core)
{
	struct core_client *client = core->dead;

	if (client)
		core->dead = client->next_dead;
	return client;
}

/* ---- processes ---- */

static struct shared_process *process_find(struct server_core *core,
					   const uint8_t *token)
{
	struct shared_process *process = core->processes;

	while (process && memcmp(process->token, token, PROCESS_TOKEN_BYTES))
		process = process->next;
	return process;
}

/* OP_HELLO. False: malformed, or no memory. */
static bool process_enter(struct core_client *client)
{
	struct server_core *core = client->core;
	struct shared_call *call = &client->call;
	struct shared_process *process;
	const uint8_t *token;
	uint64_t instance;
	size_t size;

	if (call->process || !call_get_bytes(call, &token, &size) ||
	    size != PROCESS_TOKEN_BYTES || !call_get_u64(call, &instance) ||
	    !call_end(call) || (instance && instance != core->instance))
		return false;
	process = process_find(core, token);
	if (!process) {
		process = calloc(1, sizeof(*process));
		if (!process)
			return false;
		memcpy(process->token, token, size);
		process->next = core->processes;
		core->processes = process;
	}
	process->connections++;
	call->process = process;
	return true;
}

static void process_leave(struct server_core *core,
			  struct shared_process *process)
{
	struct shared_process **at = &core->processes;

	if (!process || --process->connections)
		return;
	core_process_gone(core, process);
	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	free(process);
}

/* The waiting of its call ends. */
static void call_cancel(struct shared_call *call, enum shared_cancel why)
{
	struct shared_object *object = call->object;

	if (!call->list)
		return;
	if (object->kind->cancel)
		object->kind->cancel(object, call, why);
	else
		call_reply(call, IPCM_WOULDBLOCK, 0);
}

void core_client_remove(struct core_client *client)
{
	struct server_core *core = client->core;
	struct core_client **at = &core->dead;

	while (*at && *at != client)
		at = &(*at)->next_dead;
	if (*at)
		*at = client->next_dead;
	client->dead = true; /* no reply is sent to it */
	call_cancel(&client->call, CANCEL_GONE);
	call_undefer(&client->call);
	unlink_client(client);
	process_leave(core, client->call.process);
	shared_bytes_drop(client->call.item);
	shared_bytes_drop(client->pull);
	free(client->request);
	free(client->frame);
}

void core_free(struct server_core *core)
{
	core_objects_free(core);
}

/* ---- requests ---- */

/* Some frames of what its last reply left to be pulled. */
static bool pull(struct core_client *client)
{
	struct shared_bytes *bytes = client->pull;
	uint64_t offset, frames;

	if (!bytes || !call_get_u64(&client->call, &offset) ||
	    !call_get_u64(&client->call, &frames) || !call_end(&client->call) ||
	    offset >= bytes->size || !frames || frames > client->window)
		return false;
	client->busy = false;
	for (; frames && offset < bytes->size; frames--) {
		size_t size = bytes->size - (size_t)offset;

		if (size > client->frame_bytes)
			size = client->frame_bytes;
		if (!client->send(client, bytes->data + offset, size))
			return false;
		offset += size;
	}
	if (offset == bytes->size) {
		client->pull = NULL;
		shared_bytes_drop(bytes);
	}
	return true;
}

/* A request to the manager itself. */
static bool serve_manager(struct core_client *client)
{
	struct shared_call *call = &client->call;

	switch (call->op) {
	case OP_PID:
		call_reply_copy(call, IPCM_OK, (uint64_t)getpid(),
				&client->core->instance,
				sizeof(client->core->instance));
		return true;
	case OP_OPEN:
		core_open(client->core, call);
		return true;
	case OP_REMOVE:
		core_remove(client->core, call);
		return true;
	default:
		return false;
	}
}

static bool serve_object(struct core_client *client, uint64_t id)
{
	struct shared_object *object = core_object(client->core, id);
	struct shared_call *call = &client->call;

	if (!object) {
		call_reply(call, IPCM_REMOVED, 0);
		return true;
	}
	call->object = object;
	object->kind->serve(object, call);
	/* an operation that the kind does not know */
	if (client->busy && !call->list)
		call_reply(call, IPCM_INVALID, 0);
	return true;
}

static bool serve(struct core_client *client,
		  const struct request_header *header)
{
	struct shared_call *call = &client->call;

	call->op = header->op;
	call->may_wait = !(header->flags & REQUEST_TRY);
	call->thread = header->thread;
	call->state = 0;
	call->capacity = 0;
	if (header->op == OP_HELLO)
		return process_enter(client);
	if (!call->process)
		return false;
	client->busy = true;
	if (header->op == OP_PULL)
		return pull(client);
	shared_bytes_drop(client->pull);
	client->pull = NULL;
	return header->object ? serve_object(client, header->object)
			      : serve_manager(client);
}

/* A whole request; memory: what it lies in, if that may be taken over. */
static bool request_serve(struct core_client *client, const uint8_t *request,
			  size_t bytes, uint8_t **memory)
{
	struct request_header header;
	bool ok;

	memcpy(&header, request, sizeof(header));
	client->total = bytes;
	client->call.at = request + sizeof(header);
	client->call.end = request + bytes;
	client->call.memory = memory ? (void **)memory : NULL;
	ok = serve(client, &header);
	client->call.at = client->call.end = NULL;
	client->call.memory = NULL;
	return ok;
}

/* The next piece of a request. */
static bool piece_append(struct core_client *client, const uint8_t *message,
			 size_t bytes)
{
	bool ok;

	if (!bytes || bytes > client->total - client->have)
		return false;
	memcpy(client->request + client->have, message, bytes);
	client->have += bytes;
	if (client->have < client->total)
		return true;
	client->have = 0;
	ok = request_serve(client, client->request, client->total,
			   &client->request);
	free(client->request); /* unless a value has it */
	client->request = NULL;
	return ok;
}

/* A request of which this message is the beginning. */
static bool request_begin(struct core_client *client,
			  const struct request_header *header,
			  const uint8_t *message, size_t bytes)
{
	if (header->total > IPCM_SHARED_MAX_BYTES + REQUEST_MORE_BYTES ||
	    bytes > header->total || bytes != PIECE_BYTES)
		return false;
	/* pages that are not written to take no memory yet */
	client->request = malloc((size_t)header->total);
	if (!client->request)
		return false;
	client->total = (size_t)header->total;
	client->have = 0;
	return piece_append(client, message, bytes);
}

bool core_receive(struct core_client *client, const uint8_t *message,
		  size_t bytes)
{
	struct request_header header;

	if (client->dead)
		return false;
	if (client->request)
		return piece_append(client, message, bytes);
	if (bytes < sizeof(header))
		return false;
	memcpy(&header, message, sizeof(header));
	if (header.op == OP_CANCEL) {
		if (bytes != sizeof(header))
			return false;
		call_cancel(&client->call, header.flags & REQUEST_STOPPED
						   ? CANCEL_STOPPED
						   : CANCEL_TIME);
		return true;
	}
	/* one request at a time */
	if (client->busy)
		return false;
	if (header.total != bytes)
		return request_begin(client, &header, message, bytes);
	return request_serve(client, message, bytes, NULL);
}
