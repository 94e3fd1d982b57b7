/* SPDX-License-Identifier: MIT */
/*
 * Back-end "socketpair": a pair of connected AF_UNIX sockets of the type
 * SOCK_SEQPACKET, socketpair(2) and unix(7): whole messages, both ways.
 *
 * What the kernel gives: transport with message borders, blocking (poll), end
 * of file, both directions in one object. What it does not: a bound in items;
 * and an empty message would look like end of file, but frames are never
 * empty. MSG_DONTWAIT a call, so no file status flag is ever touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/port/fd_passing.h"
#include "impls/core/port/fd_port.h"
#include "impls/core/token/port_token.h"
#include "ipcmark/backend.h"

/* A frame of 64 KiB of data and a header fits the default send buffer. */
#define FRAME_BYTES (64 * 1024 + 64)
/* What the kernel charges for a message beside its bytes: struct sk_buff. */
#define OVERHEAD_BYTES 768

static enum ipcm_status socketpair_probe(char *why, size_t why_bytes)
{
	int ends[2];

	if (!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return IPCM_OK;
	}
	(void)snprintf(why, why_bytes,
		       "no AF_UNIX SOCK_SEQPACKET pair can be made: raise the "
		       "limit of open files with ulimit -n, or allow AF_UNIX");
	return status_from_errno(errno);
}

/* 0: it could not be told, see errno. */
static int send_buffer_bytes(int fd)
{
	socklen_t length = sizeof(int);
	int bytes = 0;

	return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &length) ? 0
								      : bytes;
}

/* Ask for capacity. The kernel doubles the figure and caps it at wmem_max. */
static void socketpair_grow(int fd,
			    const struct ipcm_channel_request *requested)
{
	uint64_t bytes =
		requested->items * (requested->item_bytes + OVERHEAD_BYTES);
	int half = bytes > (UINT64_C(1) << 30) ? 1 << 29 : (int)(bytes / 2);

	if (half * 2 > send_buffer_bytes(fd))
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &half,
				 sizeof(half));
}

static enum ipcm_status socketpair_limits(
	int fd, struct ipcm_channel_limits *ret_granted)
{
	int bytes = send_buffer_bytes(fd);
	size_t frame =
		bytes / 2 < FRAME_BYTES ? (size_t)(bytes / 2) : FRAME_BYTES;

	if (!bytes)
		return status_from_errno(errno);
	*ret_granted = (struct ipcm_channel_limits){
		.frame_bytes = frame,
		.receive_bytes = frame,
		.channel_bytes = (uint64_t)bytes,
	};
	return IPCM_OK;
}

static enum ipcm_status socketpair_make(
	const struct ipcm_channel_request *requested, int ends[2],
	struct ipcm_channel_limits *ret_granted)
{
	enum ipcm_status status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return status_from_errno(errno);
	socketpair_grow(ends[0], requested);
	socketpair_grow(ends[1], requested);
	status = socketpair_limits(ends[1], ret_granted);
	if (status) {
		(void)close(ends[0]);
		(void)close(ends[1]);
	}
	return status;
}

static enum ipcm_status socketpair_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct fd_port *port = state;
	int ends[2];
	enum ipcm_status status = socketpair_make(requested, ends, ret_granted);

	if (!status)
		*port = (struct fd_port){ends[0], ends[1], {0}};
	return status;
}

static enum ipcm_status socketpair_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	int ends[2];
	enum ipcm_status status = socketpair_make(requested, ends, ret_granted);

	if (status)
		return status;
	*(struct fd_port *)first =
		(struct fd_port){ends[0], duplex ? ends[0] : -1, {0}};
	*(struct fd_port *)second =
		(struct fd_port){duplex ? ends[1] : -1, ends[1], {0}};
	return IPCM_OK;
}

/* The result of a send that failed; IPCM_OK: call again. */
static enum ipcm_status not_sent(void)
{
	if (errno == EAGAIN || errno == ENOBUFS)
		return IPCM_FULL;
	if (errno == EPIPE || errno == ECONNRESET)
		return IPCM_BROKEN;
	/* too many descriptors of this user are in flight */
	if (errno == ETOOMANYREFS)
		return IPCM_LIMIT;
	return errno == EINTR ? IPCM_OK : status_from_errno(errno);
}

