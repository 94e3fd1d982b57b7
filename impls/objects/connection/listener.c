/* SPDX-License-Identifier: MIT */
/*
 * Listener: accepts the ends that clients send (listener_handshake.h).
 *
 * A client that has connected and not sent its next message yet (it works on
 * its proof; or is stopped, dying, or another program) is kept in the list of
 * silent clients and checked again later, so that other clients are served;
 * when the list is full the oldest one is dropped, and that client then
 * connects again. The listener never waits for one client, so no client can
 * block it.
 *
 * Several threads may accept at the same time, and a child of fork() too: an
 * entry of the list is taken and filled by the one that has set it BUSY. A
 * close while threads accept only marks the listener; the last of them closes
 * the socket, since its number must not be reused for another file while they
 * use it. Users are counted together with the process id: a child has none of
 * its parent's threads. A thread that leaves wakes the others if there is
 * something that they may not know: the close, or a silent client
 * (wakeup_fd.h).
 */
#include "ipcmark/listener.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "impls/core/sync/wakeup_fd.h"
#include "impls/core/errno_status.h"
#include "impls/core/port/fd_passing.h"
#include "listener_descriptors.h"
#include "listener_handshake.h"

#define LISTENER_MAGIC UINT32_C(0x4c73746e)
/* Silent clients that are kept; more at a time are not to be expected. */
#define SILENT_MAX (LISTENER_DESCRIPTORS - 1u)
/* Clients that are accepted before the deadline is checked again. */
#define ARRIVALS_MAX 256
#define BACKLOG	     4096

/* users: process id << 32 | accepting threads << 1 | closed */
#define USERS_CLOSED UINT64_C(1)
#define USERS_ONE    UINT64_C(2)
#define USERS_COUNT  UINT64_C(0xfffffffe)

/* A client that owes its next message. */
struct silent {
	/* SILENT_FREE, SILENT_BUSY, or its descriptor + 1. */
	_Atomic int slot;
	/* It has got its challenge; then the proof that it must send. */
	bool challenged;
	struct handshake_value expected;
};

#define SILENT_FREE 0
#define SILENT_BUSY (-1)

/* A client that is served. */
struct arrival {
	int fd;
	bool challenged;
	struct handshake_value expected;
};

struct ipcm_listener {
	struct handle handle;
	int fd;
	_Atomic uint64_t users;
	const struct ipcm_backend *backend;
	struct handshake_key key;
	struct silent silent[SILENT_MAX];
	_Atomic unsigned next_dropped;
	struct wakeup_fd wakeup;
};

static bool is_listener(const struct ipcm_listener *listener)
{
	return handle_is(listener, LISTENER_MAGIC);
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
	handle_open(&listener->handle, LISTENER_MAGIC);
	*ret_listener = listener;
	return IPCM_OK;
}

/* ---- closing while threads accept ---- */

/* `users` as it is in this process. */
static uint64_t users_here(uint64_t seen)
{
	uint64_t self = (uint64_t)getpid() << 32;

	if ((seen & ~UINT64_C(0xffffffff)) == self)
		return seen;
	return self | (seen & USERS_CLOSED); /* the parent's threads */
}

static bool users_closed(const struct ipcm_listener *listener)
{
	return atomic_load(&listener->users) & USERS_CLOSED;
}

/* False if the listener is closed; else users_leave follows. */
static bool users_enter(struct ipcm_listener *listener)
{
	uint64_t seen =
		atomic_load_explicit(&listener->users, memory_order_relaxed);

	do {
		if (seen & USERS_CLOSED)
			return false;
		/* seq_cst, then the silent clients: pairs with hand_on */
	} while (!atomic_compare_exchange_weak(&listener->users, &seen,
					       users_here(seen) + USERS_ONE));
	return true;
}

static void descriptors_close(struct ipcm_listener *listener)
{
	for (unsigned i = 0; i < SILENT_MAX; i++) {
		int slot = atomic_exchange_explicit(&listener->silent[i].slot,
						    SILENT_FREE,
						    memory_order_acquire);

		if (slot > 0)
			(void)close(slot - 1);
	}
	wakeup_fd_close(&listener->wakeup);
	(void)close(listener->fd);
	listener->fd = -1;
	/* a client that gave up has left an end in its message to us, and its
	 * kernel objects had a user as long as that was not received */
	(void)ipcm_collect();
}

