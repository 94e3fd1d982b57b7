/* SPDX-License-Identifier: MIT */
/*
 * Is there something to receive? Nothing moves when the mechanism can tell.
 */
#include "impls/core/sync/poll.h"
#include "connection_internal.h"

/* Ask the descriptors, where there are any. */
static bool readable_by_fd(struct ipcm_connection *end, int fd)
{
	struct pollfd set[2] = {{.fd = fd, .events = POLLIN},
				{.fd = end->life}};

	return poll_until(set, 2, 0) == IPCM_OK;
}

/*
 * Would a receive find something? Asks the mechanism where it can tell, so
 * that nothing moves (P-POL-02); else what is there moves into the inbox.
 */
bool connection_readable_now(struct ipcm_connection *end, bool sure)
{
	int fd = connection_port_fd(end);
	uint64_t units;

	if (connection_buffered(end))
		return true;
	if (fd >= 0)
		return readable_by_fd(end, fd);
	if (!end->port->queued)
		return connection_inbox_fill(end, sure, true) != IPCM_EMPTY;
	if (end->port->queued(end->state, &units))
		return true; /* the next receive says what is wrong */
	return units || connection_recv_ended(end, sure);
}

bool connection_ask(struct ipcm_connection *end, bool rung)
{
	if (connection_readable_now(end, false))
		return true;
	connection_doorbell_arm(end, rung);
	return connection_readable_now(end, false);
}

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
		ready = connection_readable_now(end, wait.sure);
		if (!ready)
			status = connection_wait_on(end, &wait);
	} while (!ready && status == IPCM_OK);
	connection_epoll_update(end);
	if (status && status != IPCM_TIMEDOUT && status != IPCM_WOULDBLOCK)
		return status;
	*ret_ready = ready;
	return IPCM_OK;
}
