/* SPDX-License-Identifier: MIT */
/*
 * L: the lock.
 */
#include "conformance/harness/clause.h"
#include "rlock.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/users.h"

#include <string.h>
#include <unistd.h>

enum { CONTENDERS = 6, TURNS = 1000 };

struct contended {
	struct ipcm_lock *lock;
	/* plain on purpose: only the lock protects it */
	volatile int64_t count;
	_Atomic int inside;
	unsigned char page[4096];
	uint64_t stamp;
};

static void contend(void *argument)
{
	struct contended *contended = argument;

	for (int i = 0; i < TURNS; i++) {
		CHECK_OK(ipcm_lock_acquire(contended->lock, IPCM_FOREVER));
		CHECK(atomic_fetch_add(&contended->inside, 1) == 0,
		      "two holders at a time");
		contended->count = contended->count + 1;
		(void)atomic_fetch_sub(&contended->inside, 1);
		CHECK_OK(ipcm_lock_release(contended->lock));
	}
}

static void one_holder_at_a_time(const struct ipcm_backend *backend)
{
	struct contended *contended = share(sizeof(*contended));

	contended->lock = lock_make(backend);
	lock_expect_free(contended->lock);
	users_run(CONTENDERS, 0, contend, contended);
	CHECK_EQUAL(CONTENDERS * TURNS, contended->count,
		    "increments under the lock");
	lock_expect_free(contended->lock);
	ipcm_lock_free(contended->lock);
}

static void not_recursive(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	int64_t begun;

	CHECK_OK(ipcm_lock_acquire(lock, IPCM_FOREVER));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, IPCM_TRY));
	begun = now_ns();
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_lock_acquire(lock, 100 * MS));
	CHECK(now_ns() - begun >= 90 * MS, "TIMEDOUT after %lld ms",
	      (long long)((now_ns() - begun) / MS));
	CHECK_OK(ipcm_lock_release(lock));
	lock_expect_free(lock);
	ipcm_lock_free(lock);
}

static void release_of_a_free_lock(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);

	for (int i = 0; i < 3; i++) {
		CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
		CHECK_OK(ipcm_lock_acquire(lock, IPCM_TRY));
		CHECK_STATUS(IPCM_WOULDBLOCK,
			     ipcm_lock_acquire(lock, IPCM_TRY));
		CHECK_OK(ipcm_lock_release(lock));
	}
	ipcm_lock_free(lock);
}

static void release_it(void *argument)
{
	CHECK_OK(ipcm_lock_release(argument));
}

static void any_process_may_release(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);

	for (int i = 0; i < 3; i++) {
		struct peer child;

		CHECK_OK(ipcm_lock_acquire(lock, hang_ns()));
		child = peer_start(release_it, lock);
		peer_join(&child);
		CHECK_OK(ipcm_lock_acquire(lock, hang_ns()));
		CHECK_OK(ipcm_lock_release(lock));
	}
	lock_expect_free(lock);
	ipcm_lock_free(lock);
}

/* Waiters that keep the lock until told to go on. */
struct line {
	struct ipcm_lock *lock;
	_Atomic int waiting, got, go;
};

static void wait_in_line(void *argument)
{
	struct line *line = argument;
	int ticket;

	atomic_fetch_add(&line->waiting, 1);
	CHECK_OK(ipcm_lock_acquire(line->lock, IPCM_FOREVER));
	ticket = atomic_fetch_add(&line->got, 1) + 1;
	flag_await(&line->go, ticket);
	CHECK_OK(ipcm_lock_release(line->lock));
}

enum { HANDOFFS = 600 };

struct handoff {
	struct ipcm_lock *there, *back;
};

static void hand_back(void *argument)
{
	const struct handoff *handoff = argument;

	for (int i = 0; i < HANDOFFS; i++) {
		CHECK_OK(ipcm_lock_acquire(handoff->there, IPCM_FOREVER));
		CHECK_OK(ipcm_lock_release(handoff->back));
	}
}

