/* SPDX-License-Identifier: MIT */
/*
 * Pipe and Connection: two connected ends that carry whole messages.
 *
 * Sharing: create the pipe, then fork(). A process that keeps a copy of an end
 * keeps it open: end of file is seen only when EVERY copy of the other end is
 * closed or its holder is dead (P-EOF-01, P-EOF-03). One thread of one process
 * uses an end at a time (P-SND-05); several may wait on it for end of file.
 * Processes that take turns on an end, by a lock for instance, receive each
 * message once, in order: what one has received and left, the next one gets
 * (P-SHR-01, P-SHR-02). One thing does not pass to another process: a message
 * above one frame that a call has begun to receive and not finished, because of
 * its time limit, a signal or IPCM_TOOSMALL. It stays with that process and the
 * children that it makes then, of which the first that receives goes on with
 * it; any other copy of the end gets IPCM_CORRUPT for it, once.
 *
 * Death: messages sent before the sender died are delivered, then IPCM_EOF
 * (P-EOF-02); a message cut short gives IPCM_CORRUPT once (P-EOF-04). A process
 * that is killed while it receives may take messages along: the next one that
 * receives from its end gets IPCM_CORRUPT once, if it can be seen.
 */
#ifndef IPCMARK_PIPE_H
#define IPCMARK_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Largest message, in bytes, on every back-end. */
#define IPCM_MESSAGE_MAX_BYTES sizeof(char[64 << 20])

/** One end of a pipe. Opaque; made by ipcm_pipe_create. */
struct ipcm_connection;

/** How a pipe is made. Start from IPCM_PIPE_OPTIONS_INIT. */
struct ipcm_pipe_options {
	/** Both ends send and receive; else end 0 receives, end 1 sends. */
	bool duplex;
	/** Bytes of a usual message; sizes the kernel object. 0 = unknown. */
	size_t message_size_hint;
};

/** Defaults, as in Python: duplex (P-NEW-01), no hint. */
#define IPCM_PIPE_OPTIONS_INIT                                                 \
	{                                                                      \
		true, 0                                                        \
	}

/**
 * Make two connected ends.
 *
 * @param options NULL for the defaults
 * @param ret_first receives end 0: of a simplex pipe the one that receives
 * @param ret_second receives end 1: of a simplex pipe the one that sends
 *        (P-NEW-02). The caller owns both: ipcm_connection_free.
 * @return IPCM_OK, IPCM_INVALID, IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM,
 *         IPCM_TOOBIG (hint), IPCM_NOTSUP (no pipe table). After a failure
 *         nothing is left behind.
 * Makes system calls, does not wait. Thread safe. Call before fork().
 * Source: P-NEW-01, P-NEW-02.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_pipe_create(
	const struct ipcm_backend *backend,
	const struct ipcm_pipe_options *options,
	struct ipcm_connection **ret_first,
	struct ipcm_connection **ret_second);

/**
 * Send one whole message.
 * @param message size_bytes bytes, owned by the caller; may be NULL if 0
 * @param size_bytes 0 .. IPCM_MESSAGE_MAX_BYTES
 * @param timeout_ns how long to wait for space for all of it. A call that
 *        fails when part of the message has gone, for want of time or because
 *        of a signal, withdraws it: the receiver drops that part, which takes
 *        space in the channel until then, and never sees anything of it
 *        (P-SND-06).
 * @return IPCM_OK; IPCM_WOULDBLOCK, IPCM_TIMEDOUT or IPCM_INTR (nothing is
 *         received of it);
 *         IPCM_BROKEN (no reader left; no signal is raised, P-SND-04);
 *         IPCM_INVALID (a receive-only end, P-NEW-03); IPCM_TOOBIG;
 *         IPCM_CLOSED
 * Blocks while the channel is full. Enters the kernel.
 * Source: P-SND-01, P-SND-03, P-SND-04.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_send(
	struct ipcm_connection *end, const void *message, size_t size_bytes,
	int64_t timeout_ns);

/**
 * Send size bytes of buffer from offset on, as Python's send_bytes does.
 * @param buffer_bytes length of the whole buffer
 * @param offset, size signed so that bad values are caught: offset < 0,
 *        offset > buffer_bytes, size < 0 or offset + size > buffer_bytes give
 *        IPCM_INVALID; offset == buffer_bytes sends an empty message.
 * Else as ipcm_connection_send. Source: P-SND-02.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_send_slice(
	struct ipcm_connection *end, const void *buffer, size_t buffer_bytes,
	int64_t offset, int64_t size, int64_t timeout_ns);

/**
 * Receive one whole message.
 * @param buffer buffer_bytes bytes, owned by the caller
 * @param ret_size receives the length in bytes; may be NULL. With
 *        IPCM_TOOSMALL it receives the needed length, the buffer is untouched
 *        and the message stays pending (P-RCV-02).
 * @return IPCM_OK (length 0 is an empty message, P-RCV-03); IPCM_EOF (all
 *         copies of the other end are gone and all was read, every time);
 *         IPCM_WOULDBLOCK or IPCM_TIMEDOUT; IPCM_TOOSMALL; IPCM_CORRUPT;
 *         IPCM_INVALID (a send-only end); IPCM_CLOSED
 * Blocks while nothing is there. Enters the kernel. The timeout covers the
 * whole message; what arrived of it stays with the end for the next call.
 * Source: P-SND-01, P-RCV-02, P-RCV-03, P-EOF-01 .. P-EOF-05.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_recv(
	struct ipcm_connection *end, void *buffer, size_t buffer_bytes,
	int64_t timeout_ns, size_t *ret_size);

/**
 * Receive, with a bound on what the peer may send, as Python's
 * recv_bytes(maxlength). A longer message gives IPCM_TOOBIG and the end can
 * receive no more: of a duplex pipe it still sends, of a simplex pipe it is
 * closed (P-RCV-01). maxlength < 0 gives IPCM_INVALID and changes nothing.
 * Else as ipcm_connection_recv.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_recv_max(
	struct ipcm_connection *end, void *buffer, size_t buffer_bytes,
	int64_t maxlength, int64_t timeout_ns, size_t *ret_size);

/**
 * Receive into buffer from offset on, as Python's recv_bytes_into. Bytes
 * before offset stay untouched; offset < 0 or > buffer_bytes: IPCM_INVALID.
 * Else as ipcm_connection_recv (P-RCV-02).
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_recv_into(
	struct ipcm_connection *end, void *buffer, size_t buffer_bytes,
	int64_t offset, int64_t timeout_ns, size_t *ret_size);

/**
 * Is there something to receive? End of file counts as readable, an empty
 * message counts as data, nothing is consumed (P-POL-01, P-POL-02).
 * @param timeout_ns how long to wait for it
 * @param ret_ready receives the answer; not NULL
 * @return IPCM_OK (look at ret_ready); IPCM_INVALID (send-only end);
 *         IPCM_CLOSED
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_poll(
	struct ipcm_connection *end, int64_t timeout_ns, bool *ret_ready);

/** May this end receive? False for NULL, closed or send-only ends. */
IPCM_API bool ipcm_connection_readable(const struct ipcm_connection *end);

