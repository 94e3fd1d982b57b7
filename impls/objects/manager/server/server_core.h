/* SPDX-License-Identifier: MIT */
/*
 * The server of a manager without its connections: bytes come in
 * (core_receive), bytes go out (`send`). It knows the clients, their processes
 * and the objects. server.c moves the bytes; the fuzzer and the unit tests use
 * it by themselves.
 *
 *   server_core.c     clients, processes, requests
 *   shared_call.c     arguments and replies of one request
 *   server_objects.c  the objects and their names; operations of the manager
 *   shared_*.c        the kinds of objects
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SERVER_CORE_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SERVER_CORE_H

#include "ordered_table.h"
#include "shared_object.h"

struct core_client;

/** A place for an object. */
struct core_slot {
	struct shared_object *object;
	/** Of its objects so far: an old id fits no later one. */
	uint32_t generation;
	/** The next free place. */
	uint32_t next_free;
};

/** All zero: no client, no object. */
struct server_core {
	/** A random number: another server at the address has another one. */
	uint64_t instance;
	struct core_client *clients;
	/** To be dropped: core_next_dead. */
	struct core_client *dead;
	struct shared_process *processes;
	struct core_slot *slots;
	uint32_t slot_count, slot_capacity;
	/** Place + 1; 0: none. */
	uint32_t first_free;
	/** Of names to objects. */
	struct ordered_table names;
	uint64_t names_made;
};

/** A connection to a client. */
struct core_client {
	/** First: the kinds know a request as its call. */
	struct shared_call call;
	struct server_core *core;
	struct core_client *next, *previous;
	struct core_client *next_dead;
	/**
	 * Send one frame. There is space for it, since the client has taken the
	 * reply before, or asked for no more than `window` frames; so false
	 * means that the client is to be dropped.
	 */
	bool (*send)(struct core_client *client, const void *frame,
		     size_t bytes);
	/** Most bytes of a frame, and space for one. */
	size_t frame_bytes;
	/** So many frames always find space if it has taken the others; 0: 1.
	 */
	unsigned window;
	uint8_t *frame;
	/** A request that comes in several messages. */
	uint8_t *request;
	size_t have, total;
	/** It awaits its reply. */
	bool busy;
	/** No reply can be sent: to be dropped. */
	bool dead;
	/** What is left to be pulled. */
	struct shared_bytes *pull;
};

/** Add a client; frame_bytes and send are set. False: no memory. */
bool core_client_add(struct server_core *core, struct core_client *client);
/** It is gone: its calls end, and what it held is marked. */
void core_client_remove(struct core_client *client);
/**
 * A message of it.
 * @return false: it broke the protocol, and is to be removed
 */
bool core_receive(struct core_client *client, const uint8_t *message,
		  size_t bytes);
/** It is to be dropped. */
void core_client_kill(struct core_client *client);
/** The next of those, which is not in that list any more; NULL. */
struct core_client *core_next_dead(struct server_core *core);
/** Free all objects; there are no clients. */
void core_free(struct server_core *core);

/* ---- server_objects.c ---- */

/** NULL: there is none. */
struct shared_object *core_object(const struct server_core *core, uint64_t id);
/** OP_OPEN, OP_REMOVE. */
void core_open(struct server_core *core, struct shared_call *call);
void core_remove(struct server_core *core, struct shared_call *call);
/** A process has ended: tell all objects. */
void core_process_gone(struct server_core *core,
		       struct shared_process *process);
void core_objects_free(struct server_core *core);

/* ---- shared_call.c ---- */

static inline struct core_client *call_client(struct shared_call *call)
{
	return (struct core_client *)call;
}
/** Take it from the list in which it is deferred, if it is. */
void call_undefer(struct shared_call *call);

#endif