static enum ipcm_status socketpair_send(void *state, const void *frame,
					size_t bytes)
{
	struct fd_port *port = state;
	enum ipcm_status status;

	do {
		if (send(port->send_fd, frame, bytes,
			 MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return IPCM_OK;
		status = not_sent();
	} while (!status);
	return status;
}

/*
 * The kernel looks for a message first, then whether the peer has closed. If
 * the peer sends and closes in between, recv returns 0 although a message is
 * there. After a 0 nothing more can be sent; so the second 0 is the end.
 * @return the result of a call that received nothing; IPCM_OK: call again
 */
static enum ipcm_status nothing_came(ssize_t got, unsigned *ends)
{
	if (got == 0)
		return (*ends)++ ? IPCM_EOF : IPCM_OK;
	if (errno == EAGAIN)
		return IPCM_EMPTY;
	/*
	 * ECONNRESET: the peer closed with data of ours unread. It is reported
	 * once, before what the peer had sent: continue (P-EOF-05)
	 */
	if (errno == EINTR || errno == ECONNRESET)
		return IPCM_OK;
	return status_from_errno(errno);
}

static enum ipcm_status socketpair_receive(void *state, void *buffer,
					   size_t bytes, size_t *ret_bytes)
{
	struct fd_port *port = state;
	unsigned ends = 0;

	for (;;) {
		enum ipcm_status status;
		ssize_t got =
			recv(port->receive_fd, buffer, bytes, MSG_DONTWAIT);

		if (got > 0) {
			*ret_bytes = (size_t)got;
			return IPCM_OK;
		}
		status = nothing_came(got, &ends);
		if (status != IPCM_OK)
			return status;
	}
}

static enum ipcm_status socketpair_queued(void *state, uint64_t *ret_units)
{
	struct fd_port *port = state;
	int bytes;

	/* of SOCK_SEQPACKET this counts all messages, not the next one */
	if (ioctl(port->receive_fd, SIOCINQ, &bytes))
		return status_from_errno(errno);
	*ret_units = (uint64_t)bytes;
	return IPCM_OK;
}

static enum ipcm_status socketpair_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	socklen_t length = sizeof(int);
	int fd = handle->fd[0];
	enum ipcm_status status;
	int domain = 0;
	int type = 0;

	if (handle->fd_count != 1)
		return IPCM_CORRUPT;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
		return errno == ENOTSOCK ? IPCM_CORRUPT
					 : status_from_errno(errno);
	if (domain != AF_UNIX || type != SOCK_SEQPACKET)
		return IPCM_CORRUPT;
	status = socketpair_limits(fd, ret_granted);
	if (!status)
		*(struct fd_port *)state = (struct fd_port){fd, fd, {0}};
	return status;
}

static enum ipcm_status socketpair_send_fd(void *state, const void *frame,
					   size_t bytes, int fd)
{
	struct fd_port *port = state;
	enum ipcm_status status;

	do {
		if (fd_passing_send(port->send_fd, frame, bytes, &fd, 1) >= 0)
			return IPCM_OK;
		status = not_sent();
	} while (!status);
	return status;
}

/* Without a free number the kernel would discard the descriptor. */
static bool is_number_free(int fd)
{
	int spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (spare >= 0)
		(void)close(spare);
	return spare >= 0;
}

static enum ipcm_status socketpair_receive_fd(void *state, void *buffer,
					      size_t bytes, size_t *ret_bytes,
					      int *ret_fd)
{
	struct fd_port *port = state;
	enum ipcm_status status;
	unsigned ends = 0;

	if (!is_number_free(port->receive_fd))
		return IPCM_LIMIT;
	do {
		int fds[FD_PASSING_MOST];
		unsigned count;
		ssize_t got = fd_passing_receive(port->receive_fd, buffer,
						 bytes, fds, &count, NULL);

		if (got > 0) {
			*ret_bytes = (size_t)got;
			*ret_fd = count == 1 ? fds[0] : -1;
			if (count > 1)
				fd_passing_close(fds, count);
			return IPCM_OK;
		}
		status = nothing_came(got, &ends);
	} while (!status);
	return status;
}

static const struct ipcm_port_ops socketpair_port_ops = {
	.state_size = sizeof(struct fd_port),
	.unit = IPCM_UNIT_BYTES,
	.native_eof = true,
	.reports_space_late = true,
	.open_queue = socketpair_open_queue,
	.open_pipe = socketpair_open_pipe,
	.close = fd_port_close,
	.send = socketpair_send,
	.receive = socketpair_receive,
	.wait = fd_port_wait,
	.queued = socketpair_queued,
	.fileno = fd_port_fileno,
	.export_handle = fd_port_export_handle,
	.import_handle = socketpair_import_handle,
	.send_fd = socketpair_send_fd,
	.receive_fd = socketpair_receive_fd,
};

/*
 * How many messages of one byte fit? The send buffer is charged with what the
 * kernel allocates for each, several hundred bytes. So one is sent and the
 * charge read (unix_outq_len); all tokens cost the same.
 */
static enum ipcm_status socketpair_tokens_capacity(
	void *state, const struct ipcm_channel_limits *granted,
	uint32_t *ret_tokens)
{
	struct fd_port *port = state;
	uint64_t bytes = granted->channel_bytes;
	char token = 1;
	size_t got;
	int charge = 0;
	enum ipcm_status status = socketpair_send(port, &token, sizeof(token));

	if (status)
		return status == IPCM_FULL ? IPCM_LIMIT : status;
	if (ioctl(port->send_fd, SIOCOUTQ, &charge) || charge <= 0)
		charge = (int)bytes;
	*ret_tokens = (uint32_t)(bytes / (uint64_t)charge);
	status = socketpair_receive(port, &token, sizeof(token), &got);
	return status == IPCM_EMPTY ? IPCM_LIMIT : status;
}

static const struct port_tokens socketpair_tokens = {
	.port = &socketpair_port_ops,
	.receive_bytes = 1,
	.capacity = socketpair_tokens_capacity,
};

static enum ipcm_status socketpair_token_open(void *state, uint32_t tokens,
					      uint32_t most, uint32_t *ret_most)
{
	return port_token_open(state, &socketpair_tokens, tokens, most,
			       ret_most);
}

static const struct ipcm_token_ops socketpair_token_ops = {
	.state_size = PORT_TOKEN_STATE_BYTES(sizeof(struct fd_port)),
	.open = socketpair_token_open,
	.close = port_token_close,
	.take = port_token_take,
	.give = port_token_give,
	.wait = port_token_wait,
	.count = port_token_count,
	.fileno = port_token_fileno,
};

static const struct ipcm_queue_ops socketpair_queue = {
	.port = &socketpair_port_ops};
static const struct ipcm_pipe_ops socketpair_pipe = {
	.port = &socketpair_port_ops};
static const struct ipcm_lock_ops socketpair_lock = {
	.token = &socketpair_token_ops};

static const struct ipcm_feature socketpair_features[] = {
	{"queue.transport", true, "send(2) and recv(2), SOCK_SEQPACKET"},
	{"queue.blocking", true, "poll(2) on the socket while it is empty"},
	{"queue.count", false, "items counted in shared memory"},
	{"queue.borders", true, "SOCK_SEQPACKET up to 64 KiB, else frames"},
	{"pipe.transport", true, "one socket pair for both directions"},
	{"pipe.blocking", true, "poll(2)"},
	{"pipe.eof", true, "recv returns 0, send EPIPE"},
	{"pipe.poll", true, "the descriptor of the socket"},
	{"pipe.descriptors", true, "sendmsg(2) with SCM_RIGHTS"},
	{"listener", false, "rendezvous over a Unix socket"},
	{"lock.handover", true, "one message of one byte"},
	{"lock.owner", false, "owner record in shared memory"},
	{"semaphore.counting", true, "one message of one byte a permit"},
	{"semaphore.bound", false, "releases one by one, under a guard"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_socketpair = {
	.abi = IPCM_BACKEND_ABI,
	.name = "socketpair",
	.summary = "AF_UNIX socket pair: whole messages, both ways",
	.capabilities = IPCM_CAP_POLLABLE | IPCM_CAP_SYNC_PUT |
			IPCM_CAP_GLOBAL_FIFO | IPCM_CAP_SEND_FD |
			IPCM_CAP_LISTENER,
	.probe = socketpair_probe,
	.queue = &socketpair_queue,
	.pipe = &socketpair_pipe,
	.lock = &socketpair_lock,
	.features = socketpair_features,
};
