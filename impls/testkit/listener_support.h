/* SPDX-License-Identifier: MIT */
/*
 * What the two tests of the listener share: an address of this test's own, and
 * the calls that must succeed.
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

#endif
