/* SPDX-License-Identifier: MIT */
/*
 * Back-end "sysv_msg": a System V message queue, msgget(2) and msgop(2), and
 * for the lock a System V semaphore, semop(2).
 *
 * The first 8 bytes of a frame are the message type (struct msgbuf), so a
 * frame is sent as it lies in memory. A queue holds msgmnb bytes (16 KiB by
 * default): raising that needs CAP_SYS_RESOURCE, so it is not tried.
 *
 * What the kernel gives: transport with message borders, the number of
 * messages inside; for the semaphore blocking with a time limit. What it does
 * not: msgrcv has no time limit and nothing to poll, so waiting is supplied
 * (futex); end of file. Ids outlive their users: see common/ledger.h.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "common/clock.h"
#include "common/ledger.h"
#include "common/segment.h"
#include "ipcmark/backend.h"

/* Bytes of a frame that travel as the message type. */
#define TYPE_BYTES sizeof(long)
#define TRIES	   16

struct sysv_queue {
	int id;
	struct ledger_entry entry;
};

struct sysv_port {
	struct sysv_queue receive;
	struct sysv_queue send;
};

static const struct sysv_queue no_queue = {-1, {LEDGER_MSG, 0, -1}};

static enum ipcm_status create(struct sysv_queue *ret_queue)
{
	struct ledger_entry entry;
	enum ipcm_status status = IPCM_LIMIT;

	(void)ledger_collect();
	for (int i = 0; i < TRIES; i++) {
		int error;
		int id;

		status = ledger_open(LEDGER_MSG, &entry);
		if (status)
			return status;
		id = msgget((key_t)entry.key, IPC_CREAT | IPC_EXCL | 0600);
		if (id >= 0) {
			*ret_queue = (struct sysv_queue){id, entry};
			return IPCM_OK;
		}
		error = errno;
		ledger_forget(&entry);
		/* msgget: ENOSPC is the system-wide limit of queues */
		status =
			error == ENOSPC ? IPCM_LIMIT : status_from_errno(error);
		if (error != EEXIST)
			break;
	}
	return status;
}

static enum ipcm_status share(const struct sysv_queue *queue,
			      struct sysv_queue *ret_queue)
{
	enum ipcm_status status =
		ledger_share(&queue->entry, &ret_queue->entry);

	if (!status)
		ret_queue->id = queue->id;
	return status;
}

static void drop(struct sysv_queue *queue)
{
	ledger_close(&queue->entry);
	queue->id = -1;
}

static enum ipcm_status limits(int id, struct ipcm_channel_limits *ret_got)
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
	*ret_got = (struct ipcm_channel_limits){
		.frame_bytes = message_bytes + TYPE_BYTES,
		.receive_bytes = message_bytes + TYPE_BYTES,
		.channel_bytes = queue.msg_qbytes,
	};
	return IPCM_OK;
}

static enum ipcm_status sysv_probe(char *why, size_t why_bytes)
{
	struct sysv_queue queue;
	enum ipcm_status status = create(&queue);

	if (!status) {
		drop(&queue);
		return IPCM_OK;
	}
	(void)snprintf(
		why, why_bytes,
		"no System V message queue can be made: the kernel has "
		"none, or kernel.msgmni queues exist (see ipcs -q; raise "
		"with sysctl kernel.msgmni=N)");
	return status;
}

static enum ipcm_status sysv_open_queue(void *state,
					const struct ipcm_channel_request *want,
					struct ipcm_channel_limits *ret_got)
{
	struct sysv_port *port = state;
	struct sysv_queue queue;
	enum ipcm_status status = create(&queue);

	(void)want; /* the capacity is the system's, not ours to choose */
	if (status)
		return status;
	status = limits(queue.id, ret_got);
	if (status) {
		drop(&queue);
		return status;
	}
	*port = (struct sysv_port){queue, no_queue};
	port->send.id = queue.id;
	return IPCM_OK;
}

static void sysv_close(void *state)
{
	struct sysv_port *port = state;

	drop(&port->receive);
	drop(&port->send);
}

/* Connect one direction: a queue that `from` sends to and `to` receives. */
static enum ipcm_status connect_one(struct sysv_port *from,
				    struct sysv_port *to,
				    struct ipcm_channel_limits *ret_got)
{
	enum ipcm_status status = create(&to->receive);

	if (!status)
		status = share(&to->receive, &from->send);
	if (!status)
		status = limits(to->receive.id, ret_got);
	return status;
}

static enum ipcm_status sysv_open_pipe(void *first, void *second, bool duplex,
				       const struct ipcm_channel_request *want,
				       struct ipcm_channel_limits *ret_got)
{
	struct sysv_port *a = first;
	struct sysv_port *b = second;
	enum ipcm_status status;

