/* SPDX-License-Identifier: MIT */
/*
 * Names as links. "Does it still lead to this file?" and "remove it" are two
 * steps, so a process that removes a name holds LOCK_NAME of the file that the
 * name leads to. Between the steps no other process can remove the name, and an
 * existing name cannot come to lead elsewhere: link(2) refuses, and the library
 * never renames.
 */
#include "named_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "file_lock.h"
#include "impls/core/errno_status.h"

/* LOCK_NAME is held for two system calls; longer only by a stopped process. */
#define SPIN_BUDGET_NS (500 * NS_PER_MS)

static bool character_is_legal(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool name_is_legal(const char *name)
{
	size_t length = 0;

	if (!name || name[0] == '.' || name[0] == '-')
		return false;
	while (name[length]) {
		if (length == IPCM_NAME_MAX ||
		    !character_is_legal(name[length]))
			return false;
		length++;
	}
	return length > 0;
}

void name_path(const char *root, const char *backend, const char *name,
	       char path[NAMED_PATH_BYTES])
{
	(void)snprintf(path, NAMED_PATH_BYTES, "%s/ipcmark.%s.%s", root,
		       backend, name);
}

enum ipcm_status name_check_at(int folder, const char *path, int fd)
{
	struct stat there, here;

	if (fstatat(folder, path, &there, AT_SYMLINK_NOFOLLOW) ||
	    fstat(fd, &here))
		return status_from_errno(errno);
	return there.st_dev == here.st_dev && there.st_ino == here.st_ino
		       ? IPCM_OK
		       : IPCM_NOTFOUND;
}

enum ipcm_status name_check(const char *path, int fd)
{
	return name_check_at(AT_FDCWD, path, fd);
}

bool name_leads_to_at(int folder, const char *path, int fd)
{
	return name_check_at(folder, path, fd) == IPCM_OK;
}

bool name_leads_to(const char *path, int fd)
{
	return name_leads_to_at(AT_FDCWD, path, fd);
}

enum ipcm_status name_remove(const char *path, int fd)
{
	enum ipcm_status status = name_check(path, fd);

	if (status)
		return status;
	if (!file_lock_wait(fd, LOCK_NAME, SPIN_BUDGET_NS))
		return IPCM_LIMIT;
	status = name_check(path, fd);
	if (!status)
		status = unlink(path) ? status_from_errno(errno) : IPCM_OK;
	(void)file_lock(fd, LOCK_NAME, F_UNLCK);
	return status;
}

enum ipcm_status named_header_read(int fd, struct named_header *ret_header)
{
	struct named_header header;
	ssize_t bytes = pread(fd, &header, sizeof(header), 0);

	if (bytes < 0)
		return status_from_errno(errno);
	if (bytes != sizeof(header) || header.magic != NAMED_MAGIC ||
	    header.version != NAMED_VERSION ||
	    !memchr(header.backend, '\0', sizeof(header.backend)) ||
	    !memchr(header.name, '\0', sizeof(header.name)) ||
	    !name_is_legal(header.backend) || !name_is_legal(header.name))
		return IPCM_INVALID;
	*ret_header = header;
	return IPCM_OK;
}
