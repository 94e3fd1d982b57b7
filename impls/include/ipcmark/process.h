/* SPDX-License-Identifier: MIT */
/*
 * Process: run a function in a child, wait for it, end it.
 *
 *     static int work(void *argument) { ...; return 0; }
 *
 *     ipcm_process_create(work, queue, NULL, &process);
 *     ipcm_process_start(process);
 *     ipcm_process_join(process, IPCM_FOREVER);
 *     ipcm_process_free(process);
 *
 * The child is a fork(2) of the calling thread: it has a copy of all memory
 * (PR-01), and shares the objects that were created before. What stdio has
 * buffered is written before the fork and at the child's end, so nothing is
 * lost or written twice (PR-12); a thread that sleeps inside a read of a stdio
 * stream lets start wait for it.
 *
 * The child's thread cannot be cancelled, pthread_setcancelstate(3): it would
 * inherit a request to the thread that starts it.
 *
 * The child ends when its function returns; the result is its exit code. It
 * then does what a program does at exit (below), and ends by _exit(2): handlers
 * that the parent gave to atexit(3) do not run. A function that calls exit(3)
 * runs them.
 *
 * At exit, of the program or of a child: daemon children get SIGTERM, the other
 * children are waited for, a daemon that is still there a second later gets
 * SIGKILL (PR-07). A process that ends without exit, by a signal or _exit(2),
 * leaves its children; its daemons are killed by the kernel at that moment
 * (PR-14), also when it executes another program, which has no daemons. The
 * kernel does that by a pipe: a daemon that closes descriptors which it did not
 * open, or executes another program, is no longer tied to its parent. The end
 * of a thread has no effect on what it started.
 *
 * The library has no SIGCHLD handler and waits for its own children only; a
 * program may fork and wait as it likes, but must not wait for these children.
 * If it does (wait(2) for any child, SIGCHLD ignored), their exit code is lost.
 *
 * A handle is used by the process that created it. The child has handles of its
 * own, ipcm_process_current and ipcm_process_parent; what it inherited gives
 * IPCM_INVALID, save that name, pid, daemon and free work. It works the same on
 * every back-end.
 */
#ifndef IPCMARK_PROCESS_H
#define IPCMARK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A process's handle. Opaque; made by ipcm_process_create. */
struct ipcm_process;

/** Longest name in bytes, without the final zero. */
#define IPCM_PROCESS_NAME_MAX 63

/**
 * Make a process that is not running yet.
 * @param target what the child runs; its result, modulo 256, is the exit code
 * @param argument passed to target; memory is a copy in the child
 * @param name copied; NULL: Process-1, and so on; Process-1:2 is the second
 *        child of the first
 * @param ret_process receives the handle; the caller owns it:
 *        ipcm_process_free
 * @return IPCM_OK; IPCM_INVALID (no target; a longer name); IPCM_NOMEM
 * It is a daemon if the calling process is one (PR-06). Does not wait. Thread
 * safe.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_create(
	int (*target)(void *argument), void *argument, const char *name,
	struct ipcm_process **ret_process);

/**
 * Make it a daemon, or not. Before start only.
 * @return IPCM_OK; IPCM_INVALID (it was started; another process's);
 *         IPCM_CLOSED
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_set_daemon(
	struct ipcm_process *process, bool daemon);

/**
 * Start it, once (PR-02). Only the parent returns.
 * @return IPCM_OK; IPCM_INVALID (started already; created by another process;
 *         the caller is a daemon, which has no children); IPCM_LIMIT (too many
 *         processes, RLIMIT_NPROC, or descriptors); IPCM_NOMEM; IPCM_CLOSED.
 *         After IPCM_LIMIT and IPCM_NOMEM nothing is left, and it may be
 *         started again (PR-13).
 * Takes a descriptor for a daemon, until its end; join with a limit, terminate,
 * kill and sentinel then take one until close or free. Where there are no
 * pidfds, start takes both. Does not wait for the child. Thread safe: the child
 * has the calling thread only, and as after any fork() no lock that other
 * threads held may be needed there.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_start(
	struct ipcm_process *process);

/**
 * Wait until it has ended. The first join, or another call here that notices
 * the end, reaps it; join may be repeated, by several threads too.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT (timed) while it
 *         runs; IPCM_INVALID (not started; oneself; neither child nor parent);
 *         IPCM_INTR; IPCM_CLOSED
 * Blocks. Source: PR-03. Also for ipcm_process_parent.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_join(
	struct ipcm_process *process, int64_t timeout_ns);

/**
 * Is it running? Not before start (PR-02). Reaps it if it has ended.
 * @return IPCM_OK; IPCM_INVALID (neither child, parent nor oneself);
 *         IPCM_CLOSED
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_is_alive(
	struct ipcm_process *process, bool *ret_alive);

/**
 * How it ended (PR-04): n after a result n or exit(n), modulo 256; -N after
 * signal N.
 * @return IPCM_OK; IPCM_WOULDBLOCK (none yet: not started, or it runs);
 *         IPCM_NOTFOUND (the program waited for it by itself, or ignores
 *         SIGCHLD); IPCM_INVALID (not a child of the caller); IPCM_CLOSED
 * Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_exitcode(
	struct ipcm_process *process, int *ret_code);

/** Its process id; 0 before start. IPCM_OK, IPCM_INVALID, IPCM_CLOSED. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_pid(
	const struct ipcm_process *process, pid_t *ret_pid);

/** Its name; the text belongs to the handle. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_name(
	const struct ipcm_process *process, const char **ret_name);

/** Is it a daemon? */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_daemon(
	const struct ipcm_process *process, bool *ret_daemon);

