/* SPDX-License-Identifier: MIT */
/*
 * G-RC, G-HND, G-THR, G-OPT, G-OFD: the conventions of every object, checked
 * here on queue, pipe and lock, in general_sync.c on the rest. Time is
 * in timeout.c, signals in signal.c, the tables
 * of G-RC in status_codes.c.
 */
#include "conformance/harness/clause.h"
#include "general_sync.h"
#include "conformance/harness/fixtures.h"
#include "status_codes.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static void same_code_everywhere(const struct ipcm_backend *backend)
{
	if (backend->queue)
		status_codes_queue(backend);
	if (backend->pipe)
		status_codes_pipe(backend);
	if (backend->lock) {
		status_codes_lock(backend);
		status_codes_sync(backend);
	}
}

/* A buffer that shows whether a failing call wrote into it. */
struct poisoned {
	unsigned char bytes[256];
};

static void poison(struct poisoned *buffer)
{
	memset(buffer->bytes, 0x5a, sizeof(buffer->bytes));
}

static void check_poison(const struct poisoned *buffer, const char *after)
{
	for (size_t i = 0; i < sizeof(buffer->bytes); i++)
		CHECK(buffer->bytes[i] == 0x5a, "byte %zu written by %s", i,
		      after);
}

static void failed_queue_calls(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 2);
	struct poisoned buffer;
	size_t size = 77;

	poison(&buffer);
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get(queue, &buffer, sizeof(buffer),
						IPCM_TRY, &size));
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get(queue, &buffer, sizeof(buffer),
						10 * MS, &size));
	CHECK_EQUAL(77, size, "ret_size after EMPTY");
	check_poison(&buffer, "get on an empty queue");
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	pattern_put(queue, 1, 100);
	pattern_put(queue, 2, 100);
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &buffer, 8, IPCM_TRY));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &buffer, 8, 10 * MS));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put(queue, &buffer, IPCM_ITEM_MAX_BYTES + 1,
				    IPCM_TRY));
	CHECK_EQUAL(2, queue_size(queue), "items after failed puts");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_queue_get(queue, &buffer, 10, IPCM_TRY, &size));
	check_poison(&buffer, "get into a buffer that is too small");
	CHECK_EQUAL(2, queue_size(queue), "items after TOOSMALL");
	pattern_expect(queue, 1, 100);
	pattern_expect(queue, 2, 100);
	CHECK_STATUS(IPCM_OK, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_join(queue, IPCM_TRY));
	ipcm_queue_free(queue);
}

static void failed_pipe_calls(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct poisoned buffer;
	size_t size = 77;
	bool ready = true;

	poison(&buffer);
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv(pair.first, &buffer, sizeof(buffer),
					  IPCM_TRY, &size));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair.first, &buffer, sizeof(buffer),
					  10 * MS, &size));
	CHECK_EQUAL(77, size, "ret_size after TIMEDOUT");
	check_poison(&buffer, "recv on an empty pipe");
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send(pair.first, "x", 1, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send_slice(pair.second, "abc", 3, 2, 5,
						IPCM_TRY));
	CHECK_STATUS(IPCM_OK, ipcm_connection_poll(pair.first, 0, &ready));
	CHECK(!ready, "a refused send left something to receive");
	message_send(pair.second, 3, 100);
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_connection_recv(pair.first, &buffer,
							 10, hang_ns(), &size));
	check_poison(&buffer, "recv into a buffer that is too small");
	message_expect(pair.first, 3, 100);
	pair_free(&pair);
}

static void failed_lock_calls(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);

	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	lock_expect_free(lock);
	CHECK_STATUS(IPCM_OK, ipcm_lock_acquire(lock, IPCM_FOREVER));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_lock_acquire(lock, 10 * MS));
	CHECK_STATUS(IPCM_OK, ipcm_lock_release(lock));
	lock_expect_free(lock);
	ipcm_lock_free(lock);
}

static void failed_calls_change_nothing(const struct ipcm_backend *backend)
{
	if (backend->queue)
		failed_queue_calls(backend);
	if (backend->pipe)
		failed_pipe_calls(backend);
	if (backend->lock)
		failed_lock_calls(backend);
	failed_sync_calls(backend);
}

