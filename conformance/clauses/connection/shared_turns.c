/* SPDX-License-Identifier: MIT */
/*
 * P-SHR: several processes share an end and take turns on it, as users of a
 * lock do: what one of them has received and left belongs to the next. Turns
 * are passed through a shared word, so never two use the end at a time.
 */
#include <poll.h>
#include <stdlib.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/users.h"

enum { TURN_TAKERS = 4, TURNS = 25, TURN_MOST = 6, BIG_BYTES = 300000 };

struct turns {
	struct pair pair;
	/** Whose turn it is: this modulo TURN_TAKERS. */
	_Atomic int turn;
	_Atomic int taker;
	uint64_t next;
};

/* Most are small, so that several lie in what one receive returns. */
static size_t turn_bytes(uint64_t number)
{
	if (number % 40 == 7)
		return 100000;
	return number % 10 == 3 ? 20000 : number % 61;
}

static void send_in_turns(void *argument)
{
	struct turns *turns = argument;

	CHECK_OK(ipcm_connection_close(turns->pair.first));
	for (uint64_t i = 0; i < TURN_TAKERS * TURNS * TURN_MOST; i++)
		message_send(turns->pair.second, i, turn_bytes(i));
	CHECK_OK(ipcm_connection_close(turns->pair.second));
}

static bool is_readable(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, (int)(hang_ns() / MS)) == 1;
}

/* One of the ways to learn that a message is there. */
static void await_in_turn(struct ipcm_connection *end, uint64_t number)
{
	struct ipcm_waitable thing = {.end = end};
	enum ipcm_status status = IPCM_NOTSUP;
	bool ready = false;
	int fd;

	if (number % 3 == 0) {
		CHECK_OK(ipcm_connection_poll(end, hang_ns(), &ready));
		CHECK(ready, "poll does not see message %d", (int)number);
	}
	if (number % 3 == 1) {
		status = ipcm_wait(&thing, 1, hang_ns(), NULL);
		CHECK(status == IPCM_OK || status == IPCM_NOTSUP,
		      "wait gave %s before message %d",
		      ipcm_status_name(status), (int)number);
	}
	if (number % 3 == 2 && !ipcm_connection_fileno(end, &fd))
		CHECK(is_readable(fd), "the descriptor does not show %d",
		      (int)number);
}

static void turn_take(struct turns *turns)
{
	struct ipcm_connection *end = turns->pair.first;
	uint64_t count = 1 + random_below(TURN_MOST);

	await_in_turn(end, turns->next);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t number = turns->next;

		if (number == TURN_TAKERS * TURNS * TURN_MOST)
			break;
		if (number % 5 == 4 && turn_bytes(number))
			CHECK_STATUS(IPCM_TOOSMALL,
				     ipcm_connection_recv(end, NULL, 0,
							  hang_ns(), NULL));
		message_expect(end, number, turn_bytes(number));
		turns->next = number + 1;
	}
}

static void take_turns(void *argument)
{
	struct turns *turns = argument;
	int me = atomic_fetch_add(&turns->taker, 1);

	random_fork((uint64_t)me);
	CHECK_OK(ipcm_connection_close(turns->pair.second));
	for (int i = 0; turns->next < TURN_TAKERS * TURNS * TURN_MOST; i++) {
		flag_await(&turns->turn, i * TURN_TAKERS + me);
		if (turns->next < TURN_TAKERS * TURNS * TURN_MOST)
			turn_take(turns);
		atomic_store(&turns->turn, i * TURN_TAKERS + me + 1);
	}
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(turns->pair.first, NULL, 0,
						    hang_ns(), NULL));
}

static void each_message_once_in_order(const struct ipcm_backend *backend)
{
	struct turns *turns = share(sizeof(*turns));
	struct peer takers[TURN_TAKERS], sender;

	turns->pair = pipe_make(backend, false);
	sender = peer_start(send_in_turns, turns);
	peers_start(takers, TURN_TAKERS, take_turns, turns);
	CHECK_OK(ipcm_connection_close(turns->pair.second));
	peer_join(&sender);
	peers_join(takers, TURN_TAKERS);
	pair_free(&turns->pair);
}

/* ---- fork in the middle ---- */

/* What a child does with its copy while the parent waits for it. */
struct portion {
	struct pair pair;
	uint64_t first;
	int count;
	size_t bytes;
	/** Before them: IPCM_CORRUPT, once. */
	bool corrupt;
};

