/* SPDX-License-Identifier: MIT */
/*
 * Back-end "pipe": an anonymous pipe, pipe(2) and pipe(7); with a name a FIFO.
 *
 * A pipe is a byte stream, but writes of up to PIPE_BUF bytes are never torn
 * or mixed. So frames are at most PIPE_BUF long, and a reader whose buffer is
 * as large as the pipe always takes whole frames, as many as there are.
 *
 * What the kernel gives: transport, blocking (poll), end of file, the number
 * of bytes inside. What it does not: message borders, a bound in items.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/memory/shm_map.h"
#include "impls/core/port/fd_port.h"
#include "impls/core/port/port_connect.h"
#include "impls/core/sysctl.h"
#include "impls/core/token/port_token.h"
#include "ipcmark/backend.h"

/* Linux 6.18: no SIGPIPE for this write; older kernels refuse the flag. */
#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

#define DEFAULT_PIPE_BYTES (64 * 1024)

struct pipe_port {
	struct fd_port fds; /* with a name: one descriptor, the FIFO's */
	/* A queue has a reader of its own: SIGPIPE cannot come. */
	bool has_own_reader;
	bool no_signal_flag_refused;
};

static enum ipcm_status pipe_probe(char *why, size_t why_bytes)
{
	int ends[2];

	if (!pipe2(ends, O_CLOEXEC)) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return IPCM_OK;
	}
	(void)snprintf(why, why_bytes,
		       "no pipe can be made: the limit of open files is "
		       "reached; raise it with ulimit -n");
	return status_from_errno(errno);
}

/* Ask for capacity; less than requested, or the default, is fine too. The queue
 * receives all that the pipe holds into one file, which has other contents. */
static void pipe_grow(int fd, const struct ipcm_channel_request *requested)
{
	uint64_t bytes = requested->items * requested->item_bytes;
	uint64_t most = (uint64_t)sysctl_read("/proc/sys/fs/pipe-max-size",
					      DEFAULT_PIPE_BYTES);

	if (bytes > most)
		bytes = most;
	while (bytes > DEFAULT_PIPE_BYTES && !shm_map_size_allowed(2 * bytes))
		bytes /= 2;
	if (bytes > DEFAULT_PIPE_BYTES)
		(void)fcntl(fd, F_SETPIPE_SZ, (int)bytes);
}

static struct ipcm_channel_limits pipe_limits(int fd)
{
	int bytes = fcntl(fd, F_GETPIPE_SZ);

	if (bytes < PIPE_BUF)
		bytes = DEFAULT_PIPE_BYTES;
	return (struct ipcm_channel_limits){
		.frame_bytes = PIPE_BUF,
		.receive_bytes = (size_t)bytes,
		.channel_bytes = (uint64_t)bytes,
	};
}

static enum ipcm_status pipe_connect(
	void *from, void *to, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return status_from_errno(errno);
	pipe_grow(ends[1], requested);
	*ret_granted = pipe_limits(ends[1]);
	((struct pipe_port *)to)->fds.receive_fd = ends[0];
	((struct pipe_port *)from)->fds.send_fd = ends[1];
	return IPCM_OK;
}

static enum ipcm_status pipe_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	((struct pipe_port *)state)->has_own_reader = true;
	return pipe_connect(state, state, requested, ret_granted);
}

static enum ipcm_status pipe_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	*(struct pipe_port *)first = (struct pipe_port){.fds = FD_PORT_CLOSED};
	*(struct pipe_port *)second = (struct pipe_port){.fds = FD_PORT_CLOSED};
	return port_connect(first, second, duplex, requested, ret_granted,
			    pipe_connect, fd_port_close);
}

/*
 * A FIFO, which the resource registry holds. On Linux one descriptor opened for
 * reading and writing is both ends (fifo(7)), so there is always a reader.
 */
