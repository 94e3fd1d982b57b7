/* SPDX-License-Identifier: MIT */
/*
 * ipcm_port_ops.open_pipe for mechanisms with one direction: one channel, or
 * two of them if the pipe is duplex.
 */
#ifndef IPCMARK_IMPLS_CORE_PORT_PORT_CONNECT_H
#define IPCMARK_IMPLS_CORE_PORT_PORT_CONNECT_H

#include "ipcmark/backend.h"

/** One direction: make a channel that `from` sends to and `to` receives. */
typedef enum ipcm_status port_connect_one(
	void *from, void *to, const struct ipcm_channel_request *requested,
	struct ipcm_channel_limits *ret_granted);

/**
 * Connect two ports, both in the state that `close` accepts.
 * @param ret_granted frames that fit both channels, a buffer for either; the
 *        capacities are those of the channel to `first`
 * @return IPCM_OK, or what connect returned; then both ports are closed
 */
enum ipcm_status port_connect(void *first, void *second, bool duplex,
			      const struct ipcm_channel_request *requested,
			      struct ipcm_channel_limits *ret_granted,
			      port_connect_one *connect,
			      void (*close)(void *port));

#endif
