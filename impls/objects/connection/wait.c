/* SPDX-License-Identifier: MIT */
/*
 * ipcm_wait: several ends and descriptors in one poll(2). No descriptor shows
 * what an end has received already, so that is checked first; then the port's
 * descriptor and the death fd stand for the end, or the death fd alone with its
 * poll wake-up.
 *
 * A poll wake-up means "check", not "there is something": an earlier call may
 * have received the frame, or another process that shares the end. So after a
 * wake-up the end is checked, the byte is drained if there is nothing, and the
 * wait goes on. The other process may also drain the byte, or the sender may be
 * killed before it sends it: with a poll wake-up in the set no sleep is longer
 * than a slice.
 *
 * An end that only sends never has something to receive. It is ready when no
 * reader is left: then its death fd hangs up or, if the mechanism has an end of
 * file of its own, the port's descriptor. poll(2) reports that unasked.
 */
#include "ipcmark/wait.h"

#include <fcntl.h>
#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "connection_inbox.h"
#include "connection_poll.h"

/* So many entries need no allocation; each waitable takes two at most. */
#define ENTRIES_LOCAL 32
#define ENTRIES_EACH  2

struct wait_set {
	struct pollfd *entries;
	nfds_t count;
	/* One of them has a poll wake-up: sleep in slices. */
	bool sliced;
	/* How many are ready already, by what this process has received. */
	size_t found;
};

static bool has_port_fd(const struct ipcm_connection *end)
{
	return connection_port_fd(end, IPCM_TO_RECEIVE) >= 0;
}

/* Of an end that only sends: what hangs up when no reader is left, or -1. */
static int reader_loss_fd(const struct ipcm_connection *end)
{
	return end->death_fd >= 0 ? end->death_fd
				  : connection_port_fd(end, IPCM_TO_SEND);
}

static bool can_be_waited_for(const struct ipcm_connection *end)
{
	return end->readable ? has_port_fd(end) || end->poll_wakeup
			     : reader_loss_fd(end) >= 0;
}

/* IPCM_OK if it can be waited for. */
static enum ipcm_status thing_check(const struct ipcm_waitable *thing)
{
	enum ipcm_status status;

	if (!thing->end)
		return fcntl(thing->fd, F_GETFD) < 0 ? IPCM_INVALID : IPCM_OK;
	status = connection_check(thing->end);
	if (status)
		return status;
	return can_be_waited_for(thing->end) ? IPCM_OK : IPCM_NOTSUP;
}

static enum ipcm_status things_check(const struct ipcm_waitable *things,
				     size_t count)
{
	enum ipcm_status status = IPCM_OK;

	for (size_t i = 0; i < count && !status; i++)
		status = thing_check(&things[i]);
	return status;
}

static void set_add(struct wait_set *set, int fd, short events)
{
	set->entries[set->count++] =
		(struct pollfd){.fd = fd, .events = events};
}

static void end_prepare(struct wait_set *set, struct ipcm_connection *end)
{
	int fd = connection_port_fd(end, IPCM_TO_RECEIVE);

	if (!end->readable) {
		set_add(set, reader_loss_fd(end), 0);
		return;
	}
	if (fd >= 0) {
		set->found += connection_buffered(end);
		set_add(set, fd, POLLIN);
		if (end->death_fd >= 0)
			set_add(set, end->death_fd, 0);
		return;
	}
	set->sliced = true;
	set->found += connection_check_or_arm(end, false);
	set_add(set, end->death_fd, POLLIN);
}

static void set_prepare(struct wait_set *set,
			const struct ipcm_waitable *things, size_t count)
{
	set->count = 0;
	set->found = 0;
	set->sliced = false;
	for (size_t i = 0; i < count; i++) {
		if (things[i].end)
			end_prepare(set, things[i].end);
		else
			set_add(set, things[i].fd, POLLIN);
	}
}

