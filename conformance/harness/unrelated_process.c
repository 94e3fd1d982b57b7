/* SPDX-License-Identifier: MIT */
/*
 * Unrelated processes; see unrelated_process.h. The command line of one is
 * PROGRAM --unrelated-process BACKEND PART NAME SEED FACTOR; BACKEND is a name
 * of the registry, or the path of the shared object that it was loaded from.
 */
#include "unrelated_process.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures.h"
#include "fixtures_named.h"

/*
 * A queue with three items in it: take them, wait for a fourth, and answer in
 * the queue that is called NAME.back.
 */
static void part_queue(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_queue *queue = named_queue_open(backend, name), *back;
	struct ipcm_queue_options options;
	char answers[NAMED_BYTES];

	(void)snprintf(answers, sizeof(answers), "%.50s.back", name);
	back = named_queue_open(backend, answers);

	CHECK_OK(ipcm_queue_get_options(queue, &options));
	CHECK_EQUAL(UNRELATED_MAXSIZE, options.maxsize, "maxsize");
	CHECK_EQUAL(IPCM_QUEUE_JOINABLE, options.flags, "flags");
	CHECK_EQUAL(3, queue_size(queue), "items in the opened queue");
	numbers_expect(queue, UNRELATED_FIRST, 2);
	pattern_expect(queue, 7, UNRELATED_LARGE);
	for (int i = 0; i < 3; i++)
		CHECK_OK(ipcm_queue_task_done(queue));
	/* the clause puts it when it sees that all is done */
	CHECK_EQUAL(UNRELATED_FIRST, number_get(queue), "number");
	number_put(back, UNRELATED_ANSWER);
	pattern_put(back, 8, UNRELATED_LARGE);
	ipcm_queue_free(queue);
	ipcm_queue_free(back);
}

/* A lock that the clause holds: wait for it, and die with it. */
static void part_lock(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_lock *lock = named_lock_open(backend, name);
	bool locked = false;

	CHECK_OK(ipcm_lock_locked(lock, &locked));
	CHECK(locked, "the lock is free");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, IPCM_TRY));
	CHECK_OK(ipcm_lock_acquire(lock, hang_ns()));
	(void)raise(SIGKILL);
}

/* A semaphore at 0: wait for a permit, give two. */
static void part_semaphore(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_semaphore *semaphore = named_semaphore_open(backend, name);

	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_OK(ipcm_semaphore_acquire(semaphore, hang_ns()));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
}

/* A client: sends, receives the same back, and is told goodbye. */
static void part_client(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_connection *end = NULL;

	CHECK_OK(ipcm_client_connect(backend, name, UNRELATED_KEY,
				     UNRELATED_KEY_BYTES, hang_ns(), &end));
	message_send(end, 1, UNRELATED_ECHO_BYTES);
	message_expect(end, 1, UNRELATED_ECHO_BYTES);
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(end, NULL, 0, hang_ns(), NULL));
	ipcm_connection_free(end);
}

/* Leaves three messages behind that are not accepted yet. */
static void part_leaver(const struct ipcm_backend *backend, const char *name)
{
	struct ipcm_connection *end = NULL;

	CHECK_OK(ipcm_client_connect(backend, name, NULL, 0, hang_ns(), &end));
	for (unsigned i = 0; i < 3; i++)
		message_send(end, i, 100 * i);
	ipcm_connection_free(end);
}

static const struct {
	const char *name;
	void (*run)(const struct ipcm_backend *backend, const char *name);
} parts[] = {
	{"queue", part_queue},	       {"lock", part_lock},
	{"semaphore", part_semaphore}, {"client", part_client},
	{"leaver", part_leaver},
};

static const struct ipcm_backend *find_backend(const char *word)
{
	const struct ipcm_backend *backend = ipcm_backend_find(word);
	char why[256] = "";

	if (!backend && ipcm_backend_load(word, &backend, why, sizeof(why)))
		check_harness_error(
			"an unrelated process finds no back-end \"%s\": %s",
			word, why);
	return backend;
}

