/* SPDX-License-Identifier: MIT */
/*
 * P-WAI: wait over several ends, processes and descriptors; ends that receive,
 * and ends that only send.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WRITERS = 4, MESSAGES = 10 };

static struct ipcm_waitable end_of(struct ipcm_connection *end)
{
	return (struct ipcm_waitable){.end = end, .fd = -1};
}

/* wait says exactly this about these things, a bit of set for each. */
static void expect_ready(struct ipcm_waitable *things, unsigned count,
			 int64_t timeout_ns, unsigned set)
{
	size_t ready = 77;
	enum ipcm_status none =
		timeout_ns > 0 ? IPCM_TIMEDOUT : IPCM_WOULDBLOCK;
	unsigned seen = 0;

	for (unsigned i = 0; i < count; i++)
		things[i].ready = !(set >> i & 1);
	CHECK_STATUS(set ? IPCM_OK : none,
		     ipcm_wait(things, count, timeout_ns, &ready));
	for (unsigned i = 0; i < count; i++)
		seen |= (unsigned)things[i].ready << i;
	CHECK_EQUAL(set, seen, "set of things that are ready");
	CHECK_EQUAL(__builtin_popcount(set), ready, "number of ready things");
}

static void exact_sets(const struct ipcm_backend *backend)
{
	struct pair pairs[3];
	struct ipcm_waitable things[3];

	for (int i = 0; i < 3; i++) {
		pairs[i] = pipe_make(backend, i == 2);
		things[i] = end_of(pairs[i].first);
	}
	expect_ready(things, 3, IPCM_TRY, 0);
	expect_ready(things, 3, -1, 0);
	message_send(pairs[1].second, 1, 10);
	message_send(pairs[1].second, 2, 0);
	expect_ready(things, 3, IPCM_FOREVER, 2);
	message_send(pairs[2].second, 3, 5000);
	expect_ready(things, 3, 50 * MS, 6);
	expect_ready(things, 3, IPCM_TRY, 6);
	/* nothing is consumed; what was read ahead counts, too */
	message_expect(pairs[1].first, 1, 10);
	expect_ready(things, 3, IPCM_TRY, 6);
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_connection_recv(pairs[2].first, NULL,
							 0, IPCM_TRY, NULL));
	message_expect(pairs[1].first, 2, 0);
	expect_ready(things, 3, IPCM_TRY, 4);
	message_expect(pairs[2].first, 3, 5000);
	expect_ready(things, 3, IPCM_TRY, 0);
	CHECK_OK(ipcm_connection_close(pairs[0].second));
	expect_ready(things, 3, IPCM_FOREVER, 1); /* end of file counts */
	CHECK_OK(ipcm_connection_close(pairs[2].first));
	CHECK_STATUS(IPCM_CLOSED, ipcm_wait(things, 3, IPCM_TRY, NULL));
	for (int i = 0; i < 3; i++)
		pair_free(&pairs[i]);
}

enum { MANY = 40, PART_BYTES = 8 << 20 };

/* More than fit a small table. */
static void many_ends(const struct ipcm_backend *backend)
{
	struct ipcm_waitable things[MANY];
	struct pair pairs[3];
	size_t ready = 0;

	/* three pipes, each end often: a user has few POSIX queues */
	for (int i = 0; i < 3; i++)
		pairs[i] = pipe_make(backend, false);
	for (int i = 0; i < MANY; i++)
		things[i] = end_of(pairs[i % 3].first);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_wait(things, MANY, IPCM_TRY, NULL));
	message_send(pairs[1].second, 1, 10);
	CHECK_STATUS(IPCM_OK, ipcm_wait(things, MANY, hang_ns(), &ready));
	CHECK_EQUAL((MANY + 1) / 3, ready, "number of ready things");
	for (int i = 0; i < MANY; i++)
		CHECK(things[i].ready == (i % 3 == 1), "thing %d is %s", i,
		      things[i].ready ? "ready" : "not ready");
	for (int i = 0; i < 3; i++)
		pair_free(&pairs[i]);
}

