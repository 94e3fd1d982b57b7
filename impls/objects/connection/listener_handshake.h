/* SPDX-License-Identifier: MIT */
/*
 * How an end gets from a client to a listener: the address, and the messages on
 * a socket between them.
 *
 * Without a key:
 *   client -> listener  hello: version and back-end, the end's handle with its
 *                       descriptors (SCM_RIGHTS), all in one message
 * With a key:
 *   client -> listener  hello: a random number C
 *   listener -> client  challenge: a random number L, and HMAC-SHA256 with the
 *                       key over its length, "listener", back-end, C and L
 *   client -> listener  proof: HMAC-SHA256 with the key over its length,
 *                       "client", back-end, C and L; the end's handle with its
 * descriptors. Or a refusal, if the listener does not know the key listener ->
 * client  verdict
 *
 * So each side knows that the other one has the key, which is not sent; nobody
 * can answer with what the other side said, and no message is of use later.
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

#define HANDSHAKE_BYTES 32

/** A random number, or a proof. */
struct handshake_value {
	uint8_t byte[HANDSHAKE_BYTES];
};

void handshake_random(struct handshake_value *ret_random);
/** What the one side, "listener" or "client", proves that it knows the key by.
 */
void handshake_prove(const struct handshake_key *key, const char *side,
		     const struct ipcm_backend *backend,
		     const struct handshake_value *client_random,
		     const struct handshake_value *listener_random,
		     struct handshake_value *ret_proof);
/** In constant time. */
bool handshake_equal(const struct handshake_value *a,
		     const struct handshake_value *b);

/** Can ends of its pipes be exported? */
bool handshake_possible(const struct ipcm_backend *backend);

/** Is the other side of a connected socket a process of this user? IPCM_PERM:
 * no; else it could not be told. */
enum ipcm_status handshake_peer_check(int fd);

enum handshake_stage {
	/** Without a key: the end. */
	HANDSHAKE_PLAIN,
	/** A random number. */
	HANDSHAKE_HELLO,
	/** A proof, and the end. */
	HANDSHAKE_PROOF,
	/** The listener's proof was wrong. */
	HANDSHAKE_REFUSAL,
	HANDSHAKE_STAGES
};

/** What a client says. */
struct handshake_hello {
	enum handshake_stage stage;
	struct handshake_value value;
	struct connection_handle handle;
};

/**
 * Send it. Does not wait.
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

/** What a listener says: a challenge, or the verdict. */
struct handshake_answer {
	/** IPCM_OK, IPCM_AUTH, IPCM_LIMIT, IPCM_NOMEM */
	enum ipcm_status verdict;
	/** Of a challenge. */
	struct handshake_value random, proof;
};

/** Send it. IPCM_BROKEN: the client waits no more. */
enum ipcm_status handshake_answer_send(int fd,
				       const struct handshake_answer *answer);
/** Receive it. IPCM_EMPTY: not yet; IPCM_EOF: the listener is gone. */
enum ipcm_status handshake_answer_receive(int fd,
					  struct handshake_answer *ret_answer);

#endif
