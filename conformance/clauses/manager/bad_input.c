/* SPDX-License-Identifier: MIT */
/*
 * M-14: programs that speak to a manager's server and do not mean it well: at
 * its address without a key, and over a connection with the right one.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"
#include "conformance/harness/fixtures/fixtures_named.h"
#include "conformance/harness/fixtures/fixtures_process.h"

#define KEY	  "a key for this clause"
#define KEY_BYTES (sizeof(KEY) - 1)

enum { TRIES = 200, SILENT = 5, MOST = 3000 };

/* The socket of the listener, as the kernel's list names it. */
static void find_socket(const char *address, struct sockaddr_un *name,
			socklen_t *bytes)
{
	char line[300], path[200];
	FILE *list = fopen("/proc/net/unix", "re");

	if (!list)
		check_harness_error("/proc/net/unix: %s", strerror(errno));
	path[0] = '\0';
	while (fgets(line, sizeof(line), list)) {
		if (strstr(line, address) &&
		    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s @%199s", path))
			break;
	}
	(void)fclose(list);
	CHECK(path[0], "no socket is called %s", address);
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path + 1, path, strlen(path));
	*bytes = (socklen_t)(sizeof(name->sun_family) + 1 + strlen(path));
}

static int socket_to(const struct sockaddr_un *name, socklen_t bytes)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)name, bytes) == 0,
	      "connect: %s", strerror(errno));
	return fd;
}

/* A few words that mean something somewhere, between others. */
static size_t fill_at_random(uint32_t *words)
{
	static const uint32_t usual[] = {0, 1, 2, 8, 256, 257, UINT32_MAX};
	size_t bytes = (size_t)random_below(MOST);
	bool plausible = random_below(2);

	if (plausible)
		bytes = 32 + (size_t)random_below(40);
	for (size_t i = 0; i <= bytes / 4; i++) {
		if (plausible && random_below(8))
			words[i] = usual[random_below(sizeof(usual) / 4)];
		else
			words[i] = (uint32_t)random_next();
	}
	return bytes;
}

/* Who connects and says nothing stays until the end. */
static void shout_at_the_socket(const char *address, int silent[SILENT])
{
	uint32_t words[MOST / 4 + 1];
	struct sockaddr_un name;
	socklen_t bytes;

	find_socket(address, &name, &bytes);
	for (int i = 0; i < SILENT; i++)
		silent[i] = socket_to(&name, bytes);
	for (int i = 0; i < TRIES; i++) {
		int fd = socket_to(&name, bytes);

		for (uint64_t more = random_below(3); more-- > 0;)
			(void)send(fd, words, fill_at_random(words),
				   MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)close(fd);
	}
}

/* The server answers, hangs up, or, where it waits for the rest, is silent. */
static size_t answer_of(struct ipcm_connection *end, void *answer)
{
	size_t size = 0;
	enum ipcm_status status =
		ipcm_connection_recv(end, answer, MOST, 10 * MS, &size);

	CHECK(status == IPCM_OK || status == IPCM_EOF ||
		      status == IPCM_TIMEDOUT,
	      "the end of a bad client: %s", ipcm_status_name(status));
	return status == IPCM_OK ? size : 0;
}

static struct ipcm_connection *connect_to(const struct ipcm_backend *backend,
					  const char *address)
{
	struct ipcm_connection *end = NULL;

	CHECK_OK(ipcm_client_connect(backend, address, KEY, KEY_BYTES,
				     hang_ns(), &end));
	return end;
}

static void talk_nonsense(const struct ipcm_backend *backend,
			  const char *address)
{
	uint32_t words[MOST / 4 + 1];
	struct ipcm_connection *end = connect_to(backend, address);

	for (uint64_t more = 1 + random_below(3); more-- > 0;)
		any_status(ipcm_connection_send(
			end, words, fill_at_random(words), 20 * MS));
	if (random_below(2))
		(void)answer_of(end, words);
	ipcm_connection_free(end);
}

/* What manager_protocol.h says; check_format finds out if it has changed. */
enum { HELLO = 1, PID, OPEN, KINDS = 12, OPERATIONS = 13, TOKEN_BYTES = 16 };
struct request {
	uint32_t op, flags;
	uint64_t object, thread, total;
	uint64_t arguments[40];
};
struct answer {
	uint32_t status, flags;
	uint64_t number, size;
	char bytes[MOST];
};

/* With so many words of arguments. */
static void request_send(struct ipcm_connection *end, struct request *request,
			 size_t words)
{
	request->total = offsetof(struct request, arguments) + 8 * words;
	any_status(ipcm_connection_send(end, request, (size_t)request->total,
					20 * MS));
}

static struct ipcm_connection *introduce(const struct ipcm_backend *backend,
					 const char *address)
{
	struct ipcm_connection *end = connect_to(backend, address);
	struct request hello = {.op = HELLO, .arguments = {TOKEN_BYTES}};

	hello.arguments[1] = random_next();
	request_send(end, &hello, 4);
	return end;
}