/* What only this thread may know: tell the others. It is still a user. */
static void hand_on(struct ipcm_listener *listener)
{
	/* seq_cst, after silent_add: pairs with users_enter */
	uint64_t users = atomic_load(&listener->users);
	bool news = users & USERS_CLOSED;

	if ((users & USERS_COUNT) <= USERS_ONE)
		return;
	for (unsigned i = 0; i < SILENT_MAX && !news; i++)
		news = atomic_load(&listener->silent[i].slot) > 0;
	if (news)
		wakeup_fd_send(&listener->wakeup);
}

static void users_leave(struct ipcm_listener *listener)
{
	uint64_t left;

	hand_on(listener);
	/* acq_rel: the thread that closes comes after all uses */
	left = atomic_fetch_sub_explicit(&listener->users, USERS_ONE,
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
		here = users_here(seen) + USERS_ONE;
	} while (!atomic_compare_exchange_weak(&listener->users, &seen,
					       here | USERS_CLOSED));
	users_leave(listener);
	return IPCM_OK;
}

void ipcm_listener_free(struct ipcm_listener *listener)
{
	if (ipcm_listener_close(listener))
		return;
	handle_invalidate(&listener->handle);
	handshake_key_forget(&listener->key);
	free(listener);
}

/* ---- accepting ---- */

/* Inside this file: this client brought no end, go on with the next. */
#define NO_CLIENT IPCM_EMPTY

/* Take a client out of its place, which is BUSY then. False: there is none. */
static bool silent_take(struct silent *silent, struct arrival *ret_arrival)
{
	int slot = atomic_load_explicit(&silent->slot, memory_order_relaxed);

	/* pairs with the release in silent_put */
	if (slot <= 0 || !atomic_compare_exchange_strong_explicit(
				 &silent->slot, &slot, SILENT_BUSY,
				 memory_order_acquire, memory_order_relaxed))
		return false;
	*ret_arrival = (struct arrival){slot - 1, silent->challenged,
					silent->expected};
	return true;
}

/* Fill a place that is BUSY. */
static void silent_put(struct silent *silent, const struct arrival *arrival)
{
	silent->challenged = arrival->challenged;
	silent->expected = arrival->expected;
	/* seq_cst: pairs with silent_take, and with hand_on */
	atomic_store(&silent->slot, arrival->fd + 1);
}

/* Keep a silent client, in place of the oldest if the list is full. */
static void silent_add(struct ipcm_listener *listener,
		       const struct arrival *arrival)
{
	struct arrival dropped;
	unsigned at;

	for (unsigned i = 0; i < SILENT_MAX; i++) {
		int none = SILENT_FREE;

		if (atomic_compare_exchange_strong(&listener->silent[i].slot,
						   &none, SILENT_BUSY)) {
			silent_put(&listener->silent[i], arrival);
			return;
		}
	}
	do {
		at = atomic_fetch_add_explicit(&listener->next_dropped, 1,
					       memory_order_relaxed) %
		     SILENT_MAX;
	} while (!silent_take(&listener->silent[at], &dropped));
	(void)close(dropped.fd);
	silent_put(&listener->silent[at], arrival);
}

/* Does accept return this status? Else it goes on with the next client. */
static bool is_result(enum ipcm_status status)
{
	return status == IPCM_OK || status == IPCM_AUTH ||
	       status == IPCM_LIMIT || status == IPCM_NOMEM;
}

/*
 * Import the end of a client; keep it if the client may have it. Closing its
 * descriptors alone would not wake a client that waits on memory.
 */
static enum ipcm_status end_import(const struct ipcm_listener *listener,
				   const struct handshake_hello *hello,
				   bool known, struct ipcm_connection **ret_end)
{
	struct ipcm_connection *end = NULL;
	enum ipcm_status status =
		connection_import_end(listener->backend, &hello->handle, &end);

	if (!known) {
		if (!status)
			ipcm_connection_free(end);
		return IPCM_AUTH;
	}
	if (!status)
		*ret_end = end;
	return is_result(status) ? status : NO_CLIENT;
}

