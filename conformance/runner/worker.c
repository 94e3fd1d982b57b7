/* SPDX-License-Identifier: MIT */
/* See worker.h. A socket of records, so that an index is there or not. */
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/process.h"

static bool receive(int fd, size_t *ret_index)
{
	ssize_t got;

	do
		got = recv(fd, ret_index, sizeof(*ret_index), 0);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(*ret_index);
}

static bool send_index(int fd, size_t index)
{
	ssize_t sent;

	do
		sent = send(fd, &index, sizeof(index), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(index);
}

/* A group of its own: a terminal tells the session of Ctrl-C, and the session
 * tells the workers, so that none hears it twice, which would kill it. */
static _Noreturn void child_main(int fd, worker_run *run, void *context)
{
	size_t index;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setpgid(0, 0);
	process_adopt_orphans();
	while (receive(fd, &index)) {
		run(context, index);
		if (!send_index(fd, index))
			break;
	}
	_exit(0);
}

bool worker_start(struct worker *worker, worker_run *run, void *context)
{
	int ends[2];

	memset(worker, 0, sizeof(*worker));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return false;
	/* what is buffered is the session's to write */
	(void)fflush(NULL);
	/* not a Process: it adopts what its children leave, and reaps them */
	worker->pid = fork();
	if (worker->pid == 0) {
		(void)close(ends[0]);
		child_main(ends[1], run, context);
	}
	(void)close(ends[1]);
	if (worker->pid < 0) {
		(void)close(ends[0]);
		worker->pid = 0;
		return false;
	}
	(void)setpgid(worker->pid, worker->pid);
	worker->fd = ends[0];
	return true;
}

bool worker_send(struct worker *worker, size_t index)
{
	worker->busy = send_index(worker->fd, index);
	worker->index = index;
	return worker->busy;
}

bool worker_receive(struct worker *worker)
{
	size_t index;

	worker->busy = false;
	return receive(worker->fd, &index) && index == worker->index;
}

void worker_interrupt(const struct worker *worker)
{
	if (worker->pid > 0)
		(void)kill(worker->pid, SIGTERM);
}

void worker_stop(struct worker *worker)
{
	if (worker->pid <= 0)
		return;
	/* workers that were forked later hold this end, too */
	(void)shutdown(worker->fd, SHUT_RDWR);
	(void)close(worker->fd);
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
}