static void take_portion(void *argument)
{
	const struct portion *portion = argument;
	char byte;

	if (portion->corrupt)
		CHECK_STATUS(IPCM_CORRUPT,
			     ipcm_connection_recv(portion->pair.first, &byte, 1,
						  hang_ns(), NULL));
	for (int i = 0; i < portion->count; i++)
		message_expect(portion->pair.first,
			       portion->first + (uint64_t)i, portion->bytes);
}

static void portion_take(struct portion portion)
{
	struct peer child = peer_start(take_portion, &portion);

	peer_join(&child);
}

static void expect_nothing(struct ipcm_connection *end)
{
	bool ready = true;
	char byte;

	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv(end, &byte, 1, IPCM_TRY, NULL));
	CHECK_OK(ipcm_connection_poll(end, IPCM_TRY, &ready));
	CHECK(!ready, "poll sees what another copy of the end has taken");
}

/* Received and left before the fork; the descriptor is a shared one. */
static void fork_after_read_ahead(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct pollfd entry = {.events = POLLIN};
	enum ipcm_status status = ipcm_connection_fileno(pair.first, &entry.fd);

	for (uint64_t i = 0; i < 9; i++)
		message_send(pair.second, i, 40);
	message_expect(pair.first, 0, 40);
	portion_take((struct portion){pair, 1, 3, 40, false});
	portion_take((struct portion){pair, 4, 1, 40, false});
	message_expect(pair.first, 5, 40);
	portion_take((struct portion){pair, 6, 3, 40, false});
	CHECK(status || poll(&entry, 1, 0) == 0,
	      "the descriptor shows what a child has taken");
	expect_nothing(pair.first);
	message_send(pair.second, 9, 40);
	CHECK(status || poll(&entry, 1, (int)(hang_ns() / MS)) == 1,
	      "the descriptor does not show the next message");
	message_expect(pair.first, 9, 40);
	pair_free(&pair);
}

struct big {
	struct ipcm_connection *end;
	uint64_t number;
};

static void send_big(void *argument)
{
	const struct big *big = argument;

	message_send(big->end, big->number, BIG_BYTES);
}

/* A message of several frames that was found to be too large, then a fork. */
static void fork_after_toosmall(const struct ipcm_backend *backend, bool child)
{
	struct pair pair = pipe_make(backend, false);
	struct big big = {pair.second, 1};
	struct peer sender = peer_start(send_big, &big);
	size_t size = 0;
	char byte;

	CHECK_STATUS(IPCM_TOOSMALL, ipcm_connection_recv(pair.first, &byte, 1,
							 hang_ns(), &size));
	CHECK_EQUAL(BIG_BYTES, size, "needed length");
	peer_join(&sender);
	message_send(pair.second, 2, 40);
	if (child) {
		portion_take((struct portion){pair, 1, 1, BIG_BYTES, false});
		message_expect(pair.first, 2, 40);
	} else {
		message_send(pair.second, 3, 40);
		message_expect(pair.first, 1, BIG_BYTES);
		portion_take((struct portion){pair, 2, 2, 40, false});
	}
	expect_nothing(pair.first);
	pair_free(&pair);
}

/* Its turn comes when the parent has the beginning of a message. */
struct sibling {
	struct portion portion;
	_Atomic int step;
};

static void sibling_run(void *argument)
{
	struct sibling *sibling = argument;

	flag_await(&sibling->step, 1);
	take_portion(&sibling->portion);
	atomic_store(&sibling->step, 2);
}

/* The sender is stopped in the middle; the parent has what has come. */
static struct peer send_half(const struct pair *pair)
{
	struct big big = {pair->second, 1};
	struct peer sender = peer_start(send_big, &big);
	char byte;

	peer_await_state(&sender, 'S');
	peer_signal(&sender, SIGSTOP);
	peer_await_state(&sender, 'T');
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair->first, &byte, 1, MS, NULL));
	return sender;
}

/* Forked in the middle: one copy goes on with it, and only one. */
static void fork_inside_a_message(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct peer sender = send_half(&pair);

	peer_signal(&sender, SIGCONT);
	portion_take((struct portion){pair, 1, 1, BIG_BYTES, false});
	peer_join(&sender);
	expect_nothing(pair.first);
	message_send(pair.second, 2, 40);
	message_expect(pair.first, 2, 40);
	pair_free(&pair);
}

