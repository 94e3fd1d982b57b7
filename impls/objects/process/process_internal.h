/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share: the handle, and this process's family.
 *
 * One mutex guards all handles of this process: children_lock. It is held
 * across fork(), so that every child finds them in order, and never while
 * waiting for a process. What needs it says "mutex".
 *
 * The cost of start beside the bare fork(2) is page faults: each page that
 * parent or child writes after the fork is copied, and each piece of code (64
 * KiB) that the child runs is mapped again. So what both write is in one page,
 * struct family, with the first few handles, and the child calls little.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_PROCESS_PROCESS_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_PROCESS_PROCESS_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>
#include <unistd.h>

#include "impls/core/sync/interrupt.h"
#include "impls/objects/handle.h"
#include "ipcmark/process.h"

#define PROCESS_MAGIC UINT32_C(0x50726f63)

enum process_state {
	PROCESS_CREATED,
	/** In start, before fork() has returned. */
	PROCESS_STARTING,
	PROCESS_RUNNING,
	PROCESS_ENDED
};

/** So many handles need no memory of their own. */
enum { FAMILY_HANDLES = 8 };

/** "1:2", the numbers of a process and its ancestors, for default names. */
enum { IDENTITY_BYTES = 40 };

/** Private to the process; copied by fork(). */
struct ipcm_process {
	struct handle handle;
	/** The process that created it. */
	pid_t owner;
	int (*target)(void *argument);
	void *argument;
	char name[IPCM_PROCESS_NAME_MAX + 1];
	char identity[IDENTITY_BYTES];

	/* What follows changes under the mutex. */
	enum process_state state;
	bool daemon;
	/** It may start children although it is a daemon. */
	bool supervisor;
	pid_t pid;
	/** When it has ended. */
	int exitcode;
	/** The program reaped it: the exit code is lost. */
	bool lost;
	/** A pidfd, or one side of a pipe of which it holds the other; or -1.
	 */
	int sentinel;
	bool sentinel_is_pidfd;
	/** Its side of that pipe; in the parent during start only. */
	int sentinel_child;
	/** The parent's side of the pipe that shows the parent's end, or -1. */
	int life;
	/** The child's side; in the parent during start only. */
	int life_child;
	/** Who calls fork(), while it is PROCESS_STARTING. */
	const void *starter;
	/** Threads inside join, and those of them that wait for the id. */
	unsigned users, sleepers;
	/** Not reaped yet, for the sake of those. */
	bool kept;
	/** By ipcm_process_free: the last user frees it. */
	bool freed;
	struct ipcm_process *next;
};

/** This process among its relatives. One a process. */
struct family {
	pthread_mutex_t mutex;
	/** In the order of their start. Mutex. */
	struct ipcm_process *children;
	/** The handle of this process; &main_process if it was not started by
	 * ipcm_process_start. */
	struct ipcm_process *current;
	struct ipcm_process main_process, parent;
	bool has_parent;
	/** This process's sides of the pipes, or -1: life_child,
	 * sentinel_child. */
	int own_life, own_sentinel;
	/** How many processes it has created. */
	_Atomic unsigned created;
	/** Are there pidfds? 1: yes, 2: no, 0: not asked yet. A child may be in
	 * a sandbox that its parent is not in. */
	_Atomic int pidfds;
	/** Free if `owner` is 0. Mutex. */
	struct ipcm_process handles[FAMILY_HANDLES];
};
extern struct family family;

static inline void close_fd(int *fd)
{
	if (*fd < 0)
		return; /* and write nothing: that would copy a page */
	(void)close(*fd);
	*fd = -1;
}

/**
 * Names the calling thread, without a call: a page of code that the child has
 * not used yet costs it a page fault.
 */
static inline const void *this_thread(void)
{
	return &interrupt_state;
}

/* ---- children.c ---- */

void children_lock(void);
void children_unlock(void);
/** Install the handlers of fork and exit, once. */
void children_watch(void);
/** Its descriptors exist now: other children close what they inherit. Mutex. */
void children_add(struct ipcm_process *process);
/** Close its descriptors. Mutex. */
void children_remove(struct ipcm_process *process);
/** The first in the order of the start; `next` leads on. Mutex. */
struct ipcm_process *children_first(void);
/** Reap those whose handles were freed. Mutex. */
void children_sweep(void);
/** Terminate daemons, wait for the others (PR-07). */
void children_end(void);

/* ---- child.c ---- */

/** Are there pidfds? */
bool process_pidfds(void);
/** Has a child, or the parent, ended? A child is reaped then, once. Mutex. */
void process_look(struct ipcm_process *process);
/** See that there is a sentinel; IPCM_LIMIT, IPCM_NOMEM. Mutex. */
enum ipcm_status process_sentinel(struct ipcm_process *process);
/** IPCM_OK also if it has ended; IPCM_PERM. Mutex. */
enum ipcm_status process_signal(struct ipcm_process *process, int number);
/** Free what is not needed any more. Mutex; then it may be gone. */
void process_settle(struct ipcm_process *process);
/**
 * Wait for its end. Without the mutex, but counted in `users`.
 * @return IPCM_OK, IPCM_TIMEDOUT, IPCM_INTR
 */
enum ipcm_status process_wait(struct ipcm_process *process,
			      int64_t deadline_ns);

/* ---- family.c ---- */

/** The parent's handle, or NULL. */
static inline struct ipcm_process *family_parent(void)
{
	return family.has_parent ? &family.parent : NULL;
}
/** Room for a handle, not initialised; NULL: no memory. Not with the mutex. */
struct ipcm_process *family_take(void);
/** The other way. Mutex. */
void family_give(struct ipcm_process *process);
/** In every child: the parent's parent, and its pipes, are not its own. */
void family_leave(void);
/** In the child that `self` is: its sides of the pipes are taken. */
void family_enter(struct ipcm_process *self);
/** Be killed at the moment in which the parent ends. */
void family_tie(void);
/** A descriptor that shows the parent's end; -1 with errno. */
int family_sentinel(void);

#endif
