/* SPDX-License-Identifier: MIT */
/*
 * The messages between client and listener; see the header. Both run as the
 * same user, yet everything received is checked: another version of the
 * library, or another program, may have the name.
 */
#include "listener_handshake.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/naming/named_file.h"
#include "impls/core/errno_status.h"
#include "impls/core/port/fd_passing.h"

#define HELLO_MAGIC  UINT64_C(0x6970636d68656c6c)
#define ANSWER_MAGIC UINT64_C(0x6970636d76657264)
/* Changes with the messages, and with what both ends of a pipe share. */
#define HANDSHAKE_VERSION 2u
#define BACKEND_BYTES	  36

/* As it is in the socket; both sides use the same build of the library. */
struct hello_message {
	uint64_t magic;
	uint32_t version;
	uint32_t shared_bytes; /* of struct connection_shared: same layout? */
	uint32_t frame_bytes;
	uint32_t port_fds;
	uint32_t fd_count;
	uint32_t stage;
	char backend[BACKEND_BYTES];
	uint64_t word[8];
	struct handshake_value value;
};

struct answer_message {
	uint64_t magic;
	uint32_t verdict;
	uint32_t unused;
	struct handshake_value random, proof;
};

_Static_assert(HANDSHAKE_BYTES == crypto_auth_hmacsha256_BYTES,
	       "a proof is a HMAC");

_Static_assert(CONNECTION_HANDLE_FDS < FD_PASSING_MOST,
	       "a hello with too many descriptors is noticed");

/* FNV-1a: distinguishes names of which only the beginning fits. */
static uint32_t hash(const char *text)
{
	uint32_t value = UINT32_C(2166136261);

	while (*text)
		value = (value ^ (uint8_t)*text++) * UINT32_C(16777619);
	return value;
}

enum ipcm_status handshake_address(const struct ipcm_backend *backend,
				   const char *address,
				   struct handshake_address *ret_address)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int length;

	if (!name_is_legal(address))
		return IPCM_INVALID;
	/* the first byte stays 0: the abstract namespace, without a file */
	length =
		snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
			 "ipcmark/%u/%.12s-%08x/%s", (unsigned)geteuid(),
			 backend->name, (unsigned)hash(backend->name), address);
	if (length < 0 || (size_t)length >= sizeof(name.sun_path) - 1)
		return IPCM_INVALID;
	ret_address->name = name;
	ret_address->bytes =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			    (size_t)length);
	return IPCM_OK;
}

enum ipcm_status handshake_key(const void *key, size_t key_bytes,
			       struct handshake_key *ret_key)
{
	if (key_bytes > IPCM_KEY_MAX_BYTES || (!key && key_bytes))
		return IPCM_INVALID;
	*ret_key = (struct handshake_key){.bytes = key_bytes};
	if (key_bytes)
		memcpy(ret_key->byte, key, key_bytes);
	return IPCM_OK;
}

void handshake_key_forget(struct handshake_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

void handshake_random(struct handshake_value *ret_random)
{
	randombytes_buf(ret_random->byte, sizeof(ret_random->byte));
}

static void backend_copy(char to[BACKEND_BYTES],
			 const struct ipcm_backend *backend)
{
	memset(to, 0, BACKEND_BYTES);
	(void)snprintf(to, BACKEND_BYTES, "%s", backend->name);
}

void handshake_prove(const struct handshake_key *key, const char *side,
		     const struct ipcm_backend *backend,
		     const struct handshake_value *client_random,
		     const struct handshake_value *listener_random,
		     struct handshake_value *ret_proof)
{
	/* HMAC does not tell "k" from "k\0" */
	const uint64_t key_bytes = key->bytes;
	crypto_auth_hmacsha256_state state;
	char name[BACKEND_BYTES];

	backend_copy(name, backend);
	(void)crypto_auth_hmacsha256_init(&state, key->byte, key->bytes);
	(void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)&key_bytes,
					    sizeof(key_bytes));
	(void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)side,
					    strlen(side) + 1);
	(void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)name,
					    sizeof(name));
	(void)crypto_auth_hmacsha256_update(&state, client_random->byte,
					    sizeof(client_random->byte));
	(void)crypto_auth_hmacsha256_update(&state, listener_random->byte,
					    sizeof(listener_random->byte));
	(void)crypto_auth_hmacsha256_final(&state, ret_proof->byte);
	sodium_memzero(&state, sizeof(state));
}

bool handshake_equal(const struct handshake_value *a,
		     const struct handshake_value *b)
{
	return !sodium_memcmp(a->byte, b->byte, sizeof(a->byte));
}

bool handshake_possible(const struct ipcm_backend *backend)
{
	return backend->capabilities & IPCM_CAP_LISTENER && backend->pipe &&
	       backend->pipe->port->export_handle &&
	       backend->pipe->port->import_handle;
}

enum ipcm_status handshake_peer_check(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length))
		return status_from_errno(errno);
	return peer.uid == geteuid() ? IPCM_OK : IPCM_PERM;
}

static void hello_fill(struct hello_message *message,
		       const struct ipcm_backend *backend,
		       const struct handshake_hello *hello)
{
	*message = (struct hello_message){
		.magic = HELLO_MAGIC,
		.version = HANDSHAKE_VERSION,
		.shared_bytes = sizeof(struct connection_shared),
		.frame_bytes = hello->handle.frame_bytes,
		.port_fds = hello->handle.port_fds,
		.fd_count = hello->handle.fd_count,
		.stage = (uint32_t)hello->stage,
		.value = hello->value,
	};
	backend_copy(message->backend, backend);
	memcpy(message->word, hello->handle.word, sizeof(message->word));
}

