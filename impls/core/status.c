/* SPDX-License-Identifier: MIT */
/*
 * Names and sentences of the result codes.
 */
#include "ipcmark/status.h"

#include <stddef.h>

struct status_words {
	const char *name;
	const char *text;
};

static const struct status_words words[IPCM_STATUS_COUNT] = {
	[IPCM_OK] = {"OK", "done"},
	[IPCM_FULL] = {"FULL", "the queue is full"},
	[IPCM_EMPTY] = {"EMPTY", "the queue is empty"},
	[IPCM_WOULDBLOCK] = {"WOULDBLOCK", "the call would have to wait"},
	[IPCM_TIMEDOUT] = {"TIMEDOUT", "the time is over"},
	[IPCM_CLOSED] = {"CLOSED", "the handle is closed in this process"},
	[IPCM_EOF] = {"EOF", "the other end is gone and all was read"},
	[IPCM_BROKEN] = {"BROKEN",
			 "there is no reader at the other end any more"},
	[IPCM_INVALID] = {"INVALID", "bad argument, or not in this state"},
	[IPCM_NOTOWNER] = {"NOTOWNER", "the caller does not hold it"},
	[IPCM_OVERFLOW] = {"OVERFLOW", "the counter is at its maximum"},
	[IPCM_LIMIT] = {"LIMIT", "a limit of the system is reached"},
	[IPCM_NOMEM] = {"NOMEM", "there is no memory left"},
	[IPCM_TOOBIG] = {"TOOBIG", "the item is above the maximum size"},
	[IPCM_TOOSMALL] = {"TOOSMALL", "the buffer is too small"},
	[IPCM_NOTSUP] = {"NOTSUP", "this back-end does not offer it"},
	[IPCM_CORRUPT] = {"CORRUPT", "a message or the memory is damaged"},
	[IPCM_OWNERDEAD] = {"OWNERDEAD", "acquired, but its last holder died"},
	[IPCM_NOTRECOVERABLE] = {"NOTRECOVERABLE",
				 "its holder died and it was not recovered"},
	[IPCM_WORKERDIED] = {"WORKERDIED", "the worker died"},
	[IPCM_REMOVED] = {"REMOVED", "the kernel object was removed"},
	[IPCM_INTR] = {"INTR", "a signal interrupted the call"},
	[IPCM_EXISTS] = {"EXISTS", "the name is in use"},
	[IPCM_NOTFOUND] = {"NOTFOUND", "there is no such name or key"},
	[IPCM_RANGE] = {"RANGE", "the index is out of range"},
	[IPCM_PERM] = {"PERM", "not permitted"},
	[IPCM_AUTH] = {"AUTH", "wrong authentication key"},
	[IPCM_END] = {"END", "there are no more"},
	[IPCM_SYSTEM] = {"SYSTEM", "the system failed in a way of its own"},
};

const char *ipcm_status_name(enum ipcm_status status)
{
	if ((unsigned)status >= IPCM_STATUS_COUNT)
		return "UNKNOWN";
	return words[status].name;
}

const char *ipcm_status_text(enum ipcm_status status)
{
	if ((unsigned)status >= IPCM_STATUS_COUNT)
		return "this is no result code of ipcmark";
	return words[status].text;
}
