/* SPDX-License-Identifier: MIT */
/*
 * The objects of a server, and their names. An id is a place in the table and a
 * generation: a proxy of an object that was removed finds no later one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/naming/named_file.h"
#include "server_core.h"

/* More are a mistake of a client. */
#define OBJECTS_MAX (UINT32_C(1) << 20)

struct shared_object *core_object(const struct server_core *core, uint64_t id)
{
	uint32_t place = (uint32_t)id;

	if (place >= core->slot_count ||
	    core->slots[place].generation != (uint32_t)(id >> 32))
		return NULL;
	return core->slots[place].object;
}

/* ---- places ---- */

static enum ipcm_status slots_grow(struct server_core *core)
{
	uint32_t capacity = core->slot_capacity ? core->slot_capacity * 2 : 16;
	struct core_slot *slots;

	if (core->slot_capacity >= OBJECTS_MAX)
		return IPCM_LIMIT;
	slots = realloc(core->slots, capacity * sizeof(*slots));
	if (!slots)
		return IPCM_NOMEM;
	core->slots = slots;
	core->slot_capacity = capacity;
	return IPCM_OK;
}

/* Give the object a place, and so an id. */
static enum ipcm_status slot_take(struct server_core *core,
				  struct shared_object *object)
{
	enum ipcm_status status;
	uint32_t place;

	if (core->first_free) {
		place = core->first_free - 1;
		core->first_free = core->slots[place].next_free;
	} else {
		if (core->slot_count == core->slot_capacity) {
			status = slots_grow(core);
			if (status)
				return status;
		}
		place = core->slot_count++;
		core->slots[place].generation = 0;
	}
	/* never 0: no id is 0 */
	if (!++core->slots[place].generation)
		core->slots[place].generation = 1;
	core->slots[place].object = object;
	object->id = (uint64_t)core->slots[place].generation << 32 | place;
	return IPCM_OK;
}

static void slot_free(struct server_core *core, uint64_t id)
{
	uint32_t place = (uint32_t)id;

	core->slots[place].object = NULL;
	core->slots[place].next_free = core->first_free;
	core->first_free = place + 1;
}

/* ---- names ---- */

/* The name that was asked for; empty: one that the server picks. */
static bool name_choose(struct server_core *core, const uint8_t *name,
			size_t size, char ret_name[IPCM_NAME_MAX + 1])
{
	if (size > IPCM_NAME_MAX || (size && memchr(name, 0, size)))
		return false;
	if (!size) {
		(void)snprintf(ret_name, IPCM_NAME_MAX + 1, "~%llu",
			       (unsigned long long)++core->names_made);
		return true;
	}
	memcpy(ret_name, name, size);
	ret_name[size] = 0;
	/* one that a server has picked begins with ~ */
	return ret_name[0] == '~' || name_is_legal(ret_name);
}

static struct table_entry *name_find(const struct server_core *core,
				     const char *name)
{
	return table_find(&core->names, name, strlen(name));
}

/* ---- open ---- */

static void object_free(struct shared_object *object)
{
	if (object->kind->destroy)
		object->kind->destroy(object);
	free(object);
}

static void reply_opened(struct shared_call *call,
			 const struct shared_object *object)
{
	call_reply_copy(call, IPCM_OK, object->id, object->name,
			strlen(object->name));
}

static enum ipcm_status object_make(const struct shared_kind *kind,
				    struct shared_call *call,
				    struct shared_object **ret_object)
{
	struct shared_object *object = calloc(1, kind->object_bytes);
	enum ipcm_status status = IPCM_OK;

	if (!object)
		return IPCM_NOMEM;
	object->kind = kind;
	if (kind->create)
		status = kind->create(object, call);
	if (status) {
		free(object);
		return status;
	}
	*ret_object = object;
	if (call_end(call))
		return IPCM_OK;
	object_free(object);
	return IPCM_CORRUPT;
}

static enum ipcm_status object_add(struct server_core *core,
				   struct shared_object *object,
				   const char *name)
{
	enum ipcm_status status = slot_take(core, object);

	if (status)
		return status;
	memcpy(object->name, name, strlen(name) + 1);
	if (table_add(&core->names, name, strlen(name), object))
		return IPCM_OK;
	slot_free(core, object->id);
	return IPCM_NOMEM;
}

static enum ipcm_status open_new(struct server_core *core,
				 const struct shared_kind *kind,
				 struct shared_call *call, const char *name)
{
	struct shared_object *object;
	enum ipcm_status status = object_make(kind, call, &object);

	if (status)
		return status;
	status = object_add(core, object, name);
	if (status)
		object_free(object);
	else
		reply_opened(call, object);
	return status;
}

/* IPCM_OK: replied. */
static enum ipcm_status open_old(const struct shared_kind *kind,
				 struct shared_call *call,
				 const struct shared_object *object)
{
	enum ipcm_status status = IPCM_OK;

	if (object->kind != kind)
		return IPCM_EXISTS;
	if (kind->agrees)
		status = kind->agrees(object, call);
	if (!status && !call_end(call))
		status = IPCM_CORRUPT;
	if (!status)
		reply_opened(call, object);
	return status;
}

void core_open(struct server_core *core, struct shared_call *call)
{
	const struct shared_kind *kind;
	char name[IPCM_NAME_MAX + 1];
	struct table_entry *entry;
	enum ipcm_status status;
	const uint8_t *asked;
	uint64_t id;
	size_t size;

	if (!call_get_u64(call, &id) || !call_get_bytes(call, &asked, &size)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	kind = shared_kind_find(id);
	if (!kind || !name_choose(core, asked, size, name)) {
		call_reply(call, IPCM_INVALID, 0);
		return;
	}
	entry = name_find(core, name);
	if (entry)
		status = open_old(kind, call, entry->value);
	else if (size && name[0] == '~')
		status = IPCM_NOTFOUND;
	else
		status = open_new(core, kind, call, name);
	if (status)
		call_reply(call, status, 0);
}

/* ---- the end of objects ---- */

static void waiters_end(struct server_core *core,
			const struct shared_object *object)
{
	for (struct core_client *at = core->clients; at; at = at->next)
		if (at->call.list && at->call.object == object)
			call_reply(&at->call, IPCM_REMOVED, 0);
}

void core_remove(struct server_core *core, struct shared_call *call)
{
	struct shared_object *object;
	struct table_entry *entry;
	const uint8_t *name;
	size_t size;

	if (!call_get_bytes(call, &name, &size) || !call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	entry = table_find(&core->names, name, size);
	if (!entry) {
		call_reply(call, IPCM_NOTFOUND, 0);
		return;
	}
	object = entry->value;
	table_remove(&core->names, entry);
	slot_free(core, object->id);
	waiters_end(core, object);
	object_free(object);
	call_reply(call, IPCM_OK, 0);
}

void core_process_gone(struct server_core *core, struct shared_process *process)
{
	for (uint32_t i = 0; i < core->slot_count; i++) {
		struct shared_object *object = core->slots[i].object;

		if (object && object->kind->process_gone)
			object->kind->process_gone(object, process);
	}
}

void core_objects_free(struct server_core *core)
{
	for (uint32_t i = 0; i < core->slot_count; i++)
		if (core->slots[i].object)
			object_free(core->slots[i].object);
	free(core->slots);
	table_clear(&core->names, NULL);
	core->slots = NULL;
	core->slot_count = core->slot_capacity = core->first_free = 0;
}
