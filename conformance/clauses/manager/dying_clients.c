/* SPDX-License-Identifier: MIT */
/*
 * M-08, M-13, M-19: clients of a manager that are killed or stopped; a server
 * that is stopped.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"

/* ---- M-08 ---- */

/* What clients that die use. */
struct victims {
	struct ipcm_proxy *dict, *lock, *queue;
	_Atomic int begun, go;
};

enum { LARGE = 1 << 20, DEATHS = 8, CALLS = 20 };

static void set_large_values(void *argument)
{
	struct victims *victims = argument;
	char *value = memory(LARGE);

	for (uint64_t i = 0;; i++) {
		pattern_fill(value, LARGE, i % 2);
		CHECK_OK(
			ipcm_dict_set(victims->dict, "large", 5, value, LARGE));
		atomic_store(&victims->begun, 1);
	}
}

static void get_large_values(void *argument)
{
	struct victims *victims = argument;
	char *value = memory(LARGE);

	for (;;) {
		CHECK_OK(ipcm_dict_get(victims->dict, "large", 5, value, LARGE,
				       NULL));
		atomic_store(&victims->begun, 1);
	}
}

static void take_lock_and_die(void *argument)
{
	struct victims *victims = argument;

	CHECK_OK(ipcm_shared_lock_acquire(victims->lock, hang_ns()));
	(void)raise(SIGKILL);
}

/* It has a child, which lives on and has copies of all it had. */
static void take_lock_fork_and_die(void *argument)
{
	struct victims *victims = argument;

	CHECK_OK(ipcm_shared_lock_acquire(victims->lock, hang_ns()));
	if (fork() == 0) {
		flag_await(&victims->go, 1);
		_exit(0);
	}
	(void)raise(SIGKILL);
}

/* It becomes another program. */
static void take_lock_and_exec(void *argument)
{
	struct victims *victims = argument;

	CHECK_OK(ipcm_shared_lock_acquire(victims->lock, hang_ns()));
	(void)execl("/bin/sh", "sh", "-c", "exec sleep 100", (char *)NULL);
}

/* The value is one of the two that were set, as a whole. */
static void check_whole(struct ipcm_proxy *dict)
{
	char *value = memory(LARGE);
	size_t size = 0;

	CHECK_OK(ipcm_dict_get(dict, "large", 5, value, LARGE, &size));
	CHECK(size == LARGE && (pattern_matches(value, LARGE, 0) ||
				pattern_matches(value, LARGE, 1)),
	      "half a value of a killed client");
	free(value);
}

/* Calls of others, beside a client that does not go on. */
static void calls_go_on(struct ipcm_proxy *dict, const char *beside)
{
	for (int i = 0; i < CALLS; i++) {
		int64_t begun = now_ns(), took;

		count_set(dict, "count", i);
		CHECK_EQUAL(i, count_get(dict, "count"), "count");
		took = now_ns() - begun;
		CHECK(took < slack_ns(), "two calls beside %s took %lld ms",
		      beside, (long long)(took / MS));
	}
}

static void killed_in_requests(struct victims *victims,
			       void (*run)(void *argument))
{
	for (int i = 0; i < DEATHS; i++) {
		struct peer peer;

		atomic_store(&victims->begun, 0);
		peer = peer_start(run, victims);
		flag_await(&victims->begun, 1);
		pause_ns((int64_t)random_below(3000) * US);
		peer_kill(&peer);
		calls_go_on(victims->dict, "a killed client");
		check_whole(victims->dict);
	}
}

/* A lock of a client that is gone is reported, once. */
static void lock_is_reported(struct victims *victims,
			     void (*run)(void *argument), bool lives)
{
	struct peer peer = peer_start(run, victims);
	bool held = false;
	int status = 0;

	if (!lives)
		CHECK(peer_reap(&peer, hang_ns(), &status), "it lives");
	while (!held) /* it has it, or had it */
		CHECK_OK(ipcm_shared_lock_locked(victims->lock, &held));
	CHECK_STATUS(IPCM_OWNERDEAD,
		     ipcm_shared_lock_acquire(victims->lock, hang_ns()));
	CHECK_OK(ipcm_shared_lock_recover(victims->lock));
	CHECK_OK(ipcm_shared_lock_release(victims->lock));
	CHECK_OK(ipcm_shared_lock_acquire(victims->lock, IPCM_TRY));
	CHECK_OK(ipcm_shared_lock_release(victims->lock));
	if (lives)
		peer_kill(&peer);
}

/* Of two that wait the first is killed: the second gets it, and is told. */
static void waiter_gets_the_lock(struct victims *victims)
{
	struct call *holder = shared_acquire_start(victims->lock);
	struct call *killed, *next;

	call_check_returns(holder, IPCM_OK); /* it ends, and held it */
	CHECK_STATUS(IPCM_OWNERDEAD,
		     ipcm_shared_lock_acquire(victims->lock, hang_ns()));
	CHECK_OK(ipcm_shared_lock_recover(victims->lock));
	killed = shared_acquire_start(victims->lock);
	call_check_blocked(killed);
	next = shared_acquire_start(victims->lock);
	call_check_blocked(next);
	call_kill(killed);
	pause_ns(grace_ns());
	CHECK_OK(ipcm_shared_lock_release(victims->lock));
	call_check_returns(next, IPCM_OK);
}

