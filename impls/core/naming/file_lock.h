/* SPDX-License-Identifier: MIT */
/*
 * Locks on single bytes of a file that say who lives: OFD locks (fcntl(2)),
 * which belong to the open file, not to the process, and which the kernel drops
 * with its last descriptor, SIGKILL included.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_FILE_LOCK_H
#define IPCMARK_IMPLS_CORE_NAMING_FILE_LOCK_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/** Which byte means what; the same in each file. */
enum lock_byte {
	LOCK_USERS, /**< shared by all users; exclusive: nobody lives */
	LOCK_NAME,  /**< exclusive while the file's name is being removed */
	LOCK_ENTER, /**< exclusive while somebody becomes a user */
};

/** F_RDLCK, F_WRLCK or F_UNLCK, now; false if others are in the way. */
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

/** F_WRLCK, in time; the holder may have been stopped, so never for ever. */
bool file_lock_wait(int fd, enum lock_byte byte, int64_t spin_budget_ns);

/** What file_join found. */
enum file_state {
	FILE_ALIVE, /**< it has users, and we are one now: LOCK_USERS shared */
	FILE_DEAD,  /**< it has none; we hold LOCK_USERS exclusively */
	FILE_LEAVING, /**< somebody is removing it; no lock */
};

/**
 * Become a user of a file that others made. Exact: FILE_ALIVE only if another
 * user was there while our descriptor was open, so that what lives in the
 * descriptors, a FIFO's bytes, went on living.
 */
enum file_state file_join(int fd);

#endif
