/* SPDX-License-Identifier: MIT */
/*
 * The user for whom this process makes objects: ipcm_set_owner (name.h). Two
 * words of the process, which children inherit.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_OBJECT_OWNER_H
#define IPCMARK_IMPLS_CORE_NAMING_OBJECT_OWNER_H

#include <stdbool.h>
#include <stdint.h>

/** What chown(2) takes: UINT32_MAX, its -1, leaves an id as it is. */
struct object_owner {
	uint32_t uid;
	uint32_t gid;
};

#define OBJECT_OWNER_NONE ((struct object_owner){UINT32_MAX, UINT32_MAX})

/** OBJECT_OWNER_NONE, the default: the caller's own ids. No system call. */
struct object_owner object_owner_get(void);
void object_owner_set(struct object_owner owner);

/**
 * The other user to whom a file was given last, also if no owner is set now:
 * there may be objects of that user that we made. UINT32_MAX: there never was
 * one. No system call.
 */
void object_owner_given(uint32_t uid);
uint32_t object_owner_last(void);

static inline bool object_owner_is_none(struct object_owner owner)
{
	return owner.uid == UINT32_MAX && owner.gid == UINT32_MAX;
}

/** Another user than the caller? A system call, if a user is named. */
bool object_owner_is_other(struct object_owner owner);

#endif
