/* SPDX-License-Identifier: MIT */
/*
 * See named_objects.h.
 */
#include "named_objects.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/naming/file_lock.h"
#include "impls/core/naming/registry_folder.h"

const struct ipcm_access make_or_open = IPCM_ACCESS_INIT;
const struct ipcm_access open_only = {0, 0};
const struct ipcm_access make_only = {
	IPCM_ACCESS_CREATE | IPCM_ACCESS_EXCLUSIVE, 0600};

static uint8_t large[LARGE_BYTES + 16];

const char *name_of(const char *what, char name[NAME_BYTES])
{
	static long run;

	if (!run)
		run = (long)getpid();
	(void)snprintf(name, NAME_BYTES, "t%ld.%s", run, what);
	return name;
}

bool has_names(const struct ipcm_backend *backend)
{
	return backend->capabilities & IPCM_CAP_NAMED;
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
		CHECK_IS(ipcm_queue_put(object, &number, 8, HANG), IPCM_OK);
		CHECK_IS(ipcm_queue_get(object, &got, 8, HANG, NULL), IPCM_OK);
		CHECK(got == number);
		break;
	case LOCK:
		CHECK_IS(ipcm_lock_acquire(object, HANG), IPCM_OK);
		CHECK_IS(ipcm_lock_release(object), IPCM_OK);
		break;
	case SEMAPHORE:
		CHECK_IS(ipcm_semaphore_acquire(object, HANG), IPCM_OK);
		CHECK_IS(ipcm_semaphore_release(object), IPCM_OK);
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

unsigned names_left(const char *name)
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

/* Entries of our ledger that nobody uses; those of others' runs live, or are
 * for who sees their objects (resource_ipc_namespace). */
static unsigned entries_left(void)
{
	uint64_t space = resource_ipc_namespace();
	unsigned count = 0;
	char path[320];
	struct dirent *item;
	DIR *list;

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

/* Others may be between two steps: look again for a while. */
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

/* ---- strangers ---- */

pid_t unrelated_start(const char *backend, const char *part, const char *name)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		(void)execl("/proc/self/exe", "stranger", backend, part, name,
			    (char *)NULL);
		_exit(3);
	}
	return child;
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

bool is_filled(const uint8_t *item, size_t bytes, uint32_t number)
{
	static uint8_t want[LARGE_BYTES + 16];

	fill(want, bytes, number);
	return memcmp(want, item, bytes) == 0;
}

size_t size_of(uint32_t number)
{
	return number % 7 == 3 ? LARGE_BYTES : 4 + number % 300;
}

/* Takes PUMPED items, checks them, answers each, says that it is done. */
static int part_pump(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_queue *queue, *answers;
	char other[NAME_BYTES + 8];
	size_t size;

	(void)snprintf(other, sizeof(other), "%s.back", name);
	if (!CHECK_IS(ipcm_queue_open(backend, name, &open_only, NULL, &queue),
		      IPCM_OK) ||
	    !CHECK_IS(
		    ipcm_queue_open(backend, other, &open_only, NULL, &answers),
		    IPCM_OK))
		return 1;
	for (uint32_t i = 0; i < PUMPED; i++) {
		if (!CHECK_IS(ipcm_queue_get(queue, large, sizeof(large), HANG,
					     &size),
			      IPCM_OK))
			return 1;
		CHECK(size == size_of(i) && is_filled(large, size, i));
		CHECK_IS(ipcm_queue_task_done(queue), IPCM_OK);
		CHECK_IS(ipcm_queue_put(answers, large, size, HANG), IPCM_OK);
	}
	ipcm_queue_free(queue);
	ipcm_queue_free(answers);
	return 0;
}

/* Waits for the lock, dies with it. */
static int part_lock(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_lock *lock;

	if (!CHECK_IS(ipcm_lock_open(backend, name, &open_only, &lock),
		      IPCM_OK))
		return 1;
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OK);
	(void)raise(SIGKILL);
	return 1;
}

/* Waits for a permit, gives two. */
static int part_semaphore(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_semaphore *semaphore;

	if (!CHECK_IS(ipcm_semaphore_open(backend, name, &open_only, NULL,
					  &semaphore),
		      IPCM_OK))
		return 1;
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, HANG), IPCM_OK);
	CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OK);
	CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OK);
	ipcm_semaphore_free(semaphore);
	return 0;
}

/* Puts numbered items for ever. */
static int part_producer(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_queue *queue;

	if (ipcm_queue_open(backend, name, &open_only, NULL, &queue))
		return 1;
	for (uint32_t i = 0;; i++) {
		enum ipcm_status status;

		fill(large, size_of(i), i);
		status = ipcm_queue_put(queue, large, size_of(i), HANG);
		if (!CHECK(status == IPCM_OK || status == IPCM_CLOSED) ||
		    status)
			return 1;
	}
}

/* Takes and checks items for ever. */
static int part_consumer(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_queue *queue;
	uint32_t number;
	size_t size;

	if (ipcm_queue_open(backend, name, &open_only, NULL, &queue))
		return 1;
	for (;;) {
		if (ipcm_queue_get(queue, large, sizeof(large), HANG, &size))
			return 1;
		memcpy(&number, large, 4);
		if (!CHECK(size == size_of(number) &&
			   is_filled(large, size, number)))
			return 1;
	}
}

int unrelated_main(char **argv)
{
	static const struct {
		const char *name;
		int (*play)(const struct ipcm_backend *backend,
			    const char *name);
	} parts[] = {
		{"pump", part_pump},	       {"lock", part_lock},
		{"semaphore", part_semaphore}, {"producer", part_producer},
		{"consumer", part_consumer},
	};
	const struct ipcm_backend *backend = ipcm_backend_find(argv[1]);

	check_subject(argv[1], argv[2]);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, argv[2]) == 0)
			return parts[i].play(backend, argv[3]) ||
			       check_failures();
	return 3;
}
