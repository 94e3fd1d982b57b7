/* SPDX-License-Identifier: MIT */
/*
 * See mock_backend.h. Compiled with MOCK_PLUGIN=NAME it is a shared object with
 * that one of them, for ipcmark check --backend. Two mechanisms:
 *
 *   stream  a plain pipe a direction, both sides kept by both ports, so that
 *           there is no end of file; one receive returns many frames
 *   packet  a SEQPACKET socket pair, with end of file
 *
 * and a lock's token: one byte in a pipe.
 */
#include "mock_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_BYTES   128
#define CHANNEL_BYTES 16384

/* stream: fd[0] receives, fd[1] sends, keep[] are their other sides */
struct mock_port {
	int fd[2];
	int keep[2];
};

static enum ipcm_status mock_probe(char *why, size_t why_bytes)
{
	(void)snprintf(why, why_bytes, "works everywhere");
	return IPCM_OK;
}

static void limits_fill(struct ipcm_channel_limits *limits)
{
	*limits = (struct ipcm_channel_limits){
		.frame_bytes = FRAME_BYTES,
		.receive_bytes = CHANNEL_BYTES,
		.channel_bytes = CHANNEL_BYTES,
	};
}

static enum ipcm_status stream_open(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct mock_port *port[2] = {first, second};
	int fd[2][2];

	(void)duplex;
	(void)requested;
	for (int i = 0; i < 2; i++) {
		if (pipe2(fd[i], O_CLOEXEC | O_NONBLOCK) ||
		    fcntl(fd[i][1], F_SETPIPE_SZ, CHANNEL_BYTES) < 0)
			return IPCM_LIMIT;
		port[i]->fd[0] = fd[i][0];
		port[i]->keep[0] = fd[i][1];
		port[1 - i]->fd[1] = dup(fd[i][1]);
		port[1 - i]->keep[1] = dup(fd[i][0]);
	}
	limits_fill(ret_granted);
	return IPCM_OK;
}

static enum ipcm_status packet_open(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct mock_port *port[2] = {first, second};
	int fd[2];

	(void)duplex;
	(void)requested;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, fd))
		return IPCM_LIMIT;
	for (int i = 0; i < 2; i++)
		*port[i] = (struct mock_port){{fd[i], fd[i]}, {-1, -1}};
	limits_fill(ret_granted);
	return IPCM_OK;
}

static void mock_close(void *state)
{
	struct mock_port *port = state;

	(void)close(port->fd[0]);
	if (port->fd[1] != port->fd[0])
		(void)close(port->fd[1]);
	for (int i = 0; i < 2; i++)
		if (port->keep[i] >= 0)
			(void)close(port->keep[i]);
}

static enum ipcm_status stream_send(void *state, const void *frame,
				    size_t bytes)
{
	const struct mock_port *port = state;

	if (write(port->fd[1], frame, bytes) == (ssize_t)bytes)
		return IPCM_OK;
	return errno == EPIPE ? IPCM_BROKEN : IPCM_FULL;
}

static enum ipcm_status packet_send(void *state, const void *frame,
				    size_t bytes)
{
	const struct mock_port *port = state;

	if (send(port->fd[1], frame, bytes, MSG_NOSIGNAL) == (ssize_t)bytes)
		return IPCM_OK;
	return errno == EAGAIN ? IPCM_FULL : IPCM_BROKEN;
}

static enum ipcm_status mock_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	const struct mock_port *port = state;
	ssize_t got = read(port->fd[0], buffer, bytes);

	/* said once, then end of file; and a first 0: see socketpair.c */
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		got = read(port->fd[0], buffer, bytes);
	if (got == 0)
		return IPCM_EOF;
	if (got < 0)
		return IPCM_EMPTY;
	*ret_bytes = (size_t)got;
	return IPCM_OK;
}

static enum ipcm_status late_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	static bool look;

	look = !look;
	return look ? IPCM_EMPTY
		    : mock_receive(state, buffer, bytes, ret_bytes);
}

/* No helper of the library: a shared object has the headers only. */
static enum ipcm_status wait_for(int fd, short events, int64_t deadline_ns)
{
	struct pollfd entry = {.fd = fd, .events = events};
	struct timespec now, limit;
	int64_t left;
	int ready;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	left = deadline_ns - (int64_t)now.tv_sec * 1000000000 - now.tv_nsec;
	left = left > 0 ? left : 0;
	limit = (struct timespec){left / 1000000000, left % 1000000000};
	ready = ppoll(&entry, 1, deadline_ns == IPCM_FOREVER ? NULL : &limit,
		      NULL);
	if (ready > 0)
		return IPCM_OK;
	return ready == 0 ? IPCM_TIMEDOUT : IPCM_INTR;
}

static enum ipcm_status mock_wait(void *state, enum ipcm_direction direction,
				  int64_t deadline_ns)
{
	const struct mock_port *port = state;

	if (direction == IPCM_TO_RECEIVE)
		return wait_for(port->fd[0], POLLIN, deadline_ns);
	return wait_for(port->fd[1], POLLOUT, deadline_ns);
}

static enum ipcm_status mock_queued(void *state, uint64_t *ret_units)
{
	const struct mock_port *port = state;
	int bytes = 0;

	if (ioctl(port->fd[0], FIONREAD, &bytes))
		return IPCM_INVALID;
	*ret_units = (uint64_t)bytes;
	return IPCM_OK;
}

static int mock_fileno(const void *state, enum ipcm_direction direction)
{
	const struct mock_port *port = state;

	return port->fd[direction == IPCM_TO_SEND];
}

/* Fewer than any real mechanism holds. */
#define MOST_TOKENS 7u

