/* SPDX-License-Identifier: MIT */
/*
 * Is there something to receive? And the descriptor that shows it.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_POLL_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_POLL_H

#include "connection_internal.h"

/**
 * Of an end with a poll wake-up: has something arrived? If not, the next frame
 * sends a wake-up byte. Another thread may receive meanwhile, if the mechanism
 * says what is inside (port->queued).
 * @param woken a byte came, or may have: drain it if nothing has arrived
 */
bool connection_check_or_arm(struct ipcm_connection *end, bool woken);

/** connection_check_or_arm with connection_poll_rearm. */
bool connection_check_or_rearm(struct ipcm_connection *end, bool woken);

/** Make the descriptor show what is buffered. */
void connection_epoll_move(struct connection_epoll *epoll_set);

static inline void connection_epoll_update(const struct ipcm_connection *end)
{
	if (__builtin_expect(end->epoll_set->set_fd >= 0, 0))
		connection_epoll_move(end->epoll_set);
}

void connection_epoll_close(struct connection_epoll *epoll_set);

#endif
