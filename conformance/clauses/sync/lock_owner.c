/* SPDX-License-Identifier: MIT */
/*
 * L, continued: who the holder of a lock is. A process that executes another
 * program has given up what it held, though its id lives on; a child that was
 * made without fork handlers is not its parent.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/peer.h"

/* ---- execve in the holder ---- */

/* Which thread holds the locks, and which one executes. */
enum exec {
	MAIN_HOLDS_MAIN_EXECUTES,
	MAIN_HOLDS_THREAD_EXECUTES,
	THREAD_HOLDS_MAIN_EXECUTES,
	THREAD_HOLDS_THREAD_EXECUTES,
	EXECS
};

struct executed {
	struct ipcm_lock *lock[2];
	struct ipcm_rlock *rlock;
	enum exec how;
	_Atomic int holds, waits, may_execute;
};

static void *hold_all(void *argument)
{
	struct executed *executed = argument;

	CHECK_OK(ipcm_lock_acquire(executed->lock[0], hang_ns()));
	CHECK_OK(ipcm_lock_acquire(executed->lock[1], hang_ns()));
	CHECK_OK(ipcm_rlock_acquire(executed->rlock, hang_ns()));
	CHECK_OK(ipcm_rlock_acquire(executed->rlock, hang_ns()));
	atomic_store(&executed->holds, 1);
	return NULL;
}

/* A program that lives on, and knows nothing of the locks. */
static void *execute(void *argument)
{
	struct executed *executed = argument;

	flag_await(&executed->may_execute, 1);
	(void)execlp("sleep", "sleep", "600", (char *)NULL);
	CHECK(false, "sleep(1) cannot be executed");
	return NULL;
}

static void *hold_and_execute(void *argument)
{
	(void)hold_all(argument);
	return execute(argument);
}

static void *hold_and_stay(void *argument)
{
	(void)hold_all(argument);
	while (pause() < 0)
		; /* until another thread executes */
	return NULL;
}

static void start_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, run, argument), "no thread");
}

static void holder(void *argument)
{
	struct executed *executed = argument;

	switch (executed->how) {
	case MAIN_HOLDS_THREAD_EXECUTES:
		start_thread(execute, executed);
		(void)hold_and_stay(executed);
		break;
	case THREAD_HOLDS_MAIN_EXECUTES:
		start_thread(hold_and_stay, executed);
		(void)execute(executed);
		break;
	case THREAD_HOLDS_THREAD_EXECUTES:
		start_thread(hold_and_execute, executed);
		while (pause() < 0)
			;
		break;
	case MAIN_HOLDS_MAIN_EXECUTES:
	case EXECS:
		(void)hold_and_execute(executed);
	}
}

static void inherit(struct ipcm_lock *lock)
{
	CHECK_STATUS(IPCM_OWNERDEAD, ipcm_lock_acquire(lock, hang_ns()));
	CHECK_OK(ipcm_lock_recover(lock));
	CHECK_OK(ipcm_lock_release(lock));
	lock_expect_free(lock);
}

static void inherit_all(void *argument)
{
	struct executed *executed = argument;

	atomic_store(&executed->waits, 1);
	inherit(executed->lock[0]);
	inherit(executed->lock[1]);
	CHECK_STATUS(IPCM_OWNERDEAD,
		     ipcm_rlock_acquire(executed->rlock, hang_ns()));
	CHECK_EQUAL(1, rlock_depth(executed->rlock), "depth after the death");
	CHECK_OK(ipcm_rlock_recover(executed->rlock));
	CHECK_OK(ipcm_rlock_release(executed->rlock));
}

/* Soon the process is another program. */
static void await_program(const struct peer *peer, const char *name)
{
	char path[64], found[64] = "";
	int64_t end = now_ns() + hang_ns();

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)peer->pid);
	while (strncmp(found, name, strlen(name)) != 0 && now_ns() < end) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			break; /* no /proc: the waiter may come before */
		(void)!read(fd, found, sizeof(found));
		(void)close(fd);
		pause_ns(MS);
	}
}