/* False: a descriptor was closed during the sleep. */
static bool set_is_valid(const struct wait_set *set)
{
	for (nfds_t i = 0; i < set->count; i++)
		if (set->entries[i].revents & POLLNVAL)
			return false;
	return true;
}

/* How many entries end_prepare has added for it: the second is the death fd. */
static unsigned entries_of(const struct ipcm_connection *end)
{
	return end->readable && has_port_fd(end) && end->death_fd >= 0 ? 2 : 1;
}

/* Noted, so that the next send fails. */
static bool reader_is_lost(struct ipcm_connection *end,
			   const struct pollfd *entry)
{
	if (entry->revents)
		end->peer_gone = true;
	return entry->revents != 0;
}

/* @param entry the first of the end's */
static bool end_is_ready(struct ipcm_connection *end,
			 const struct pollfd *entry)
{
	if (!end->readable)
		return reader_is_lost(end, entry);
	if (!has_port_fd(end)) {
		if (entry->revents & ~POLLIN)
			end->peer_gone = true;
		return connection_check_or_arm(end, entry->revents != 0);
	}
	if (end->death_fd >= 0 && entry[1].revents)
		end->peer_gone = true;
	return connection_buffered(end) || entry->revents || end->peer_gone;
}

/* @return how many are ready */
static size_t set_collect(const struct wait_set *set,
			  struct ipcm_waitable *things, size_t count)
{
	const struct pollfd *entry = set->entries;
	size_t ready = 0;

	for (size_t i = 0; i < count; i++) {
		struct ipcm_connection *end = things[i].end;

		things[i].ready =
			end ? end_is_ready(end, entry) : entry->revents != 0;
		ready += things[i].ready;
		entry += end ? entries_of(end) : 1;
	}
	return ready;
}

static enum ipcm_status set_wait(struct wait_set *set,
				 struct ipcm_waitable *things, size_t count,
				 int64_t timeout_ns, size_t *ret_ready)
{
	int64_t deadline = clock_deadline(timeout_ns);
	enum ipcm_status status;

	for (;;) {
		int64_t until = deadline;

		set_prepare(set, things, count);
		if (set->found)
			until = 0;
		else if (set->sliced)
			until = wait_slice(deadline);
		status = poll_until(set->entries, set->count, until);
		if (status == IPCM_INVALID || !set_is_valid(set))
			return IPCM_INVALID;
		*ret_ready = set_collect(set, things, count);
		if (*ret_ready)
			return IPCM_OK;
		if (status == IPCM_INTR)
			return status;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
	}
}

/*
 * Where the mechanism does not say what is inside, looking has received it: the
 * ends' own descriptors must show that.
 */
static void things_update(const struct ipcm_waitable *things, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (things[i].end && things[i].end->readable &&
		    !has_port_fd(things[i].end) && !things[i].end->port->queued)
			connection_epoll_update(things[i].end);
}

enum ipcm_status ipcm_wait(struct ipcm_waitable *things, size_t count,
			   int64_t timeout_ns, size_t *ret_ready)
{
	struct pollfd local_entries[ENTRIES_LOCAL];
	struct wait_set set = {.entries = local_entries};
	enum ipcm_status status;
	size_t ready = 0;

	if ((!things && count) || (!count && timeout_ns == IPCM_FOREVER) ||
	    count > SIZE_MAX / ENTRIES_EACH / sizeof(*set.entries))
		return IPCM_INVALID;
	status = things_check(things, count);
	if (status)
		return status;
	if (count > ENTRIES_LOCAL / ENTRIES_EACH)
		set.entries =
			malloc(count * ENTRIES_EACH * sizeof(local_entries[0]));
	if (!set.entries)
		return IPCM_NOMEM;
	status = set_wait(&set, things, count, timeout_ns, &ready);
	if (!status || status == IPCM_INTR || status == IPCM_TIMEDOUT ||
	    status == IPCM_WOULDBLOCK)
		things_update(things, count);
	if (set.entries != local_entries)
		free(set.entries);
	if (!status && ret_ready)
		*ret_ready = ready;
	return status;
}
