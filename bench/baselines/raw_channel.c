/* SPDX-License-Identifier: MIT */
/*
 * Opening and closing raw channels. Nothing keeps a name: pipes and sockets
 * have none, a message queue's is unlinked at once, a System V queue is removed
 * when the sample is over.
 */
#include "raw_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

/* mq_overview(7): the default of msg_default and msg_max. */
#define MQ_DEPTH 10
/* A whole message has to fit into the send buffer, less this (EMSGSIZE). */
#define SOCKET_OVERHEAD 32

static int open_failed(struct verdict *verdict, const char *call)
{
	verdict_set(verdict,
		    errno == EMFILE || errno == ENFILE || errno == ENOSPC ||
				    errno == EACCES || errno == EPERM
			    ? OUTCOME_HOST_LIMIT
			    : OUTCOME_ERROR,
		    "%s failed (%s)", call, strerror(errno));
	return -1;
}

/* A limit of the kernel that is smaller than a message. */
static int check_limit(const char *path, const char *key, size_t bytes,
		       struct verdict *verdict)
{
	unsigned long long limit;
	FILE *file = fopen(path, "re");
	int got;

	if (!file)
		return 0;
	got = fscanf(file, "%llu", &limit);
	fclose(file);
	if (got != 1 || bytes <= limit)
		return 0;
	verdict_set(verdict, OUTCOME_HOST_LIMIT,
		    "a message of %zu B is larger than %s, %llu B; "
		    "sysctl -w %s=%zu lifts it",
		    bytes, key, limit, key, bytes);
	return -1;
}

static int pipe_open(struct raw_channel *ret_channel, size_t bytes,
		     struct verdict *verdict)
{
	int fd[2];

	(void)bytes;
	if (pipe2(fd, O_CLOEXEC))
		return open_failed(verdict, "pipe2");
	ret_channel->receive = fd[0];
	ret_channel->send = fd[1];
	return 0;
}

static int socketpair_open(struct raw_channel *ret_channel, size_t bytes,
			   struct verdict *verdict)
{
	int fd[2];

	if (check_limit("/proc/sys/net/core/wmem_default",
			"net.core.wmem_default", bytes + SOCKET_OVERHEAD,
			verdict))
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return open_failed(verdict, "socketpair");
	ret_channel->receive = fd[0];
	ret_channel->send = fd[1];
	return 0;
}

static void descriptors_close(struct raw_channel *line)
{
	close(line->receive);
	close(line->send);
}

static int sysv_open(struct raw_channel *ret_channel, size_t bytes,
		     struct verdict *verdict)
{
	int id;

	if (check_limit("/proc/sys/kernel/msgmax", "kernel.msgmax", bytes,
			verdict))
		return -1;
	id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (id < 0)
		return open_failed(verdict, "msgget");
	ret_channel->send = ret_channel->receive = id;
	return 0;
}

static void sysv_close(struct raw_channel *line)
{
	(void)msgctl(line->send, IPC_RMID, NULL);
}

static int mq_channel_open(struct raw_channel *ret_channel, size_t bytes,
			   struct verdict *verdict)
{
	static unsigned serial;
	struct mq_attr attributes = {.mq_maxmsg = MQ_DEPTH,
				     .mq_msgsize = (long)bytes};
	char name[64];
	mqd_t queue;

	if (check_limit("/proc/sys/fs/mqueue/msgsize_max",
			"fs.mqueue.msgsize_max", bytes, verdict))
		return -1;
	snprintf(name, sizeof(name), "/ipcmark-raw-%d-%u", (int)getpid(),
		 serial++);
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600,
			&attributes);
	if (queue == (mqd_t)-1)
		return open_failed(verdict, "mq_open");
	(void)mq_unlink(name);
	ret_channel->send = ret_channel->receive = (int)queue;
	return 0;
}

static void mq_channel_close(struct raw_channel *line)
{
	(void)mq_close((mqd_t)line->send);
}

const struct raw_mechanism raw_pipe = {"pipe", pipe_open, descriptors_close};
const struct raw_mechanism raw_socketpair = {"socketpair", socketpair_open,
					     descriptors_close};
const struct raw_mechanism raw_sysv_msg = {"sysv_msg", sysv_open, sysv_close};
const struct raw_mechanism raw_posix_mq = {"posix_mq", mq_channel_open,
					   mq_channel_close};
