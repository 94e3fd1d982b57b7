/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap wait, the passing of descriptors, and listeners; see
 * queue.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

enum ipcm_status __real_ipcm_connection_recv(struct ipcm_connection *end,
					     void *buffer, size_t buffer_bytes,
					     int64_t timeout_ns,
					     size_t *ret_size);
enum ipcm_status __real_ipcm_connection_send(struct ipcm_connection *end,
					     const void *message,
					     size_t size_bytes,
					     int64_t timeout_ns);
enum ipcm_status __real_ipcm_connection_poll(struct ipcm_connection *end,
					     int64_t timeout_ns,
					     bool *ret_ready);

/* Removes ends at their end of file from the result; @return what is left */
static size_t forget_ends(struct ipcm_waitable *things, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (things[i].ready && things[i].end &&
		    __real_ipcm_connection_recv(things[i].end, NULL, 0,
						IPCM_TRY, NULL) == IPCM_EOF)
			things[i].ready = false;
		left += things[i].ready;
	}
	return left;
}

static size_t one_more(struct ipcm_waitable *things, size_t count)
{
	size_t ready = 0;
	bool added = false;

	for (size_t i = 0; i < count; i++) {
		if (!things[i].ready && !added)
			things[i].ready = added = true;
		ready += things[i].ready;
	}
	return ready;
}

enum ipcm_status __real_ipcm_wait(struct ipcm_waitable *things, size_t count,
				  int64_t timeout_ns, size_t *ret_ready);

/* Polls every 5 ms; a caught signal ends it. */
static enum ipcm_status wait_until_signal(struct ipcm_waitable *things,
					  size_t count, size_t *ready)
{
	unsigned signals = inject_signals();
	enum ipcm_status status;

	do {
		status = __real_ipcm_wait(things, count, 5 * MS, ready);
	} while (status == IPCM_TIMEDOUT && inject_signals() == signals);
	return status;
}

static enum ipcm_status wait_for_first(struct ipcm_waitable *things,
				       size_t count, int64_t timeout_ns,
				       size_t *ready)
{
	for (size_t i = 16; i < count; i++)
		things[i].ready = false;
	return __real_ipcm_wait(things, count < 16 ? count : 16, timeout_ns,
				ready);
}

static enum ipcm_status wait_busy(struct ipcm_waitable *things, size_t count,
				  int64_t timeout_ns, size_t *ready)
{
	int64_t until_ns = now_ns() + timeout_ns;
	enum ipcm_status status;

	do {
		status = __real_ipcm_wait(things, count, IPCM_TRY, ready);
	} while (status == IPCM_WOULDBLOCK && now_ns() < until_ns);
	return status == IPCM_WOULDBLOCK ? IPCM_TIMEDOUT : status;
}

/* In the thread that waits, whatever thread receives. */
static void receive_beside(struct ipcm_waitable *things, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (things[i].end)
			(void)__real_ipcm_connection_recv(things[i].end, NULL,
							  0, IPCM_TRY, NULL);
}

static bool only_sends(const struct ipcm_waitable *thing)
{
	return thing->end && ipcm_connection_writable(thing->end) &&
	       !ipcm_connection_readable(thing->end);
}

static bool any_only_sends(const struct ipcm_waitable *things, size_t count)
{
	for (size_t i = 0; things && i < count; i++)
		if (only_sends(&things[i]))
			return true;
	return false;
}

static size_t senders_ready(struct ipcm_waitable *things, size_t count)
{
	size_t ready = 0;

	for (size_t i = 0; i < count; i++) {
		things[i].ready = only_sends(&things[i]);
		ready += things[i].ready;
	}
	return ready;
}

static size_t senders_forgotten(struct ipcm_waitable *things, size_t count)
{
	size_t ready = 0;

	for (size_t i = 0; i < count; i++) {
		things[i].ready &= !only_sends(&things[i]);
		ready += things[i].ready;
	}
	return ready;
}

WRAP(enum ipcm_status, ipcm_wait, struct ipcm_waitable *things, size_t count,
     int64_t timeout_ns, size_t *ret_ready)
{
	enum ipcm_status status;
	size_t ready = 0;

	if (inject_is(INJECT_WAIT_RECEIVES))
		receive_beside(things, count);

	if (any_only_sends(things, count) &&
	    inject_strikes(INJECT_WAIT_SENDER_REFUSED))
		return IPCM_INVALID;
	if (any_only_sends(things, count) &&
	    inject_strikes(INJECT_WAIT_SENDER_READY)) {
		ready = senders_ready(things, count);
		status = IPCM_OK;
	} else if (inject_is(INJECT_WAIT_ENDED_BY_SIGNAL) && count &&
		   timeout_ns == IPCM_FOREVER)
		status = wait_until_signal(things, count, &ready);
	else if (inject_is(INJECT_WAIT_SMALL_TABLE))
		status = wait_for_first(things, count, timeout_ns, &ready);
	else if (inject_is(INJECT_WAIT_BUSY) && timeout_ns > 0 &&
		 timeout_ns != IPCM_FOREVER)
		status = wait_busy(things, count, timeout_ns, &ready);
	else
		status = __real_ipcm_wait(things, count, timeout_ns, &ready);
	if (status == IPCM_OK && inject_strikes(INJECT_WAIT_EXTRA_READY))
		ready = one_more(things, count);
	if (status == IPCM_OK && timeout_ns == IPCM_FOREVER &&
	    inject_strikes(INJECT_WAIT_NO_EOF))
		ready = forget_ends(things, count);
	if (status == IPCM_OK && any_only_sends(things, count) &&
	    inject_strikes(INJECT_WAIT_SENDER_NO_LOSS))
		ready = senders_forgotten(things, count);
	if (status == IPCM_OK && ready == 0)
		status = IPCM_TIMEDOUT;
	if (ret_ready && (status == IPCM_OK || status == IPCM_TIMEDOUT ||
			  status == IPCM_WOULDBLOCK))
		*ret_ready = ready;
	return status;
}

