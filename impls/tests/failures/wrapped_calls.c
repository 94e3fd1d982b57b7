/* SPDX-License-Identifier: MIT */
/*
 * The functions that the linker calls in place of the C library's, for the
 * library only where core/no_cancel.h gives it names of its own. The list for
 * the linker is in CMakeLists.txt of impls/tests.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_calls.h"

/* A function `name` of the C library: with a fault it returns `failure`, which
 * may be made of `error`. */
#define WRAP(call, failure, result, name, parameters, arguments)               \
	result __real_##name parameters;                                       \
	result __wrap_##name parameters;                                       \
	result __wrap_##name parameters                                        \
	{                                                                      \
		int error = failing_call(call, __builtin_return_address(0));   \
                                                                               \
		if (error) {                                                   \
			errno = error;                                         \
			return failure;                                        \
		}                                                              \
		return __real_##name arguments;                                \
	}

/* ---- memory: what is held is counted, too ---- */

static void *counted(void *block)
{
	if (block)
		(void)atomic_fetch_add(&blocks_held, 1);
	return block;
}

static bool block_fails(const void *returns_to)
{
	int error = failing_call(CALL_MALLOC, returns_to);

	if (error)
		errno = error;
	return error != 0;
}

#define FAILS block_fails(__builtin_return_address(0))

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
	return FAILS ? NULL : counted(__real_malloc(bytes));
}

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes)
{
	return FAILS ? NULL : counted(__real_calloc(count, bytes));
}

void *__real_realloc(void *block, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes)
{
	bool is_new = block == NULL;
	void *moved = FAILS ? NULL : __real_realloc(block, bytes);

	return is_new ? counted(moved) : moved;
}

void *__real_reallocarray(void *block, size_t count, size_t bytes);
void *__wrap_reallocarray(void *block, size_t count, size_t bytes);
void *__wrap_reallocarray(void *block, size_t count, size_t bytes)
{
	bool is_new = block == NULL;
	void *moved = FAILS ? NULL : __real_reallocarray(block, count, bytes);

	return is_new ? counted(moved) : moved;
}

int __real_posix_memalign(void **ret_block, size_t align, size_t bytes);
int __wrap_posix_memalign(void **ret_block, size_t align, size_t bytes);
int __wrap_posix_memalign(void **ret_block, size_t align, size_t bytes)
{
	int error =
		FAILS ? ENOMEM : __real_posix_memalign(ret_block, align, bytes);

	if (!error)
		(void)counted(*ret_block);
	return error;
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
	if (block)
		(void)atomic_fetch_sub(&blocks_held, 1);
	__real_free(block);
}

void *__real_mmap(void *place, size_t bytes, int rights, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *place, size_t bytes, int rights, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *place, size_t bytes, int rights, int flags, int fd,
		  off_t offset)
{
	int error = failing_call(CALL_MMAP, __builtin_return_address(0));
	void *memory = MAP_FAILED;

	if (error)
		errno = error;
	else
		memory = __real_mmap(place, bytes, rights, flags, fd, offset);
	if (memory != MAP_FAILED && !(flags & MAP_FIXED))
		(void)atomic_fetch_add(&bytes_mapped, (long)bytes);
	return memory;
}

int __real_munmap(void *memory, size_t bytes);
int __wrap_munmap(void *memory, size_t bytes);
int __wrap_munmap(void *memory, size_t bytes)
{
	(void)atomic_fetch_sub(&bytes_mapped, (long)bytes);
	return __real_munmap(memory, bytes);
}

WRAP(CALL_MPROTECT, -1, int, mprotect, (void *memory, size_t bytes, int rights),
     (memory, bytes, rights))
WRAP(CALL_MADVISE, -1, int, madvise, (void *memory, size_t bytes, int advice),
     (memory, bytes, advice))

/* ---- files ---- */

int __real_no_cancel_open(const char *path, int flags, ...);
int __wrap_no_cancel_open(const char *path, int flags, ...);
int __wrap_no_cancel_open(const char *path, int flags, ...)
{
	int error = failing_call(CALL_OPEN, __builtin_return_address(0));
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	if (!error)
		return __real_no_cancel_open(path, flags, mode);
	errno = error;
	return -1;
}

