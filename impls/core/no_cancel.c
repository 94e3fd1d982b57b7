/* SPDX-License-Identifier: MIT */
/* See no_cancel.h. Compiled with IPCMARK_REAL_CALLS. */
#include "no_cancel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* as in CMake: a back-end is left out where its header is missing */
#if __has_include(<mqueue.h>)
#include <mqueue.h>
#define HAS_MQ
#endif
#if __has_include(<sys/msg.h>)
#include <sys/msg.h>
#define HAS_MSG
#endif

int cancel_disable(void)
{
	int before;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

void cancel_restore(int before)
{
	int ours;

	(void)pthread_setcancelstate(before, &ours);
}

/* result no_cancel_NAME(parameters): NAME(arguments), not cancelled. */
#define CALL(result, name, parameters, arguments)                              \
	result no_cancel_##name parameters;                                    \
	result no_cancel_##name parameters                                     \
	{                                                                      \
		int before = cancel_disable();                                 \
		result got = name arguments;                                   \
                                                                               \
		cancel_restore(before);                                        \
		return got;                                                    \
	}

CALL(int, accept4,
     (int fd, struct sockaddr *address, socklen_t *bytes, int flags),
     (fd, address, bytes, flags))
CALL(int, clock_nanosleep,
     (clockid_t clock, int flags, const struct timespec *time,
      struct timespec *rest),
     (clock, flags, time, rest))
CALL(int, close, (int fd), (fd))
CALL(int, closedir, (DIR * folder), (folder))
CALL(int, connect, (int fd, const struct sockaddr *address, socklen_t bytes),
     (fd, address, bytes))
CALL(int, eventfd_read, (int fd, eventfd_t *value), (fd, value))
CALL(int, eventfd_write, (int fd, eventfd_t value), (fd, value))
CALL(int, fallocate, (int fd, int mode, off_t offset, off_t bytes),
     (fd, mode, offset, bytes))
CALL(int, fflush, (FILE * file), (file))
CALL(ssize_t, getrandom, (void *data, size_t bytes, unsigned flags),
     (data, bytes, flags))
CALL(int, nanosleep, (const struct timespec *time, struct timespec *rest),
     (time, rest))
CALL(DIR *, opendir, (const char *path), (path))
CALL(int, posix_fallocate, (int fd, off_t offset, off_t bytes),
     (fd, offset, bytes))
CALL(int, ppoll,
     (struct pollfd * entries, nfds_t count, const struct timespec *time,
      const sigset_t *mask),
     (entries, count, time, mask))
CALL(ssize_t, pread, (int fd, void *data, size_t bytes, off_t offset),
     (fd, data, bytes, offset))
CALL(int, pthread_join, (pthread_t thread, void **result), (thread, result))
CALL(int, sigtimedwait,
     (const sigset_t *set, siginfo_t *info, const struct timespec *time),
     (set, info, time))
CALL(int, usleep, (useconds_t time_us), (time_us))
CALL(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options))
CALL(pid_t, waitpid, (pid_t child, int *status, int options),
     (child, status, options))

/*
 * Calls that are made for each message: syscall(2) is no cancellation point,
 * and spares two locked instructions a call. A sanitizer has to see the C
 * library's, and the kernel of a 32-bit machine has other ones.
 */
#if defined(__LP64__) && !defined(IPCMARK_SANITIZED)
#define MESSAGE_CALL(result, name, parameters, arguments, ...)                 \
	result no_cancel_##name parameters;                                    \
	result no_cancel_##name parameters                                     \
	{                                                                      \
		return (result)syscall(__VA_ARGS__);                           \
	}
#else
#define MESSAGE_CALL(result, name, parameters, arguments, ...)                 \
	CALL(result, name, parameters, arguments)
#endif

