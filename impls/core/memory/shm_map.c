/* SPDX-License-Identifier: MIT */
/*
 * Shared memory. posix_fallocate and not ftruncate alone: when memory is full
 * ftruncate succeeds and the first access is SIGBUS. The seals stop a user of
 * the memory from truncating it while other processes use it. A file cannot be
 * sealed, so a process that may write to a named object is trusted that far;
 * and so are all users where memfd_create is refused, see shm_file.h.
 */
#include "shm_map.h"
#include "shm_file.h"
#include "impls/core/errno_status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESERVE_PIECE ((size_t)1 << 20)

bool shm_map_size_allowed(size_t bytes)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) ||
	       limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur;
}

size_t shm_map_round(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

static enum ipcm_status map_flags(int flags, int fd, uint64_t offset,
				  size_t bytes, void **ret_memory)
{
	void *memory = mmap(NULL, shm_map_round(bytes), PROT_READ | PROT_WRITE,
			    flags, fd, (off_t)offset);

	if (memory == MAP_FAILED)
		return status_from_errno(errno);
	*ret_memory = memory;
	return IPCM_OK;
}

static enum ipcm_status map(int fd, uint64_t offset, size_t bytes,
			    void **ret_memory)
{
	return map_flags(MAP_SHARED, fd, offset, bytes, ret_memory);
}

enum ipcm_status shm_map_create_inherited(size_t bytes, void **ret_memory)
{
	return map_flags(MAP_SHARED | MAP_ANONYMOUS, -1, 0, bytes, ret_memory);
}

enum ipcm_status shm_map_create_sparse(size_t bytes, void **ret_memory)
{
	size_t size = shm_map_round(bytes);
	/* no access rights at first: see map_extents in shm_part.c */
	void *memory =
		mmap(NULL, size, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return status_from_errno(errno);
	if (mprotect(memory, size, PROT_READ | PROT_WRITE)) {
		int error = errno;

		(void)munmap(memory, size);
		return status_from_errno(error);
	}
	(void)madvise(memory, size, MADV_DONTDUMP);
	*ret_memory = memory;
	return IPCM_OK;
}

enum ipcm_status shm_map_lengthen(int fd, uint64_t bytes)
{
	struct stat info;

	if (fstat(fd, &info))
		return status_from_errno(errno);
	if ((uint64_t)info.st_size >= bytes)
		return IPCM_OK;
	if (!shm_map_size_allowed((size_t)bytes))
		return IPCM_LIMIT;
	while (ftruncate(fd, (off_t)bytes))
		if (errno != EINTR)
			return status_from_errno(errno);
	return IPCM_OK;
}

enum ipcm_status shm_map_seal_growing(int fd)
{
	return shm_file_seal(fd, F_SEAL_SHRINK | F_SEAL_SEAL);
}

enum ipcm_status shm_map_create_kept(size_t bytes, void **ret_memory,
				     int *ret_fd)
{
	size_t size = shm_map_round(bytes);
	enum ipcm_status status;
	int fd = -1;

	if (!shm_map_size_allowed(size))
		return IPCM_LIMIT;
	status = shm_file_create(&fd);
	if (status)
		return status;
	status = shm_map_reserve(fd, 0, size);
	if (!status)
		status = shm_file_seal(fd, F_SEAL_SHRINK | F_SEAL_GROW |
						   F_SEAL_SEAL);
	if (!status)
		status = map(fd, 0, bytes, ret_memory);
	if (status)
		(void)close(fd);
	else
		*ret_fd = fd;
	return status;
}

/*
 * A signal handler ends the system call, and what it has allocated is freed
 * (tmpfs). So it is made in pieces, smaller after each signal, or a timer could
 * keep it from ever ending.
 */
enum ipcm_status shm_map_reserve(int fd, uint64_t offset, size_t bytes)
{
	size_t most = RESERVE_PIECE, least = shm_map_round(1);

	if (!shm_map_size_allowed((size_t)offset + bytes))
		return IPCM_LIMIT;
	while (bytes) {
		size_t piece = bytes < most ? bytes : most;
		int error = posix_fallocate(fd, (off_t)offset, (off_t)piece);

		if (error && error != EINTR)
			return status_from_errno(error);
		if (error) {
			most = most / 2 > least ? most / 2 : least;
			continue;
		}
		offset += piece;
		bytes -= piece;
	}
	return IPCM_OK;
}

enum ipcm_status shm_map_file(int fd, uint64_t offset, size_t bytes,
			      bool create, void **ret_memory)
{
	enum ipcm_status status =
		create ? shm_map_reserve(fd, offset, shm_map_round(bytes))
		       : IPCM_OK;

	return status ? status : map(fd, offset, bytes, ret_memory);
}

enum ipcm_status shm_map_create(size_t bytes, void **ret_memory)
{
	int fd = -1;
	enum ipcm_status status = shm_map_create_kept(bytes, ret_memory, &fd);

	if (!status)
		(void)close(fd); /* the mapping keeps the memory */
	return status;
}

enum ipcm_status shm_map_mirror(int fd, uint64_t offset, size_t head,
				size_t body, void **ret_memory)
{
	const int flags = MAP_SHARED | MAP_FIXED;
	size_t bytes = head + body;
	uint8_t *place =
		mmap(NULL, bytes + body, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (place == MAP_FAILED)
		return status_from_errno(errno);
	/* no access rights at first: see map_extents in shm_part.c */
	if (mmap(place, bytes, PROT_NONE, flags, fd, (off_t)offset) ==
		    MAP_FAILED ||
	    mmap(place + bytes, body, PROT_NONE, flags, fd,
		 (off_t)(offset + head)) == MAP_FAILED ||
	    mprotect(place, bytes + body, PROT_READ | PROT_WRITE)) {
		error = errno;
		(void)munmap(place, bytes + body);
		return status_from_errno(error);
	}
	/* payload, and pages that need not exist yet */
	(void)madvise(place + head, 2 * body, MADV_DONTDUMP);
	*ret_memory = place;
	return IPCM_OK;
}

enum ipcm_status shm_map_adopt(int fd, size_t bytes, void **ret_memory)
{
	struct stat info;

	/* it could be truncated after this check otherwise */
	if (!shm_file_keeps_its_size(fd))
		return IPCM_CORRUPT;
	if (fstat(fd, &info))
		return status_from_errno(errno);
	if ((uint64_t)info.st_size < shm_map_round(bytes))
		return IPCM_CORRUPT;
	return map(fd, 0, bytes, ret_memory);
}

void shm_map_destroy(void *memory, size_t bytes)
{
	if (memory)
		(void)munmap(memory, shm_map_round(bytes));
}