static enum ipcm_status verdict_send(int fd, enum ipcm_status verdict)
{
	const struct handshake_answer answer = {.verdict = verdict};

	return handshake_answer_send(fd, &answer);
}

/* The client wants proof of the key, and will be asked for it. */
static enum ipcm_status challenge(struct ipcm_listener *listener,
				  struct arrival *arrival,
				  const struct handshake_hello *hello)
{
	const struct ipcm_backend *backend = listener->backend;
	struct handshake_answer answer = {.verdict = IPCM_OK};

	if (arrival->challenged)
		return NO_CLIENT;
	if (!listener->key.bytes) {
		(void)verdict_send(arrival->fd, IPCM_AUTH);
		return IPCM_AUTH;
	}
	handshake_random(&answer.random);
	handshake_prove(&listener->key, "listener", backend, &hello->value,
			&answer.random, &answer.proof);
	handshake_prove(&listener->key, "client", backend, &hello->value,
			&answer.random, &arrival->expected);
	arrival->challenged = true;
	if (handshake_answer_send(arrival->fd, &answer))
		return NO_CLIENT;
	silent_add(listener, arrival);
	arrival->fd = -1;
	return NO_CLIENT;
}

/* The client has sent its proof and its end. */
static enum ipcm_status proof_check(struct ipcm_listener *listener,
				    const struct arrival *arrival,
				    const struct handshake_hello *hello,
				    struct ipcm_connection **ret_end)
{
	bool known = handshake_equal(&arrival->expected, &hello->value);
	struct ipcm_connection *end = NULL;
	enum ipcm_status status = end_import(listener, hello, known, &end);

	if (!is_result(status))
		return status;
	if (verdict_send(arrival->fd, status) && !status) {
		ipcm_connection_free(end);
		return NO_CLIENT; /* it has given up: its own end is closed */
	}
	if (!status)
		*ret_end = end;
	return status;
}

static enum ipcm_status hello_serve(struct ipcm_listener *listener,
				    struct arrival *arrival,
				    const struct handshake_hello *hello,
				    struct ipcm_connection **ret_end)
{
	if (hello->stage == HANDSHAKE_PROOF && arrival->challenged)
		return proof_check(listener, arrival, hello, ret_end);
	if (hello->stage == HANDSHAKE_PLAIN)
		return end_import(listener, hello, !listener->key.bytes,
				  ret_end);
	/* these bring no end, or not yet */
	fd_passing_close(hello->handle.fd, hello->handle.fd_count);
	if (hello->stage == HANDSHAKE_HELLO)
		return challenge(listener, arrival, hello);
	return hello->stage == HANDSHAKE_REFUSAL && arrival->challenged
		       ? IPCM_AUTH
		       : NO_CLIENT;
}

/* Serve one client; takes its descriptor. A result as above, or NO_CLIENT. */
static enum ipcm_status client_serve(struct ipcm_listener *listener,
				     struct arrival *arrival,
				     struct ipcm_connection **ret_end)
{
	struct handshake_hello hello;
	enum ipcm_status status;

	status =
		handshake_hello_receive(arrival->fd, listener->backend, &hello);
	if (status == IPCM_EMPTY) {
		silent_add(listener, arrival);
		return NO_CLIENT;
	}
	if (status == IPCM_OK)
		status = hello_serve(listener, arrival, &hello, ret_end);
	else if (status == IPCM_LIMIT && hello.stage == HANDSHAKE_PROOF)
		(void)verdict_send(arrival->fd, status);
	if (arrival->fd >= 0)
		(void)close(arrival->fd);
	return is_result(status) ? status : NO_CLIENT;
}

static enum ipcm_status silent_serve(struct ipcm_listener *listener,
				     struct ipcm_connection **ret_end)
{
	enum ipcm_status status = NO_CLIENT;