/* Nothing comes for 200 ms, and the wait sleeps: who is busy gets a twentieth
 * of a CPU on a busy machine, too. */
static void expect_sleep(struct ipcm_waitable *things, unsigned count)
{
	struct timespec before, after;
	int64_t used;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	expect_ready(things, count, 200 * MS, 0);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	used = (after.tv_sec - before.tv_sec) * S + after.tv_nsec -
	       before.tv_nsec;
	CHECK(used < 10 * MS,
	      "a wait of 200 ms without news took %lld us of CPU time",
	      (long long)(used / US));
}

/* What was taken since is no news: the wait sleeps. */
static void taken_is_no_news(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct ipcm_waitable thing = end_of(pair.first);

	for (unsigned i = 0; i < 3; i++) {
		expect_ready(&thing, 1, IPCM_TRY, 0);
		for (unsigned count = 1; count <= 2; count++) {
			for (unsigned k = 0; k < count; k++)
				message_send(pair.second, k, 9);
			for (unsigned k = 0; k < count; k++)
				message_expect(pair.first, k, 9);
		}
		expect_sleep(&thing, 1);
	}
	pair_free(&pair);
}

static void send_part(void *argument)
{
	message_send(argument, 5, PART_BYTES);
}

/* All that came of a message was taken, and its sender is stopped. */
static void rest_of_a_message(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct ipcm_waitable thing = end_of(pair.first);
	struct peer sender = peer_start(send_part, pair.second);
	void *message = memory(PART_BYTES);
	size_t size = 0;

	expect_ready(&thing, 1, hang_ns(), 1);
	peer_await_state(&sender, 'S');
	peer_signal(&sender, SIGSTOP);
	peer_await_state(&sender, 'T');
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair.first, message, PART_BYTES, MS,
					  &size));
	expect_ready(&thing, 1, 120 * MS, 0);
	peer_signal(&sender, SIGCONT);
	expect_ready(&thing, 1, hang_ns(), 1);
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_recv(pair.first, message, PART_BYTES,
					  hang_ns(), &size));
	CHECK(size == PART_BYTES && pattern_matches(message, size, 5),
	      "%zu bytes, or damaged", size);
	peer_join(&sender);
	free(message);
	pair_free(&pair);
}

static void timeouts_and_mistakes(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct ipcm_waitable thing = end_of(pair.first);
	int64_t begun = now_ns();
	size_t ready = 77;

	expect_ready(&thing, 1, 100 * MS, 0);
	CHECK(now_ns() - begun >= 90 * MS, "TIMEDOUT too early");
	CHECK_STATUS(IPCM_INVALID, ipcm_wait(NULL, 1, IPCM_TRY, &ready));
	CHECK_STATUS(IPCM_INVALID, ipcm_wait(NULL, 0, IPCM_FOREVER, &ready));
	CHECK_EQUAL(77, ready, "ret_ready after INVALID");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_wait(NULL, 0, IPCM_TRY, NULL));
	begun = now_ns();
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_wait(NULL, 0, 50 * MS, &ready));
	CHECK(now_ns() - begun >= 40 * MS, "TIMEDOUT of nothing too early");
	thing = (struct ipcm_waitable){.fd = 987};
	CHECK_STATUS(IPCM_INVALID, ipcm_wait(&thing, 1, IPCM_FOREVER, NULL));
	pair_free(&pair);
}

struct writers {
	struct pair pairs[WRITERS];
	_Atomic int next;
};

static void write_and_end(void *argument)
{
	struct writers *writers = argument;
	int me = atomic_fetch_add(&writers->next, 1);

	for (int i = 0; i < WRITERS; i++) {
		CHECK_OK(ipcm_connection_close(writers->pairs[i].first));
		if (i != me)
			CHECK_OK(ipcm_connection_close(
				writers->pairs[i].second));
	}
	for (unsigned i = 0; i < MESSAGES; i++) {
		message_send(writers->pairs[me].second, i, 60 + i);
		pause_ns((int64_t)random_below(1500) * US);
	}
}

