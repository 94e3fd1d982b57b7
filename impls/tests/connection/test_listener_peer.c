/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the Listener on every back-end when its clients stay silent,
 * talk nonsense or are another user's, and when it is out of descriptors. Those
 * that are many, or die, are in test_listener_crowd.c.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "impls/core/proc.h"
#include "impls/testkit/listener_support.h"
#include "impls/objects/connection/connection.h"
#include "impls/objects/connection/listener_handshake.h"

/* A client by hand: connected, nothing said. */
static int connect_raw(const struct ipcm_backend *backend)
{
	struct handshake_address where;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	CHECK_OK(handshake_address(backend, address(), &where));
	CHECK(connect(fd, (struct sockaddr *)&where.name, where.bytes) == 0);
	return fd;
}

/* An honest one is served at once, whoever else stands in line. */
static void serve_one(const struct ipcm_backend *backend,
		      struct ipcm_listener *listener, int64_t timeout)
{
	struct ipcm_connection *client = connect_to(backend, NULL);
	struct ipcm_connection *end = NULL;
	char byte = 0;

	CHECK_OK(ipcm_connection_send(client, "h", 1, HANG));
	CHECK_OK(ipcm_listener_accept(listener, timeout, &end));
	if (!end)
		exit(1);
	CHECK_OK(ipcm_connection_recv(end, &byte, 1, HANG, NULL));
	CHECK(byte == 'h');
	ipcm_connection_free(client);
	ipcm_connection_free(end);
}

#define SILENT 140

/* More than are put aside; some speak or hang up later. */
static void test_silent(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener = listen_at(backend, NULL);
	struct ipcm_connection *end;
	int fd[SILENT];
	int64_t start;

	for (int i = 0; i < SILENT; i++)
		fd[i] = connect_raw(backend);
	serve_one(backend, listener, IPCM_TRY);
	start = now_ns();
	CHECK_IS(ipcm_listener_accept(listener, 120 * MS, &end), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 120 * MS);
	CHECK(now_ns() - start < HANG / 2);
	for (int i = 0; i < SILENT; i += 2)
		(void)close(fd[i]);
	serve_one(backend, listener, HANG);
	for (int i = 1; i < SILENT; i += 2)
		(void)send(fd[i], "late", 4, MSG_NOSIGNAL);
	serve_one(backend, listener, IPCM_TRY);
	for (int i = 1; i < SILENT; i += 2)
		(void)close(fd[i]);
	ipcm_listener_free(listener);
}

struct ring {
	const struct ipcm_backend *backend;
	struct ipcm_listener *listener;
};

static int connect_late(void *argument)
{
	const struct ring *ring = argument;

	pause_ms(50);
	ipcm_connection_free(connect_to(ring->backend, NULL));
	return 0;
}

/* A blocked accept wakes for who comes behind a silent one. */
static void test_silent_first(const struct ipcm_backend *backend)
{
	struct ring ring = {backend, listen_at(backend, NULL)};
	int fd = connect_raw(backend);
	struct ipcm_process *child;

	child = child_start(connect_late, &ring);
	ipcm_connection_free(accept_from(ring.listener));
	CHECK(child_ok(child));
	(void)close(fd);
	ipcm_listener_free(ring.listener);
}

/* As many stand in line as it holds: who comes then waits, or not. */
static void test_full_line(const struct ipcm_backend *backend)
{
	struct handshake_address where;
	struct ipcm_connection *end = NULL;
	int64_t start;
	int line, fd;

	CHECK_OK(handshake_address(backend, address(), &where));
	line = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CHECK(bind(line, (struct sockaddr *)&where.name, where.bytes) == 0);
	CHECK(listen(line, 0) == 0);
	fd = connect_raw(backend);
	CHECK_IS(ipcm_client_connect(backend, address(), NULL, 0, IPCM_TRY,
				     &end),
		 IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(
		ipcm_client_connect(backend, address(), NULL, 0, 60 * MS, &end),
		IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 60 * MS);
	(void)close(line);
	(void)close(fd);
	CHECK_IS(ipcm_client_connect(backend, address(), NULL, 0, HANG, &end),
		 IPCM_NOTFOUND);
	CHECK(!end);
}

/* Connected long before it speaks: not forgotten. */
static void test_slow(const struct ipcm_backend *backend)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct handshake_hello hello = {.stage = HANDSHAKE_HELLO};
	struct handshake_answer answer = {.verdict = IPCM_INVALID};
	struct handshake_key key;
	struct ipcm_listener *listener = listen_at(backend, "k");
	struct ipcm_connection *ends[2];
	struct ipcm_connection *end;
	int fd;

	CHECK_OK(handshake_key("k", 1, &key));
	fd = connect_raw(backend);
	CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
		 IPCM_WOULDBLOCK);
	handshake_random(&hello.value);
	CHECK_OK(handshake_hello_send(fd, backend, &hello));
	CHECK_IS(ipcm_listener_accept(listener, 20 * MS, &end), IPCM_TIMEDOUT);
	CHECK_OK(handshake_answer_receive(fd, &answer));
	CHECK_OK(answer.verdict);
	CHECK_IS(ipcm_listener_accept(listener, 20 * MS, &end), IPCM_TIMEDOUT);
	CHECK_OK(connection_pair_open(backend, &options, true, ends));
	CHECK_OK(connection_export_end(ends[1], &hello.handle));
	hello.stage = HANDSHAKE_PROOF;
	handshake_prove(&key, "client", backend, &hello.value, &answer.random,
			&hello.value);
	CHECK_OK(handshake_hello_send(fd, backend, &hello));
	connection_destroy(ends[1]);
	end = accept_from(listener);
	CHECK_OK(handshake_answer_receive(fd, &answer));
	CHECK_OK(answer.verdict);
	(void)close(fd);
	ipcm_connection_free(end);
	connection_destroy(ends[0]);
	ipcm_listener_free(listener);
}