/* Each acquire sleeps until a release wakes it, not until a look by chance. */
static void no_wake_up_is_lost(const struct ipcm_backend *backend)
{
	struct handoff handoff = {lock_make(backend), lock_make(backend)};
	struct peer peer;
	int64_t begun = now_ns();

	CHECK_OK(ipcm_lock_acquire(handoff.there, IPCM_TRY));
	CHECK_OK(ipcm_lock_acquire(handoff.back, IPCM_TRY));
	peer = peer_start(hand_back, &handoff);
	for (int i = 0; i < HANDOFFS; i++) {
		CHECK_OK(ipcm_lock_release(handoff.there));
		CHECK_OK(ipcm_lock_acquire(handoff.back, hang_ns()));
	}
	peer_join(&peer);
	CHECK(now_ns() - begun < HANDOFFS * 20 * MS + hang_ns(),
	      "%d hand-overs took %lld ms", HANDOFFS,
	      (long long)((now_ns() - begun) / MS));
	ipcm_lock_free(handoff.there);
	ipcm_lock_free(handoff.back);
}

/* @return false: the one that gives up did so before the others waited */
static bool first_of_three_quits(const struct ipcm_backend *backend,
				 int64_t timeout_ns)
{
	struct line *line = share(sizeof(*line));
	struct call *quitter;
	struct peer waiters[2];
	bool in_time;

	line->lock = lock_make(backend);
	CHECK_OK(ipcm_lock_acquire(line->lock, IPCM_TRY));
	/* the one that gives up came first: a wake-up might go to it */
	quitter = call_start(CALL_ACQUIRE, line->lock, 0, timeout_ns);
	flag_await(&quitter->phase, 1);
	while (!call_returned(quitter) && !peer_is_asleep(&quitter->peer))
		pause_ns(MS);
	peers_start(waiters, 2, wait_in_line, line);
	flag_await(&line->waiting, 2);
	for (int i = 0; i < 2; i++)
		peer_await_state(&waiters[i], 'S');
	in_time = !call_returned(quitter);
	call_check_returns(quitter, IPCM_TIMEDOUT);
	CHECK_EQUAL(0, line->got, "waiters with a lock that is held");
	CHECK_OK(ipcm_lock_release(line->lock));
	for (int turn = 1; turn <= 2; turn++) {
		flag_await(&line->got, turn);
		pause_ns(grace_ns());
		CHECK_EQUAL(turn, line->got, "waiters that went on");
		atomic_store(&line->go, turn);
	}
	peers_join(waiters, 2);
	lock_expect_free(line->lock);
	ipcm_lock_free(line->lock);
	return in_time;
}

static void one_waiter_goes_on(const struct ipcm_backend *backend)
{
	int64_t timeout_ns = 150 * MS;

	while (!first_of_three_quits(backend, timeout_ns) &&
	       timeout_ns < hang_ns())
		timeout_ns *= 4;
	no_wake_up_is_lost(backend);
}

static void write_and_verify(void *argument)
{
	struct contended *contended = argument;

	for (int i = 0; i < TURNS; i++) {
		CHECK_OK(ipcm_lock_acquire(contended->lock, IPCM_FOREVER));
		CHECK(pattern_matches(contended->page, sizeof(contended->page),
				      contended->stamp),
		      "the page of round %llu is not what the last holder "
		      "wrote",
		      (unsigned long long)contended->stamp);
		contended->stamp++;
		pattern_fill(contended->page, sizeof(contended->page),
			     contended->stamp);
		CHECK_OK(ipcm_lock_release(contended->lock));
	}
}

static void writes_become_visible(const struct ipcm_backend *backend)
{
	struct contended *contended = share(sizeof(*contended));

	contended->lock = lock_make(backend);
	pattern_fill(contended->page, sizeof(contended->page), 0);
	users_run(3, 0, write_and_verify, contended);
	CHECK_EQUAL(3 * TURNS, contended->stamp, "rounds");
	ipcm_lock_free(contended->lock);
}

enum death { DIES_BY_KILL, DIES_BY_EXIT, DEATHS };

struct killed {
	struct ipcm_lock *lock;
	enum death how;
	_Atomic int holds, may_die;
};

static void hold_and_die(void *argument)
{
	struct killed *killed = argument;

	CHECK_OK(ipcm_lock_acquire(killed->lock, hang_ns()));
	atomic_store(&killed->holds, 1);
	flag_await(&killed->may_die, 1);
	if (killed->how == DIES_BY_KILL)
		(void)raise(SIGKILL);
	_exit(0);
}

/* A peer that takes the lock over and puts it in order. */
static void inherit_and_recover(void *argument)
{
	struct killed *killed = argument;

	atomic_store(&killed->holds, 2);
	CHECK_STATUS(IPCM_OWNERDEAD,
		     ipcm_lock_acquire(killed->lock, IPCM_FOREVER));
	CHECK_OK(ipcm_lock_recover(killed->lock));
	CHECK_OK(ipcm_lock_release(killed->lock));
}

