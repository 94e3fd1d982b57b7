/* SPDX-License-Identifier: MIT */
/*
 * Tokens over any port: each is one message of one byte. Who has received it
 * has the token. For back-ends whose mechanism has no lock of its own; each
 * names its port, says how many fit, and gets its token operations from here.
 */
#ifndef IPCMARK_IMPLS_CORE_TOKEN_PORT_TOKEN_H
#define IPCMARK_IMPLS_CORE_TOKEN_PORT_TOKEN_H

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

/* Put the first ones in; on failure the port is closed. */
static inline enum ipcm_status token_port_fill(const struct ipcm_port_ops *port,
					       void *state, uint32_t tokens,
					       uint32_t room)
{
	enum ipcm_status status = tokens > room ? IPCM_LIMIT : IPCM_OK;

	for (uint32_t i = 0; !status && i < tokens; i++)
		status = token_port_give(port, state);
	if (status)
		port->close(state);
	return status == IPCM_FULL ? IPCM_LIMIT : status;
}

static inline enum ipcm_status token_port_take(const struct ipcm_port_ops *port,
					       size_t bytes, void *state)
{
	char token[TOKEN_BUFFER_BYTES];
	size_t got;
	enum ipcm_status status = port->receive(state, token, bytes, &got);

	return status == IPCM_EMPTY ? IPCM_WOULDBLOCK : status;
}

/* One unit, byte or message, is one token. */
static inline enum ipcm_status token_port_count(
	const struct ipcm_port_ops *port, void *state, uint32_t *ret_tokens)
{
	uint64_t units = 0;
	enum ipcm_status status = port->queued(state, &units);

	if (!status)
		*ret_tokens = (uint32_t)units;
	return status;
}

#endif
