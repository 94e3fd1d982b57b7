/* SPDX-License-Identifier: MIT */
/*
 * Listener: takes the ends that clients hand over (listener_handshake.h).
 *
 * Who has connected and not said hello yet (stopped, dying, or a stranger) is
 * put aside and asked again later, so that the others are served; of too many
 * the oldest is dropped, whose client then comes again. Nothing of a client is
 * waited for, so no client can hold a listener up.
 *
 * Several threads may accept at once, and a child of fork() too: the places
 * of those put aside are words that are taken and filled by exchange. Closing
 * while others accept only marks the listener; the last of them closes the
 * socket, since its number must not be given to another file under their
 * hands. Users are counted together with the process they are counted in: a
 * child has none of its parent's threads.
 */
#include "ipcmark/listener.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/poll.h"
#include "impls/core/memory/shm_map.h"
#include "listener_handshake.h"

#define LISTENER_MAGIC UINT32_C(0x4c73746e)
/* Clients that may be put aside; more are silent at a time only by malice. */
#define YIELD_MOST 32u
/* Clients that one look at the socket takes; then the time is looked at. */
#define ARRIVALS_EACH 64
#define BACKLOG	      4096

/* users: process id << 32 | accepting threads << 1 | closed */
#define USERS_CLOSED UINT64_C(1)
#define USERS_ONE    UINT64_C(2)
#define USERS_COUNT  UINT64_C(0xfffffffe)

struct ipcm_listener {
	_Atomic uint32_t magic;
	int fd;
	_Atomic uint64_t users;
	const struct ipcm_backend *backend;
	struct handshake_key key;
	/* Descriptor + 1 of a client put aside; 0: free. */
	_Atomic int aside[YIELD_MOST];
	_Atomic unsigned next_dropped;
};

static bool is_listener(const struct ipcm_listener *listener)
{
	return listener && ((uintptr_t)listener & 7) == 0 &&
	       atomic_load_explicit(&listener->magic, memory_order_relaxed) ==
		       LISTENER_MAGIC;
}

static enum ipcm_status socket_open(const struct handshake_address *address,
				    int *ret_fd)
{
	int error = 0;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	if (fd < 0)
		return status_from_errno(errno);
	if (bind(fd, (const struct sockaddr *)&address->name, address->bytes) ||
	    listen(fd, BACKLOG))
		error = errno;
	if (error) {
		(void)close(fd);
		return error == EADDRINUSE ? IPCM_EXISTS
					   : status_from_errno(error);
	}
	*ret_fd = fd;
	return IPCM_OK;
}

enum ipcm_status ipcm_listener_create(const struct ipcm_backend *backend,
				      const char *address, const void *key,
				      size_t key_bytes,
				      struct ipcm_listener **ret_listener)
{
	struct handshake_address where;
	struct ipcm_listener *listener;
	enum ipcm_status status;

	if (!ret_listener || ipcm_backend_validate(backend, NULL, 0) ||
	    handshake_address(backend, address, &where))
		return IPCM_INVALID;
	if (key_bytes > IPCM_KEY_MAX_BYTES || (!key && key_bytes))
		return IPCM_INVALID;
	if (!handshake_possible(backend))
		return IPCM_NOTSUP;
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return IPCM_NOMEM;
	status = socket_open(&where, &listener->fd);
	if (status) {
		free(listener);
		return status;
	}
	listener->backend = backend;
	(void)handshake_key(key, key_bytes, &listener->key);
	atomic_store_explicit(&listener->magic, LISTENER_MAGIC,
			      memory_order_relaxed);
	*ret_listener = listener;
	return IPCM_OK;
}

/* ---- closing while others accept ---- */

/* What `users` says in this process. */
static uint64_t users_here(uint64_t seen)
{
	uint64_t self = (uint64_t)getpid() << 32;

	if ((seen & ~UINT64_C(0xffffffff)) == self)
		return seen;
	return self | (seen & USERS_CLOSED); /* the parent's threads */
}

static bool users_closed(const struct ipcm_listener *listener)
{
	return atomic_load_explicit(&listener->users, memory_order_relaxed) &
	       USERS_CLOSED;
}