static void holder_dies(const struct ipcm_backend *backend, enum death how,
			bool waiter_first)
{
	struct killed *killed = share(sizeof(*killed));
	struct peer holder, heir;

	killed->lock = lock_make(backend);
	killed->how = how;
	holder = peer_start(hold_and_die, killed);
	flag_await(&killed->holds, 1);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(killed->lock, 0));
	if (waiter_first) {
		heir = peer_start(inherit_and_recover, killed);
		flag_await(&killed->holds, 2);
		peer_await_state(&heir, 'S');
	}
	atomic_store(&killed->may_die, 1);
	CHECK(peer_reap(&holder, hang_ns(), NULL), "the holder lives on");
	if (!waiter_first)
		heir = peer_start(inherit_and_recover, killed);
	peer_join(&heir);
	lock_expect_free(killed->lock);
	ipcm_lock_free(killed->lock);
}

static void recover_in_vain(void *lock)
{
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_lock_recover(lock));
}

static void not_recovered(const struct ipcm_backend *backend)
{
	struct killed *killed = share(sizeof(*killed));
	struct peer holder, other;
	struct call *waiter;

	killed->lock = lock_make(backend);
	atomic_store(&killed->may_die, 1);
	holder = peer_start(hold_and_die, killed);
	CHECK(peer_reap(&holder, hang_ns(), NULL), "the holder lives on");
	CHECK_STATUS(IPCM_OWNERDEAD,
		     ipcm_lock_acquire(killed->lock, hang_ns()));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(killed->lock, 0));
	other = peer_start(recover_in_vain, killed->lock);
	peer_join(&other);
	waiter = call_start(CALL_ACQUIRE, killed->lock, 0, IPCM_FOREVER);
	call_await_asleep(waiter);
	CHECK_OK(ipcm_lock_release(killed->lock));
	call_check_returns(waiter, IPCM_NOTRECOVERABLE);
	CHECK_STATUS(IPCM_NOTRECOVERABLE, ipcm_lock_acquire(killed->lock, 0));
	CHECK_STATUS(IPCM_NOTRECOVERABLE,
		     ipcm_lock_acquire(killed->lock, IPCM_FOREVER));
	ipcm_lock_free(killed->lock);
}

static void death_is_reported_once(const struct ipcm_backend *backend)
{
	for (enum death how = 0; how < DEATHS; how++) {
		holder_dies(backend, how, false);
		holder_dies(backend, how, true);
	}
	not_recovered(backend);
	rlock_death_is_reported_once(backend);
}

enum { WAITER_ROUNDS = 60 };

static void dead_waiters_leave_nothing(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);

	for (int round = 0; round < WAITER_ROUNDS; round++) {
		struct call *waiter, *timed;

		CHECK_OK(ipcm_lock_acquire(lock, hang_ns()));
		waiter = call_start(CALL_ACQUIRE, lock, 0, IPCM_FOREVER);
		timed = call_start(CALL_ACQUIRE, lock, 0,
				   (int64_t)random_below(3) * MS);
		flag_await(&waiter->phase, 1);
		pause_ns((int64_t)random_below(2000) * US);
		CHECK(!call_returned(waiter), "a waiter got a held lock");
		call_kill(waiter);
		call_check_returns(timed, timed->timeout_ns ? IPCM_TIMEDOUT
							    : IPCM_WOULDBLOCK);
		CHECK_OK(ipcm_lock_release(lock));
		lock_expect_free(lock);
	}
	ipcm_lock_free(lock);
}

static void try_and_leave(void *argument)
{
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(argument, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_lock_acquire(argument, 20 * MS));
}

static void try_free_and_leave(void *argument)
{
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(argument, IPCM_TRY));
	ipcm_lock_free(argument);
}

static void child_does_not_hold(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct peer child;

	CHECK_OK(ipcm_lock_acquire(lock, IPCM_FOREVER));
	child = peer_start(try_and_leave, lock);
	peer_join(&child);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, IPCM_TRY));
	child = peer_start(try_free_and_leave, lock);
	peer_join(&child);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, IPCM_TRY));
	CHECK_OK(ipcm_lock_release(lock));
	lock_expect_free(lock);
	ipcm_lock_free(lock);
}

/* Keeps the lock in the peer until told. */
struct holder {
	struct ipcm_lock *lock;
	_Atomic int step;
};

