/* SPDX-License-Identifier: MIT */
/*
 * Entries of the registry. Races that matter:
 * - creator against collector: the creator locks after it made the file; if a
 *   collector was faster, the file has lost its link or is about to, and the
 *   creator starts again with another key; a process that attaches does the
 *   same;
 * - the directory is removed when it is empty: creators make it again;
 * - a cleaner removes the file of an entry in use: its users still see each
 *   other by their locks, and the last one to close removes the object.
 */
#include "resource_registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_lock.h"
#include "registry_folder.h"
#include "registry_place.h"
#include "named_file.h"
#include "impls/core/errno_status.h"

/* Only a directory that vanishes under us, or a taken key, needs a retry. */
#define TRIES 100
/* A random key may be taken by an object of another program. */
#define KEY_TRIES 16

static void unlink_keeping_errno(const char *path)
{
	int error = errno;

	(void)unlink(path);
	errno = error;
}

/* Make and lock the file of a key: its descriptor, or -1. */
static int file_make(const char *root, enum resource_kind kind, uint32_t key,
		     mode_t mode)
{
	char path[REGISTRY_PATH_BYTES];
	struct stat info;
	int fd;

	if (!registry_path(root, geteuid(), kind, key, path))
		return -1;
	if (kind == RESOURCE_FIFO) {
		if (mkfifo(path, mode))
			return -1;
		fd = registry_file_open(path, 0, 0);
		/* the umask took our own bits, see below */
		if (fd < 0 && errno == EACCES && !lstat(path, &info) &&
		    !chmod(path, (info.st_mode & 0777) | 0600))
			fd = registry_file_open(path, 0, 0);
	} else {
		fd = registry_file_open(path, O_CREAT | O_EXCL, mode);
	}
	if (fd < 0) {
		if (kind == RESOURCE_FIFO)
			unlink_keeping_errno(path);
		return -1;
	}
	if (!file_lock(fd, LOCK_USERS, F_RDLCK) || fstat(fd, &info) ||
	    info.st_nlink == 0) {
		(void)close(fd);
		errno = EAGAIN; /* a collector found it without users */
		return -1;
	}
	/* whatever the umask, this uid must be able to collect its files */
	if ((info.st_mode & 0600) != 0600)
		(void)fchmod(fd, (info.st_mode & 0777) | 0600);
	return fd;
}

static uint32_t random_key(void)
{
	uint32_t key = 0;

	/* 0 is IPC_PRIVATE */
	while (key == 0)
		if (getrandom(&key, sizeof(key), 0) != sizeof(key))
			key = (uint32_t)random() ^ (uint32_t)getpid();
	return key;
}

/* Ours, under a root where the owner has a directory too. */
static enum ipcm_status open_under(struct object_owner owner,
				   enum resource_kind kind, uint32_t mode,
				   struct resource_entry *ret_entry)
{
	int error = EAGAIN;

	for (int i = 0; i < TRIES; i++) {
		uint32_t key = random_key();
		const char *root = registry_make_for(owner);
		int fd;

		if (!root)
			return IPCM_PERM;
		if (mode & 077)
			registry_let_search(root);
		fd = file_make(root, kind, key, (mode & 0777) | 0600);
		error = errno;
		if (fd >= 0) {
			*ret_entry = (struct resource_entry){kind, key, fd,
							     geteuid()};
			return IPCM_OK;
		}
		if (error != EAGAIN && error != EEXIST && error != ENOENT)
			break;
	}
	return status_from_errno(error);
}

enum ipcm_status resource_open(enum resource_kind kind, uint32_t mode,
			       struct resource_entry *ret_entry)
{
	return open_under(object_owner_get(), kind, mode, ret_entry);
}

enum ipcm_status resource_open_for(struct object_owner owner, const char *name,
				   enum resource_kind kind, uint32_t mode,
				   struct resource_entry *ret_entry)
{
	enum ipcm_status status = open_under(owner, kind, mode, ret_entry);

	if (status || object_owner_is_none(owner))
		return status;
	status = resource_give(ret_entry, owner, name);
	if (status)
		resource_forget(ret_entry);
	return status;
}

/* Try several keys; *ret_error is the last result of make. */
static enum ipcm_status make_once(
	enum resource_kind kind, uint32_t mode,
	int (*make)(uint32_t key, uint32_t mode, void *context), void *context,
	struct resource_entry *ret_entry, int *ret_error)
{
	*ret_error = EEXIST;
	for (int i = 0; *ret_error == EEXIST && i < KEY_TRIES; i++) {
		enum ipcm_status status = resource_open(kind, mode, ret_entry);

		if (status)
			return status;
		*ret_error = make(ret_entry->key, mode, context);
		if (*ret_error)
			resource_forget(ret_entry);
	}
	return *ret_error == ENOSPC ? IPCM_LIMIT
				    : status_from_errno(*ret_error);
}

enum ipcm_status resource_make_object(enum resource_kind kind, uint32_t mode,
				      int (*make)(uint32_t key, uint32_t mode,
						  void *context),
				      void *context,
				      struct resource_entry *ret_entry)
{
	enum ipcm_status status;
	int error;

	resource_collect_some();
	status = make_once(kind, mode, make, context, ret_entry, &error);
	if (error == ENOSPC && resource_collect())
		status =
			make_once(kind, mode, make, context, ret_entry, &error);
	return status;
}

