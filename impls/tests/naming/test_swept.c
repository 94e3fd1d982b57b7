/* SPDX-License-Identifier: MIT */
/*
 * A cleaner (tmpreaper, systemd-logind, a cron job) removes the library's files
 * from /dev/shm while objects are in use, on every back-end: their users go on
 * with them, who opens a name makes a new object, and whoever frees the last
 * handle leaves no System V id, queue name or file behind.
 *
 * Exit code 77 where namespaces of one's own are not allowed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/naming/registry_folder.h"
#include "impls/testkit/ipc_namespace.h"
#include "impls/testkit/named_objects.h"

#define ROOT	      "/dev/shm"
#define SHM_KILOBYTES 32768

/* One back-end's objects of all kinds, without a name and with one. */
struct objects {
	const struct ipcm_backend *backend;
	void *unnamed[KINDS];
	void *named[KINDS];
};

static const char *const names[KINDS] = {"swept-q", "swept-l", "swept-s"};

static enum ipcm_status create_any(const struct ipcm_backend *backend,
				   enum kind kind, void **ret_object)
{
	struct ipcm_queue *queue = NULL;
	struct ipcm_lock *lock = NULL;
	struct ipcm_semaphore *semaphore = NULL;
	enum ipcm_status status = IPCM_INVALID;

	if (kind == QUEUE) {
		status = ipcm_queue_create(backend, NULL, &queue);
		*ret_object = queue;
	} else if (kind == LOCK) {
		status = ipcm_lock_create(backend, &lock);
		*ret_object = lock;
	} else {
		status = ipcm_semaphore_create(backend, NULL, &semaphore);
		*ret_object = semaphore;
	}
	return status;
}

static bool has_names(const struct ipcm_backend *backend)
{
	return backend->capabilities & IPCM_CAP_NAMED;
}

static void make(struct objects *objects)
{
	for (enum kind kind = 0; kind < KINDS; kind++) {
		if (!CHECK_OK(create_any(objects->backend, kind,
					 &objects->unnamed[kind])))
			exit(1);
		if (has_names(objects->backend) &&
		    !CHECK_OK(open_any(objects->backend, kind, names[kind],
				       &make_only, &objects->named[kind])))
			exit(1);
	}
}

static void use(const struct objects *objects)
{
	for (enum kind kind = 0; kind < KINDS; kind++) {
		use_any(kind, objects->unnamed[kind]);
		if (objects->named[kind])
			use_any(kind, objects->named[kind]);
	}
}

static void release(const struct objects *objects)
{
	for (enum kind kind = 0; kind < KINDS; kind++) {
		free_any(kind, objects->unnamed[kind]);
		if (objects->named[kind])
			free_any(kind, objects->named[kind]);
	}
}

static int use_and_release(void *argument)
{
	use(argument);
	release(argument);
	return 0;
}

static int use_and_die(void *argument)
{
	use(argument);
	(void)argument;
	_exit(check_failures() != 0);
}

/* Remove the files of a folder whose names begin like this. */
static void sweep_folder(const char *path, const char *begin)
{
	DIR *list = opendir(path);
	struct dirent *item;

	if (!list)
		return;
	while ((item = readdir(list)))
		if (item->d_name[0] != '.' &&
		    !strncmp(item->d_name, begin, strlen(begin)))
			(void)unlinkat(dirfd(list), item->d_name, 0);
	(void)closedir(list);
}

/* The folder only, or the names above it, too. */
static void sweep(bool names_too)
{
	char folder[REGISTRY_DIRECTORY_BYTES];

	registry_directory(ROOT, geteuid(), folder);
	sweep_folder(folder, "");
	CHECK(!rmdir(folder) || errno == ENOENT);
	if (names_too)
		sweep_folder(ROOT, "ipcmark.");
}

/* What a name leads to after the sweep is new, and works. */
static void open_again(const struct objects *objects)
{
	uint64_t number = 7;

	if (!has_names(objects->backend))
		return;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		void *again = NULL;

		if (kind == QUEUE)
			CHECK_OK(ipcm_queue_put(objects->named[kind], &number,
						sizeof(number), HANG));
		if (!CHECK_OK(open_any(objects->backend, kind, names[kind],
				       &make_or_open, &again)))
			exit(1);
		use_any(kind, again);
		free_any(kind, again);
		if (kind == QUEUE)
			CHECK_OK(ipcm_queue_get(objects->named[kind], &number,
						sizeof(number), HANG, NULL));
	}
	CHECK(number == 7);
}

struct way {
	bool names_too;
	bool again; /* the names are opened again */
	bool parent_last;
};

static void run_one(const struct ipcm_backend *backend, const struct way *way)
{
	struct objects objects = {.backend = backend};
	unsigned before = ipc_namespace_objects();
	struct ipcm_process *child;

	make(&objects);
	sweep(way->names_too);
	use(&objects);
	if (way->again)
		open_again(&objects);
	/* a collector sees no entry, and a user's end does not end the object
	 */
	CHECK(child_ok(child_start(use_and_die, &objects)));
	(void)ipcm_collect();
	use(&objects);
	child = child_start(use_and_release, &objects);
	if (way->parent_last)
		CHECK(child_ok(child));
	use(&objects);
	release(&objects);
	if (!way->parent_last)
		CHECK(child_ok(child));
	CHECK(ipc_namespace_objects() == before, "%u objects are left",
	      ipc_namespace_objects() - before);
	expect_nothing_left("swept");
}

static void swept(const struct ipcm_backend *backend)
{
	static const struct way ways[] = {
		{false, false, true}, {true, false, true},  {false, true, true},
		{true, true, false},  {true, false, false},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		run_one(backend, &ways[i]);
}

int main(void)
{
	if (!ipc_namespace_enter(SHM_KILOBYTES)) {
		printf("skip: no namespaces of one's own here\n");
		return 77;
	}
	each_backend(NEEDS_QUEUE, "swept", swept);
	return check_failures() ? 1 : 0;
}