static bool is_locked(struct ipcm_lock *lock)
{
	bool locked = false;

	CHECK_OK(ipcm_lock_locked(lock, &locked));
	return locked;
}

static void hold_while_told(void *argument)
{
	struct holder *holder = argument;

	CHECK(!is_locked(holder->lock), "locked() of a free lock");
	CHECK_OK(ipcm_lock_acquire(holder->lock, hang_ns()));
	CHECK(is_locked(holder->lock), "locked() says no to the holder");
	atomic_store(&holder->step, 1);
	flag_await(&holder->step, 2);
	CHECK_OK(ipcm_lock_release(holder->lock));
	CHECK(!is_locked(holder->lock), "locked() after release");
}

static void locked_tells(const struct ipcm_backend *backend)
{
	struct holder *holder = share(sizeof(*holder));
	struct peer peer;

	holder->lock = lock_make(backend);
	peer = peer_start(hold_while_told, holder);
	flag_await(&holder->step, 1);
	CHECK(is_locked(holder->lock), "locked() while another one holds it");
	atomic_store(&holder->step, 2);
	peer_join(&peer);
	CHECK(!is_locked(holder->lock), "locked() after the other's release");
	ipcm_lock_free(holder->lock);
	rlock_locked_is_right(backend);
}

static const struct clause table[] = {
	{"L-01", LEVEL_CORE, OBJECT_LOCK,
	 "6 processes increment a plain counter 1000 times each.",
	 "At any time at most one holder; no increment is lost.",
	 "multiprocessing, Lock; CPython test _TestLock.test_lock", 60, false,
	 one_holder_at_a_time},
	{"L-02", LEVEL_CORE, OBJECT_LOCK,
	 "The holder acquires again, by try and timed.",
	 "WOULDBLOCK and TIMEDOUT: the lock is not recursive.",
	 "multiprocessing, Lock; CPython test _TestLock.test_lock", 0, false,
	 not_recursive},
	{"L-03", LEVEL_CORE, OBJECT_LOCK, "Release of a free lock.",
	 "INVALID, and it can be taken once, not twice.",
	 "multiprocessing, Lock.release; CPython test _TestLock.test_lock", 0,
	 false, release_of_a_free_lock},
	{"L-04", LEVEL_CORE, OBJECT_LOCK,
	 "The parent acquires, a child releases, the parent re-acquires.",
	 "Any process may release a held lock.",
	 "multiprocessing, Lock; CPython test "
	 "TestSyncManagerTypes.test_lock; tried on CPython",
	 0, false, any_process_may_release},
	{"L-05", LEVEL_CORE, OBJECT_LOCK,
	 "3 waiters, one of them gives up; then one release; 600 hand-overs "
	 "between two processes.",
	 "Exactly one waiter goes on, and at once.",
	 "multiprocessing, RLock.release; CPython test _TestLock.test_rlock",
	 60, false, one_waiter_goes_on},
	{"L-06", LEVEL_CORE, OBJECT_LOCK,
	 "3 processes verify and rewrite a 4 KiB page 1000 times each.",
	 "Writes made before release are visible to the next holder.",
	 "multiprocessing, Lock", 60, false, writes_become_visible},
	{"L-07", LEVEL_BEYOND, OBJECT_LOCK,
	 "The holder is killed or exits; a waiter is there, or comes later.",
	 "OWNERDEAD with the lock held, an RLock in depth 1; recover, else "
	 "NOTRECOVERABLE.",
	 "pthread_mutexattr_setrobust(3); CPython issue 88304", 0, true,
	 death_is_reported_once},
	{"L-08", LEVEL_BEYOND, OBJECT_LOCK,
	 "60 times: a waiter is killed, another one times out.",
	 "The lock is never left taken and still cycles.",
	 "CPython issue 96062", 60, true, dead_waiters_leave_nothing},
	{"L-09", LEVEL_CORE, OBJECT_LOCK,
	 "Fork while holding; the child tries, frees its handle, exits.",
	 "For the child it is held; its exit does not release it.",
	 "CPython synchronize.py, SemLock; tried on CPython", 0, false,
	 child_does_not_hold},
	{"L-10", LEVEL_OPTIONAL, OBJECT_LOCK,
	 "locked() in two processes, before, during and after; RLock too.",
	 "It tells whether a thread holds the lock.",
	 "multiprocessing, Lock.locked (Python 3.14); CPython test "
	 "test_lock_locked_2processes",
	 0, false, locked_tells},
};

CLAUSE_LIST(clauses_lock, table);