void resource_forget(struct resource_entry *entry)
{
	char name[REGISTRY_NAME_BYTES];
	struct registry_place place;
	/* if not, a collector removes what has no users */
	bool named = registry_name(entry->kind, entry->key, name);

	/* unlink first: a collector must not remove the object of the key */
	for (size_t i = 0; named && i < REGISTRY_ROOTS; i++) {
		if (!registry_place_find(registry_root(i), entry->uid, name,
					 &place))
			continue;
		if (!unlinkat(place.folder, place.path, 0))
			registry_remove_empty(registry_root(i), entry->uid);
		registry_place_end(&place);
	}
	(void)close(entry->fd);
	entry->fd = -1;
}

/* Processes of its owner do, and those that gave it away. */
static bool may_collect(const struct resource_entry *entry)
{
	return entry->uid == geteuid() || object_owner_last() != UINT32_MAX;
}

void resource_close(struct resource_entry *entry)
{
	bool collects;
	int removed;

	if (!entry->key || entry->fd < 0)
		return;
	collects = may_collect(entry);
	removed = collects ? resource_removed_open(entry) : -1;
	(void)close(entry->fd);
	entry->fd = -1;
	if (!collects)
		return;
	resource_removed_collect(entry, removed);
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		if (registry_is_of(registry_root(i), entry->uid) &&
		    resource_entry_collect(registry_root(i), entry->uid,
					   entry->kind, entry->key))
			registry_remove_empty(registry_root(i), entry->uid);
}

/* The file of an existing key: its descriptor, or -1 and errno. */
static int file_find(enum resource_kind kind, uint32_t uid, uint32_t key)
{
	for (size_t i = 0; i < REGISTRY_ROOTS; i++) {
		char path[REGISTRY_PATH_BYTES];
		int fd = -1;

		if (registry_is_of(registry_root(i), uid) &&
		    registry_path(registry_root(i), uid, kind, key, path))
			fd = registry_file_open(path, 0, 0);
		if (fd >= 0 || errno != ENOENT)
			return fd;
	}
	return -1;
}

/* IPCM_NOTFOUND: it has no other user, and the caller may conclude so. */
static enum ipcm_status join(const struct resource_entry *entry)
{
	enum file_state state = file_join(entry->fd);
	struct stat info;

	if (state == FILE_UNKNOWN ||
	    (state == FILE_ALIVE && fstat(entry->fd, &info)))
		return status_from_errno(errno);
	return state == FILE_ALIVE && info.st_nlink ? IPCM_OK : IPCM_NOTFOUND;
}

enum ipcm_status resource_attach(enum resource_kind kind, uint32_t uid,
				 uint32_t key, struct resource_entry *ret_entry)
{
	struct resource_entry entry = {kind, key, -1, uid};
	enum ipcm_status status;
	struct stat info;

	entry.fd = file_find(kind, uid, key);
	if (entry.fd < 0)
		return status_from_errno(errno);
	if (fstat(entry.fd, &info)) {
		status = status_from_errno(errno);
		(void)close(entry.fd);
		return status;
	}
	if (info.st_uid != uid ||
	    S_ISFIFO(info.st_mode) != (kind == RESOURCE_FIFO)) {
		(void)close(entry.fd);
		return IPCM_PERM;
	}
	status = join(&entry);
	if (!status)
		*ret_entry = entry;
	else
		/* our lock may have stopped a collector: collect */
		resource_close(&entry);
	return status;
}

enum ipcm_status resource_open_key(enum resource_kind kind,
				   struct ipcm_object_key *key, bool create,
				   struct resource_entry *ret_entry)
{
	enum ipcm_status status;

	if (!create)
		return resource_attach(kind, key->uid, key->key, ret_entry);
	status = resource_open_for(object_owner_get(), NULL, kind, key->mode,
				   ret_entry);
	if (!status) {
		key->uid = ret_entry->uid;
		key->key = ret_entry->key;
	}
	return status;
}

enum ipcm_status resource_share(const struct resource_entry *entry,
				struct resource_entry *ret_entry)
{
	/* a duplicate shares the lock: it ends with the last of them */
	int fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return status_from_errno(errno);
	*ret_entry = *entry;
	ret_entry->fd = fd;
	return IPCM_OK;
}

enum ipcm_status resource_publish(const struct resource_entry *entry,
				  const char *backend, const char *name)
{
	enum ipcm_status status = IPCM_NOTFOUND;
	char file[REGISTRY_NAME_BYTES];
	struct registry_place place;

	if (!registry_name(entry->kind, entry->key, file))
		return status_from_errno(errno);
	for (size_t i = 0; status == IPCM_NOTFOUND && i < REGISTRY_ROOTS; i++) {
		char to[NAMED_PATH_BYTES];

		if (!registry_place_find(registry_root(i), entry->uid, file,
					 &place))
			continue;
		name_path(registry_root(i), backend, name, to);
		if (registry_place_leads_to(&place, entry->fd))
			status = status_from_errno(linkat(place.folder,
							  place.path, AT_FDCWD,
							  to, 0)
							   ? errno
							   : 0);
		registry_place_end(&place);
	}
	return status;
}
