/* SPDX-License-Identifier: MIT */
/*
 * How an end travels from a client to a listener: the address, and the two
 * messages on a socket between them.
 *
 *   client -> listener  hello: what it wants, the key, the end's handle with
 *                       its descriptors (SCM_RIGHTS), all in one message
 *   listener -> client  verdict, if the hello says that somebody waits for it
 *
 * The socket is SOCK_SEQPACKET: a message is there whole or not at all, and
 * one that nobody has read yet stays there when its sender closes or dies.
 * Its name lies in the abstract namespace, so nothing is left behind
 * (unix(7)); whoever else may have taken the name is told by his credentials.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_HANDSHAKE_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ipcmark/listener.h"
#include "connection_internal.h"

/** What a client may know. */
struct handshake_key {
	size_t bytes;
	uint8_t byte[IPCM_KEY_MAX_BYTES];
};

/** Where a back-end's listener of this user is. */
struct handshake_address {
	struct sockaddr_un name;
	socklen_t bytes;
};

/** IPCM_INVALID: no name as in name.h. */
enum ipcm_status handshake_address(const struct ipcm_backend *backend,
				   const char *address,
				   struct handshake_address *ret_address);

/** Copy a key; IPCM_INVALID if it is too long, or not there. */
enum ipcm_status handshake_key(const void *key, size_t key_bytes,
			       struct handshake_key *ret_key);
void handshake_key_forget(struct handshake_key *key);

/** Takes as long whatever the keys are. */
bool handshake_key_equal(const struct handshake_key *a,
			 const struct handshake_key *b);

/** Can its pipes be handed over? */
bool handshake_possible(const struct ipcm_backend *backend);

/** Is the other side of a connected socket a process of this user? */
bool handshake_peer_is_ours(int fd);

/** What a client says. */
struct handshake_hello {
	struct handshake_key key;
	bool waits; /* for the verdict */
	struct connection_handle handle;
};

/**
 * Say hello. Does not wait.
 * @return IPCM_OK; IPCM_BROKEN (the listener hung up); IPCM_LIMIT, IPCM_NOMEM
 */
enum ipcm_status handshake_hello_send(int fd,
				      const struct ipcm_backend *backend,
				      const struct handshake_hello *hello);
/**
 * Hear it. Does not wait. On success the caller owns the descriptors.
 * @return IPCM_OK; IPCM_EMPTY (not yet); IPCM_EOF (left without a word);
 *         IPCM_CORRUPT; IPCM_LIMIT (the descriptors could not be taken)
 */
enum ipcm_status handshake_hello_receive(int fd,
					 const struct ipcm_backend *backend,
					 struct handshake_hello *ret_hello);

/** Tell the client. IPCM_BROKEN: it waits no more. */
enum ipcm_status handshake_verdict_send(int fd, enum ipcm_status verdict);
/** Hear it. IPCM_EMPTY: not yet; IPCM_EOF: the listener is gone. */
enum ipcm_status handshake_verdict_receive(int fd,
					   enum ipcm_status *ret_verdict);

#endif
