/* SPDX-License-Identifier: MIT */
/*
 * E: the event. Killed waiters of one are C-07's.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

static void check_clear(struct ipcm_event *event)
{
	int64_t begun;

	CHECK(!event_is_set(event), "is_set says yes of a clear event");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_event_wait(event, IPCM_TRY));
	begun = now_ns();
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_event_wait(event, 50 * MS));
	CHECK(now_ns() - begun >= 40 * MS, "TIMEDOUT after %lld ms",
	      (long long)((now_ns() - begun) / MS));
	CHECK(!event_is_set(event), "a wait in vain set it");
}

static void check_set(struct ipcm_event *event)
{
	CHECK(event_is_set(event), "is_set says no of an event that is set");
	CHECK_OK(ipcm_event_wait(event, IPCM_TRY));
	CHECK_OK(ipcm_event_wait(event, 50 * MS));
	CHECK_OK(ipcm_event_wait(event, IPCM_FOREVER));
	CHECK(event_is_set(event), "a wait consumed it");
}

/* What a peer does in between: look, change, look. */
struct other_side {
	struct ipcm_event *event;
	_Atomic int step;
};

static void run(void *argument)
{
	struct other_side *side = argument;

	check_clear(side->event);
	atomic_store(&side->step, 1);
	flag_await(&side->step, 2);
	check_set(side->event);
	CHECK_OK(ipcm_event_clear(side->event));
	CHECK_OK(ipcm_event_clear(side->event));
	check_clear(side->event);
	atomic_store(&side->step, 3);
	flag_await(&side->step, 4);
	check_clear(side->event);
	CHECK_OK(ipcm_event_set(side->event));
	atomic_store(&side->step, 5);
}

static void state_is_shared(const struct ipcm_backend *backend)
{
	struct other_side *side = share(sizeof(*side));
	struct call *waiter;
	struct peer peer;

	side->event = event_make(backend);
	check_clear(side->event);
	peer = peer_start(run, side);
	flag_await(&side->step, 1);
	CHECK_OK(ipcm_event_set(side->event));
	CHECK_OK(ipcm_event_set(side->event));
	check_set(side->event);
	atomic_store(&side->step, 2);
	flag_await(&side->step, 3);
	check_clear(side->event);
	waiter = call_start(CALL_EVENT, side->event, 0, IPCM_FOREVER);
	call_check_blocked(waiter);
	atomic_store(&side->step, 4);
	flag_await(&side->step, 5);
	check_set(side->event);
	call_check_returns(waiter, IPCM_OK);
	check_set(side->event);
	peer_join(&peer);
	ipcm_event_free(side->event);
}

enum { WAITERS = 10, THREADS = 4 };

static void *wait_in_a_thread(void *event)
{
	CHECK_OK(ipcm_event_wait(event, IPCM_FOREVER));
	return NULL;
}

static void all_are_released(struct ipcm_event *event, int64_t timeout_ns)
{
	struct call *calls[WAITERS];
	pthread_t threads[THREADS];

	CHECK_OK(ipcm_event_clear(event));
	for (int i = 0; i < WAITERS; i++)
		calls[i] = call_start(CALL_EVENT, event, 0, timeout_ns);
	for (int i = 0; i < WAITERS; i++)
		call_await_asleep(calls[i]);
	for (int i = 0; i < THREADS; i++)
		threads[i] = thread_start(wait_in_a_thread, event);
	CHECK_EQUAL(0, calls_returned(calls, WAITERS),
		    "waits that returned before set");
	CHECK_OK(ipcm_event_set(event));
	for (int i = 0; i < WAITERS; i++)
		call_check_returns(calls[i], IPCM_OK);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
}

static void set_releases_all(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend);

	all_are_released(event, IPCM_FOREVER);
	all_are_released(event, 4 * hang_ns());
	ipcm_event_free(event);
}

enum { PULSE_WAITERS = 3, PULSES = 1000 };

struct pulse {
	struct ipcm_event *event;
	/** Round that may begin. */
	_Atomic int round;
	/** For each waiter: round it is about to wait in; rounds it did. */
	_Atomic int begun[PULSE_WAITERS], done[PULSE_WAITERS];
};

struct pulse_waiter {
	struct pulse *pulse;
	int number;
};

static void wait_for_pulses(void *argument)
{
	struct pulse_waiter *waiter = argument;
	struct pulse *pulse = waiter->pulse;

	for (int round = 1; round <= PULSES; round++) {
		/* awake all the time: asleep must mean that it waits */
		while (atomic_load(&pulse->round) < round)
			(void)sched_yield();
		atomic_store(&pulse->begun[waiter->number], round);
		CHECK_OK(ipcm_event_wait(pulse->event, IPCM_FOREVER));
		atomic_store(&pulse->done[waiter->number], round);
	}
}

/* Asleep behind its announcement: then it sleeps in its wait. */
static void await_asleep_in_round(struct pulse *pulse, struct peer *peers,
				  int round)
{
	int64_t deadline = now_ns() + hang_ns();

	for (int i = 0; i < PULSE_WAITERS; i++) {
		while (atomic_load(&pulse->begun[i]) < round ||
		       !peer_is_asleep(&peers[i])) {
			CHECK(now_ns() < deadline,
			      "a waiter of round %d does not sleep", round);
			check_elsewhere();
			(void)sched_yield();
		}
	}
}

