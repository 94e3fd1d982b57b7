/* SPDX-License-Identifier: MIT */
/*
 * Removal of objects without users. A process killed between making the entry
 * and the object leaves an entry without an object; removing that object does
 * nothing. Name and object are removed first, the entry last: a collector that
 * is killed in between leaves the entry, and the next collector continues.
 */
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <unistd.h>

#include "file_lock.h"
#include "process_life.h"
#include "registry_folder.h"
#include "resource_registry.h"
#include "named_file.h"

/* Entries that a create looks at: with thousands of live objects it must not
 * pay for all of them. */
#define LOOKS 64

void resource_mq_name(uint32_t key, char name[RESOURCE_MQ_NAME_BYTES])
{
	(void)snprintf(name, RESOURCE_MQ_NAME_BYTES, "/ipcmark-%08x",
		       (unsigned)key);
}

/* Remove the name that leads to this file, if it has one. */
static bool object_name_remove(const char *root, int fd)
{
	struct named_header header;
	char path[NAMED_PATH_BYTES];
	enum ipcm_status status;

	if (!named_header_read(fd, &header))
		return true; /* its creator died before it wrote the header */
	name_path(root, header.backend, header.name, path);
	status = name_remove(path, fd);
	return !status || status == IPCM_NOTFOUND;
}

/* Remove the object that is not the file itself, if it exists and is ours. */
static bool object_remove(const char *root, enum resource_kind kind,
			  uint32_t key, int fd)
{
	char name[RESOURCE_MQ_NAME_BYTES];
	struct msqid_ds queue;
	struct semid_ds set;
	int id;

	switch (kind) {
	case RESOURCE_MSG:
		id = msgget((key_t)key, 0);
		if (id >= 0 && !msgctl(id, IPC_STAT, &queue) &&
		    queue.msg_perm.cuid == geteuid())
			(void)msgctl(id, IPC_RMID, NULL);
		break;
	case RESOURCE_SEM:
		id = semget((key_t)key, 0, 0);
		if (id >= 0 && !semctl(id, 0, IPC_STAT, &set) &&
		    set.sem_perm.cuid == geteuid())
			(void)semctl(id, 0, IPC_RMID);
		break;
	case RESOURCE_MQ:
		resource_mq_name(key, name);
		(void)mq_unlink(name);
		break;
	case RESOURCE_OBJECT:
		return object_name_remove(root, fd);
	case RESOURCE_FIFO:
	case RESOURCE_MEMORY:
	case RESOURCE_KIND_COUNT:
		break;
	}
	return true;
}

bool resource_entry_collect(const char *root, enum resource_kind kind,
			    uint32_t key)
{
	char path[REGISTRY_PATH_BYTES];
	bool removed;
	int fd;

	registry_path(root, geteuid(), kind, key, path);
	fd = registry_file_open(path, 0, 0);
	if (fd < 0)
		return false;
	removed = file_lock(fd, LOCK_USERS, F_WRLCK) &&
		  object_remove(root, kind, key, fd);
	if (removed)
		(void)unlink(path);
	(void)close(fd);
	return removed;
}

/* Reading names is cheap, looking at an entry takes three system calls. */
static unsigned entries_collect(const char *root, DIR *list, unsigned every,
				unsigned first)
{
	uint64_t space = resource_ipc_namespace();
	struct dirent *item;
	unsigned removed = 0;

	for (unsigned n = 0; (item = readdir(list));) {
		enum resource_kind kind;
		uint32_t key;

		if (registry_file_parse(item->d_name, space, &kind, &key) &&
		    n++ % every == first)
			removed += resource_entry_collect(root, kind, key);
	}
	return removed;
}

static unsigned entries_count(DIR *list)
{
	unsigned count = 0;

	while (readdir(list))
		count++;
	rewinddir(list);
	return count;
}

static unsigned directory_collect(const char *root, bool all)
{
	/* the entries that one call skips are looked at by later ones */
	static _Atomic unsigned turn;
	char name[REGISTRY_DIRECTORY_BYTES];
	unsigned every, removed;
	DIR *list;

	if (!registry_is_ours(root))
		return 0;
	registry_directory(root, geteuid(), name);
	list = opendir(name); /* close-on-exec, by POSIX.1-2008 */
	if (!list)
		return 0;
	every = all ? 1 : entries_count(list) / LOOKS + 1;
	removed = entries_collect(root, list, every, turn++ % every);
	(void)closedir(list);
	process_life_collect(root);
	registry_remove_empty(root);
	return removed;
}

unsigned resource_collect(void)
{
	unsigned removed = 0;

	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		removed += directory_collect(registry_root(i), true);
	return removed;
}

void resource_collect_some(void)
{
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		(void)directory_collect(registry_root(i), false);
}
