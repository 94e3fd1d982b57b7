/* SPDX-License-Identifier: MIT */
#include "fd_passing.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Control data of a message, cmsg(3). */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FD_PASSING_MOST * sizeof(int))];
};

ssize_t fd_passing_send(int socket, const void *data, size_t bytes,
			const int *fds, unsigned count)
{
	struct iovec piece = {(void *)(uintptr_t)data, bytes};
	union control control = {.bytes = {0}};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

	if (count) {
		struct cmsghdr *rights = &control.align;

		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static unsigned fds_of(struct msghdr *message, int fds[FD_PASSING_MOST])
{
	struct cmsghdr *each;
	unsigned count = 0;

	for (each = CMSG_FIRSTHDR(message); each;
	     each = CMSG_NXTHDR(message, each)) {
		size_t bytes = each->cmsg_len - CMSG_LEN(0);

		if (each->cmsg_level != SOL_SOCKET ||
		    each->cmsg_type != SCM_RIGHTS ||
		    count + bytes / sizeof(int) > FD_PASSING_MOST)
			continue;
		memcpy(fds + count, CMSG_DATA(each), bytes);
		count += (unsigned)(bytes / sizeof(int));
	}
	return count;
}

ssize_t fd_passing_receive(int socket, void *buffer, size_t bytes,
			   int fds[FD_PASSING_MOST], unsigned *ret_count,
			   int *ret_flags)
{
	struct iovec piece = {buffer, bytes};
	union control control;
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t got =
		recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*ret_count = got < 0 ? 0 : fds_of(&message, fds);
	if (ret_flags)
		*ret_flags = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	return got;
}

void fd_passing_close(const int *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		(void)close(fds[i]);
}