static enum ipcm_status pipe_open_named(
	void *state, struct ipcm_object_key *key, bool create,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct pipe_port *port = state;
	struct resource_entry fifo;
	enum ipcm_status status =
		resource_open_key(RESOURCE_FIFO, key, create, &fifo);

	if (status)
		return status;
	if (create)
		pipe_grow(fifo.fd, requested);
	*port = (struct pipe_port){.fds = {fifo.fd, fifo.fd, fifo},
				   .has_own_reader = true};
	*ret_granted = pipe_limits(fifo.fd);
	return IPCM_OK;
}

/*
 * Write with SIGPIPE held back: block it in this thread and consume the one
 * that this write raised, unless one was pending before.
 */
static ssize_t write_masked(int fd, const void *data, size_t bytes)
{
	const struct timespec now = {0, 0};
	sigset_t pipe_signal, before, pending;
	ssize_t written;
	int error;

	(void)sigemptyset(&pipe_signal);
	(void)sigaddset(&pipe_signal, SIGPIPE);
	(void)sigpending(&pending);
	(void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	written = write(fd, data, bytes);
	error = errno;
	if (written < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe_signal, NULL, &now) < 0 &&
		       errno == EINTR)
			;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return written;
}

static ssize_t write_silently(struct pipe_port *port, const void *data,
			      size_t bytes)
{
	struct iovec piece = {(void *)(uintptr_t)data, bytes};
	int fd = port->fds.send_fd;
	ssize_t written;

	if (port->has_own_reader)
		return write(fd, data, bytes);
	if (!port->no_signal_flag_refused) {
		/* pwritev2 in two halves of the offset; musl has none */
		written = syscall(SYS_pwritev2, fd, &piece, 1, -1L, -1L,
				  RWF_NOSIGNAL);
		if (written >= 0 || errno != EOPNOTSUPP)
			return written;
		port->no_signal_flag_refused = true;
	}
	return write_masked(fd, data, bytes);
}

static enum ipcm_status pipe_send(void *state, const void *frame, size_t bytes)
{
	for (;;) {
		/* all or nothing: at most PIPE_BUF bytes, O_NONBLOCK */
		if (write_silently(state, frame, bytes) >= 0)
			return IPCM_OK;
		if (errno == EAGAIN)
			return IPCM_FULL;
		if (errno == EPIPE)
			return IPCM_BROKEN;
		if (errno != EINTR)
			return status_from_errno(errno);
	}
}

static enum ipcm_status pipe_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	struct pipe_port *port = state;

	for (;;) {
		ssize_t got = read(port->fds.receive_fd, buffer, bytes);

		if (got > 0) {
			*ret_bytes = (size_t)got;
			return IPCM_OK;
		}
		if (got == 0)
			return IPCM_EOF;
		if (errno == EAGAIN)
			return IPCM_EMPTY;
		if (errno != EINTR)
			return status_from_errno(errno);
	}
}

static enum ipcm_status pipe_queued(void *state, uint64_t *ret_units)
{
	struct pipe_port *port = state;
	int bytes;

	if (ioctl(port->fds.receive_fd, FIONREAD, &bytes))
		return status_from_errno(errno);
	*ret_units = (uint64_t)bytes;
	return IPCM_OK;
}

/* Is it a pipe's end with that access mode, in non-blocking mode? */
static bool is_end(int fd, int access)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) == access &&
	       flags & O_NONBLOCK && fcntl(fd, F_GETPIPE_SZ) > 0;
}

static enum ipcm_status pipe_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	if (handle->fd_count != 2 || !is_end(handle->fd[0], O_RDONLY) ||
	    !is_end(handle->fd[1], O_WRONLY))
		return IPCM_CORRUPT;
	*(struct pipe_port *)state = (struct pipe_port){
		.fds = {.receive_fd = handle->fd[0], .send_fd = handle->fd[1]}};
	*ret_granted = pipe_limits(handle->fd[0]);
	/* of the pipe that this end sends to, which may be another size: the
	 * kernel gives a user who has many pipes small ones */
	ret_granted->channel_bytes = pipe_limits(handle->fd[1]).channel_bytes;
	return IPCM_OK;
}