/**
 * Send it SIGTERM; its own children do not get it. After its end this does
 * nothing, and never hits a process that has its id now (PR-05).
 * @return IPCM_OK; IPCM_INVALID (not started; not a child of the caller);
 *         IPCM_PERM (it has changed its user); IPCM_CLOSED
 * Does not wait for its end: join.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_terminate(
	struct ipcm_process *process);

/** ipcm_process_terminate with SIGKILL. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_kill(
	struct ipcm_process *process);

/**
 * A descriptor that is readable for poll(2), and so for ipcm_wait, from the
 * moment it ends, and stays so until close or free (PR-08): a pidfd, or, where
 * there is none, the end of a pipe, which a child that executes another program
 * closes too. It belongs to the handle. Do not read it.
 * @return IPCM_OK; IPCM_INVALID (not started; neither child nor parent);
 *         IPCM_LIMIT (no descriptor is free); IPCM_NOMEM; IPCM_CLOSED
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_sentinel(
	struct ipcm_process *process, int *ret_fd);

/**
 * Release the handle of a process that was not started or has ended. It may be
 * closed again; other calls then return IPCM_CLOSED (PR-09).
 * @return IPCM_OK; IPCM_INVALID (it runs; not created by the caller)
 */
IPCM_API enum ipcm_status ipcm_process_close(struct ipcm_process *process);

/**
 * Close and free the handle. A process that runs goes on, and is waited for at
 * exit, or terminated if it is a daemon. NULL is allowed, and so are current
 * and parent, which stay.
 */
IPCM_API void ipcm_process_free(struct ipcm_process *process);

/**
 * The children of the caller that run, as far as their handles exist; those
 * that have ended are reaped (PR-10).
 * @param ret_processes receives the handles, in the order of their start
 * @param capacity how many fit
 * @param ret_count receives how many there are, also with IPCM_TOOSMALL
 * @return IPCM_OK; IPCM_TOOSMALL; IPCM_INVALID
 * Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_process_active_children(
	struct ipcm_process **ret_processes, size_t capacity,
	size_t *ret_count);

/**
 * The calling process, never NULL; MainProcess in one that ipcm_process_start
 * did not start.
 */
IPCM_API struct ipcm_process *ipcm_process_current(void);

/**
 * The process that started the calling one, NULL in MainProcess. It can be
 * asked for pid, name, is_alive and sentinel, and joined: so a child notices
 * its parent's death (PR-11).
 */
IPCM_API struct ipcm_process *ipcm_process_parent(void);

#ifdef __cplusplus
}
#endif

#endif
