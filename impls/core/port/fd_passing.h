/* SPDX-License-Identifier: MIT */
/*
 * Descriptors beside the bytes of a message on a Unix socket: SCM_RIGHTS,
 * unix(7). One system call each, which never waits; the caller handles EINTR.
 */
#ifndef IPCMARK_IMPLS_CORE_PORT_FD_PASSING_H
#define IPCMARK_IMPLS_CORE_PORT_FD_PASSING_H

#include <stddef.h>
#include <sys/types.h>

/** Most descriptors with one message. */
#define FD_PASSING_MOST 8

/**
 * Send a message with `count` descriptors, 0 .. FD_PASSING_MOST; the caller
 * keeps its own ones.
 * @return as sendmsg(2): ETOOMANYREFS if too many descriptors of this user are
 *         in flight; no SIGPIPE
 */
ssize_t fd_passing_send(int socket, const void *data, size_t bytes,
			const int *fds, unsigned count);

/**
 * Receive a message and its descriptors, close-on-exec, owned by the caller.
 * @param ret_count receives how many there are; 0 after an error
 * @param ret_flags receives MSG_TRUNC and MSG_CTRUNC; may be NULL
 * @return as recvmsg(2)
 */
ssize_t fd_passing_receive(int socket, void *buffer, size_t bytes,
			   int fds[FD_PASSING_MOST], unsigned *ret_count,
			   int *ret_flags);

/** Close descriptors that are not wanted. */
void fd_passing_close(const int *fds, unsigned count);

#endif
