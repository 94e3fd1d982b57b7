/* SPDX-License-Identifier: MIT */
/*
 * P-LSN: Listener and Client, from this process, from a child, and from
 * programs that know nothing but the address.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/fixtures/unrelated_process.h"
#include "conformance/harness/users.h"

#include <stdlib.h>
#include <string.h>

static void refused_or_leave(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener = NULL;
	struct ipcm_connection *end = NULL;
	char address[NAMED_BYTES];
	enum ipcm_status status;

	if (backend->capabilities & IPCM_CAP_LISTENER)
		return;
	named_name("refused", address);
	status = ipcm_listener_create(backend, address, NULL, 0, &listener);
	if (status != IPCM_NOTSUP)
		check_undeclared_support(
			"listener_create gave %s, but LISTENER is not "
			"declared",
			ipcm_status_name(status));
	status = ipcm_client_connect(backend, address, NULL, 0, IPCM_TRY, &end);
	if (status != IPCM_NOTSUP)
		check_undeclared_support(
			"client_connect gave %s, but LISTENER is not "
			"declared",
			ipcm_status_name(status));
	CHECK(!listener && !end, "a refused call wrote the handle");
	check_unsupported("LISTENER is not declared; create and connect give "
			  "NOTSUP");
}

static struct ipcm_listener *listen_at(const struct ipcm_backend *backend,
				       const char *address, const char *key)
{
	struct ipcm_listener *listener = NULL;

	CHECK_OK(ipcm_listener_create(backend, address, key,
				      key ? strlen(key) : 0, &listener));
	CHECK(listener != NULL, "OK without a handle");
	return listener;
}

static struct ipcm_connection *accept_one(struct ipcm_listener *listener)
{
	struct ipcm_connection *end = NULL;

	CHECK_OK(ipcm_listener_accept(listener, hang_ns(), &end));
	CHECK(ipcm_connection_readable(end) && ipcm_connection_writable(end),
	      "an accepted end lacks a direction");
	return end;
}

/* Programs executed with nothing but the address: echo, and leave early. */
static void unrelated_processes_meet(const struct ipcm_backend *backend,
				     const char *address)
{
	struct ipcm_listener *listener =
		listen_at(backend, address, UNRELATED_KEY);
	struct unrelated client = unrelated_start(backend, "client", address);
	struct ipcm_connection *end = accept_one(listener);

	message_expect(end, 1, UNRELATED_ECHO_BYTES);
	message_send(end, 1, UNRELATED_ECHO_BYTES);
	ipcm_listener_free(listener);
	CHECK_OK(ipcm_connection_close(end));
	ipcm_connection_free(end);
	unrelated_join(&client);

	/* sent and closed, by a process that is dead, before accept */
	listener = listen_at(backend, address, NULL);
	client = unrelated_start(backend, "leaver", address);
	unrelated_join(&client);
	end = accept_one(listener);
	for (unsigned i = 0; i < 3; i++)
		message_expect(end, i, 100 * i);
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(end, NULL, 0,
							    hang_ns(), NULL));
	ipcm_connection_free(end);
	ipcm_listener_free(listener);
}

static struct ipcm_connection *connect_to(const struct ipcm_backend *backend,
					  const char *address)
{
	struct ipcm_connection *end = NULL;

	CHECK_OK(ipcm_client_connect(backend, address, NULL, 0, hang_ns(),
				     &end));
	return end;
}

