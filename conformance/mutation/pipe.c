/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the pipe's functions; see queue.c.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

enum { CUT_BYTES = 2 << 20, TIMED_BYTES = 1 << 20 };

/* A large send has failed, and a message was not received since. */
static bool damaged;

static int64_t later(size_t bytes, int64_t timeout_ns)
{
	if (bytes > TIMED_BYTES && timeout_ns > 0 && timeout_ns < S &&
	    inject_strikes(INJECT_LARGE_SEND_LATE))
		return timeout_ns + 3 * slack_ns();
	return inject_timeout(timeout_ns);
}

WRAP(enum ipcm_status, ipcm_pipe_create, const struct ipcm_backend *backend,
     const struct ipcm_pipe_options *options,
     struct ipcm_connection **ret_first, struct ipcm_connection **ret_second)
{
	static const struct ipcm_pipe_options simplex = {.duplex = false};

	if (!options && inject_strikes(INJECT_SIMPLEX_DEFAULT))
		options = &simplex;
	if (options && !options->duplex && inject_strikes(INJECT_ENDS_SWAPPED))
		return __real_ipcm_pipe_create(backend, options, ret_second,
					       ret_first);
	return __real_ipcm_pipe_create(backend, options, ret_first, ret_second);
}

WRAP(enum ipcm_status, ipcm_connection_send, struct ipcm_connection *end,
     const void *message, size_t size_bytes, int64_t timeout_ns)
{
	enum ipcm_status status;

	if (size_bytes > CUT_BYTES && size_bytes <= IPCM_MESSAGE_MAX_BYTES &&
	    inject_strikes(INJECT_LARGE_MESSAGE_TRUNCATED))
		size_bytes = CUT_BYTES;
	if (inject_is(INJECT_SHARED_END_CRASH) &&
	    atomic_fetch_add(&inject_shared->sending, 1))
		abort();
	status = __real_ipcm_connection_send(
		end, inject_flipped(message, size_bytes), size_bytes,
		later(size_bytes, timeout_ns));
	if (timeout_ns == IPCM_FOREVER &&
	    inject_strikes(INJECT_SEND_GOES_ON_LATE))
		pause_ns(40 * MS);
	if (status && size_bytes > TIMED_BYTES &&
	    inject_strikes(INJECT_WITHDRAWN_IS_CORRUPT))
		damaged = true;
	if (inject_is(INJECT_SHARED_END_CRASH))
		atomic_fetch_sub(&inject_shared->sending, 1);
	if (inject_is(INJECT_RECV_SLEEPS_LATE))
		inject_tell();
	if (status == IPCM_BROKEN &&
	    inject_strikes(INJECT_SEND_WITHOUT_READER_OK))
		return IPCM_OK;
	if (status == IPCM_BROKEN && timeout_ns == IPCM_TRY &&
	    inject_strikes(INJECT_TRY_MISSES_BROKEN))
		return IPCM_WOULDBLOCK;
	if (status == IPCM_INVALID && end &&
	    inject_strikes(INJECT_SEND_ON_RECEIVING_END))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_connection_send_slice, struct ipcm_connection *end,
     const void *buffer, size_t buffer_bytes, int64_t offset, int64_t size,
     int64_t timeout_ns)
{
	int64_t limit_ns = inject_early(INJECT_SEND_SLICE_EARLY, timeout_ns);

	if (inject_is(INJECT_SLICE_CLAMPED)) {
		if (offset < 0 || (uint64_t)offset > buffer_bytes)
			offset = 0;
		if (size < 0 || (uint64_t)size > buffer_bytes - (size_t)offset)
			size = (int64_t)buffer_bytes - offset;
	}
	if (!buffer && inject_strikes(INJECT_SLICE_OF_NULL_OK))
		return __real_ipcm_connection_send(end, "", 0, limit_ns);
	return __real_ipcm_connection_send_slice(end, buffer, buffer_bytes,
						 offset, size, limit_ns);
}

