/* SPDX-License-Identifier: MIT */
/*
 * Who is who, and who is dead, where the usual signs deceive: a process id used
 * again, a /proc that hides processes, other time and PID namespaces. A live
 * holder is never taken for dead, a dead one is found. Needs namespaces; what
 * the host forbids is not run, and the test says so (77).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/naming/process_life.h"
#include "impls/core/sync/robust_lock.h"
#include "impls/testkit/check.h"
#include "impls/testkit/named_objects.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Longer than two slices: a waiter has looked for the holder. */
#define LOOKED (300 * MS)

enum { EXIT_CANNOT = 77, USER_A = 65533, USER_B = 65534 };

static int not_run;

static void cannot(const char *what)
{
	(void)printf("not run: %s: %s\n", what, strerror(errno));
	(void)fflush(stdout);
	_exit(EXIT_CANNOT);
}

/* ---- processes: plain forks, for their ids and namespaces matter ---- */

/* In the child: 0. It ends with the parent. */
static pid_t split(void)
{
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (!child)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

/* A child with this id in the PID namespace; in the child: 0. */
static pid_t split_as(pid_t id)
{
	struct clone_args how = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&id,
		.set_tid_size = 1,
	};
	pid_t child;

	(void)fflush(stdout);
	child = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
	if (child < 0)
		cannot("a process with a chosen id");
	return child;
}

static int reap(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void end(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)reap(child);
}

static void await(_Atomic int *flag, int value)
{
	int64_t until = now_ns() + HANG;

	while (atomic_load(flag) < value && now_ns() < until)
		pause_ms(1);
	CHECK(atomic_load(flag) >= value);
}

static void enter(int spaces, const char *what)
{
	if (geteuid() != 0)
		spaces |= CLONE_NEWUSER;
	if (unshare(spaces))
		cannot(what);
}

/* Run it in a process of its own; what it cannot do is counted. */
static void apart(void (*run)(const struct ipcm_backend *backend),
		  const struct ipcm_backend *backend)
{
	pid_t child = split();
	int code;

	if (!child) {
		run(backend);
		(void)fflush(stdout);
		_exit(check_failures() != 0);
	}
	code = reap(child);
	if (code == EXIT_CANNOT)
		not_run++;
	else
		CHECK(code == 0);
}

/* ---- what the processes share ---- */

struct shared {
	_Atomic int holds, go;
	struct robust_lock word;
};

static struct ipcm_lock *make(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = NULL;

	if (!CHECK_OK(ipcm_lock_create(backend, &lock)))
		exit(1);
	return lock;
}

static void hold_until_told(struct ipcm_lock *lock, struct shared *shared)
{
	CHECK_OK(ipcm_lock_acquire(lock, HANG));
	atomic_store(&shared->holds, 1);
	await(&shared->go, 1);
	CHECK_OK(ipcm_lock_release(lock));
	_exit(check_failures() != 0);
}

/* ---- an id that is used again ---- */

enum { REUSED = 500 };

static void reuse(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = make(backend);
	pid_t later;

	if (!split_as(REUSED))
		_exit(ipcm_lock_acquire(lock, HANG));
	CHECK(reap(REUSED) == IPCM_OK);
	later = split_as(REUSED);
	if (!later)
		for (;;)
			(void)pause();
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OWNERDEAD);
	CHECK_OK(ipcm_lock_recover(lock));
	CHECK_OK(ipcm_lock_release(lock));
	end(later);
	ipcm_lock_free(lock);
}

/* As the first process of a namespace, which may choose ids. */
static void in_pid_namespace(void (*run)(const struct ipcm_backend *backend),
			     const struct ipcm_backend *backend)
{
	pid_t first;
	int code;

	enter(CLONE_NEWPID, "a PID namespace");
	first = split();
	if (!first) {
		run(backend);
		(void)fflush(stdout);
		_exit(check_failures() != 0);
	}
	code = reap(first);
	if (code == EXIT_CANNOT)
		_exit(code);
	CHECK(code == 0);
}

static void reuse_apart(const struct ipcm_backend *backend)
{
	in_pid_namespace(reuse, backend);
}

/* A holder whose id another process has by now is dead. */
static void test_reused_id(const struct ipcm_backend *backend)
{
	apart(reuse_apart, backend);
}

/* ---- a /proc that hides ---- */