/* One address: which listener gets it, and when it is free again. */
static void one_listener_an_address(const struct ipcm_backend *backend,
				    const char *address)
{
	struct ipcm_listener *listener = listen_at(backend, address, NULL);
	struct ipcm_listener *second = NULL;
	struct ipcm_connection *end = NULL, *other, *accepted;

	CHECK_STATUS(IPCM_EXISTS,
		     ipcm_listener_create(backend, address, NULL, 0, &second));
	CHECK(!second, "EXISTS, yet a handle");
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_listener_accept(listener, IPCM_TRY, &end));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_listener_accept(listener, -S, &end));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_listener_accept(listener, 20 * MS, &end));
	CHECK_STATUS(IPCM_INVALID, ipcm_listener_accept(NULL, IPCM_TRY, &end));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_listener_accept(listener, IPCM_TRY, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_listener_create(NULL, address, NULL, 0, &second));
	CHECK_STATUS(IPCM_INVALID, ipcm_listener_close(NULL));
	ipcm_listener_free(NULL);
	other = connect_to(backend, address);
	accepted = accept_one(listener);
	CHECK_OK(ipcm_listener_close(listener));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_listener_accept(listener, IPCM_TRY, &end));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_listener_accept(listener, IPCM_FOREVER, &end));
	CHECK_OK(ipcm_listener_close(listener));
	CHECK(!end, "an accept that failed wrote the handle");
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_client_connect(backend, address, NULL,
							0, 20 * MS, &end));
	/* accepted ends live on, in both directions */
	message_send(accepted, 1, 3000);
	message_expect(other, 1, 3000);
	message_send(other, 2, 30);
	message_expect(accepted, 2, 30);
	second = listen_at(backend, address, NULL);
	ipcm_listener_free(second);
	ipcm_listener_free(listener);
	ipcm_connection_free(accepted);
	ipcm_connection_free(other);
}

/* A listener that waits in accept. */
struct host {
	struct ipcm_listener *listener;
	const struct ipcm_backend *backend;
	const char *address;
	const char *key;
	_Atomic int listening;
};

static void on_signal(int signal_number)
{
	(void)signal_number;
}

static void wait_in_accept(void *argument)
{
	struct host *host = argument;
	struct sigaction action = {.sa_handler = on_signal};
	struct ipcm_connection *end = NULL;

	(void)sigaction(SIGUSR1, &action, NULL);
	host->listener = listen_at(host->backend, host->address, NULL);
	atomic_store(&host->listening, 1);
	end = accept_one(host->listener);
	message_expect(end, 1, 8);
	atomic_store(&host->listening, 2);
	end = NULL;
	any_status(ipcm_listener_accept(host->listener, IPCM_FOREVER, &end));
}

static void listener_process(const struct ipcm_backend *backend,
			     const char *address)
{
	struct host *host = share(sizeof(*host));
	struct ipcm_connection *end, *other;
	struct peer peer;

	host->backend = backend;
	host->address = address;
	peer = peer_start(wait_in_accept, host);
	flag_await(&host->listening, 1);
	peer_await_state(&peer, 'S');
	for (int i = 0; i < 3; i++) {
		peer_signal(&peer, SIGUSR1);
		pause_ns(20 * MS);
	}
	end = connect_to(backend, address);
	message_send(end, 1, 8);
	flag_await(&host->listening, 2);
	other = connect_to(backend, address);
	peer_kill(&peer);
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(end, NULL, 0, hang_ns(), NULL));
	ipcm_connection_free(other);
	/* a killed listener leaves no address behind */
	ipcm_listener_free(listen_at(backend, address, NULL));
	ipcm_connection_free(end);
}

/* A wrong key, no key, then the right one; each side is told. */
static void accept_with_key(void *argument)
{
	struct host *host = argument;
	struct ipcm_connection *end = NULL;

	host->listener = listen_at(host->backend, host->address, host->key);
	atomic_store(&host->listening, 1);
	for (int i = 0; i < 3; i++) {
		CHECK_STATUS(IPCM_AUTH, ipcm_listener_accept(host->listener,
							     hang_ns(), &end));
		CHECK(!end, "a client with a wrong key got an end");
	}
	end = accept_one(host->listener);
	message_expect(end, 9, 900);
	ipcm_connection_free(end);
	ipcm_listener_free(host->listener);
}

