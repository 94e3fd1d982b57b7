/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the Manager on every back-end: what the clauses M do not reach.
 * Sizes around every border of the protocol, clients that are many, slow or
 * stopped, descriptors that the server must not hold, and what a failed start
 * leaves behind. requests.h has what it takes to send bytes by hand.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/proc.h"
#include "impls/testkit/check.h"
#include "impls/objects/manager/manager_internal.h"
#include "impls/objects/manager/client/proxy.h"

static struct ipcm_manager *start(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = NULL;

	if (!CHECK_OK(ipcm_manager_create(backend, NULL, &manager)) ||
	    !CHECK_OK(ipcm_manager_start(manager)))
		exit(1);
	return manager;
}

static struct ipcm_proxy *dict_of(struct ipcm_manager *manager)
{
	struct ipcm_proxy *dict = NULL;

	if (!CHECK_OK(ipcm_manager_dict(manager, "d", &dict)))
		exit(1);
	return dict;
}

static pid_t server_of(const struct ipcm_manager *manager)
{
	pid_t pid = 0;

	CHECK_OK(ipcm_manager_pid(manager, &pid));
	return pid;
}

/* ---- sizes ---- */

static void fill(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 4096);
}

static void check_size(struct ipcm_proxy *dict, const uint8_t *value,
		       uint8_t *copy, size_t size)
{
	size_t got = 0;

	CHECK_OK(ipcm_dict_set(dict, "v", 1, value, size));
	if (size) {
		CHECK_IS(ipcm_dict_get(dict, "v", 1, copy, size - 1, &got),
			 IPCM_TOOSMALL);
		CHECK(got == size);
	}
	memset(copy, 0xee, size);
	CHECK_OK(ipcm_dict_get(dict, "v", 1, copy, size, &got));
	CHECK(got == size && !memcmp(value, copy, size), "%zu bytes", size);
}

/* Around one frame, one piece of a request, and the largest value. */
static void test_sizes(const struct ipcm_backend *backend)
{
	static const size_t borders[] = {0,	1,	     100,
					 1024,	4096,	     8192,
					 65536, PIECE_BYTES, 3 * PIECE_BYTES};
	struct ipcm_manager *manager = start(backend);
	struct ipcm_proxy *dict = dict_of(manager);
	size_t largest = IPCM_SHARED_MAX_BYTES;
	uint8_t *value = malloc(largest + 1), *copy = malloc(largest);

	fill(value, largest);
	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		for (size_t less = 0; less <= 80; less += less ? 8 : 1)
			if (less <= borders[i])
				check_size(dict, value, copy,
					   borders[i] - less);
	check_size(dict, value, copy, largest);
	CHECK_IS(ipcm_dict_set(dict, "v", 1, value, largest + 1), IPCM_TOOBIG);
	CHECK_IS(ipcm_dict_set(dict, value, IPCM_SHARED_KEY_MAX_BYTES + 1, "",
			       0),
		 IPCM_TOOBIG);
	CHECK_OK(ipcm_dict_set(dict, value, IPCM_SHARED_KEY_MAX_BYTES, "", 0));
	free(value);
	free(copy);
	ipcm_proxy_free(dict);
	ipcm_manager_free(manager);
}

/* ---- descriptors ---- */

/* The server holds no end of the program's pipes. */
static void test_descriptors(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager;
	unsigned before = proc_descriptors_open();
	int ends[2];
	char byte;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	manager = start(backend);
	(void)close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 0);
	(void)close(ends[0]);
	ipcm_proxy_free(dict_of(manager));
	ipcm_manager_free(manager);
	CHECK(proc_descriptors_open() == before);
}

/* ---- clients that do not read, or not on ---- */

/* A large reply of which a stopped client has pulled nothing. */
static int get_large(void *dict)
{
	size_t size = 16 << 20;
	uint8_t *copy = malloc(size);

	for (;;)
		CHECK_OK(ipcm_dict_get(dict, "large", 5, copy, size, NULL));
	return 0;
}

