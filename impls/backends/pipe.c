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
#include <sys/uio.h>
#include <unistd.h>

#include "impls/core/naming/resource_registry.h"
#include "impls/core/sync/poll.h"
#include "impls/core/memory/shm_map.h"
#include "impls/core/token/port_token.h"
#include "ipcmark/backend.h"

/* Linux 6.18: no SIGPIPE for this write; older ones refuse the flag. */
#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

#define DEFAULT_PIPE_BYTES (64 * 1024)

struct pipe_port {
	int receive_fd;
	int send_fd;
	/* The queue's own reader keeps the pipe alive: no SIGPIPE can come. */
	bool has_own_reader;
	bool no_signal_flag_refused;
	/* With a name: its descriptor is both of the above. */
	struct resource_entry fifo;
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

static int pipe_max_bytes(void)
{
	FILE *file = fopen("/proc/sys/fs/pipe-max-size", "re");
	int bytes = DEFAULT_PIPE_BYTES;

	if (file) {
		if (fscanf(file, "%d", &bytes) != 1)
			bytes = DEFAULT_PIPE_BYTES;
		(void)fclose(file);
	}
	return bytes;
}

/* Ask for room; less than asked for, or the default, is fine too. */
static void pipe_grow(int fd, const struct ipcm_channel_request *requested)
{
	uint64_t bytes = requested->items * requested->item_bytes;
	uint64_t most = (uint64_t)pipe_max_bytes();

	if (bytes > most)
		bytes = most;
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

static enum ipcm_status pipe_make(const struct ipcm_channel_request *requested,
				  int ends[2],
				  struct ipcm_channel_limits *ret_granted)
{
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return status_from_errno(errno);
	pipe_grow(ends[1], requested);
	*ret_granted = pipe_limits(ends[1]);
	return IPCM_OK;
}

static enum ipcm_status pipe_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct pipe_port *port = state;
	int ends[2];
	enum ipcm_status status = pipe_make(requested, ends, ret_granted);

	if (!status)
		*port = (struct pipe_port){.receive_fd = ends[0],
					   .send_fd = ends[1],
					   .has_own_reader = true};
	return status;
}

/*
 * A FIFO, written down in the ledger. On Linux one descriptor opened for
 * reading and writing is both ends (fifo(7)), so there is always a reader.
 */
static enum ipcm_status pipe_open_named(
	void *state, struct ipcm_object_key *key, bool create,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct resource_entry fifo;
	enum ipcm_status status =
		create ? resource_open(RESOURCE_FIFO, key->mode, &fifo)
		       : resource_attach(RESOURCE_FIFO, key->uid, key->key,
					 &fifo);

	if (status)
		return status;
	if (create) {
		pipe_grow(fifo.fd, requested);
		key->uid = fifo.uid;
		key->key = fifo.key;
	}
	*ret_granted = pipe_limits(fifo.fd);
	*(struct pipe_port *)state = (struct pipe_port){
		.receive_fd = fifo.fd,
		.send_fd = fifo.fd,
		.has_own_reader = true,
		.fifo = fifo,
	};
	return IPCM_OK;
}

static enum ipcm_status pipe_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	int forth[2] = {-1, -1}; /* second to first */
	int back[2] = {-1, -1};
	enum ipcm_status status = pipe_make(requested, forth, ret_granted);

	if (status)
		return status;
	if (duplex) {
		status = pipe_make(requested, back, ret_granted);
		if (status)
			goto close_forth;
	}
	*(struct pipe_port *)first =
		(struct pipe_port){.receive_fd = forth[0], .send_fd = back[1]};
	*(struct pipe_port *)second =
		(struct pipe_port){.receive_fd = back[0], .send_fd = forth[1]};
	return IPCM_OK;
close_forth:
	(void)close(forth[0]);
	(void)close(forth[1]);
	return status;
}

static void pipe_close(void *state)
{
	struct pipe_port *port = state;

	if (port->fifo.key) {
		resource_close(&port->fifo);
		port->receive_fd = port->send_fd = -1;
	}
	if (port->receive_fd >= 0)
		(void)close(port->receive_fd);
	if (port->send_fd >= 0)
		(void)close(port->send_fd);
	port->receive_fd = port->send_fd = -1;
}

