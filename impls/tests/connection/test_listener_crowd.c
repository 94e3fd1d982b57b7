/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the Listener on every back-end when its clients are many, or are
 * killed at any moment; and of what they leave behind.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>

#include "impls/testkit/listener_support.h"

#define CLIENTS	  100
#define AT_A_TIME 20

struct crowd {
	const struct ipcm_backend *backend;
	uint32_t number;
};

static int crowd_client(void *argument)
{
	const struct crowd *crowd = argument;
	struct ipcm_connection *end = NULL;
	enum ipcm_status status;
	uint32_t got = 0;

	/* LIMIT: a user has few POSIX queues; the others give theirs back */
	do {
		status = ipcm_client_connect(crowd->backend, address(), "k", 1,
					     HANG, &end);
		if (status == IPCM_LIMIT)
			pause_ms(5);
	} while (status == IPCM_LIMIT);
	CHECK_IS(status, IPCM_OK);
	for (int i = 0; i < 3; i++) {
		CHECK_IS(ipcm_connection_send(end, &crowd->number,
					      sizeof(crowd->number), HANG),
			 IPCM_OK);
		CHECK_IS(ipcm_connection_recv(end, &got, sizeof(got), HANG,
					      NULL),
			 IPCM_OK);
		CHECK(got == ~crowd->number);
	}
	ipcm_connection_free(end);
	return 0;
}

/* @return 1 if the end is done with, and freed */
static int crowd_answer(struct ipcm_connection *end)
{
	uint32_t number;
	enum ipcm_status status = ipcm_connection_recv(
		end, &number, sizeof(number), IPCM_TRY, NULL);

	if (status == IPCM_OK) {
		number = ~number;
		status = ipcm_connection_send(end, &number, sizeof(number),
					      HANG);
	}
	if (status == IPCM_OK || status == IPCM_WOULDBLOCK)
		return 0;
	ipcm_connection_free(end);
	return 1;
}

/* Serve until all children are gone. Waits for ends and children at once. */
static void crowd_serve(struct ipcm_listener *listener, unsigned children,
			bool killed)
{
	struct ipcm_waitable things[CLIENTS];
	size_t count = 0;
	int code;

	while (children || count) {
		struct ipcm_connection *end;
		enum ipcm_status status =
			ipcm_listener_accept(listener, 2 * MS, &end);

		CHECK(status == IPCM_OK || status == IPCM_TIMEDOUT ||
		      status == IPCM_LIMIT);
		if (status == IPCM_OK)
			things[count++] = (struct ipcm_waitable){.end = end};
		status = ipcm_wait(things, count, IPCM_TRY, NULL);
		for (size_t i = 0; !status && i < count; i++)
			if (things[i].ready && crowd_answer(things[i].end))
				things[i--] = things[--count];
		while (children && waitpid(-1, &code, WNOHANG) > 0) {
			children--;
			CHECK(killed ||
			      (WIFEXITED(code) && !WEXITSTATUS(code)));
		}
	}
}

/* A hundred, twenty at a time. */
static void test_crowd(const struct ipcm_backend *backend)
{
	struct crowd crowd = {backend, 0};
	struct ipcm_listener *listener;

	if (!listens(backend))
		return;
	listener = listen_at(backend, "k");
	while (crowd.number < CLIENTS) {
		for (unsigned i = 0; i < AT_A_TIME; i++, crowd.number++)
			(void)child_start(crowd_client, &crowd);
		crowd_serve(listener, AT_A_TIME, false);
	}
	ipcm_listener_free(listener);
}

/* How many System V queues do the ledger's files that a process has open name?
 * Their keys go to `key`. */
static unsigned keys_of(pid_t process, uint32_t *key, unsigned most)
{
	char path[64], name[400], target[256];
	unsigned count = 0;
	struct dirent *item;
	DIR *list;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
	list = opendir(path);
	while (list && (item = readdir(list)) && count < most) {
		const char *mark;
		ssize_t length;

		(void)snprintf(name, sizeof(name), "%s/%s", path, item->d_name);
		length = readlink(name, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		mark = strstr(target, "/msg-");
		if (mark)
			key[count++] = (uint32_t)strtoul(mark + 5, NULL, 16);
	}
	if (list)
		(void)closedir(list);
	return count;
}

static int connect_for_ever(void *argument)
{
	const struct ipcm_backend *backend = argument;
	struct ipcm_connection *end;

	for (;;) {
		if (ipcm_client_connect(backend, address(), "k", 1, HANG, &end))
			continue;
		(void)!ipcm_connection_send(end, "x", 1, IPCM_TRY);
		ipcm_connection_free(end);
	}
	return 0;
}

/* In the end: another process may be about to collect it. */
static bool queue_is_gone(uint32_t key)
{
	int64_t until = now_ns() + HANG / 2;

	do {
		if (msgget((key_t)key, 0) < 0 && errno == ENOENT)
			return true;
		(void)ipcm_collect();
		pause_ms(2);
	} while (now_ns() < until);
	return false;
}

#define KILLS 25
#define KEYS  512

/* SIGKILL anywhere in the life of a client; nothing stays behind. */
static void test_killed(const struct ipcm_backend *backend)
{
	uint32_t seed = (uint32_t)getpid() * 2654435761u | 1;
	struct ipcm_listener *listener;
	uint32_t key[KEYS];
	unsigned keys = 0;

	if (!listens(backend))
		return;
	printf("seed %u for the kills on %s\n", seed, backend->name);
	listener = listen_at(backend, "k");
	for (int i = 0; i < KILLS; i++) {
		pid_t child = child_start(connect_for_ever,
					  (void *)(uintptr_t)backend);
		int64_t until =
			now_ns() + random_next(&seed) % 20000 * INT64_C(1000);

		do {
			struct ipcm_connection *end;
			enum ipcm_status status =
				ipcm_listener_accept(listener, MS / 2, &end);

			CHECK(status == IPCM_OK || status == IPCM_TIMEDOUT);
			if (status == IPCM_OK)
				ipcm_connection_free(end);
		} while (now_ns() < until);
		keys += keys_of(child, key + keys, KEYS - keys);
		child_kill(child);
	}
	ipcm_listener_free(listener);
	for (unsigned i = 0; i < keys; i++)
		CHECK(queue_is_gone(key[i]));
}

int main(void)
{
	each_backend(NEEDS_PIPE, "crowd", test_crowd);
	each_backend(NEEDS_PIPE, "killed", test_killed);
	return check_failures() ? 1 : 0;
}