static int pidfd_of(const struct peer *peer)
{
	int fd = (int)syscall(SYS_pidfd_open, peer->pid, 0);

	if (fd < 0)
		check_harness_error("pidfd_open: %s", strerror(errno));
	return fd;
}

/* Take one message of this end; end of file takes the end off the list. */
static bool take_from(struct writers *writers, int which, unsigned *taken)
{
	char text[100];
	size_t size;
	enum ipcm_status status =
		ipcm_connection_recv(writers->pairs[which].first, text,
				     sizeof(text), IPCM_TRY, &size);

	if (status == IPCM_EOF)
		return false;
	CHECK(status == IPCM_OK, "recv from a ready end gave %s",
	      ipcm_status_name(status));
	CHECK_EQUAL(60 + *taken, size, "bytes of the next message");
	CHECK(pattern_matches(text, size, *taken), "a damaged message");
	++*taken;
	return true;
}

static void drain_writers(struct writers *writers)
{
	struct ipcm_waitable things[WRITERS];
	unsigned taken[WRITERS] = {0}, open = WRITERS;
	int which[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		things[i] = end_of(writers->pairs[i].first);
		which[i] = i;
	}
	while (open) {
		unsigned kept = 0;

		CHECK_OK(ipcm_wait(things, open, hang_ns(), NULL));
		for (unsigned i = 0; i < open; i++) {
			int w = which[i];

			if (things[i].ready &&
			    !take_from(writers, w, &taken[w]))
				continue;
			things[kept] = things[i];
			which[kept++] = w;
		}
		open = kept;
	}
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQUAL(MESSAGES, taken[i], "messages of a writer");
}

static void four_writers(const struct ipcm_backend *backend)
{
	struct writers *writers = share(sizeof(*writers));
	struct ipcm_waitable sentinel = {.end = NULL};
	struct peer peers[WRITERS];

	for (int i = 0; i < WRITERS; i++)
		writers->pairs[i] = pipe_make(backend, false);
	peers_start(peers, WRITERS, write_and_end, writers);
	sentinel.fd = pidfd_of(&peers[0]);
	for (int i = 0; i < WRITERS; i++)
		CHECK_OK(ipcm_connection_close(writers->pairs[i].second));
	drain_writers(writers);
	CHECK_OK(ipcm_wait(&sentinel, 1, hang_ns(), NULL));
	CHECK(sentinel.ready, "an ended process is not ready");
	for (int i = 0; i < WRITERS; i++) {
		peer_join(&peers[i]);
		pair_free(&writers->pairs[i]);
	}
	(void)close(sentinel.fd);
}

static void do_nothing_on_signal(int signal_number)
{
	(void)signal_number;
}

/* An end that stays silent and a process that lives: waits for ever. */
struct waiter {
	struct ipcm_connection *end;
	int pidfd;
};

static enum ipcm_status wait_for_either(void *argument)
{
	struct waiter *waiter = argument;
	struct ipcm_waitable things[2] = {end_of(waiter->end),
					  {.fd = waiter->pidfd}};
	struct sigaction action = {.sa_handler = do_nothing_on_signal};
	enum ipcm_status status;

	(void)sigaction(SIGUSR1, &action, NULL);
	status = ipcm_wait(things, 2, IPCM_FOREVER, NULL);
	CHECK(status != IPCM_OK || (things[0].ready && !things[1].ready),
	      "the wrong one is ready");
	return status;
}

static void sleep_on(void *argument)
{
	(void)argument;
	for (;;)
		pause_ns(S);
}