/* Fill the table of descriptors but for so many. @return how many it took */
static unsigned descriptors_fill(int *fill, unsigned left)
{
	unsigned count = 0;

	while ((fill[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		count++;
	while (left && count) {
		(void)close(fill[--count]);
		left--;
	}
	return count;
}

static int connect_to_full(void *argument)
{
	struct ipcm_connection *end = NULL;

	CHECK_IS(ipcm_client_connect((const struct ipcm_backend *)argument,
				     address(), "k", 1, HANG, &end),
		 IPCM_LIMIT);
	CHECK(!end);
	return 0;
}

/* No descriptor for the client, or none for what it brings. */
static void test_full_table(const struct ipcm_backend *backend)
{
	struct rlimit before, limit;
	struct ipcm_connection *client;
	struct ipcm_listener *listener = listen_at(backend, NULL);
	struct ipcm_connection *end = NULL;
	unsigned filled, open;
	int fill[256];
	struct ipcm_process *child;

	client = connect_to(backend, NULL);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	limit = before;
	limit.rlim_cur = 200;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	filled = descriptors_fill(fill, 0);
	CHECK_IS(ipcm_listener_accept(listener, HANG, &end), IPCM_LIMIT);
	while (filled)
		(void)close(fill[--filled]);
	CHECK_OK(ipcm_listener_accept(listener, IPCM_TRY, &end));
	ipcm_connection_free(client);
	ipcm_connection_free(end);
	ipcm_listener_free(listener);
	listener = listen_at(backend, "k");
	child = child_start(connect_to_full, (void *)(uintptr_t)backend);
	pause_ms(50);
	open = proc_descriptors_open();
	filled = descriptors_fill(fill, 1);
	CHECK_IS(ipcm_listener_accept(listener, HANG, &end), IPCM_LIMIT);
	while (filled)
		(void)close(fill[--filled]);
	CHECK(proc_descriptors_open() == open);
	CHECK(child_ok(child));
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	ipcm_listener_free(listener);
}

/* Without the key: each way to begin and to go on that is not the right one. */
static void test_no_proof(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener = listen_at(backend, "k");
	struct handshake_hello hello = {.stage = HANDSHAKE_HELLO};
	struct handshake_answer answer;
	struct ipcm_connection *end;
	int fd;

	for (int i = 0; i < 6; i++) {
		fd = connect_raw(backend);
		hello.stage = HANDSHAKE_HELLO;
		handshake_random(&hello.value);
		if (i < 4) {
			CHECK_OK(handshake_hello_send(fd, backend, &hello));
			CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
				 IPCM_WOULDBLOCK);
			CHECK_OK(handshake_answer_receive(fd, &answer));
		}
		/* a second hello; a proof at random; what the listener said, as
		 * if it were one; a refusal; a proof or a refusal first */
		if (i == 2)
			hello.value = answer.proof;
		if (i == 1 || i == 2 || i == 4)
			hello.stage = HANDSHAKE_PROOF;
		if (i == 3 || i == 5)
			hello.stage = HANDSHAKE_REFUSAL;
		CHECK_OK(handshake_hello_send(fd, backend, &hello));
		CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
			 i == 0 || i > 3 ? IPCM_WOULDBLOCK : IPCM_AUTH);
		(void)close(fd);
	}
	ipcm_listener_free(listener);
}

/* A listener that does not know the key gets no end. */
static int connect_to_false(void *argument)
{
	struct ipcm_connection *end = NULL;

	CHECK_IS(ipcm_client_connect((const struct ipcm_backend *)argument,
				     address(), "k", 1, HANG, &end),
		 IPCM_AUTH);
	CHECK(!end);
	return 0;
}

static void test_false_listener(const struct ipcm_backend *backend)
{
	struct handshake_answer answer = {.verdict = IPCM_OK};
	struct handshake_hello hello;
	struct handshake_address where;
	struct ipcm_process *child;
	int line, fd;

	CHECK_OK(handshake_address(backend, address(), &where));
	line = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CHECK(bind(line, (struct sockaddr *)&where.name, where.bytes) == 0);
	CHECK(listen(line, 1) == 0);
	child = child_start(connect_to_false, (void *)(uintptr_t)backend);
	fd = accept(line, NULL, NULL);
	while (handshake_hello_receive(fd, backend, &hello) == IPCM_EMPTY)
		pause_ms(1);
	CHECK(hello.stage == HANDSHAKE_HELLO && hello.handle.fd_count == 0);
	/* what the client said, as if it were a proof */
	answer.random = answer.proof = hello.value;
	CHECK_OK(handshake_answer_send(fd, &answer));
	while (handshake_hello_receive(fd, backend, &hello) == IPCM_EMPTY)
		pause_ms(1);
	CHECK(hello.stage == HANDSHAKE_REFUSAL && hello.handle.fd_count == 0);
	CHECK(child_ok(child));
	(void)close(fd);
	(void)close(line);
}

/* How many descriptors survive exec. */
static unsigned descriptors_for_exec(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 200; fd++) {
		int flags = fcntl(fd, F_GETFD);

		count += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return count;
}

/* What comes with an end does not. */
static void test_close_on_exec(const struct ipcm_backend *backend)
{
	unsigned before = descriptors_for_exec();
	struct ipcm_connection *client, *end;
	struct ipcm_listener *listener = listen_at(backend, NULL);

	client = connect_to(backend, NULL);
	end = accept_from(listener);
	CHECK(descriptors_for_exec() == before);
	ipcm_connection_free(client);
	ipcm_connection_free(end);
	ipcm_listener_free(listener);
}

/* A hello with one thing wrong. */
static void say_wrong(const struct ipcm_backend *backend, int which, int junk)
{
	struct handshake_hello hello = {.stage = which & 1 ? HANDSHAKE_PLAIN
							   : HANDSHAKE_PROOF};
	int fd = connect_raw(backend);

	hello.handle = (struct connection_handle){
		.frame_bytes = 4096,
		.port_fds = (uint32_t)which % 5,
		.fd_count = (unsigned)which % (CONNECTION_HANDLE_FDS + 1),
	};
	if (hello.handle.port_fds > hello.handle.fd_count)
		hello.handle.port_fds = hello.handle.fd_count;
	for (unsigned i = 0; i < CONNECTION_HANDLE_FDS; i++)
		hello.handle.fd[i] = junk;
	for (unsigned i = 0; i < 8; i++)
		hello.handle.word[i] = (uint64_t)which * 4096 * i;
	CHECK_OK(handshake_hello_send(fd, backend, &hello));
	(void)close(fd);
}

/* Bytes that are no hello, hellos with wrong descriptors, none, too many. */
static void test_nonsense(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener = listen_at(backend, NULL);
	struct ipcm_connection *end;
	char noise[2000];
	int junk[3];

	memset(noise, 0x5a, sizeof(noise));
	CHECK(pipe2(junk, O_CLOEXEC) == 0);
	junk[2] = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; i < 60; i++) {
		int fd = connect_raw(backend);

		(void)send(fd, noise, (size_t)(i * i) % sizeof(noise), 0);
		(void)close(fd);
		say_wrong(backend, i, junk[i % 3]);
	}
	serve_one(backend, listener, HANG);
	CHECK_IS(ipcm_listener_accept(listener, IPCM_TRY, &end),
		 IPCM_WOULDBLOCK);
	for (int i = 0; i < 3; i++)
		(void)close(junk[i]);
	ipcm_listener_free(listener);
}