static const struct ipcm_port_ops pipe_port_ops = {
	.state_size = sizeof(struct pipe_port),
	.unit = IPCM_UNIT_BYTES,
	.native_eof = true,
	.open_queue = pipe_open_queue,
	.open_pipe = pipe_open_pipe,
	.open_named = pipe_open_named,
	.close = fd_port_close,
	.send = pipe_send,
	.receive = pipe_receive,
	.wait = fd_port_wait,
	.queued = pipe_queued,
	.fileno = fd_port_fileno,
	.export_handle = fd_port_export_handle,
	.import_handle = pipe_import_handle,
};

/*
 * How many tokens fit at any time, each written alone? A page from which bytes
 * were read is free again only when its last byte is read, so the oldest page
 * may hold one byte only.
 */
static enum ipcm_status pipe_tokens_capacity(
	void *state, const struct ipcm_channel_limits *granted,
	uint32_t *ret_tokens)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t bytes = granted->channel_bytes;

	(void)state;
	*ret_tokens = bytes > page ? (uint32_t)(bytes - page) : 1;
	return IPCM_OK;
}

static uint64_t pipe_tokens_items(uint32_t most)
{
	return (uint64_t)most + (uint64_t)sysconf(_SC_PAGESIZE);
}

static const struct port_tokens pipe_tokens = {
	.port = &pipe_port_ops,
	.receive_bytes = 1,
	.items = pipe_tokens_items,
	.capacity = pipe_tokens_capacity,
};

static enum ipcm_status pipe_token_open(void *state, uint32_t tokens,
					uint32_t most, uint32_t *ret_most)
{
	return port_token_open(state, &pipe_tokens, tokens, most, ret_most);
}

static enum ipcm_status pipe_token_open_named(void *state,
					      struct ipcm_object_key *key,
					      bool create, uint32_t tokens,
					      uint32_t most, uint32_t *ret_most)
{
	return port_token_open_named(state, &pipe_tokens, key, create, tokens,
				     most, ret_most);
}

static const struct ipcm_token_ops pipe_token_ops = {
	.state_size = PORT_TOKEN_STATE_BYTES(sizeof(struct pipe_port)),
	.open = pipe_token_open,
	.open_named = pipe_token_open_named,
	.close = port_token_close,
	.take = port_token_take,
	.give = port_token_give,
	.wait = port_token_wait,
	.count = port_token_count,
	.fileno = port_token_fileno,
};

static const struct ipcm_queue_ops pipe_queue = {.port = &pipe_port_ops};
static const struct ipcm_pipe_ops pipe_pipe = {.port = &pipe_port_ops};
static const struct ipcm_lock_ops pipe_lock = {.token = &pipe_token_ops};

static const struct ipcm_feature pipe_features[] = {
	{"queue.transport", true, "write(2) and read(2), frames of PIPE_BUF"},
	{"queue.blocking", true, "poll(2) on the pipe while it is empty"},
	{"queue.count", false, "items counted in shared memory"},
	{"queue.borders", false, "a header on each frame"},
	{"queue.names", true, "a FIFO, fifo(7)"},
	{"pipe.transport", true, "one pipe a direction"},
	{"pipe.blocking", true, "poll(2)"},
	{"pipe.eof", true, "read returns 0, write EPIPE"},
	{"pipe.poll", true, "the descriptor of the pipe"},
	{"listener", false, "rendezvous over a Unix socket"},
	{"lock.handover", true, "one byte in a pipe"},
	{"lock.owner", false, "owner record in shared memory"},
	{"semaphore.counting", true, "one byte in a pipe a permit"},
	{"semaphore.bound", false, "releases one by one, under a guard"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_pipe = {
	.abi = IPCM_BACKEND_ABI,
	.name = "pipe",
	.summary = "anonymous pipe: a byte stream in the kernel",
	.capabilities = IPCM_CAP_POLLABLE | IPCM_CAP_SYNC_PUT |
			IPCM_CAP_GLOBAL_FIFO | IPCM_CAP_NAMED |
			IPCM_CAP_LISTENER,
	.probe = pipe_probe,
	.queue = &pipe_queue,
	.pipe = &pipe_pipe,
	.lock = &pipe_lock,
	.features = pipe_features,
};
