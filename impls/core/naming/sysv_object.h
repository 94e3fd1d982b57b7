/* SPDX-License-Identifier: MIT */
/*
 * System V objects, sysvipc(7): an id, which outlives its users, with its entry
 * in the resource registry.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_SYSV_OBJECT_H
#define IPCMARK_IMPLS_CORE_NAMING_SYSV_OBJECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "ipcmark/backend.h"
#include "resource_registry.h"

struct sysv_object {
	int id;
	struct resource_entry entry;
};

/** No object; sysv_close accepts it. */
#define SYSV_OBJECT_NONE ((struct sysv_object){.id = -1, .entry = {.fd = -1}})

/** msgget(2), or semget(2) with its number of semaphores. */
typedef int sysv_get(key_t key, int flags);

/** A new object, for the processes that inherit it. */
enum ipcm_status sysv_create(enum resource_kind kind, sysv_get *get,
			     struct sysv_object *ret_object);

/** ipcm_port_ops.open_named without the limits. */
enum ipcm_status sysv_open_named(enum resource_kind kind, sysv_get *get,
				 struct ipcm_object_key *key, bool create,
				 struct sysv_object *ret_object);

/** One user less; the last one removes the object. */
void sysv_close(struct sysv_object *object);

#endif
