/* SPDX-License-Identifier: MIT */
/*
 * A back-end of one's own, in one file, against the installed headers: a pipe
 * in packet mode (O_DIRECT, pipe(2)). Each write of up to PIPE_BUF bytes is a
 * packet, each read takes one, whole; the pipe holds so many packets as it has
 * pages. Built as a shared object, it is checked and measured beside the
 * others:
 *
 *     ipcmark check --backend pipe,./libpacket_pipe.so
 *     ipcmark bench --backend ./libpacket_pipe.so
 *
 * It offers queues and locks. It leaves pipes out, because a pipe without a
 * reader raises SIGPIPE and handling that would hide what is to be shown here;
 * the checker then shows their clauses as unsupported, with this reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <ipcmark/backend.h>

/* What pipe(7) promises to every user without asking. */
#define SMALLEST_PACKETS 16

struct packet_pipe {
	int read_fd;
	int write_fd;
};

/* No errno gets out; what is not expected is a limit or an error of ours. */
static enum ipcm_status status_of(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
		return IPCM_LIMIT;
	case ENOMEM:
		return IPCM_NOMEM;
	default:
		return IPCM_INVALID;
	}
}

static enum ipcm_status packet_probe(char *why, size_t why_bytes)
{
	int ends[2];

	if (!pipe2(ends, O_DIRECT | O_CLOEXEC)) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return IPCM_OK;
	}
	(void)snprintf(why, why_bytes,
		       errno == EINVAL
			       ? "this kernel has no packet pipes: Linux 3.4 "
				 "has"
			       : "no pipe can be made: raise the limit of open "
				 "files with ulimit -n");
	return IPCM_NOTSUP;
}

/* Room for so many packets, or as many as an ordinary user may have. */
static uint64_t grow(int fd, uint64_t packets)
{
	long page = sysconf(_SC_PAGESIZE);
	int bytes;

	for (; packets > SMALLEST_PACKETS; packets /= 2) {
		if (packets <= (uint64_t)(INT_MAX / page) &&
		    fcntl(fd, F_SETPIPE_SZ, (int)packets * (int)page) >= 0)
			break;
	}
	bytes = fcntl(fd, F_GETPIPE_SZ);
	return bytes > 0 ? (uint64_t)(bytes / page) : 1;
}

static enum ipcm_status packet_open(struct packet_pipe *port, uint64_t packets,
				    uint64_t *ret_packets)
{
	int ends[2];

	if (pipe2(ends, O_DIRECT | O_CLOEXEC | O_NONBLOCK))
		return status_of(errno);
	*port = (struct packet_pipe){ends[0], ends[1]};
	*ret_packets = grow(ends[1], packets);
	return IPCM_OK;
}

/* A frame is at least 128 bytes, and a queue wants them larger than that. */
static enum ipcm_status packet_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	uint64_t frames = requested->item_bytes / PIPE_BUF + 1, packets;
	enum ipcm_status status;

	frames = requested->items > UINT64_MAX / frames
			 ? UINT64_MAX
			 : requested->items * frames;
	status = packet_open(state, frames, &packets);
	if (status)
		return status;
	*ret_granted = (struct ipcm_channel_limits){
		.frame_bytes = PIPE_BUF,
		.receive_bytes = PIPE_BUF,
		.channel_frames = packets,
	};
	return IPCM_OK;
}

static void packet_close(void *state)
{
	struct packet_pipe *port = state;

	(void)close(port->read_fd);
	(void)close(port->write_fd);
}

static enum ipcm_status packet_send(void *state, const void *frame,
				    size_t bytes)
{
	struct packet_pipe *port = state;

	for (;;) {
		if (write(port->write_fd, frame, bytes) >= 0)
			return IPCM_OK;
		if (errno == EAGAIN)
			return IPCM_FULL;
		if (errno != EINTR)
			return status_of(errno);
	}
}

