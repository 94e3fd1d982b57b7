/* SPDX-License-Identifier: MIT */
/*
 * P-SND-06: a send that ends in the middle of its message, by its time limit or
 * a signal, takes the message back: no receiver ever sees anything of it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"

static void send_fails(struct ipcm_connection *end, int64_t timeout_ns)
{
	unsigned char *message = memory(LARGE_BYTES);

	memset(message, 0x5a, LARGE_BYTES);
	CHECK_STATUS(
		timeout_ns > 0 ? IPCM_TIMEDOUT : IPCM_WOULDBLOCK,
		ipcm_connection_send(end, message, LARGE_BYTES, timeout_ns));
	free(message);
}

/* The wait comes last: only a receive, or poll, finds out what was withdrawn.
 */
static void expect_nothing(struct ipcm_connection *end)
{
	struct ipcm_waitable thing = {.end = end};
	enum ipcm_status status;
	bool ready = true;
	char byte = 7;

	CHECK_OK(ipcm_connection_poll(end, IPCM_TRY, &ready));
	CHECK(!ready, "poll sees a message that was withdrawn");
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv(end, &byte, 1, IPCM_TRY, NULL));
	CHECK_EQUAL(7, byte, "the buffer");
	status = ipcm_wait(&thing, 1, IPCM_TRY, NULL);
	CHECK(status == IPCM_WOULDBLOCK || status == IPCM_NOTSUP,
	      "wait gave %s although a message was withdrawn",
	      ipcm_status_name(status));
}

struct late {
	struct ipcm_connection *end;
	size_t bytes;
};

static void send_late(void *argument)
{
	const struct late *late = argument;

	message_send(late->end, 6, late->bytes);
}

/* The next message, small or large, is whole. */
static void expect_next(const struct pair *pair, size_t bytes)
{
	struct late late = {pair->second, bytes};
	struct peer sender = peer_start(send_late, &late);

	message_expect(pair->first, 6, bytes);
	peer_join(&sender);
}

static void next_is_whole(const struct pair *pair)
{
	static const int64_t limits[] = {IPCM_TRY, 20 * MS, -1};
	static const size_t sizes[] = {1, LARGE_BYTES, 0, 5000};

	for (int i = 0; i < 3; i++) {
		/* without a look in between, with one, and twice */
		send_fails(pair->second, limits[i]);
		expect_next(pair, sizes[i]);
		send_fails(pair->second, limits[i]);
		expect_nothing(pair->first);
		expect_next(pair, sizes[i + 1]);
		message_send(pair->second, 3, 300);
		send_fails(pair->second, limits[i]);
		message_expect(pair->first, 3, 300);
		send_fails(pair->second, limits[i]);
		expect_nothing(pair->first);
		expect_next(pair, sizes[i]);
	}
}

/* A receiver has begun to receive it, and waits: it goes on waiting. */
static void receiver_waits_on(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct call *receiver =
		call_start(CALL_RECEIVE, pair.first, 0, IPCM_FOREVER);

	call_await_asleep(receiver);
	peer_signal(&receiver->peer, SIGSTOP);
	peer_await_state(&receiver->peer, 'T');
	send_fails(pair.second, 20 * MS);
	peer_signal(&receiver->peer, SIGCONT);
	call_check_blocked(receiver);
	message_send(pair.second, 4, 8);
	call_check_returns(receiver, IPCM_OK);
	expect_nothing(pair.first);
	pair_free(&pair);
}

/* In the receiver's own hands when it is taken back. */
static void half_received(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct call *sender =
		call_start_impatient(CALL_SEND, pair.second, 1, LARGE_BYTES);
	char byte;

	peer_signal(&sender->peer, SIGSTOP);
	peer_await_state(&sender->peer, 'T');
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair.first, &byte, 1, MS, NULL));
	peer_signal(&sender->peer, SIGCONT);
	call_check_returns(sender, IPCM_TIMEDOUT);
	expect_nothing(pair.first);
	expect_next(&pair, 5000);
	pair_free(&pair);
}

static void withdraw_and_leave(void *argument)
{
	const struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	message_send(pair->second, 1, 16);
	send_fails(pair->second, MS);
	(void)raise(SIGKILL);
}

