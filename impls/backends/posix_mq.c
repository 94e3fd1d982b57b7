/* SPDX-License-Identifier: MIT */
/*
 * Back-end "posix_mq": a POSIX message queue, mq_overview(7).
 *
 * The queue's name is unlinked as soon as it is open, except for a named
 * object; users inherit the descriptor, which is a file descriptor on Linux
 * (mq_overview(7)). Unprivileged queues hold fs.mqueue.msg_max messages (10) of
 * fs.mqueue.msgsize_max bytes (8 KiB), and RLIMIT_MSGQUEUE pays for nine of
 * them. A queue for small items asks for small messages; when the rest of the
 * allowance is too small for a queue, smaller messages are tried.
 *
 * What the kernel gives: transport with message borders, blocking (poll: the
 * timed calls follow the wall clock), the number of messages inside. What it
 * does not: end of file, more than msg_max messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/port/fd_port.h"
#include "impls/core/port/port_connect.h"
#include "impls/core/sysctl.h"
#include "impls/core/token/port_token.h"
#include "ipcmark/backend.h"

#define DEFAULT_MESSAGES 10
#define DEFAULT_BYTES	 8192
#define SMALLEST_BYTES	 256
/* Of a connection that a client made: a server may have many of them, and
 * RLIMIT_MSGQUEUE pays for each message that would fit. */
#define PORTABLE_MESSAGES 3

static long clamp(uint64_t value, long least, long most)
{
	if (value < (uint64_t)least)
		return least;
	return value > (uint64_t)most ? most : (long)value;
}

/* What to ask for: as much as requested, within the unprivileged limits. */
static struct mq_attr mq_attributes(
	const struct ipcm_channel_request *requested)
{
	long messages =
		sysctl_read("/proc/sys/fs/mqueue/msg_max", DEFAULT_MESSAGES);
	long bytes =
		sysctl_read("/proc/sys/fs/mqueue/msgsize_max", DEFAULT_BYTES);

	if (requested->portable && messages > PORTABLE_MESSAGES)
		messages = PORTABLE_MESSAGES;
	return (struct mq_attr){
		.mq_maxmsg = clamp(requested->items, 1, messages),
		.mq_msgsize =
			clamp(requested->item_bytes, SMALLEST_BYTES, bytes),
	};
}

static struct ipcm_channel_limits mq_limits(const struct mq_attr *attributes)
{
	return (struct ipcm_channel_limits){
		.frame_bytes = (size_t)attributes->mq_msgsize,
		.receive_bytes = (size_t)attributes->mq_msgsize,
		.channel_frames = (uint64_t)attributes->mq_maxmsg,
	};
}

/* A queue to create. */
struct creation {
	struct mq_attr attributes;
	mqd_t queue;
};

/* For resource_make_object. */
static int make_queue(uint32_t key, uint32_t mode, void *context)
{
	struct creation *creation = context;
	char name[RESOURCE_MQ_NAME_BYTES];
	int error;

	resource_mq_name(key, name);
	creation->queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK,
				  (mode_t)mode, &creation->attributes);
	if (creation->queue >= 0)
		return 0;
	error = errno;
	/* the kernel makes the queue, then opens it: when that fails (ENFILE,
	 * ENOMEM) the queue stays. EEXIST: it is the queue of another program
	 */
	if (error != EEXIST)
		(void)mq_unlink(name);
	return error;
}

/* Make a queue that other processes open with these mode bits. */
static enum ipcm_status mq_create(const struct ipcm_channel_request *requested,
				  uint32_t mode, mqd_t *ret_queue,
				  struct resource_entry *ret_entry,
				  struct ipcm_channel_limits *ret_granted)
{
	struct creation creation = {.attributes = mq_attributes(requested)};
	long *bytes = &creation.attributes.mq_msgsize;
	enum ipcm_status status = resource_make_object(
		RESOURCE_MQ, mode, make_queue, &creation, ret_entry);