enum ipcm_status handshake_hello_send(int fd,
				      const struct ipcm_backend *backend,
				      const struct handshake_hello *hello)
{
	struct hello_message message;
	ssize_t sent;

	hello_fill(&message, backend, hello);
	do {
		sent = fd_passing_send(fd, &message, sizeof(message),
				       hello->handle.fd,
				       hello->handle.fd_count);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return IPCM_OK;
	if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
		return IPCM_BROKEN;
	/* too many descriptors of this user are in sockets */
	return errno == ETOOMANYREFS ? IPCM_LIMIT : status_from_errno(errno);
}

static bool hello_is_ours(const struct hello_message *message, size_t bytes,
			  const struct ipcm_backend *backend)
{
	char name[BACKEND_BYTES];

	if (bytes != sizeof(*message) || message->magic != HELLO_MAGIC ||
	    message->version != HANDSHAKE_VERSION ||
	    message->shared_bytes != sizeof(struct connection_shared) ||
	    message->stage >= HANDSHAKE_STAGES ||
	    message->fd_count > CONNECTION_HANDLE_FDS ||
	    message->port_fds > message->fd_count)
		return false;
	backend_copy(name, backend);
	return !strncmp(message->backend, name, sizeof(name));
}

static void hello_read(const struct hello_message *message,
		       struct handshake_hello *ret_hello)
{
	struct connection_handle *handle = &ret_hello->handle;

	ret_hello->stage = (enum handshake_stage)message->stage;
	ret_hello->value = message->value;
	handle->frame_bytes = message->frame_bytes;
	handle->port_fds = message->port_fds;
	memcpy(handle->word, message->word, sizeof(handle->word));
}

static ssize_t hello_take(int fd, struct hello_message *message,
			  int fds[FD_PASSING_MOST], unsigned *ret_count,
			  int *ret_flags)
{
	ssize_t got;

	do {
		got = fd_passing_receive(fd, message, sizeof(*message), fds,
					 ret_count, ret_flags);
	} while (got < 0 && errno == EINTR);
	return got;
}

/*
 * After a 0 receive a second time, here and for the answer: the first 0 may
 * come although a message is there, see backends/socketpair.c.
 */
enum ipcm_status handshake_hello_receive(int fd,
					 const struct ipcm_backend *backend,
					 struct handshake_hello *ret_hello)
{
	int fds[FD_PASSING_MOST];
	struct hello_message message;
	enum ipcm_status status = IPCM_OK;
	unsigned count;
	ssize_t got;
	int flags;

	got = hello_take(fd, &message, fds, &count, &flags);
	/* closed; or an empty message, which may bring descriptors too */
	if (got == 0) {
		fd_passing_close(fds, count);
		got = hello_take(fd, &message, fds, &count, &flags);
	}
	if (got < 0)
		return errno == EAGAIN ? IPCM_EMPTY : IPCM_EOF;
	if (got == 0)
		status = IPCM_EOF;
	else if (!hello_is_ours(&message, (size_t)got, backend) ||
		 flags & MSG_TRUNC)
		status = IPCM_CORRUPT;
	else if (count != message.fd_count)
		status = flags & MSG_CTRUNC ? IPCM_LIMIT : IPCM_CORRUPT;
	if (!status || status == IPCM_LIMIT)
		hello_read(&message, ret_hello);
	ret_hello->handle.fd_count = 0;
	if (!status) {
		memcpy(ret_hello->handle.fd, fds, count * sizeof(fds[0]));
		ret_hello->handle.fd_count = count;
		return IPCM_OK;
	}
	fd_passing_close(fds, count);
	return status;
}

enum ipcm_status handshake_answer_send(int fd,
				       const struct handshake_answer *answer)
{
	const struct answer_message message = {
		.magic = ANSWER_MAGIC,
		.verdict = (uint32_t)answer->verdict,
		.random = answer->random,
		.proof = answer->proof};
	ssize_t sent;

	/* two messages at most in this direction: there is space */
	do {
		sent = send(fd, &message, sizeof(message),
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? IPCM_BROKEN : IPCM_OK;
}

/* Accept only what a listener sends. */
static enum ipcm_status verdict_read(const struct answer_message *message)
{
	static const enum ipcm_status known[] = {IPCM_OK, IPCM_AUTH, IPCM_LIMIT,
						 IPCM_NOMEM};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (message->verdict == (uint32_t)known[i])
			return known[i];
	return IPCM_INVALID;
}

static ssize_t answer_take(int fd, struct answer_message *message)
{
	ssize_t got;

	do {
		got = recv(fd, message, sizeof(*message), MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	return got;
}

enum ipcm_status handshake_answer_receive(int fd,
					  struct handshake_answer *ret_answer)
{
	struct answer_message message;
	ssize_t got = answer_take(fd, &message);

	if (got == 0)
		got = answer_take(fd, &message);
	if (got < 0 && errno == EAGAIN)
		return IPCM_EMPTY;
	if (got != sizeof(message) || message.magic != ANSWER_MAGIC)
		return IPCM_EOF;
	*ret_answer = (struct handshake_answer){verdict_read(&message),
						message.random, message.proof};
	return IPCM_OK;
}
