/* SPDX-License-Identifier: MIT */
/*
 * The calls that can fail, and how: the errno values of their manual pages
 * that a lack of something or the environment brings, not a mistake of the
 * caller's.
 */
#ifndef IPCMARK_IMPLS_TESTS_FAILURES_CALL_ERRORS_H
#define IPCMARK_IMPLS_TESTS_FAILURES_CALL_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/status.h"

enum call {
	CALL_MALLOC,
	CALL_MMAP,
	CALL_MPROTECT,
	CALL_MADVISE,
	CALL_OPEN,
	CALL_OPENDIR,
	CALL_FOPEN,
	CALL_MEMFD_CREATE,
	CALL_FTRUNCATE,
	CALL_POSIX_FALLOCATE,
	CALL_FALLOCATE,
	CALL_FSTAT,
	CALL_STAT,
	CALL_FCHMOD,
	CALL_CHMOD,
	CALL_MKDIR,
	CALL_RMDIR,
	CALL_UNLINK,
	CALL_LINKAT,
	CALL_MKFIFO,
	CALL_FLOCK,
	CALL_DUPLICATE,
	CALL_RECORD_LOCK,
	CALL_PIPE_SIZE,
	CALL_SEALS,
	CALL_PIPE2,
	CALL_EVENTFD,
	CALL_SIGNALFD,
	CALL_EPOLL_CREATE1,
	CALL_EPOLL_CTL,
	CALL_EPOLL_WAIT,
	CALL_POLL,
	CALL_READ,
	CALL_PREAD,
	CALL_WRITE,
	CALL_PWRITEV2,
	CALL_SOCKET,
	CALL_SOCKETPAIR,
	CALL_BIND,
	CALL_LISTEN,
	CALL_ACCEPT4,
	CALL_CONNECT,
	CALL_SEND,
	CALL_SENDMSG,
	CALL_RECV,
	CALL_RECVMSG,
	CALL_SOCKOPT,
	CALL_IOCTL,
	CALL_MQ_OPEN,
	CALL_MQ_SEND,
	CALL_MQ_RECEIVE,
	CALL_MSGGET,
	CALL_MSGSND,
	CALL_MSGRCV,
	CALL_MSGCTL,
	CALL_SEMGET,
	CALL_SEMOP,
	CALL_SEMOP_NOWAIT,
	CALL_SEMCTL,
	CALL_FORK,
	CALL_WAIT,
	CALL_PTHREAD_CREATE,
	CALL_PTHREAD_ATFORK,
	CALL_ATEXIT,
	CALL_MUTEX_INIT,
	CALL_GETRANDOM,
	CALL_PIDFD_OPEN,
	CALL_PIDFD_SEND_SIGNAL,
	CALL_CLOSE_RANGE,
	CALL_FUTEX_WAITV,
	CALLS
};

const char *call_name(enum call call);
/** Its i-th errno, the most usual one first; 0: there are no more. */
int call_error(enum call call, size_t i);
size_t call_error_count(enum call call);

/** Does it say that an object is another user's? That is not removed. */
bool call_meets_foreign(enum call call, int error);

/**
 * May a call of the library return this status when that call failed with that
 * errno? What the table of core/errno_status.h says, where an errno means
 * something else for this call, and "not now" for what is no failure.
 * @param makes the call of the library makes, opens, connects or releases
 */
bool call_explains(enum call call, int error, enum ipcm_status status,
		   bool makes);

#endif