#ifdef HAS_MQ
MESSAGE_CALL(ssize_t, mq_receive,
	     (mqd_t queue, char *data, size_t bytes, unsigned *priority),
	     (queue, data, bytes, priority), SYS_mq_timedreceive, queue, data,
	     bytes, priority, NULL)
MESSAGE_CALL(int, mq_send,
	     (mqd_t queue, const char *data, size_t bytes, unsigned priority),
	     (queue, data, bytes, priority), SYS_mq_timedsend, queue, data,
	     bytes, priority, NULL)
#endif
#ifdef HAS_MSG
MESSAGE_CALL(ssize_t, msgrcv,
	     (int id, void *data, size_t bytes, long type, int flags),
	     (id, data, bytes, type, flags), SYS_msgrcv, id, data, bytes, type,
	     flags)
MESSAGE_CALL(int, msgsnd, (int id, const void *data, size_t bytes, int flags),
	     (id, data, bytes, flags), SYS_msgsnd, id, data, bytes, flags)
#endif
MESSAGE_CALL(ssize_t, read, (int fd, void *data, size_t bytes),
	     (fd, data, bytes), SYS_read, fd, data, bytes)
MESSAGE_CALL(ssize_t, recv, (int fd, void *data, size_t bytes, int flags),
	     (fd, data, bytes, flags), SYS_recvfrom, fd, data, bytes, flags,
	     NULL, NULL)
MESSAGE_CALL(ssize_t, send, (int fd, const void *data, size_t bytes, int flags),
	     (fd, data, bytes, flags), SYS_sendto, fd, data, bytes, flags, NULL,
	     0)
MESSAGE_CALL(ssize_t, write, (int fd, const void *data, size_t bytes),
	     (fd, data, bytes), SYS_write, fd, data, bytes)
#ifdef __GLIBC__
/* musl's msghdr has padding that its own functions clear */
MESSAGE_CALL(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
	     (fd, message, flags), SYS_recvmsg, fd, message, flags)
MESSAGE_CALL(ssize_t, sendmsg,
	     (int fd, const struct msghdr *message, int flags),
	     (fd, message, flags), SYS_sendmsg, fd, message, flags)
#else
CALL(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
     (fd, message, flags))
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
     (fd, message, flags))
#endif
/* only x86-64 has these two; ppoll(2) and epoll_pwait(2) elsewhere */
#ifdef SYS_poll
MESSAGE_CALL(int, poll, (struct pollfd * entries, nfds_t count, int timeout_ms),
	     (entries, count, timeout_ms), SYS_poll, entries, count, timeout_ms)
MESSAGE_CALL(int, epoll_wait,
	     (int fd, struct epoll_event *events, int count, int timeout_ms),
	     (fd, events, count, timeout_ms), SYS_epoll_wait, fd, events, count,
	     timeout_ms)
#else
CALL(int, poll, (struct pollfd * entries, nfds_t count, int timeout_ms),
     (entries, count, timeout_ms))
CALL(int, epoll_wait,
     (int fd, struct epoll_event *events, int count, int timeout_ms),
     (fd, events, count, timeout_ms))
#endif

void no_cancel_randombytes_buf(void *data, size_t bytes);
void no_cancel_randombytes_buf(void *data, size_t bytes)
{
	int before = cancel_disable();

	randombytes_buf(data, bytes);
	cancel_restore(before);
}

/* The mode is read also where there is none, as the C library does. */
int no_cancel_open(const char *path, int flags, ...);
int no_cancel_open(const char *path, int flags, ...)
{
	int before = cancel_disable();
	va_list rest;
	mode_t mode;
	int fd;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	fd = open(path, flags, mode);
	cancel_restore(before);
	return fd;
}

int no_cancel_openat(int folder, const char *path, int flags, ...);
int no_cancel_openat(int folder, const char *path, int flags, ...)
{
	int before = cancel_disable();
	va_list rest;
	mode_t mode;
	int fd;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	fd = openat(folder, path, flags, mode);
	cancel_restore(before);
	return fd;
}
