/* SPDX-License-Identifier: MIT */
/*
 * Removal of objects without users. A process killed between making the entry
 * and the object leaves an entry without an object; removing that object does
 * nothing. Name and object are removed first, the entry last: a collector that
 * is killed in between leaves the entry, and the next collector continues.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_lock.h"
#include "process_life.h"
#include "registry_folder.h"
#include "registry_place.h"
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
	enum ipcm_status status = named_header_read(fd, &header);

	if (status)
		/* invalid: its creator died before it wrote the header */
		return status == IPCM_INVALID;
	name_path(root, header.backend, header.name, path);
	status = name_remove(path, fd);
	return !status || status == IPCM_NOTFOUND;
}

/*
 * May the user of the directory remove it? The same as the kernel asks that
 * user, msgctl(2): we may be another one, who may remove everything, and the
 * user can make an entry for the key of any object. The owner, whom the creator
 * chose, may be another one than the creator.
 */
static bool is_of(const struct ipc_perm *rights, uint32_t uid)
{
	return rights->uid == uid || rights->cuid == uid;
}

static bool queue_is_of(const char *name, uint32_t uid)
{
	mqd_t queue = mq_open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat info;
	bool is;

	if (queue < 0)
		return errno == ENOENT;
	is = !fstat(queue, &info) && info.st_uid == uid;
	(void)mq_close(queue);
	return is;
}

/* Of an entry in our own directory the kernel decides. */
static bool queue_remove(bool own, uint32_t uid, uint32_t key)
{
	char name[RESOURCE_MQ_NAME_BYTES];

	resource_mq_name(key, name);
	if (!own && !queue_is_of(name, uid))
		return false;
	(void)mq_unlink(name);
	return true;
}

/* Remove the object that is not the file itself, if it exists and is that
 * user's. */
static bool object_remove(const char *root, bool own, uint32_t uid,
			  enum resource_kind kind, uint32_t key, int fd)
{
	struct msqid_ds queue;
	struct semid_ds set;
	int id;

	switch (kind) {
	case RESOURCE_MSG:
		id = msgget((key_t)key, 0);
		if (id >= 0 && !msgctl(id, IPC_STAT, &queue) &&
		    is_of(&queue.msg_perm, uid))
			(void)msgctl(id, IPC_RMID, NULL);
		break;
	case RESOURCE_SEM:
		id = semget((key_t)key, 0, 0);
		if (id >= 0 && !semctl(id, 0, IPC_STAT, &set) &&
		    is_of(&set.sem_perm, uid))
			(void)semctl(id, 0, IPC_RMID);
		break;
	case RESOURCE_MQ:
		return queue_remove(own, uid, key);
	case RESOURCE_OBJECT:
		return object_name_remove(root, fd);
	case RESOURCE_FIFO:
	case RESOURCE_MEMORY:
	case RESOURCE_KIND_COUNT:
		break;
	}
	return true;
}

bool resource_entry_collect(const char *root, uint32_t uid,
			    enum resource_kind kind, uint32_t key)
{
	char name[REGISTRY_NAME_BYTES];
	struct registry_place place;
	bool removed = false;
	int fd;

	if (!registry_name(kind, key, name) ||
	    !registry_place_find(root, uid, name, &place))
		return false;
	fd = registry_place_open(&place, uid, 0, 0);
	if (fd >= 0) {
		removed = file_lock(fd, LOCK_USERS, F_WRLCK) &&
			  object_remove(root, registry_place_is_own(&place),
					uid, kind, key, fd);
		if (removed)
			(void)unlinkat(place.folder, place.path, 0);
		(void)close(fd);
	}
	registry_place_end(&place);
	return removed;
}

/* Does an entry's name lead to this file? */
static bool entry_is_there(const char *root, const struct resource_entry *entry,
			   int fd)
{
	char name[REGISTRY_NAME_BYTES];
	struct registry_place place;
	bool is;

	if (!registry_name(entry->kind, entry->key, name) ||
	    !registry_place_find(root, entry->uid, name, &place))
		return false;
	is = registry_place_leads_to(&place, fd);
	registry_place_end(&place);
	return is;
}

/* The name of a named object is a second link. */
static bool entry_was_removed(const struct resource_entry *entry)
{
	struct stat info;

	if (fstat(entry->fd, &info) || info.st_nlink > 1)
		return false;
	if (!info.st_nlink || entry->kind != RESOURCE_OBJECT)
		return !info.st_nlink;
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		if (entry_is_there(registry_root(i), entry, entry->fd))
			return false;
	return true;
}

int resource_removed_open(const struct resource_entry *entry)
{
	char path[REGISTRY_PATH_BYTES];

	if (!entry_was_removed(entry))
		return -1;
	/* not a duplicate, which would share our lock; proc(5) */
	(void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d",
		       entry->fd);
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

void resource_removed_collect(const struct resource_entry *entry, int fd)
{
	bool own = entry->uid == geteuid();

	if (fd < 0)
		return;
	if (file_lock(fd, LOCK_USERS, F_WRLCK))
		for (size_t i = 0; i < REGISTRY_ROOTS; i++)
			(void)object_remove(registry_root(i), own, entry->uid,
					    entry->kind, entry->key, fd);
	(void)close(fd);
}

/* Reading names is cheap, looking at an entry takes three system calls. */
static unsigned entries_collect(const char *root, uint32_t uid, DIR *list,
				unsigned every, unsigned first)
{
	struct dirent *item;
	unsigned removed = 0;
	uint64_t space;

	if (!resource_ipc_namespace(&space))
		return 0;
	for (unsigned n = 0; (item = readdir(list));) {
		enum resource_kind kind;
		uint32_t key;

		if (registry_file_parse(item->d_name, space, &kind, &key) &&
		    n++ % every == first)
			removed += resource_entry_collect(root, uid, kind, key);
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

static unsigned directory_collect(const char *root, uint32_t uid, bool all)
{
	/* the entries that one call skips are looked at by later ones */
	static _Atomic unsigned turn;
	char name[REGISTRY_DIRECTORY_BYTES];
	unsigned every, removed;
	DIR *list;

	/* only names are read here, and each is opened by its own rules */
	if (!registry_is_of(root, uid))
		return 0;
	registry_directory(root, uid, name);
	list = opendir(name); /* close-on-exec, by POSIX.1-2008 */
	if (!list)
		return 0;
	every = all ? 1 : entries_count(list) / LOOKS + 1;
	removed = entries_collect(root, uid, list, every, turn++ % every);
	(void)closedir(list);
	process_life_collect(root, uid);
	registry_remove_empty(root, uid);
	return removed;
}

static unsigned collect(bool all)
{
	uint32_t uid[REGISTRY_USERS];
	unsigned users = registry_users(uid);
	unsigned removed = 0;

	for (unsigned user = 0; user < users; user++)
		for (size_t i = 0; i < REGISTRY_ROOTS; i++)
			removed += directory_collect(registry_root(i),
						     uid[user], all);
	return removed;
}

unsigned resource_collect(void)
{
	return collect(true);
}

void resource_collect_some(void)
{
	(void)collect(false);
}