/** May this end send? False for NULL, closed or receive-only ends. */
IPCM_API bool ipcm_connection_writable(const struct ipcm_connection *end);

/**
 * The descriptor a caller may poll for input; do not read or close it. It is
 * readable when ipcm_connection_poll would say so. Occasionally it is readable
 * although nothing can be received: a receive with IPCM_TRY, or
 * ipcm_connection_poll, corrects that. Where processes take turns, call this
 * again at the beginning of a turn: then the descriptor shows what the one
 * before has left. To wait for several things use ipcm_wait.
 * @return IPCM_OK; IPCM_NOTSUP where the mechanism has none; IPCM_CLOSED;
 *         IPCM_INVALID (send-only end)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_fileno(
	const struct ipcm_connection *end, int *ret_fd);

/**
 * Send a descriptor, as a message of its own. The receiver gets another one
 * for the same open file; the caller keeps and may close its own (P-FDS-01).
 * @return as ipcm_connection_send; IPCM_NOTSUP without IPCM_CAP_SEND_FD;
 *         IPCM_INVALID (no such descriptor); IPCM_LIMIT (too many of this
 *         user's are in flight, unix(7): ETOOMANYREFS)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_send_fd(
	struct ipcm_connection *end, int fd, int64_t timeout_ns);

/**
 * Receive a descriptor; the caller owns it, it is close-on-exec.
 *
 * Descriptors and messages of bytes do not mix: this call drops a message of
 * bytes, and the calls that receive bytes get an empty message in place of a
 * descriptor and drop it. So both sides should know what comes next.
 * @return as ipcm_connection_recv; IPCM_NOTSUP; IPCM_CORRUPT (the next
 *         message carries no descriptor: it is dropped); IPCM_LIMIT (this
 *         process can have no more descriptors: the message stays)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_connection_recv_fd(
	struct ipcm_connection *end, int64_t timeout_ns, int *ret_fd);

/**
 * Close this process's copy of the end. It may be closed again; every other
 * call then returns IPCM_CLOSED (P-CLS-01). Does not wait.
 * @return IPCM_OK, or IPCM_INVALID for no handle
 */
IPCM_API enum ipcm_status ipcm_connection_close(struct ipcm_connection *end);

/** Close and free. NULL is allowed. */
IPCM_API void ipcm_connection_free(struct ipcm_connection *end);

#ifdef __cplusplus
}
#endif

#endif
