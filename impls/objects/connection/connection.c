/* SPDX-License-Identifier: MIT */
/*
 * Pipe and Connection: creating and closing the two ends. Read
 * connection_internal.h first. The ends are two handles; each owns its port,
 * its buffers and its side of the death fd, and they share one mapping.
 */
#include "connection.h"

#include <stdlib.h>

#include "connection_emulation.h"
#include "connection_inbox.h"
#include "connection_poll.h"

/* Space requested from the mechanism: 64 KiB at least, 8 messages if they are
 * known to be larger, a megabyte at most; larger messages pass in pieces. */
#define SPACE_MIN_BYTES ((size_t)64 << 10)
#define SPACE_MAX_BYTES ((size_t)1 << 20)
#define SPACE_ITEMS	8
/* More in one go are no faster. */
#define SURE_FRAMES_MOST 32
/* The least that backend.h requires of a channel. */
#define FRAME_MIN_BYTES	   ((size_t)128)
#define ITEM_UNKNOWN_BYTES (((size_t)4 << 10) - sizeof(struct frame_header))

static struct ipcm_channel_request pipe_request(size_t hint_bytes,
						bool portable)
{
	struct ipcm_channel_request requested = {.portable = portable};
	size_t space;

	requested.item_bytes = (hint_bytes ? hint_bytes : ITEM_UNKNOWN_BYTES) +
			       sizeof(struct frame_header);
	if (requested.item_bytes > SPACE_MAX_BYTES)
		requested.item_bytes = SPACE_MAX_BYTES;
	space = requested.item_bytes * SPACE_ITEMS;
	if (space < SPACE_MIN_BYTES)
		space = SPACE_MIN_BYTES;
	if (space > SPACE_MAX_BYTES)
		space = SPACE_MAX_BYTES;
	requested.items = space / requested.item_bytes;
	return requested;
}

struct ipcm_connection *connection_alloc(const struct ipcm_backend *backend,
					 unsigned index, bool duplex)
{
	const struct ipcm_port_ops *port = backend->pipe->port;
	struct ipcm_connection *end;
	void *state;

	end = handle_alloc(sizeof(*end), port->state_size, &state);
	if (!end)
		return NULL;
	/* by pointer: a const end must be able to open it */
	end->epoll_set = malloc(sizeof(*end->epoll_set));
	if (!end->epoll_set) {
		free(end);
		return NULL;
	}
	*end->epoll_set = (struct connection_epoll){end, -1, -1, false, 0};
	end->port = port;
	end->state = state;
	end->index = index;
	end->readable = duplex || index == 0;
	end->writable = duplex || index == 1;
	end->pollable = backend->capabilities & IPCM_CAP_POLLABLE;
	end->inbox_fd = -1;
	end->map_fd = -1;
	end->death_fd = -1;
	return end;
}

/* By bytes one less than there seem to be, since a mechanism adds some to each
 * frame, or rounds it up; at least the one that backend.h demands. */
static unsigned sure_frames(const struct ipcm_channel_limits *limits)
{
	uint64_t frames = limits->channel_frames;

	if (!frames)
		frames = limits->channel_bytes / limits->frame_bytes;
	if (!limits->channel_frames && frames)
		frames--;
	if (frames > SURE_FRAMES_MOST)
		frames = SURE_FRAMES_MOST;
	return frames ? (unsigned)frames : 1;
}

enum ipcm_status connection_buffers(struct ipcm_connection *end,
				    const struct ipcm_channel_limits *limits)
{
	if (limits->frame_bytes < FRAME_MIN_BYTES ||
	    limits->receive_bytes < FRAME_MIN_BYTES)
		return IPCM_INVALID;
	end->frame_bytes = limits->frame_bytes < CONNECTION_FRAME_MAX
				   ? limits->frame_bytes
				   : CONNECTION_FRAME_MAX;
	end->receive_bytes = limits->receive_bytes;
	end->sure_frames = sure_frames(limits);
	if (end->writable)
		end->outbox = malloc(end->frame_bytes);
	if (end->writable && !end->outbox)
		return IPCM_NOMEM;
	return end->readable ? connection_inbox_open(end) : IPCM_OK;
}

void connection_enable(struct ipcm_connection *end)
{
	handle_open(&end->handle, CONNECTION_MAGIC);
}

/* Close what other processes can notice; skips what was never opened. */
static void end_close(struct ipcm_connection *end)
{
	connection_epoll_close(end->epoll_set);
	connection_turn_drop(end);
	if (end->opened)
		end->port->close(end->state);
	end->opened = false;
	connection_emulation_drop(end);
}

void connection_destroy(struct ipcm_connection *end)
{
	if (!end)
		return;
	end_close(end);
	connection_inbox_close(end);
	free(end->message.bytes);
	free(end->outbox);
	free(end->epoll_set);
	free(end);
}

static enum ipcm_status pair_connect(struct ipcm_connection *const ends[2],
				     const struct ipcm_pipe_options *options,
				     bool portable)
{
	struct ipcm_channel_request requested =
		pipe_request(options->message_size_hint, portable);
	struct ipcm_channel_limits got = {0};
	enum ipcm_status status;

	status = ends[0]->port->open_pipe(ends[0]->state, ends[1]->state,
					  options->duplex, &requested, &got);
	if (status)
		return status;
	ends[0]->opened = true;
	ends[1]->opened = true;
	status = connection_buffers(ends[0], &got);
	if (!status)
		status = connection_buffers(ends[1], &got);
	if (!status)
		status = connection_emulation_open(ends, portable);
	return status;
}

enum ipcm_status connection_pair_open(const struct ipcm_backend *backend,
				      const struct ipcm_pipe_options *options,
				      bool portable,
				      struct ipcm_connection *ret_ends[2])
{
	struct ipcm_connection *ends[2];
	enum ipcm_status status = IPCM_NOMEM;

	ends[0] = connection_alloc(backend, 0, options->duplex);
	ends[1] = connection_alloc(backend, 1, options->duplex);
	if (ends[0] && ends[1])
		status = pair_connect(ends, options, portable);
	if (status) {
		connection_destroy(ends[0]);
		connection_destroy(ends[1]);
		return status;
	}
	ret_ends[0] = ends[0];
	ret_ends[1] = ends[1];
	return IPCM_OK;
}

enum ipcm_status ipcm_pipe_create(const struct ipcm_backend *backend,
				  const struct ipcm_pipe_options *options,
				  struct ipcm_connection **ret_first,
				  struct ipcm_connection **ret_second)
{
	static const struct ipcm_pipe_options defaults = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_connection *ends[2];
	enum ipcm_status status;

	if (!ret_first || !ret_second ||
	    ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (!options)
		options = &defaults;
	if (options->message_size_hint > IPCM_MESSAGE_MAX_BYTES)
		return IPCM_TOOBIG;
	if (!backend->pipe)
		return IPCM_NOTSUP;
	status = connection_pair_open(backend, options, false, ends);
	if (status)
		return status;
	connection_enable(ends[0]);
	connection_enable(ends[1]);
	*ret_first = ends[0];
	*ret_second = ends[1];
	return IPCM_OK;
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

	if (status == IPCM_CLOSED)
		return IPCM_OK;
	if (!status)
		status = handle_close(end, CONNECTION_MAGIC);
	if (!status)
		end_close(end);
	return status;
}

void ipcm_connection_free(struct ipcm_connection *end)
{
	if (ipcm_connection_close(end))
		return;
	handle_invalidate(&end->handle);
	connection_destroy(end);
}