/*
 * Write with SIGPIPE held back: block it in this thread and eat the one that
 * our own write raised, unless one was pending before.
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
	ssize_t written;

	if (port->has_own_reader)
		return write(port->send_fd, data, bytes);
	if (!port->no_signal_flag_refused) {
		written = pwritev2(port->send_fd, &piece, 1, -1, RWF_NOSIGNAL);
		if (written >= 0 || errno != EOPNOTSUPP)
			return written;
		port->no_signal_flag_refused = true;
	}
	return write_masked(port->send_fd, data, bytes);
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
		ssize_t got = read(port->receive_fd, buffer, bytes);

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

static enum ipcm_status pipe_wait(void *state, enum ipcm_direction direction,
				  int64_t deadline_ns)
{
	struct pipe_port *port = state;

	if (direction == IPCM_TO_SEND)
		return poll_one(port->send_fd, POLLOUT, deadline_ns);
	return poll_one(port->receive_fd, POLLIN, deadline_ns);
}

static enum ipcm_status pipe_queued(void *state, uint64_t *ret_units)
{
	struct pipe_port *port = state;
	int bytes;

	if (ioctl(port->receive_fd, FIONREAD, &bytes))
		return status_from_errno(errno);
	*ret_units = (uint64_t)bytes;
	return IPCM_OK;
}

static int pipe_fileno(const void *state)
{
	return ((const struct pipe_port *)state)->receive_fd;
}

static enum ipcm_status pipe_export_handle(const void *state,
					   struct ipcm_port_handle *ret_handle)
{
	const struct pipe_port *port = state;

	*ret_handle = (struct ipcm_port_handle){
		.fd = {port->receive_fd, port->send_fd}, .fd_count = 2};
	return IPCM_OK;
}

/* A pipe's side of that kind, which never blocks? */
static bool is_side(int fd, int access)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) == access &&
	       flags & O_NONBLOCK && fcntl(fd, F_GETPIPE_SZ) > 0;
}

static enum ipcm_status pipe_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	if (handle->fd_count != 2 || !is_side(handle->fd[0], O_RDONLY) ||
	    !is_side(handle->fd[1], O_WRONLY))
		return IPCM_CORRUPT;
	*(struct pipe_port *)state = (struct pipe_port){
		.receive_fd = handle->fd[0], .send_fd = handle->fd[1]};
	*ret_granted = pipe_limits(handle->fd[0]);
	return IPCM_OK;
}

static const struct ipcm_port_ops pipe_port_ops = {
	.state_size = sizeof(struct pipe_port),
	.unit = IPCM_UNIT_BYTES,
	.native_eof = true,
	.open_queue = pipe_open_queue,
	.open_pipe = pipe_open_pipe,
	.close = pipe_close,
	.send = pipe_send,
	.receive = pipe_receive,
	.wait = pipe_wait,
	.queued = pipe_queued,
	.fileno = pipe_fileno,
	.export_handle = pipe_export_handle,
	.import_handle = pipe_import_handle,
	.open_named = pipe_open_named,
};

/* Tokens: each is one byte in a pipe. Who has read it has the token. */

/*
 * How many bytes fit at any time, one written at a time? A page from which
 * something was read gets no room back before its last byte is read, so the
 * oldest page may hold one byte only.
 */
static uint32_t token_room(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return bytes > page ? (uint32_t)(bytes - page) : 1;
}

static struct ipcm_channel_request token_request(uint32_t most)
{
	return (struct ipcm_channel_request){
		.items = (uint64_t)most + (uint64_t)sysconf(_SC_PAGESIZE),
		.item_bytes = 1,
	};
}

/* The port is open: put the first ones in, tell how many there is room for. */
static enum ipcm_status token_begin(void *state,
				    const struct ipcm_channel_limits *got,
				    uint32_t tokens, uint32_t *ret_most)
{
	uint32_t room = token_room(got->channel_bytes);
	enum ipcm_status status =
		token_port_fill(&pipe_port_ops, state, tokens, room);

	if (!status)
		*ret_most = room;
	return status;
}

static enum ipcm_status pipe_token_open(void *state, uint32_t tokens,
					uint32_t most, uint32_t *ret_most)
{
	const struct ipcm_channel_request requested = token_request(most);
	struct ipcm_channel_limits got;
	enum ipcm_status status = pipe_open_queue(state, &requested, &got);

	return status ? status : token_begin(state, &got, tokens, ret_most);
}

static enum ipcm_status pipe_token_open_named(void *state,
					      struct ipcm_object_key *key,
					      bool create, uint32_t tokens,
					      uint32_t most, uint32_t *ret_most)
{
	const struct ipcm_channel_request requested = token_request(most);
	struct ipcm_channel_limits got;
	enum ipcm_status status =
		pipe_open_named(state, key, create, &requested, &got);

	return status ? status
		      : token_begin(state, &got, create ? tokens : 0, ret_most);
}

static enum ipcm_status pipe_token_take(void *state)
{
	return token_port_take(&pipe_port_ops, 1, state);
}

static enum ipcm_status pipe_token_give(void *state)
{
	return token_port_give(&pipe_port_ops, state);
}

static enum ipcm_status pipe_token_wait(void *state, int64_t deadline_ns)
{
	return pipe_wait(state, IPCM_TO_RECEIVE, deadline_ns);
}

static enum ipcm_status pipe_token_count(void *state, uint32_t *ret_tokens)
{
	return token_port_count(&pipe_port_ops, state, ret_tokens);
}

static const struct ipcm_token_ops pipe_token_ops = {
	.state_size = sizeof(struct pipe_port),
	.open = pipe_token_open,
	.close = pipe_close,
	.take = pipe_token_take,
	.give = pipe_token_give,
	.wait = pipe_token_wait,
	.count = pipe_token_count,
	.open_named = pipe_token_open_named,
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
