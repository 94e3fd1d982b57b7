/* SPDX-License-Identifier: MIT */
/*
 * M-05, M-10, M-12: clients that fail, come from elsewhere, or are many.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/fixtures/unrelated_process.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/users.h"

/* ---- M-05 ---- */

enum { ROUNDS = 1000 };

static void read_in_peace(void *dict)
{
	for (int i = 0; i < ROUNDS; i++)
		text_expect(dict, "a", "1");
}

/* Each of these fails on the server, or before. */
static void fail_once(struct ipcm_proxy *dict, struct ipcm_proxy *list)
{
	size_t size = 0;
	char got;

	CHECK_STATUS(IPCM_NOTFOUND, ipcm_dict_delete(dict, "none", 4));
	CHECK_STATUS(IPCM_RANGE, ipcm_list_get(list, 5, &got, 1, &size));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_dict_get(dict, "a", 1, &got, 0, NULL));
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_list_remove(list, "none", 4));
	CHECK_STATUS(IPCM_INVALID, ipcm_list_append(dict, "x", 1));
	CHECK_STATUS(IPCM_INVALID, ipcm_dict_set(NULL, "x", 1, "y", 1));
	CHECK_STATUS(IPCM_TOOBIG, ipcm_dict_set(dict, "x", 1, "y",
						IPCM_SHARED_MAX_BYTES + 1));
}

static void errors_are_the_callers(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *dict = dict_make(manager);
	struct ipcm_proxy *list = list_make(manager);
	struct peer peer;

	text_set(dict, "a", "1");
	peer = peer_start(read_in_peace, dict);
	for (int i = 0; i < ROUNDS; i++)
		CHECK_STATUS(IPCM_NOTFOUND, ipcm_dict_delete(dict, "none", 4));
	for (int i = 0; i < 50; i++) {
		fail_once(dict, list);
		text_expect(dict, "a", "1");
	}
	peer_join(&peer);
	CHECK_EQUAL(1, dict_length(dict), "keys");
	CHECK_EQUAL(0, list_length(list), "values");
	ipcm_proxy_free(list);
	ipcm_proxy_free(dict);
	manager_end(manager);
}

/* ---- M-10 ---- */

static struct ipcm_manager *serve_at(const struct ipcm_backend *backend,
				     const char *address)
{
	struct ipcm_manager_options options = IPCM_MANAGER_OPTIONS_INIT;
	struct ipcm_manager *manager = NULL;

	options.address = address;
	options.key = UNRELATED_KEY;
	options.key_bytes = UNRELATED_KEY_BYTES;
	CHECK_OK(ipcm_manager_create(backend, &options, &manager));
	return manager;
}

static void wrong_keys(const struct ipcm_backend *backend, const char *address)
{
	static const char *const keys[] = {"open sesam", "open sesamf",
					   "open sesame!", "x"};
	struct ipcm_manager *client = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CHECK_STATUS(IPCM_AUTH,
			     ipcm_manager_connect(backend, address, keys[i],
						  strlen(keys[i]), hang_ns(),
						  &client));
	CHECK_STATUS(IPCM_NOTFOUND,
		     ipcm_manager_connect(backend, "nobody-is-here",
					  UNRELATED_KEY, UNRELATED_KEY_BYTES,
					  hang_ns(), &client));
	CHECK(!client, "a call that failed wrote the handle");
}

static void strangers_connect(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager, *second;
	struct ipcm_proxy *dict = NULL;
	char address[NAMED_BYTES];

	named_name("manager", address);
	for (int round = 0; round < 3; round++) {
		struct unrelated client;

		manager = serve_at(backend, address);
		CHECK_OK(ipcm_manager_start(manager));
		CHECK_OK(ipcm_manager_dict(manager, "shared", &dict));
		count_set(dict, "count", round);
		wrong_keys(backend, address);
		client = unrelated_start(backend, "manager", address);
		unrelated_join(&client);
		CHECK_EQUAL(round + 1, count_get(dict, "count"), "count");
		second = serve_at(backend, address);
		CHECK_STATUS(IPCM_EXISTS, ipcm_manager_start(second));
		ipcm_manager_free(second);
		text_expect(dict, "from", "a stranger");
		ipcm_proxy_free(dict);
		manager_end(manager);
	}
}

/* ---- M-12 ---- */

enum { CROWD = 200, CROWD_HANGS = 8 };

struct crowd {
	struct ipcm_proxy *dict;
	_Atomic int connected, refused, go;
};

static void one_of_many(void *argument)
{
	struct crowd *crowd = argument;
	char key[20], text[20];
	enum ipcm_status status;

	(void)snprintf(key, sizeof(key), "%d", (int)getpid());
	status = ipcm_dict_set(crowd->dict, key, strlen(key), "0", 1);
	if (status == IPCM_LIMIT || status == IPCM_NOMEM) {
		(void)atomic_fetch_add(&crowd->refused, 1);
		return;
	}
	CHECK_STATUS(IPCM_OK, status);
	(void)atomic_fetch_add(&crowd->connected, 1);
	/* the last one connects when the machine lets it */
	CHECK(flag_reaches(&crowd->go, 1, CROWD_HANGS * hang_ns()),
	      "not all clients are connected");
	for (int i = 1; i <= 5; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		text_set(crowd->dict, key, text);
		text_expect(crowd->dict, key, text);
	}
}