	/* RLIMIT_MSGQUEUE may be used up; a smaller one may fit */
	while (status == IPCM_LIMIT && *bytes > SMALLEST_BYTES) {
		*bytes = *bytes / 2 > SMALLEST_BYTES ? *bytes / 2
						     : SMALLEST_BYTES;
		status = resource_make_object(RESOURCE_MQ, mode, make_queue,
					      &creation, ret_entry);
	}
	if (status)
		return status;
	*ret_queue = creation.queue;
	*ret_granted = mq_limits(&creation.attributes);
	return IPCM_OK;
}

/* Make a queue and unlink its name at once. */
static enum ipcm_status mq_create_nameless(
	const struct ipcm_channel_request *requested, mqd_t *ret_queue,
	struct ipcm_channel_limits *ret_granted)
{
	char name[RESOURCE_MQ_NAME_BYTES];
	struct resource_entry entry;
	enum ipcm_status status =
		mq_create(requested, 0600, ret_queue, &entry, ret_granted);

	if (status)
		return status;
	resource_mq_name(entry.key, name);
	(void)mq_unlink(name);
	resource_forget(&entry);
	return IPCM_OK;
}

static enum ipcm_status mq_probe(char *why, size_t why_bytes)
{
	const struct ipcm_channel_request requested = {.items = 1,
						       .item_bytes = 1};
	struct ipcm_channel_limits granted;
	mqd_t queue;
	enum ipcm_status status =
		mq_create_nameless(&requested, &queue, &granted);

	if (!status) {
		(void)mq_close(queue);
		return IPCM_OK;
	}
	(void)snprintf(why, why_bytes,
		       "no POSIX message queue can be made: the kernel has "
		       "none, fs.mqueue.queues_max queues exist (raise with "
		       "sysctl), or RLIMIT_MSGQUEUE is used up (ulimit -q)");
	return status;
}

static enum ipcm_status mq_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct fd_port *port = state;
	mqd_t queue;
	enum ipcm_status status =
		mq_create_nameless(requested, &queue, ret_granted);

	if (!status)
		port->receive_fd = port->send_fd = queue;
	return status;
}

static enum ipcm_status mq_connect(void *from, void *to,
				   const struct ipcm_channel_request *requested,
				   struct ipcm_channel_limits *ret_granted)
{
	struct fd_port *sender = from, *receiver = to;
	enum ipcm_status status = mq_create_nameless(
		requested, &receiver->receive_fd, ret_granted);

	if (status)
		return status;
	sender->send_fd = fcntl(receiver->receive_fd, F_DUPFD_CLOEXEC, 0);
	return sender->send_fd < 0 ? status_from_errno(errno) : IPCM_OK;
}

static enum ipcm_status mq_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	*(struct fd_port *)first = FD_PORT_CLOSED;
	*(struct fd_port *)second = FD_PORT_CLOSED;
	return port_connect(first, second, duplex, requested, ret_granted,
			    mq_connect, fd_port_close);
}

/* Open a queue that another process made; its entry is in the port. */
static enum ipcm_status mq_open_existing(
	struct fd_port *port, struct ipcm_channel_limits *ret_granted)
{
	char name[RESOURCE_MQ_NAME_BYTES];
	struct mq_attr attributes;

	resource_mq_name(port->entry.key, name);
	port->receive_fd = mq_open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (port->receive_fd < 0 || mq_getattr(port->receive_fd, &attributes))
		return status_from_errno(errno);
	*ret_granted = mq_limits(&attributes);
	return IPCM_OK;
}

/* To the process's owner, ipcm_set_owner. The name of a queue without one is
 * gone already, and its descriptor is enough to use it. */
static enum ipcm_status mq_give(struct fd_port *port)
{
	struct object_owner owner = object_owner_get();

	if (object_owner_is_none(owner))
		return IPCM_OK;
	if (fchown(port->receive_fd, owner.uid, owner.gid))
		return status_from_errno(errno);
	return resource_give(&port->entry, owner, NULL);
}

