/* SPDX-License-Identifier: MIT */
/*
 * Locks on single bytes of a file, which tell whether it has users: OFD locks
 * (fcntl(2)). They belong to the open file, not to the process, and the kernel
 * drops them with its last descriptor, SIGKILL included.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_FILE_LOCK_H
#define IPCMARK_IMPLS_CORE_NAMING_FILE_LOCK_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/** The meaning of each byte, the same in every file. */
enum lock_byte {
	LOCK_USERS, /**< shared by all users; exclusive: there are none */
	LOCK_NAME,  /**< exclusive while the file's name is being removed */
	LOCK_ENTER, /**< exclusive while a process becomes a user */
};

/** F_RDLCK, F_WRLCK or F_UNLCK, now; false if another lock conflicts. */
static inline bool file_lock(int fd, enum lock_byte byte, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)byte,
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/** F_WRLCK within a time limit: the holder may have been stopped. */
bool file_lock_wait(int fd, enum lock_byte byte, int64_t spin_budget_ns);

/** What file_join found. */
enum file_state {
	FILE_ALIVE,   /**< it has users, this process too: LOCK_USERS shared */
	FILE_DEAD,    /**< it has none; this process holds LOCK_USERS alone */
	FILE_LEAVING, /**< another process is removing it; no lock */
	FILE_UNKNOWN, /**< no lock, because of errno (ENOLCK) */
};

/**
 * Become a user of an existing file. Exact: FILE_ALIVE only if another user
 * had it open at the same time as this process, so that what the kernel keeps
 * with the descriptors, such as the bytes in a FIFO, was never lost.
 */
enum file_state file_join(int fd);

#endif
