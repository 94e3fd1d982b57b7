/* SPDX-License-Identifier: MIT */
/*
 * Clients that are killed at any moment of a connect, and the System V queues
 * of theirs that nothing may leave behind.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "impls/testkit/listener_support.h"

/* How many System V queues do the registry's files that a process has open
 * name? Their keys go to `key`. */
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

	printf("seed %u for the kills on %s\n", seed, backend->name);
	listener = listen_at(backend, "k");
	for (int i = 0; i < KILLS; i++) {
		struct ipcm_process *child = child_start(
			connect_for_ever, (void *)(uintptr_t)backend);
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
		keys += keys_of(child_pid(child), key + keys, KEYS - keys);
		child_kill(child);
	}
	ipcm_listener_free(listener);
	for (unsigned i = 0; i < keys; i++)
		CHECK(queue_is_gone(key[i]));
}

int main(void)
{
	each_backend(NEEDS_LISTENER, "killed", test_killed);
	return check_failures() ? 1 : 0;
}
