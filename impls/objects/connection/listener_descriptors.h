/* SPDX-License-Identifier: MIT */
/* For a server of one thread: how it waits for a listener beside other things.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_DESCRIPTORS_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_DESCRIPTORS_H

#include "ipcmark/listener.h"

/** Most descriptors of a listener: its socket, and clients in a handshake. */
#define LISTENER_DESCRIPTORS 129

/**
 * The descriptors that are readable when ipcm_listener_accept may have
 * something to do. They change with each accept; call it with IPCM_TRY until
 * nothing is left, then ask for them again. One thread uses the listener.
 * @return how many there are
 */
unsigned listener_descriptors(const struct ipcm_listener *listener,
			      int fds[LISTENER_DESCRIPTORS]);

#endif
