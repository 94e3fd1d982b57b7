/* SPDX-License-Identifier: MIT */
/*
 * Joining the users of a file. A shared lock alone does not prove that there
 * are other users: the last one may have died a moment ago, and of two
 * processes that join at once each would take the other for a user. So one
 * process joins at a time: it takes the lock shared, then tries to make it
 * exclusive. That fails only if there is another user, which had joined or made
 * the file.
 */
#include "file_lock.h"

#include <errno.h>
#include <time.h>

#include "impls/core/sync/clock.h"

#define BACKOFF_NS (NS_PER_MS / 10)
/* LOCK_ENTER is held for two system calls. After this time a process goes on
 * without it: it matters only if the last user dies at the same moment. */
#define ENTER_TIMEOUT_NS (200 * NS_PER_MS)

bool file_lock_wait(int fd, enum lock_byte byte, int64_t spin_budget_ns)
{
	const struct timespec backoff = {0, BACKOFF_NS};
	int64_t deadline = clock_now() + spin_budget_ns;

	while (!file_lock(fd, byte, F_WRLCK)) {
		if (clock_past(deadline))
			return false;
		(void)nanosleep(&backoff, NULL);
	}
	return true;
}

enum file_state file_join(int fd)
{
	bool entered = file_lock_wait(fd, LOCK_ENTER, ENTER_TIMEOUT_NS);
	enum file_state state;

	if (file_lock(fd, LOCK_USERS, F_RDLCK))
		state = file_lock(fd, LOCK_USERS, F_WRLCK) ? FILE_DEAD
							   : FILE_ALIVE;
	else
		state = errno == EAGAIN || errno == EACCES ? FILE_LEAVING
							   : FILE_UNKNOWN;
	if (entered)
		(void)file_lock(fd, LOCK_ENTER, F_UNLCK);
	return state;
}
