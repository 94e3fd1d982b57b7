/* SPDX-License-Identifier: MIT */
/*
 * Files in the registry of another user, for whom this process makes objects
 * (object_owner.h). That user may rename the folder and put links in its place
 * at any moment, and we may have rights that the user has not. So nothing in
 * it is reached by a path: the folder is opened, looked at, and used by its
 * descriptor; and nothing is removed for the user that the user could not
 * remove. For the files of the resource registry only.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_REGISTRY_PLACE_H
#define IPCMARK_IMPLS_CORE_NAMING_REGISTRY_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "object_owner.h"
#include "registry_folder.h"

/** The directories that this process cleans: its own, and that user's. */
#define REGISTRY_USERS 2

/** @return how many: 1, or 2 once something was given away */
unsigned registry_users(uint32_t ret_uid[REGISTRY_USERS]);

/** Where a file lies, for the calls whose names end in "at". */
struct registry_place {
	/* AT_FDCWD: an own one, and the path is absolute. Else the folder of
	 * another user, and the path is a name in it. */
	int folder;
	char path[REGISTRY_PATH_BYTES];
};

/**
 * No system call for an own one, and as long as nothing was given away.
 * @return false: that user has no folder that can be trusted
 */
bool registry_place_find(const char *root, uint32_t uid, const char *name,
			 struct registry_place *ret_place);
void registry_place_end(struct registry_place *place);
static inline bool registry_place_is_own(const struct registry_place *place)
{
	return place->folder < 0;
}

/**
 * registry_file_open there. What is not a file of that user in the user's
 * folder is not opened: EACCES.
 */
int registry_place_open(const struct registry_place *place, uint32_t uid,
			int more_flags, mode_t mode);
bool registry_place_leads_to(const struct registry_place *place, int fd);

/** registry_make, so that the owner has a folder under the same root. */
const char *registry_make_for(struct object_owner owner);
/** The folder of another user, made if need be: a descriptor, or -1. */
int registry_folder_make(const char *root, struct object_owner owner);

#endif