/* Every process of the queue has both ends: there is no end of file. */
static enum ipcm_status packet_receive(void *state, void *buffer, size_t bytes,
				       size_t *ret_bytes)
{
	struct packet_pipe *port = state;

	for (;;) {
		ssize_t got = read(port->read_fd, buffer, bytes);

		if (got > 0) {
			*ret_bytes = (size_t)got;
			return IPCM_OK;
		}
		if (got == 0)
			return IPCM_EOF;
		if (errno == EAGAIN)
			return IPCM_EMPTY;
		if (errno != EINTR)
			return status_of(errno);
	}
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static enum ipcm_status wait_for(int fd, short events, int64_t deadline_ns)
{
	struct pollfd entry = {.fd = fd, .events = events};
	struct timespec limit;
	int64_t left;
	int ready;

	left = deadline_ns == IPCM_FOREVER ? 0 : deadline_ns - now_ns();
	left = left > 0 ? left : 0;
	limit = (struct timespec){left / 1000000000, left % 1000000000};
	ready = ppoll(&entry, 1, deadline_ns == IPCM_FOREVER ? NULL : &limit,
		      NULL);
	if (ready > 0)
		return IPCM_OK;
	if (ready == 0)
		return IPCM_TIMEDOUT;
	/* a signal handler ran: whether to go on is the library's business */
	return errno == EINTR ? IPCM_INTR : status_of(errno);
}

static enum ipcm_status packet_wait(void *state, enum ipcm_direction direction,
				    int64_t deadline_ns)
{
	struct packet_pipe *port = state;

	if (direction == IPCM_TO_SEND)
		return wait_for(port->write_fd, POLLOUT, deadline_ns);
	return wait_for(port->read_fd, POLLIN, deadline_ns);
}

static enum ipcm_status packet_queued(void *state, uint64_t *ret_units)
{
	struct packet_pipe *port = state;
	int bytes;

	if (ioctl(port->read_fd, FIONREAD, &bytes))
		return status_of(errno);
	*ret_units = (uint64_t)bytes;
	return IPCM_OK;
}

/* A token is a packet of one byte: its reader has the token. */

static enum ipcm_status token_give(void *state)
{
	return packet_send(state, "", 1);
}

static enum ipcm_status token_open(void *state, uint32_t tokens, uint32_t most,
				   uint32_t *ret_most)
{
	uint64_t packets;
	enum ipcm_status status =
		packet_open(state, tokens > most ? tokens : most, &packets);

	for (uint32_t i = 0; !status && i < tokens; i++) {
		status = token_give(state);
		if (status) {
			packet_close(state);
			return IPCM_LIMIT;
		}
	}
	if (!status)
		*ret_most = (uint32_t)packets;
	return status;
}

static enum ipcm_status token_take(void *state)
{
	char token;
	size_t bytes;
	enum ipcm_status status = packet_receive(state, &token, 1, &bytes);

	return status == IPCM_EMPTY ? IPCM_WOULDBLOCK : status;
}

static enum ipcm_status token_wait(void *state, int64_t deadline_ns)
{
	return packet_wait(state, IPCM_TO_RECEIVE, deadline_ns);
}

static enum ipcm_status token_count(void *state, uint32_t *ret_tokens)
{
	uint64_t bytes = 0;
	enum ipcm_status status = packet_queued(state, &bytes);

	if (!status)
		*ret_tokens = (uint32_t)bytes;
	return status;
}

static const struct ipcm_port_ops port_ops = {
	.state_size = sizeof(struct packet_pipe),
	.unit = IPCM_UNIT_BYTES,
	.native_eof = true,
	.open_queue = packet_open_queue,
	.close = packet_close,
	.send = packet_send,
	.receive = packet_receive,
	.wait = packet_wait,
	.queued = packet_queued,
};

static const struct ipcm_token_ops token_ops = {
	.state_size = sizeof(struct packet_pipe),
	.open = token_open,
	.close = packet_close,
	.take = token_take,
	.give = token_give,
	.wait = token_wait,
	.count = token_count,
};

static const struct ipcm_queue_ops queue_ops = {.port = &port_ops};
static const struct ipcm_lock_ops lock_ops = {.token = &token_ops};

/* For people: what the mechanism does itself is native. */
static const struct ipcm_feature features[] = {
	{"queue.transport", true, "write(2) and read(2) of packets"},
	{"queue.blocking", true, "poll(2) on the pipe"},
	{"queue.borders", true, "a packet each, up to PIPE_BUF"},
	{"queue.count", false, "items counted in shared memory"},
	{"lock.handover", true, "one packet of one byte"},
	{"lock.owner", false, "owner record in shared memory"},
	{NULL, false, NULL},
};

/* The one symbol that the loader looks for. */
IPCM_API extern const struct ipcm_backend ipcm_backend_plugin;

const struct ipcm_backend ipcm_backend_plugin = {
	.abi = IPCM_BACKEND_ABI,
	.name = "packet_pipe",
	.summary = "pipe in packet mode: each write is a message",
	.capabilities = IPCM_CAP_SYNC_PUT | IPCM_CAP_GLOBAL_FIFO,
	.probe = packet_probe,
	.queue = &queue_ops,
	.pipe = NULL,
	.lock = &lock_ops,
	.not_offered = "a pipe without a reader raises SIGPIPE, which this "
		       "example does not handle",
	.features = features,
};
