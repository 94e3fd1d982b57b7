/* SPDX-License-Identifier: MIT */
/*
 * Whether the program that took a lock still runs. execve(2) keeps process id,
 * threads and pidfd, so thread_id_dead cannot tell; what the old program held
 * no thread will release.
 *
 * Each process locks one byte of a file of its uid, or of the user for whom it
 * makes objects (ipcm_set_owner), the life file: its number.
 * The lock belongs to an open file (OFD, fcntl(2)) that only a mapping refers
 * to, and the mapping is not copied to children (MADV_DONTFORK). So the kernel
 * drops it exactly when the program's memory goes, by exit, signal or execve,
 * and closing all descriptors does not.
 *
 * A byte without a lock proves a death only if its number was given away in
 * this very file: numbers are counted up from a random one, and the file says
 * from where to where. A file that was swept away and made anew proves nothing
 * about earlier processes. Nor does the file of any other uid, which is not
 * read.
 *
 * A process has a number as long as it has objects that need one; then it gives
 * the number back, and the last one removes the file.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_PROCESS_LIFE_H
#define IPCMARK_IMPLS_CORE_NAMING_PROCESS_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "impls/core/sync/thread_id.h"

/**
 * An object that needs it is made or opened, and freed. Copies that a child
 * inherits count in the child. About ten system calls for the first one, and
 * for the last. Thread safe; fork safe.
 */
void process_life_hold(void);
void process_life_release(void);

/** For process_life_self only. */
uint64_t process_life_enter(void);

/**
 * What a thread stores with its identity, after it: the process's number in
 * the high half, 0 if it has none (no directory, no descriptor); the high half
 * of the identity in the low one, which tells to whom it belongs. In a child
 * the first call makes about ten system calls.
 */
static inline uint64_t process_life_self(void)
{
	/* first: it forgets what the thread had in the parent */
	(void)thread_id_self();
	return __builtin_expect(thread_self.life != 0, 1)
		       ? thread_self.life
		       : process_life_enter();
}

/** The same; 0 if the thread has none yet, or no identity. */
static inline uint64_t process_life_known(void)
{
	return __builtin_expect(thread_self_is_known(), 1) ? thread_self.life
							   : 0;
}

/** Was it stored by a thread of the calling process, as it is now? */
bool process_life_is_own(uint64_t life);

/**
 * Is the program of this thread proved to be gone, though its process may live?
 * @param life what was stored with the identity; that of another one, from a
 *        moment before, proves nothing
 * A few system calls, microseconds.
 */
bool process_life_over(uint64_t thread_id, uint64_t life);

/** thread_id_dead, or process_life_over. */
bool thread_dead(uint64_t thread_id, uint64_t life);

/** Remove the life file of a uid under a root if no process lives there. */
void process_life_collect(const char *root, uint32_t uid);

#endif