	for (unsigned i = 0; i < SILENT_MAX && status == NO_CLIENT; i++) {
		struct arrival arrival;

		if (!silent_take(&listener->silent[i], &arrival))
			continue;
		atomic_store(&listener->silent[i].slot, SILENT_FREE);
		status = client_serve(listener, &arrival, ret_end);
	}
	return status;
}

unsigned listener_descriptors(const struct ipcm_listener *listener,
			      int fds[LISTENER_DESCRIPTORS])
{
	unsigned count = 0;

	fds[count++] = listener->fd;
	for (unsigned i = 0; i < SILENT_MAX; i++) {
		int slot = atomic_load_explicit(&listener->silent[i].slot,
						memory_order_relaxed);

		if (slot > 0)
			fds[count++] = slot - 1;
	}
	return count;
}

/* IPCM_OK; NO_CLIENT; IPCM_LIMIT, IPCM_NOMEM: it stays in the backlog. */
static enum ipcm_status client_accept(const struct ipcm_listener *listener,
				      int *ret_fd)
{
	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			*ret_fd = fd;
			return IPCM_OK;
		}
		/* that comes first, even if no client is there */
		if (errno == EMFILE || errno == ENFILE)
			return poll_one(listener->fd, POLLIN, 0) ? NO_CLIENT
								 : IPCM_LIMIT;
		if (errno == ENOMEM || errno == ENOBUFS)
			return IPCM_NOMEM;
		if (errno != EINTR && errno != ECONNABORTED)
			return NO_CLIENT;
	}
}

static enum ipcm_status arrivals_serve(struct ipcm_listener *listener,
				       struct ipcm_connection **ret_end)
{
	enum ipcm_status status = NO_CLIENT;

	for (int i = 0; i < ARRIVALS_MAX && status == NO_CLIENT; i++) {
		struct arrival arrival = {.challenged = false};

		status = client_accept(listener, &arrival.fd);
		if (status)
			return status;
		if (!handshake_peer_check(arrival.fd)) {
			status = client_serve(listener, &arrival, ret_end);
		} else {
			(void)close(arrival.fd);
			status = NO_CLIENT;
		}
	}
	return status;
}

/* Sleep until a client connects or sends, or another thread wakes this one. */
static enum ipcm_status arrivals_await(struct ipcm_listener *listener,
				       int wakeup_fd, int64_t deadline)
{
	struct pollfd set[2 + SILENT_MAX];
	nfds_t count = 0;
	enum ipcm_status status;

	set[count++] = (struct pollfd){.fd = listener->fd, .events = POLLIN};
	/* ignored if it is -1 */
	set[count++] = (struct pollfd){.fd = wakeup_fd, .events = POLLIN};
	for (unsigned i = 0; i < SILENT_MAX; i++) {
		/* seq_cst: after wakeup_fd was drained */
		int slot = atomic_load(&listener->silent[i].slot);

		/* closed meanwhile: the sleep ends, and the loop goes on */
		if (slot > 0)
			set[count++] = (struct pollfd){.fd = slot - 1,
						       .events = POLLIN};
	}
	status = poll_until(set, count, wait_slice(deadline));
	return status == IPCM_INTR ? status : IPCM_OK;
}

static enum ipcm_status accept_next(struct ipcm_listener *listener,
				    int64_t timeout_ns,
				    struct ipcm_connection **ret_end)
{
	int64_t deadline = clock_deadline(timeout_ns);
	int wakeup_fd = -1;
	enum ipcm_status status;

	for (int rounds = 0;; rounds++) {
		/* before everything that a wake-up may be about */
		if (wakeup_fd >= 0)
			wakeup_fd_drain(wakeup_fd);
		if (users_closed(listener))
			return IPCM_CLOSED;
		status = silent_serve(listener, ret_end);
		if (status == NO_CLIENT)
			status = arrivals_serve(listener, ret_end);
		if (status != NO_CLIENT)
			return status;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		if (rounds == 0) {
			/* look again: what came before was not sent to it */
			wakeup_fd = wakeup_fd_open(&listener->wakeup);
			continue;
		}
		status = arrivals_await(listener, wakeup_fd, deadline);
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