static enum ipcm_status mq_open_named(
	void *state, struct ipcm_object_key *key, bool create,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct fd_port *port = state;
	enum ipcm_status status;

	*port = FD_PORT_CLOSED;
	if (create) {
		status = mq_create(requested, key->mode, &port->receive_fd,
				   &port->entry, ret_granted);
		/* mq_open took the umask away, maybe our own bits with it */
		if (!status)
			(void)fchmod(port->receive_fd, (mode_t)key->mode);
		if (!status)
			status = mq_give(port);
	} else {
		status = resource_attach(RESOURCE_MQ, key->uid, key->key,
					 &port->entry);
		if (!status)
			status = mq_open_existing(port, ret_granted);
	}
	if (status) {
		fd_port_close(port);
		return status;
	}
	port->send_fd = port->receive_fd;
	key->uid = port->entry.uid;
	key->key = port->entry.key;
	return IPCM_OK;
}

static enum ipcm_status mq_send_frame(void *state, const void *frame,
				      size_t bytes)
{
	struct fd_port *port = state;

	for (;;) {
		/* one priority for all, or the order would be lost */
		if (!mq_send(port->send_fd, frame, bytes, 0))
			return IPCM_OK;
		if (errno == EAGAIN)
			return IPCM_FULL;
		if (errno != EINTR)
			return status_from_errno(errno);
	}
}

static enum ipcm_status mq_receive_frame(void *state, void *buffer,
					 size_t bytes, size_t *ret_bytes)
{
	struct fd_port *port = state;

	for (;;) {
		ssize_t got = mq_receive(port->receive_fd, buffer, bytes, NULL);

		if (got >= 0) {
			*ret_bytes = (size_t)got;
			return IPCM_OK;
		}
		if (errno == EAGAIN)
			return IPCM_EMPTY;
		if (errno != EINTR)
			return status_from_errno(errno);
	}
}

static enum ipcm_status mq_queued(void *state, uint64_t *ret_units)
{
	struct fd_port *port = state;
	struct mq_attr attributes;

	if (mq_getattr(port->receive_fd, &attributes))
		return status_from_errno(errno);
	*ret_units = (uint64_t)attributes.mq_curmsgs;
	return IPCM_OK;
}

static enum ipcm_status mq_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	struct mq_attr in, out;

	/* mq_getattr fails on everything that is no message queue */
	if (handle->fd_count != 2 || mq_getattr(handle->fd[0], &in) ||
	    mq_getattr(handle->fd[1], &out) || !(in.mq_flags & O_NONBLOCK) ||
	    !(out.mq_flags & O_NONBLOCK))
		return IPCM_CORRUPT;
	*(struct fd_port *)state = (struct fd_port){.receive_fd = handle->fd[0],
						    .send_fd = handle->fd[1]};
	*ret_granted = mq_limits(&in);
	if (out.mq_msgsize < in.mq_msgsize)
		ret_granted->frame_bytes = (size_t)out.mq_msgsize;
	ret_granted->channel_frames = (uint64_t)out.mq_maxmsg;
	return IPCM_OK;
}

static const struct ipcm_port_ops mq_port_ops = {
	.state_size = sizeof(struct fd_port),
	.unit = IPCM_UNIT_FRAMES,
	.native_eof = false,
	.open_queue = mq_open_queue,
	.open_pipe = mq_open_pipe,
	.open_named = mq_open_named,
	.close = fd_port_close,
	.send = mq_send_frame,
	.receive = mq_receive_frame,
	.wait = fd_port_wait,
	.queued = mq_queued,
	.fileno = fd_port_fileno,
	.export_handle = fd_port_export_handle,
	.import_handle = mq_import_handle,
};

/* What the kernel charges for a queue, mq_open(3): its messages, and a msg_msg
 * and a tree node, 48 bytes each, for every one of them. */
static uint64_t charged_bytes(const struct mq_attr *attributes)
{
	return (uint64_t)attributes->mq_maxmsg *
	       ((uint64_t)attributes->mq_msgsize + 48 + 48);
}

