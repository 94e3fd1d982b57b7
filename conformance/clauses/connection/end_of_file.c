/* SPDX-License-Identifier: MIT */
/*
 * P-EOF: what readers see when the other end goes away. Every peer inherits
 * both ends; which process holds which end is said at each place.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/users.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { READERS_MOST = 27 };

struct readers {
	struct pair pair;
	_Atomic int waiting, ended;
};

/* Holds only the first end. */
static void read_to_the_end(void *argument)
{
	struct readers *readers = argument;
	char text[8];

	CHECK_OK(ipcm_connection_close(readers->pair.second));
	atomic_fetch_add(&readers->waiting, 1);
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(readers->pair.first, text,
						    8, IPCM_FOREVER, NULL));
	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_EOF,
			     ipcm_connection_recv(readers->pair.first, text, 8,
						  i * 10 * MS, NULL));
	atomic_fetch_add(&readers->ended, 1);
}

static void wake_readers(const struct ipcm_backend *backend, int count)
{
	struct readers *readers = share(sizeof(*readers));
	struct peer peers[READERS_MOST];

	readers->pair = pipe_make(backend, false);
	peers_start(peers, count, read_to_the_end, readers);
	flag_await(&readers->waiting, count);
	for (int i = 0; i < count; i++)
		peer_await_state(&peers[i], 'S');
	CHECK_EQUAL(0, readers->ended, "readers that ended too early");
	CHECK_OK(ipcm_connection_close(readers->pair.second));
	peers_join(peers, count);
	pair_free(&readers->pair);
}

static void all_readers_see_the_end(const struct ipcm_backend *backend)
{
	static const int counts[] = {1, 2, 10, READERS_MOST};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		wake_readers(backend, counts[i]);
}

enum ending { ENDS_BY_CLOSE, ENDS_BY_EXIT, ENDS_BY_KILL, ENDINGS };

struct ending_peer {
	struct pair pair;
	enum ending how;
};

/* Holds only the second end, and leaves in one of three ways. */
static void send_three_and_leave(void *argument)
{
	struct ending_peer *ending_peer = argument;

	CHECK_OK(ipcm_connection_close(ending_peer->pair.first));
	message_send(ending_peer->pair.second, 1, 8);
	message_send(ending_peer->pair.second, 2, 0);
	message_send(ending_peer->pair.second, 3, 12000);
	if (ending_peer->how == ENDS_BY_CLOSE)
		CHECK_OK(ipcm_connection_close(ending_peer->pair.second));
	if (ending_peer->how == ENDS_BY_EXIT)
		exit(0);
	if (ending_peer->how == ENDS_BY_KILL)
		(void)raise(SIGKILL);
}

static void do_nothing_long(void *argument)
{
	(void)argument;
	pause_ns(1000 * S);
}

static void hold_second(void *argument)
{
	const struct pair *pair = argument;

	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair->first));
	do_nothing_long(NULL);
}

/* Calls that only try learn of the death, too; the channel may be full. */
static void death_is_found_by_trying(const struct ipcm_backend *backend,
				     bool by_send)
{
	struct pair pair = pipe_make(backend, true);
	struct peer holder = peer_start(hold_second, &pair);
	bool ready = true;
	char byte;

	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.second));
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_poll(pair.first, IPCM_TRY, &ready));
	CHECK(!ready, "an end is seen although its process lives");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_connection_recv(pair.first, &byte, 1,
							   IPCM_TRY, NULL));
	/* of one frame each: a longer one waits when it has begun */
	while (by_send &&
	       ipcm_connection_send(pair.first, "x", 1, IPCM_TRY) == IPCM_OK)
		;
	peer_kill(&holder);
	if (by_send)
		CHECK_STATUS(IPCM_BROKEN, ipcm_connection_send(pair.first, "x",
							       1, IPCM_TRY));
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair.first, &byte, 1,
						    IPCM_TRY, NULL));
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_poll(pair.first, IPCM_TRY, &ready));
	CHECK(ready, "poll sees no end");
	pair_free(&pair);
}

struct last_words {
	struct ipcm_connection *_Atomic end;
	_Atomic int round, over;
};

static void *speak_and_leave(void *argument)
{
	struct last_words *words = argument;

	for (int round = 1;; round++) {
		struct ipcm_connection *end;

		while (atomic_load(&words->round) < round)
			if (atomic_load(&words->over))
				return NULL;
		end = atomic_load(&words->end);
		for (volatile uint64_t i = random_below(300); i; i--)
			;
		CHECK_STATUS(IPCM_OK,
			     ipcm_connection_send(end, "w", 1, IPCM_TRY));
		ipcm_connection_free(end);
		atomic_store(&words->end, NULL);
	}
}

