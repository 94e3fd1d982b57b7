/* SPDX-License-Identifier: MIT */
/*
 * Hints about the limits of this host: what each means for a queue, and the
 * command that raises it. A limit at or below the stated value gets a hint;
 * ipcmark works without following any of them.
 */
#include "print.h"

#include <inttypes.h>
#include <stdint.h>

struct hint {
	const char *key;
	/* Hint when the value is at most this. */
	int64_t at_most;
	const char *meaning;
	const char *command;
};

static const struct hint hints[] = {
	{"fs.mqueue.msg_max", 10,
	 "a POSIX message queue holds no more messages than that; what a "
	 "deeper queue cannot place there waits in shared memory",
	 "sudo sysctl -w fs.mqueue.msg_max=1024"},
	{"fs.mqueue.msgsize_max", 8192,
	 "a larger item travels through a POSIX message queue in pieces",
	 "sudo sysctl -w fs.mqueue.msgsize_max=65536"},
	{"rlimit.msgqueue", 819200,
	 "all POSIX message queues of a user together may take no more bytes, "
	 "about nine queues of the default size",
	 "ulimit -q unlimited (as root), or the msgqueue line of "
	 "limits.conf"},
	{"kernel.msgmnb", 16384,
	 "a System V queue holds no more bytes than that",
	 "sudo sysctl -w kernel.msgmnb=1048576"},
	{"kernel.msgmax", 8192,
	 "a larger item travels through a System V queue in pieces",
	 "sudo sysctl -w kernel.msgmax=65536"},
	{"kernel.msgmni", 128, "no more System V queues can exist at a time",
	 "sudo sysctl -w kernel.msgmni=32000"},
	{"pipe.largest_bytes", 1048575, "a pipe cannot grow to the usual 1 MiB",
	 "sudo sysctl -w fs.pipe-max-size=1048576 "
	 "fs.pipe-user-pages-soft=65536"},
	{"net.core.wmem_max", 212992,
	 "a socket pair buffers no more bytes than that, bookkeeping included",
	 "sudo sysctl -w net.core.wmem_max=4194304"},
	{"rlimit.nofile", 256, "a process may open no more descriptors",
	 "ulimit -n 1024"},
};

static void add_hint(json_t *list, const struct hint *hint, int64_t value)
{
	json_array_append_new(list, json_sprintf("%s is %" PRId64
						 ": %s. To raise it: %s",
						 hint->key, value,
						 hint->meaning, hint->command));
}

/* A message queue file system that is absent is a limit of zero. */
static void judge_absent(json_t *list, const json_t *limits)
{
	if (json_is_null(json_object_get(limits, "fs.mqueue.msg_max")))
		json_array_append_new(
			list,
			json_string("this kernel has no POSIX message queues "
				    "(CONFIG_POSIX_MQUEUE): a back-end "
				    "that uses them cannot run"));
	if (json_is_null(json_object_get(limits, "kernel.msgmax")))
		json_array_append_new(
			list,
			json_string("this kernel has no System V messages "
				    "(CONFIG_SYSVIPC): a back-end that uses "
				    "them cannot run"));
}

json_t *limit_hints(const json_t *env)
{
	const json_t *limits = json_object_get(env, "limits");
	json_t *list = json_array();

	judge_absent(list, limits);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const json_t *value = json_object_get(limits, hints[i].key);

		if (json_is_integer(value) &&
		    json_integer_value(value) <= hints[i].at_most)
			add_hint(list, &hints[i], json_integer_value(value));
	}
	return list;
}
