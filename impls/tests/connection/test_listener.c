/* SPDX-License-Identifier: MIT */
/*
 * Unit test of Listener and Client on every back-end (rule P-LSN-01): what the
 * ends can do, what arrives before accept, keys, closing, death of either side.
 * Clients that mean no good are in test_listener_peer.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/listener_support.h"

/* Arguments, and that nothing is declared which is not there. */
static void test_arguments(const struct ipcm_backend *backend)
{
	static const char *const bad[] = {"", ".hidden", "a/b", "-x", NULL};
	char key[IPCM_KEY_MAX_BYTES + 1] = "";
	struct ipcm_listener *listener = NULL;
	struct ipcm_connection *end = NULL;

	if (!listens(backend)) {
		CHECK_IS(ipcm_listener_create(backend, "x", NULL, 0, &listener),
			 IPCM_NOTSUP);
		CHECK_IS(ipcm_client_connect(backend, "x", NULL, 0, 0, &end),
			 IPCM_NOTSUP);
		return;
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_IS(ipcm_listener_create(backend, bad[i], NULL, 0,
					      &listener),
			 IPCM_INVALID);
		CHECK_IS(ipcm_client_connect(backend, bad[i], NULL, 0, 0, &end),
			 IPCM_INVALID);
	}
	CHECK_IS(ipcm_listener_create(backend, address(), key, sizeof(key),
				      &listener),
		 IPCM_INVALID);
	CHECK_IS(ipcm_listener_create(backend, address(), NULL, 1, &listener),
		 IPCM_INVALID);
	CHECK_IS(ipcm_listener_create(NULL, address(), NULL, 0, &listener),
		 IPCM_INVALID);
	CHECK_IS(ipcm_client_connect(backend, address(), key, sizeof(key), 0,
				     &end),
		 IPCM_INVALID);
	CHECK_IS(ipcm_client_connect(backend, address(), NULL, 0, HANG, &end),
		 IPCM_NOTFOUND);
	CHECK_IS(ipcm_listener_accept(NULL, 0, &end), IPCM_INVALID);
	CHECK_IS(ipcm_listener_close(NULL), IPCM_INVALID);
	ipcm_listener_free(NULL);
	CHECK(!listener && !end);
}

/* EXISTS, and free again when closed; CLOSED; time limits */
static void test_binding(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener, *other;
	struct ipcm_connection *end;
	int64_t start;

	if (!listens(backend))
		return;
	listener = listen_at(backend, NULL);
	CHECK_IS(ipcm_listener_create(backend, address(), NULL, 0, &other),
		 IPCM_EXISTS);
	CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
		 IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_listener_accept(listener, -1, &end), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_listener_accept(listener, 0, NULL), IPCM_INVALID);
	start = now_ns();
	CHECK_IS(ipcm_listener_accept(listener, 150 * MS, &end), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	CHECK_IS(ipcm_listener_close(listener), IPCM_OK);
	CHECK_IS(ipcm_listener_close(listener), IPCM_OK);
	CHECK_IS(ipcm_listener_accept(listener, HANG, &end), IPCM_CLOSED);
	other = listen_at(backend, NULL);
	ipcm_listener_free(other);
	CHECK_IS(ipcm_listener_create(backend, address(), NULL, 0, &other),
		 IPCM_OK);
	ipcm_listener_free(other);
	ipcm_listener_free(listener);
}

#define LARGE ((size_t)2 << 20)

static int echo_client(void *argument)
{
	const struct ipcm_backend *backend = argument;
	struct ipcm_connection *end = connect_to(backend, NULL);
	char *message = malloc(LARGE);
	enum ipcm_status status;
	size_t size;

	for (;;) {
		status = ipcm_connection_recv(end, message, LARGE, HANG, &size);
		if (status)
			break;
		CHECK_IS(ipcm_connection_send(end, message, size, HANG),
			 IPCM_OK);
	}
	CHECK_IS(status, IPCM_EOF);
	free(message);
	ipcm_connection_free(end);
	return 0;
}

