/* SPDX-License-Identifier: MIT */
/* See steps.h. */
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "failing_calls.h"

uint8_t item_sent[LARGE_BYTES], item_got[LARGE_BYTES];

static const char *subject = "-", *step_text = "-";
static unsigned step_number, complaints;

pid_t __real_fork(void);

void steps_subject(const char *text)
{
	subject = text;
}

/* By one call, for processes complain at the same time. */
static void complain(const char *what, const char *more)
{
	char line[1024];
	int length;

	complaints++;
	length = snprintf(line, sizeof(line), "%s%s: %s: %s %s\n", subject,
			  getpid() == atomic_load(&failing_calls->main)
				  ? ""
				  : " (in a child)",
			  step_text, what, more);
	if (length > 0 &&
	    write(STDERR_FILENO, line,
		  length < (int)sizeof(line) ? (size_t)length
					     : sizeof(line) - 1) < 0)
		_exit(3);
}

void steps_begin(const char *name)
{
	step_text = name;
	step_number = 0;
	complaints = 0;
	failing_calls_step(0);
}

unsigned steps_end(void)
{
	failing_calls_watch(false);
	return complaints;
}

void step_begin(const char *text)
{
	/* the rounds of a loop are one step */
	if (text != step_text)
		failing_calls_step(++step_number);
	step_text = text;
	failing_calls_watch(true);
}

/* Processes pass on what the fault did to them by codes of their own. */
static bool explained(enum ipcm_status status)
{
	bool child = getpid() != atomic_load(&failing_calls->main);

	if (place_is_child(failing_calls->target) != child)
		return status != IPCM_INVALID && status != IPCM_CORRUPT &&
		       status != IPCM_NOTOWNER && status != IPCM_TIMEDOUT;
	return call_explains(
		place_call(failing_calls->target), failing_calls->error, status,
		strstr(step_text, "_create") || strstr(step_text, "_open") ||
			strstr(step_text, "_connect") ||
			strstr(step_text, "_release") ||
			strstr(step_text, "_condition_wait"));
}

bool step_failed(enum ipcm_status got, enum ipcm_status want)
{
	if (got == want)
		return false;
	if (!atomic_load(&failing_calls->fired))
		complain("failed without a fault:", ipcm_status_name(got));
	else if (got == IPCM_OK || !explained(got))
		complain("a code that the fault does not explain:",
			 ipcm_status_name(got));
	return true;
}

void step_must(enum ipcm_status got, enum ipcm_status want)
{
	if (got == want)
		return;
	complain("not usable after the fault:", ipcm_status_name(got));
	_exit(1);
}

void expect(bool holds, const char *text)
{
	if (!holds)
		complain("not true:", text);
}

bool fault_fired(void)
{
	return atomic_load(&failing_calls->fired);
}

bool fault_is_lasting(void)
{
	enum ipcm_status status = status_from_errno(failing_calls->error);

	return status == IPCM_SYSTEM || status == IPCM_PERM ||
	       status == IPCM_NOTSUP;
}

pid_t peer_start(int (*body)(void *argument), void *argument)
{
	pid_t peer;
	int code;

	failing_calls_watch(false);
	peer = __real_fork();
	if (peer == 0) {
		complaints = 0;
		code = body(argument);
		_exit(steps_end() ? 1 : code);
	}
	return peer;
}

bool peer_is_over(pid_t peer)
{
	siginfo_t info = {.si_pid = 0};

	return !waitid(P_PID, (id_t)peer, &info, WEXITED | WNOWAIT | WNOHANG) &&
	       info.si_pid == peer;
}

void peer_end(pid_t peer)
{
	int state = -1;

	failing_calls_watch(false);
	while (waitpid(peer, &state, 0) < 0 && errno == EINTR)
		;
	step_text = "the end of the other process";
	if (state)
		complain("its state is not 0", "");
}

void item_fill(uint8_t *item, size_t bytes, unsigned number)
{
	memset(item, (int)(number * 37 + 11) & 0xff, bytes);
	if (bytes >= sizeof(number))
		memcpy(item, &number, sizeof(number));
}

bool item_is(const uint8_t *item, size_t bytes, unsigned number)
{
	uint8_t rest = (uint8_t)(number * 37 + 11);
	unsigned found = 0;

	memcpy(&found, item, sizeof(found));
	for (size_t i = sizeof(found); i < bytes; i++)
		if (item[i] != rest)
			return false;
	return found == number;
}
