/* SPDX-License-Identifier: MIT */
/*
 * Pipe and Connection: how the two ends are made and unmade. Read
 * connection_internal.h first. The ends are two handles; each owns its port,
 * its buffers and its sides of the lifelines, and they share one mapping.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/segment.h"
#include "objects/connection_internal.h"
#include "objects/handle.h"

/* Room asked of the mechanism: 64 KiB at least, 8 messages if they are known
 * to be larger, a megabyte at most; larger messages pass in pieces. */
#define ROOM_MIN_BYTES ((size_t)64 << 10)
#define ROOM_MAX_BYTES ((size_t)1 << 20)
#define ROOM_ITEMS     8
/* What backend.h demands of a channel at least. */
#define FRAME_MIN_BYTES	   ((size_t)128)
#define ITEM_UNKNOWN_BYTES (((size_t)4 << 10) - sizeof(struct frame_header))

static struct ipcm_channel_request pipe_request(size_t hint_bytes)
{
	struct ipcm_channel_request want;
	size_t room;

	want.item_bytes = (hint_bytes ? hint_bytes : ITEM_UNKNOWN_BYTES) +
			  sizeof(struct frame_header);
	if (want.item_bytes > ROOM_MAX_BYTES)
		want.item_bytes = ROOM_MAX_BYTES;
	room = want.item_bytes * ROOM_ITEMS;
	if (room < ROOM_MIN_BYTES)
		room = ROOM_MIN_BYTES;
	if (room > ROOM_MAX_BYTES)
		room = ROOM_MAX_BYTES;
	want.items = room / want.item_bytes;
	return want;
}

static struct ipcm_connection *end_alloc(const struct ipcm_port_ops *port,
					 unsigned index, bool duplex)
{
	struct ipcm_connection *end;
	void *state;

	end = handle_alloc(sizeof(*end), port->state_size, &state);
	if (!end)
		return NULL;
	end->pollset = malloc(sizeof(*end->pollset));
	if (!end->pollset) {
		free(end);
		return NULL;
	}
	*end->pollset = (struct connection_pollset){-1, -1, false};
	end->port = port;
	end->state = state;
	end->index = index;
	end->readable = duplex || index == 0;
	end->writable = duplex || index == 1;
	end->own_life = -1;
	end->peer_life = -1;
	return end;
}

static enum ipcm_status end_buffers(struct ipcm_connection *end,
				    const struct ipcm_channel_limits *limits)
{
	end->frame_bytes = limits->frame_bytes < CONNECTION_FRAME_MAX
				   ? limits->frame_bytes
				   : CONNECTION_FRAME_MAX;
	end->receive_bytes = limits->receive_bytes;
	if (end->writable)
		end->outbox = malloc(end->frame_bytes);
	if (end->readable)
		end->inbox = malloc(end->receive_bytes);
	if ((end->writable && !end->outbox) || (end->readable && !end->inbox))
		return IPCM_NOMEM;
	return IPCM_OK;
}

static void map_release(struct connection_map *map)
{
	/* acq_rel: the last user sees that the others are done */
	if (!map ||
	    atomic_fetch_sub_explicit(&map->users, 1, memory_order_acq_rel) > 1)
		return;
	segment_destroy(map->shared, sizeof(*map->shared));
	free(map);
}

static enum ipcm_status map_open(struct ipcm_connection *const ends[2])
{
	struct connection_map *map = malloc(sizeof(*map));
	enum ipcm_status status;
	void *memory;

	if (!map)
		return IPCM_NOMEM;
	status = segment_create(sizeof(*map->shared), &memory);
	if (status) {
		free(map);
		return status;
	}
	map->shared = memory;
	atomic_init(&map->users, 2);
	ends[0]->map = map;
	ends[1]->map = map;
	return IPCM_OK;
}

/* The lifeline of owner: it holds the write side, other the read side. */
static enum ipcm_status lifeline_open(struct ipcm_connection *owner,
				      struct ipcm_connection *other)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return status_from_errno(errno);
	other->peer_life = fd[0];
	owner->own_life = fd[1];
	return IPCM_OK;
}

/* What the mechanism lacks. */
static enum ipcm_status supplies_open(struct ipcm_connection *const ends[2])
{
	const struct ipcm_port_ops *port = ends[0]->port;
	enum ipcm_status status = IPCM_OK;