struct mock_token {
	int fd[2];
};

static enum ipcm_status token_open(void *state, uint32_t tokens, uint32_t most,
				   uint32_t *ret_most)
{
	struct mock_token *token = state;

	(void)most;
	if (tokens > MOST_TOKENS || pipe2(token->fd, O_CLOEXEC | O_NONBLOCK))
		return IPCM_LIMIT;
	for (uint32_t i = 0; i < tokens; i++)
		if (write(token->fd[1], "T", 1) != 1)
			return IPCM_LIMIT;
	*ret_most = MOST_TOKENS;
	return IPCM_OK;
}

static void token_close(void *state)
{
	const struct mock_token *token = state;

	(void)close(token->fd[0]);
	(void)close(token->fd[1]);
}

static enum ipcm_status token_take(void *state)
{
	const struct mock_token *token = state;
	char byte;

	return read(token->fd[0], &byte, 1) == 1 ? IPCM_OK : IPCM_WOULDBLOCK;
}

static enum ipcm_status token_give(void *state)
{
	const struct mock_token *token = state;

	return write(token->fd[1], "T", 1) == 1 ? IPCM_OK : IPCM_REMOVED;
}

static enum ipcm_status token_wait(void *state, int64_t deadline_ns)
{
	const struct mock_token *token = state;

	return wait_for(token->fd[0], POLLIN, deadline_ns);
}

static enum ipcm_status token_count(void *state, uint32_t *ret_tokens)
{
	const struct mock_token *token = state;
	int bytes = 0;

	if (ioctl(token->fd[0], FIONREAD, &bytes))
		return IPCM_REMOVED;
	*ret_tokens = (uint32_t)bytes;
	return IPCM_OK;
}

static const struct ipcm_token_ops mock_token_ops = {
	.state_size = sizeof(struct mock_token),
	.open = token_open,
	.close = token_close,
	.take = token_take,
	.give = token_give,
	.wait = token_wait,
	.count = token_count,
};
static const struct ipcm_lock_ops lock_token = {&mock_token_ops};
static const struct ipcm_lock_ops lock_word = {NULL};

/* The packet sockets are those with an end of file: unix(7). */
#define MOCK_PORT(kind, eof, what, wait_op, queued_op, fileno_op)              \
	{                                                                      \
		.state_size = sizeof(struct mock_port), .native_eof = (eof),   \
		.unit = (what), .open_pipe = kind##_open, .close = mock_close, \
		.send = kind##_send, .receive = mock_receive,                  \
		.wait = (wait_op), .queued = (queued_op),                      \
		.fileno = (fileno_op), .reports_space_late = (eof),            \
	}
#define MOCK_BACKEND(ident, lock_ops)                                          \
	static const struct ipcm_pipe_ops ident##_pipe = {&ident##_port};      \
	static const struct ipcm_backend ident = {                             \
		.abi = IPCM_BACKEND_ABI,                                       \
		.name = #ident,                                                \
		.summary = "a double for tests",                               \
		.capabilities = IPCM_CAP_POLLABLE,                             \
		.probe = mock_probe,                                           \
		.pipe = &ident##_pipe,                                         \
		.lock = (lock_ops),                                            \
		.not_offered = "a double has no queue",                        \
	}

static const struct ipcm_port_ops mock_bare_port =
	MOCK_PORT(stream, false, IPCM_UNIT_NONE, NULL, NULL, NULL);
MOCK_BACKEND(mock_bare, &lock_word);
static const struct ipcm_port_ops mock_count_port =
	MOCK_PORT(stream, false, IPCM_UNIT_BYTES, NULL, mock_queued, NULL);
MOCK_BACKEND(mock_count, &lock_token);
static const struct ipcm_port_ops mock_waits_port =
	MOCK_PORT(stream, false, IPCM_UNIT_NONE, mock_wait, NULL, NULL);
MOCK_BACKEND(mock_waits, NULL);
static const struct ipcm_port_ops mock_fd_port =
	MOCK_PORT(stream, false, IPCM_UNIT_NONE, mock_wait, NULL, mock_fileno);
MOCK_BACKEND(mock_fd, NULL);
static const struct ipcm_port_ops mock_eof_port =
	MOCK_PORT(packet, true, IPCM_UNIT_NONE, NULL, NULL, NULL);
MOCK_BACKEND(mock_eof, NULL);
static const struct ipcm_port_ops mock_full_port = MOCK_PORT(
	packet, true, IPCM_UNIT_BYTES, mock_wait, mock_queued, mock_fileno);
MOCK_BACKEND(mock_full, NULL);

static const struct ipcm_port_ops late_port = {
	.state_size = sizeof(struct mock_port),
	.open_pipe = stream_open,
	.close = mock_close,
	.send = stream_send,
	.receive = late_receive,
};
static const struct ipcm_pipe_ops late_pipe = {&late_port};
const struct ipcm_backend mock_late = {
	.abi = IPCM_BACKEND_ABI,
	.name = "mock_late",
	.summary = "a double for tests",
	.probe = mock_probe,
	.pipe = &late_pipe,
	.not_offered = "a double for one test",
};

#ifdef MOCK_PLUGIN
#define TEXT_OF(name)  #name
#define ALIAS_OF(name) __attribute__((alias(TEXT_OF(name))))

IPCM_API extern const struct ipcm_backend ipcm_backend_plugin
	ALIAS_OF(MOCK_PLUGIN);
#endif

const struct ipcm_backend *const mock_backends[] = {
	&mock_bare, &mock_count, &mock_waits, &mock_fd,
	&mock_eof,  &mock_full,	 NULL,
};
