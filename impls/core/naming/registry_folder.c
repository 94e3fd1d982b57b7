/* SPDX-License-Identifier: MIT */
/*
 * Where registries lie. The directory is removed when it is empty; creators
 * make it again. It is private. Once an object may be opened by other uids,
 * they may search the directory for a key they know, but never list it.
 */
#include "registry_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"

/* Longer than many creators in a row need. */
#define TURN_TIMEOUT_NS (300 * NS_PER_MS)
/* Only a directory that vanishes under us needs a second one. */
#define TRIES 1000

static const char *const prefixes[RESOURCE_KIND_COUNT] = {
	[RESOURCE_MSG] = "msg",	   [RESOURCE_SEM] = "sem",
	[RESOURCE_MQ] = "mq",	   [RESOURCE_FIFO] = "fifo",
	[RESOURCE_MEMORY] = "mem", [RESOURCE_OBJECT] = "obj",
};

/* In memory, so that it is gone after a reboot, like the objects. */
static const char *const roots[REGISTRY_ROOTS] = {"/dev/shm", "/tmp"};

const char *registry_root(size_t index)
{
	return index < REGISTRY_ROOTS ? roots[index] : NULL;
}

void registry_directory(const char *root, uint32_t uid,
			char name[REGISTRY_DIRECTORY_BYTES])
{
	(void)snprintf(name, REGISTRY_DIRECTORY_BYTES, "%s/ipcmark-%u", root,
		       (unsigned)uid);
}

/* UNKNOWN: see errno. */
enum directory_state { ABSENT, TRUSTED, FOREIGN, UNKNOWN };

static enum directory_state check_directory(const char *root, uint32_t uid)
{
	char name[REGISTRY_DIRECTORY_BYTES];
	struct stat info;

	registry_directory(root, uid, name);
	if (lstat(name, &info))
		return errno == ENOENT ? ABSENT : UNKNOWN;
	return S_ISDIR(info.st_mode) && info.st_uid == uid &&
			       !(info.st_mode & 066)
		       ? TRUSTED
		       : FOREIGN;
}

bool registry_is_of(const char *root, uint32_t uid)
{
	enum directory_state state = check_directory(root, uid);

	if (state == FOREIGN)
		errno = EACCES;
	return state == TRUSTED;
}

bool registry_is_ours(const char *root)
{
	return registry_is_of(root, geteuid());
}

/* Whatever the umask, this uid must be able to use its directory. */
static void let_owner_in(const char *name)
{
	struct stat info;

	if (!lstat(name, &info) && (info.st_mode & 0700) != 0700)
		(void)chmod(name, (info.st_mode & 0777) | 0700);
}

/* Another process may remove the directory while it is empty: try again. */
bool registry_make_under(const char *root)
{
	char name[REGISTRY_DIRECTORY_BYTES];
	enum directory_state state = ABSENT;

	registry_directory(root, geteuid(), name);
	for (int i = 0; state == ABSENT && i < TRIES; i++) {
		if (mkdir(name, 0700) && errno != EEXIST)
			return false;
		state = check_directory(root, geteuid());
	}
	if (state == TRUSTED)
		let_owner_in(name);
	return state == TRUSTED;
}

const char *registry_make(void)
{
	/* always the first that works: all processes must use one root */
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		if (registry_make_under(registry_root(i)))
			return registry_root(i);
	return NULL;
}

void registry_let_search(const char *root)
{
	char name[REGISTRY_DIRECTORY_BYTES];

	registry_directory(root, geteuid(), name);
	(void)chmod(name, 0711);
}

void registry_remove_empty(const char *root, uint32_t uid)
{
	char name[REGISTRY_DIRECTORY_BYTES];

	registry_directory(root, uid, name);
	(void)rmdir(name); /* fails unless it is empty, as intended */
}

bool resource_ipc_namespace(uint64_t *ret_space)
{
	struct stat info;

	*ret_space = 0;
	if (!stat("/proc/thread-self/ns/ipc", &info))
		*ret_space = info.st_ino;
	else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
		return false;
	return true;
}

/* Is the object found by a key or name in the IPC namespace? */
static bool lives_in_ipc_space(enum resource_kind kind)
{
	return kind == RESOURCE_MSG || kind == RESOURCE_SEM ||
	       kind == RESOURCE_MQ;
}

bool registry_name(enum resource_kind kind, uint32_t key,
		   char name[REGISTRY_NAME_BYTES])
{
	uint64_t space;
	int length = snprintf(name, REGISTRY_NAME_BYTES, "%s-%08x",
			      prefixes[kind], (unsigned)key);

	if (!lives_in_ipc_space(kind))
		return true;
	/* under a wrong name the entry would not be found again */
	if (!resource_ipc_namespace(&space))
		return false;
	(void)snprintf(name + length, REGISTRY_NAME_BYTES - (size_t)length,
		       "-%" PRIu64, space);
	return true;
}

bool registry_path(const char *root, uint32_t uid, enum resource_kind kind,
		   uint32_t key, char path[REGISTRY_PATH_BYTES])
{
	char name[REGISTRY_NAME_BYTES];

	if (!registry_name(kind, key, name))
		return false;
	(void)snprintf(path, REGISTRY_PATH_BYTES, "%s/ipcmark-%u/%s", root,
		       (unsigned)uid, name);
	return true;
}

bool registry_file_parse(const char *name, uint64_t space,
			 enum resource_kind *ret_kind, uint32_t *ret_key)
{
	for (int kind = 0; kind < RESOURCE_KIND_COUNT; kind++) {
		size_t length = strlen(prefixes[kind]);
		char *end;

		if (strncmp(name, prefixes[kind], length) ||
		    name[length] != '-')
			continue;
		*ret_key = (uint32_t)strtoul(name + length + 1, &end, 16);
		*ret_kind = (enum resource_kind)kind;
		if (!lives_in_ipc_space(*ret_kind))
			return *end == '\0';
		return *end == '-' && strtoull(end + 1, &end, 10) == space &&
		       *end == '\0';
	}
	return false;
}

int registry_file_open(const char *path, int more_flags, mode_t mode)
{
	return open(path, REGISTRY_FILE_FLAGS | more_flags, mode);
}

int registry_turn(void)
{
	const struct timespec backoff = {0, NS_PER_MS / 5};
	const char *root = registry_make();
	int64_t deadline = clock_now() + TURN_TIMEOUT_NS;
	char name[REGISTRY_DIRECTORY_BYTES];
	int turn;

	if (!root)
		return -1;
	registry_directory(root, geteuid(), name);
	turn = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* on failure, and after the time limit, go on without a turn */
	while (turn >= 0 && flock(turn, LOCK_EX | LOCK_NB) &&
	       errno == EWOULDBLOCK && !clock_past(deadline))
		(void)nanosleep(&backoff, NULL);
	return turn;
}

void registry_turn_end(int turn)
{
	if (turn < 0)
		return;
	/* a child forked meanwhile by another thread has a copy: unlock */
	(void)flock(turn, LOCK_UN);
	(void)close(turn);
	/* it was made for the turn, and may be empty */
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		registry_remove_empty(roots[i], geteuid());
}
