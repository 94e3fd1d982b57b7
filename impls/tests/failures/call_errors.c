/* SPDX-License-Identifier: MIT */
/* See call_errors.h. */
#include "call_errors.h"

#include <errno.h>

#include "impls/core/errno_status.h"

#define ERRORS_MAX 9

/*
 * No "empty" of a mechanism that is not: the library takes that for a proof,
 * under the lock of those who send. Nor "full" of a socket that has room: for a
 * wake-up it is a proof that one is there already. No address without a
 * listener either: a manager that is gone is BROKEN.
 */
static const struct {
	const char *name;
	int errors[ERRORS_MAX + 1]; /* 0 ends */
} calls[CALLS] = {
	[CALL_MALLOC] = {"malloc", {ENOMEM}},
	[CALL_MMAP] = {"mmap", {ENOMEM, EAGAIN, ENFILE, EPERM}},
	[CALL_MPROTECT] = {"mprotect", {ENOMEM, EACCES}},
	[CALL_MADVISE] = {"madvise", {ENOMEM, EAGAIN, EINVAL}},
	[CALL_OPEN] = {"open",
		       {EMFILE, ENFILE, ENOMEM, EACCES, ENOSPC, EROFS, ELOOP,
			EDQUOT, EOVERFLOW}},
	[CALL_OPENDIR] = {"opendir", {EMFILE, ENFILE, ENOMEM, EACCES}},
	[CALL_FOPEN] = {"fopen", {EMFILE, ENFILE, ENOMEM, EACCES}},
	/* refused for good: test_no_memfd */
	[CALL_MEMFD_CREATE] = {"memfd_create", {EMFILE, ENFILE, ENOMEM}},
	[CALL_FTRUNCATE] = {"ftruncate", {EINTR, EIO, EFBIG, EPERM}},
	[CALL_POSIX_FALLOCATE] = {"posix_fallocate",
				  {ENOSPC, EINTR, EFBIG, EIO, ENOMEM}},
	[CALL_FALLOCATE] = {"fallocate",
			    {ENOSPC, EINTR, EIO, EOPNOTSUPP, ENOSYS}},
	[CALL_FSTAT] = {"fstat", {ENOMEM}},
	[CALL_STAT] = {"stat", {ENOMEM}},
	[CALL_FCHMOD] = {"fchmod", {EPERM, EROFS, EIO}},
	[CALL_CHMOD] = {"chmod", {EPERM, EROFS, EACCES, ENOMEM}},
	[CALL_MKDIR] = {"mkdir",
			{ENOSPC, EACCES, EDQUOT, EMLINK, ENOMEM, EPERM, EROFS,
			 ELOOP}},
	[CALL_RMDIR] = {"rmdir", {EACCES, EBUSY, EPERM, EROFS, ENOMEM}},
	[CALL_UNLINK] = {"unlink", {EACCES, EBUSY, EIO, EPERM, EROFS, ENOMEM}},
	[CALL_LINKAT] = {"linkat",
			 {ENOSPC, EACCES, EDQUOT, EMLINK, EPERM, EROFS, ENOMEM,
			  EIO}},
	[CALL_MKFIFO] = {"mkfifo", {ENOSPC, EACCES, EDQUOT, EROFS}},
	[CALL_FLOCK] = {"flock", {ENOLCK, EINTR, EWOULDBLOCK}},
	[CALL_DUPLICATE] = {"fcntl(F_DUPFD)", {EMFILE}},
	[CALL_RECORD_LOCK] = {"fcntl(F_SETLK)", {ENOLCK}},
	[CALL_PIPE_SIZE] = {"fcntl(F_SETPIPE_SZ)", {EPERM, ENOMEM, EBUSY}},
	[CALL_SEALS] = {"fcntl(F_ADD_SEALS)", {EBUSY, EPERM, EINVAL}},
	[CALL_PIPE2] = {"pipe2", {EMFILE, ENFILE, ENOMEM}},
	[CALL_EVENTFD] = {"eventfd", {EMFILE, ENFILE, ENODEV, ENOMEM}},
	[CALL_SIGNALFD] = {"signalfd", {EMFILE, ENFILE, ENODEV, ENOMEM}},
	[CALL_EPOLL_CREATE1] = {"epoll_create1", {EMFILE, ENFILE, ENOMEM}},
	[CALL_EPOLL_CTL] = {"epoll_ctl", {ENOMEM, ENOSPC}},
	[CALL_EPOLL_WAIT] = {"epoll_wait", {EINTR}},
	/* ENOMEM takes more descriptors than the library polls at a time */
	[CALL_POLL] = {"poll", {EINTR}},
	[CALL_READ] = {"read", {EINTR}},
	[CALL_PREAD] = {"pread", {EIO}},
	[CALL_WRITE] = {"write", {EINTR, EAGAIN, ENOMEM}},
	[CALL_PWRITEV2] = {"pwritev2",
			   {EINTR, EAGAIN, ENOMEM, EOPNOTSUPP, ENOSYS}},
	[CALL_SOCKET] = {"socket",
			 {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES,
			  EAFNOSUPPORT}},
	[CALL_SOCKETPAIR] = {"socketpair",
			     {EMFILE, ENFILE, ENOMEM, EAFNOSUPPORT,
			      EOPNOTSUPP}},
	[CALL_BIND] = {"bind", {ENOMEM, EADDRINUSE, EACCES}},
	[CALL_LISTEN] = {"listen", {EADDRINUSE, EOPNOTSUPP}},
	[CALL_ACCEPT4] = {"accept4",
			  {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINTR, EAGAIN,
			   ECONNABORTED, EPERM}},
	[CALL_CONNECT] = {"connect", {EAGAIN, EINTR, EACCES, EPERM, ENOMEM}},
	[CALL_SEND] = {"send", {ENOBUFS, ENOMEM, EINTR}},
	[CALL_SENDMSG] = {"sendmsg", {ENOBUFS, ENOMEM, EINTR, ETOOMANYREFS}},
	[CALL_RECV] = {"recv", {ENOMEM, EINTR}},
	[CALL_RECVMSG] = {"recvmsg", {ENOMEM, EINTR, EAGAIN}},
	[CALL_SOCKOPT] = {"getsockopt", {ENOBUFS, ENOMEM}},
	[CALL_IOCTL] = {"ioctl", {ENOTTY}},
	[CALL_MQ_OPEN] = {"mq_open", {EMFILE, ENFILE, ENOMEM, ENOSPC, EACCES}},
	[CALL_MQ_SEND] = {"mq_send", {EAGAIN, EINTR, ENOMEM}},
	[CALL_MQ_RECEIVE] = {"mq_receive", {EINTR}},
	[CALL_MSGGET] = {"msgget", {ENOSPC, ENOMEM, EACCES}},
	[CALL_MSGSND] = {"msgsnd", {EAGAIN, EINTR, ENOMEM, EACCES}},
	[CALL_MSGRCV] = {"msgrcv", {EINTR, EACCES}},
	[CALL_MSGCTL] = {"msgctl", {EACCES}},
	[CALL_SEMGET] = {"semget", {ENOSPC, ENOMEM, EACCES}},
	[CALL_SEMOP] = {"semop", {ENOMEM, EINTR, EACCES}},
	[CALL_SEMOP_NOWAIT] = {"semop(IPC_NOWAIT)",
			       {EAGAIN, ENOMEM, EINTR, EACCES}},
	[CALL_SEMCTL] = {"semctl", {EACCES}},
	[CALL_FORK] = {"fork", {EAGAIN, ENOMEM}},
	[CALL_WAIT] = {"waitid", {EINTR}},
	[CALL_PTHREAD_CREATE] = {"pthread_create", {EAGAIN, EPERM}},
	[CALL_PTHREAD_ATFORK] = {"pthread_atfork", {ENOMEM}},
	[CALL_ATEXIT] = {"atexit", {ENOMEM}},
	[CALL_MUTEX_INIT] = {"pthread_mutex_init", {ENOMEM, EAGAIN}},
	[CALL_GETRANDOM] = {"getrandom", {EAGAIN, EINTR, ENOSYS}},
	[CALL_PIDFD_OPEN] = {"pidfd_open",
			     {EMFILE, ENFILE, ENOMEM, ENODEV, ENOSYS, EPERM}},
	[CALL_PIDFD_SEND_SIGNAL] = {"pidfd_send_signal", {EPERM, ENOSYS}},
	[CALL_CLOSE_RANGE] = {"close_range", {EMFILE, ENOMEM, ENOSYS}},
	[CALL_FUTEX_WAITV] = {"futex_waitv", {ENOSYS, ENOMEM}},
};