int __real_no_cancel_openat(int folder, const char *path, int flags, ...);
int __wrap_no_cancel_openat(int folder, const char *path, int flags, ...);
int __wrap_no_cancel_openat(int folder, const char *path, int flags, ...)
{
	int error = failing_call(CALL_OPEN, __builtin_return_address(0));
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	if (!error)
		return __real_no_cancel_openat(folder, path, flags, mode);
	errno = error;
	return -1;
}

WRAP(CALL_OPENDIR, NULL, DIR *, no_cancel_opendir, (const char *path), (path))
WRAP(CALL_FOPEN, NULL, FILE *, fopen, (const char *path, const char *how),
     (path, how))
WRAP(CALL_MEMFD_CREATE, -1, int, memfd_create,
     (const char *name, unsigned flags), (name, flags))
WRAP(CALL_FTRUNCATE, -1, int, ftruncate, (int fd, off_t bytes), (fd, bytes))
WRAP(CALL_POSIX_FALLOCATE, error, int, no_cancel_posix_fallocate,
     (int fd, off_t offset, off_t bytes), (fd, offset, bytes))
WRAP(CALL_FALLOCATE, -1, int, no_cancel_fallocate,
     (int fd, int mode, off_t offset, off_t bytes), (fd, mode, offset, bytes))
WRAP(CALL_FSTAT, -1, int, fstat, (int fd, struct stat *info), (fd, info))
WRAP(CALL_STAT, -1, int, stat, (const char *path, struct stat *info),
     (path, info))
WRAP(CALL_STAT, -1, int, lstat, (const char *path, struct stat *info),
     (path, info))
WRAP(CALL_STAT, -1, int, fstatat,
     (int folder, const char *path, struct stat *info, int flags),
     (folder, path, info, flags))
