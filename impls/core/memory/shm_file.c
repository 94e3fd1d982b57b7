/* SPDX-License-Identifier: MIT */
#include "shm_file.h"
#include "impls/core/errno_status.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.3: never executable, which vm.memfd_noexec=2 demands. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

static int memfd_open(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("ipcmark", flags | MFD_NOEXEC_SEAL);

	/* the kernel does not know the flag */
	return fd < 0 && errno == EINVAL ? memfd_create("ipcmark", flags) : fd;
}

static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS;
}

/* A file that has no name, and can get none; -1. */
static int unnamed_open(void)
{
	static const char *const folders[] = {"/dev/shm", "/tmp"};
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < sizeof(folders) / sizeof(folders[0]);
	     i++)
		fd = open(folders[i], O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC,
			  0600);
	return fd;
}

enum ipcm_status shm_file_create(int *ret_fd)
{
	int fd = memfd_open();
	int error = errno;

	if (fd < 0 && is_refusal(error))
		fd = unnamed_open();
	if (fd < 0)
		return status_from_errno(error);
	*ret_fd = fd;
	return IPCM_OK;
}

/* A file on tmpfs has F_SEAL_SEAL from the begin on; others have no seals. */
static bool can_be_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && !(seals & F_SEAL_SEAL);
}

enum ipcm_status shm_file_seal(int fd, int seals)
{
	if (!can_be_sealed(fd))
		return IPCM_OK;
	return fcntl(fd, F_ADD_SEALS, seals) ? status_from_errno(errno)
					     : IPCM_OK;
}

static bool memfds_are_refused(void)
{
	int fd = memfd_open();

	if (fd < 0)
		return is_refusal(errno);
	(void)close(fd);
	return false;
}

bool shm_file_keeps_its_size(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return (seals >= 0 && seals & F_SEAL_SHRINK) || memfds_are_refused();
}
