/* SPDX-License-Identifier: MIT */
/*
 * Anonymous shared memory. posix_fallocate and not ftruncate alone: on a full
 * memory ftruncate succeeds and the first touch is SIGBUS. The seals keep a
 * user of the memory from taking pages away under another one's feet.
 */
#include "common/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum ipcm_status status_from_errno(int error)
{
	switch (error) {
	case 0:
		return IPCM_OK;
	case EMFILE:
	case ENFILE:
	case EFBIG:
	case EDQUOT:
	case EAGAIN:
		return IPCM_LIMIT;
	case ENOSPC: /* msgget: the system-wide limit of ids (msgget(2)) */
	case ENOMEM:
		return IPCM_NOMEM;
	case EACCES:
	case EPERM:
		return IPCM_PERM;
	case ENOSYS:
	case EOPNOTSUPP:
		return IPCM_NOTSUP;
	case EEXIST:
		return IPCM_EXISTS;
	case ENOENT:
		return IPCM_NOTFOUND;
	case EIDRM:
		return IPCM_REMOVED;
	default:
		return IPCM_INVALID;
	}
}

bool segment_size_allowed(size_t bytes)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) ||
	       limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur;
}

static size_t whole_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

enum ipcm_status segment_create(size_t bytes, void **ret_memory)
{
	size_t size = whole_pages(bytes);
	int error = 0;
	void *memory;
	int fd;

	if (!segment_size_allowed(size))
		return IPCM_LIMIT;
	fd = memfd_create("ipcmark", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return status_from_errno(errno);
	error = posix_fallocate(fd, 0, (off_t)size);
	if (error)
		goto close_fd;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		error = errno;
		goto close_fd;
	}
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		error = errno;
close_fd:
	(void)close(fd); /* the mapping keeps the memory */
	if (error)
		return status_from_errno(error);
	*ret_memory = memory;
	return IPCM_OK;
}

void segment_destroy(void *memory, size_t bytes)
{
	if (memory)
		(void)munmap(memory, whole_pages(bytes));
}
