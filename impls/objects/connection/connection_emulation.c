/* SPDX-License-Identifier: MIT */
/*
 * What the library adds to an end: the memory that both ends share (numbers of
 * messages; wake-up words and hints, for mechanisms that need them), and the
 * death fd, for those without end of file. Read
 * connection_internal.h first; connection_wait.c uses them.
 *
 * The death fd is a pair of sockets and not two pipes: one descriptor an end,
 * and a write to it when the peer has gone raises no signal.
 */
#include "connection_emulation.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/memory/shm_map.h"
#include "connection_wait.h"

static bool needs_death_fd(const struct ipcm_connection *end)
{
	return !end->port->native_eof || end->poll_wakeup;
}

/* Is the end pollable although the mechanism has no descriptor? */
static bool needs_poll_wakeup(const struct ipcm_connection *end)
{
	return end->pollable && connection_port_fd(end, IPCM_TO_RECEIVE) < 0;
}

static void map_release(struct connection_map *map)
{
	/* acq_rel: the last user comes after all uses */
	if (!map ||
	    atomic_fetch_sub_explicit(&map->users, 1, memory_order_acq_rel) > 1)
		return;
	shm_map_destroy(map->shared, sizeof(*map->shared));
	free(map);
}

static struct connection_map *map_new(void *memory, unsigned users)
{
	struct connection_map *map = malloc(sizeof(*map));

	if (!map) {
		shm_map_destroy(memory, sizeof(*map->shared));
		return NULL;
	}
	map->shared = memory;
	atomic_init(&map->users, users);
	return map;
}

static void descriptor_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* not a file: no data can be lost */
	*fd = -1;
}

/* The end's own view of it. */
static void map_use(struct ipcm_connection *end, struct connection_map *map)
{
	end->map = map;
	end->incoming = &map->shared->direction[1 - end->index];
	end->outgoing = &map->shared->direction[end->index];
	end->wakes_receiver = !end->port->wait || end->poll_wakeup;
	end->wakes_sender = !end->port->wait || end->port->reports_space_late;
	end->reports_receives = !end->port->native_eof;
}

static enum ipcm_status map_open(struct ipcm_connection *const ends[2],
				 bool portable)
{
	struct connection_map *map;
	enum ipcm_status status;
	void *memory;

	status = portable ? shm_map_create_kept(sizeof(*map->shared), &memory,
						&ends[1]->map_fd)
			  : shm_map_create_inherited(sizeof(*map->shared),
						     &memory);
	if (status)
		return status;
	map = map_new(memory, 2);
	if (!map)
		return IPCM_NOMEM;
	map_use(ends[0], map);
	map_use(ends[1], map);
	return IPCM_OK;
}

static enum ipcm_status death_fd_open(struct ipcm_connection *const ends[2])
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return status_from_errno(errno);
	ends[0]->death_fd = fd[0];
	ends[1]->death_fd = fd[1];
	return IPCM_OK;
}

enum ipcm_status connection_emulation_open(
	struct ipcm_connection *const ends[2], bool portable)
{
	enum ipcm_status status;

	/* end 0 receives, whatever the direction of the pipe */
	ends[0]->poll_wakeup = needs_poll_wakeup(ends[0]);
	ends[1]->poll_wakeup = ends[0]->poll_wakeup;
	status = map_open(ends, portable);
	if (!status && needs_death_fd(ends[0]))
		status = death_fd_open(ends);
	return status;
}

unsigned connection_emulation_fds(const struct ipcm_connection *end)
{
	return (unsigned)needs_death_fd(end) + 1; /* and the memory */
}

/* Is it a socket that hangs up and wakes up as a death fd does? */
static bool is_death_fd(int fd)
{
	socklen_t length = sizeof(int);
	int domain = 0;
	int type = 0;

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) &&
	       !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) &&
	       domain == AF_UNIX && type == SOCK_STREAM;
}

static enum ipcm_status map_adopt(struct ipcm_connection *end)
{
	struct connection_map *map;
	enum ipcm_status status;
	void *memory;

	status = shm_map_adopt(end->map_fd, sizeof(*end->map->shared), &memory);
	descriptor_close(&end->map_fd); /* the mapping keeps the memory */
	if (status)
		return status;
	map = map_new(memory, 1);
	if (!map)
		return IPCM_NOMEM;
	map_use(end, map);
	return IPCM_OK;
}

enum ipcm_status connection_emulation_adopt(struct ipcm_connection *end,
					    const int *fds, unsigned count)
{
	end->poll_wakeup = needs_poll_wakeup(end);
	if (count != connection_emulation_fds(end)) {
		for (unsigned i = 0; i < count; i++)
			(void)close(fds[i]);
		return IPCM_CORRUPT;
	}
	if (needs_death_fd(end))
		end->death_fd = *fds++;
	end->map_fd = *fds;
	if (end->death_fd >= 0 && !is_death_fd(end->death_fd))
		return IPCM_CORRUPT;
	return map_adopt(end);
}

void connection_emulation_drop(struct ipcm_connection *end)
{
	descriptor_close(&end->death_fd);
	descriptor_close(&end->map_fd);
	if (end->map)
		connection_notify_closed(end);
	map_release(end->map);
	end->map = NULL;
}
