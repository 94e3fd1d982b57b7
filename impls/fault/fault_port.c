/* SPDX-License-Identifier: MIT */
/*
 * Faults of a port: frames lost, doubled, late or damaged, an end of file that
 * is not reported. See fault_internal.h.
 */
#include "fault_internal.h"

#include <time.h>

enum ipcm_status fault_open_queue(struct fault_wrapper *fault_wrapper,
				  void *state,
				  const struct ipcm_channel_request *requested,
				  struct ipcm_channel_limits *ret_granted)
{
	const struct ipcm_port_ops *real = fault_wrapper->real->queue->port;
	struct header *header = state;
	int first_fd = fault_next_descriptor();

	fault_state_begin(state, fault_wrapper, real->state_size);
	header->real.port = real;
	return fault_opened(
		header,
		real->open_queue(real_state(state), requested, ret_granted),
		first_fd);
}

enum ipcm_status fault_open_pipe(struct fault_wrapper *fault_wrapper,
				 void *first, void *second, bool duplex,
				 const struct ipcm_channel_request *requested,
				 struct ipcm_channel_limits *ret_granted)
{
	const struct ipcm_port_ops *real = fault_wrapper->real->pipe->port;
	struct header *one = first, *other = second;
	int first_fd = fault_next_descriptor();

	fault_state_begin(first, fault_wrapper, real->state_size);
	fault_state_begin(second, fault_wrapper, real->state_size);
	one->real.port = other->real.port = real;
	return fault_opened(one,
			    real->open_pipe(real_state(first),
					    real_state(second), duplex,
					    requested, ret_granted),
			    first_fd);
}

static void port_close(void *state)
{
	struct header *header = state;

	if (!fault_strikes(header, FAULT_LEAK_OBJECT))
		header->real.port->close(real_state(state));
}

/* The frame without its last byte, or with one bit inverted. */
static enum ipcm_status send_changed(struct header *header, void *state,
				     const void *frame, size_t bytes)
{
	if (header->fault_wrapper->fault == FAULT_CUT)
		return header->real.port->send(state, frame, bytes - 1);
	fault_keep(header, frame, bytes);
	if (!header->has_kept)
		return header->real.port->send(state, frame, bytes);
	header->has_kept = false;
	header->kept[bytes - 1] ^= 1;
	return header->real.port->send(state, header->kept, bytes);
}

/* Send the kept frame after the one that overtook it, if there is space. */
static void send_kept(struct header *header, void *state)
{
	if (header->has_kept &&
	    header->real.port->send(state, header->kept, header->kept_bytes) ==
		    IPCM_OK)
		header->has_kept = false;
}

static enum ipcm_status port_send(void *state, const void *frame, size_t bytes)
{
	static const struct timespec delay = {0, 100000};
	struct header *header = state;
	void *real = real_state(state);
	enum ipcm_status status;

	if (fault_strikes(header, FAULT_DROP))
		return IPCM_OK;
	if (fault_strikes(header, FAULT_FLIP) ||
	    fault_strikes(header, FAULT_CUT))
		return send_changed(header, real, frame, bytes);
	if (fault_strikes(header, FAULT_DELAY))
		(void)nanosleep(&delay, NULL);
	if (!header->has_kept && fault_strikes(header, FAULT_SWAP)) {
		fault_keep(header, frame, bytes);
		return IPCM_OK;
	}
	status = header->real.port->send(real, frame, bytes);
	if (status != IPCM_OK)
		return status;
	send_kept(header, real);
	if (fault_strikes(header, FAULT_DOUBLE))
		(void)header->real.port->send(real, frame, bytes);
	return IPCM_OK;
}

static enum ipcm_status port_receive(void *state, void *buffer, size_t bytes,
				     size_t *ret_bytes)
{
	struct header *header = state;
	enum ipcm_status status = header->real.port->receive(
		real_state(state), buffer, bytes, ret_bytes);

	if (status == IPCM_EOF && fault_strikes(header, FAULT_NO_EOF))
		return IPCM_EMPTY;
	return status;
}

static enum ipcm_status port_wait(void *state, enum ipcm_direction direction,
				  int64_t deadline_ns)
{
	struct header *header = state;

	if (fault_strikes(header, FAULT_NO_WAIT))
		return IPCM_OK;
	return header->real.port->wait(real_state(state), direction,
				       deadline_ns);
}

static enum ipcm_status port_queued(void *state, uint64_t *ret_units)
{
	struct header *header = state;

	return header->real.port->queued(real_state(state), ret_units);
}

static int port_fileno(const void *state, enum ipcm_direction direction)
{
	const struct header *header = state;

	return header->real.port->fileno(real_state_const(state), direction);
}

struct ipcm_port_ops fault_port_ops(const struct ipcm_port_ops *real)
{
	return (struct ipcm_port_ops){
		.state_size = fault_state_size(real->state_size),
		.unit = real->unit,
		.native_eof = real->native_eof,
		.reports_space_late = real->reports_space_late,
		.close = port_close,
		.send = port_send,
		.receive = port_receive,
		.wait = real->wait ? port_wait : NULL,
		.queued = real->queued ? port_queued : NULL,
		.fileno = real->fileno ? port_fileno : NULL,
	};
}