/* Descriptors that would be hit if a closed handle still used its own. */
enum { DECOYS = 24 };

struct decoys {
	int fd[DECOYS][2];
};

static void decoys_open(struct decoys *decoys)
{
	for (int i = 0; i < DECOYS; i++) {
		if (pipe2(decoys->fd[i], O_CLOEXEC | O_NONBLOCK))
			check_engine("pipe2 for decoys failed");
		if (write(decoys->fd[i][1], "decoy", 5) != 5)
			check_engine("write to a decoy failed");
	}
}

static void decoys_check_and_close(struct decoys *decoys)
{
	char text[16];

	for (int i = 0; i < DECOYS; i++) {
		CHECK(read(decoys->fd[i][0], text, sizeof(text)) == 5,
		      "decoy %d was read, written or closed", i);
		CHECK(read(decoys->fd[i][0], text, sizeof(text)) < 0,
		      "decoy %d was written", i);
		CHECK(close(decoys->fd[i][0]) == 0 &&
			      close(decoys->fd[i][1]) == 0,
		      "decoy %d was closed", i);
	}
}

static void closed_queue(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 4);
	struct decoys decoys;
	uint64_t number = 1;

	number_put(queue, 1);
	CHECK_STATUS(IPCM_OK, ipcm_queue_close(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_close(queue));
	decoys_open(&decoys);
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_put(queue, &number, 8, IPCM_TRY));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_get(queue, &number, 8, IPCM_TRY, NULL));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_get(queue, &number, 8, IPCM_FOREVER, NULL));
	decoys_check_and_close(&decoys);
	ipcm_queue_free(queue);
}

static void closed_pipe(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct decoys decoys;
	char text[8];

	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.first));
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.first));
	decoys_open(&decoys);
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_send(pair.first, "x", 1, IPCM_TRY));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_recv(pair.first, text, sizeof(text),
					  IPCM_FOREVER, NULL));
	decoys_check_and_close(&decoys);
	pair_free(&pair);
}

static void closed_lock(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct decoys decoys;
	bool locked;

	CHECK_STATUS(IPCM_OK, ipcm_lock_close(lock));
	CHECK_STATUS(IPCM_OK, ipcm_lock_close(lock));
	decoys_open(&decoys);
	CHECK_STATUS(IPCM_CLOSED, ipcm_lock_acquire(lock, IPCM_FOREVER));
	CHECK_STATUS(IPCM_CLOSED, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_CLOSED, ipcm_lock_recover(lock));
	CHECK_STATUS(IPCM_CLOSED, ipcm_lock_locked(lock, &locked));
	decoys_check_and_close(&decoys);
	ipcm_lock_free(lock);
}

static void closed_sync(const struct ipcm_backend *backend)
{
	struct sync_set set;
	struct decoys decoys;

	sync_set_make(&set, backend);
	sync_set_close(&set);
	sync_set_close(&set);
	decoys_open(&decoys);
	closed_sync_check(&set);
	decoys_check_and_close(&decoys);
	sync_set_free(&set);
}

static void closed_handles_are_refused(const struct ipcm_backend *backend)
{
	status_codes_bad_handles();
	if (backend->queue)
		closed_queue(backend);
	if (backend->pipe)
		closed_pipe(backend);
	if (backend->lock) {
		closed_lock(backend);
		closed_sync(backend);
	}
}

enum { THREADS = 4, PROCESSES = 4, TURNS = 50 };

/* What a process's threads share; count is protected by the lock. */
struct crowd {
	struct ipcm_queue *queue;
	struct ipcm_lock *lock;
	int64_t count;
	_Atomic int64_t sum;
};

static void *crowd_member(void *argument)
{
	struct crowd *crowd = argument;

	for (unsigned i = 0; i < TURNS; i++) {
		if (crowd->queue) {
			number_put(crowd->queue, i + 1);
			atomic_fetch_add(&crowd->sum,
					 (int64_t)number_get(crowd->queue));
		}
		if (crowd->lock) {
			CHECK_STATUS(IPCM_OK,
				     ipcm_lock_acquire(crowd->lock, hang_ns()));
			crowd->count++;
			CHECK_STATUS(IPCM_OK, ipcm_lock_release(crowd->lock));
		}
	}
	return NULL;
}

