/* SPDX-License-Identifier: MIT */
/*
 * Is there something to receive? And the descriptor that
 * ipcm_connection_fileno returns. The port's own descriptor is not enough: it
 * is not readable for messages that already lie in the inbox, nor for an end of
 * file that only the death fd shows. So it is an epoll set (epoll(7)) of the
 * port if it has a descriptor, of the death fd, and of an event that stands for
 * what this process has buffered. It is created by the first
 * ipcm_connection_fileno; ends without that call pay nothing.
 */
#include "connection_poll.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/sync/poll.h"
#include "connection_inbox.h"
#include "connection_wait.h"

/* Check the port's descriptor and the death fd. */
static bool readable_by_fd(struct ipcm_connection *end, int fd)
{
	struct pollfd set[2] = {{.fd = fd, .events = POLLIN},
				{.fd = end->death_fd}};

	return poll_until(set, 2, 0) == IPCM_OK;
}

/*
 * Is there something in the channel? Asks the mechanism; where that cannot
 * tell, what is in the channel moves into the inbox.
 */
static bool channel_has_input(struct ipcm_connection *end, bool check_peer)
{
	int fd = connection_port_fd(end, IPCM_TO_RECEIVE);
	uint64_t units;

	if (fd >= 0)
		return readable_by_fd(end, fd);
	if (!end->port->queued) {
		connection_turn_begin(end);
		return connection_inbox_fill(end, check_peer, true) !=
		       IPCM_EMPTY;
	}
	if (end->port->queued(end->state, &units))
		return true; /* the next receive returns the error */
	return units || connection_recv_ended(end, check_peer);
}

/*
 * Moves nothing and changes nothing that a receive in another thread uses, if
 * the mechanism can tell. Frames of a withdrawn message count: only a receive
 * finds out.
 */
static bool has_input(struct ipcm_connection *end)
{
	return connection_buffered(end) || channel_has_input(end, false);
}

bool connection_check_or_arm(struct ipcm_connection *end, bool woken)
{
	if (has_input(end))
		return true;
	connection_poll_arm(end, woken);
	return has_input(end);
}

bool connection_check_or_rearm(struct ipcm_connection *end, bool woken)
{
	if (has_input(end))
		return true;
	connection_poll_rearm(end, woken);
	return has_input(end);
}

/* As a receiving call would find it (P-POL-02): drops what was withdrawn. */
static bool is_readable_now(struct ipcm_connection *end, bool check_peer)
{
	if (connection_has_withdrawn(end))
		return connection_message_arrived(end, check_peer);
	return connection_buffered(end) || channel_has_input(end, check_peer);
}

/* ---- the epoll set ---- */

/* Hang-ups are reported even if events is 0. */
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
	epoll_set->moves_seen = 0;
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
	    !set_add(epoll_set->set_fd, end->death_fd,
		     end->poll_wakeup ? EPOLLIN : 0) &&
	    !set_add(epoll_set->set_fd, epoll_set->event_fd, EPOLLIN))
		return IPCM_OK;
	error = errno;
	connection_epoll_close(epoll_set);
	return status_from_errno(error);
}

/*
 * A poll wake-up comes once, for the first frame; for the frames after it the
 * event is raised until the channel is found empty, so a stream sends no
 * wake-ups. Then, whatever the poll word says, a stale byte is drained (its
 * sender was killed before it could record the wake-up), or a poller would
 * never sleep again.
 */
static bool shows_input(struct ipcm_connection *end)
{
	if (connection_buffered(end))
		return true;
	/* else the port's own descriptor shows it */
	return end->poll_wakeup && connection_check_or_arm(end, true);
}

/*
 * Another copy may have the same event, inherited: what this one knows of it
 * holds until a copy moves an event.
 */
void connection_epoll_move(struct connection_epoll *epoll_set)
{
	struct ipcm_connection *end = epoll_set->end;
	bool ready = shows_input(end);
	uint64_t value = 1;
	ssize_t done;

	if (epoll_set->raised == ready &&
	    epoll_set->moves_seen == end->inbox->event_moves)
		return;
	if (ready)
		done = write(epoll_set->event_fd, &value, sizeof(value));
	else
		done = read(epoll_set->event_fd, &value, sizeof(value));
	/* neither can block; EAGAIN: another process that shares it was first
	 */
	(void)done;
	epoll_set->raised = ready;
	epoll_set->moves_seen = ++end->inbox->event_moves;
}

/* ---- the calls ---- */

enum ipcm_status ipcm_connection_poll(struct ipcm_connection *end,
				      int64_t timeout_ns, bool *ret_ready)
{
	enum ipcm_status status = connection_check(end);
	struct connection_wait wait;
	bool ready;

	if (status)
		return status;
	if (!end->readable || !ret_ready)
		return IPCM_INVALID;
	wait = connection_wait_begin(end, IPCM_TO_RECEIVE, timeout_ns);
	do {
		ready = is_readable_now(end, wait.check_peer);
		if (!ready)
			status = connection_wait_on(end, &wait);
	} while (!ready && status == IPCM_OK);
	connection_epoll_update(end);
	if (status && status != IPCM_TIMEDOUT && status != IPCM_WOULDBLOCK)
		return status;
	*ret_ready = ready;
	return IPCM_OK;
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
	port_fd = connection_port_fd(end, IPCM_TO_RECEIVE);
	if (port_fd < 0 && !end->poll_wakeup)
		return IPCM_NOTSUP;
	if (end->epoll_set->set_fd < 0)
		status = epoll_set_open(end, port_fd);
	if (status)
		return status;
	connection_turn_begin(end->epoll_set->end);
	connection_epoll_update(end);
	*ret_fd = end->epoll_set->set_fd;
	return IPCM_OK;
}
