/* SPDX-License-Identifier: MIT */
/*
 * memfd_create(2) is refused, as by a seccomp filter: every back-end works all
 * the same, with large items and ends that unrelated processes pass, too.
 * Where no file can stand for it either, a create says so by one code and
 * leaves nothing. A kernel that wants MFD_NOEXEC_SEAL, and one that does not
 * know it, both give a memfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/memory/shm_file.h"
#include "impls/core/memory/shm_map.h"
#include "impls/testkit/listener_support.h"
#include "impls/testkit/named_objects.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

/* ---- the two calls, as the linker hands them to the library (--wrap) ---- */

static int refusal; /* of all memfds: an errno; 0: none */
static unsigned flags_demanded, flags_unknown;
static int file_refusal; /* of files without a name */

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_memfd_create(const char *name, unsigned flags)
{
	errno = refusal;
	if (flags & flags_unknown)
		errno = EINVAL;
	else if ((flags & flags_demanded) != flags_demanded)
		errno = EACCES;
	return errno ? -1 : __real_memfd_create(name, flags);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	if ((flags & O_TMPFILE) == O_TMPFILE && file_refusal) {
		errno = file_refusal;
		return -1;
	}
	return __real_open(path, flags, mode);
}

/* ---- what must work ---- */

static uint8_t sent[LARGE_BYTES], got[LARGE_BYTES];

static int put_items(void *argument)
{
	CHECK_OK(ipcm_queue_put(argument, "small", 6, HANG));
	CHECK_OK(ipcm_queue_put(argument, sent, sizeof(sent), HANG));
	return 0;
}

static void queue_works(const struct ipcm_backend *backend)
{
	struct ipcm_process *child;
	struct ipcm_queue *queue;
	size_t bytes = 0;

	if (!CHECK_OK(ipcm_queue_create(backend, NULL, &queue)))
		return;
	child = child_start(put_items, queue);
	CHECK_OK(ipcm_queue_get(queue, got, sizeof(got), HANG, &bytes));
	CHECK(bytes == 6 && !strcmp((const char *)got, "small"));
	CHECK_OK(ipcm_queue_get(queue, got, sizeof(got), HANG, &bytes));
	CHECK(bytes == sizeof(sent) && !memcmp(got, sent, bytes));
	CHECK(child_ok(child));
	ipcm_queue_free(queue);
}

static void lock_works(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock;

	if (!backend->lock || !CHECK_OK(ipcm_lock_create(backend, &lock)))
		return;
	use_any(LOCK, lock);
	ipcm_lock_free(lock);
}

static void works(const struct ipcm_backend *backend)
{
	static const int errors[] = {ENOSYS, EPERM, EACCES};

	fill(sent, sizeof(sent), 1);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		refusal = errors[i];
		queue_works(backend);
		/* the ends' memory comes from another process */
		message_arrives(
			(struct client){backend, "key", sent, sizeof(sent)},
			got);
		lock_works(backend);
	}
	refusal = 0;
}

/* ---- what must be refused ---- */

static void refused(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = NULL;

	file_refusal = EOPNOTSUPP;
	refusal = ENOSYS;
	CHECK_IS(ipcm_queue_create(backend, NULL, &queue), IPCM_NOTSUP);
	refusal = EPERM;
	CHECK_IS(ipcm_queue_create(backend, NULL, &queue), IPCM_PERM);
	CHECK(!queue);
	/* used up is not refused */
	file_refusal = 0;
	refusal = EMFILE;
	CHECK_IS(ipcm_queue_create(backend, NULL, &queue), IPCM_LIMIT);
	refusal = 0;
}

/* ---- the file itself ---- */

static bool is_memfd(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && !(seals & F_SEAL_SEAL);
}

static void flags_of_kernels(void)
{
	int fd = -1;

	flags_demanded = MFD_NOEXEC_SEAL;
	CHECK_OK(shm_file_create(&fd));
	CHECK(is_memfd(fd));
	(void)close(fd);
	flags_demanded = 0;
	flags_unknown = MFD_NOEXEC_SEAL;
	CHECK_OK(shm_file_create(&fd));
	CHECK(is_memfd(fd));
	CHECK_OK(shm_file_seal(fd, F_SEAL_SHRINK | F_SEAL_SEAL));
	CHECK(shm_file_keeps_its_size(fd));
	(void)close(fd);
	flags_unknown = 0;
}

/* It has no name, and gets none; from others only who must takes it. */
static void file_in_place(void)
{
	struct stat info;
	void *memory;
	int fd = -1;

	refusal = EPERM;
	CHECK_OK(shm_file_create(&fd));
	CHECK(!is_memfd(fd) && !fstat(fd, &info) && info.st_nlink == 0);
	CHECK_OK(shm_file_seal(fd, F_SEAL_SHRINK | F_SEAL_SEAL));
	CHECK_OK(shm_map_reserve(fd, 0, 4096));
	CHECK_OK(shm_map_adopt(fd, 4096, &memory));
	shm_map_destroy(memory, 4096);
	CHECK_IS(shm_map_adopt(fd, 8192, &memory), IPCM_CORRUPT);
	refusal = 0;
	CHECK_IS(shm_map_adopt(fd, 4096, &memory), IPCM_CORRUPT);
	(void)close(fd);
}

int main(void)
{
	check_subject("memory", "memfd");
	flags_of_kernels();
	file_in_place();
	each_backend(NEEDS_QUEUE, "works", works);
	each_backend(NEEDS_QUEUE, "refused", refused);
	return check_failures() ? 1 : 0;
}
