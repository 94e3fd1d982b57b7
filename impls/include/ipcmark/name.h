/* SPDX-License-Identifier: MIT */
/*
 * Names: how unrelated processes find the same object. Queues, locks and
 * semaphores of back-ends with IPCM_CAP_NAMED can have one.
 *
 * A name is 1 .. IPCM_NAME_MAX characters out of letters, digits, '.', '_'
 * and '-', not beginning with '.' or '-'; the same rule on every back-end
 * (X-NAM-05). Each back-end has names of its own; the kinds of objects of one
 * back-end share them.
 *
 * Lifetime: a named object exists as long as it has users. When the last user
 * has freed its handle or died, object and name are removed, at the latest by
 * the next create. Nothing is left behind; to keep an object, keep a handle
 * open.
 *
 * The memory of a named object lies in files in /dev/shm (else /tmp), so the
 * size of that file system limits it; a full one gives IPCM_NOMEM. Opening does
 * not wait, with one exception: while another process is stopped (SIGSTOP)
 * between two steps of removing the same name, it returns IPCM_LIMIT after a
 * second.
 *
 * Files that another program removes from /dev/shm (tmpreaper, systemd-logind
 * when the user logs out, a cron job): who uses an object goes on with it, as
 * after ipcm_unlink; a name that is opened then is a new object. Whoever frees
 * its last handle removes what is left, which takes /proc; but if all users are
 * killed, a System V id or queue name of theirs stays until ipcrm(1) or a
 * reboot, and an execve(2) in a holder of a lock may not be noticed. Keep
 * cleaners away from /dev/shm/ipcmark*, and set RemoveIPC=no for users of
 * services.
 *
 * All users of a name are in one PID namespace, for the ids of processes tell
 * who holds what. In another one, of a container that shares /dev/shm, opening
 * the name gives IPCM_NOTSUP, and creating it exclusively IPCM_EXISTS: use
 * another name there, or share the PID namespace. What a child inherits it may
 * use in a PID namespace of its own; a death is not noticed across the border
 * then.
 *
 * Rights: the mode is that of open(2), umask applied, 0600 by default. Using
 * an object takes read and write permission, because its control block is
 * shared memory; IPCM_ACCESS_GET_ONLY and _PUT_ONLY restrict a handle.
 *
 * A process that changes its user, setuid(2), keeps what it made: descriptors
 * and memory stay open. The kernel checks the rights to a System V object at
 * every call though (sysvipc(7)), so on sysv_msg each call on an object of the
 * former user gives IPCM_PERM, with a name or without one; and on every
 * back-end the new user may not remove what outlives its users. Call
 * ipcm_set_owner before the objects are made.
 */
#ifndef IPCMARK_NAME_H
#define IPCMARK_NAME_H

#include <sys/types.h>

#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most characters of a name. */
#define IPCM_NAME_MAX 64

/** Flags of struct ipcm_access. */
enum ipcm_access_flags {
	/** Create the object if it does not exist. */
	IPCM_ACCESS_CREATE = 1u << 0,
	/** With CREATE: it must not exist (IPCM_EXISTS). */
	IPCM_ACCESS_EXCLUSIVE = 1u << 1,
	/** Queue: put and shutdown give IPCM_PERM. */
	IPCM_ACCESS_GET_ONLY = 1u << 2,
	/** Queue: get and task_done give IPCM_PERM. */
	IPCM_ACCESS_PUT_ONLY = 1u << 3,
};

/** How to open a name. Start from IPCM_ACCESS_INIT. */
struct ipcm_access {
	/** Bits of enum ipcm_access_flags. */
	unsigned flags;
	/** Permission bits of a new object: 0 .. 0777. */
	unsigned mode;
};

/** Defaults: create it if it does not exist, for this user only. */
#define IPCM_ACCESS_INIT                                                       \
	{                                                                      \
		IPCM_ACCESS_CREATE, 0600                                       \
	}

struct ipcm_backend;

/**
 * Remove a name at once, whatever kind of object has it. Its users keep the
 * object; a new object under the name is another one (X-NAM-04).
 * @return IPCM_OK; IPCM_NOTFOUND; IPCM_PERM (another user's); IPCM_INVALID;
 *         IPCM_NOTSUP
 * Makes system calls, does not wait. Thread safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_unlink(
	const struct ipcm_backend *backend, const char *name);

/**
 * Objects that this process makes from now on belong to that user: so that a
 * server which makes them as root and then becomes that user, or starts workers
 * that do, goes on with them (X-PRM-02). Call it before the first object is
 * made. All objects, of all back-ends, with a name and without one; the mode of
 * a name is for the new owner and group. Objects that exist stay as they are; a
 * listener, and the server of a manager, belong to the user that makes them.
 *
 * The creator may go on using them, and whoever frees an object last removes
 * it, the creator or the owner. System V ids and names are recorded in the
 * owner's directory, /dev/shm/ipcmark-UID; the next create of either of them
 * removes what has no users. The owner gets no right but that to the objects,
 * whatever it puts into that directory. To the objects it has every right: it
 * can damage their memory, and by truncating a file in that directory end the
 * processes that use it (SIGBUS), as every user of a name can.
 *
 * @param uid, gid the owner and its group; (uid_t)-1 and (gid_t)-1 mean the
 *        caller's own, each for itself: both are the default, and undo it
 * @return IPCM_OK; IPCM_PERM (the caller may not give objects away: for another
 *         uid that takes CAP_CHOWN and CAP_DAC_OVERRIDE, capabilities(7), for
 *         another group CAP_CHOWN or to be a member); IPCM_INVALID (no such id
 *         in this user namespace); IPCM_LIMIT, IPCM_NOMEM, IPCM_SYSTEM
 *         (an object is made and removed, to try it). A failure leaves the
 *         setting as it was.
 * Makes system calls, does not wait. One setting for all threads; thread safe:
 * an object that is made meanwhile has the old owner or the new one. Inherited
 * by fork(), and kept when the process changes its user: one that becomes
 * another user than the owner undoes it, else what must be recorded cannot be
 * made (IPCM_PERM: System V ids, names).
 * System calls: chown(2), msgctl(2) and semctl(2) with IPC_SET; without an
 * owner none is added.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_set_owner(uid_t uid, gid_t gid);

#ifdef __cplusplus
}
#endif

#endif
