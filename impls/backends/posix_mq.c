/* SPDX-License-Identifier: MIT */
/*
 * Back-end "posix_mq": a POSIX message queue, mq_overview(7).
 *
 * The queue's name is unlinked as soon as it is open, unless others shall find
 * it by name; users inherit the descriptor. Unprivileged queues hold
 * fs.mqueue.msg_max messages (10) of fs.mqueue.msgsize_max bytes (8 KiB), and
 * RLIMIT_MSGQUEUE pays for nine of them; a queue for small items asks for small
 * messages, and one that does not fit the rest of that allowance makes do with
 * less.
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

#include "impls/core/naming/resource_registry.h"
#include "impls/core/sync/poll.h"
#include "impls/core/memory/shm_map.h"
#include "impls/core/token/port_token.h"
#include "ipcmark/backend.h"

#define DEFAULT_MESSAGES 10
#define DEFAULT_BYTES	 8192
#define SMALLEST_BYTES	 256

struct mq_port {
	mqd_t receive;
	mqd_t send;
	struct resource_entry entry; /* of a queue that keeps its name */
};

static long read_limit(const char *path, long otherwise)
{
	FILE *file = fopen(path, "re");
	long value = otherwise;

	if (file) {
		if (fscanf(file, "%ld", &value) != 1)
			value = otherwise;
		(void)fclose(file);
	}
	return value;
}

static long clamp(uint64_t value, long least, long most)
{
	if (value < (uint64_t)least)
		return least;
	return value > (uint64_t)most ? most : (long)value;
}

/* What to ask for: as much as wanted, within the unprivileged limits. */
static struct mq_attr ask(const struct ipcm_channel_request *requested)
{
	long messages =
		read_limit("/proc/sys/fs/mqueue/msg_max", DEFAULT_MESSAGES);
	long bytes =
		read_limit("/proc/sys/fs/mqueue/msgsize_max", DEFAULT_BYTES);

	return (struct mq_attr){
		.mq_maxmsg = clamp(requested->items, 1, messages),
		.mq_msgsize =
			clamp(requested->item_bytes, SMALLEST_BYTES, bytes),
	};
}

/* What making a queue needs and gives. */
struct making {
	struct mq_attr attributes;
	mqd_t queue;
};

static int make_queue(uint32_t key, uint32_t mode, void *context)
{
	struct making *making = context;
	char name[RESOURCE_MQ_NAME_BYTES];
	int error;

	resource_mq_name(key, name);
	making->queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK,
				(mode_t)mode, &making->attributes);
	if (making->queue >= 0)
		return 0;
	error = errno;
	/* the kernel makes the queue, then opens it: when that fails (ENFILE,
	 * ENOMEM) the queue stays. EEXIST: it is somebody else's. */
	if (error != EEXIST)
		(void)mq_unlink(name);
	return error;
}

/*
 * One queue of this size.
 * @param keep NULL: its name goes at once; else, for a queue that others open
 *        with these bits, receives the ledger's entry
 */
static enum ipcm_status open_new(struct making *making, uint32_t mode,
				 struct resource_entry *keep)
{
	char name[RESOURCE_MQ_NAME_BYTES];
	struct resource_entry entry;
	enum ipcm_status status = resource_make_object(
		RESOURCE_MQ, mode, make_queue, making, &entry);

	if (status)
		return status;
	if (keep) {
		/* an umask may not keep us out, as in resource_registry.c */
		(void)fchmod(making->queue, (mode_t)mode);
		*keep = entry;
		return IPCM_OK;
	}
	resource_mq_name(entry.key, name);
	(void)mq_unlink(name);
	resource_forget(&entry);
	return IPCM_OK;
}

static struct ipcm_channel_limits limits(const struct mq_attr *attributes)
{
	return (struct ipcm_channel_limits){
		.frame_bytes = (size_t)attributes->mq_msgsize,
		.receive_bytes = (size_t)attributes->mq_msgsize,
		.channel_frames = (uint64_t)attributes->mq_maxmsg,
	};
}

