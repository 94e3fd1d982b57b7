/* SPDX-License-Identifier: MIT */
/*
 * See ring_port.h. A handle carries the descriptors of both rings and their
 * size; both mappings stay after the descriptors are closed.
 */
#include "ring_port.h"

#include <unistd.h>

#include "impls/core/memory/frame_ring.h"
#include "impls/core/memory/power_of_two.h"
#include "port_connect.h"

#define SMALLEST_BYTES (UINT64_C(64) << 10)
#define LARGEST_BYTES  (UINT64_C(1) << 20)
#define LARGEST_FRAME  (64u * 1024 + 64)

struct ring_port {
	struct frame_ring *receive;
	struct frame_ring *send;
};

static struct ipcm_channel_limits ring_limits(const struct frame_ring *ring)
{
	uint32_t bytes = frame_ring_bytes(ring);
	uint32_t frame = bytes / 4;

	if (frame > LARGEST_FRAME)
		frame = LARGEST_FRAME;
	return (struct ipcm_channel_limits){
		.frame_bytes = frame,
		.receive_bytes = frame,
		.channel_bytes = bytes,
	};
}

static void ring_close(void *state)
{
	struct ring_port *port = state;

	frame_ring_close(port->receive);
	frame_ring_close(port->send);
	port->receive = port->send = NULL;
}

static enum ipcm_status ring_connect(
	void *from, void *to, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	struct frame_ring **send = &((struct ring_port *)from)->send;
	uint64_t bytes =
		power_of_two(requested->items * (requested->item_bytes + 8),
			     SMALLEST_BYTES, LARGEST_BYTES);
	enum ipcm_status status =
		frame_ring_open((uint32_t)bytes, 2, requested->portable, send);

	if (status)
		return status;
	((struct ring_port *)to)->receive = *send;
	*ret_granted = ring_limits(*send);
	return IPCM_OK;
}

static enum ipcm_status ring_open_pipe(
	void *first, void *second, bool duplex,
	const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted)
{
	return port_connect(first, second, duplex, requested, ret_granted,
			    ring_connect, ring_close);
}

static enum ipcm_status ring_send(void *state, const void *frame, size_t bytes)
{
	return frame_ring_put(((struct ring_port *)state)->send, frame, bytes);
}

static enum ipcm_status ring_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	return frame_ring_take(((struct ring_port *)state)->receive, buffer,
			       bytes, ret_bytes);
}

static enum ipcm_status ring_queued(void *state, uint64_t *ret_units)
{
	*ret_units = frame_ring_used(((struct ring_port *)state)->receive);
	return IPCM_OK;
}

static enum ipcm_status ring_export_handle(const void *state,
					   struct ipcm_port_handle *ret_handle)
{
	const struct ring_port *port = state;

	*ret_handle = (struct ipcm_port_handle){
		.fd = {frame_ring_fd(port->receive), frame_ring_fd(port->send)},
		.fd_count = 2,
		.word = {frame_ring_bytes(port->send)},
	};
	return IPCM_OK;
}

static enum ipcm_status ring_import_handle(
	void *state, const struct ipcm_port_handle *handle,
	struct ipcm_channel_limits *ret_granted)
{
	struct ring_port *port = state;
	uint32_t bytes = (uint32_t)handle->word[0];
	enum ipcm_status status;

	if (handle->fd_count != 2 || handle->word[0] > LARGEST_BYTES)
		return IPCM_CORRUPT;
	status = frame_ring_adopt(handle->fd[0], bytes, &port->receive);
	if (!status)
		status = frame_ring_adopt(handle->fd[1], bytes, &port->send);
	if (status) {
		ring_close(port);
		return status;
	}
	(void)close(handle->fd[0]); /* the mappings keep the memory */
	(void)close(handle->fd[1]);
	*ret_granted = ring_limits(port->send);
	return IPCM_OK;
}

const struct ipcm_port_ops ring_port_ops = {
	.state_size = sizeof(struct ring_port),
	.unit = IPCM_UNIT_BYTES,
	.native_eof = false,
	.open_pipe = ring_open_pipe,
	.close = ring_close,
	.send = ring_send,
	.receive = ring_receive,
	.queued = ring_queued,
	.export_handle = ring_export_handle,
	.import_handle = ring_import_handle,
};