/* Sent and closed while the receiver looks: the message comes first. */
static void last_words_are_heard(const struct ipcm_backend *backend)
{
	int64_t until = now_ns() + S;
	struct last_words words = {NULL, 0, 0};
	pthread_t speaker = thread_start(speak_and_leave, &words);

	while (now_ns() < until) {
		struct pair pair = pipe_make(backend, false);
		enum ipcm_status status = IPCM_WOULDBLOCK;
		char byte;

		atomic_store(&words.end, pair.second);
		atomic_fetch_add(&words.round, 1);
		while (status == IPCM_WOULDBLOCK)
			status = ipcm_connection_recv(pair.first, &byte, 1,
						      IPCM_TRY, NULL);
		CHECK_STATUS(IPCM_OK, status);
		while (atomic_load(&words.end))
			;
		ipcm_connection_free(pair.first);
	}
	atomic_store(&words.over, 1);
	(void)pthread_join(speaker, NULL);
}

static void data_comes_before_the_end(const struct ipcm_backend *backend)
{
	for (enum ending how = 0; how < ENDINGS; how++) {
		struct ending_peer *ending_peer = share(sizeof(*ending_peer));
		struct peer sender;
		char text[8];

		ending_peer->how = how;
		ending_peer->pair = pipe_make(backend, false);
		sender = peer_start(send_three_and_leave, ending_peer);
		CHECK_OK(ipcm_connection_close(ending_peer->pair.second));
		CHECK(peer_reap(&sender, hang_ns(), NULL), "the sender hangs");
		message_expect(ending_peer->pair.first, 1, 8);
		message_expect(ending_peer->pair.first, 2, 0);
		message_expect(ending_peer->pair.first, 3, 12000);
		for (int i = 0; i < 2; i++)
			CHECK_STATUS(
				IPCM_EOF,
				ipcm_connection_recv(ending_peer->pair.first,
						     text, 8, hang_ns(), NULL));
		pair_free(&ending_peer->pair);
	}
	death_is_found_by_trying(backend, false);
	death_is_found_by_trying(backend, true);
	last_words_are_heard(backend);
}

static void copies_delay_the_end(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct peer other_holder;
	bool ready = true;
	char text[8];

	/* parent and an unrelated child hold the second end */
	other_holder = peer_start(do_nothing_long, NULL);
	CHECK_OK(ipcm_connection_poll(pair.first, 100 * MS, &ready));
	CHECK(!ready, "an end is seen although the parent holds a copy");
	CHECK_OK(ipcm_connection_close(pair.second));
	CHECK_OK(ipcm_connection_poll(pair.first, 150 * MS, &ready));
	CHECK(!ready, "an end is seen although a child holds a copy");
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair.first, text, 8, 20 * MS, NULL));
	peer_kill(&other_holder);
	CHECK_OK(ipcm_connection_poll(pair.first, hang_ns(), &ready));
	CHECK(ready, "the last copy is gone, poll sees nothing");
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair.first, text, 8,
						    hang_ns(), NULL));
	pair_free(&pair);
}

enum { CUT_BYTES = 32 << 20 };

struct cut {
	struct pair pair;
	_Atomic int sending;
};

static void send_more_than_fits(void *argument)
{
	struct cut *cut = argument;

	CHECK_OK(ipcm_connection_close(cut->pair.first));
	message_send(cut->pair.second, 1, 16);
	atomic_store(&cut->sending, 1);
	message_send(cut->pair.second, 2, CUT_BYTES);
}

static void cut_message_is_corrupt(const struct ipcm_backend *backend)
{
	for (int duplex = 0; duplex < 2; duplex++) {
		struct cut *cut = share(sizeof(*cut));
		void *message = memory(CUT_BYTES);
		struct peer sender;

		cut->pair = pipe_make(backend, duplex);
		sender = peer_start(send_more_than_fits, cut);
		CHECK_OK(ipcm_connection_close(cut->pair.second));
		flag_await(&cut->sending, 1);
		/* asleep on a full channel: half of the message is inside */
		peer_await_state(&sender, 'S');
		peer_kill(&sender);
		message_expect(cut->pair.first, 1, 16);
		CHECK_STATUS(IPCM_CORRUPT,
			     ipcm_connection_recv(cut->pair.first, message,
						  CUT_BYTES, hang_ns(), NULL));
		for (int i = 0; i < 2; i++)
			CHECK_STATUS(IPCM_EOF,
				     ipcm_connection_recv(cut->pair.first,
							  message, CUT_BYTES,
							  hang_ns(), NULL));
		free(message);
		pair_free(&cut->pair);
	}
}

