/* SPDX-License-Identifier: MIT */
/*
 * Where ledgers lie. The directory goes away when it is empty; creators make
 * it again. It is private: only for objects that other uids may open are they
 * let through to files whose key they know, never to list it.
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

/* Longer than many creators need one after the other. */
#define TURN_PATIENCE_NS (300 * NS_PER_MS)
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

enum verdict { ABSENT, TRUSTED, FOREIGN };

static enum verdict judge(const char *root, uint32_t uid)
{
	char name[REGISTRY_DIRECTORY_BYTES];
	struct stat info;

	registry_directory(root, uid, name);
	if (lstat(name, &info))
		return errno == ENOENT ? ABSENT : FOREIGN;
	return S_ISDIR(info.st_mode) && info.st_uid == uid &&
			       !(info.st_mode & 066)
		       ? TRUSTED
		       : FOREIGN;
}

bool registry_is_of(const char *root, uint32_t uid)
{
	return judge(root, uid) == TRUSTED;
}

bool registry_is_ours(const char *root)
{
	return registry_is_of(root, geteuid());
}

/* An umask may not keep us, now or later, out of our own directory. */
static void let_owner_in(const char *name)
{
	struct stat info;

	if (!lstat(name, &info) && (info.st_mode & 0700) != 0700)
		(void)chmod(name, (info.st_mode & 0777) | 0700);
}

/* Under this root? Who drops an empty one may take it away under us: again. */
static bool make_under(const char *root)
{
	char name[REGISTRY_DIRECTORY_BYTES];
	enum verdict verdict = ABSENT;

	registry_directory(root, geteuid(), name);
	for (int i = 0; verdict == ABSENT && i < TRIES; i++) {
		if (mkdir(name, 0700) && errno != EEXIST)
			return false;
		verdict = judge(root, geteuid());
	}
	if (verdict == TRUSTED)
		let_owner_in(name);
	return verdict == TRUSTED;
}

const char *registry_make(void)
{
	/* always the first that works: all must meet under one root */
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		if (make_under(registry_root(i)))
			return registry_root(i);
	return NULL;
}

void registry_let_search(const char *root)
{
	char name[REGISTRY_DIRECTORY_BYTES];

	registry_directory(root, geteuid(), name);
	(void)chmod(name, 0711);
}

void registry_drop(const char *root)
{
	char name[REGISTRY_DIRECTORY_BYTES];

	registry_directory(root, geteuid(), name);
	(void)rmdir(name); /* refuses unless it is empty: that is wanted */
}

uint64_t resource_ipc_namespace(void)
{
	struct stat info;

	/* without /proc all are taken to share one */
	return stat("/proc/thread-self/ns/ipc", &info) ? 0 : info.st_ino;
}

/* Is the object somewhere else than its file? */
static bool lives_in_ipc_space(enum resource_kind kind)
{
	return kind == RESOURCE_MSG || kind == RESOURCE_SEM ||
	       kind == RESOURCE_MQ;
}

void registry_path(const char *root, uint32_t uid, enum resource_kind kind,
		   uint32_t key, char path[REGISTRY_PATH_BYTES])
{
	int length =
		snprintf(path, REGISTRY_PATH_BYTES, "%s/ipcmark-%u/%s-%08x",
			 root, (unsigned)uid, prefixes[kind], (unsigned)key);

	if (lives_in_ipc_space(kind))
		(void)snprintf(path + length,
			       REGISTRY_PATH_BYTES - (size_t)length,
			       "-%" PRIu64, resource_ipc_namespace());
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

/* O_NONBLOCK: what lies there may be a FIFO. */
int registry_file_open(const char *path, int more_flags, mode_t mode)
{
	return open(path,
		    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | more_flags,
		    mode);
}

int registry_turn(void)
{
	const struct timespec backoff = {0, NS_PER_MS / 5};
	const char *root = registry_make();
	int64_t deadline = clock_now() + TURN_PATIENCE_NS;
	char name[REGISTRY_DIRECTORY_BYTES];
	int turn;

	if (!root)
		return -1;
	registry_directory(root, geteuid(), name);
	turn = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* fails at once without a descriptor: go on without a turn */
	while (turn >= 0 && flock(turn, LOCK_EX | LOCK_NB) &&
	       errno == EWOULDBLOCK && !clock_past(deadline))
		(void)nanosleep(&backoff, NULL);
	return turn;
}

void registry_turn_end(int turn)
{
	if (turn < 0)
		return;
	/* a child that another thread forked meanwhile has a copy: unlock */
	(void)flock(turn, LOCK_UN);
	(void)close(turn);
	/* made for the turn, if nothing came of it */
	for (size_t i = 0; i < REGISTRY_ROOTS; i++)
		registry_drop(roots[i]);
}
