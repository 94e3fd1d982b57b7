/* SPDX-License-Identifier: MIT */
/*
 * M-01, M-07, M-09, M-11, M-15: the life of a manager's server.
 */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_manager.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/users.h"

/* ---- M-01 ---- */

/* Every call that needs a server. */
static void check_refused(struct ipcm_manager *manager, enum ipcm_status wanted)
{
	struct ipcm_proxy *proxy = NULL;

	CHECK_STATUS(wanted, ipcm_manager_dict(manager, "a", &proxy));
	CHECK_STATUS(wanted, ipcm_manager_list(manager, NULL, &proxy));
	CHECK_STATUS(wanted, ipcm_manager_queue(manager, NULL, 1, &proxy));
	CHECK_STATUS(wanted, ipcm_manager_lock(manager, NULL, &proxy));
	CHECK_STATUS(wanted, ipcm_manager_remove(manager, "a"));
	CHECK(!proxy, "a call that failed wrote the handle");
}

static void use_it(struct ipcm_manager *manager, struct ipcm_proxy *dict)
{
	struct ipcm_proxy *other = NULL;

	text_set(dict, "a", "1");
	text_expect(dict, "a", "1");
	CHECK_OK(ipcm_manager_list(manager, "a-list", &other));
	text_append(other, "x");
	ipcm_proxy_free(other);
	CHECK_OK(ipcm_manager_list(manager, "a-list", &other));
	words_expect(other, "x"); /* it lives on without a handle */
	CHECK_OK(ipcm_manager_remove(manager, "a-list"));
	ipcm_proxy_free(other);
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_manager_remove(manager, "a-list"));
}

static void use_in_a_child(void *argument)
{
	text_expect(argument, "a", "1");
	text_set(argument, "b", "2");
}

static void shut_down_in_a_child(void *argument)
{
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_shutdown(argument));
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_start(argument));
}

static void three_states(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = NULL;
	struct ipcm_proxy *dict;
	struct peer peer;
	pid_t pid;

	CHECK_OK(ipcm_manager_create(backend, NULL, &manager));
	check_refused(manager, IPCM_INVALID);
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_shutdown(manager));
	CHECK_EQUAL(0, manager_pid(manager), "pid before start");
	CHECK_OK(ipcm_manager_start(manager));
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_start(manager));
	pid = manager_pid(manager);
	CHECK(pid != getpid() && pid_runs(pid), "the server is no process");
	dict = dict_make(manager);
	use_it(manager, dict);
	peer = peer_start(use_in_a_child, dict);
	peer_join(&peer);
	peer = peer_start(shut_down_in_a_child, manager);
	peer_join(&peer);
	text_expect(dict, "b", "2");
	CHECK_OK(ipcm_manager_shutdown(manager));
	CHECK(kill(pid, 0) && errno == ESRCH, "the server is not gone");
	CHECK_OK(ipcm_manager_shutdown(manager));
	CHECK_STATUS(IPCM_CLOSED, ipcm_dict_clear(dict));
	check_refused(manager, IPCM_CLOSED);
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_start(manager));
	ipcm_manager_free(manager);
	CHECK_STATUS(IPCM_CLOSED, ipcm_dict_clear(dict));
	ipcm_proxy_free(dict);
	ipcm_manager_free(NULL);
	ipcm_proxy_free(NULL);
}

/* ---- M-07 ---- */

static void ctrl_c_spares_the_server(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *dict = dict_make(manager);

	text_set(dict, "a", "1");
	for (int i = 0; i < 3; i++) {
		CHECK(kill(manager_pid(manager), SIGINT) == 0, "kill: %s",
		      strerror(errno));
		pause_ns(20 * MS);
		text_expect(dict, "a", "1");
	}
	ipcm_proxy_free(dict);
	manager_end(manager);
}

/* ---- M-09 ---- */