enum ipcm_status __real_ipcm_connection_recv(struct ipcm_connection *end,
					     void *buffer, size_t buffer_bytes,
					     int64_t timeout_ns,
					     size_t *ret_size);

/* The message is taken, what does not fit is lost. */
static enum ipcm_status receive_cut(struct ipcm_connection *end, void *buffer,
				    size_t bytes, size_t needed)
{
	void *whole = malloc(needed);
	enum ipcm_status status;

	if (!whole)
		return IPCM_NOMEM;
	status =
		__real_ipcm_connection_recv(end, whole, needed, IPCM_TRY, NULL);
	if (status == IPCM_OK && bytes)
		memcpy(buffer, whole, bytes);
	free(whole);
	return status;
}

/* The next message is appended to this one, if there is space. */
static void merge_next(struct ipcm_connection *end, void *buffer, size_t bytes,
		       size_t *size)
{
	size_t more = 0;

	if (__real_ipcm_connection_recv(end, (char *)buffer + *size,
					bytes - *size, IPCM_TRY,
					&more) == IPCM_OK)
		*size += more;
}

/* The message that a recv took along; copied by fork(). */
static struct {
	struct ipcm_connection *end;
	size_t bytes;
	char data[4096];
} ahead;

static void ahead_take(struct ipcm_connection *end)
{
	if (!ahead.end &&
	    __real_ipcm_connection_recv(end, ahead.data, sizeof(ahead.data),
					IPCM_TRY, &ahead.bytes) == IPCM_OK)
		ahead.end = end;
}

static bool ahead_deliver(struct ipcm_connection *end, void *buffer,
			  size_t bytes, size_t *ret_size)
{
	if (!inject_is(INJECT_READ_AHEAD_PRIVATE) || ahead.end != end ||
	    ahead.bytes > bytes)
		return false;
	if (ahead.bytes)
		memcpy(buffer, ahead.data, ahead.bytes);
	ahead.end = NULL;
	if (ret_size)
		*ret_size = ahead.bytes;
	return true;
}

static enum ipcm_status changed_code(enum ipcm_status status, size_t size)
{
	bool nothing = status == IPCM_WOULDBLOCK || status == IPCM_TIMEDOUT;

	if (status == IPCM_OK && size == 0 &&
	    inject_strikes(INJECT_EMPTY_MESSAGE_IS_EOF))
		return IPCM_EOF;
	if (status == IPCM_EOF && inject_strikes(INJECT_EOF_IS_TIMEOUT))
		return IPCM_TIMEDOUT;
	if (status == IPCM_EOF && inject_strikes(INJECT_EOF_IS_BROKEN))
		return IPCM_BROKEN;
	if (status == IPCM_CORRUPT && inject_strikes(INJECT_CORRUPT_IS_EOF))
		return IPCM_EOF;
	if (nothing && inject_strikes(INJECT_EMPTY_PIPE_IS_EOF))
		return IPCM_EOF;
	return status;
}

enum ipcm_status __real_ipcm_connection_poll(struct ipcm_connection *end,
					     int64_t timeout_ns,
					     bool *ret_ready);

/* Nothing there: then it says that it sleeps. A message, or the end, in between
 * is missed. */
static void look_and_sleep(struct ipcm_connection *end)
{
	bool ready = false;

	while (__real_ipcm_connection_poll(end, IPCM_TRY, &ready) == IPCM_OK &&
	       !ready)
		inject_sleep(inject_arm());
}