static enum ipcm_status create(const struct ipcm_channel_request *requested,
			       uint32_t mode, struct resource_entry *keep,
			       mqd_t *ret_queue,
			       struct ipcm_channel_limits *ret_granted)
{
	struct making making = {.attributes = ask(requested)};
	enum ipcm_status status;

	for (;;) {
		status = open_new(&making, mode, keep);
		/* RLIMIT_MSGQUEUE may be used up; a smaller one may fit */
		if (status != IPCM_LIMIT ||
		    making.attributes.mq_msgsize <= SMALLEST_BYTES)
			break;
		making.attributes.mq_msgsize /= 2;
		if (making.attributes.mq_msgsize < SMALLEST_BYTES)
			making.attributes.mq_msgsize = SMALLEST_BYTES;
	}
	if (status)
		return status;
	*ret_queue = making.queue;
	*ret_granted = limits(&making.attributes);
	return IPCM_OK;
}

/* One without a name. */
static enum ipcm_status create_nameless(
	const struct ipcm_channel_request *requested, mqd_t *ret_queue,
	struct ipcm_channel_limits *ret_granted)
{
	return create(requested, 0600, NULL, ret_queue, ret_granted);
}

static enum ipcm_status mq_probe(char *why, size_t why_bytes)
{
	const struct ipcm_channel_request requested = {.items = 1,
						       .item_bytes = 1};
	struct ipcm_channel_limits got;
	mqd_t queue;
	enum ipcm_status status = create_nameless(&requested, &queue, &got);

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

static void mq_close_port(void *state)
{
	struct mq_port *port = state;

	if (port->receive >= 0)
		(void)mq_close(port->receive);
	if (port->send >= 0 && port->send != port->receive)
		(void)mq_close(port->send);
	port->receive = port->send = -1;
	resource_close(&port->entry);
}

static enum ipcm_status mq_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct mq_port *port = state;
	mqd_t queue;
	enum ipcm_status status =
		create_nameless(requested, &queue, ret_granted);

	if (!status)
		*port = (struct mq_port){.receive = queue, .send = queue};
	return status;
}

/* Open a queue that others made; its entry is in the port. */
static enum ipcm_status open_existing(struct mq_port *port,
				      struct ipcm_channel_limits *ret_granted)
{
	char name[RESOURCE_MQ_NAME_BYTES];
	struct mq_attr attributes;

	resource_mq_name(port->entry.key, name);
	port->receive = port->send =
		mq_open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (port->receive < 0 || mq_getattr(port->receive, &attributes))
		return status_from_errno(errno);
	*ret_granted = limits(&attributes);
	return IPCM_OK;
}

static enum ipcm_status mq_open_named(
	void *state, struct ipcm_object_key *key, bool create_it,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct mq_port *port = state;
	enum ipcm_status status;

	*port = (struct mq_port){.receive = -1, .send = -1};
	if (create_it) {
		status = create(requested, key->mode, &port->entry,
				&port->receive, ret_granted);
		port->send = port->receive;
	} else {
		status = resource_attach(RESOURCE_MQ, key->uid, key->key,
					 &port->entry);
		if (!status)
			status = open_existing(port, ret_granted);
	}
	if (status) {
		mq_close_port(port);
		return status;
	}
	key->uid = port->entry.uid;
	key->key = port->entry.key;
	return IPCM_OK;
}

/* Connect one direction: a queue that `from` sends to and `to` receives. */
static enum ipcm_status connect_one(
	struct mq_port *from, struct mq_port *to,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	enum ipcm_status status =
		create_nameless(requested, &to->receive, ret_granted);

	if (status)
		return status;
	/* a message queue descriptor is a file descriptor (mq_overview(7)) */
	from->send = fcntl(to->receive, F_DUPFD_CLOEXEC, 0);
	return from->send < 0 ? status_from_errno(errno) : IPCM_OK;
}