/* An empty message has descriptors, too: the listener must not keep them. */
static void test_wordless(const struct ipcm_backend *backend)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct msghdr message = {.msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	struct ipcm_listener *listener = listen_at(backend, NULL);
	unsigned before;

	before = proc_descriptors_open();
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	for (int i = 0; i < 8; i++) {
		int fd = connect_raw(backend);

		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
		CHECK(sendmsg(fd, &message, MSG_NOSIGNAL) == 0);
		(void)close(fd);
	}
	serve_one(backend, listener, HANG);
	CHECK(proc_descriptors_open() == before);
	ipcm_listener_free(listener);
}

/* A true hello but for one number of it. */
static void test_forged(const struct ipcm_backend *backend)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_listener *listener = listen_at(backend, NULL);
	struct ipcm_connection *ends[2];
	struct ipcm_connection *end;
	size_t frame_bytes;

	for (int i = 0; i < 5; i++) {
		struct handshake_hello hello = {.stage = HANDSHAKE_PLAIN};
		int fd = connect_raw(backend);

		if (!CHECK_OK(connection_pair_open(backend, &options, true,
						   ends))) {
			(void)close(fd);
			break;
		}
		CHECK_OK(connection_export_end(ends[1], &hello.handle));
		frame_bytes = hello.handle.frame_bytes;
		if (i == 0)
			hello.handle.frame_bytes = 3;
		if (i == 1)
			hello.handle.frame_bytes = UINT32_MAX;
		if (i == 2)
			hello.handle.fd_count--;
		if (i == 3)
			hello.handle.port_fds = hello.handle.fd_count + 1;
		if (i == 4) /* more than most mechanisms take */
			hello.handle.frame_bytes = CONNECTION_FRAME_MAX + 1;
		if (i == 4 && frame_bytes < CONNECTION_FRAME_MAX)
			hello.handle.frame_bytes = CONNECTION_FRAME_MAX;
		CHECK_OK(handshake_hello_send(fd, backend, &hello));
		(void)close(fd);
		connection_destroy(ends[0]);
		connection_destroy(ends[1]);
	}
	CHECK_IS(ipcm_listener_accept(listener, 50 * MS, &end), IPCM_TIMEDOUT);
	serve_one(backend, listener, IPCM_TRY);
	ipcm_listener_free(listener);
}

