/* SPDX-License-Identifier: MIT */
/*
 * The ledger's files. Races that matter:
 * - creator against collector: the creator locks after it made the file; if a
 *   collector was faster the file has no link any more and the creator starts
 *   again with another key;
 * - killed between file and object: the file names an object that never was;
 *   removing that does nothing;
 * - the directory goes away when it is empty: creators make it again.
 */
#include "common/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/segment.h"

#define DIRECTORY_BYTES 64
#define PATH_BYTES	96
/* Only a directory that vanishes under us, or a taken key, needs a retry. */
#define TRIES 100

static const char *const prefixes[LEDGER_KIND_COUNT] = {"msg", "sem", "mq"};

/* In memory, so that it is gone after a reboot, like the objects. */
static const char *const roots[] = {"/dev/shm", "/tmp"};
#define ROOT_COUNT (sizeof(roots) / sizeof(roots[0]))

static void directory_name(const char *root, char name[DIRECTORY_BYTES])
{
	(void)snprintf(name, DIRECTORY_BYTES, "%s/ipcmark-%u", root,
		       (unsigned)geteuid());
}

/* A private directory of ours? If somebody else made it, do not trust it. */
static bool directory_is_ours(const char *root)
{
	char name[DIRECTORY_BYTES];
	struct stat info;

	directory_name(root, name);
	return !lstat(name, &info) && S_ISDIR(info.st_mode) &&
	       info.st_uid == geteuid() && !(info.st_mode & 077);
}

/* The root under which a private directory of ours is now; NULL if none. */
static const char *directory_make(void)
{
	char name[DIRECTORY_BYTES];

	for (size_t i = 0; i < ROOT_COUNT; i++) {
		directory_name(roots[i], name);
		if (mkdir(name, 0700) && errno != EEXIST)
			continue;
		if (directory_is_ours(roots[i]))
			return roots[i];
	}
	return NULL;
}

static void directory_drop(const char *root)
{
	char name[DIRECTORY_BYTES];

	directory_name(root, name);
	(void)rmdir(name); /* refuses unless it is empty: that is wanted */
}

static void file_path(const char *root, enum ledger_kind kind, uint32_t key,
		      char path[PATH_BYTES])
{
	(void)snprintf(path, PATH_BYTES, "%s/ipcmark-%u/%s-%08x", root,
		       (unsigned)geteuid(), prefixes[kind], (unsigned)key);
}

void ledger_mq_name(uint32_t key, char name[LEDGER_MQ_NAME_BYTES])
{
	(void)snprintf(name, LEDGER_MQ_NAME_BYTES, "/ipcmark-%08x",
		       (unsigned)key);
}

static int lock_file(int fd, short type, int command)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(fd, command, &lock);
}

