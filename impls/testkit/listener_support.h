/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the listener share: an address of this test's own, the
 * calls that must succeed, and a large message to a client in another process.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_LISTENER_SUPPORT_H
#define IPCMARK_IMPLS_TESTKIT_LISTENER_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* The same in the children: named after the process that asked first. */
static inline const char *address(void)
{
	static char name[IPCM_NAME_MAX];

	if (!name[0])
		(void)snprintf(name, sizeof(name), "unit.%d", (int)getpid());
	return name;
}

static inline struct ipcm_listener *listen_at(
	const struct ipcm_backend *backend, const char *key)
{
	struct ipcm_listener *listener;

	if (!CHECK_OK(ipcm_listener_create(backend, address(), key,
					   key ? strlen(key) : 0, &listener)))
		exit(1);
	return listener;
}

static inline struct ipcm_connection *connect_to(
	const struct ipcm_backend *backend, const char *key)
{
	struct ipcm_connection *end;

	if (!CHECK_OK(ipcm_client_connect(backend, address(), key,
					  key ? strlen(key) : 0, HANG, &end)))
		exit(1);
	return end;
}

static inline struct ipcm_connection *accept_from(
	struct ipcm_listener *listener)
{
	struct ipcm_connection *end;

	if (!CHECK_OK(ipcm_listener_accept(listener, HANG, &end)))
		exit(1);
	return end;
}

struct client {
	const struct ipcm_backend *backend;
	const char *key;
	const uint8_t *message;
	size_t bytes;
};

static inline int connect_and_send(void *argument)
{
	const struct client *client = argument;
	struct ipcm_connection *end = connect_to(client->backend, client->key);

	CHECK_OK(ipcm_connection_send(end, client->message, client->bytes,
				      HANG));
	ipcm_connection_free(end);
	return 0;
}

/* From a client in another process; the back-end may have no listeners. */
static inline void message_arrives(struct client client, uint8_t *buffer)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	struct ipcm_process *child;
	size_t bytes = 0;

	if (!(client.backend->capabilities & IPCM_CAP_LISTENER))
		return;
	listener = listen_at(client.backend, client.key);
	child = child_start(connect_and_send, &client);
	end = accept_from(listener);
	memset(buffer, 0, client.bytes);
	CHECK_OK(ipcm_connection_recv(end, buffer, client.bytes, HANG, &bytes));
	CHECK(bytes == client.bytes && !memcmp(buffer, client.message, bytes));
	CHECK(child_ok(child));
	ipcm_connection_free(end);
	ipcm_listener_free(listener);
}

#endif