static void become(uid_t user)
{
	if (setgid(user) || setuid(user))
		cannot("another user");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void open_as(const struct ipcm_backend *backend, uid_t user,
		    struct ipcm_lock **ret_lock)
{
	const struct ipcm_access shared = {IPCM_ACCESS_CREATE, 0666};
	char name[NAME_BYTES];

	(void)name_of("hidden", name);
	become(user);
	(void)umask(0);
	if (!CHECK_OK(ipcm_lock_open(backend, name, &shared, ret_lock)))
		_exit(1);
}

static void hide(void)
{
	if (geteuid() != 0) {
		errno = EPERM;
		cannot("other users");
	}
	enter(CLONE_NEWNS, "a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, "hidepid=2"))
		cannot("a /proc that hides processes");
}

/* What was left by a user's processes that were killed. */
static void sweep(uid_t user)
{
	pid_t child = split();

	if (!child) {
		become(user);
		(void)ipcm_collect();
		_exit(0);
	}
	CHECK(reap(child) == 0);
}

static void hidden(const struct ipcm_backend *backend)
{
	struct shared *shared = shared_memory(sizeof(*shared));
	struct ipcm_lock *lock;
	char name[NAME_BYTES];
	pid_t holder, waiter;

	(void)name_of("hidden", name); /* the same in the children */
	hide();
	holder = split();
	if (!holder) {
		open_as(backend, USER_A, &lock);
		hold_until_told(lock, shared);
	}
	await(&shared->holds, 1);
	waiter = split();
	if (!waiter) {
		open_as(backend, USER_B, &lock);
		CHECK(access("/proc/1/stat", F_OK)); /* it hides */
		CHECK_IS(ipcm_lock_acquire(lock, LOOKED), IPCM_TIMEDOUT);
		atomic_store(&shared->holds, 2);
		CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OWNERDEAD);
		CHECK_OK(ipcm_lock_recover(lock));
		CHECK_OK(ipcm_lock_release(lock));
		ipcm_lock_free(lock);
		_exit(check_failures() != 0);
	}
	await(&shared->holds, 2);
	end(holder);
	CHECK(reap(waiter) == 0);
	sweep(USER_A);
	sweep(USER_B);
}

/* A holder that /proc does not show lives; killed, it is found to be dead. */
static void test_hidden_holder(const struct ipcm_backend *backend)
{
	if (backend->capabilities & IPCM_CAP_NAMED)
		apart(hidden, backend);
}

/* ---- another time namespace: other start times in /proc ---- */

static void shift_boot_time(void)
{
	const char *offset = "boottime 86400 0";
	int fd;

	enter(CLONE_NEWTIME, "a time namespace");
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, offset, strlen(offset)) < 0)
		cannot("the offsets of a time namespace");
	(void)close(fd);
}

/* One of the two is in another time namespace, the holder or the waiter. */
static void shifted(const struct ipcm_backend *backend, bool holder_is)
{
	struct shared *shared = shared_memory(sizeof(*shared));
	struct ipcm_lock *lock = make(backend);
	pid_t holder, waiter;

	if (holder_is)
		shift_boot_time();
	holder = split();
	if (!holder)
		hold_until_told(lock, shared);
	await(&shared->holds, 1);
	if (!holder_is)
		shift_boot_time();
	else
		CHECK_IS(ipcm_lock_acquire(lock, LOOKED), IPCM_TIMEDOUT);
	waiter = split();
	if (!waiter) {
		CHECK_IS(ipcm_lock_acquire(lock, LOOKED), IPCM_TIMEDOUT);
		_exit(check_failures() != 0);
	}
	CHECK(reap(waiter) == 0);
	atomic_store(&shared->go, 1);
	CHECK(reap(holder) == 0);
	ipcm_lock_free(lock);
}

static void shifted_holder(const struct ipcm_backend *backend)
{
	shifted(backend, true);
}

static void shifted_waiter(const struct ipcm_backend *backend)
{
	shifted(backend, false);
}

static void test_time_namespace(const struct ipcm_backend *backend)
{
	apart(shifted_holder, backend);
	apart(shifted_waiter, backend);
}

/* ---- another PID namespace ---- */

static void refuse(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];

	for (enum kind kind = 0; kind < KINDS; kind++) {
		(void)name_of("border", name);
		CHECK_IS(try_any(backend, kind, name, &open_only),
			 kind == QUEUE ? IPCM_NOTSUP : IPCM_INVALID);
		CHECK_IS(try_any(backend, kind, name, &make_or_open),
			 kind == QUEUE ? IPCM_NOTSUP : IPCM_INVALID);
		CHECK_IS(try_any(backend, kind, name, &make_only), IPCM_EXISTS);
	}
	CHECK_OK(try_any(backend, LOCK, "border-own", &make_only));
}

static void refuse_apart(const struct ipcm_backend *backend)
{
	void *queue;
	char name[NAME_BYTES];

	(void)name_of("border", name);
	if (!CHECK_OK(open_any(backend, QUEUE, name, &make_only, &queue)))
		return;
	in_pid_namespace(refuse, backend);
	use_any(QUEUE, queue);
	free_any(QUEUE, queue);
}