static void signals_and_sentinels(const struct ipcm_backend *backend)
{
	struct waiter *waiter = share(sizeof(*waiter));
	struct pair pair = pipe_make(backend, false);
	struct peer lasting = peer_start(sleep_on, NULL);
	struct ipcm_waitable things[2];
	struct call *call;

	waiter->end = pair.first;
	waiter->pidfd = pidfd_of(&lasting);
	call = call_start_function(wait_for_either, waiter, "wait");
	call_await_asleep(call);
	for (int i = 0; i < 3; i++) {
		peer_signal(&call->peer, SIGUSR1);
		pause_ns(20 * MS);
	}
	CHECK(!call_returned(call), "wait returned %s after a signal",
	      ipcm_status_name(call->status));
	message_send(pair.second, 1, 8);
	call_check_returns(call, IPCM_OK);
	things[0] = end_of(pair.first);
	things[1] = (struct ipcm_waitable){.fd = waiter->pidfd};
	expect_ready(things, 2, IPCM_TRY, 1);
	peer_kill(&lasting);
	expect_ready(things, 2, hang_ns(), 3);
	message_expect(pair.first, 1, 8);
	expect_ready(things, 2, hang_ns(), 2);
	(void)close(waiter->pidfd);
	pair_free(&pair);
}

static void wait_is_refused(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct ipcm_waitable thing = end_of(pair.first);
	enum ipcm_status status;

	message_send(pair.second, 1, 8);
	status = ipcm_wait(&thing, 1, 10 * MS, NULL);
	if (status != IPCM_NOTSUP)
		check_undeclared_support(
			"wait over an end gave %s, but POLLABLE is not "
			"declared",
			ipcm_status_name(status));
	message_expect(pair.first, 1, 8);
	pair_free(&pair);
	check_unsupported("POLLABLE is not declared; wait gives NOTSUP");
}

static void wait_tells_all_and_only(const struct ipcm_backend *backend)
{
	if (!(backend->capabilities & IPCM_CAP_POLLABLE))
		wait_is_refused(backend);
	exact_sets(backend);
	timeouts_and_mistakes(backend);
	many_ends(backend);
	taken_is_no_news(backend);
	rest_of_a_message(backend);
	four_writers(backend);
	signals_and_sentinels(backend);
}

/* Numbered messages of 8 bytes until none fits; returns how many. */
static uint64_t fill_up(struct ipcm_connection *end)
{
	enum ipcm_status status;
	uint64_t sent = 0;

	while (!(status = ipcm_connection_send(end, &sent, sizeof(sent),
					       IPCM_TRY)))
		sent++;
	CHECK_STATUS(IPCM_WOULDBLOCK, status);
	return sent;
}

static void drain(struct ipcm_connection *end, uint64_t sent)
{
	uint64_t number;

	for (uint64_t i = 0; i < sent; i++) {
		CHECK_OK(ipcm_connection_recv(end, &number, sizeof(number),
					      hang_ns(), NULL));
		CHECK_EQUAL(i, number, "number of a message");
	}
}

/* Neither space from the beginning is news, nor space that a receive makes. */
static void space_is_no_news(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct pair other = pipe_make(backend, true);
	struct ipcm_waitable things[3] = {
		end_of(pair.second), end_of(other.first),
		end_of(other.second), /* has space, and counts as a reader */
	};
	uint64_t sent;

	expect_ready(things, 3, IPCM_TRY, 0);
	expect_sleep(things, 3);
	sent = fill_up(pair.second);
	expect_ready(things, 1, 20 * MS, 0);
	message_send(other.second, 1, 8);
	expect_ready(things, 3, IPCM_FOREVER, 2);
	drain(pair.first, sent);
	expect_ready(things, 3, IPCM_FOREVER, 2);
	message_expect(other.first, 1, 8);
	expect_ready(things, 3, IPCM_TRY, 0);
	CHECK_OK(ipcm_connection_close(pair.first));
	expect_ready(things, 3, IPCM_FOREVER, 1);
	message_send(other.second, 2, 8);
	expect_ready(things, 3, IPCM_TRY, 3);
	pair_free(&pair);
	pair_free(&other);
}