static void test_stopped(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = start(backend);
	struct ipcm_proxy *dict = dict_of(manager);
	uint8_t *large = calloc(1, 16 << 20);
	int64_t slowest = 0;
	struct ipcm_process *child;
	siginfo_t stopped;

	CHECK_OK(ipcm_dict_set(dict, "large", 5, large, 16 << 20));
	CHECK_OK(ipcm_dict_set(dict, "x", 1, "1", 1));
	child = child_start(get_large, dict);
	for (int i = 0; i < 20; i++) {
		int64_t begin;

		pause_ms(3);
		kill(child_pid(child), SIGSTOP);
		CHECK(waitid(P_PID, (id_t)child_pid(child), &stopped,
			     WSTOPPED) == 0);
		begin = now_ns();
		CHECK_OK(ipcm_dict_get(dict, "x", 1, large, 1, NULL));
		if (now_ns() - begin > slowest)
			slowest = now_ns() - begin;
		kill(child_pid(child), SIGCONT);
	}
	child_kill(child);
	CHECK_OK(ipcm_dict_get(dict, "x", 1, large, 1, NULL));
	/* a stopped client would be waited for until it goes on */
	CHECK(slowest < HANG / 2, "%lld ns", (long long)slowest);
	free(large);
	ipcm_proxy_free(dict);
	ipcm_manager_free(manager);
}

/* ---- many clients ---- */

/* Where a mechanism allows so many queues and descriptors; else fewer. */
#define CROWD	     200
#define CROWD_ROUNDS 20

static int count_up(void *list)
{
	char buffer[8];
	size_t length = 0;

	for (int i = 0; i < CROWD_ROUNDS; i++) {
		/* a System V or POSIX queue may be missing: not this client */
		if (ipcm_list_append(list, "x", 1))
			return 3;
		CHECK_OK(ipcm_list_get(list, 0, buffer, sizeof(buffer), NULL));
		CHECK_OK(ipcm_list_length(list, &length));
	}
	return 0;
}

/* Each append is there; the server has one thread and no client waits long. */
static void test_crowd(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = start(backend);
	size_t served = 0, length = 0;
	struct ipcm_limits limits;
	struct ipcm_proxy *list;
	struct ipcm_process *children[CROWD];

	CHECK_OK(ipcm_manager_list(manager, NULL, &list));
	CHECK_OK(ipcm_list_append(list, "x", 1));
	for (unsigned i = 0; i < CROWD; i++)
		children[i] = child_start(count_up, list);
	for (unsigned i = 0; i < CROWD; i++) {
		int code = child_code(children[i]);

		CHECK(code >= 0 && code != 1);
		served += code == 0;
	}
	CHECK_OK(ipcm_list_length(list, &length));
	CHECK(length == 1 + served * CROWD_ROUNDS);
	/* each client has two queues, which some systems do not have */
	CHECK_OK(ipcm_backend_limits(backend, &limits));
	if (limits.queues >= 2 * CROWD)
		CHECK(served == CROWD, "%zu", served);
	CHECK(served >= 8, "%zu", served);
	ipcm_proxy_free(list);
	ipcm_manager_free(manager);
}

/* ---- after fork ---- */

static int use_child(void *dict)
{
	char byte = 0;

	CHECK_OK(ipcm_dict_get(dict, "x", 1, &byte, 1, NULL));
	CHECK(byte == '1');
	/* the parent's links are closed here: it may free all it has */
	pause_ms(100);
	CHECK_OK(ipcm_dict_set(dict, "y", 1, "2", 1));
	return 0;
}

static void test_fork(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = start(backend);
	struct ipcm_proxy *dict = dict_of(manager);
	struct ipcm_process *child;
	char byte = 0;

	CHECK_OK(ipcm_dict_set(dict, "x", 1, "1", 1));
	child = child_start(use_child, dict);
	CHECK_OK(ipcm_dict_get(dict, "x", 1, &byte, 1, NULL));
	CHECK(child_ok(child));
	CHECK_OK(ipcm_dict_get(dict, "y", 1, &byte, 1, NULL));
	ipcm_manager_free(manager);
	CHECK_IS(ipcm_dict_get(dict, "y", 1, &byte, 1, NULL), IPCM_CLOSED);
	ipcm_proxy_free(dict);
}