static void set_and_clear_at_once(const struct ipcm_backend *backend)
{
	struct pulse *pulse = share(sizeof(*pulse));
	struct pulse_waiter waiters[PULSE_WAITERS];
	struct peer peers[PULSE_WAITERS];

	pulse->event = event_make(backend);
	for (int i = 0; i < PULSE_WAITERS; i++) {
		waiters[i] = (struct pulse_waiter){pulse, i};
		peers[i] = peer_start(wait_for_pulses, &waiters[i]);
	}
	for (int round = 1; round <= PULSES; round++) {
		atomic_store(&pulse->round, round);
		await_asleep_in_round(pulse, peers, round);
		CHECK_OK(ipcm_event_set(pulse->event));
		CHECK_OK(ipcm_event_clear(pulse->event));
		for (int i = 0; i < PULSE_WAITERS; i++)
			CHECK(flag_reaches(&pulse->done[i], round, hang_ns()),
			      "round %d did not release waiter %d", round, i);
		CHECK(!event_is_set(pulse->event), "it is set after clear");
	}
	peers_join(peers, PULSE_WAITERS);
	ipcm_event_free(pulse->event);
}

enum { HANDLED = 300, HANDLED_WAITS = 30 };

struct handled {
	struct ipcm_event *event;
	_Atomic int sets, waits, released;
};
static struct handled *handled;

static void set_in_the_handler(int signal_number)
{
	(void)signal_number;
	any_status(ipcm_event_set(handled->event));
	atomic_fetch_add(&handled->sets, 1);
}

static void handle_with_set(int signal_number)
{
	struct sigaction action = {.sa_handler = set_in_the_handler};

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(signal_number, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
}

static void tick_every_us(int microseconds)
{
	struct itimerval timer = {{0, microseconds}, {0, microseconds}};

	if (setitimer(ITIMER_REAL, &timer, NULL))
		check_harness_error("setitimer: %s", strerror(errno));
}

/* The handler may interrupt any of these anywhere. */
static void use_while_handled(void *argument)
{
	struct ipcm_event *event = handled->event;

	(void)argument;
	handle_with_set(SIGALRM);
	tick_every_us(200);
	while (atomic_load(&handled->sets) < HANDLED) {
		(void)event_is_set(event);
		CHECK_OK(ipcm_event_set(event));
		(void)event_is_set(event);
		CHECK_OK(ipcm_event_clear(event));
		any_status(ipcm_event_wait(event, IPCM_TRY));
	}
	tick_every_us(0);
}

static void wait_while_handled(void *argument)
{
	(void)argument;
	handle_with_set(SIGUSR1);
	for (int i = 1; i <= HANDLED_WAITS; i++) {
		atomic_store(&handled->waits, i);
		CHECK_OK(ipcm_event_wait(handled->event, IPCM_FOREVER));
		CHECK_OK(ipcm_event_clear(handled->event));
		atomic_store(&handled->released, i);
	}
}

static void set_in_a_handler(const struct ipcm_backend *backend)
{
	struct peer peer;

	handled = share(sizeof(*handled));
	handled->event = event_make(backend);
	peer = peer_start(use_while_handled, NULL);
	CHECK(flag_reaches(&handled->sets, HANDLED, hang_ns()),
	      "set hangs in the handler, or what it interrupted");
	peer_join(&peer);
	CHECK_OK(ipcm_event_clear(handled->event));

	peer = peer_start(wait_while_handled, NULL);
	for (int i = 1; i <= HANDLED_WAITS; i++) {
		flag_await(&handled->waits, i);
		peer_await_state(&peer, 'S');
		peer_signal(&peer, SIGUSR1);
		CHECK(flag_reaches(&handled->released, i, hang_ns()),
		      "set in a handler does not end the wait it interrupted");
	}
	peer_join(&peer);
	ipcm_event_free(handled->event);
}

static const struct clause table[] = {
	{"E-01", LEVEL_CORE, OBJECT_EVENT,
	 "Two processes look, wait, set twice and clear twice in turns.",
	 "Initially clear; the last one counts everywhere; a wait does not "
	 "consume it.",
	 "multiprocessing, Event; CPython test _TestEvent.test_event", 0, false,
	 state_is_shared},
	{"E-02", LEVEL_CORE, OBJECT_EVENT,
	 "10 processes and 4 threads wait, then one set.", "All are released.",
	 "threading, Event.set; CPython synchronize.py, Event.set", 0, false,
	 set_releases_all},
	{"E-03", LEVEL_BEYOND, OBJECT_EVENT,
	 "1000 times: 3 processes wait, then set and clear at once.",
	 "All waiters are released with OK.", "CPython issue 95826", 60, false,
	 set_and_clear_at_once},
	{"E-04", LEVEL_BEYOND, OBJECT_EVENT,
	 "A signal handler calls set while its thread is inside is_set, set, "
	 "clear or wait.",
	 "Nothing hangs; the wait it interrupted ends.",
	 "CPython issues 126434, 85772", 0, false, set_in_a_handler},
};

CLAUSE_LIST(clauses_event, table);