static void server_is_killed(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *dict = dict_make(manager), *other = NULL;
	struct ipcm_proxy *queue = shared_queue_make(manager, 0);
	struct call *get = shared_get_start(queue);
	struct call *timed = shared_timed_get_start(queue);
	int64_t begun;

	text_set(dict, "a", "1");
	call_check_blocked(get);
	call_check_blocked(timed);
	begun = now_ns();
	CHECK(kill(manager_pid(manager), SIGKILL) == 0, "kill: %s",
	      strerror(errno));
	call_check_returns(get, IPCM_BROKEN);
	call_check_returns(timed, IPCM_BROKEN);
	CHECK(now_ns() - begun < slack_ns(), "it took %lld ms",
	      (long long)((now_ns() - begun) / MS));
	CHECK_STATUS(IPCM_BROKEN, ipcm_dict_set(dict, "a", 1, "2", 1));
	CHECK_STATUS(IPCM_BROKEN, ipcm_dict_clear(dict));
	CHECK_STATUS(IPCM_BROKEN, ipcm_manager_dict(manager, NULL, &other));
	CHECK_OK(ipcm_manager_shutdown(manager));
	CHECK_STATUS(IPCM_CLOSED, ipcm_dict_clear(dict));
	ipcm_proxy_free(queue);
	ipcm_proxy_free(dict);
	ipcm_manager_free(manager);
}

/* A process that starts a manager; in shared memory. */
struct owner {
	const struct ipcm_backend *backend;
	_Atomic pid_t server;
	_Atomic int ready, never;
	bool waits;
};

static int own_a_manager(void *argument)
{
	struct owner *owner = argument;
	struct ipcm_manager *manager = manager_started(owner->backend);

	text_set(dict_make(manager), "a", "1");
	atomic_store(&owner->server, manager_pid(manager));
	atomic_store(&owner->ready, 1);
	while (owner->waits && !flag_reaches(&owner->never, 1, hang_ns()))
		;
	return 0; /* neither shut down nor freed */
}

static void owner_ends(const struct ipcm_backend *backend)
{
	struct owner *owner = share(sizeof(*owner));

	owner->backend = backend;
	process_expect(process_started(own_a_manager, owner), 0);
	pid_await_end(atomic_load(&owner->server));
}

static void *wait_for_an_item(void *queue)
{
	char item;
	enum ipcm_status status =
		ipcm_shared_queue_get(queue, &item, 1, IPCM_FOREVER, NULL);

	CHECK(status == IPCM_CLOSED || status == IPCM_BROKEN,
	      "get under a shutdown gave %s", ipcm_status_name(status));
	return NULL;
}

/* Calls of a thread and of a child wait; the child is still there later. */
static void shut_down_under_calls(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *queue = shared_queue_make(manager, 0);
	struct call *get = shared_get_start(queue);
	pthread_t thread = thread_start(wait_for_an_item, queue);

	call_check_blocked(get);
	CHECK_OK(ipcm_manager_shutdown(manager));
	call_check_returns(get, IPCM_BROKEN);
	(void)pthread_join(thread, NULL);
	ipcm_manager_free(manager);
	ipcm_proxy_free(queue);
}

static void neither_outlives_the_other(const struct ipcm_backend *backend)
{
	server_is_killed(backend);
	shut_down_under_calls(backend);
	owner_ends(backend);
}

/* ---- M-11 ---- */

static void owner_is_killed(const struct ipcm_backend *backend)
{
	struct owner *owner = share(sizeof(*owner));
	struct ipcm_process *process;

	owner->backend = backend;
	owner->waits = true;
	process = process_started(own_a_manager, owner);
	flag_await(&owner->ready, 1);
	CHECK(pid_runs(owner->server), "the server does not run");
	CHECK_OK(ipcm_process_kill(process));
	process_expect(process, -SIGKILL);
	pid_await_end(atomic_load(&owner->server));
}

/* ---- M-15 ---- */

static void options_are_refused(const struct ipcm_backend *backend)
{
	static const char key[IPCM_KEY_MAX_BYTES + 1] = "k";
	struct ipcm_manager_options options = IPCM_MANAGER_OPTIONS_INIT;
	struct ipcm_manager *manager = NULL;
	char address[NAMED_BYTES];

	named_name("refused", address);
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_create(NULL, NULL, &manager));
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_create(backend, NULL, NULL));
	options.address = address; /* without a key */
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_create(backend, &options, &manager));
	options.key = key;
	options.key_bytes = sizeof(key);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_create(backend, &options, &manager));
	options.key_bytes = 1;
	options.address = "no/name";
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_create(backend, &options, &manager));
	options.address = NULL; /* a key without an address */
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_create(backend, &options, &manager));
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_connect(backend, address, NULL,
							0, IPCM_TRY, &manager));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_connect(backend, address, key, sizeof(key),
					  IPCM_TRY, &manager));
	CHECK(!manager, "a call that failed wrote the handle");
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_start(NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_manager_shutdown(NULL));
}