/* ---- start and the end ---- */

static void test_start(const struct ipcm_backend *backend)
{
	struct ipcm_manager_options options = IPCM_MANAGER_OPTIONS_INIT;
	struct ipcm_manager *first, *second, *client;
	struct ipcm_proxy *dict;
	unsigned before = proc_descriptors_open();

	options.address = "unit.manager";
	CHECK_IS(ipcm_manager_create(backend, &options, &first), IPCM_INVALID);
	options.key = "key";
	options.key_bytes = 3;
	CHECK_OK(ipcm_manager_create(backend, &options, &first));
	CHECK_OK(ipcm_manager_create(backend, &options, &second));
	CHECK_IS(ipcm_manager_connect(backend, "unit.manager", "key", 3, HANG,
				      &client),
		 IPCM_NOTFOUND);
	CHECK_IS(ipcm_manager_dict(first, NULL, &dict), IPCM_INVALID);
	CHECK_OK(ipcm_manager_start(first));
	CHECK_IS(ipcm_manager_start(first), IPCM_INVALID);
	CHECK_IS(ipcm_manager_start(second), IPCM_EXISTS);
	CHECK_IS(ipcm_manager_connect(backend, "unit.manager", "yek", 3, HANG,
				      &client),
		 IPCM_AUTH);
	CHECK_OK(ipcm_manager_connect(backend, "unit.manager", "key", 3, HANG,
				      &client));
	CHECK(server_of(client) == server_of(first));
	CHECK_IS(ipcm_manager_shutdown(client), IPCM_INVALID);
	CHECK_IS(ipcm_manager_start(client), IPCM_INVALID);
	dict = dict_of(client);
	CHECK_OK(ipcm_manager_shutdown(first));
	CHECK_IS(ipcm_dict_clear(dict), IPCM_BROKEN);
	/* another server at the address has another object of that number */
	CHECK_OK(ipcm_manager_start(second));
	ipcm_proxy_free(dict_of(second));
	CHECK_IS(ipcm_dict_clear(dict), IPCM_BROKEN);
	ipcm_proxy_free(dict);
	ipcm_manager_free(client);
	ipcm_manager_free(first);
	ipcm_manager_free(second);
	CHECK(proc_descriptors_open() == before);
}

/* A removed object's proxy reaches no later object. */
static void test_removed(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = start(backend);
	struct ipcm_proxy *dict = dict_of(manager), *other, *list, *same;
	const char *name;

	CHECK_OK(ipcm_manager_remove(manager, "d"));
	CHECK_IS(ipcm_manager_remove(manager, "d"), IPCM_NOTFOUND);
	other = dict_of(manager);
	CHECK_IS(ipcm_dict_clear(dict), IPCM_REMOVED);
	CHECK_OK(ipcm_dict_clear(other));
	CHECK_IS(ipcm_manager_list(manager, "d", &list), IPCM_EXISTS);
	CHECK_IS(ipcm_manager_list(manager, "", &list), IPCM_INVALID);
	CHECK_IS(ipcm_manager_list(manager, "~9", &list), IPCM_NOTFOUND);
	CHECK_IS(ipcm_list_clear(dict), IPCM_INVALID);
	CHECK_OK(ipcm_manager_list(manager, NULL, &list));
	CHECK_OK(ipcm_list_append(list, "v", 1));
	CHECK_OK(ipcm_proxy_name(list, &name));
	CHECK_OK(ipcm_manager_list(manager, name, &same));
	CHECK_OK(ipcm_list_delete(same, 0));
	CHECK_IS(ipcm_list_delete(list, 0), IPCM_RANGE);
	ipcm_proxy_free(same);
	ipcm_proxy_free(list);
	ipcm_proxy_free(dict);
	ipcm_proxy_free(other);
	ipcm_manager_free(manager);
}