static void crowd_process(void *argument)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, crowd_member, argument))
			check_engine("pthread_create failed");
	}
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
}

static void threads_of_processes_share(const struct ipcm_backend *backend)
{
	struct crowd *crowd = share(sizeof(*crowd));
	struct peer peers[PROCESSES];
	const int64_t members = THREADS * PROCESSES;

	crowd->queue = backend->queue ? queue_make(backend, 3) : NULL;
	crowd->lock = backend->lock ? lock_make(backend) : NULL;
	for (int i = 0; i < PROCESSES; i++)
		peers[i] = peer_start(crowd_process, crowd);
	for (int i = 0; i < PROCESSES; i++)
		peer_join(&peers[i]);
	if (crowd->queue) {
		CHECK_EQUAL(members * TURNS * (TURNS + 1) / 2, crowd->sum,
			    "sum of all numbers taken");
		queue_expect_drained(crowd->queue);
	}
	if (crowd->lock)
		CHECK_EQUAL(members * TURNS, crowd->count,
			    "increments under the lock");
	ipcm_queue_free(crowd->queue);
	ipcm_lock_free(crowd->lock);
	threads_share_sync(backend);
}

struct hammer {
	struct ipcm_queue *queue;
	_Atomic int stop;
};

static void hammer_try(void *argument)
{
	struct hammer *hammer = argument;
	uint64_t number;

	while (!atomic_load(&hammer->stop)) {
		enum ipcm_status status = ipcm_queue_get_nowait(
			hammer->queue, &number, sizeof(number), NULL);

		CHECK(status == IPCM_EMPTY || status == IPCM_OK,
		      "try get gave %s", ipcm_status_name(status));
		if (status == IPCM_OK)
			number_put(hammer->queue, number);
	}
}

static void try_leaves_others_blocking(const struct ipcm_backend *backend)
{
	struct hammer *hammer = share(sizeof(*hammer));
	struct call *getter;
	struct peer peer;

	hammer->queue = queue_make(backend, 4);
	getter = call_start(CALL_GET, hammer->queue, 0, IPCM_FOREVER);
	call_await_asleep(getter);
	peer = peer_start(hammer_try, hammer);
	pause_ns(2 * grace_ns());
	CHECK(!call_returned(getter), "get(infinite) returned %s",
	      ipcm_status_name(getter->status));
	atomic_store(&hammer->stop, 1);
	peer_join(&peer);
	number_put(hammer->queue, 11);
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(11, getter->number, "number got");
	ipcm_queue_free(hammer->queue);
}

static const struct clause table[] = {
	{"G-RC-01", LEVEL_CORE, OBJECT_ALL,
	 "Run a table of situations on every object.",
	 "Each situation gives its one documented result code; no native "
	 "errno shows.",
	 "T: all _Test* classes run over every mixin", 0, false,
	 same_code_everywhere},
	{"G-RC-02", LEVEL_CORE, OBJECT_ALL,
	 "Make calls that fail and look at counters and a poisoned buffer.",
	 "A call that fails changes nothing.",
	 "OPTS mq_send#9, mq_receive#9, sem_timedwait#4", 0, false,
	 failed_calls_change_nothing},
	{"G-HND-01", LEVEL_CORE, OBJECT_ALL,
	 "Use closed, NULL and garbage handles while decoys sit on the freed "
	 "descriptors.",
	 "CLOSED for closed handles, INVALID for no handle, closing again is "
	 "OK, no decoy is touched.",
	 "T TestInvalidHandle.test_invalid_handles", 0, false,
	 closed_handles_are_refused},
	{"G-THR-01", LEVEL_CORE, OBJECT_ALL,
	 "4 processes with 4 threads each use one of each object.",
	 "Every number is taken once; the locks protect plain counters; "
	 "permits, turns and rounds are right.",
	 "DOC Exchanging objects between processes", 60, false,
	 threads_of_processes_share},
	{"G-OFD-01", LEVEL_BEYOND, OBJECT_QUEUE,
	 "One process loops over try get while another sits in get.",
	 "The blocking call stays blocking.", "MAN mq_overview, fcntl", 0,
	 false, try_leaves_others_blocking},
};

CLAUSE_LIST(clauses_general, table);