static void keys(const struct ipcm_backend *backend, const char *address)
{
	static const char *const wrong[] = {"open sesamf", "open"};
	struct host *host = share(sizeof(*host));
	char *large = memory(IPCM_KEY_MAX_BYTES + 1);
	struct ipcm_connection *end = NULL;
	struct ipcm_listener *none = NULL;
	struct peer peer;

	host->backend = backend;
	host->address = address;
	host->key = "open sesame";
	peer = peer_start(accept_with_key, host);
	flag_await(&host->listening, 1);
	for (int i = 0; i < 2; i++) {
		CHECK_STATUS(IPCM_AUTH,
			     ipcm_client_connect(backend, address, wrong[i],
						 strlen(wrong[i]), hang_ns(),
						 &end));
		CHECK(!end, "a wrong key opened an end");
	}
	/* a client without the key is refused without waiting for the answer */
	end = connect_to(backend, address);
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(end, NULL, 0, hang_ns(), NULL));
	ipcm_connection_free(end);
	CHECK_OK(ipcm_client_connect(backend, address, host->key,
				     strlen(host->key), hang_ns(), &end));
	message_send(end, 9, 900);
	peer_join(&peer);
	ipcm_connection_free(end);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_listener_create(backend, address, large,
					  IPCM_KEY_MAX_BYTES + 1, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_listener_create(backend, "a/b", NULL, 0, &none));
	CHECK(!none, "INVALID, yet a handle");
	free(large);
}

static enum ipcm_status connect_with_a_key(void *argument)
{
	const struct host *host = argument;
	struct ipcm_connection *end = NULL;

	return ipcm_client_connect(host->backend, host->address, "any", 3,
				   hang_ns(), &end);
}

/* No verdict in time: the client gives up, and its end is not accepted. */
static void no_verdict(const struct ipcm_backend *backend, const char *address)
{
	struct ipcm_listener *listener = listen_at(backend, address, "k");
	struct ipcm_connection *end = NULL;
	int64_t begun;

	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_client_connect(backend, address, "k",
							  1, IPCM_TRY, &end));
	begun = now_ns();
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_client_connect(backend, address, "k",
							1, 100 * MS, &end));
	CHECK(now_ns() - begun >= 90 * MS, "TIMEDOUT too early");
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_listener_accept(listener, IPCM_TRY, &end));
	ipcm_listener_free(listener);
	CHECK_STATUS(IPCM_NOTFOUND,
		     ipcm_client_connect(backend, address, "k", 1, S, &end));
	CHECK(!end, "a connect that failed wrote the handle");
}

static void wrong_key_client(void *argument)
{
	const struct host *host = argument;
	struct ipcm_connection *end = NULL;

	CHECK_STATUS(IPCM_AUTH,
		     ipcm_client_connect(host->backend, host->address, "k", 1,
					 hang_ns(), &end));
}

/* Zeros at its end belong to the key; a listener without one cannot prove it.
 */
static void other_keys(const struct ipcm_backend *backend, const char *address)
{
	struct host *host = share(sizeof(*host));
	struct ipcm_listener *listener = NULL;
	struct ipcm_connection *end = NULL;
	struct call *call;
	struct peer peer;

	host->backend = backend;
	host->address = address;
	CHECK_STATUS(IPCM_INVALID, ipcm_listener_create(backend, address, NULL,
							1, &listener));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_client_connect(backend, address, NULL, 1, 0, &end));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_client_connect(backend, "a/b", NULL, 0, 0, &end));
	CHECK_STATUS(IPCM_OK, ipcm_listener_create(backend, address, "k\0", 2,
						   &listener));
	peer = peer_start(wrong_key_client, host);
	CHECK_STATUS(IPCM_AUTH,
		     ipcm_listener_accept(listener, hang_ns(), &end));
	peer_join(&peer);
	ipcm_listener_free(listener);
	listener = listen_at(backend, address, NULL);
	call = call_start_function(connect_with_a_key, host, "connect");
	CHECK_STATUS(IPCM_AUTH,
		     ipcm_listener_accept(listener, hang_ns(), &end));
	call_check_returns(call, IPCM_AUTH);
	ipcm_listener_free(listener);
}

static void accept_in_a_child(void *argument)
{
	struct ipcm_connection *end = accept_one(argument);

	message_send(end, 1, 100);
	ipcm_connection_free(end);
	ipcm_listener_free(argument);
}

