/* SPDX-License-Identifier: MIT */
/*
 * Back-end "sysv_msg": a System V message queue, msgget(2) and msgop(2), and
 * for lock and semaphore a System V semaphore (core/token/sysv_semaphore.h).
 *
 * The first 8 bytes of a frame are the message type (struct msgbuf), so a
 * frame is sent as it lies in memory. A queue holds msgmnb bytes (16 KiB by
 * default): raising that needs CAP_SYS_RESOURCE, so it is not tried.
 *
 * What the kernel gives: transport with message borders, the number of
 * messages inside. What it does not: msgrcv has no time limit and nothing to
 * poll, so waiting is emulated (futex); end of file. Ids outlive their users:
 * see core/naming/resource_registry.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "impls/core/errno_status.h"
#include "impls/core/naming/sysv_object.h"
#include "impls/core/port/port_connect.h"
#include "impls/core/token/sysv_semaphore.h"
#include "ipcmark/backend.h"

/* Bytes of a frame that travel as the message type. */
#define TYPE_BYTES sizeof(long)

struct sysv_port {
	struct sysv_object receive;
	struct sysv_object send;
};

#define SYSV_PORT_CLOSED                                                       \
	((struct sysv_port){SYSV_OBJECT_NONE, SYSV_OBJECT_NONE})

static enum ipcm_status sysv_probe(char *why, size_t why_bytes)
{
	struct sysv_object queue;
	enum ipcm_status status = sysv_create(RESOURCE_MSG, msgget, &queue);

	if (!status) {
		sysv_close(&queue);
		return IPCM_OK;
	}
	(void)snprintf(
		why, why_bytes,
		"no System V message queue can be made: the kernel has "
		"none, or kernel.msgmni queues exist (see ipcs -q; raise "
		"with sysctl kernel.msgmni=N)");
	return status;
}

static enum ipcm_status sysv_limits(int id,
				    struct ipcm_channel_limits *ret_granted)
{
	struct msqid_ds queue;
	struct msginfo info;
	size_t message_bytes;

	if (msgctl(id, IPC_STAT, &queue) ||
	    msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&info) < 0)
		return status_from_errno(errno);
	message_bytes = (size_t)info.msgmax;
	if (message_bytes > queue.msg_qbytes)
		message_bytes = queue.msg_qbytes;
	*ret_granted = (struct ipcm_channel_limits){
		.frame_bytes = message_bytes + TYPE_BYTES,
		.receive_bytes = message_bytes + TYPE_BYTES,
		.channel_bytes = queue.msg_qbytes,
	};
	return IPCM_OK;
}

static void sysv_port_close(void *state)
{
	struct sysv_port *port = state;

	sysv_close(&port->receive);
	sysv_close(&port->send);
}

/* The port of a queue, both ways; on failure the queue is closed. */
static enum ipcm_status sysv_begin(struct sysv_port *port,
				   struct sysv_object *queue,
				   struct ipcm_channel_limits *ret_granted)
{
	enum ipcm_status status = sysv_limits(queue->id, ret_granted);

	if (status) {
		sysv_close(queue);
		return status;
	}
	*port = (struct sysv_port){*queue, SYSV_OBJECT_NONE};
	port->send.id = queue->id;
	return IPCM_OK;
}

static enum ipcm_status sysv_open_queue(
	void *state, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct sysv_object queue;
	enum ipcm_status status = sysv_create(RESOURCE_MSG, msgget, &queue);

	(void)requested; /* the system decides the capacity */
	return status ? status : sysv_begin(state, &queue, ret_granted);
}

static enum ipcm_status sysv_connect(
	void *from, void *to, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct sysv_object *receive = &((struct sysv_port *)to)->receive;
	struct sysv_object *send = &((struct sysv_port *)from)->send;
	enum ipcm_status status = sysv_create(RESOURCE_MSG, msgget, receive);

	(void)requested; /* the system decides the capacity */
	if (!status)
		status = resource_share(&receive->entry, &send->entry);
	if (status)
		return status;
	send->id = receive->id;
	return sysv_limits(receive->id, ret_granted);
}

static enum ipcm_status sysv_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	*(struct sysv_port *)first = SYSV_PORT_CLOSED;
	*(struct sysv_port *)second = SYSV_PORT_CLOSED;
	return port_connect(first, second, duplex, requested, ret_granted,
			    sysv_connect, sysv_port_close);
}

static enum ipcm_status sysv_port_open_named(
	void *state, struct ipcm_object_key *key, bool create,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct sysv_object queue;
	enum ipcm_status status =
		sysv_open_named(RESOURCE_MSG, msgget, key, create, &queue);

	(void)requested; /* the system decides the capacity */
	return status ? status : sysv_begin(state, &queue, ret_granted);
}

static enum ipcm_status sysv_send(void *state, const void *frame, size_t bytes)
{
	struct sysv_port *port = state;

	for (;;) {
		if (!msgsnd(port->send.id, frame, bytes - TYPE_BYTES,
			    IPC_NOWAIT))
			return IPCM_OK;
		if (errno == EAGAIN)
			return IPCM_FULL;
		/* EINVAL: removed, or removed and the id used again */
		if (errno == EIDRM || errno == EINVAL)
			return IPCM_REMOVED;
		if (errno != EINTR)
			return status_from_errno(errno);
	}
}

