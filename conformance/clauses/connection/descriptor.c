/* SPDX-License-Identifier: MIT */
/*
 * P-FDS: descriptors that travel through a connection.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Both processes have the pipe; descriptors made later only one of them. */
static void descriptor_expect(struct ipcm_connection *end, int *ret_fd)
{
	*ret_fd = -1;
	CHECK_OK(ipcm_connection_recv_fd(end, hang_ns(), ret_fd));
	CHECK(*ret_fd >= 0, "OK, but descriptor %d", *ret_fd);
	CHECK(fcntl(*ret_fd, F_GETFD) & FD_CLOEXEC,
	      "descriptor %d is not close-on-exec", *ret_fd);
}

static void use_descriptors(void *argument)
{
	struct pair *pair = argument;
	char text[16] = "";
	int in, out, file, high;

	CHECK_OK(ipcm_connection_close(pair->second));
	descriptor_expect(pair->first, &in);
	descriptor_expect(pair->first, &out);
	message_expect(pair->first, 1, 100);
	descriptor_expect(pair->first, &file);
	CHECK(pread(file, text, 8, 0) == 8 && memcmp(text, "contents", 8) == 0,
	      "the file that was sent says \"%s\"", text);
	/* data without a descriptor: an error, and it is dropped */
	CHECK_STATUS(IPCM_CORRUPT,
		     ipcm_connection_recv_fd(pair->first, hang_ns(), &high));
	descriptor_expect(pair->first, &high);
	CHECK(pread(high, text, 8, 0) == 8 && memcmp(text, "contents", 8) == 0,
	      "the file behind descriptor 300 says \"%s\"", text);
	message_expect(pair->first, 3, 7);
	CHECK(write(out, "pong", 4) == 4, "write: %s", strerror(errno));
	CHECK(read(in, text, 4) == 4 && memcmp(text, "ping", 4) == 0,
	      "the pipe that was sent says \"%s\"", text);
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv_fd(pair->first, hang_ns(), &high));
}

static void send_and_close(struct ipcm_connection *end, int fd)
{
	CHECK_OK(ipcm_connection_send_fd(end, fd, hang_ns()));
	CHECK(close(fd) == 0, "send_fd closed the sender's descriptor");
}

static int file_make(void)
{
	int fd = memfd_create("contents", MFD_CLOEXEC);

	if (fd < 0 || write(fd, "contents", 8) != 8)
		check_harness_error("memfd: %s", strerror(errno));
	return fd;
}

static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		check_harness_error("pipe2: %s", strerror(errno));
}

static void descriptors_travel(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct peer user = peer_start(use_descriptors, &pair);
	int ping[2], pong[2], file;
	char text[4];

	(void)signal(SIGPIPE, SIG_IGN);
	CHECK_OK(ipcm_connection_close(pair.first));
	make_pipe(ping);
	make_pipe(pong);
	send_and_close(pair.second, ping[0]);
	send_and_close(pair.second, pong[1]);
	message_send(pair.second, 1, 100);
	send_and_close(pair.second, file_make());
	message_send(pair.second, 2, 50);
	file = file_make();
	if (dup3(file, 300, O_CLOEXEC) != 300)
		check_limit("descriptor 300 is beyond RLIMIT_NOFILE; lift it "
			    "with ulimit -n 1024");
	(void)close(file);
	send_and_close(pair.second, 300);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send_fd(pair.second, -1, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send_fd(pair.second, 300, IPCM_TRY));
	message_send(pair.second, 3, 7);
	/* the receiver's copies live on although ours are closed */
	CHECK(write(ping[1], "ping", 4) == 4, "write: %s", strerror(errno));
	CHECK(read(pong[0], text, 4) == 4 && memcmp(text, "pong", 4) == 0,
	      "no answer through the descriptor that was sent");
	CHECK_OK(ipcm_connection_close(pair.second));
	peer_join(&user);
	(void)close(ping[1]);
	(void)close(pong[0]);
	pair_free(&pair);
}