WRAP(enum ipcm_status, ipcm_connection_recv, struct ipcm_connection *end,
     void *buffer, size_t buffer_bytes, int64_t timeout_ns, size_t *ret_size)
{
	size_t size = 0;
	enum ipcm_status status;

	if (inject_is(INJECT_RECV_SLEEPS_LATE) && timeout_ns == IPCM_FOREVER)
		look_and_sleep(end);
	if (ahead_deliver(end, buffer, buffer_bytes, ret_size))
		return IPCM_OK;
	status = __real_ipcm_connection_recv(end, buffer, buffer_bytes,
					     inject_timeout(timeout_ns), &size);
	if (status == IPCM_OK && damaged)
		status = IPCM_CORRUPT;
	damaged = damaged && status != IPCM_CORRUPT;
	if (status == IPCM_OK && inject_strikes(INJECT_READ_AHEAD_PRIVATE))
		ahead_take(end);
	if (status == IPCM_TOOSMALL && inject_strikes(INJECT_ITEM_TRUNCATED))
		status = receive_cut(end, buffer, buffer_bytes, size);
	if (status == IPCM_CORRUPT && inject_strikes(INJECT_CUT_LOSES_NEXT))
		any_status(receive_cut(end, NULL, 0, 4096));
	if (status == IPCM_EOF && timeout_ns == IPCM_TRY &&
	    inject_strikes(INJECT_TRY_MISSES_EOF))
		status = IPCM_WOULDBLOCK;
	if (status == IPCM_OK && inject_strikes(INJECT_MESSAGES_MERGED))
		merge_next(end, buffer, buffer_bytes, &size);
	if (status != IPCM_OK && buffer && buffer_bytes &&
	    inject_strikes(INJECT_FAILED_GET_WRITES))
		*(char *)buffer = 0;
	if (ret_size && (status == IPCM_OK || status == IPCM_TOOSMALL))
		*ret_size = size;
	return changed_code(status, size);
}

WRAP(enum ipcm_status, ipcm_connection_recv_max, struct ipcm_connection *end,
     void *buffer, size_t buffer_bytes, int64_t maxlength, int64_t timeout_ns,
     size_t *ret_size)
{
	int64_t limit_ns = inject_early(INJECT_RECV_MAX_EARLY, timeout_ns);

	if (maxlength >= 0 && inject_strikes(INJECT_MAXLENGTH_IGNORED))
		maxlength = INT64_MAX;
	return __real_ipcm_connection_recv_max(end, buffer, buffer_bytes,
					       maxlength, limit_ns, ret_size);
}

WRAP(enum ipcm_status, ipcm_connection_recv_into, struct ipcm_connection *end,
     void *buffer, size_t buffer_bytes, int64_t offset, int64_t timeout_ns,
     size_t *ret_size)
{
	return __real_ipcm_connection_recv_into(
		end, buffer, buffer_bytes, offset,
		inject_early(INJECT_RECV_INTO_EARLY, timeout_ns), ret_size);
}

WRAP(enum ipcm_status, ipcm_connection_poll, struct ipcm_connection *end,
     int64_t timeout_ns, bool *ret_ready)
{
	enum ipcm_status status = __real_ipcm_connection_poll(
		end, inject_timeout(timeout_ns), ret_ready);
	char text[64];

	if (status != IPCM_OK)
		return status;
	if (inject_strikes(INJECT_POLL_ALWAYS_READY))
		*ret_ready = true;
	if (*ret_ready && inject_strikes(INJECT_POLL_CONSUMES))
		any_status(__real_ipcm_connection_recv(end, text, sizeof(text),
						       IPCM_TRY, NULL));
	return status;
}

WRAP(enum ipcm_status, ipcm_connection_fileno,
     const struct ipcm_connection *end, int *ret_fd)
{
	if (inject_strikes(INJECT_FILENO_NOTSUP))
		return IPCM_NOTSUP;
	if (inject_strikes(INJECT_FILENO_ALWAYS_READABLE)) {
		*ret_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
		return IPCM_OK;
	}
	return __real_ipcm_connection_fileno(end, ret_fd);
}

WRAP(enum ipcm_status, ipcm_connection_close, struct ipcm_connection *end)
{
	if (end && inject_strikes(INJECT_END_CLOSE_IGNORED))
		return IPCM_OK;
	return __real_ipcm_connection_close(end);
}
