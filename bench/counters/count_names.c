/* SPDX-License-Identifier: MIT */
/* Listing names; see count_names.h. */
#include "count_names.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct name {
	dev_t device;
	ino_t inode;
};

struct count_names {
	struct name *list;
	size_t count, room;
	/** A name could not be kept. */
	bool failed;
};

static void add(struct count_names *names, const struct stat *facts)
{
	if (names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 64;
		void *list = realloc(names->list, room * sizeof(*names->list));

		names->failed |= !list;
		if (!list)
			return;
		names->list = list;
		names->room = room;
	}
	names->list[names->count++] =
		(struct name){facts->st_dev, facts->st_ino};
}

static bool holds(const struct count_names *names, const struct name *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->list[i].inode == name->inode &&
		    names->list[i].device == name->device)
			return true;
	return false;
}

/* Files of this user, folders inside too, to that depth. Takes the fd. */
static void list_folder(struct count_names *names, int fd, unsigned depth)
{
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat facts;

	if (!folder) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(folder))) {
		if (!strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) ||
		    facts.st_uid != geteuid())
			continue;
		if (!S_ISDIR(facts.st_mode))
			add(names, &facts);
		else if (depth)
			list_folder(names,
				    openat(fd, entry->d_name,
					   O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
						   O_CLOEXEC),
				    depth - 1);
	}
	(void)closedir(folder);
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Without a mount point that others would see. @return a descriptor or -1 */
static int mount_queues(void)
{
	int context = (int)syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC);
	int mount = -1, folder = -1;

	if (context < 0)
		return -1;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0) {
		folder = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(mount);
	}
	(void)close(context);
	return folder;
}

/* Folders on the file system of queues have names at once if it is mounted. */
static int open_queues(void)
{
	struct stat queues, above;

	if (!stat("/dev/mqueue", &queues) && !stat("/dev", &above) &&
	    queues.st_dev != above.st_dev)
		return open_folder("/dev/mqueue");
	return mount_queues();
}

bool count_names_sees_queues(void)
{
	int fd = open_queues();

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

struct count_names *count_names_now(void)
{
	struct count_names *names = calloc(1, sizeof(*names));
	char registry[32];

	if (!names)
		return NULL;
	/* where the registry is if /dev/shm cannot be written */
	(void)snprintf(registry, sizeof(registry), "/tmp/ipcmark-%u",
		       (unsigned)geteuid());
	list_folder(names, open_folder("/dev/shm"), 2);
	list_folder(names, open_folder(registry), 0);
	list_folder(names, open_queues(), 0);
	return names;
}

/* ---- is it in use? ---- */

static bool has_open(int process, const struct name *name)
{
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat facts;
	bool found = false;

	if (!folder)
		return false;
	while (!found && (entry = readdir(folder)))
		found = !fstatat(fd, entry->d_name, &facts, 0) &&
			facts.st_ino == name->inode &&
			facts.st_dev == name->device;
	(void)closedir(folder);
	return found;
}

/* A line: "address rights offset device inode path". */
static bool has_mapped(int process, const struct name *name)
{
	int fd = openat(process, "maps", O_RDONLY | O_CLOEXEC);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512];
	unsigned long inode;
	bool found = false;

	if (!in)
		return false;
	while (!found && fgets(line, sizeof(line), in))
		found = sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1 &&
			inode == name->inode && strstr(line, "/dev/shm/");
	(void)fclose(in);
	return found;
}

static bool is_used(const struct name *name)
{
	DIR *all = opendir("/proc");
	const struct dirent *entry;
	bool used = false;

	while (all && !used && (entry = readdir(all))) {
		long pid = strtol(entry->d_name, NULL, 10);
		int process;

		if (pid <= 0 || pid == getpid())
			continue;
		process = openat(dirfd(all), entry->d_name,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		used = has_open(process, name) || has_mapped(process, name);
		(void)close(process);
	}
	if (all)
		(void)closedir(all);
	return used;
}

int64_t count_names_left(struct count_names *before)
{
	struct count_names *now = before ? count_names_now() : NULL;
	int64_t left = 0;

	for (size_t i = 0; now && !before->failed && i < now->count; i++)
		left += !holds(before, &now->list[i]) &&
			!is_used(&now->list[i]);
	if (now)
		free(now->list);
	free(now);
	if (before)
		free(before->list);
	free(before);
	return left;
}
