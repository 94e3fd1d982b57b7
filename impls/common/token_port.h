/* SPDX-License-Identifier: MIT */
/*
 * A lock's token over any port: one small message. Who has received it holds
 * the lock. For back-ends whose mechanism has no lock of its own; each names
 * its port and gets its token operations from here.
 */
#ifndef IPCMARK_COMMON_TOKEN_PORT_H
#define IPCMARK_COMMON_TOKEN_PORT_H

#include "ipcmark/backend.h"

/* Room for the smallest message that any back-end makes (mq_receive(3) wants
 * a buffer of the queue's message size). */
#define TOKEN_BUFFER_BYTES 256

static inline enum ipcm_status token_port_give(const struct ipcm_port_ops *port,
					       void *state)
{
	static const char token = 1;

	return port->send(state, &token, 1);
}

static inline enum ipcm_status token_port_open(const struct ipcm_port_ops *port,
					       void *state)
{
	const struct ipcm_channel_request want = {1, 1};
	struct ipcm_channel_limits got;
	enum ipcm_status status = port->open_queue(state, &want, &got);

	if (!status)
		status = token_port_give(port, state);
	return status;
}

static inline enum ipcm_status token_port_take(const struct ipcm_port_ops *port,
					       size_t bytes, void *state)
{
	char token[TOKEN_BUFFER_BYTES];
	size_t got;
	enum ipcm_status status = port->receive(state, token, bytes, &got);

	return status == IPCM_EMPTY ? IPCM_WOULDBLOCK : status;
}

static inline enum ipcm_status token_port_present(
	const struct ipcm_port_ops *port, void *state, bool *ret_present)
{
	uint64_t units = 0;
	enum ipcm_status status = port->queued(state, &units);

	if (!status)
		*ret_present = units > 0;
	return status;
}

#endif