/* Data where a descriptor is wanted is dropped, a message at a time. */
static void data_and_descriptors(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct ipcm_waitable thing = {.end = pair.first};
	bool ready = false;
	int fd = -7;

	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv_fd(pair.first, IPCM_TRY, &fd));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv_fd(pair.first, 20 * MS, &fd));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_recv_fd(pair.first, IPCM_TRY, NULL));
	message_send(pair.second, 1, 1);
	message_send(pair.second, 2, 0);
	message_send(pair.second, 3, 100000);
	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_OK, ipcm_connection_send_fd(
					      pair.second, STDERR_FILENO, S));
	message_send(pair.second, 4, 1);
	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_CORRUPT,
			     ipcm_connection_recv_fd(pair.first, S, &fd));
	CHECK_EQUAL(-7, fd, "ret_fd after CORRUPT");
	CHECK_STATUS(IPCM_OK, ipcm_connection_poll(pair.first, 0, &ready));
	CHECK_STATUS(IPCM_OK, ipcm_wait(&thing, 1, IPCM_TRY, NULL));
	CHECK(ready && thing.ready, "a descriptor does not show");
	/* a descriptor where data is wanted is an empty message */
	message_expect(pair.first, 0, 0);
	for (int i = 0; i < 2; i++) {
		descriptor_expect(pair.first, &fd);
		(void)close(fd);
	}
	message_expect(pair.first, 4, 1);
	/* never received: what it refers to is closed with the end */
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_send_fd(pair.second, STDERR_FILENO, S));
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.first));
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_send_fd(pair.first, 0, S));
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_recv_fd(pair.first, S, &fd));
	pair_free(&pair);
	pair = pipe_make(backend, false);
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_send_fd(pair.first, 0, S));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_recv_fd(pair.second, S, &fd));
	pair_free(&pair);
}

/* Out of descriptors: LIMIT, and the one that came is not lost. */
static void none_is_free(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	rlim_t before = limit_set(RLIMIT_NOFILE, 200);
	int taken[200], count = 0, fd = -1;

	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_send_fd(pair.second, STDERR_FILENO, S));
	while ((taken[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		count++;
	CHECK_STATUS(IPCM_LIMIT,
		     ipcm_connection_recv_fd(pair.first, IPCM_TRY, &fd));
	while (count)
		(void)close(taken[--count]);
	(void)limit_set(RLIMIT_NOFILE, before);
	descriptor_expect(pair.first, &fd);
	(void)close(fd);
	pair_free(&pair);
}

static void send_large(void *argument)
{
	message_send(argument, 1, 8);
	message_send(argument, 2, (size_t)32 << 20);
}

/* Met behind a message that was cut short, a descriptor is kept for later. */
static void kept_behind_a_cut(const struct ipcm_backend *backend, bool received)
{
	struct pair pair = pipe_make(backend, false);
	struct peer sender = peer_start(send_large, pair.second);
	char text[16];
	int fd;

	message_expect(pair.first, 1, 8);
	peer_await_state(&sender, 'S');
	peer_kill(&sender);
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair.first, text, 16, MS, NULL));
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_send_fd(pair.second, STDERR_FILENO, S));
	CHECK_STATUS(IPCM_CORRUPT,
		     ipcm_connection_recv(pair.first, text, 16, S, NULL));
	if (received) {
		descriptor_expect(pair.first, &fd);
		(void)close(fd);
	}
	pair_free(&pair);
}

static void descriptors_are_refused(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	int fd = -1;
	bool ready = true;
	enum ipcm_status status =
		ipcm_connection_send_fd(pair.second, STDERR_FILENO, IPCM_TRY);

	if (status != IPCM_NOTSUP)
		check_undeclared_support(
			"send_fd gave %s, but SEND_FD is not declared",
			ipcm_status_name(status));
	CHECK_OK(ipcm_connection_poll(pair.first, IPCM_TRY, &ready));
	CHECK(!ready, "a refused send_fd left something to receive");
	message_send(pair.second, 1, 8);
	status = ipcm_connection_recv_fd(pair.first, IPCM_TRY, &fd);
	if (status != IPCM_NOTSUP)
		check_undeclared_support(
			"recv_fd gave %s, but SEND_FD is not declared",
			ipcm_status_name(status));
	message_expect(pair.first, 1, 8);
	pair_free(&pair);
	check_unsupported("SEND_FD is not declared; send_fd and recv_fd give "
			  "NOTSUP");
}

static void descriptors(const struct ipcm_backend *backend)
{
	if (!(backend->capabilities & IPCM_CAP_SEND_FD))
		descriptors_are_refused(backend);
	descriptors_travel(backend);
	data_and_descriptors(backend);
	none_is_free(backend);
	kept_behind_a_cut(backend, true);
	kept_behind_a_cut(backend, false);
}

static const struct clause table[] = {
	{"P-FDS-01", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "Send both ends of a pipe, a file, descriptor 300, then plain data; "
	 "with no descriptor free; behind a message whose sender was killed.",
	 "The receiver uses them after the sender closed them; data without "
	 "a descriptor is an error; LIMIT, and none is lost.",
	 "unix(7), SCM_RIGHTS; CPython test test_fd_transfer, "
	 "test_large_fd_transfer, test_missing_fd_transfer",
	 0, true, descriptors},
};

CLAUSE_LIST(clauses_pipe_descriptor, table);
