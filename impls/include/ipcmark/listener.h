/* SPDX-License-Identifier: MIT */
/*
 * Listener and Client: a pipe between unrelated processes. They use a name
 * (name.h) and get a duplex connection over the back-end's own mechanism.
 *
 * The rendezvous is emulated: a Unix socket in the abstract namespace, which
 * the kernel removes with the listener; the client makes the pipe and sends one
 * end (SCM_RIGHTS, unix(7)). Only processes of the same user, in one network
 * namespace, can connect.
 *
 * With a key, each side proves to the other one that it knows it, by
 * HMAC-SHA256 over random numbers of both (libsodium), before the client sends
 * its end. The key itself is not sent. It separates groups of programs; what
 * may debug a process of the same user can read its memory all the same.
 * Back-ends with IPCM_CAP_LISTENER.
 */
#ifndef IPCMARK_LISTENER_H
#define IPCMARK_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/name.h"
#include "ipcmark/pipe.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A listener's handle. Opaque; made by ipcm_listener_create. */
struct ipcm_listener;

/** Most bytes of a key. */
#define IPCM_KEY_MAX_BYTES 256

/**
 * Listen at an address.
 * @param address a name as in name.h
 * @param key, key_bytes the key that clients must know; 0 bytes: none, and
 *        clients with a key are refused. Copied.
 * @param ret_listener receives the handle; the caller owns it:
 *        ipcm_listener_free
 * @return IPCM_OK; IPCM_EXISTS (there is a listener); IPCM_INVALID (no
 *         name, key too long); IPCM_LIMIT, IPCM_NOMEM, IPCM_NOTSUP
 * Makes system calls, does not wait.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_listener_create(
	const struct ipcm_backend *backend, const char *address,
	const void *key, size_t key_bytes, struct ipcm_listener **ret_listener);

/**
 * Take the next client.
 * @param ret_end receives a duplex end; the caller owns it. Messages that the
 *        client sent before are kept, even if it has closed its end.
 * @return IPCM_OK; IPCM_WOULDBLOCK or IPCM_TIMEDOUT; IPCM_AUTH (a client
 *         with another key, or the only one of both with a key, was refused;
 *         the listener continues); IPCM_CLOSED; IPCM_INTR; IPCM_LIMIT;
 *         IPCM_INVALID
 * Blocks until a client has connected, and given its proof. Never waits for one
 * that is silent: others are served meanwhile.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_listener_accept(
	struct ipcm_listener *listener, int64_t timeout_ns,
	struct ipcm_connection **ret_end);

/** Stop listening in this process. Accepted ends stay open. */
IPCM_API enum ipcm_status ipcm_listener_close(struct ipcm_listener *listener);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_listener_free(struct ipcm_listener *listener);

/**
 * Connect to a listener.
 * @param timeout_ns with a key: how long to wait for the listener's proof and
 *        its verdict; without one the call does not wait for accept
 * @param ret_end receives a duplex end; the caller owns it
 * @return IPCM_OK; IPCM_NOTFOUND (there is no listener); IPCM_AUTH (the
 *         listener has another key, or none); IPCM_PERM (the listener is
 *         another user's); IPCM_TIMEDOUT, IPCM_WOULDBLOCK; IPCM_LIMIT,
 *         IPCM_NOMEM, IPCM_NOTSUP, IPCM_INTR, IPCM_INVALID
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_client_connect(
	const struct ipcm_backend *backend, const char *address,
	const void *key, size_t key_bytes, int64_t timeout_ns,
	struct ipcm_connection **ret_end);

#ifdef __cplusplus
}
#endif

#endif
