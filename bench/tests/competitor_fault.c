/* SPDX-License-Identifier: MIT */
/*
 * A competitor that is sound, or has one fault: IPCMARK_COMPETITOR_FAULT says
 * which. Over a pair of sockets; the test puts it in the place of a real one.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/competitors/programs/channel.h"

/* The message that a liar swallows, or damages. */
#define VICTIM 100

struct fake {
	int fd[2];
	int own;
	unsigned long sent;
};

const bool competitor_has_threads = false;
const bool competitor_has_own_ways = false;

static bool has_fault(const char *name)
{
	const char *fault = getenv("IPCMARK_COMPETITOR_FAULT");

	return fault && !strcmp(fault, name);
}

void competitor_version(char *ret_text, size_t bytes)
{
	/* what the dynamic linker does without the library */
	if (has_fault("no_library"))
		_exit(127);
	snprintf(ret_text, bytes, "Fake 1.2.3");
}

/* It has said all, and does not end. */
static void linger(void)
{
	fclose(stdout);
	for (;;)
		pause();
}

void *competitor_create(const struct competitor_setup *setup,
			const char **ret_why)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	(void)setup;
	if (has_fault("no_library"))
		_exit(127);
	if (has_fault("crash"))
		raise(SIGKILL);
	if (has_fault("mute"))
		_exit(0);
	if (has_fault("linger"))
		atexit(linger);
	if (has_fault("refuse"))
		*ret_why = "the \"fake\" refuses";
	if (has_fault("refuse") || !fake ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fake->fd)) {
		free(fake);
		return NULL;
	}
	return fake;
}

void competitor_destroy(void *competitor)
{
	free(competitor);
}

const char *competitor_open_second(void *competitor, unsigned number)
{
	struct fake *fake = competitor;

	(void)number;
	/* the workers are not watched any more and wait for ever */
	if (has_fault("hang")) {
		kill(getppid(), SIGSTOP);
		for (;;)
			pause();
	}
	fake->own = fake->fd[1];
	return NULL;
}

const char *competitor_open_first(void *competitor, unsigned number)
{
	struct fake *fake = competitor;

	(void)number;
	fake->own = fake->fd[0];
	return NULL;
}

const char *competitor_send(void *competitor, const void *message, size_t bytes)
{
	struct fake *fake = competitor;
	char copy[4096];

	fake->sent++;
	if (fake->sent == VICTIM && has_fault("drop"))
		return NULL;
	if (bytes > sizeof(copy))
		return "too large for a fake";
	memcpy(copy, message, bytes);
	if (fake->sent == VICTIM && has_fault("flip"))
		copy[bytes / 2] ^= 1;
	return send(fake->own, copy, bytes, MSG_NOSIGNAL) < 0 ? strerror(errno)
							      : NULL;
}

const char *competitor_receive(void *competitor, void *buffer, size_t bytes)
{
	const struct fake *fake = competitor;
	ssize_t got = recv(fake->own, buffer, bytes, 0);

	if (got < 0)
		return strerror(errno);
	return (size_t)got == bytes ? NULL : channel_wrong_size;
}