/* A name whose users are in another PID namespace is refused. */
static void test_name_across(const struct ipcm_backend *backend)
{
	if (backend->capabilities & IPCM_CAP_NAMED)
		apart(refuse_apart, backend);
}

/* What is inherited works; neither side takes the other for dead. */
static void inherited(const struct ipcm_backend *backend)
{
	struct shared *shared = shared_memory(sizeof(*shared));
	struct ipcm_lock *lock = make(backend);
	pid_t child;

	CHECK_OK(ipcm_lock_acquire(lock, HANG));
	enter(CLONE_NEWPID, "a PID namespace");
	child = split();
	if (!child) {
		CHECK_IS(ipcm_lock_acquire(lock, LOOKED), IPCM_TIMEDOUT);
		atomic_store(&shared->go, 1);
		CHECK_OK(ipcm_lock_acquire(lock, HANG));
		atomic_store(&shared->holds, 1);
		await(&shared->go, 2);
		CHECK_OK(ipcm_lock_release(lock));
		_exit(check_failures() != 0);
	}
	await(&shared->go, 1);
	CHECK_OK(ipcm_lock_release(lock));
	await(&shared->holds, 1);
	CHECK_IS(ipcm_lock_acquire(lock, LOOKED), IPCM_TIMEDOUT);
	atomic_store(&shared->go, 2);
	CHECK(reap(child) == 0);
	CHECK_OK(ipcm_lock_acquire(lock, HANG));
	CHECK_OK(ipcm_lock_release(lock));
	ipcm_lock_free(lock);
}

static void test_inherited_across(const struct ipcm_backend *backend)
{
	apart(inherited, backend);
}

/* ---- the kernel's mark, across the border ---- */

static void wait_and_die(pid_t id, struct shared *shared)
{
	/* the first process of the namespace makes one with the holder's id */
	pid_t twin = split_as(id);

	if (!twin) {
		atomic_store(&shared->go, 1);
		(void)robust_lock_acquire(&shared->word, IPCM_FOREVER);
		_exit(1); /* it was held */
	}
	await(&shared->go, 1);
	pause_ms(50);
	end(twin);
	_exit(check_failures() != 0);
}

/* A waiter that has the holder's id, in another namespace, is killed. */
static void same_id(const struct ipcm_backend *backend)
{
	struct shared *shared = shared_memory(sizeof(*shared));
	pid_t self = getpid();
	pid_t first;
	int code;

	ipcm_lock_free(
		make(backend)); /* the namespace of the family is known */
	CHECK(robust_lock_acquire(&shared->word, 0) == LOCK_TAKEN);
	enter(CLONE_NEWPID, "a PID namespace");
	first = split();
	if (!first)
		wait_and_die(self, shared);
	code = reap(first);
	if (code == EXIT_CANNOT)
		_exit(code);
	CHECK(code == 0);
	CHECK(robust_lock_is_mine(&shared->word));
	CHECK(!robust_lock_orphaned(&shared->word));
	robust_lock_release(&shared->word);
}

static void test_same_id_across(const struct ipcm_backend *backend)
{
	if (!strcmp(backend->name, "shm_ring"))
		apart(same_id, backend);
}

/* ---- a life file that was made under a umask ---- */

static void masked(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock;
	pid_t second;

	if (geteuid() == 0 && setresuid(USER_A, USER_A, USER_A))
		_exit(EXIT_CANNOT);
	(void)umask(0777);
	lock = make(backend);
	CHECK(process_life_self() >> 32 != 0);
	second = split();
	if (!second)
		_exit(process_life_self() >> 32 == 0);
	CHECK(reap(second) == 0);
	ipcm_lock_free(lock);
}

/* Whatever the umask: the next process of the user finds a number, too. */
static void test_umask(const struct ipcm_backend *backend)
{
	if (!strcmp(backend->name, "shm_ring"))
		apart(masked, backend);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "a life file made under a umask", test_umask);
	each_backend(NEEDS_LOCK, "a reused id", test_reused_id);
	each_backend(NEEDS_LOCK, "a hidden holder", test_hidden_holder);
	each_backend(NEEDS_LOCK, "a time namespace", test_time_namespace);
	each_backend(NEEDS_LOCK, "a name across PID namespaces",
		     test_name_across);
	each_backend(NEEDS_LOCK, "inherited across PID namespaces",
		     test_inherited_across);
	each_backend(NEEDS_LOCK, "the same id in two namespaces",
		     test_same_id_across);
	if (check_failures())
		return 1;
	return not_run ? EXIT_CANNOT : 0;
}
