/* SPDX-License-Identifier: MIT */
/*
 * System calls that a signal may end before they have done anything: each fails
 * with EINTR at first, on every back-end, in creates, in sends, and in the
 * handshake of a listener on both sides. A thread that is not interruptible
 * sees nothing of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "impls/testkit/listener_support.h"
#include "impls/testkit/named_objects.h"

/* ---- the calls, as the linker hands them to the library (--wrap); their names
 * there are those of core/no_cancel.h ---- */

enum call {
	POSIX_FALLOCATE,
	SEND,
	SENDMSG,
	RECV,
	RECVMSG,
	CONNECT,
	ACCEPT4,
	CALLS
};

static const char *const names[CALLS] = {
	"posix_fallocate", "send",    "sendmsg", "recv",
	"recvmsg",	   "connect", "accept4"};

static bool active;
static struct tally {
	_Atomic unsigned calls, interrupted;
} * tallies; /* of all processes */

/* Two calls of three. */
static bool interrupted(enum call call)
{
	if (!active || atomic_fetch_add(&tallies[call].calls, 1) % 3 == 2)
		return false;
	(void)atomic_fetch_add(&tallies[call].interrupted, 1);
	errno = EINTR;
	return true;
}

#define WRAP(call, result, name, parameters, arguments)                        \
	result __real_no_cancel_##name parameters;                             \
	result __wrap_no_cancel_##name parameters;                             \
	result __wrap_no_cancel_##name parameters                              \
	{                                                                      \
		return interrupted(call) ? -1                                  \
					 : __real_no_cancel_##name arguments;  \
	}

WRAP(SEND, ssize_t, send, (int fd, const void *data, size_t bytes, int flags),
     (fd, data, bytes, flags))
WRAP(SENDMSG, ssize_t, sendmsg,
     (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(RECV, ssize_t, recv, (int fd, void *data, size_t bytes, int flags),
     (fd, data, bytes, flags))
WRAP(RECVMSG, ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
     (fd, message, flags))
WRAP(CONNECT, int, connect,
     (int fd, const struct sockaddr *address, socklen_t bytes),
     (fd, address, bytes))
WRAP(ACCEPT4, int, accept4,
     (int fd, struct sockaddr *address, socklen_t *bytes, int flags),
     (fd, address, bytes, flags))

int __real_no_cancel_posix_fallocate(int fd, off_t offset, off_t bytes);
int __wrap_no_cancel_posix_fallocate(int fd, off_t offset, off_t bytes);

int __wrap_no_cancel_posix_fallocate(int fd, off_t offset, off_t bytes)
{
	return interrupted(POSIX_FALLOCATE)
		       ? EINTR
		       : __real_no_cancel_posix_fallocate(fd, offset, bytes);
}

/* ---- what must not notice ---- */

static uint8_t sent[LARGE_BYTES], got[LARGE_BYTES];

static int put_large(void *argument)
{
	CHECK_OK(ipcm_queue_put(argument, sent, sizeof(sent), HANG));
	return 0;
}

static void queue_works(const struct ipcm_backend *backend)
{
	struct ipcm_process *child;
	struct ipcm_queue *queue;
	size_t bytes = 0;

	if (!CHECK_OK(ipcm_queue_create(backend, NULL, &queue)))
		return;
	child = child_start(put_large, queue);
	CHECK_OK(ipcm_queue_get(queue, got, sizeof(got), HANG, &bytes));
	CHECK(bytes == sizeof(sent) && !memcmp(got, sent, bytes));
	CHECK(child_ok(child));
	ipcm_queue_free(queue);
}

static void poll_wakes(const struct ipcm_backend *backend)
{
	struct ipcm_connection *ends[2];
	bool ready = false;
	char byte = 0;

	if (!CHECK_OK(ipcm_pipe_create(backend, NULL, &ends[0], &ends[1])))
		return;
	CHECK_OK(ipcm_connection_send(ends[1], "p", 1, HANG));
	CHECK_OK(ipcm_connection_poll(ends[0], HANG, &ready));
	CHECK(ready);
	CHECK_OK(ipcm_connection_recv(ends[0], &byte, 1, HANG, NULL));
	CHECK(byte == 'p');
	ipcm_connection_free(ends[0]);
	ipcm_connection_free(ends[1]);
}

static void interrupted_calls(const struct ipcm_backend *backend)
{
	/* not the doubles, which handle no EINTR themselves */
	if (!backend->queue)
		return;
	fill(sent, sizeof(sent), 1);
	active = true;
	queue_works(backend);
	message_arrives((struct client){backend, NULL, sent, sizeof(sent)},
			got);
	message_arrives((struct client){backend, "key", sent, sizeof(sent)},
			got);
	poll_wakes(backend);
	active = false;
}

int main(void)
{
	tallies = shared_memory(CALLS * sizeof(*tallies));
	each_backend(NEEDS_PIPE, "interrupted calls", interrupted_calls);
	check_subject("all", "interrupted calls");
	for (int call = 0; call < CALLS; call++)
		CHECK(tallies[call].interrupted, "%s was never interrupted",
		      names[call]);
	return check_failures() ? 1 : 0;
}
