/* SPDX-License-Identifier: MIT */
/*
 * Another user's folder. It is made in two steps, and a process that is killed
 * in between leaves one that belongs to the maker; the next maker of the same
 * user goes on with it. Only that user can have made it: the roots are sticky
 * directories, and a directory moves only if it can be written to.
 */
#include "registry_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "named_file.h"

unsigned registry_users(uint32_t ret_uid[REGISTRY_USERS])
{
	uint32_t other = object_owner_last();

	ret_uid[0] = geteuid();
	ret_uid[1] = other;
	return other == UINT32_MAX || other == ret_uid[0] ? 1 : 2;
}

static int folder_open(const char *root, uint32_t uid)
{
	char name[REGISTRY_DIRECTORY_BYTES];

	registry_directory(root, uid, name);
	return open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool folder_is_trusted(int folder, uint32_t uid)
{
	struct stat info;

	return folder >= 0 && !fstat(folder, &info) && info.st_uid == uid &&
	       !(info.st_mode & 066);
}

bool registry_place_find(const char *root, uint32_t uid, const char *name,
			 struct registry_place *ret_place)
{
	bool own = object_owner_last() == UINT32_MAX || uid == geteuid();
	int folder = AT_FDCWD;

	if (own) {
		(void)snprintf(ret_place->path, REGISTRY_PATH_BYTES,
			       "%s/ipcmark-%u/%s", root, (unsigned)uid, name);
	} else {
		folder = folder_open(root, uid);
		if (!folder_is_trusted(folder, uid)) {
			if (folder >= 0)
				(void)close(folder);
			return false;
		}
		(void)snprintf(ret_place->path, REGISTRY_PATH_BYTES, "%s",
			       name);
	}
	ret_place->folder = folder;
	return true;
}

void registry_place_end(struct registry_place *place)
{
	if (!registry_place_is_own(place))
		(void)close(place->folder);
	place->folder = AT_FDCWD;
}

int registry_place_open(const struct registry_place *place, uint32_t uid,
			int more_flags, mode_t mode)
{
	int fd = openat(place->folder, place->path,
			REGISTRY_FILE_FLAGS | more_flags, mode);
	struct stat info;

	if (fd < 0 || registry_place_is_own(place))
		return fd;
	/* a second link to a file of another user gives no rights to it */
	if (!fstat(fd, &info) && info.st_uid == uid)
		return fd;
	(void)close(fd);
	errno = EACCES;
	return -1;
}

bool registry_place_leads_to(const struct registry_place *place, int fd)
{
	return name_leads_to_at(place->folder, place->path, fd);
}

/* Of a directory that is ours and has another user's name; see above. */
static bool folder_give(int folder, struct object_owner owner)
{
	struct stat info;

	return folder >= 0 && !fstat(folder, &info) &&
	       info.st_uid == geteuid() && !fchmod(folder, 0700) &&
	       !fchown(folder, owner.uid, owner.gid);
}

int registry_folder_make(const char *root, struct object_owner owner)
{
	char name[REGISTRY_DIRECTORY_BYTES];
	int folder;
	bool made;

	registry_directory(root, owner.uid, name);
	made = !mkdir(name, 0700);
	if (!made && errno != EEXIST)
		return -1;
	folder = folder_open(root, owner.uid);
	if (folder_is_trusted(folder, owner.uid) ||
	    (folder_give(folder, owner) &&
	     folder_is_trusted(folder, owner.uid)))
		return folder;
	if (folder >= 0)
		(void)close(folder);
	if (made)
		registry_remove_empty(root, owner.uid);
	return -1;
}

const char *registry_make_for(struct object_owner owner)
{
	if (!object_owner_is_other(owner))
		return registry_make();
	for (size_t i = 0; i < REGISTRY_ROOTS; i++) {
		int folder;

		if (!registry_make_under(registry_root(i)))
			continue;
		folder = registry_folder_make(registry_root(i), owner);
		if (folder >= 0) {
			(void)close(folder);
			return registry_root(i);
		}
		registry_remove_empty(registry_root(i), geteuid());
	}
	return NULL;
}
