/* SPDX-License-Identifier: MIT */
/*
 * The list of back-ends, and the check that a descriptor is complete. The list
 * itself is generated from one CMake line a back-end.
 */
#include <stdarg.h>
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
	if (!port->export_handle != !port->import_handle)
		return "port.export_handle or unpack: both or none";
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
	if (!store->write)
		return "queue.store.write";
	if (!store->read)
		return "queue.store.read";
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

/* One sentence that names the back-end; `name` may be NULL. */
static enum ipcm_status refuse(const char *name, char *why, size_t why_bytes,
			       const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static enum ipcm_status refuse(const char *name, char *why, size_t why_bytes,
			       const char *format, ...)
{
	char reason[160];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (why && why_bytes)
		(void)snprintf(why, why_bytes, "back-end %s %s",
			       name ? name : "without a name", reason);
	return IPCM_INVALID;
}

enum ipcm_status ipcm_backend_validate(const struct ipcm_backend *backend,
				       char *why, size_t why_bytes)
{
	const char *missing;

	if (!backend)
		return refuse(NULL, why, why_bytes, "has no descriptor");
	/* an older descriptor may be shorter: nothing else of it is read */
	if (backend->abi != IPCM_BACKEND_ABI)
		return refuse(backend->name, why, why_bytes,
			      "was built for version %u of ipcmark/backend.h, "
			      "this library has version %u: build it again "
			      "with the headers of this version",
			      backend->abi, IPCM_BACKEND_ABI);
	missing = first_missing(backend);
	return missing ? refuse(backend->name, why, why_bytes, "lacks %s",
				missing)
		       : IPCM_OK;
}