/* What a killed get would have taken goes to another one. */
static void killed_get_takes_nothing(struct victims *victims)
{
	struct call *first = shared_get_start(victims->queue);
	struct call *second;

	call_check_blocked(first);
	second = shared_get_start(victims->queue);
	call_check_blocked(second);
	call_kill(first);
	pause_ns(grace_ns());
	CHECK_OK(
		ipcm_shared_queue_put(victims->queue, "12345678", 8, IPCM_TRY));
	call_check_returns(second, IPCM_OK);
}

static void dead_clients_are_no_burden(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct victims *victims = share(sizeof(*victims));

	victims->dict = dict_make(manager);
	victims->lock = shared_lock_make(manager);
	victims->queue = shared_queue_make(manager, 0);
	killed_in_requests(victims, set_large_values);
	killed_in_requests(victims, get_large_values);
	lock_is_reported(victims, take_lock_and_die, false);
	lock_is_reported(victims, take_lock_fork_and_die, false);
	atomic_store(&victims->go, 1);
	lock_is_reported(victims, take_lock_and_exec, true);
	waiter_gets_the_lock(victims);
	killed_get_takes_nothing(victims);
	ipcm_proxy_free(victims->queue);
	ipcm_proxy_free(victims->lock);
	ipcm_proxy_free(victims->dict);
	manager_end(manager);
}

/* ---- M-13 ---- */

/* Stopped at a random moment in a request, or in its reply. */
static void beside_a_stopped_one(struct victims *victims,
				 void (*run)(void *argument))
{
	for (int i = 0; i < DEATHS; i++) {
		struct peer peer;

		atomic_store(&victims->begun, 0);
		peer = peer_start(run, victims);
		flag_await(&victims->begun, 1);
		pause_ns((int64_t)random_below(3000) * US);
		peer_signal(&peer, SIGSTOP);
		peer_await_state(&peer, 'T');
		calls_go_on(victims->dict, "a stopped client");
		peer_kill(&peer);
	}
}

static void slow_clients_delay_nobody(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct victims *victims = share(sizeof(*victims));
	struct peer peer;

	victims->dict = dict_make(manager);
	beside_a_stopped_one(victims, set_large_values);
	beside_a_stopped_one(victims, get_large_values);
	/* asks all the time, for much */
	peer = peer_start(get_large_values, victims);
	calls_go_on(victims->dict, "a busy client");
	peer_kill(&peer);
	check_whole(victims->dict);
	ipcm_proxy_free(victims->dict);
	manager_end(manager);
}

/* ---- M-19 ---- */

/* Enough for a server without a CPU for a while. */
static int64_t request_ns(void)
{
	return 3 * slack_ns() / 10;
}

/* An answer that comes too late is not taken for that of another request. */
static void late_answers(struct ipcm_proxy *dict, pid_t server)
{
	int64_t begun, before = count_get(dict, "count");
	size_t length;

	(void)kill(server, SIGSTOP);
	peer_await_state(&(struct peer){.pid = server}, 'T');
	begun = now_ns();
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_dict_length(dict, &length));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_dict_set(dict, "other", 5, "x", 1));
	CHECK(now_ns() - begun >= 2 * request_ns() - 5 * MS &&
		      now_ns() - begun < 2 * request_ns() + slack_ns(),
	      "two calls of %lld ms took %lld ms",
	      (long long)(request_ns() / MS),
	      (long long)((now_ns() - begun) / MS));
	(void)kill(server, SIGCONT);
	for (int i = 0; i < 10; i++) {
		CHECK_EQUAL(before + i, count_get(dict, "count"), "count");
		count_set(dict, "count", before + i + 1);
	}
}

static void server_is_stopped(const struct ipcm_backend *backend)
{
	struct ipcm_manager_options options = IPCM_MANAGER_OPTIONS_INIT;
	struct ipcm_manager *manager = NULL;
	struct ipcm_proxy *dict;

	options.request_timeout_ns = request_ns();
	CHECK_OK(ipcm_manager_create(backend, &options, &manager));
	CHECK_OK(ipcm_manager_start(manager));
	dict = dict_make(manager);
	count_set(dict, "count", 0);
	for (int i = 0; i < 2; i++)
		late_answers(dict, manager_pid(manager));
	(void)kill(manager_pid(manager), SIGSTOP);
	ipcm_proxy_free(dict);
	manager_end(manager); /* a stopped server ends, too */
}

static const struct clause table[] = {
	{"M-08", LEVEL_BEYOND, OBJECT_MANAGER,
	 "Clients are killed in the middle of requests; holding a shared lock, "
	 "also while a child of theirs lives; waiting for it; waiting for an "
	 "item. One with the lock executes another program.",
	 "The others' calls go on; no value is torn, no item lost; OWNERDEAD "
	 "once.",
	 "ipcmark manager.h; tried on CPython, where the lock stays held", 0,
	 true, dead_clients_are_no_burden},
	{"M-13", LEVEL_BEYOND, OBJECT_MANAGER,
	 "Clients are stopped at random moments while they send or receive "
	 "1 MiB.",
	 "The calls of others go on as if they were not there.",
	 "ipcmark manager.h", 0, true, slow_clients_delay_nobody},
	{"M-19", LEVEL_BEYOND, OBJECT_MANAGER,
	 "The server is stopped under requests with a time limit, then goes "
	 "on; stopped, it is shut down.",
	 "TIMEDOUT, in time; later calls have their own answers; it ends.",
	 "ipcmark manager.h", 0, true, server_is_stopped},
};

CLAUSE_LIST(clauses_manager_death, table);