WRAP(enum ipcm_status, ipcm_connection_send_fd, struct ipcm_connection *end,
     int fd, int64_t timeout_ns)
{
	int64_t limit_ns = inject_early(INJECT_SEND_FD_EARLY, timeout_ns);

	if (fcntl(fd, F_GETFD) >= 0 && inject_strikes(INJECT_FD_NUMBER_ONLY))
		return __real_ipcm_connection_send(end, &fd, sizeof(fd),
						   limit_ns);
	return __real_ipcm_connection_send_fd(end, fd, limit_ns);
}

WRAP(enum ipcm_status, ipcm_connection_recv_fd, struct ipcm_connection *end,
     int64_t timeout_ns, int *ret_fd)
{
	int64_t limit_ns = inject_early(INJECT_RECV_FD_EARLY, timeout_ns);
	enum ipcm_status status;

	if (inject_strikes(INJECT_FD_NUMBER_ONLY))
		return __real_ipcm_connection_recv(end, ret_fd, sizeof(*ret_fd),
						   limit_ns, NULL);
	status = __real_ipcm_connection_recv_fd(end, limit_ns, ret_fd);
	if (status && ret_fd && inject_strikes(INJECT_FD_FAILED_WRITES))
		*ret_fd = -1;
	if (status == IPCM_LIMIT && inject_strikes(INJECT_FD_LOST_AT_LIMIT))
		any_status(__real_ipcm_connection_recv(end, NULL, 0, IPCM_TRY,
						       NULL));
	if (status == IPCM_CORRUPT && inject_strikes(INJECT_FD_MISSING_OK))
		return IPCM_OK;
	return status;
}

static size_t changed_key_bytes(const void *key, size_t key_bytes)
{
	if (inject_is(INJECT_KEY_UNCHECKED))
		return 0;
	if (key && key_bytes <= IPCM_KEY_MAX_BYTES &&
	    inject_is(INJECT_KEY_ENDS_AT_ZERO))
		return strnlen(key, key_bytes);
	return key_bytes;
}

WRAP(enum ipcm_status, ipcm_listener_create, const struct ipcm_backend *backend,
     const char *address, const void *key, size_t key_bytes,
     struct ipcm_listener **ret_listener)
{
	enum ipcm_status status;
	char other[IPCM_NAME_MAX + 1];

	key_bytes = changed_key_bytes(key, key_bytes);
	status = __real_ipcm_listener_create(backend, address, key, key_bytes,
					     ret_listener);
	if (status == IPCM_EXISTS &&
	    inject_strikes(INJECT_LISTEN_ADDRESS_IN_USE_OK)) {
		(void)snprintf(other, sizeof(other), "%.60s.2", address);
		status = __real_ipcm_listener_create(backend, other, key,
						     key_bytes, ret_listener);
	}
	return status;
}

WRAP(enum ipcm_status, ipcm_client_connect, const struct ipcm_backend *backend,
     const char *address, const void *key, size_t key_bytes, int64_t timeout_ns,
     struct ipcm_connection **ret_end)
{
	enum ipcm_status status;

	key_bytes = changed_key_bytes(key, key_bytes);
	status = __real_ipcm_client_connect(backend, address, key, key_bytes,
					    timeout_ns, ret_end);
	if (status == IPCM_TIMEDOUT &&
	    inject_strikes(INJECT_NO_VERDICT_IS_AUTH))
		return IPCM_AUTH;
	return status;
}

/* What was sent before accept is discarded. */
static void lose_early_data(struct ipcm_connection *end)
{
	char text[4096];

	while (__real_ipcm_connection_recv(end, text, sizeof(text), IPCM_TRY,
					   NULL) == IPCM_OK)
		;
}

WRAP(enum ipcm_status, ipcm_listener_accept, struct ipcm_listener *listener,
     int64_t timeout_ns, struct ipcm_connection **ret_end)
{
	int64_t begun_ns = now_ns();
	enum ipcm_status status = __real_ipcm_listener_accept(
		listener, inject_timeout(timeout_ns), ret_end);

	if (status == IPCM_OK && inject_strikes(INJECT_EARLY_DATA_LOST))
		lose_early_data(*ret_end);
	if (status == IPCM_CLOSED &&
	    inject_strikes(INJECT_ACCEPT_CLOSED_INVALID))
		return IPCM_INVALID;
	if (status == IPCM_CLOSED && now_ns() - begun_ns > MS &&
	    inject_strikes(INJECT_ACCEPT_ENDED_INVALID))
		return IPCM_INVALID;
	return status;
}
