/* SPDX-License-Identifier: MIT */
/*
 * The descriptor that ipcm_connection_fileno gives out. The port's own would
 * lie twice: messages that already lie in the inbox do not make it readable,
 * and neither does an end of file that the lifeline brings. So it is a set
 * (epoll(7)) of the port, or else the doorbell, of the lifeline, and of an
 * event that stands for what this process knows to be there. It is made at the
 * first question; ends that are never asked pay nothing.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "impls/core/memory/shm_map.h"
#include "connection_internal.h"

/* Hang-ups are reported whatever is asked for; events may be 0. */
static int set_add(int set_fd, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events};

	return fd < 0 ? 0 : epoll_ctl(set_fd, EPOLL_CTL_ADD, fd, &event);
}

void connection_epoll_close(struct connection_epoll *epoll_set)
{
	if (epoll_set->event_fd >= 0)
		(void)close(epoll_set->event_fd);
	if (epoll_set->set_fd >= 0)
		(void)close(epoll_set->set_fd);
	epoll_set->event_fd = -1;
	epoll_set->set_fd = -1;
	epoll_set->raised = false;
}

static enum ipcm_status epoll_set_open(const struct ipcm_connection *end,
				       int port_fd)
{
	struct connection_epoll *epoll_set = end->epoll_set;
	int error;

	epoll_set->set_fd = epoll_create1(EPOLL_CLOEXEC);
	epoll_set->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (epoll_set->set_fd >= 0 && epoll_set->event_fd >= 0 &&
	    !set_add(epoll_set->set_fd, port_fd, EPOLLIN) &&
	    !set_add(epoll_set->set_fd, end->life,
		     end->doorbell ? EPOLLIN : 0) &&
	    !set_add(epoll_set->set_fd, epoll_set->event_fd, EPOLLIN))
		return IPCM_OK;
	error = errno;
	connection_epoll_close(epoll_set);
	return status_from_errno(error);
}

/*
 * The doorbell rings once, for the first frame; for those behind it the event
 * is raised, until the channel is found empty: a stream rings nobody. Then,
 * whatever the word says, a stale ring (its sender was killed before it said
 * that it rang) is taken away, or who polls would never sleep again.
 */
static bool something_waits(struct ipcm_connection *end)
{
	if (connection_buffered(end))
		return true;
	/* else the port's own descriptor tells */
	return end->doorbell && connection_ask(end, true);
}

void connection_epoll_update(const struct ipcm_connection *end)
{
	struct connection_epoll *epoll_set = end->epoll_set;
	uint64_t value = 1;
	bool waits;
	ssize_t done;

	if (epoll_set->set_fd < 0)
		return;
	waits = something_waits(epoll_set->end);
	if (epoll_set->raised == waits)
		return;
	if (waits)
		done = write(epoll_set->event_fd, &value, sizeof(value));
	else
		done = read(epoll_set->event_fd, &value, sizeof(value));
	/* neither can block; EAGAIN: a process that shares it was first */
	(void)done;
	epoll_set->raised = waits;
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
	if (port_fd < 0 && !end->doorbell)
		return IPCM_NOTSUP;
	if (end->epoll_set->set_fd < 0)
		status = epoll_set_open(end, port_fd);
	if (status)
		return status;
	connection_epoll_update(end);
	*ret_fd = end->epoll_set->set_fd;
	return IPCM_OK;
}