/* Waits for ever; this process is no reader. */
static enum ipcm_status wait_for_loss(void *argument)
{
	struct pair *pair = argument;
	struct ipcm_waitable thing = end_of(pair->second);
	enum ipcm_status status;

	CHECK_OK(ipcm_connection_close(pair->first));
	status = ipcm_wait(&thing, 1, IPCM_FOREVER, NULL);
	CHECK(status || thing.ready, "OK, and nothing is ready");
	return status;
}

static void check_goes_on(struct call *call, const char *after)
{
	pause_ns(50 * MS);
	CHECK(!call_returned(call), "wait returned %s after %s",
	      ipcm_status_name(call->status), after);
}

/*
 * The last reader is killed, while a process waits and later. The channel is
 * empty then, or full of what was never received.
 */
static void killed_reader_is_ready(const struct ipcm_backend *backend,
				   bool full)
{
	struct pair *pair = share(sizeof(*pair));
	struct ipcm_waitable thing;
	struct peer reader;
	struct call *call;
	uint64_t sent;

	*pair = pipe_make(backend, false);
	thing = end_of(pair->second);
	sent = fill_up(pair->second);
	reader = peer_start(sleep_on, NULL);
	call = call_start_function(wait_for_loss, pair, "wait");
	call_await_asleep(call);
	if (!full)
		drain(pair->first, sent);
	check_goes_on(call, "messages were received");
	CHECK_OK(ipcm_connection_close(pair->first));
	check_goes_on(call, "one of two readers was closed");
	expect_ready(&thing, 1, IPCM_TRY, 0);
	peer_kill(&reader);
	call_check_returns(call, IPCM_OK);
	expect_ready(&thing, 1, IPCM_FOREVER, 1);
	expect_ready(&thing, 1, IPCM_TRY, 1);
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_connection_send(pair->second, "", 1, hang_ns()));
	expect_ready(&thing, 1, IPCM_TRY, 1);
	CHECK_OK(ipcm_connection_close(pair->second));
	CHECK_STATUS(IPCM_CLOSED, ipcm_wait(&thing, 1, IPCM_TRY, NULL));
	pair_free(pair);
}

static void wait_takes_sending_ends(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct ipcm_waitable thing = end_of(pair.second);
	enum ipcm_status status = ipcm_wait(&thing, 1, IPCM_TRY, NULL);

	pair_free(&pair);
	if (status == IPCM_NOTSUP &&
	    !(backend->capabilities & IPCM_CAP_POLLABLE))
		check_unsupported("POLLABLE is not declared; wait gives "
				  "NOTSUP");
	CHECK_STATUS(IPCM_WOULDBLOCK, status);
	space_is_no_news(backend);
	killed_reader_is_ready(backend, false);
	killed_reader_is_ready(backend, true);
}

static const struct clause table[] = {
	{"P-WAI-01", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "wait over ends, 40 things, a process and nothing; 4 writers of 10 "
	 "messages; a sender that is stopped inside a message.",
	 "All and only the ready ones; end of file counts; signals do not "
	 "interrupt; nothing and no limit is INVALID.",
	 "multiprocessing, connection.wait; CPython test "
	 "TestWait.test_wait, test_wait_timeout, test_wait_integer, "
	 "test_neg_timeout",
	 0, true, wait_tells_all_and_only},
	{"P-WAI-02", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "wait over an end that only sends, among others: empty, full, drained "
	 "while a process waits; one reader is closed, the last one killed.",
	 "Ready when no reader is left, and a send then gives BROKEN; never "
	 "because there is space.",
	 "multiprocessing, connection.wait; tried on CPython; poll(2), POLLERR "
	 "and POLLHUP",
	 0, true, wait_takes_sending_ends},
};

CLAUSE_LIST(clauses_pipe_wait, table);