/* Forked before: the other copy is told that it has no beginning, once. */
static void turn_inside_a_message(const struct ipcm_backend *backend)
{
	struct sibling *sibling = share(sizeof(*sibling));
	struct pair pair = pipe_make(backend, false);
	struct peer peer, sender;

	sibling->portion = (struct portion){pair, 2, 1, 40, true};
	peer = peer_start(sibling_run, sibling);
	sender = send_half(&pair);
	atomic_store(&sibling->step, 1);
	peer_signal(&sender, SIGCONT);
	peer_join(&sender);
	message_send(pair.second, 2, 40);
	flag_await(&sibling->step, 2);
	peer_join(&peer);
	expect_nothing(pair.first);
	message_send(pair.second, 3, 40);
	message_expect(pair.first, 3, 40);
	pair_free(&pair);
}

static void fork_keeps_one_inbox(const struct ipcm_backend *backend)
{
	fork_after_read_ahead(backend);
	fork_after_toosmall(backend, true);
	fork_after_toosmall(backend, false);
	fork_inside_a_message(backend);
	turn_inside_a_message(backend);
}

/* ---- waiting beside a receiver ---- */

enum { BESIDE_MESSAGES = 300 };

struct beside {
	struct ipcm_connection *end;
	atomic_bool over;
};

static void *wait_beside(void *argument)
{
	struct beside *beside = argument;
	enum ipcm_status status = IPCM_OK;

	while (!atomic_load(&beside->over) && status != IPCM_NOTSUP) {
		struct ipcm_waitable thing = {.end = beside->end};

		status = ipcm_wait(&thing, 1, 5 * MS, NULL);
	}
	return NULL;
}

static void send_big_ones(void *argument)
{
	const struct pair *pair = argument;

	for (uint64_t i = 0; i < BESIDE_MESSAGES; i++)
		message_send(pair->second, i, i % 3 ? BIG_BYTES : 40);
}

/* The thread that waits, of this process, moves nothing of what is received. */
static void wait_moves_nothing(const struct ipcm_backend *backend)
{
	const struct ipcm_port_ops *port = backend->pipe->port;
	struct beside beside;
	struct peer sender;
	struct pair pair;
	pthread_t waiter;

	if (!port->fileno && !port->queued)
		check_unsupported("the mechanism does not say what is inside");
	pair = pipe_make(backend, false);
	beside.end = pair.first;
	atomic_init(&beside.over, false);
	sender = peer_start(send_big_ones, &pair);
	waiter = thread_start(wait_beside, &beside);
	for (uint64_t i = 0; i < BESIDE_MESSAGES; i++)
		message_expect(pair.first, i, i % 3 ? BIG_BYTES : 40);
	atomic_store(&beside.over, true);
	(void)pthread_join(waiter, NULL);
	peer_join(&sender);
	expect_nothing(pair.first);
	pair_free(&pair);
}

static const struct clause table[] = {
	{"P-SHR-01", LEVEL_BEYOND, OBJECT_PIPE,
	 "4 processes take turns on an end: 600 messages of 0 B to 100 KiB, some "
	 "first received into a buffer that is too small.",
	 "Each message is received once, in order, whoever has the turn; poll, "
	 "wait and the descriptor see what another process has left; then EOF.",
	 "CPython queues.py, Queue; CPython pool.py", 60, false,
	 each_message_once_in_order},
	{"P-SHR-02", LEVEL_BEYOND, OBJECT_PIPE,
	 "fork after some of the messages, after TOOSMALL, and inside a message "
	 "of 300 kB; then parent and child receive.",
	 "No message twice, none lost; a copy that has no beginning of a "
	 "message gets CORRUPT once; the descriptor follows.",
	 "fork(2); CPython connection.py, Connection._recv", 60, false,
	 fork_keeps_one_inbox},
	{"P-SHR-03", LEVEL_BEYOND, OBJECT_PIPE,
	 "A thread waits for an end, again and again, while another one receives "
	 "300 messages of 40 B to 300 kB from it.",
	 "Each message is received whole, in order.",
	 "CPython pool.py, Pool._handle_workers and _handle_results", 60, false,
	 wait_moves_nothing},
};

CLAUSE_LIST(clauses_pipe_turns, table);
