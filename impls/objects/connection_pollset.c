/* SPDX-License-Identifier: MIT */
/*
 * The descriptor that ipcm_connection_fileno gives out. The port's own would
 * lie twice: messages that already lie in the inbox do not make it readable,
 * and neither does an end of file that the lifeline brings. So it is a set
 * (epoll(7)) of the port, the lifeline and an event that stands for the inbox.
 * It is made at the first question; ends that are never asked pay nothing.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/segment.h"
#include "objects/connection_internal.h"

/* Hang-ups are reported whatever is asked for; events may be 0. */
static int set_add(int set_fd, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events};

	return fd < 0 ? 0 : epoll_ctl(set_fd, EPOLL_CTL_ADD, fd, &event);
}

void connection_pollset_close(struct connection_pollset *pollset)
{
	if (pollset->event_fd >= 0)
		(void)close(pollset->event_fd);
	if (pollset->set_fd >= 0)
		(void)close(pollset->set_fd);
	*pollset = (struct connection_pollset){-1, -1, false};
}

static enum ipcm_status pollset_open(const struct ipcm_connection *end,
				     int port_fd)
{
	struct connection_pollset *pollset = end->pollset;
	int error;

	pollset->set_fd = epoll_create1(EPOLL_CLOEXEC);
	pollset->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pollset->set_fd >= 0 && pollset->event_fd >= 0 &&
	    !set_add(pollset->set_fd, port_fd, EPOLLIN) &&
	    !set_add(pollset->set_fd, end->peer_life, 0) &&
	    !set_add(pollset->set_fd, pollset->event_fd, EPOLLIN))
		return IPCM_OK;
	error = errno;
	connection_pollset_close(pollset);
	return status_from_errno(error);
}

void connection_pollset_update(const struct ipcm_connection *end)
{
	struct connection_pollset *pollset = end->pollset;
	bool buffered = connection_buffered(end);
	uint64_t value = 1;
	ssize_t done;

	if (pollset->set_fd < 0 || pollset->raised == buffered)
		return;
	if (buffered)
		done = write(pollset->event_fd, &value, sizeof(value));
	else
		done = read(pollset->event_fd, &value, sizeof(value));
	/* neither can block; EAGAIN: a process that shares it was first */
	(void)done;
	pollset->raised = buffered;
}

enum ipcm_status ipcm_connection_fileno(const struct ipcm_connection *end,
					int *ret_fd)
{
	enum ipcm_status status = connection_check(end);
	int port_fd;

	if (status)
		return status;
	if (!end->readable || !ret_fd)
		return IPCM_INVALID;
	port_fd = connection_port_fd(end);
	if (port_fd < 0)
		return IPCM_NOTSUP;
	if (end->pollset->set_fd < 0)
		status = pollset_open(end, port_fd);
	if (status)
		return status;
	connection_pollset_update(end);
	*ret_fd = end->pollset->set_fd;
	return IPCM_OK;
}