const char *call_name(enum call call)
{
	return calls[call].name;
}

int call_error(enum call call, size_t i)
{
	return i < ERRORS_MAX ? calls[call].errors[i] : 0;
}

size_t call_error_count(enum call call)
{
	size_t count = 0;

	while (call_error(call, count))
		count++;
	return count;
}

/* "Try again": what is full or empty at this moment only. */
static bool is_not_now(enum call call, int error)
{
	switch (call) {
	case CALL_READ:
	case CALL_WRITE:
	case CALL_PWRITEV2:
	case CALL_SEND:
	case CALL_SENDMSG:
	case CALL_RECV:
	case CALL_RECVMSG:
	case CALL_ACCEPT4:
	case CALL_MQ_SEND:
	case CALL_MQ_RECEIVE:
	case CALL_MSGSND:
	case CALL_MSGRCV:
	case CALL_SEMOP_NOWAIT:
		return error == EAGAIN || error == ENOMSG;
	default:
		return false;
	}
}

/* msgget(2), semget(2), mq_open(3), epoll_ctl(2): a limit on objects */
static bool is_limit(enum call call, int error)
{
	return error == ENOSPC &&
	       (call == CALL_MSGGET || call == CALL_SEMGET ||
		call == CALL_MQ_OPEN || call == CALL_EPOLL_CTL);
}

bool call_meets_foreign(enum call call, int error)
{
	return error == EACCES && (call == CALL_MSGCTL || call == CALL_SEMCTL);
}

bool call_explains(enum call call, int error, enum ipcm_status status,
		   bool makes)
{
	if (status == IPCM_OK)
		return true;
	/* a new object should have space, and a lock for its token */
	if (makes && (is_not_now(call, error) || error == ENOBUFS))
		return status == IPCM_LIMIT || status == IPCM_NOMEM ||
		       status == status_from_errno(error);
	if (is_not_now(call, error) || error == EINTR)
		return false; /* no call of the tests is a try form */
	/* of a queue that exists mq_open says no ENOSPC: it may be NOMEM */
	if (is_limit(call, error))
		return status == IPCM_LIMIT ||
		       (call == CALL_MQ_OPEN && status == IPCM_NOMEM);
	return status == status_from_errno(error);
}