/* The end does what every end does: both ways, large, waited for. */
static void test_echo(const struct ipcm_backend *backend)
{
	static const size_t sizes[] = {0, 1, 5000, 70000, LARGE};
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	struct ipcm_waitable thing;
	char *sent, *got;
	pid_t child;
	size_t size;

	if (!listens(backend))
		return;
	listener = listen_at(backend, NULL);
	child = child_start(echo_client, (void *)(uintptr_t)backend);
	end = accept_from(listener);
	sent = malloc(LARGE);
	got = calloc(1, LARGE);
	for (size_t i = 0; i < LARGE; i++)
		sent[i] = (char)(i * 13 + i / 4096);
	CHECK(ipcm_connection_readable(end) && ipcm_connection_writable(end));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK_IS(ipcm_connection_send(end, sent, sizes[i], HANG),
			 IPCM_OK);
		thing = (struct ipcm_waitable){.end = end};
		CHECK_IS(ipcm_wait(&thing, 1, HANG, NULL), IPCM_OK);
		CHECK_IS(ipcm_connection_recv(end, got, LARGE, HANG, &size),
			 IPCM_OK);
		CHECK(size == sizes[i] && !memcmp(sent, got, size));
	}
	ipcm_listener_free(listener); /* accepted ends live on */
	CHECK_IS(ipcm_connection_send(end, "x", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(end, got, 1, HANG, &size), IPCM_OK);
	ipcm_connection_free(end);
	CHECK(child_ok(child));
	free(sent);
	free(got);
}

static int send_and_go(void *argument)
{
	struct ipcm_connection *end =
		connect_to((const struct ipcm_backend *)argument, NULL);

	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_connection_send(end, &i, sizeof(i), HANG),
			 IPCM_OK);
	if (!check_failures())
		(void)raise(SIGKILL);
	return 1;
}

static void read_three(struct ipcm_listener *listener)
{
	struct ipcm_connection *end;
	int got = -1;

	if (!CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end), IPCM_OK))
		return;
	for (int i = 0; i < 3; i++) {
		CHECK_IS(ipcm_connection_recv(end, &got, sizeof(got), IPCM_TRY,
					      NULL),
			 IPCM_OK);
		CHECK(got == i);
	}
	for (int i = 0; i < 2; i++)
		CHECK_IS(ipcm_connection_recv(end, &got, sizeof(got), HANG,
					      NULL),
			 IPCM_EOF);
	ipcm_connection_free(end);
}

/* Sent, and the end closed or its process dead, before accept. */
static void test_early(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	pid_t child;

	if (!listens(backend))
		return;
	listener = listen_at(backend, NULL);
	end = connect_to(backend, NULL);
	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_connection_send(end, &i, sizeof(i), HANG),
			 IPCM_OK);
	ipcm_connection_free(end);
	read_three(listener);
	child = child_start(send_and_go, (void *)(uintptr_t)backend);
	(void)child_ok(child);
	read_three(listener);
	CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
		 IPCM_WOULDBLOCK);
	ipcm_listener_free(listener);
}

struct keyed {
	const struct ipcm_backend *backend;
	const char *key;
	enum ipcm_status want;
};

static int keyed_client(void *argument)
{
	const struct keyed *keyed = argument;
	struct ipcm_connection *end = NULL;
	char byte;

	CHECK_IS(ipcm_client_connect(keyed->backend, address(), keyed->key,
				     keyed->key ? strlen(keyed->key) : 0, HANG,
				     &end),
		 keyed->key ? keyed->want : IPCM_OK);
	CHECK((end != NULL) == (!keyed->key || !keyed->want));
	if (end)
		CHECK_IS(ipcm_connection_recv(end, &byte, 1, HANG, NULL),
			 keyed->want ? IPCM_EOF : IPCM_OK);
	ipcm_connection_free(end);
	return 0;
}