static void *accept_until_closed(void *listener)
{
	struct ipcm_connection *end = NULL;

	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_listener_accept(listener, IPCM_FOREVER, &end));
	return NULL;
}

/* A child accepts and closes its copy; then threads wait at a close. */
static void shared_listener(const struct ipcm_backend *backend,
			    const char *address)
{
	struct ipcm_listener *listener = listen_at(backend, address, NULL);
	struct ipcm_connection *end = connect_to(backend, address);
	struct peer child = peer_start(accept_in_a_child, listener);
	pthread_t threads[3];

	message_expect(end, 1, 100);
	peer_join(&child);
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(end, NULL, 0, hang_ns(), NULL));
	ipcm_connection_free(end);
	end = connect_to(backend, address);
	ipcm_connection_free(accept_one(listener));
	ipcm_connection_free(end);
	for (int i = 0; i < 3; i++)
		threads[i] = thread_start(accept_until_closed, listener);
	pause_ns(grace_ns());
	CHECK_STATUS(IPCM_OK, ipcm_listener_close(listener));
	for (int i = 0; i < 3; i++)
		(void)pthread_join(threads[i], NULL);
	ipcm_listener_free(listener);
}

enum { CLIENTS = 60, AT_A_TIME = 12 };

static void come_with_a_key(void *argument)
{
	const struct host *host = argument;
	enum ipcm_status status = IPCM_LIMIT;
	struct ipcm_connection *end = NULL;

	/* LIMIT: a user has few POSIX queues, and others give theirs back */
	while (status == IPCM_LIMIT) {
		status = ipcm_client_connect(host->backend, host->address, "k",
					     1, 4 * hang_ns(), &end);
		check_elsewhere();
		pause_ns(5 * MS);
	}
	CHECK_STATUS(IPCM_OK, status);
	message_send(end, 3, 30);
	message_expect(end, 4, 3000);
	ipcm_connection_free(end);
}

/* Many at a time, each with a verdict, each served. */
static void crowd_of_clients(const struct ipcm_backend *backend,
			     const char *address)
{
	struct ipcm_listener *listener = listen_at(backend, address, "k");
	struct host *host = share(sizeof(*host));

	host->backend = backend;
	host->address = address;
	for (int served = 0; served < CLIENTS;) {
		struct users users;

		users_start(&users, AT_A_TIME, 0, come_with_a_key, host);
		for (int i = 0; i < AT_A_TIME; served++) {
			struct ipcm_connection *end = NULL;
			enum ipcm_status status =
				ipcm_listener_accept(listener, hang_ns(), &end);

			if (status == IPCM_LIMIT)
				continue;
			CHECK_STATUS(IPCM_OK, status);
			message_expect(end, 3, 30);
			message_send(end, 4, 3000);
			ipcm_connection_free(end);
			i++;
		}
		users_join(&users);
	}
	ipcm_listener_free(listener);
}

static void listener_and_client(const struct ipcm_backend *backend)
{
	char address[NAMED_BYTES];

	refused_or_leave(backend);
	named_name("door", address);
	one_listener_an_address(backend, address);
	unrelated_processes_meet(backend, address);
	listener_process(backend, address);
	keys(backend, address);
	other_keys(backend, address);
	no_verdict(backend, address);
	shared_listener(backend, address);
	crowd_of_clients(backend, address);
}

static const struct clause table[] = {
	{"P-LSN-01", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "Connect from unrelated processes; a second listener; close; "
	 "keys; signals; SIGKILL; 60 clients; a child and threads that "
	 "accept.",
	 "accept gives a duplex end with what was sent before; EXISTS, "
	 "CLOSED, NOTFOUND, AUTH.",
	 "multiprocessing, Listeners and Clients; CPython test "
	 "_TestListener.test_multiple_bind, "
	 "_TestListenerClient.test_listener_client, test_issue14725",
	 60, true, listener_and_client},
};

CLAUSE_LIST(clauses_listener, table);