WRAP(CALL_FCHMOD, -1, int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(CALL_CHMOD, -1, int, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(CALL_FCHMOD, -1, int, fchown, (int fd, uid_t uid, gid_t gid),
     (fd, uid, gid))
WRAP(CALL_MKDIR, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(CALL_RMDIR, -1, int, rmdir, (const char *path), (path))
WRAP(CALL_UNLINK, -1, int, unlink, (const char *path), (path))
WRAP(CALL_UNLINK, -1, int, unlinkat, (int folder, const char *path, int flags),
     (folder, path, flags))
WRAP(CALL_LINKAT, -1, int, linkat,
     (int from, const char *path, int to, const char *name, int flags),
     (from, path, to, name, flags))
WRAP(CALL_MKFIFO, -1, int, mkfifo, (const char *path, mode_t mode),
     (path, mode))
WRAP(CALL_FLOCK, -1, int, flock, (int fd, int operation), (fd, operation))

static enum call fcntl_call(int command)
{
	switch (command) {
	case F_DUPFD_CLOEXEC:
	case F_DUPFD:
		return CALL_DUPLICATE;
	case F_SETPIPE_SZ:
		return CALL_PIPE_SIZE;
	case F_ADD_SEALS:
		return CALL_SEALS;
	case F_OFD_SETLK:
	case F_OFD_GETLK:
	case F_SETLK:
	case F_GETLK:
		return CALL_RECORD_LOCK;
	default:
		return CALLS;
	}
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
	enum call call = fcntl_call(command);
	va_list rest;
	void *argument;
	int error;

	va_start(rest, command);
	argument = va_arg(rest, void *);
	va_end(rest);
	error = failing_call(call, __builtin_return_address(0));
	if (!error)
		return __real_fcntl(fd, command, argument);
	errno = error;
	return -1;
}

/* ---- descriptors ---- */

WRAP(CALL_PIPE2, -1, int, pipe2, (int ends[2], int flags), (ends, flags))
WRAP(CALL_EVENTFD, -1, int, eventfd, (unsigned number, int flags),
     (number, flags))
WRAP(CALL_SIGNALFD, -1, int, signalfd, (int fd, const sigset_t *set, int flags),
     (fd, set, flags))
WRAP(CALL_EPOLL_CREATE1, -1, int, epoll_create1, (int flags), (flags))
WRAP(CALL_EPOLL_CTL, -1, int, epoll_ctl,
     (int epoll, int operation, int fd, struct epoll_event *event),
     (epoll, operation, fd, event))
WRAP(CALL_EPOLL_WAIT, -1, int, no_cancel_epoll_wait,
     (int epoll, struct epoll_event *events, int count, int timeout_ms),
     (epoll, events, count, timeout_ms))
WRAP(CALL_POLL, -1, int, no_cancel_poll,
     (struct pollfd * entries, nfds_t count, int timeout_ms),
     (entries, count, timeout_ms))
WRAP(CALL_POLL, -1, int, no_cancel_ppoll,
     (struct pollfd * entries, nfds_t count, const struct timespec *time,
      const sigset_t *mask),
     (entries, count, time, mask))
WRAP(CALL_READ, -1, ssize_t, no_cancel_read, (int fd, void *data, size_t bytes),
     (fd, data, bytes))
WRAP(CALL_PREAD, -1, ssize_t, no_cancel_pread,
     (int fd, void *data, size_t bytes, off_t offset),
     (fd, data, bytes, offset))
WRAP(CALL_WRITE, -1, ssize_t, no_cancel_write,
     (int fd, const void *data, size_t bytes), (fd, data, bytes))
WRAP(CALL_READ, -1, int, no_cancel_eventfd_read, (int fd, eventfd_t *number),
     (fd, number))
WRAP(CALL_WRITE, -1, int, no_cancel_eventfd_write, (int fd, eventfd_t number),
     (fd, number))

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	int error = failing_call(CALL_IOCTL, __builtin_return_address(0));
	va_list rest;
	void *argument;

	va_start(rest, request);
	argument = va_arg(rest, void *);
	va_end(rest);
	if (!error)
		return __real_ioctl(fd, request, argument);
	errno = error;
	return -1;
}

/* ---- sockets ---- */

WRAP(CALL_SOCKET, -1, int, socket, (int domain, int type, int protocol),
     (domain, type, protocol))
WRAP(CALL_SOCKETPAIR, -1, int, socketpair,
     (int domain, int type, int protocol, int ends[2]),
     (domain, type, protocol, ends))
WRAP(CALL_BIND, -1, int, bind,
     (int fd, const struct sockaddr *address, socklen_t bytes),
     (fd, address, bytes))
WRAP(CALL_LISTEN, -1, int, listen, (int fd, int backlog), (fd, backlog))
WRAP(CALL_ACCEPT4, -1, int, no_cancel_accept4,
     (int fd, struct sockaddr *address, socklen_t *bytes, int flags),
     (fd, address, bytes, flags))
WRAP(CALL_CONNECT, -1, int, no_cancel_connect,
     (int fd, const struct sockaddr *address, socklen_t bytes),
     (fd, address, bytes))
WRAP(CALL_SEND, -1, ssize_t, no_cancel_send,
     (int fd, const void *data, size_t bytes, int flags),
     (fd, data, bytes, flags))
WRAP(CALL_SENDMSG, -1, ssize_t, no_cancel_sendmsg,
     (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(CALL_RECV, -1, ssize_t, no_cancel_recv,
     (int fd, void *data, size_t bytes, int flags), (fd, data, bytes, flags))
WRAP(CALL_RECVMSG, -1, ssize_t, no_cancel_recvmsg,
     (int fd, struct msghdr *message, int flags), (fd, message, flags))
WRAP(CALL_SOCKOPT, -1, int, getsockopt,
     (int fd, int level, int name, void *option, socklen_t *bytes),
     (fd, level, name, option, bytes))
WRAP(CALL_SOCKOPT, -1, int, setsockopt,
     (int fd, int level, int name, const void *option, socklen_t bytes),
     (fd, level, name, option, bytes))

/*
 * ---- message queues and semaphores ----
 * Finding and removing one fails only if it is another user's; then the library
 * may not remove it, and leaves it.
 */

mqd_t __real_mq_open(const char *name, int flags, ...);
mqd_t __wrap_mq_open(const char *name, int flags, ...);
mqd_t __wrap_mq_open(const char *name, int flags, ...)
{
	int error = failing_call(CALL_MQ_OPEN, __builtin_return_address(0));
	struct mq_attr *attributes;
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	attributes = va_arg(rest, struct mq_attr *);
	va_end(rest);
	if (!error)
		return flags & O_CREAT
			       ? __real_mq_open(name, flags, mode, attributes)
			       : __real_mq_open(name, flags);
	errno = error;
	return -1;
}

WRAP(CALL_MQ_SEND, -1, int, no_cancel_mq_send,
     (mqd_t queue, const char *data, size_t bytes, unsigned priority),
     (queue, data, bytes, priority))
WRAP(CALL_MQ_RECEIVE, -1, ssize_t, no_cancel_mq_receive,
     (mqd_t queue, char *data, size_t bytes, unsigned *priority),
     (queue, data, bytes, priority))
WRAP(flags &IPC_CREAT ? CALL_MSGGET : CALLS, -1, int, msgget,
     (key_t key, int flags), (key, flags))
WRAP(CALL_MSGSND, -1, int, no_cancel_msgsnd,
     (int id, const void *data, size_t bytes, int flags),
     (id, data, bytes, flags))
WRAP(CALL_MSGRCV, -1, ssize_t, no_cancel_msgrcv,
     (int id, void *data, size_t bytes, long type, int flags),
     (id, data, bytes, type, flags))
WRAP(command == IPC_RMID ? CALLS : CALL_MSGCTL, -1, int, msgctl,
     (int id, int command, struct msqid_ds *info), (id, command, info))
WRAP(flags &IPC_CREAT ? CALL_SEMGET : CALLS, -1, int, semget,
     (key_t key, int count, int flags), (key, count, flags))
WRAP(operations->sem_flg &IPC_NOWAIT ? CALL_SEMOP_NOWAIT : CALL_SEMOP, -1, int,
     semop, (int id, struct sembuf *operations, size_t count),
     (id, operations, count))
WRAP(CALL_SEMOP_NOWAIT, -1, int, semtimedop,
     (int id, struct sembuf *operations, size_t count,
      const struct timespec *time),
     (id, operations, count, time))

int __real_semctl(int id, int number, int command, ...);
int __wrap_semctl(int id, int number, int command, ...);
int __wrap_semctl(int id, int number, int command, ...)
{
	int error = failing_call(command == IPC_RMID ? CALLS : CALL_SEMCTL,
				 __builtin_return_address(0));
	va_list rest;
	void *argument; /* of a union that is as large */

	va_start(rest, command);
	argument = va_arg(rest, void *);
	va_end(rest);
	if (!error)
		return __real_semctl(id, number, command, argument);
	errno = error;
	return -1;
}

/* ---- processes and threads ---- */

WRAP(CALL_FORK, -1, pid_t, fork, (void), ())
WRAP(CALL_WAIT, -1, int, no_cancel_waitid,
     (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options))
WRAP(CALL_WAIT, -1, pid_t, no_cancel_waitpid,
     (pid_t child, int *state, int options), (child, state, options))
WRAP(CALL_PTHREAD_CREATE, error, int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes,
      void *(*body)(void *), void *argument),
     (thread, attributes, body, argument))
WRAP(CALL_PTHREAD_ATFORK, error, int, pthread_atfork,
     (void (*before)(void), void (*parent)(void), void (*child)(void)),
     (before, parent, child))
WRAP(CALL_ATEXIT, error, int, atexit, (void (*handler)(void)), (handler))
WRAP(CALL_MUTEX_INIT, error, int, pthread_mutex_init,
     (pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes),
     (mutex, attributes))
WRAP(CALL_GETRANDOM, -1, ssize_t, no_cancel_getrandom,
     (void *data, size_t bytes, unsigned flags), (data, bytes, flags))

/* Those that have no function of their own in the C library. */
static enum call syscall_call(long number)
{
	switch (number) {
	case SYS_pidfd_open:
		return CALL_PIDFD_OPEN;
	case SYS_pidfd_send_signal:
		return CALL_PIDFD_SEND_SIGNAL;
	case SYS_close_range:
		return CALL_CLOSE_RANGE;
	case SYS_pwritev2:
		return CALL_PWRITEV2;
#ifdef SYS_futex_waitv
	case SYS_futex_waitv:
		return CALL_FUTEX_WAITV;
#endif
	default:
		return CALLS;
	}
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	enum call call = syscall_call(number);
	long argument[6];
	int error;
	va_list rest;

	va_start(rest, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(rest, long);
	va_end(rest);
	error = failing_call(call, __builtin_return_address(0));
	if (!error)
		return __real_syscall(number, argument[0], argument[1],
				      argument[2], argument[3], argument[4],
				      argument[5]);
	errno = error;
	return -1;
}
