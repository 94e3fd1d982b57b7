/* SPDX-License-Identifier: MIT */
/*
 * Named objects: what may lie under a name in the file system, and a process
 * that is killed, or stopped, at system calls of open and free. The rules of
 * names are the clauses X-NAM.
 *
 * At every 4th call, others in each run; with IPCMARK_TEST_ALL set at each.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/naming/file_lock.h"
#include "impls/testkit/named_objects.h"

/* ---- what lies under a name may be anything ---- */

static void intruders(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES], path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "/dev/shm/ipcmark.%s.%s",
		       backend->name, name_of("odd", name));
	CHECK(symlink("/etc/hostname", path) == 0);
	CHECK_IS(try_any(backend, LOCK, name, &make_or_open), IPCM_PERM);
	CHECK_IS(try_any(backend, LOCK, name, &make_only), IPCM_EXISTS);
	CHECK(unlink(path) == 0);
	CHECK(mkfifo(path, 0600) == 0);
	CHECK_IS(try_any(backend, QUEUE, name, &open_only), IPCM_PERM);
	CHECK(unlink(path) == 0);
	CHECK(mkdir(path, 0700) == 0);
	CHECK_IS(try_any(backend, QUEUE, name, &open_only), IPCM_PERM);
	CHECK(rmdir(path) == 0);
	/* a file without a user is a leftover; one in use is not ours */
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, name, 10) == 10);
	CHECK(file_lock(fd, LOCK_USERS, F_RDLCK));
	CHECK_IS(try_any(backend, QUEUE, name, &make_or_open), IPCM_INVALID);
	(void)close(fd);
	CHECK_OK(try_any(backend, QUEUE, name, &make_or_open));
	expect_nothing_left(name);
}

/* ---- death and standstill at system calls ---- */

/* Calls from one death to the next: each child begins at the first call. */
static unsigned stride = 4;
/* From one standstill to the next, which waits for a limit. */
#define STANDSTILL_STRIDE 23

static struct maker {
	const struct ipcm_backend *backend;
	enum kind kind;
	const char *name;
} maker;

/* A permit that was taken dies with its taker (S-05): give one first. */
static void use_any_to_death(void *object)
{
	if (maker.kind == SEMAPHORE)
		CHECK_OK(ipcm_semaphore_release(object));
	use_any(maker.kind, object);
}

/* What the child does between its two stops. */
static int make_and_leave(void *argument)
{
	void *object = NULL;

	(void)argument;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		return 77;
	(void)raise(SIGSTOP);
	if (!open_any(maker.backend, maker.kind, maker.name, &make_or_open,
		      &object))
		use_any_to_death(object);
	free_any(maker.kind, object);
	(void)raise(SIGSTOP);
	return 0;
}

/* Let it run to its n-th stop at a system call; false: it came to its end. */
static bool run_to(pid_t child, unsigned stops)
{
	int state = 0;

	(void)waitpid(child, &state, 0);
	for (unsigned i = 0; i < stops; i++) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) ||
		    waitpid(child, &state, 0) != child || !WIFSTOPPED(state) ||
		    WSTOPSIG(state) == SIGSTOP)
			return false;
	}
	return WIFSTOPPED(state);
}

/* Behind a child that was killed, or still stands there. */
static void come_behind(bool stopped)
{
	int64_t begun = now_ns();
	void *object = NULL;
	enum ipcm_status status = open_any(maker.backend, maker.kind,
					   maker.name, &make_or_open, &object);

	/* one that stands still while it removes the name is in the way */
	CHECK(status == IPCM_OK || (stopped && status == IPCM_LIMIT));
	CHECK(now_ns() - begun < HANG / 10);
	if (status)
		return;
	/* one that stands still inside a call may hold its lock */
	if (!stopped)
		use_any(maker.kind, object);
	free_any(maker.kind, object);
}

/*
 * With an object that is there the child opens; without one it makes.
 * @return how many stops there are
 */
static unsigned step_through(bool there, bool stopped, unsigned every)
{
	unsigned stops = (unsigned)((uint64_t)now_ns() % every);
	bool more = true;

	for (; more; stops += every) {
		void *object = NULL;
		pid_t child;

		if (there)
			CHECK_OK(open_any(maker.backend, maker.kind, maker.name,
					  &make_only, &object));
		child = traced_start(make_and_leave, NULL);
		more = run_to(child, stops);
		if (!stopped)
			traced_kill(child);
		come_behind(stopped);
		if (stopped)
			traced_kill(child);
		if (object) {
			use_any(maker.kind, object);
			free_any(maker.kind, object);
		}
		expect_nothing_left(maker.name);
		if (check_failures()) {
			printf("at stop %u\n", stops);
			break;
		}
	}
	return stops;
}

static void stepped(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];
	unsigned stops = 0;

	maker = (struct maker){backend, QUEUE, name_of("step", name)};
	for (enum kind kind = 0; kind < KINDS; kind++) {
		maker.kind = kind;
		stops += step_through(false, false, stride);
		stops += step_through(true, false, stride);
		stops += step_through(false, true, STANDSTILL_STRIDE);
		stops += step_through(true, true, STANDSTILL_STRIDE);
	}
	printf("%u stops at system calls on %s\n", stops, backend->name);
}

int main(void)
{
	if (getenv("IPCMARK_TEST_ALL"))
		stride = 1;
	each_backend(NEEDS_NAMED_QUEUE, "intruders", intruders);
	each_backend(NEEDS_NAMED_QUEUE, "stepped", stepped);
	return check_failures() ? 1 : 0;
}