static void wait_for_all(struct crowd *crowd, int clients)
{
	int64_t until = now_ns() + CROWD_HANGS * hang_ns();

	while (atomic_load(&crowd->connected) + atomic_load(&crowd->refused) <
	       clients) {
		check_elsewhere();
		CHECK(now_ns() < until, "%d clients are connected, %d refused",
		      atomic_load(&crowd->connected),
		      atomic_load(&crowd->refused));
		pause_ns(MS);
	}
}

/* Of /proc/PID/status. */
static int threads_of(pid_t pid)
{
	char path[40], line[200];
	int threads = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		check_harness_error("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "Threads: %d", &threads);
	(void)fclose(file);
	return threads;
}

static void hundreds_of_clients(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct crowd *crowd = share(sizeof(*crowd));
	struct peer peers[CROWD];

	crowd->dict = dict_make(manager);
	peers_start(peers, CROWD, one_of_many, crowd);
	wait_for_all(crowd, CROWD);
	CHECK_EQUAL(1, threads_of(manager_pid(manager)), "threads");
	atomic_store(&crowd->go, 1);
	peers_join(peers, CROWD);
	CHECK_EQUAL(atomic_load(&crowd->connected), dict_length(crowd->dict),
		    "keys");
	if (atomic_load(&crowd->refused))
		check_remark("%d clients; more meet a limit of this host",
			     atomic_load(&crowd->connected));
	CHECK(atomic_load(&crowd->connected) >= 4, "%d clients only",
	      atomic_load(&crowd->connected));
	ipcm_proxy_free(crowd->dict);
	manager_end(manager);
}

/* The server has few descriptors: who is too many is told, others go on. */
static void few_descriptors_in_the_server(void *backend)
{
	enum { CLIENTS = 60, FREE = 30 };
	struct crowd *crowd = share(sizeof(*crowd));
	struct peer peers[CLIENTS], later;
	rlim_t most = leak_next_descriptor() + FREE;
	const struct rlimit limit = {most, most};
	struct ipcm_manager *manager;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		check_harness_error("setrlimit: %s", strerror(errno));
	manager = manager_started(backend);
	crowd->dict = dict_make(manager);
	peers_start(peers, CLIENTS, one_of_many, crowd);
	wait_for_all(crowd, CLIENTS);
	CHECK(atomic_load(&crowd->connected) >= 4 &&
		      atomic_load(&crowd->refused) >= CLIENTS - FREE,
	      "%d clients with %d descriptors", atomic_load(&crowd->connected),
	      FREE);
	text_set(crowd->dict, "a", "1");
	atomic_store(&crowd->go, 1);
	peers_join(peers, CLIENTS);
	later = peer_start(one_of_many, crowd); /* there is room again */
	peer_join(&later);
	CHECK_EQUAL(CLIENTS + 1,
		    atomic_load(&crowd->connected) +
			    atomic_load(&crowd->refused),
		    "clients");
	ipcm_proxy_free(crowd->dict);
	manager_end(manager);
}

static void crowds(const struct ipcm_backend *backend)
{
	struct peer peer;

	hundreds_of_clients(backend);
	peer = peer_start(few_descriptors_in_the_server,
			  (void *)(uintptr_t)backend);
	peer_join(&peer);
}

static const struct clause table[] = {
	{"M-05", LEVEL_CORE, OBJECT_MANAGER,
	 "1000 calls that fail on the server beside 1000 good ones of another "
	 "client; other errors, each with a good call after it.",
	 "The caller gets its error, no other client; the good calls succeed.",
	 "CPython managers.py, Server.serve_client; CPython test "
	 "_TestMyManager.common",
	 0, false, errors_are_the_callers},
	{"M-10", LEVEL_OPTIONAL, OBJECT_MANAGER,
	 "Programs connect by address and key, with wrong keys, without a server; the "
	 "manager is started again at its address, 3 times.",
	 "The right key works; AUTH, NOTFOUND, EXISTS; the server serves on.",
	 "CPython tests _TestRemoteManager.test_remote, "
	 "_TestManagerRestart.test_rapid_restart, OtherTest",
	 0, false, strangers_connect},
	{"M-12", LEVEL_BEYOND, OBJECT_MANAGER,
	 "200 processes are connected at once, and set and get; 60 ask a server that "
	 "has 30 descriptors.",
	 "Each reads what it set; the server has one thread; LIMIT for those "
	 "that are too many for the host or the server, and later not.",
	 "ipcmark manager.h", 60, false, crowds},
};

CLAUSE_LIST(clauses_manager_clients, table);
