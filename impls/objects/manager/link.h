/* SPDX-License-Identifier: MIT */
/*
 * The connections of this process to a server: a link is one of them, the pool
 * has those that no thread uses. A call takes a link for its request and the
 * reply, and makes one if none is free.
 *
 * A pool belongs to the manager's handle and to all proxies. After fork() the
 * child's copy has no links: those it inherited are closed, so that the server
 * sees the end of the parent.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_LINK_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/listener.h"
#include "ipcmark/name.h"

/** Where a server listens. */
struct server_address {
	const struct ipcm_backend *backend;
	char name[IPCM_NAME_MAX + 1];
	uint8_t key[IPCM_KEY_MAX_BYTES];
	size_t key_bytes;
};

struct link {
	/** In the pool: all links, and the free ones. */
	struct link *next, *next_free;
	struct ipcm_connection *end;
	/** Space for a reply: one frame. */
	uint8_t *frame;
	size_t frame_bytes;
	/** A call has left without so many messages, which come first. */
	unsigned owed;
};

struct link_pool {
	/** Of this process: they are told of fork(). */
	struct link_pool *next;
	struct link *all, *free;
	/** The manager and its proxies. */
	_Atomic unsigned users;
	/** The server runs, as far as this process knows. */
	atomic_bool open;
	/** This process shut it down, or has freed the manager. */
	atomic_bool closed;
	struct server_address address;
	/** Of the server: 0 until it is known. */
	uint64_t instance;
	int64_t request_timeout_ns;
};

/** A pool without links, and one user. NULL: no memory. */
struct link_pool *link_pool_new(void);
void link_pool_use(struct link_pool *pool);
void link_pool_drop(struct link_pool *pool);
/** All calls end: no link is made any more, free ones are closed. */
void link_pool_close(struct link_pool *pool);

/**
 * A link for one request.
 * @return IPCM_OK; IPCM_INVALID (not started); IPCM_CLOSED; IPCM_BROKEN (the
 *         server is gone); what ipcm_client_connect returns
 */
enum ipcm_status link_take(struct link_pool *pool, int64_t timeout_ns,
			   struct link **ret_link);
/** It can be used again. */
void link_give(struct link_pool *pool, struct link *link);
/** It cannot. */
void link_discard(struct link_pool *pool, struct link *link);

#endif
