/* SPDX-License-Identifier: MIT */
/*
 * An entry is given away last, by one rename, when all else of its object is
 * the new owner's. Who makes objects may be killed before it, and finds the
 * entry in its own directory, or after it, and the owner finds it. So nothing
 * is ever made in a directory in which another user can replace it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "named_file.h"
#include "registry_folder.h"
#include "registry_place.h"
#include "resource_registry.h"
#include "impls/core/errno_status.h"

/* Of <linux/fs.h>; not in the headers of every C library. */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif

/* Only a directory that vanishes under us needs a second one. */
#define TRIES 100

/* Into the owner's directory; 0 or an errno. */
static int move_once(const char *root, const char *path,
		     struct object_owner owner, const char *name, bool open_all)
{
	int folder = registry_folder_make(root, owner);
	int error = 0;

	if (folder < 0)
		return EACCES;
	/* as registry_let_search */
	if (open_all)
		(void)fchmod(folder, 0711);
	/* a system call: not every C library has the function */
	if (syscall(SYS_renameat2, AT_FDCWD, path, folder, name,
		    RENAME_NOREPLACE))
		error = errno;
	(void)close(folder);
	return error;
}

static enum ipcm_status move(struct resource_entry *entry, const char *root,
			     const char *path, struct object_owner owner,
			     const char *name)
{
	struct stat info;
	int error = fstat(entry->fd, &info) ? errno : ENOENT;

	for (int i = 0; error == ENOENT && i < TRIES; i++)
		error = move_once(root, path, owner, name, info.st_mode & 077);
	if (error)
		return status_from_errno(error);
	object_owner_given(owner.uid);
	registry_remove_empty(root, entry->uid);
	entry->uid = owner.uid;
	return IPCM_OK;
}

enum ipcm_status resource_give(struct resource_entry *entry,
			       struct object_owner owner, const char *name)
{
	char own_name[REGISTRY_NAME_BYTES];
	char path[REGISTRY_PATH_BYTES];

	/* EINVAL: an id that does not exist in this user namespace */
	if (fchown(entry->fd, owner.uid, owner.gid))
		return errno == EINVAL ? IPCM_INVALID
				       : status_from_errno(errno);
	if (!object_owner_is_other(owner))
		return IPCM_OK;
	if (!registry_name(entry->kind, entry->key, own_name))
		return status_from_errno(errno);
	for (size_t i = 0; i < REGISTRY_ROOTS; i++) {
		if (registry_path(registry_root(i), entry->uid, entry->kind,
				  entry->key, path) &&
		    name_leads_to(path, entry->fd))
			return move(entry, registry_root(i), path, owner,
				    name ? name : own_name);
	}
	return IPCM_NOTFOUND;
}