/* Make and lock the file of a key: its descriptor, or -1. */
static int file_make(const char *root, enum ledger_kind kind, uint32_t key)
{
	char path[PATH_BYTES];
	struct stat info;
	int fd;

	file_path(root, kind, key, path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return -1;
	if (lock_file(fd, F_RDLCK, F_OFD_SETLKW) || fstat(fd, &info) ||
	    info.st_nlink == 0) {
		(void)close(fd);
		errno = EAGAIN; /* a collector took it for a leftover */
		return -1;
	}
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

enum ipcm_status ledger_open(enum ledger_kind kind,
			     struct ledger_entry *ret_entry)
{
	int error = EAGAIN;

	for (int i = 0; i < TRIES; i++) {
		uint32_t key = random_key();
		const char *root = directory_make();
		int fd;

		if (!root)
			return IPCM_PERM;
		fd = file_make(root, kind, key);
		error = errno;
		if (fd >= 0) {
			*ret_entry = (struct ledger_entry){kind, key, fd};
			return IPCM_OK;
		}
		if (error != EAGAIN && error != EEXIST && error != ENOENT)
			break;
	}
	return status_from_errno(error);
}

enum ipcm_status ledger_share(const struct ledger_entry *entry,
			      struct ledger_entry *ret_entry)
{
	/* a duplicate shares the lock: it ends with the last of them */
	int fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return status_from_errno(errno);
	*ret_entry = (struct ledger_entry){entry->kind, entry->key, fd};
	return IPCM_OK;
}

/* Remove the object of a key if it is there and ours. */
static void object_remove(enum ledger_kind kind, uint32_t key)
{
	char name[LEDGER_MQ_NAME_BYTES];
	struct msqid_ds queue;
	struct semid_ds set;
	int id;

	switch (kind) {
	case LEDGER_MSG:
		id = msgget((key_t)key, 0);
		if (id >= 0 && !msgctl(id, IPC_STAT, &queue) &&
		    queue.msg_perm.cuid == geteuid())
			(void)msgctl(id, IPC_RMID, NULL);
		break;
	case LEDGER_SEM:
		id = semget((key_t)key, 0, 0);
		if (id >= 0 && !semctl(id, 0, IPC_STAT, &set) &&
		    set.sem_perm.cuid == geteuid())
			(void)semctl(id, 0, IPC_RMID);
		break;
	case LEDGER_MQ:
		ledger_mq_name(key, name);
		(void)mq_unlink(name);
		break;
	case LEDGER_KIND_COUNT:
		break;
	}
}

/* Remove one entry if nobody uses it. Needs one descriptor, no more. */
static bool entry_collect(const char *root, enum ledger_kind kind, uint32_t key)
{
	char path[PATH_BYTES];
	bool free_for_all;
	int fd;

	file_path(root, kind, key, path);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	free_for_all = !lock_file(fd, F_WRLCK, F_OFD_SETLK);
	if (free_for_all) {
		object_remove(kind, key);
		(void)unlink(path);
	}
	(void)close(fd);
	return free_for_all;
}

void ledger_forget(struct ledger_entry *entry)
{
	char path[PATH_BYTES];

	/* unlink first: a collector must not take it for a leftover */
	for (size_t i = 0; i < ROOT_COUNT; i++) {
		file_path(roots[i], entry->kind, entry->key, path);
		if (!unlink(path))
			directory_drop(roots[i]);
	}
	(void)close(entry->fd);
	entry->fd = -1;
}

void ledger_close(struct ledger_entry *entry)
{
	if (entry->fd < 0)
		return;
	(void)close(entry->fd);
	entry->fd = -1;
	for (size_t i = 0; i < ROOT_COUNT; i++)
		if (directory_is_ours(roots[i]) &&
		    entry_collect(roots[i], entry->kind, entry->key))
			directory_drop(roots[i]);
}

/* Kind and key from a file name; false if it is none of ours. */
static bool parse_file_name(const char *name, enum ledger_kind *ret_kind,
			    uint32_t *ret_key)
{
	for (int kind = 0; kind < LEDGER_KIND_COUNT; kind++) {
		size_t length = strlen(prefixes[kind]);
		char *end;

		if (strncmp(name, prefixes[kind], length) ||
		    name[length] != '-')
			continue;
		*ret_key = (uint32_t)strtoul(name + length + 1, &end, 16);
		*ret_kind = (enum ledger_kind)kind;
		return *end == '\0';
	}
	return false;
}

static unsigned directory_collect(const char *root)
{
	char name[DIRECTORY_BYTES];
	unsigned removed = 0;
	struct dirent *item;
	DIR *list;

	if (!directory_is_ours(root))
		return 0;
	directory_name(root, name);
	list = opendir(name); /* close-on-exec, by POSIX.1-2008 */
	if (!list)
		return 0;
	while ((item = readdir(list))) {
		enum ledger_kind kind;
		uint32_t key;

		if (parse_file_name(item->d_name, &kind, &key))
			removed += entry_collect(root, kind, key);
	}
	(void)closedir(list);
	directory_drop(root);
	return removed;
}

unsigned ledger_collect(void)
{
	unsigned removed = 0;

	for (size_t i = 0; i < ROOT_COUNT; i++)
		removed += directory_collect(roots[i]);
	return removed;
}