/* False if the listener is closed; else users_leave follows. */
static bool users_enter(struct ipcm_listener *listener)
{
	uint64_t seen =
		atomic_load_explicit(&listener->users, memory_order_relaxed);

	do {
		if (seen & USERS_CLOSED)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&listener->users, &seen, users_here(seen) + USERS_ONE,
		memory_order_acquire, memory_order_relaxed));
	return true;
}

static void descriptors_close(struct ipcm_listener *listener)
{
	for (unsigned i = 0; i < YIELD_MOST; i++) {
		int place = atomic_exchange_explicit(&listener->aside[i], 0,
						     memory_order_acquire);

		if (place)
			(void)close(place - 1);
	}
	(void)close(listener->fd);
	listener->fd = -1;
}

static void users_leave(struct ipcm_listener *listener)
{
	/* acq_rel: whoever closes comes behind all uses */
	uint64_t left = atomic_fetch_sub_explicit(&listener->users, USERS_ONE,
						  memory_order_acq_rel) -
			USERS_ONE;

	if (left & USERS_CLOSED && !(left & USERS_COUNT))
		descriptors_close(listener);
}

enum ipcm_status ipcm_listener_close(struct ipcm_listener *listener)
{
	uint64_t seen, here;

	if (!is_listener(listener))
		return IPCM_INVALID;
	seen = atomic_load_explicit(&listener->users, memory_order_relaxed);
	do {
		if (seen & USERS_CLOSED)
			return IPCM_OK;
		here = users_here(seen);
	} while (!atomic_compare_exchange_weak_explicit(
		&listener->users, &seen, here | USERS_CLOSED,
		memory_order_acq_rel, memory_order_relaxed));
	if (!(here & USERS_COUNT))
		descriptors_close(listener);
	return IPCM_OK;
}

void ipcm_listener_free(struct ipcm_listener *listener)
{
	if (ipcm_listener_close(listener))
		return;
	atomic_store_explicit(&listener->magic, 0, memory_order_relaxed);
	handshake_key_forget(&listener->key);
	free(listener);
}

/* ---- accepting ---- */

/* Inside this file: this client came to nothing, go on with the next. */
#define NOBODY IPCM_EMPTY

/* Put a silent client aside, in place of the oldest if need be. */
static void aside_put(struct ipcm_listener *listener, int fd)
{
	unsigned victim;
	int place;

	for (unsigned i = 0; i < YIELD_MOST; i++) {
		int none = 0;

		/* release: pairs with the acquire of who takes it */
		if (atomic_compare_exchange_strong_explicit(
			    &listener->aside[i], &none, fd + 1,
			    memory_order_release, memory_order_relaxed))
			return;
	}
	victim = atomic_fetch_add_explicit(&listener->next_dropped, 1,
					   memory_order_relaxed);
	place = atomic_exchange_explicit(&listener->aside[victim % YIELD_MOST],
					 fd + 1, memory_order_acq_rel);
	if (place)
		(void)close(place - 1);
}

/* The end that a client brought, if its key is right. */
static enum ipcm_status hello_judge(const struct ipcm_listener *listener,
				    struct handshake_hello *hello,
				    struct ipcm_connection **ret_end)
{
	const struct handshake_key *key = &listener->key;

	if (!key->bytes || handshake_key_equal(key, &hello->key))
		return connection_import_end(listener->backend, &hello->handle,
					     ret_end);
	for (unsigned i = 0; i < hello->handle.fd_count; i++)
		(void)close(hello->handle.fd[i]);
	return IPCM_AUTH;
}

/* What a client came to that is a result of the call; else the next one's. */
static bool is_result(enum ipcm_status status)
{
	return status == IPCM_OK || status == IPCM_AUTH ||
	       status == IPCM_LIMIT || status == IPCM_NOMEM;
}

/* Judge, and tell the client if it waits for that. */
static enum ipcm_status hello_answer(struct ipcm_listener *listener, int fd,
				     struct handshake_hello *hello,
				     struct ipcm_connection **ret_end)
{
	struct ipcm_connection *end = NULL;
	enum ipcm_status status = hello_judge(listener, hello, &end);

	if (!is_result(status))
		status = NOBODY;
	if (hello->waits && handshake_verdict_send(fd, status) && !status) {
		ipcm_connection_free(end);
		return NOBODY; /* it has given up: its own end is closed */
	}
	if (!status)
		*ret_end = end;
	return status;
}