static enum ipcm_status sysv_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	struct sysv_port *port = state;

	for (;;) {
		ssize_t got = msgrcv(port->receive.id, buffer,
				     bytes - TYPE_BYTES, 0, IPC_NOWAIT);

		if (got >= 0) {
			*ret_bytes = (size_t)got + TYPE_BYTES;
			return IPCM_OK;
		}
		if (errno == ENOMSG)
			return IPCM_EMPTY;
		if (errno == EIDRM || errno == EINVAL)
			return IPCM_REMOVED;
		if (errno != EINTR)
			return status_from_errno(errno);
	}
}

static enum ipcm_status sysv_queued(void *state, uint64_t *ret_units)
{
	struct sysv_port *port = state;
	struct msqid_ds queue;

	if (msgctl(port->receive.id, IPC_STAT, &queue))
		return errno == EINVAL ? IPCM_REMOVED
				       : status_from_errno(errno);
	*ret_units = queue.msg_qnum;
	return IPCM_OK;
}

_Static_assert(sizeof(struct sysv_port) <=
		       sizeof(((struct ipcm_port_handle *)0)->word),
	       "a port fits the words of a handle");

static enum ipcm_status sysv_export_handle(const void *state,
					   struct ipcm_port_handle *ret_handle)
{
	const struct sysv_port *port = state;

	ret_handle->fd[0] = port->receive.entry.fd;
	ret_handle->fd[1] = port->send.entry.fd;
	ret_handle->fd_count = 2;
	memcpy(ret_handle->word, port, sizeof(*port));
	return IPCM_OK;
}

static enum ipcm_status sysv_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	struct sysv_port port;

	memcpy(&port, handle->word, sizeof(port));
	port.receive.entry.kind = port.send.entry.kind = RESOURCE_MSG;
	port.receive.entry.fd = handle->fd[0];
	port.send.entry.fd = handle->fd[1];
	/* the descriptors have kept the queues since they were exported */
	if (handle->fd_count != 2 ||
	    sysv_limits(port.receive.id, ret_granted) ||
	    sysv_limits(port.send.id, ret_granted))
		return IPCM_CORRUPT;
	*(struct sysv_port *)state = port;
	return IPCM_OK;
}

static const struct ipcm_port_ops sysv_port_ops = {
	.state_size = sizeof(struct sysv_port),
	.unit = IPCM_UNIT_FRAMES,
	.native_eof = false,
	.open_queue = sysv_open_queue,
	.open_pipe = sysv_open_pipe,
	.open_named = sysv_port_open_named,
	.close = sysv_port_close,
	.send = sysv_send,
	.receive = sysv_receive,
	.queued = sysv_queued,
	.export_handle = sysv_export_handle,
	.import_handle = sysv_import_handle,
};

/* kernel.msgmni less the queues of all users. */
static uint64_t sysv_remaining(void)
{
	struct msginfo most, now;

	if (msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&most) < 0 ||
	    msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&now) < 0 ||
	    now.msgpool >= most.msgmni)
		return 0;
	return (uint64_t)(most.msgmni - now.msgpool);
}

static const struct ipcm_queue_ops sysv_queue_ops = {
	.port = &sysv_port_ops, .remaining = sysv_remaining};
static const struct ipcm_pipe_ops sysv_pipe = {.port = &sysv_port_ops};
static const struct ipcm_lock_ops sysv_lock = {.token = &token_semaphore_ops};

static const struct ipcm_feature sysv_features[] = {
	{"queue.transport", true, "msgsnd(2) and msgrcv(2)"},
	{"queue.blocking", false, "futex: msgrcv has no time limit"},
	{"queue.count", false, "items counted in shared memory"},
	{"queue.borders", true, "messages up to msgmax, else frames"},
	{"queue.names", true, "found by key"},
	{"pipe.transport", true, "one message queue a direction"},
	{"pipe.blocking", false, "futex: msgrcv has no time limit"},
	{"pipe.eof", false, "a peer-death fd, a socket pair beside the queue"},
	{"pipe.poll", false,
	 "a byte in the peer-death fd, if the receiver polls"},
	{"listener", false, "rendezvous over a Unix socket"},
	{"lock.handover", true, "a System V semaphore, semtimedop(2)"},
	{"lock.owner", false, "owner record in shared memory"},
	{"semaphore.counting", true, "the value of a System V semaphore"},
	{"semaphore.bound", false, "releases one by one, under a guard"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_sysv_msg = {
	.abi = IPCM_BACKEND_ABI,
	.name = "sysv_msg",
	.summary = "System V message queue, and semaphore for the lock",
	.capabilities = IPCM_CAP_POLLABLE | IPCM_CAP_SYNC_PUT |
			IPCM_CAP_GLOBAL_FIFO | IPCM_CAP_NAMED |
			IPCM_CAP_LISTENER,
	.probe = sysv_probe,
	.queue = &sysv_queue_ops,
	.pipe = &sysv_pipe,
	.lock = &sysv_lock,
	.features = sysv_features,
};