/* It is a whole end, for the receiver, when its sender goes. */
static void end_after_it(const struct ipcm_backend *backend, bool killed)
{
	struct pair pair = pipe_make(backend, false);
	struct peer sender;
	bool ready = false;
	int status = 0;
	char byte;

	if (killed) {
		sender = peer_start(withdraw_and_leave, &pair);
		CHECK(peer_reap(&sender, hang_ns(), &status),
		      "the sender has not ended");
	} else {
		message_send(pair.second, 1, 16);
		send_fails(pair.second, MS);
	}
	CHECK_OK(ipcm_connection_close(pair.second));
	message_expect(pair.first, 1, 16);
	CHECK_OK(ipcm_connection_poll(pair.first, hang_ns(), &ready));
	CHECK(ready, "poll does not see the end");
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_EOF,
			     ipcm_connection_recv(pair.first, &byte, 1,
						  hang_ns(), NULL));
	pair_free(&pair);
}

/* A death in the next message is told, although one was withdrawn before. */
static void death_is_still_told(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct call *sender;
	bool ready = false;
	char byte;

	send_fails(pair.second, MS);
	expect_nothing(pair.first);
	sender = call_start_large(CALL_SEND, pair.second, 1, LARGE_BYTES,
				  IPCM_FOREVER);
	call_await_asleep(sender);
	call_kill(sender);
	CHECK_OK(ipcm_connection_close(pair.second));
	CHECK_OK(ipcm_connection_poll(pair.first, hang_ns(), &ready));
	CHECK(ready, "poll does not see the beginning of a message");
	CHECK_STATUS(IPCM_CORRUPT, ipcm_connection_recv(pair.first, &byte, 1,
							hang_ns(), NULL));
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair.first, &byte, 1,
						    hang_ns(), NULL));
	pair_free(&pair);
}

static void signal_number_ignore(int number)
{
	(void)number;
}

static void interrupt_in_the_middle(const struct ipcm_backend *backend)
{
	struct sigaction action = {.sa_handler = signal_number_ignore};
	struct pair pair = pipe_make(backend, false);
	struct call *sender;

	if (sigaction(SIGUSR1, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
	(void)ipcm_set_interruptible(true);
	sender = call_start_large(CALL_SEND, pair.second, 1, LARGE_BYTES,
				  IPCM_FOREVER);
	(void)ipcm_set_interruptible(false);
	call_await_asleep(sender);
	call_interrupt(sender, SIGUSR1);
	call_check_returns(sender, IPCM_INTR);
	expect_nothing(pair.first);
	expect_next(&pair, 70000);
	pair_free(&pair);
}

/* Ends that were passed to another process have the same memory. */
static void over_a_listener(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener = NULL;
	struct pair pair = {NULL, NULL};
	struct pair back;
	char name[NAMED_BYTES];

	if (!(backend->capabilities & IPCM_CAP_LISTENER))
		return;
	named_name("withdrawn", name);
	CHECK_OK(ipcm_listener_create(backend, name, NULL, 0, &listener));
	CHECK_OK(ipcm_client_connect(backend, name, NULL, 0, hang_ns(),
				     &pair.first));
	CHECK_OK(ipcm_listener_accept(listener, hang_ns(), &pair.second));
	back = (struct pair){pair.second, pair.first};
	next_is_whole(&pair);
	next_is_whole(&back);
	pair_free(&pair);
	ipcm_listener_free(listener);
}

static void withdrawn_is_never_seen(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);

	next_is_whole(&pair);
	pair_free(&pair);
	receiver_waits_on(backend);
	half_received(backend);
	end_after_it(backend, false);
	end_after_it(backend, true);
	death_is_still_told(backend);
	interrupt_in_the_middle(backend);
	over_a_listener(backend);
}

static const struct clause table[] = {
	{"P-SND-06", LEVEL_BEYOND, OBJECT_PIPE,
	 "Send 3 MiB by try, in 1 to 20 ms, or until a signal, to a peer that "
	 "does not receive; then send, receive, close, or kill the sender.",
	 "The call ends in time and nothing of the message is seen; the next "
	 "one is whole; EOF after it; a death in the middle is still CORRUPT.",
	 "ipcmark pipe.h", 60, true, withdrawn_is_never_seen},
};

CLAUSE_LIST(clauses_pipe_withdrawn, table);