/* Hear one client; takes fd. A result as above, or NOBODY. */
static enum ipcm_status client_hear(struct ipcm_listener *listener, int fd,
				    struct ipcm_connection **ret_end)
{
	struct handshake_hello hello;
	enum ipcm_status status;

	status = handshake_hello_receive(fd, listener->backend, &hello);
	if (status == IPCM_EMPTY) {
		aside_put(listener, fd);
		return NOBODY;
	}
	if (status == IPCM_OK)
		status = hello_answer(listener, fd, &hello, ret_end);
	else if (status == IPCM_LIMIT && hello.waits)
		(void)handshake_verdict_send(fd, status);
	(void)close(fd);
	handshake_key_forget(&hello.key);
	return is_result(status) ? status : NOBODY;
}

static enum ipcm_status aside_hear(struct ipcm_listener *listener,
				   struct ipcm_connection **ret_end)
{
	enum ipcm_status status = NOBODY;

	for (unsigned i = 0; i < YIELD_MOST && status == NOBODY; i++) {
		int place;

		if (!atomic_load_explicit(&listener->aside[i],
					  memory_order_relaxed))
			continue;
		place = atomic_exchange_explicit(&listener->aside[i], 0,
						 memory_order_acquire);
		if (place)
			status = client_hear(listener, place - 1, ret_end);
	}
	return status;
}

/* IPCM_OK: one came; NOBODY; IPCM_LIMIT, IPCM_NOMEM (it stays in line) */
static enum ipcm_status client_arrive(const struct ipcm_listener *listener,
				      int *ret_fd)
{
	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			*ret_fd = fd;
			return IPCM_OK;
		}
		if (errno == EMFILE || errno == ENFILE)
			return IPCM_LIMIT;
		if (errno == ENOMEM || errno == ENOBUFS)
			return IPCM_NOMEM;
		if (errno != EINTR && errno != ECONNABORTED)
			return NOBODY;
	}
}

static enum ipcm_status arrivals_hear(struct ipcm_listener *listener,
				      struct ipcm_connection **ret_end)
{
	enum ipcm_status status = NOBODY;

	for (int i = 0; i < ARRIVALS_EACH && status == NOBODY; i++) {
		int fd;

		status = client_arrive(listener, &fd);
		if (status)
			return status;
		if (handshake_peer_is_ours(fd)) {
			status = client_hear(listener, fd, ret_end);
		} else {
			(void)close(fd);
			status = NOBODY;
		}
	}
	return status;
}

/* Sleep until somebody comes or speaks; a slice, since close wakes nobody. */
static enum ipcm_status arrivals_await(struct ipcm_listener *listener,
				       int64_t deadline)
{
	struct pollfd set[1 + YIELD_MOST];
	nfds_t count = 0;
	enum ipcm_status status;

	set[count++] = (struct pollfd){.fd = listener->fd, .events = POLLIN};
	for (unsigned i = 0; i < YIELD_MOST; i++) {
		int place = atomic_load_explicit(&listener->aside[i],
						 memory_order_relaxed);

		/* closed meanwhile: ends the sleep, and we look again */
		if (place)
			set[count++] = (struct pollfd){.fd = place - 1,
						       .events = POLLIN};
	}
	status = poll_until(set, count, clock_slice(deadline, WAIT_SLICE_NS));
	return status == IPCM_INTR ? status : IPCM_OK;
}

static enum ipcm_status accept_next(struct ipcm_listener *listener,
				    int64_t timeout_ns,
				    struct ipcm_connection **ret_end)
{
	int64_t deadline = clock_deadline(timeout_ns);
	enum ipcm_status status;

	for (;;) {
		if (users_closed(listener))
			return IPCM_CLOSED;
		status = aside_hear(listener, ret_end);
		if (status == NOBODY)
			status = arrivals_hear(listener, ret_end);
		if (status != NOBODY)
			return status;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		status = arrivals_await(listener, deadline);
		if (status)
			return status;
	}
}

enum ipcm_status ipcm_listener_accept(struct ipcm_listener *listener,
				      int64_t timeout_ns,
				      struct ipcm_connection **ret_end)
{
	enum ipcm_status status;

	if (!is_listener(listener))
		return IPCM_INVALID;
	if (!users_enter(listener))
		return IPCM_CLOSED;
	status = ret_end ? accept_next(listener, timeout_ns, ret_end)
			 : IPCM_INVALID;
	users_leave(listener);
	return status;
}