/* As mq_create: queues with smaller and smaller messages until the allowance
 * is used up, but no more than queues_max. */
static uint64_t mq_remaining(void)
{
	const struct ipcm_channel_request requested = {
		.items = UINT32_MAX, .item_bytes = DEFAULT_BYTES};
	struct mq_attr attributes = mq_attributes(&requested);
	uint64_t most =
		(uint64_t)sysctl_read("/proc/sys/fs/mqueue/queues_max", 256);
	struct rlimit allowance;
	uint64_t count = 0;

	if (getrlimit(RLIMIT_MSGQUEUE, &allowance) ||
	    allowance.rlim_cur == RLIM_INFINITY)
		return most;
	while (count < most) {
		while (charged_bytes(&attributes) > allowance.rlim_cur &&
		       attributes.mq_msgsize > SMALLEST_BYTES)
			attributes.mq_msgsize /= 2;
		if (charged_bytes(&attributes) > allowance.rlim_cur)
			break;
		allowance.rlim_cur -= charged_bytes(&attributes);
		count++;
	}
	return count;
}

static const struct port_tokens mq_tokens = {
	.port = &mq_port_ops,
	.receive_bytes = SMALLEST_BYTES,
};

static enum ipcm_status mq_token_open(void *state, uint32_t tokens,
				      uint32_t most, uint32_t *ret_most)
{
	return port_token_open(state, &mq_tokens, tokens, most, ret_most);
}

static enum ipcm_status mq_token_open_named(void *state,
					    struct ipcm_object_key *key,
					    bool create, uint32_t tokens,
					    uint32_t most, uint32_t *ret_most)
{
	return port_token_open_named(state, &mq_tokens, key, create, tokens,
				     most, ret_most);
}

static const struct ipcm_token_ops mq_token_ops = {
	.state_size = PORT_TOKEN_STATE_BYTES(sizeof(struct fd_port)),
	.open = mq_token_open,
	.open_named = mq_token_open_named,
	.close = port_token_close,
	.take = port_token_take,
	.give = port_token_give,
	.wait = port_token_wait,
	.count = port_token_count,
	.fileno = port_token_fileno,
};

static const struct ipcm_queue_ops mq_queue = {.port = &mq_port_ops,
					       .remaining = mq_remaining};
static const struct ipcm_pipe_ops mq_pipe = {.port = &mq_port_ops};
static const struct ipcm_lock_ops mq_lock = {.token = &mq_token_ops};

static const struct ipcm_feature mq_features[] = {
	{"queue.transport", true, "mq_send(3) and mq_receive(3)"},
	{"queue.blocking", true, "poll(2): the timed calls use wall time"},
	{"queue.count", false, "items counted in shared memory"},
	{"queue.borders", true, "messages up to msgsize_max, else frames"},
	{"queue.names", true, "found by name"},
	{"pipe.transport", true, "one message queue a direction"},
	{"pipe.blocking", true, "poll(2)"},
	{"pipe.eof", false, "a peer-death fd, a socket pair beside the queue"},
	{"pipe.poll", true, "the descriptor of the queue"},
	{"listener", false, "rendezvous over a Unix socket"},
	{"lock.handover", true, "one message of one byte"},
	{"lock.owner", false, "owner record in shared memory"},
	{"semaphore.counting", true, "one message of one byte a permit"},
	{"semaphore.bound", false, "releases one by one, under a guard"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_posix_mq = {
	.abi = IPCM_BACKEND_ABI,
	.name = "posix_mq",
	.summary = "POSIX message queue: whole messages, 10 deep by default",
	.capabilities = IPCM_CAP_POLLABLE | IPCM_CAP_SYNC_PUT |
			IPCM_CAP_GLOBAL_FIFO | IPCM_CAP_NAMED |
			IPCM_CAP_LISTENER,
	.probe = mq_probe,
	.queue = &mq_queue,
	.pipe = &mq_pipe,
	.lock = &mq_lock,
	.features = mq_features,
};