/*
 * The beginning of a message is here when its sender dies. The rest of the
 * process that holds this end decides: bounded, it is too long; else the next
 * sender's message follows it.
 */
static void begun_and_cut(const struct ipcm_backend *backend, bool bounded)
{
	struct cut *cut = share(sizeof(*cut));
	struct peer sender;
	char text[16];

	cut->pair = pipe_make(backend, false);
	sender = peer_start(send_more_than_fits, cut);
	message_expect(cut->pair.first, 1, 16);
	flag_await(&cut->sending, 1);
	peer_await_state(&sender, 'S');
	peer_signal(&sender, SIGSTOP);
	peer_await_state(&sender, 'T');
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(cut->pair.first, text, 16, MS, NULL));
	if (bounded) {
		CHECK_STATUS(IPCM_TOOBIG,
			     ipcm_connection_recv_max(cut->pair.first, text, 16,
						      16, hang_ns(), NULL));
		CHECK(!ipcm_connection_readable(cut->pair.first),
		      "it still receives");
	}
	peer_kill(&sender);
	if (!bounded) {
		message_send(cut->pair.second, 5, 600);
		message_send(cut->pair.second, 6, 1);
		CHECK_STATUS(IPCM_CORRUPT,
			     ipcm_connection_recv(cut->pair.first, text, 16,
						  hang_ns(), NULL));
		message_expect(cut->pair.first, 5, 600);
		message_expect(cut->pair.first, 6, 1);
	}
	pair_free(&cut->pair);
}

static void cut_message_is_told(const struct ipcm_backend *backend)
{
	cut_message_is_corrupt(backend);
	begun_and_cut(backend, true);
	begun_and_cut(backend, false);
}

/* Holds only the second end; leaves with our message unread. */
static void answer_and_leave(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	message_send(pair->second, 2, 100);
	CHECK_OK(ipcm_connection_close(pair->second));
}

static void unread_mail_of_the_peer(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct peer peer;
	char text[8];

	message_send(pair.first, 1, 100);
	peer = peer_start(answer_and_leave, &pair);
	CHECK_OK(ipcm_connection_close(pair.second));
	peer_join(&peer);
	message_expect(pair.first, 2, 100);
	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair.first, text, 8,
							    hang_ns(), NULL));
	pair_free(&pair);
}

static const struct clause table[] = {
	{"P-EOF-01", LEVEL_CORE, OBJECT_PIPE,
	 "1, 2, 10 and 27 blocked readers; the last sending end is closed.",
	 "Every reader wakes with EOF, and sees it every time.",
	 "multiprocessing, Connection.recv; LTP pipe13, pipe14", 60, false,
	 all_readers_see_the_end},
	{"P-EOF-02", LEVEL_CORE, OBJECT_PIPE,
	 "The sender sends 3 messages and closes, exits, or is killed; it sends "
	 "and closes while the receiver looks, for 1 s; it dies silently.",
	 "They are delivered before EOF.", "pipe(7); tried on CPython", 0, true,
	 data_comes_before_the_end},
	{"P-EOF-03", LEVEL_CORE, OBJECT_PIPE,
	 "Copies of the sending end in the parent and in a bystander.",
	 "EOF only when every copy is gone.",
	 "multiprocessing, connection.wait, example; pipe(7); tried on CPython",
	 0, true, copies_delay_the_end},
	{"P-EOF-04", LEVEL_CORE, OBJECT_PIPE,
	 "Kill the sender inside a message that does not fit the channel; "
	 "receive with a bound, or send another one, behind its beginning.",
	 "CORRUPT once, then the next message or EOF; TOOBIG; earlier messages "
	 "are delivered.",
	 "CPython connection.py, Connection._recv; tried on CPython", 0, true,
	 cut_message_is_told},
	{"P-EOF-05", LEVEL_BEYOND, OBJECT_PIPE,
	 "The peer answers and closes with a message of ours unread.",
	 "Its message, then EOF; never a reset.",
	 "unix(7); CPython raises ConnectionResetError", 0, false,
	 unread_mail_of_the_peer},
};

CLAUSE_LIST(clauses_pipe_end, table);