#define OTHER_UID 65534

struct squat {
	struct handshake_address where;
	int ready[2];
};

/* Another user's process with our name, or at our listener. */
static int squat(void *argument)
{
	struct squat *squat = argument;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	CHECK(setuid(OTHER_UID) == 0);
	CHECK(bind(fd, (struct sockaddr *)&squat->where.name,
		   squat->where.bytes) == 0);
	CHECK(listen(fd, 5) == 0);
	CHECK(write(squat->ready[1], "r", 1) == 1);
	pause_ms(60000);
	return 0;
}

static int intrude(void *argument)
{
	struct squat *squat = argument;
	char nothing;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	CHECK(setuid(OTHER_UID) == 0);
	CHECK(connect(fd, (struct sockaddr *)&squat->where.name,
		      squat->where.bytes) == 0);
	CHECK(write(squat->ready[1], "r", 1) == 1);
	/* hung up on without a word */
	CHECK(recv(fd, &nothing, 1, 0) <= 0);
	return 0;
}

static void test_other_users(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	struct squat other;
	struct ipcm_process *child;
	char byte;

	if (geteuid() != 0)
		return; /* only root can play two users */
	CHECK_OK(handshake_address(backend, address(), &other.where));
	CHECK(pipe2(other.ready, O_CLOEXEC) == 0);
	child = child_start(squat, &other);
	CHECK(read(other.ready[0], &byte, 1) == 1);
	CHECK_IS(ipcm_client_connect(backend, address(), NULL, 0, HANG, &end),
		 IPCM_PERM);
	CHECK_IS(ipcm_listener_create(backend, address(), NULL, 0, &listener),
		 IPCM_EXISTS);
	child_kill(child);
	listener = listen_at(backend, NULL);
	child = child_start(intrude, &other);
	CHECK(read(other.ready[0], &byte, 1) == 1);
	CHECK_IS(ipcm_listener_accept(listener, 50 * MS, &end), IPCM_TIMEDOUT);
	serve_one(backend, listener, IPCM_TRY);
	CHECK(child_ok(child));
	ipcm_listener_free(listener);
	(void)close(other.ready[0]);
	(void)close(other.ready[1]);
}

int main(void)
{
	each_backend(NEEDS_LISTENER, "silent", test_silent);
	each_backend(NEEDS_LISTENER, "silent first", test_silent_first);
	each_backend(NEEDS_LISTENER, "full line", test_full_line);
	each_backend(NEEDS_LISTENER, "slow", test_slow);
	each_backend(NEEDS_LISTENER, "full table", test_full_table);
	each_backend(NEEDS_LISTENER, "no proof", test_no_proof);
	each_backend(NEEDS_LISTENER, "false listener", test_false_listener);
	each_backend(NEEDS_LISTENER, "close-on-exec", test_close_on_exec);
	each_backend(NEEDS_LISTENER, "nonsense", test_nonsense);
	each_backend(NEEDS_LISTENER, "wordless", test_wordless);
	each_backend(NEEDS_LISTENER, "forged", test_forged);
	each_backend(NEEDS_LISTENER, "other users", test_other_users);
	return check_failures() ? 1 : 0;
}
