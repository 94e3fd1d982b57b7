/* SPDX-License-Identifier: MIT */
/*
 * The list of back-ends, and the check that a descriptor is complete. The list
 * itself is generated from one CMake line a back-end.
 */
#include <stdio.h>
#include <string.h>

#include "impls/core/naming/resource_registry.h"
#include "ipcmark/backend.h"

#include "backend_list.h"

#define LIST_COUNT     (sizeof(backend_list) / sizeof(backend_list[0]))
#define NAME_MAX_CHARS 31

const struct ipcm_registry_entry *ipcm_registry(size_t *ret_count)
{
	*ret_count = LIST_COUNT;
	return backend_list;
}

const struct ipcm_backend *ipcm_backend_find(const char *name)
{
	if (!name)
		return NULL;
	for (size_t i = 0; i < LIST_COUNT; i++)
		if (!strcmp(backend_list[i].name, name))
			return backend_list[i].backend;
	return NULL;
}

unsigned ipcm_collect(void)
{
	return resource_collect();
}

/* Name of the first missing required operation, or NULL. */
static const char *port_missing(const struct ipcm_port_ops *port,
				bool for_queue)
{
	if (for_queue && !port->open_queue)
		return "queue.port.open_queue";
	if (!for_queue && !port->open_pipe)
		return "pipe.port.open_pipe";
	if (!port->state_size)
		return "port.state_size";
	if (!port->close)
		return "port.close";
	if (!port->send)
		return "port.send";
	if (!port->receive)
		return "port.receive";
	if (port->unit != IPCM_UNIT_NONE && !port->queued)
		return "port.queued, which its unit promises";
	if (!port->pack != !port->unpack)
		return "port.pack or unpack: both or none";
	if (!port->send_fd != !port->receive_fd)
		return "port.send_fd or receive_fd: both or none";
	return NULL;
}

static const char *store_missing(const struct ipcm_store_ops *store)
{
	if (!store->state_size)
		return "queue.store.state_size";
	if (!store->open)
		return "queue.store.open";
	if (!store->close)
		return "queue.store.close";
	if (!store->place)
		return "queue.store.place";
	if (!store->fetch)
		return "queue.store.fetch";
	return NULL;
}

static const char *token_missing(const struct ipcm_token_ops *token)
{
	if (!token->state_size)
		return "lock.token.state_size";
	if (!token->open)
		return "lock.token.open";
	if (!token->close)
		return "lock.token.close";
	if (!token->take || !token->give)
		return "lock.token.take or give";
	if (!token->wait)
		return "lock.token.wait";
	if (!token->count)
		return "lock.token.count";
	return NULL;
}

static const char *queue_missing(const struct ipcm_queue_ops *queue)
{
	if (!queue->port == !queue->store)
		return "queue.port or queue.store, exactly one of them";
	return queue->port ? port_missing(queue->port, true)
			   : store_missing(queue->store);
}

static const char *first_missing(const struct ipcm_backend *backend)
{
	const char *missing = NULL;

	if (!backend->name || !*backend->name ||
	    strlen(backend->name) > NAME_MAX_CHARS)
		return "name, 1 to 31 characters";
	if (!backend->summary)
		return "summary";
	if (!backend->probe)
		return "probe";
	if (backend->queue)
		missing = queue_missing(backend->queue);
	if (!missing && backend->pipe)
		missing = backend->pipe->port
				  ? port_missing(backend->pipe->port, false)
				  : "pipe.port";
	if (!missing && backend->lock && backend->lock->token)
		missing = token_missing(backend->lock->token);
	if (!missing && !backend->not_offered &&
	    (!backend->queue || !backend->pipe || !backend->lock))
		missing = "not_offered, the reason for a missing table";
	return missing;
}

static void explain(char *why, size_t why_bytes, const char *format,
		    const char *name, const char *detail)
{
	if (why && why_bytes)
		(void)snprintf(why, why_bytes, format, name, detail);
}

enum ipcm_status ipcm_backend_validate(const struct ipcm_backend *backend,
				       char *why, size_t why_bytes)
{
	const char *missing;

	if (!backend) {
		explain(why, why_bytes, "there is no %s%s", "descriptor", "");
		return IPCM_INVALID;
	}
	if (backend->abi != IPCM_BACKEND_ABI) {
		explain(why, why_bytes,
			"back-end %s was built for another version of "
			"ipcmark/backend.h%s",
			backend->name ? backend->name : "?",
			": build it again");
		return IPCM_INVALID;
	}
	missing = first_missing(backend);
	if (missing) {
		explain(why, why_bytes, "back-end %s lacks %s",
			backend->name ? backend->name : "?", missing);
		return IPCM_INVALID;
	}
	return IPCM_OK;
}