static void no_process_is_left(void *argument)
{
	struct ipcm_manager *manager = NULL;
	struct leak_snapshot *before;
	rlim_t soft;

	/* root has no limit */
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		check_harness_error("giving up root: %s", strerror(errno));
	CHECK_OK(ipcm_manager_create(argument, NULL, &manager));
	before = leak_snapshot_take();
	soft = limit_set(RLIMIT_NPROC, 0);
	CHECK_STATUS(IPCM_LIMIT, ipcm_manager_start(manager));
	check_refused(manager, IPCM_INVALID);
	check_nothing_left(before, "after a start that failed");
	(void)limit_set(RLIMIT_NPROC, soft);
	CHECK_OK(ipcm_manager_start(manager));
	manager_end(manager);
	leak_snapshot_free(before);
}

/* However few descriptors are free: LIMIT, until there are enough. */
static void few_descriptors_are_left(void *argument)
{
	struct leak_snapshot *before = leak_snapshot_take();
	struct ipcm_manager *manager = NULL;
	unsigned next = leak_next_descriptor(), more = 0;
	enum ipcm_status status;
	rlim_t soft = limit_set(RLIMIT_NOFILE, next);

	for (;; more++) {
		(void)limit_set(RLIMIT_NOFILE, next + more);
		status = ipcm_manager_create(argument, NULL, &manager);
		if (status == IPCM_OK)
			status = ipcm_manager_start(manager);
		if (status == IPCM_OK)
			break;
		CHECK_STATUS(IPCM_LIMIT, status);
		ipcm_manager_free(manager);
		manager = NULL;
		(void)limit_set(RLIMIT_NOFILE, soft);
		check_nothing_left(before, "after a start that failed");
		CHECK(more < 30, "no start with %u free descriptors", more);
	}
	(void)limit_set(RLIMIT_NOFILE, soft);
	manager_end(manager);
	check_nothing_left(before, "at the end");
	leak_snapshot_free(before);
}

/* Their numbers are those of the manager's own descriptors then. */
static void standard_descriptors_are_closed(void *argument)
{
	struct ipcm_manager *manager;
	struct ipcm_proxy *dict;

	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	manager = manager_started(argument);
	dict = dict_make(manager);
	use_it(manager, dict);
	ipcm_proxy_free(dict);
	manager_end(manager);
}

static void start_is_refused(const struct ipcm_backend *backend)
{
	void *argument = (void *)(uintptr_t)backend;
	struct peer peer;

	options_are_refused(backend);
	peer = peer_start(no_process_is_left, argument);
	peer_join(&peer);
	peer = peer_start(few_descriptors_are_left, argument);
	peer_join(&peer);
	peer = peer_start(standard_descriptors_are_closed, argument);
	peer_join(&peer);
}

static const struct clause table[] = {
	{"M-01", LEVEL_CORE, OBJECT_MANAGER,
	 "Every call before start, between, after shutdown; start and "
	 "shutdown twice, and by a child.",
	 "INVALID, then OK, then CLOSED; the server is a process, and gone "
	 "after shutdown.",
	 "multiprocessing.managers, BaseManager; CPython test _TestMyManager",
	 0, false, three_states},
	{"M-07", LEVEL_CORE, OBJECT_MANAGER, "SIGINT to the server, 3 times.",
	 "It serves on.",
	 "CPython managers.py, BaseManager._run_server; CPython test "
	 "test_shared_memory_SharedMemoryServer_ignores_sigint",
	 0, false, ctrl_c_spares_the_server},
	{"M-09", LEVEL_CORE, OBJECT_MANAGER,
	 "The server is killed, and shut down, under blocked calls; the process "
	 "that started another one returns without shutdown.",
	 "BROKEN within a second, also from later calls; the server ends with "
	 "its owner.",
	 "multiprocessing, Managers; tried on CPython", 0, true,
	 neither_outlives_the_other},
	{"M-11", LEVEL_BEYOND, OBJECT_MANAGER,
	 "The process that started the manager is killed by SIGKILL.",
	 "The server ends.", "ipcmark manager.h", 0, true, owner_is_killed},
	{"M-15", LEVEL_BEYOND, OBJECT_MANAGER,
	 "Addresses and keys of wrong length; start at RLIMIT_NPROC, with 0, "
	 "1, 2 ... free descriptors, and without standard ones.",
	 "INVALID; LIMIT, nothing is left, and it can be started later.",
	 "ipcmark manager.h; setrlimit(2)", 0, false, start_is_refused},
};

CLAUSE_LIST(clauses_manager, table);