/* A stopped server: the call ends, and its reply goes to no other call. */
static void test_stopped_server(const struct ipcm_backend *backend)
{
	struct ipcm_manager_options options = IPCM_MANAGER_OPTIONS_INIT;
	struct ipcm_manager *manager;
	struct ipcm_proxy *dict;
	char byte = 0;

	options.request_timeout_ns = 50 * MS;
	CHECK_OK(ipcm_manager_create(backend, &options, &manager));
	CHECK_OK(ipcm_manager_start(manager));
	manager->pool->request_timeout_ns = HANG;
	dict = dict_of(manager);
	CHECK_OK(ipcm_dict_set(dict, "x", 1, "1", 1));
	CHECK_OK(ipcm_dict_set(dict, "y", 1, "2", 1));
	manager->pool->request_timeout_ns = 50 * MS;
	kill(server_of(manager), SIGSTOP);
	CHECK_IS(ipcm_dict_get(dict, "x", 1, &byte, 1, NULL), IPCM_TIMEDOUT);
	kill(server_of(manager), SIGCONT);
	manager->pool->request_timeout_ns = HANG;
	for (int i = 0; i < 10; i++) {
		CHECK_OK(ipcm_dict_get(dict, "y", 1, &byte, 1, NULL));
		CHECK(byte == '2');
	}
	ipcm_proxy_free(dict);
	ipcm_manager_free(manager);
}

/* ---- a server that stops in the middle of a large reply ---- */

#define LARGE_BYTES ((size_t)256 << 10)

struct stopper {
	pid_t server;
	unsigned after_us;
};

static int stop_soon(void *argument)
{
	const struct stopper *stopper = argument;

	(void)usleep(stopper->after_us);
	return kill(stopper->server, SIGSTOP);
}

/* Some of its frames come later, and belong to no other call. */
static enum ipcm_status get_whole(struct ipcm_proxy *dict, uint8_t *bytes)
{
	size_t size = 0;
	enum ipcm_status status;

	memset(bytes, 0, LARGE_BYTES);
	status = ipcm_dict_get(dict, "large", 5, bytes, LARGE_BYTES, &size);
	CHECK(!status || status == IPCM_TIMEDOUT, "%s",
	      ipcm_status_name(status));
	if (status)
		return status;
	CHECK(size == LARGE_BYTES);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != (uint8_t)(i % 251) && !CHECK(false, "%zu", i))
			break;
	return IPCM_OK;
}

static void test_stopped_in_reply(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = start(backend);
	struct ipcm_proxy *dict = dict_of(manager);
	struct stopper stopper = {.server = server_of(manager)};
	uint8_t *bytes = malloc(LARGE_BYTES);
	uint32_t random = 7;

	for (size_t i = 0; i < LARGE_BYTES; i++)
		bytes[i] = (uint8_t)(i % 251);
	CHECK_OK(ipcm_dict_set(dict, "large", 5, bytes, LARGE_BYTES));
	for (int round = 0; round < 30; round++) {
		struct ipcm_process *child;

		stopper.after_us = random_next(&random) % 1000;
		manager->pool->request_timeout_ns = 5 * MS;
		child = child_start(stop_soon, &stopper);
		while (!get_whole(dict, bytes))
			;
		CHECK(child_ok(child));
		manager->pool->request_timeout_ns = HANG;
		CHECK(!kill(stopper.server, SIGCONT));
		for (int i = 0; i < 3; i++)
			CHECK_OK(get_whole(dict, bytes));
	}
	free(bytes);
	ipcm_proxy_free(dict);
	ipcm_manager_free(manager);
}

int main(void)
{
	each_backend(NEEDS_LISTENER, "sizes", test_sizes);
	each_backend(NEEDS_LISTENER, "descriptors", test_descriptors);
	each_backend(NEEDS_LISTENER, "stopped", test_stopped);
	each_backend(NEEDS_LISTENER, "crowd", test_crowd);
	each_backend(NEEDS_LISTENER, "fork", test_fork);
	each_backend(NEEDS_LISTENER, "start", test_start);
	each_backend(NEEDS_LISTENER, "removed", test_removed);
	each_backend(NEEDS_LISTENER, "stopped server", test_stopped_server);
	each_backend(NEEDS_LISTENER, "server stopped in a large reply",
		     test_stopped_in_reply);
	return check_failures() ? 1 : 0;
}
