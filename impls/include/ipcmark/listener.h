/* SPDX-License-Identifier: MIT */
/*
 * Listener and Client: a pipe between processes that share no ancestor's
 * handle. They meet at a name (name.h); what they get is a duplex connection
 * over the back-end's own mechanism, both directions of it.
 *
 * The meeting place is emulated: a Unix socket without a file, which the
 * kernel removes with the listener; the client makes the pipe and hands one
 * end over (SCM_RIGHTS, unix(7)). Only processes of the same user, in one
 * network namespace, can meet: the key keeps apart what belongs apart, it is
 * no protection against other programs of the same user.
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
 * @param key, key_bytes what clients must know; 0 bytes: nothing. Copied.
 * @param ret_listener receives the handle; the caller owns it:
 *        ipcm_listener_free
 * @return IPCM_OK; IPCM_EXISTS (somebody listens there); IPCM_INVALID (no
 *         name, key too long); IPCM_LIMIT, IPCM_NOMEM, IPCM_NOTSUP
 * Makes system calls, does not wait.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_listener_create(
	const struct ipcm_backend *backend, const char *address,
	const void *key, size_t key_bytes, struct ipcm_listener **ret_listener);

/**
 * Take the next client.
 * @param ret_end receives a duplex end; the caller owns it. What the client
 *        sent before is there, even if it has closed its end since.
 * @return IPCM_OK; IPCM_WOULDBLOCK or IPCM_TIMEDOUT; IPCM_AUTH (a client came
 *         with a wrong key; the listener goes on); IPCM_CLOSED; IPCM_INTR;
 *         IPCM_LIMIT; IPCM_INVALID
 * Blocks until somebody comes.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_listener_accept(
	struct ipcm_listener *listener, int64_t timeout_ns,
	struct ipcm_connection **ret_end);

/** Stop listening in this process; again is fine. Accepted ends live on. */
IPCM_API enum ipcm_status ipcm_listener_close(struct ipcm_listener *listener);

/** Close and free the handle. NULL is fine. */
IPCM_API void ipcm_listener_free(struct ipcm_listener *listener);

/**
 * Connect to a listener.
 * @param timeout_ns with a key: how long to wait for the verdict; without one
 *        the call does not wait for accept
 * @param ret_end receives a duplex end; the caller owns it
 * @return IPCM_OK; IPCM_NOTFOUND (nobody listens there); IPCM_AUTH (wrong
 *         key); IPCM_PERM (the listener is another user's); IPCM_TIMEDOUT,
 *         IPCM_WOULDBLOCK; IPCM_LIMIT, IPCM_NOMEM, IPCM_NOTSUP, IPCM_INTR,
 *         IPCM_INVALID
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_client_connect(
	const struct ipcm_backend *backend, const char *address,
	const void *key, size_t key_bytes, int64_t timeout_ns,
	struct ipcm_connection **ret_end);

#ifdef __cplusplus
}
#endif

#endif