static void meet(struct ipcm_listener *listener, struct keyed keyed)
{
	pid_t child = child_start(keyed_client, &keyed);
	struct ipcm_connection *end = NULL;

	CHECK_IS(ipcm_listener_accept(listener, HANG, &end), keyed.want);
	CHECK((end != NULL) == !keyed.want);
	if (end)
		CHECK_IS(ipcm_connection_send(end, "k", 1, HANG), IPCM_OK);
	CHECK(child_ok(child));
	ipcm_connection_free(end);
}

/* Right, wrong in each way, none; and a listener that asks for none. */
static void test_keys(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;

	if (!listens(backend))
		return;
	listener = listen_at(backend, "secret");
	meet(listener, (struct keyed){backend, "secret", IPCM_OK});
	meet(listener, (struct keyed){backend, "sEcret", IPCM_AUTH});
	meet(listener, (struct keyed){backend, "secre", IPCM_AUTH});
	meet(listener, (struct keyed){backend, "secret1", IPCM_AUTH});
	meet(listener, (struct keyed){backend, NULL, IPCM_AUTH});
	meet(listener, (struct keyed){backend, "secret", IPCM_OK});
	ipcm_listener_free(listener);
	listener = listen_at(backend, NULL);
	meet(listener, (struct keyed){backend, "any", IPCM_OK});
	meet(listener, (struct keyed){backend, NULL, IPCM_OK});
	ipcm_listener_free(listener);
}

static int zero_client(void *argument)
{
	struct ipcm_connection *end = NULL;

	CHECK_IS(ipcm_client_connect((const struct ipcm_backend *)argument,
				     address(), "k", 1, HANG, &end),
		 IPCM_AUTH);
	return 0;
}

/* A key may end with zeros; they count. */
static void test_zero_key(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	pid_t child;

	if (!listens(backend))
		return;
	CHECK_IS(ipcm_listener_create(backend, address(), "k\0", 2, &listener),
		 IPCM_OK);
	child = child_start(zero_client, (void *)(uintptr_t)backend);
	CHECK_IS(ipcm_listener_accept(listener, HANG, &end), IPCM_AUTH);
	CHECK(child_ok(child));
	ipcm_listener_free(listener);
}

/* Without a verdict in time the client gives up; no dead end is accepted. */
static void test_no_verdict(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end = NULL;
	int64_t start;

	if (!listens(backend))
		return;
	listener = listen_at(backend, "k");
	CHECK_IS(
		ipcm_client_connect(backend, address(), "k", 1, IPCM_TRY, &end),
		IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(
		ipcm_client_connect(backend, address(), "k", 1, 120 * MS, &end),
		IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 120 * MS);
	CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
		 IPCM_WOULDBLOCK);
	ipcm_listener_free(listener);
	CHECK_IS(ipcm_client_connect(backend, address(), "k", 1, HANG, &end),
		 IPCM_NOTFOUND);
	CHECK(!end);
}

static void *accept_until_closed(void *argument)
{
	struct ipcm_connection *end;

	CHECK_IS(ipcm_listener_accept(argument, IPCM_FOREVER, &end),
		 IPCM_CLOSED);
	return NULL;
}

/* Closing ends a blocked accept of other threads. */
static void test_closing(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	pthread_t thread[3];
	int64_t start;

	if (!listens(backend))
		return;
	listener = listen_at(backend, NULL);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&thread[i], NULL, accept_until_closed,
				     listener) == 0);
	pause_ms(50);
	start = now_ns();
	CHECK_IS(ipcm_listener_close(listener), IPCM_OK);
	CHECK_IS(ipcm_listener_accept(listener, 0, &end), IPCM_CLOSED);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	CHECK(now_ns() - start < HANG / 2);
	CHECK_IS(ipcm_client_connect(backend, address(), NULL, 0, HANG, &end),
		 IPCM_NOTFOUND);
	ipcm_listener_free(listener);
}

