/* SPDX-License-Identifier: MIT */
/*
 * How an end gets from a client to a listener: the address, and the two
 * messages on a socket between them.
 *
 *   client -> listener  hello: version and back-end, the key, the end's handle
 *                       with its descriptors (SCM_RIGHTS), all in one message
 *   listener -> client  verdict, if the hello says that the client waits
 *
 * The socket is SOCK_SEQPACKET: a message arrives whole or not at all, and one
 * that was not read yet stays in the socket when its sender closes or dies. Its
 * name lies in the abstract namespace, so nothing is left behind (unix(7)); a
 * process of another user that has taken the name is recognized by its
 * credentials.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_HANDSHAKE_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_LISTENER_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ipcmark/listener.h"
#include "connection_export.h"

/** The key that a client must know. */
struct handshake_key {
	size_t bytes;
	uint8_t byte[IPCM_KEY_MAX_BYTES];
};

/** The address of a back-end's listener of this user. */
struct handshake_address {
	struct sockaddr_un name;
	socklen_t bytes;
};

/** IPCM_INVALID: not a legal name (name.h). */
enum ipcm_status handshake_address(const struct ipcm_backend *backend,
				   const char *address,
				   struct handshake_address *ret_address);

/** Copy a key; IPCM_INVALID if it is too long, or missing. */
enum ipcm_status handshake_key(const void *key, size_t key_bytes,
			       struct handshake_key *ret_key);
void handshake_key_forget(struct handshake_key *key);

/** In constant time, whatever the keys are. */
bool handshake_key_equal(const struct handshake_key *a,
			 const struct handshake_key *b);

/** Can ends of its pipes be exported? */
bool handshake_possible(const struct ipcm_backend *backend);

/** Is the other side of a connected socket a process of this user? */
bool handshake_peer_is_ours(int fd);

/** The content of a hello. */
struct handshake_hello {
	struct handshake_key key;
	bool waits; /* for the verdict */
	struct connection_handle handle;
};

/**
 * Send a hello. Does not wait.
 * @return IPCM_OK; IPCM_BROKEN (the listener hung up); IPCM_LIMIT, IPCM_NOMEM
 */
enum ipcm_status handshake_hello_send(int fd,
				      const struct ipcm_backend *backend,
				      const struct handshake_hello *hello);
/**
 * Receive it. Does not wait. On success the caller owns the descriptors.
 * @return IPCM_OK; IPCM_EMPTY (not yet); IPCM_EOF (closed without a hello);
 *         IPCM_CORRUPT; IPCM_LIMIT (the descriptors could not be taken)
 */
enum ipcm_status handshake_hello_receive(int fd,
					 const struct ipcm_backend *backend,
					 struct handshake_hello *ret_hello);

/** Send the verdict. IPCM_BROKEN: the client waits no more. */
enum ipcm_status handshake_verdict_send(int fd, enum ipcm_status verdict);
/** Receive it. IPCM_EMPTY: not yet; IPCM_EOF: the listener is gone. */
enum ipcm_status handshake_verdict_receive(int fd,
					   enum ipcm_status *ret_verdict);

#endif
