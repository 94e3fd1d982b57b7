/* SPDX-License-Identifier: MIT */
/*
 * P-FDS: descriptors that travel through a connection.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Both processes have the pipe; descriptors made later only one of them. */
static void descriptor_expect(struct ipcm_connection *end, int *ret_fd)
{
	*ret_fd = -1;
	CHECK_STATUS(IPCM_OK, ipcm_connection_recv_fd(end, hang_ns(), ret_fd));
	CHECK(*ret_fd >= 0, "OK, but descriptor %d", *ret_fd);
	CHECK(fcntl(*ret_fd, F_GETFD) & FD_CLOEXEC,
	      "descriptor %d is not close-on-exec", *ret_fd);
}

static void use_descriptors(void *argument)
{
	struct pair *pair = argument;
	char text[16] = "";
	int in, out, file, high;

	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair->second));
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
	CHECK_STATUS(IPCM_OK, ipcm_connection_send_fd(end, fd, hang_ns()));
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
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.first));
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
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.second));
	peer_join(&user);
	(void)close(ping[1]);
	(void)close(pong[0]);
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
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_poll(pair.first, IPCM_TRY, &ready));
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
}

static const struct clause table[] = {
	{"P-FDS-01", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "Send both ends of a pipe, a file, descriptor 300, then plain data.",
	 "The receiver uses them after the sender closed them; data without "
	 "a descriptor is an error.",
	 "unix(7), SCM_RIGHTS; CPython test test_fd_transfer, "
	 "test_large_fd_transfer, test_missing_fd_transfer",
	 0, false, descriptors},
};

CLAUSE_LIST(clauses_pipe_descriptor, table);