static void run(char **arguments)
{
	const struct ipcm_backend *backend = find_backend(arguments[0]);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(parts[i].name, arguments[1]) == 0)
			parts[i].run(backend, arguments[2]);
	}
}

void unrelated_main(int argc, char **argv)
{
	static struct check_record record;
	struct check_setup setup;

	if (argc != 7 || strcmp(argv[1], "--unrelated-process") != 0)
		return;
	setup.seed = strtoull(argv[5], NULL, 10);
	setup.machine_factor = strtoll(argv[6], NULL, 10);
	check_arm(&record, &setup, argv[3]);
	if (setjmp(check_home) == 0) {
		run(argv + 2);
		exit(0);
	}
	(void)printf("expected %s, observed %s (%s)\n", record.expected,
		     record.observed, record.reason);
	(void)fflush(stdout);
	_exit(CHECK_EXIT);
}

/* What find_backend finds it by. */
static const char *word_of(const struct ipcm_backend *backend)
{
	Dl_info where;

	if (ipcm_backend_find(backend->name))
		return backend->name;
	if (dladdr(backend, &where) && where.dli_fname)
		return where.dli_fname;
	return backend->name;
}

static _Noreturn void become_unrelated(const struct ipcm_backend *backend,
				       const char *part, const char *name,
				       int report_fd)
{
	char seed[24], factor[24];
	const char *const arguments[] = {"ipcmark-check",
					 "--unrelated-process",
					 word_of(backend),
					 part,
					 name,
					 seed,
					 factor,
					 NULL};

	(void)snprintf(seed, sizeof(seed), "%" PRIu64, random_next());
	(void)snprintf(factor, sizeof(factor), "%" PRId64, slack_ns() / S);
	(void)dup2(report_fd, STDOUT_FILENO);
	/* nothing is inherited, whatever its flags are */
	(void)syscall(SYS_close_range, 3u, ~0u, 0u);
	(void)execv("/proc/self/exe", (char **)(uintptr_t)arguments);
	_exit(CHECK_EXIT);
}

struct unrelated unrelated_start(const struct ipcm_backend *backend,
				 const char *part, const char *name)
{
	struct unrelated unrelated;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		check_harness_error("pipe2: %s", strerror(errno));
	unrelated.peer.pid = fork();
	if (unrelated.peer.pid < 0)
		check_harness_error("fork: %s", strerror(errno));
	if (unrelated.peer.pid == 0)
		become_unrelated(backend, part, name, ends[1]);
	(void)close(ends[1]);
	unrelated.report_fd = ends[0];
	return unrelated;
}

/* Wait for its end; what it told, if anything, into text. */
static int await_end(struct unrelated *unrelated, char text[CELL_TEXT_BYTES])
{
	ssize_t got;
	int status = 0;

	CHECK(peer_reap(&unrelated->peer, 4 * hang_ns(), &status),
	      "an unrelated process still runs");
	got = read(unrelated->report_fd, text, CELL_TEXT_BYTES - 1);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	(void)close(unrelated->report_fd);
	return status;
}

void unrelated_check_running(struct unrelated *unrelated)
{
	siginfo_t ended = {.si_pid = 0};

	if (waitid(P_PID, (id_t)unrelated->peer.pid, &ended,
		   WEXITED | WNOHANG | WNOWAIT))
		check_harness_error("waitid: %s", strerror(errno));
	if (ended.si_pid)
		unrelated_join(unrelated);
	CHECK(!ended.si_pid, "an unrelated process ended too early");
}

void unrelated_join(struct unrelated *unrelated)
{
	char text[CELL_TEXT_BYTES];
	int status = await_end(unrelated, text);

	CHECK(status == 0, "an unrelated process ended with status %d: %s",
	      status, text);
}

void unrelated_join_killed(struct unrelated *unrelated)
{
	char text[CELL_TEXT_BYTES];
	int status = await_end(unrelated, text);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "an unrelated process ended with status %d: %s", status, text);
}
