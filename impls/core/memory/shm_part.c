/* SPDX-License-Identifier: MIT */
/*
 * See shm_part.h. SIGKILL may interrupt every step: a file that is longer than
 * needed, and pages that no process counts on, do no harm.
 */
#include "shm_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "shm_map.h"

/* Where a byte of a part lies in the file, and how many follow it there. */
struct extent {
	uint64_t file_offset;
	uint64_t bytes;
};

static struct extent extent_of(const struct shm_part *part, uint64_t offset)
{
	uint64_t first = 0, size = SHM_PART_STEP;

	while (offset >= first + size) {
		first += size;
		size = first;
	}
	return (struct extent){part->base + part->count * first +
				       part->index * size + (offset - first),
			       first + size - offset};
}

/* The part has this size if it is to have so many bytes. */
static uint64_t part_size(uint64_t bytes)
{
	uint64_t size = SHM_PART_STEP;

	while (size < bytes)
		size *= 2;
	return size;
}

/* The length of the file in which each part has this size. */
static uint64_t file_length(const struct shm_part *part, uint64_t size)
{
	return part->base + part->count * size;
}

/* The length of the file, if it is the one that was opened. */
static enum ipcm_status look_at_file(const struct shm_part *part,
				     uint64_t *ret_length)
{
	struct stat info;

	if (fstat(part->fd, &info))
		return status_from_errno(errno);
	if (info.st_dev != part->device || info.st_ino != part->inode)
		return IPCM_SYSTEM;
	*ret_length = (uint64_t)info.st_size;
	return IPCM_OK;
}

enum ipcm_status shm_part_open(struct shm_part *part, int fd, uint64_t base,
			       unsigned count, unsigned index)
{
	struct stat info;

	if (fstat(fd, &info))
		return status_from_errno(errno);
	*part = (struct shm_part){fd,	 base,	      count,
				  index, info.st_dev, info.st_ino};
	return IPCM_OK;
}

enum ipcm_status shm_part_lengthen(const struct shm_part *part, uint64_t bytes)
{
	uint64_t length, need = file_length(part, part_size(bytes));
	enum ipcm_status status = look_at_file(part, &length);

	if (status || length >= need)
		return status;
	return shm_map_lengthen(part->fd, need);
}

enum ipcm_status shm_part_check(const struct shm_part *part, uint64_t bytes)
{
	uint64_t length;
	enum ipcm_status status = look_at_file(part, &length);

	if (status)
		return status;
	return file_length(part, part_size(bytes)) > length ? IPCM_CORRUPT
							    : IPCM_OK;
}

enum ipcm_status shm_part_allocate(const struct shm_part *part, uint64_t from,
				   uint64_t to)
{
	enum ipcm_status status = shm_part_lengthen(part, to);

	while (!status && from < to) {
		struct extent extent = extent_of(part, from);

		if (extent.bytes > to - from)
			extent.bytes = to - from;
		status = shm_map_reserve(part->fd, extent.file_offset,
					 (size_t)extent.bytes);
		from += extent.bytes;
	}
	return status;
}

void shm_part_punch(const struct shm_part *part, uint64_t from, uint64_t to)
{
	uint64_t length;

	if (from >= to || look_at_file(part, &length))
		return;
	while (from < to) {
		struct extent extent = extent_of(part, from);

		if (extent.bytes > to - from)
			extent.bytes = to - from;
		/* a failure only keeps memory a little longer */
		(void)fallocate(part->fd,
				FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)extent.file_offset, (off_t)extent.bytes);
		from += extent.bytes;
	}
}

/*
 * Without access rights at first: a process that has locked its future memory
 * (mlockall) would allocate all pages of a mapping that it may read. They are
 * locked when they are touched.
 */
static bool map_extents(const struct shm_part *part, uint8_t *place,
			uint64_t size)
{
	for (uint64_t at = 0; at < size;) {
		struct extent extent = extent_of(part, at);

		if (extent.bytes > size - at)
			extent.bytes = size - at;
		if (mmap(place + at, (size_t)extent.bytes, PROT_NONE,
			 MAP_SHARED | MAP_FIXED, part->fd,
			 (off_t)extent.file_offset) == MAP_FAILED)
			return false;
		at += extent.bytes;
	}
	/* a core file would contain the holes, as zeroes */
	(void)madvise(place, (size_t)size, MADV_DONTDUMP);
	return !mprotect(place, (size_t)size, PROT_READ | PROT_WRITE);
}

enum ipcm_status shm_view_extend(struct shm_view *view,
				 const struct shm_part *part, uint64_t bytes)
{
	const struct shm_view old = *view;
	uint64_t size = part_size(bytes);
	enum ipcm_status status = shm_part_check(part, bytes);
	uint8_t *place;

	if (status)
		return status;
	place = mmap(NULL, (size_t)size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (place == MAP_FAILED)
		return status_from_errno(errno);
	if (!map_extents(part, place, size)) {
		status = status_from_errno(errno);
		(void)munmap(place, (size_t)size);
		return status;
	}
	/* a thread may fork here, without the lock: in the child the view must
	 * be mapped. The old one is unmapped last, the length is stored last.
	 */
	view->base = place;
	atomic_signal_fence(memory_order_seq_cst);
	view->bytes = size;
	atomic_signal_fence(memory_order_seq_cst);
	if (old.base)
		(void)munmap(old.base, (size_t)old.bytes);
	return IPCM_OK;
}

void shm_view_close(struct shm_view *view)
{
	if (view->base)
		(void)munmap(view->base, (size_t)view->bytes);
	*view = (struct shm_view){NULL, 0};
}