	if (!port->wait || !port->native_eof)
		status = map_open(ends);
	if (!status && !port->native_eof)
		status = lifeline_open(ends[0], ends[1]);
	if (!status && !port->native_eof)
		status = lifeline_open(ends[1], ends[0]);
	return status;
}

static void descriptor_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* never written to: nothing can be lost */
	*fd = -1;
}

/* Give back what other processes can notice; what was never made is skipped */
static void end_shut(struct ipcm_connection *end)
{
	connection_pollset_close(end->pollset);
	if (end->opened)
		end->port->close(end->state);
	end->opened = false;
	descriptor_close(&end->own_life);
	descriptor_close(&end->peer_life);
	if (end->map)
		connection_left(end);
	map_release(end->map);
	end->map = NULL;
}

static void end_destroy(struct ipcm_connection *end)
{
	if (!end)
		return;
	end_shut(end);
	free(end->message.bytes);
	free(end->inbox);
	free(end->outbox);
	free(end->pollset);
	free(end);
}

static enum ipcm_status pipe_open(struct ipcm_connection *const ends[2],
				  bool duplex, size_t hint_bytes)
{
	struct ipcm_channel_request want = pipe_request(hint_bytes);
	struct ipcm_channel_limits got = {0};
	enum ipcm_status status;

	status = ends[0]->port->open_pipe(ends[0]->state, ends[1]->state,
					  duplex, &want, &got);
	if (status)
		return status;
	ends[0]->opened = true;
	ends[1]->opened = true;
	if (got.frame_bytes < FRAME_MIN_BYTES ||
	    got.receive_bytes < FRAME_MIN_BYTES)
		return IPCM_INVALID;
	status = end_buffers(ends[0], &got);
	if (!status)
		status = end_buffers(ends[1], &got);
	if (!status)
		status = supplies_open(ends);
	return status;
}

enum ipcm_status ipcm_pipe_create(const struct ipcm_backend *backend,
				  const struct ipcm_pipe_options *options,
				  struct ipcm_connection **ret_first,
				  struct ipcm_connection **ret_second)
{
	static const struct ipcm_pipe_options defaults = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_connection *ends[2];
	enum ipcm_status status = IPCM_NOMEM;

	if (!ret_first || !ret_second ||
	    ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (!options)
		options = &defaults;
	if (options->message_size_hint > IPCM_MESSAGE_MAX_BYTES)
		return IPCM_TOOBIG;
	if (!backend->pipe)
		return IPCM_NOTSUP;
	ends[0] = end_alloc(backend->pipe->port, 0, options->duplex);
	ends[1] = end_alloc(backend->pipe->port, 1, options->duplex);
	if (ends[0] && ends[1])
		status = pipe_open(ends, options->duplex,
				   options->message_size_hint);
	if (status)
		goto destroy_ends;
	atomic_store_explicit(&ends[0]->magic, CONNECTION_MAGIC_OPEN,
			      memory_order_relaxed);
	atomic_store_explicit(&ends[1]->magic, CONNECTION_MAGIC_OPEN,
			      memory_order_relaxed);
	*ret_first = ends[0];
	*ret_second = ends[1];
	return IPCM_OK;

destroy_ends:
	end_destroy(ends[0]);
	end_destroy(ends[1]);
	return status;
}

bool ipcm_connection_readable(const struct ipcm_connection *end)
{
	return !connection_check(end) && end->readable;
}

bool ipcm_connection_writable(const struct ipcm_connection *end)
{
	return !connection_check(end) && end->writable;
}

enum ipcm_status ipcm_connection_close(struct ipcm_connection *end)
{
	enum ipcm_status status = connection_check(end);

	if (status == IPCM_INVALID)
		return status;
	if (status == IPCM_CLOSED)
		return IPCM_OK;
	atomic_store_explicit(&end->magic, CONNECTION_MAGIC_CLOSED,
			      memory_order_relaxed);
	end_shut(end);
	return IPCM_OK;
}

void ipcm_connection_free(struct ipcm_connection *end)
{
	if (ipcm_connection_close(end))
		return;
	/* a stale handle should look like garbage, not like a closed end */
	atomic_store_explicit(&end->magic, 0, memory_order_relaxed);
	end_destroy(end);
}
