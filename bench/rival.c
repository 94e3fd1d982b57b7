/* SPDX-License-Identifier: MIT */
/*
 * Rivals: other people's libraries, each in a program of its own that takes
 * one sample and prints it (rivals/driver.c). Only with --peers.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "record/record.h"
#include "scenario.h"

#define PROGRAM	     "ipcmark-rival-boost-mq"
#define ARGUMENTS    10
#define NUMBER_BYTES 24
#define LINE_BYTES   4096
/* The rival's own watch ends first; this one is for a rival that hangs. */
#define GRACE_NS      (5 * NS_PER_S)
#define POLL_SLICE_MS 100

extern char **environ;

/* The rival lies beside this program. */
static int rival_path(char *ret_path, size_t bytes)
{
	ssize_t length = readlink("/proc/self/exe", ret_path, bytes);
	char *slash;

	if (length <= 0 || (size_t)length >= bytes)
		return -1;
	ret_path[length] = '\0';
	slash = strrchr(ret_path, '/');
	if (!slash || (size_t)(slash + 1 - ret_path) + sizeof(PROGRAM) > bytes)
		return -1;
	strcpy(slash + 1, PROGRAM);
	return access(ret_path, X_OK);
}

/* Own process group, so that Ctrl-C reaches only us; signals as usual. */
static int rival_spawn(const char *path, char **argv, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
						      POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	error = posix_spawn(ret_pid, path, &actions, &attributes, argv,
			    environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Read until end of file, the limit or Ctrl-C. @return bytes, -1 if cut */
static ssize_t read_line(int fd, char *line, size_t bytes, int64_t deadline_ns)
{
	size_t at = 0;

	while (at < bytes - 1) {
		struct pollfd entry = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (record_interrupted || clock_now() >= deadline_ns)
			return -1;
		if (poll(&entry, 1, POLL_SLICE_MS) <= 0)
			continue;
		got = read(fd, line + at, bytes - 1 - at);
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -1;
		at += got > 0 ? (size_t)got : 0;
	}
	line[at] = '\0';
	return (ssize_t)at;
}

static double real_or_nan(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static void take_over(const char *line, struct sample *sample)
{
	json_t *object = json_loads(line, 0, NULL);
	json_int_t outcome;

	if (!object) {
		verdict_set(&sample->verdict, OUTCOME_ERROR,
			    "the rival program did not print a sample");
		return;
	}
	outcome = json_integer_value(json_object_get(object, "outcome"));
	if (outcome < 0 || outcome >= OUTCOME_COUNT)
		outcome = OUTCOME_ERROR;
	verdict_set(&sample->verdict, (enum outcome)outcome, "%s",
		    json_string_value(json_object_get(object, "reason")));
	sample->start_ns =
		json_integer_value(json_object_get(object, "start_ns"));
	sample->elapsed_ns =
		json_integer_value(json_object_get(object, "elapsed_ns"));
	sample->probe_before_ns = real_or_nan(object, "probe_before_ns");
	sample->probe_after_ns = real_or_nan(object, "probe_after_ns");
	for (int i = 0; i < METRIC_COUNT; i++)
		sample->value[i] =
			real_or_nan(object, metric_info((enum metric)i)->name);
	json_decref(object);
}

static void rival_sample(const char *path, char **argv, const struct task *task,
			 struct sample *sample)
{
	char line[LINE_BYTES];
	int64_t deadline_ns = clock_now() + task->timeout_ns + GRACE_NS;
	ssize_t got;
	int fd[2], error;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC)) {
		verdict_set(&sample->verdict, OUTCOME_HOST_LIMIT,
			    "pipe2 failed (%s)", strerror(errno));
		return;
	}
	error = rival_spawn(path, argv, fd[1], &pid);
	close(fd[1]);
	if (error) {
		verdict_set(&sample->verdict, OUTCOME_ERROR,
			    "cannot start the rival (%s)", strerror(error));
		close(fd[0]);
		return;
	}
	got = read_line(fd[0], line, sizeof(line), deadline_ns);
	close(fd[0]);
	/* its members die with it (PR_SET_PDEATHSIG) */
	if (got < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (got >= 0)
		take_over(line, sample);
	else if (record_interrupted)
		verdict_set(&sample->verdict, OUTCOME_SKIPPED, "interrupted");
	else
		verdict_set(&sample->verdict, OUTCOME_TIMEOUT,
			    "the rival did not end in time");
}

static void rival_boost(const struct task *task, struct sample *ret_sample)
{
	const int64_t numbers[ARGUMENTS] = {
		(int64_t)task->axes->size_bytes,
		task->axes->depth,
		task->axes->placement,
		task->cpus.first,
		task->cpus.second,
		(int64_t)task->iterations,
		task->verify,
		(int64_t)(task->seed >> 1),
		task->timeout_ns,
		task->stall_ns,
	};
	char path[4096], text[ARGUMENTS][NUMBER_BYTES];
	char *argv[ARGUMENTS + 2] = {path};

	ret_sample->iterations = task->iterations;
	if (rival_path(path, sizeof(path))) {
		verdict_set(&ret_sample->verdict, OUTCOME_SKIPPED,
			    "%s was not built: install libboost-dev, then "
			    "build again",
			    PROGRAM);
		return;
	}
	for (int i = 0; i < ARGUMENTS; i++) {
		snprintf(text[i], NUMBER_BYTES, "%lld", (long long)numbers[i]);
		argv[i + 1] = text[i];
	}
	rival_sample(path, argv, task, ret_sample);
}

static const struct scenario scenarios[] = {
	{"rival", "boost_mq", "oneway", "Boost.Interprocess message_queue",
	 NEEDS_PEERS | HAS_SIZES | ONLY_64B | HAS_DEPTH, 1, 1, rival_boost},
};

const struct scenario_table scenarios_rival = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
