/* SPDX-License-Identifier: MIT */
/*
 * See named_objects.h.
 */
#include "named_objects.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/naming/file_lock.h"
#include "impls/core/naming/registry_folder.h"

const struct ipcm_access make_or_open = IPCM_ACCESS_INIT;
const struct ipcm_access open_only = {0, 0};
const struct ipcm_access make_only = {
	IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE, 0600};

const char *name_of(const char *what, char name[NAME_BYTES])
{
	static long run;

	if (!run)
		run = (long)getpid();
	(void)snprintf(name, NAME_BYTES, "t%ld.%s", run, what);
	return name;
}

/* ---- any kind ---- */

enum ipcm_status open_any(const struct ipcm_backend *backend, enum kind kind,
			  const char *name, const struct ipcm_access *access,
			  void **ret_object)
{
	struct ipcm_queue *queue = NULL;
	struct ipcm_lock *lock = NULL;
	struct ipcm_semaphore *semaphore = NULL;
	enum ipcm_status status = IPCM_INVALID;

	switch (kind) {
	case QUEUE:
		status = ipcm_queue_open(backend, name, access, NULL, &queue);
		*ret_object = queue;
		break;
	case LOCK:
		status = ipcm_lock_open(backend, name, access, &lock);
		*ret_object = lock;
		break;
	case SEMAPHORE:
		status = ipcm_semaphore_open(backend, name, access, NULL,
					     &semaphore);
		*ret_object = semaphore;
		break;
	case KINDS:
		break;
	}
	return status;
}

void free_any(enum kind kind, void *object)
{
	if (kind == QUEUE)
		ipcm_queue_free(object);
	else if (kind == LOCK)
		ipcm_lock_free(object);
	else
		ipcm_semaphore_free(object);
}

void use_any(enum kind kind, void *object)
{
	uint64_t number = 42, got = 0;

	switch (kind) {
	case QUEUE:
		CHECK_OK(ipcm_queue_put(object, &number, 8, HANG));
		CHECK_OK(ipcm_queue_get(object, &got, 8, HANG, NULL));
		CHECK(got == number);
		break;
	case LOCK:
		CHECK_OK(ipcm_lock_acquire(object, HANG));
		CHECK_OK(ipcm_lock_release(object));
		break;
	case SEMAPHORE:
		CHECK_OK(ipcm_semaphore_acquire(object, HANG));
		CHECK_OK(ipcm_semaphore_release(object));
		break;
	case KINDS:
		break;
	}
}

enum ipcm_status try_any(const struct ipcm_backend *backend, enum kind kind,
			 const char *name, const struct ipcm_access *access)
{
	void *object = NULL;
	enum ipcm_status status =
		open_any(backend, kind, name, access, &object);

	if (CHECK(!status == (object != NULL)) && object)
		free_any(kind, object);
	return status;
}

/* ---- leftovers ---- */

/* Files of this name in the roots. */
static unsigned names_left(const char *name)
{
	static const char *const roots[] = {"/dev/shm", "/tmp"};
	unsigned count = 0;

	for (int i = 0; i < 2; i++) {
		DIR *list = opendir(roots[i]);
		struct dirent *item;

		while (list && (item = readdir(list)))
			count += strstr(item->d_name, name) != NULL;
		if (list)
			(void)closedir(list);
	}
	return count;
}

/* Entries of our registry without a user; those of other runs live, or are
 * for a process that sees their objects (resource_ipc_namespace). */
static unsigned entries_left(void)
{
	unsigned count = 0;
	uint64_t space;
	char path[320];
	struct dirent *item;
	DIR *list;

	CHECK(resource_ipc_namespace(&space));
	(void)snprintf(path, sizeof(path), "/dev/shm/ipcmark-%u",
		       (unsigned)geteuid());
	list = opendir(path);
	while (list && (item = readdir(list))) {
		enum resource_kind kind;
		uint32_t key;
		int fd;

		if (!registry_file_parse(item->d_name, space, &kind, &key))
			continue;
		(void)snprintf(path, sizeof(path), "/dev/shm/ipcmark-%u/%s",
			       (unsigned)geteuid(), item->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		count += file_lock(fd, LOCK_USERS, F_WRLCK);
		(void)close(fd);
	}
	if (list)
		(void)closedir(list);
	return count;
}

/* Another process may be between two steps: look again for a while. */
void expect_nothing_left(const char *name)
{
	unsigned left = 1;

	for (int i = 0; i < 20 && left; i++) {
		if (i)
			pause_ms(50);
		(void)ipcm_collect();
		left = entries_left() + names_left(name);
	}
	CHECK(left == 0);
}

void fill(uint8_t *item, size_t bytes, uint32_t number)
{
	uint32_t state = number * 2654435761u + 1;

	memset(item, 0, bytes);
	memcpy(item, &number, bytes < 4 ? bytes : 4);
	for (size_t i = 4; i + 4 <= bytes; i += 4093) {
		uint32_t word = random_next(&state);

		memcpy(item + i, &word, 4);
	}
}