static void check_format(const struct ipcm_backend *backend,
			 const char *address, pid_t server)
{
	struct ipcm_connection *end = introduce(backend, address);
	struct request request = {.op = PID};
	struct answer answer;

	request_send(end, &request, 0);
	CHECK_OK(ipcm_connection_recv(end, &answer, sizeof(answer), hang_ns(),
				      NULL));
	CHECK(answer.status == IPCM_OK && answer.number == (uint64_t)server,
	      "the format of requests has changed: mend this clause");
	ipcm_connection_free(end);
}

/* An object of its own; 0: the server did not like the request. */
static uint64_t open_one(struct ipcm_connection *end, uint64_t kind)
{
	struct request request = {.op = OPEN, .arguments = {kind, 0, 2}};
	struct answer answer = {.number = 0};
	bool more = kind == 3 || kind == 6 || kind == 7 || kind == 10;

	request_send(end, &request, more ? 3 : 2);
	return answer_of(end, &answer) ? answer.number : 0;
}

/* Requests that look right, with arguments that are not. */
static void talk_like_a_client(const struct ipcm_backend *backend,
			       const char *address)
{
	static const uint64_t usual[] = {
		0, 1, 8, 24, UINT64_MAX, INT64_MAX, 1ULL << 32, 64 << 20};
	struct ipcm_connection *end = introduce(backend, address);
	uint64_t kind = 1 + random_below(KINDS - 1);
	uint64_t object = open_one(end, kind);
	struct answer answer;

	for (int i = 0; i < 6; i++) {
		struct request request = {.object = object};
		size_t words = (size_t)random_below(6);

		request.op = (uint32_t)(kind << 8 | random_below(OPERATIONS));
		if (random_below(4) == 0) {
			request.op = PID + (uint32_t)random_below(5);
			request.object = 0;
		}
		request.flags = (uint32_t)random_below(2);
		for (size_t j = 0; j < words; j++)
			request.arguments[j] = usual[random_below(8)];
		request_send(end, &request, words);
		(void)answer_of(end, &answer);
	}
	ipcm_connection_free(end);
}

/* Thousands of requests whose answers it does not take. */
static void flood(const struct ipcm_backend *backend, const char *address)
{
	struct ipcm_connection *end = introduce(backend, address);
	struct request request = {.op = PID};
	size_t bytes = offsetof(struct request, arguments);
	enum ipcm_status status = IPCM_OK;

	request.total = bytes;
	for (int i = 0; i < 5000 && status == IPCM_OK; i++)
		status = ipcm_connection_send(end, &request, bytes, IPCM_TRY);
	pause_ns(10 * MS);
	ipcm_connection_free(end);
}

static void check_service(struct ipcm_manager *manager, struct ipcm_proxy *dict,
			  const char *after)
{
	pid_t pid = manager_pid(manager);
	int64_t begun = now_ns();

	CHECK(pid_runs(pid), "the server is dead after %s", after);
	count_set(dict, "count", begun);
	CHECK_EQUAL(begun, count_get(dict, "count"), "count");
	CHECK(now_ns() - begun < slack_ns(), "two calls after %s took %lld ms",
	      after, (long long)((now_ns() - begun) / MS));
}

static void bad_input_is_refused(const struct ipcm_backend *backend)
{
	struct ipcm_manager_options options = IPCM_MANAGER_OPTIONS_INIT;
	struct ipcm_manager *manager = NULL, *other = NULL;
	struct ipcm_proxy *dict;
	int silent[SILENT];
	char address[NAMED_BYTES];

	named_name("shouted-at", address);
	options.address = address;
	options.key = KEY;
	options.key_bytes = KEY_BYTES;
	CHECK_OK(ipcm_manager_create(backend, &options, &manager));
	CHECK_OK(ipcm_manager_start(manager));
	dict = dict_make(manager);
	shout_at_the_socket(address, silent);
	check_service(manager, dict, "random bytes at its socket");
	CHECK_STATUS(IPCM_AUTH, ipcm_manager_connect(backend, address, "key", 3,
						     hang_ns(), &other));
	check_format(backend, address, manager_pid(manager));
	for (int i = 0; i < TRIES; i++) {
		talk_nonsense(backend, address);
		check_service(manager, dict, "random bytes");
		talk_like_a_client(backend, address);
		check_service(manager, dict, "bad requests");
	}
	for (int i = 0; i < 3; i++) {
		flood(backend, address);
		check_service(manager, dict, "a flood of requests");
	}
	CHECK_OK(ipcm_manager_connect(backend, address, KEY, KEY_BYTES,
				      hang_ns(), &other));
	ipcm_manager_free(other);
	for (int i = 0; i < SILENT; i++)
		(void)close(silent[i]);
	ipcm_proxy_free(dict);
	manager_end(manager);
}

static const struct clause table[] = {
	{"M-14", LEVEL_BEYOND, OBJECT_MANAGER,
	 "Random bytes, wrong keys and silence at the server's socket; "
	 "truncated, impossible and random requests, and thousands at once, over "
	 "connections with the right key.",
	 "Refused; every client that knows how to speak is served meanwhile.",
	 "ipcmark manager.h", 0, false, bad_input_is_refused},
};

CLAUSE_LIST(clauses_manager_bad_input, table);