static enum ipcm_status mq_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct mq_port *a = first;
	struct mq_port *b = second;
	enum ipcm_status status;

	*a = *b = (struct mq_port){.receive = -1, .send = -1};
	status = connect_one(b, a, requested, ret_granted);
	if (!status && duplex) {
		struct ipcm_channel_limits back;

		status = connect_one(a, b, requested, &back);
		/* the smaller message, but the larger buffer: mq_receive(3)
		 * refuses a buffer below mq_msgsize */
		if (!status && back.frame_bytes < ret_granted->frame_bytes)
			ret_granted->frame_bytes = back.frame_bytes;
	}
	if (status) {
		mq_close_port(a);
		mq_close_port(b);
	}
	return status;
}

static enum ipcm_status mq_send_frame(void *state, const void *frame,
				      size_t bytes)
{
	struct mq_port *port = state;

	for (;;) {
		/* one priority for all, or the order would be lost */
		if (!mq_send(port->send, frame, bytes, 0))
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
	struct mq_port *port = state;

	for (;;) {
		ssize_t got = mq_receive(port->receive, buffer, bytes, NULL);

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

static enum ipcm_status mq_wait(void *state, enum ipcm_direction direction,
				int64_t deadline_ns)
{
	struct mq_port *port = state;

	if (direction == IPCM_TO_SEND)
		return poll_one(port->send, POLLOUT, deadline_ns);
	return poll_one(port->receive, POLLIN, deadline_ns);
}

static enum ipcm_status mq_queued(void *state, uint64_t *ret_units)
{
	struct mq_port *port = state;
	struct mq_attr attributes;

	if (mq_getattr(port->receive, &attributes))
		return status_from_errno(errno);
	*ret_units = (uint64_t)attributes.mq_curmsgs;
	return IPCM_OK;
}

static int mq_fileno(const void *state)
{
	return ((const struct mq_port *)state)->receive;
}

static enum ipcm_status mq_export_handle(const void *state,
					 struct ipcm_port_handle *ret_handle)
{
	const struct mq_port *port = state;

	*ret_handle = (struct ipcm_port_handle){
		.fd = {port->receive, port->send}, .fd_count = 2};
	return IPCM_OK;
}

static enum ipcm_status mq_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	struct mq_attr in, out;

	/* refuses everything that is no message queue */
	if (handle->fd_count != 2 || mq_getattr(handle->fd[0], &in) ||
	    mq_getattr(handle->fd[1], &out) || !(in.mq_flags & O_NONBLOCK) ||
	    !(out.mq_flags & O_NONBLOCK))
		return IPCM_CORRUPT;
	*(struct mq_port *)state = (struct mq_port){.receive = handle->fd[0],
						    .send = handle->fd[1],
						    .entry = {.fd = -1}};
	*ret_granted = (struct ipcm_channel_limits){
		.frame_bytes = (size_t)(in.mq_msgsize < out.mq_msgsize
						? in.mq_msgsize
						: out.mq_msgsize),
		.receive_bytes = (size_t)in.mq_msgsize,
		.channel_frames = (uint64_t)out.mq_maxmsg,
	};
	return IPCM_OK;
}

static const struct ipcm_port_ops mq_port_ops = {
	.state_size = sizeof(struct mq_port),
	.unit = IPCM_UNIT_FRAMES,
	.native_eof = false,
	.open_queue = mq_open_queue,
	.open_pipe = mq_open_pipe,
	.close = mq_close_port,
	.send = mq_send_frame,
	.receive = mq_receive_frame,
	.wait = mq_wait,
	.queued = mq_queued,
	.fileno = mq_fileno,
	.export_handle = mq_export_handle,
	.import_handle = mq_import_handle,
	.open_named = mq_open_named,
};

/* What the kernel books for a queue, mq_open(3): its messages, and a msg_msg
 * and a tree node, 48 bytes each, for every one of them. */
static uint64_t booked_bytes(const struct mq_attr *attributes)
{
	return (uint64_t)attributes->mq_maxmsg *
	       ((uint64_t)attributes->mq_msgsize + 48 + 48);
}

/* As create goes on: smaller and smaller queues from the rest of the
 * allowance, as long as queues_max lets it. */
static uint64_t mq_remaining(void)
{
	const struct ipcm_channel_request requested = {
		.items = UINT32_MAX, .item_bytes = DEFAULT_BYTES};
	uint64_t most =
		(uint64_t)read_limit("/proc/sys/fs/mqueue/queues_max", 256);
	struct mq_attr attributes = ask(&requested);
	struct rlimit allowance;
	uint64_t count = 0;

	if (getrlimit(RLIMIT_MSGQUEUE, &allowance) ||
	    allowance.rlim_cur == RLIM_INFINITY)
		return most;
	while (count < most) {
		while (booked_bytes(&attributes) > allowance.rlim_cur &&
		       attributes.mq_msgsize > SMALLEST_BYTES)
			attributes.mq_msgsize /= 2;
		if (booked_bytes(&attributes) > allowance.rlim_cur)
			break;
		allowance.rlim_cur -= booked_bytes(&attributes);
		count++;
	}
	return count;
}

/* Tokens: each is one message of one byte. Who has received it has it. */

/* A queue for them; key NULL: without a name. */
static enum ipcm_status token_create(void *state, struct ipcm_object_key *key,
				     uint32_t tokens, uint32_t most,
				     struct ipcm_channel_limits *ret_granted)
{
	struct ipcm_channel_request requested = {.items = most,
						 .item_bytes = 1};
	uint64_t least = tokens ? tokens : 1;
	enum ipcm_status status;

	for (;;) {
		status = key ? mq_open_named(state, key, true, &requested,
					     ret_granted)
			     : mq_open_queue(state, &requested, ret_granted);
		/* where msg_max is high the allowance pays for fewer */
		if (status != IPCM_LIMIT || requested.items <= least)
			return status;
		requested.items = requested.items / 2 > least
					  ? requested.items / 2
					  : least;
	}
}

/* The port is open: put the first ones in, tell how many there is room for. */
static enum ipcm_status token_begin(void *state,
				    const struct ipcm_channel_limits *got,
				    uint32_t tokens, uint32_t *ret_most)
{
	uint32_t room = (uint32_t)got->channel_frames;
	enum ipcm_status status =
		token_port_fill(&mq_port_ops, state, tokens, room);

	if (!status)
		*ret_most = room;
	return status;
}

static enum ipcm_status mq_token_open(void *state, uint32_t tokens,
				      uint32_t most, uint32_t *ret_most)
{
	struct ipcm_channel_limits got;
	enum ipcm_status status = token_create(state, NULL, tokens, most, &got);

	return status ? status : token_begin(state, &got, tokens, ret_most);
}

static enum ipcm_status mq_token_open_named(void *state,
					    struct ipcm_object_key *key,
					    bool create_it, uint32_t tokens,
					    uint32_t most, uint32_t *ret_most)
{
	struct ipcm_channel_limits got;
	enum ipcm_status status =
		create_it ? token_create(state, key, tokens, most, &got)
			  : mq_open_named(state, key, false, NULL, &got);

	return status ? status
		      : token_begin(state, &got, create_it ? tokens : 0,
				    ret_most);
}

static enum ipcm_status mq_token_take(void *state)
{
	return token_port_take(&mq_port_ops, TOKEN_BUFFER_BYTES, state);
}

static enum ipcm_status mq_token_give(void *state)
{
	return token_port_give(&mq_port_ops, state);
}

static enum ipcm_status mq_token_wait(void *state, int64_t deadline_ns)
{
	return mq_wait(state, IPCM_TO_RECEIVE, deadline_ns);
}

static enum ipcm_status mq_token_count(void *state, uint32_t *ret_tokens)
{
	return token_port_count(&mq_port_ops, state, ret_tokens);
}

static const struct ipcm_token_ops mq_token_ops = {
	.state_size = sizeof(struct mq_port),
	.open = mq_token_open,
	.close = mq_close_port,
	.take = mq_token_take,
	.give = mq_token_give,
	.wait = mq_token_wait,
	.count = mq_token_count,
	.open_named = mq_token_open_named,
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
	{"pipe.eof", false, "a lifeline, a socket pair beside the queue"},
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