static void holder_executes(const struct ipcm_backend *backend, enum exec how,
			    bool waiter_first)
{
	struct executed *executed = share(sizeof(*executed));
	struct peer peer, heir;

	executed->lock[0] = lock_make(backend);
	executed->lock[1] = lock_make(backend);
	executed->rlock = rlock_make(backend);
	executed->how = how;
	peer = peer_start(holder, executed);
	flag_await(&executed->holds, 1);
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_lock_acquire(executed->lock[0], 20 * MS));
	if (waiter_first) {
		heir = peer_start(inherit_all, executed);
		flag_await(&executed->waits, 1);
		peer_await_state(&heir, 'S');
	}
	atomic_store(&executed->may_execute, 1);
	if (!waiter_first) {
		await_program(&peer, "sleep");
		heir = peer_start(inherit_all, executed);
	}
	peer_join(&heir);
	CHECK(!peer_reap(&peer, 0, NULL), "the program has ended");
	peer_kill(&peer);
	ipcm_lock_free(executed->lock[0]);
	ipcm_lock_free(executed->lock[1]);
	ipcm_rlock_free(executed->rlock);
}

static void execve_is_a_death(const struct ipcm_backend *backend)
{
	for (enum exec how = 0; how < EXECS; how++) {
		holder_executes(backend, how, false);
		holder_executes(backend, how, true);
	}
}

/* ---- children without fork handlers ---- */

enum maker { MADE_BY_FORK, MADE_BY_CLONE, MAKERS };

static pid_t make_child(enum maker how)
{
	/* both copy the memory and run no handlers */
	return how == MADE_BY_FORK ? _Fork()
				   : (pid_t)syscall(SYS_clone, SIGCHLD, NULL,
						    NULL, NULL, NULL);
}

static void await_exit(pid_t child, int wanted)
{
	int status = 0;

	CHECK(child > 0, "no child");
	CHECK(waitpid(child, &status, 0) == child, "the child is gone");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == wanted,
	      "the child ended with %d, not with %d", status, wanted);
}

/* It takes a lock, as itself, and dies with it. */
static void child_holds(struct ipcm_lock *lock, enum maker how)
{
	pid_t child = make_child(how);

	if (child == 0)
		_exit(ipcm_lock_acquire(lock, hang_ns()));
	await_exit(child, IPCM_OK);
	CHECK_STATUS(IPCM_OWNERDEAD, ipcm_lock_acquire(lock, hang_ns()));
	CHECK_OK(ipcm_lock_recover(lock));
	CHECK_OK(ipcm_lock_release(lock));
}

/* What its parent holds it does not hold, and its death frees nothing. */
static void child_does_not_inherit(struct ipcm_rlock *lock, enum maker how)
{
	pid_t child;

	CHECK_OK(ipcm_rlock_acquire(lock, hang_ns()));
	child = make_child(how);
	if (child == 0)
		_exit(ipcm_rlock_acquire(lock, IPCM_TRY));
	await_exit(child, IPCM_WOULDBLOCK);
	child = make_child(how);
	if (child == 0)
		_exit(ipcm_rlock_release(lock));
	await_exit(child, IPCM_NOTOWNER);
	CHECK_EQUAL(1, rlock_depth(lock), "depth after the children");
	CHECK_OK(ipcm_rlock_release(lock));
	rlock_expect_free(lock);
}

static void raw_children_are_others(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct ipcm_rlock *rlock = rlock_make(backend);

	/* this thread is known to the library before it forks */
	lock_expect_free(lock);
	for (enum maker how = 0; how < MAKERS; how++) {
		child_holds(lock, how);
		child_does_not_inherit(rlock, how);
	}
	ipcm_lock_free(lock);
	ipcm_rlock_free(rlock);
}

static const struct clause table[] = {
	{"L-11", LEVEL_BEYOND, OBJECT_LOCK,
	 "A process that holds two locks and an RLock executes another program, "
	 "from the thread that holds them and from another; a waiter is there, "
	 "or comes later.",
	 "As if the holder had been killed: OWNERDEAD for each, once.",
	 "execve(2); pthread_mutexattr_setrobust(3); ours", 60, true,
	 execve_is_a_death},
	{"L-12", LEVEL_BEYOND, OBJECT_LOCK,
	 "Children of _Fork and clone(2), which run no fork handlers: one dies "
	 "with a lock, one uses its parent's RLock.",
	 "OWNERDEAD; WOULDBLOCK and NOTOWNER: it is another process.",
	 "fork(2), _Fork(3); ours", 0, true, raw_children_are_others},
};

CLAUSE_LIST(clauses_lock_owner, table);