	(void)want; /* the capacity is the system's, not ours to choose */
	*a = *b = (struct sysv_port){no_queue, no_queue};
	status = connect_one(b, a, ret_got);
	if (!status && duplex)
		status = connect_one(a, b, ret_got);
	if (status) {
		sysv_close(a);
		sysv_close(b);
	}
	return status;
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

/* Lock: a semaphore of value 1 or 0. Who has lowered it holds the lock. */

struct sysv_token {
	int id;
	struct ledger_entry entry;
};

static enum ipcm_status semaphore_status(int error)
{
	if (error == EIDRM || error == EINVAL)
		return IPCM_REMOVED;
	return error == ENOSPC ? IPCM_LIMIT : status_from_errno(error);
}

static enum ipcm_status sysv_token_give(void *state)
{
	struct sysv_token *token = state;
	struct sembuf up = {.sem_num = 0, .sem_op = 1, .sem_flg = 0};

	while (semop(token->id, &up, 1))
		if (errno != EINTR)
			return semaphore_status(errno);
	return IPCM_OK;
}

static enum ipcm_status sysv_token_open(void *state)
{
	struct sysv_token *token = state;
	enum ipcm_status status = IPCM_LIMIT;

	(void)ledger_collect();
	for (int i = 0; i < TRIES; i++) {
		struct ledger_entry entry;
		int id, error;

		status = ledger_open(LEDGER_SEM, &entry);
		if (status)
			return status;
		id = semget((key_t)entry.key, 1, IPC_CREAT | IPC_EXCL | 0600);
		if (id >= 0) {
			*token = (struct sysv_token){id, entry};
			return sysv_token_give(token);
		}
		error = errno;
		ledger_forget(&entry);
		status = semaphore_status(error);
		if (error != EEXIST)
			break;
	}
	return status;
}

static void sysv_token_close(void *state)
{
	ledger_close(&((struct sysv_token *)state)->entry);
}

static enum ipcm_status sysv_token_take(void *state)
{
	struct sysv_token *token = state;
	struct sembuf down = {0, -1, IPC_NOWAIT};

	while (semop(token->id, &down, 1)) {
		if (errno == EAGAIN)
			return IPCM_WOULDBLOCK;
		if (errno != EINTR)
			return semaphore_status(errno);
	}
	return IPCM_OK;
}

/* Down and up in one step: passes when the value is positive, takes nothing. */
static enum ipcm_status sysv_token_wait(void *state, int64_t deadline_ns)
{
	struct sysv_token *token = state;
	struct sembuf look[2] = {{0, -1, 0}, {0, 1, 0}};

	for (;;) {
		struct timespec left;
		int64_t now = deadline_ns == IPCM_FOREVER ? 0 : clock_now();

		if (deadline_ns != IPCM_FOREVER && now >= deadline_ns)
			return IPCM_TIMEDOUT;
		left = clock_timespec(deadline_ns - now);
		if (!semtimedop(token->id, look, 2,
				deadline_ns == IPCM_FOREVER ? NULL : &left))
			return IPCM_OK;
		if (errno != EINTR && errno != EAGAIN)
			return semaphore_status(errno);
	}
}

static enum ipcm_status sysv_token_present(void *state, bool *ret_present)
{
	struct sysv_token *token = state;
	int value = semctl(token->id, 0, GETVAL);

	if (value < 0)
		return semaphore_status(errno);
	*ret_present = value > 0;
	return IPCM_OK;
}

static const struct ipcm_port_ops sysv_port_ops = {
	.state_size = sizeof(struct sysv_port),
	.unit = IPCM_UNIT_FRAMES,
	.native_eof = false,
	.open_queue = sysv_open_queue,
	.open_pipe = sysv_open_pipe,
	.close = sysv_close,
	.send = sysv_send,
	.receive = sysv_receive,
	.queued = sysv_queued,
};

static const struct ipcm_token_ops sysv_token_ops = {
	.state_size = sizeof(struct sysv_token),
	.open = sysv_token_open,
	.close = sysv_token_close,
	.take = sysv_token_take,
	.give = sysv_token_give,
	.wait = sysv_token_wait,
	.present = sysv_token_present,
};

static const struct ipcm_queue_ops sysv_queue_ops = {.port = &sysv_port_ops};
static const struct ipcm_pipe_ops sysv_pipe = {.port = &sysv_port_ops};
static const struct ipcm_lock_ops sysv_lock = {.token = &sysv_token_ops};

static const struct ipcm_feature sysv_features[] = {
	{"queue.transport", true, "msgsnd(2) and msgrcv(2)"},
	{"queue.blocking", false, "futex: msgrcv has no time limit"},
	{"queue.count", false, "items counted in shared memory"},
	{"queue.borders", true, "messages up to msgmax, else frames"},
	{"pipe.transport", true, "one message queue a direction"},
	{"pipe.blocking", false, "futex: msgrcv has no time limit"},
	{"pipe.eof", false, "a lifeline pipe beside the queue"},
	{"lock.handover", true, "a System V semaphore, semtimedop(2)"},
	{"lock.owner", false, "owner record in shared memory"},
	{NULL, false, NULL},
};

const struct ipcm_backend ipcm_backend_sysv_msg = {
	.abi = IPCM_BACKEND_ABI,
	.name = "sysv_msg",
	.summary = "System V message queue, and semaphore for the lock",
	.capabilities = IPCM_CAP_SYNC_PUT | IPCM_CAP_GLOBAL_FIFO,
	.probe = sysv_probe,
	.queue = &sysv_queue_ops,
	.pipe = &sysv_pipe,
	.lock = &sysv_lock,
	.features = sysv_features,
};