static int listen_and_hold(void *argument)
{
	struct ipcm_listener *listener =
		listen_at((const struct ipcm_backend *)argument, NULL);
	struct ipcm_connection *end = accept_from(listener);

	CHECK_IS(ipcm_connection_send(end, "a", 1, HANG), IPCM_OK);
	pause_ms(60000);
	return 0;
}

/* A listener is killed: who was not accepted learns it, the name is free. */
static void test_dead_listener(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *first, *second;
	enum ipcm_status status;
	pid_t child;
	char byte;

	if (!listens(backend))
		return;
	child = child_start(listen_and_hold, (void *)(uintptr_t)backend);
	do {
		status = ipcm_client_connect(backend, address(), NULL, 0, HANG,
					     &first);
		pause_ms(1);
	} while (status == IPCM_NOTFOUND);
	CHECK_IS(status, IPCM_OK);
	CHECK_IS(ipcm_connection_recv(first, &byte, 1, HANG, NULL), IPCM_OK);
	second = connect_to(backend, NULL);
	child_kill(child);
	CHECK_IS(ipcm_connection_recv(first, &byte, 1, HANG, NULL), IPCM_EOF);
	CHECK_IS(ipcm_connection_recv(second, &byte, 1, HANG, NULL), IPCM_EOF);
	(void)!ipcm_connection_send(second, "x", 1, HANG);
	CHECK_IS(ipcm_connection_send(second, "x", 1, HANG), IPCM_BROKEN);
	listener = listen_at(backend, NULL);
	ipcm_listener_free(listener);
	ipcm_connection_free(first);
	ipcm_connection_free(second);
	(void)ipcm_collect();
}

struct forked {
	const struct ipcm_backend *backend;
	struct ipcm_listener *listener;
};

static int accept_in_child(void *argument)
{
	const struct forked *forked = argument;
	struct ipcm_connection *end = accept_from(forked->listener);

	CHECK_IS(ipcm_connection_send(end, "c", 1, HANG), IPCM_OK);
	ipcm_connection_free(end);
	ipcm_listener_free(forked->listener);
	return 0;
}

/* A child of fork() accepts and closes its copy; the parent's goes on. */
static void test_fork(const struct ipcm_backend *backend)
{
	struct forked forked = {backend, NULL};
	struct ipcm_connection *end;
	pid_t child;
	char byte;

	if (!listens(backend))
		return;
	forked.listener = listen_at(backend, NULL);
	end = connect_to(backend, NULL);
	child = child_start(accept_in_child, &forked);
	CHECK_IS(ipcm_connection_recv(end, &byte, 1, HANG, NULL), IPCM_OK);
	CHECK(child_ok(child));
	CHECK_IS(ipcm_connection_recv(end, &byte, 1, HANG, NULL), IPCM_EOF);
	ipcm_connection_free(end);
	end = connect_to(backend, NULL);
	ipcm_connection_free(accept_from(forked.listener));
	ipcm_connection_free(end);
	ipcm_listener_free(forked.listener);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "arguments", test_arguments);
	each_backend(NEEDS_PIPE, "binding", test_binding);
	each_backend(NEEDS_PIPE, "echo", test_echo);
	each_backend(NEEDS_PIPE, "before accept", test_early);
	each_backend(NEEDS_PIPE, "keys", test_keys);
	each_backend(NEEDS_PIPE, "key with zeros", test_zero_key);
	each_backend(NEEDS_PIPE, "no verdict", test_no_verdict);
	each_backend(NEEDS_PIPE, "closing", test_closing);
	each_backend(NEEDS_PIPE, "dead listener", test_dead_listener);
	each_backend(NEEDS_PIPE, "fork", test_fork);
	return check_failures() ? 1 : 0;
}
