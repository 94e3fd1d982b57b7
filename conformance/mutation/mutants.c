/* SPDX-License-Identifier: MIT */
/*
 * Choosing and planting a fault; see mutants.h. Which clause must find which
 * fault is in mutants.tsv, and selftest mutants checks it.
 */
#include "mutants.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"
#include "impls/fault/fault.h"

static const struct {
	const char *name;
	unsigned every;
	const char *summary;
} plants[INJECT_COUNT] = {
	[INJECT_EARLY_TIMEOUT] = {"early-timeout", 1,
				  "timed calls wait half of their time"},
	[INJECT_TRY_WAITS] = {"try-waits", 1, "try and negative forms wait"},
	[INJECT_SHORT_IS_OVER] = {"short-is-over", 1,
				  "a limit below 1 us is over at once"},
	[INJECT_INT_MS] = {"int-ms", 1,
			   "time limits are cut to 31 bits of milliseconds"},
	[INJECT_WALL_CLOCK] = {"wall-clock", 1,
			       "queue waits follow the realtime clock"},
	[INJECT_GIVE_UP] = {"give-up", 1, "infinite waits end after 60 ms"},
	[INJECT_TWO_LIMITS] = {"two-limits", 1,
			       "two phases of a get each have the whole limit"},
	[INJECT_SIGNAL_FAILS] = {"signal-fails", 1,
				 "a caught signal ends a get with EMPTY"},
	[INJECT_SIGNAL_RESTARTS] = {"signal-restarts", 1,
				    "after a signal a get waits all its time "
				    "again"},
	[INJECT_TIMED_CODE] = {"timed-code", 1,
			       "timed put and get say TIMEDOUT"},
	[INJECT_EOF_WHEN_EMPTY] = {"eof-when-empty", 1,
				   "an empty queue says EOF"},
	[INJECT_WRITES_BUFFER] = {"writes-buffer", 1,
				  "a get or recv that fails writes the buffer"},
	[INJECT_CUT_SHORT] = {"cut-short", 1,
			      "a buffer too small gets a part; the rest is "
			      "lost"},
	[INJECT_ONE_MORE_SLOT] = {"one-more-slot", 1, "maxsize + 1 items fit"},
	[INJECT_SMALL_LIMIT] = {"small-limit", 1,
				"an unlimited queue holds 500 items"},
	[INJECT_STAY_OPEN] = {"stay-open", 1, "close closes nothing"},
	[INJECT_CLOSE_FOR_ALL] = {"close-for-all", 1,
				  "close closes for every process"},
	[INJECT_QSIZE_OFF] = {"qsize-off", 1, "qsize is one too many"},
	[INJECT_TOOBIG_COUNTS] = {"toobig-counts", 1,
				  "a refused item takes a slot"},
	[INJECT_DEFERRED_COPY] = {"lazy-put", 1,
				  "put keeps the pointer and sends later"},
	[INJECT_SPURIOUS_EMPTY] = {"shy-get", 5,
				   "a try get does not see an item"},
	[INJECT_THUNDERING_HERD] = {"herd", 1,
				    "one item wakes all who wait for one"},
	[INJECT_BIG_LOCK] = {"big-lock", 1,
			     "a plain lock is held while a get waits"},
	[INJECT_SLOT_LEAK] = {"slot-leak", 1,
			      "a putter takes a slot before it waits"},
	[INJECT_OLD_ITEM] = {"old-item", 1, "a new queue has an item inside"},
	[INJECT_NO_COLLECT] = {"no-collect", 1,
			       "what the dead leave is not collected"},
	[INJECT_SHARED_NONBLOCK] = {"shared-nonblock", 1,
				    "a try get ends others' blocking gets"},
	[INJECT_DISPOSITION] = {"disposition", 1, "creation ignores SIGPIPE"},
	[INJECT_TASK_DONE_FREE] = {"task-done-free", 1,
				   "task_done too often is OK"},
	[INJECT_DONE_NEEDS_GET] = {"done-needs-get", 1,
				   "task_done counts items taken, not put"},
	[INJECT_JOIN_WHEN_EMPTY] = {"join-when-empty", 1,
				    "join is content with an empty queue"},
	[INJECT_JOIN_NEVER] = {"join-never", 1, "a try join says no"},
	[INJECT_JOIN_CLOSED] = {"join-closed", 1, "join fails after close"},
	[INJECT_JOIN_THREAD_OPEN] = {"join-thread-open", 1,
				     "join_thread does not ask for close"},
	[INJECT_END_STAYS_OPEN] = {"end-stays-open", 1,
				   "closing an end closes nothing"},
	[INJECT_SIMPLEX_DEFAULT] = {"simplex-default", 1,
				    "pipe() makes a simplex pipe"},
	[INJECT_ENDS_SWAPPED] = {"ends-swapped", 1,
				 "the first end sends, the second receives"},
	[INJECT_WRONG_WAY] = {"wrong-way", 1,
			      "sending on a receiving end says OK"},
	[INJECT_MERGE] = {"merge", 1, "two messages are received as one"},
	[INJECT_SLICE_CLAMPED] = {"slice-clamped", 1,
				  "impossible slices are made possible"},
	[INJECT_CUT_LARGE] = {"cut-large", 1, "messages end at 2 MiB"},
	[INJECT_BROKEN_OK] = {"broken-ok", 1, "sending to nobody says OK"},
	[INJECT_BOUND_IGNORED] = {"bound-ignored", 1, "maxlength is ignored"},
	[INJECT_EMPTY_IS_EOF] = {"empty-is-eof", 1,
				 "an empty message says EOF"},
	[INJECT_POLL_YES] = {"poll-yes", 1, "poll says yes"},
	[INJECT_POLL_EATS] = {"poll-eats", 1, "poll takes what it sees"},
	[INJECT_EOF_IS_TIMEOUT] = {"eof-is-timeout", 1,
				   "the end of file says TIMEDOUT"},
	[INJECT_EARLY_EOF] = {"early-eof", 1, "nothing to receive says EOF"},
	[INJECT_CORRUPT_IS_EOF] = {"corrupt-is-eof", 1,
				   "a cut message says EOF"},
	[INJECT_RESET] = {"reset", 1, "the end of file says BROKEN"},
	[INJECT_FILENO_REFUSES] = {"fileno-refuses", 1,
				   "fileno says NOTSUP whatever is declared"},
	[INJECT_NO_LOCK] = {"no-lock", 1, "acquire takes nothing"},
	[INJECT_RECURSIVE] = {"recursive", 1, "the holder may acquire again"},
	[INJECT_RELEASE_FREE] = {"release-free", 1,
				 "release of a free lock is OK"},
	[INJECT_OWNER_ONLY] = {"owner-only", 1, "only the holder may release"},
	[INJECT_SILENT_DEATH] = {"silent-death", 1,
				 "a dead holder is not reported"},
	[INJECT_CHILD_RELEASES] = {"child-releases", 1,
				   "freeing a handle releases the lock"},
	[INJECT_LOCKED_NO] = {"locked-no", 1, "locked() says no"},
	[INJECT_RLOCK_FLAT] = {"rlock-flat", 1,
			       "the owner of an RLock may not acquire again"},
	[INJECT_RLOCK_OPENS] = {"rlock-opens", 1,
				"one release frees an RLock in any depth"},
	[INJECT_RLOCK_ANYBODY] = {"rlock-anybody", 1,
				  "release of another's RLock says OK"},
	[INJECT_RLOCK_COPIED] = {"rlock-copied", 1,
				 "fork copies who owns an RLock"},
	[INJECT_RLOCK_DEEP_HEIR] = {"rlock-deep-heir", 1,
				    "who inherits an RLock has it twice"},
	[INJECT_RLOCK_LOCKED_YES] = {"rlock-locked-yes", 1,
				     "locked() of an RLock says yes"},
	[INJECT_SEM_EXTRA] = {"sem-extra", 1,
			      "a new semaphore has a permit more"},
	[INJECT_SEM_NEGATIVE] = {"sem-negative", 1,
				 "a negative initial value is taken as 0"},
	[INJECT_SEM_UNBOUND] = {"sem-unbound", 1,
				"a bounded semaphore has no bound"},
	[INJECT_SEM_BOUND_RACES] =
		{"sem-bound-races", 1,
		 "the bound is looked at, then ignored by those beside"},
	[INJECT_SEM_NO_OVERFLOW] = {"sem-no-overflow", 1,
				    "release at the maximum says OK"},
	[INJECT_SEM_QUITTER_EATS] = {"sem-quitter-eats", 1,
				     "who gave up takes a permit later"},
	[INJECT_SEM_THUNDERING_HERD] = {"sem-herd", 1,
					"one release lets two waiters go on"},
	[INJECT_SEM_DEAD_ABSORBS] = {"sem-dead-absorbs", 1,
				     "a killed waiter gets a permit"},
	[INJECT_SEM_UNDO] = {"sem-undo", 1,
			     "permits of the dead come back undeclared"},
	[INJECT_SEM_VALUE_OFF] = {"sem-value-off", 1, "value is one too many"},
	[INJECT_SEM_CODE] = {"sem-code", 1, "timed acquire says WOULDBLOCK"},
	[INJECT_SEM_STAYS_OPEN] = {"sem-stays-open", 1,
				   "closing a semaphore closes nothing"},
	[INJECT_COND_ANYBODY] = {"cond-anybody", 1,
				 "notify without the lock says OK"},
	[INJECT_COND_KEEPS_LOCK] = {"cond-keeps-lock", 1,
				    "a wait does not let the lock go"},
	[INJECT_COND_LOSES_LOCK] =
		{"cond-loses-lock", 1,
		 "a wait that failed comes back without the lock"},
	[INJECT_COND_FLAT] = {"cond-flat", 1,
			      "a wait comes back with the RLock once"},
	[INJECT_COND_BY_CHANCE] = {"cond-by-chance", 1,
				   "a caught signal ends a wait with OK"},
	[INJECT_COND_ONE_MORE] = {"cond-one-more", 1, "notify(n) wakes n + 1"},
	[INJECT_COND_ALL_IS_ONE] = {"cond-all-is-one", 1,
				    "notify_all wakes one"},
	[INJECT_COND_REMEMBERS] =
		{"cond-remembers", 1,
		 "a notify without waiters is kept for the next one"},
	[INJECT_COND_QUITTER_ABSORBS] = {"cond-quitter-absorbs", 1,
					 "who gave up absorbs a notify later"},
	[INJECT_COND_QUITTER_COUNTS] = {"cond-quitter-counts", 1,
					"who gave up still counts as a waiter"},
	[INJECT_COND_FOR_RESTARTS] =
		{"cond-for-restarts", 1,
		 "each wake-up gives wait_for its whole time again"},
	[INJECT_COND_FOR_BLIND] =
		{"cond-for-blind", 1,
		 "wait_for does not look when its time is over"},
	[INJECT_COND_FOR_LAZY] = {"cond-for-lazy", 1,
				  "wait_for waits before it looks"},
	[INJECT_COND_DEAD_ABSORBS] = {"cond-dead-absorbs", 1,
				      "a killed waiter absorbs a notify"},
	[INJECT_COND_DEAD_COUNTS] = {"cond-dead-counts", 1,
				     "a killed waiter still counts"},
	[INJECT_EVENT_CONSUMED] = {"event-consumed", 1,
				   "a wait clears the event"},
	[INJECT_EVENT_STICKS] = {"event-sticks", 1, "clear clears nothing"},
	[INJECT_EVENT_ONE] = {"event-one", 1, "set lets one waiter go on"},
	[INJECT_EVENT_MISSED] =
		{"event-missed", 1,
		 "set and clear at once is not seen by those who wait"},
	[INJECT_EVENT_LOCKS] = {"event-locks", 1,
				"set, clear and is_set take a lock"},
	[INJECT_EVENT_AWAITS_ALL] =
		{"event-awaits-all", 1,
		 "set waits for the answer of all who wait, the dead too"},
	[INJECT_BARRIER_EARLY] = {"barrier-early", 1,
				  "one party fewer is enough"},
	[INJECT_BARRIER_SAME_INDEX] = {"barrier-same-index", 1,
				       "every party gets index 0"},
	[INJECT_BARRIER_ACTS_TWICE] = {"barrier-acts-twice", 1,
				       "the action runs twice a round"},
	[INJECT_BARRIER_MUTE] = {"barrier-mute", 1,
				 "a failing action is ignored"},
	[INJECT_BARRIER_TIMED_CODE] = {"barrier-timed-code", 1,
				       "the party that gives up gets TIMEDOUT"},
	[INJECT_BARRIER_HEALS] = {"barrier-heals", 1,
				  "a timeout does not leave it broken"},
	[INJECT_BARRIER_NO_DEFAULT] = {"barrier-no-default", 1,
				       "the barrier's own time limit is 0"},
	[INJECT_BARRIER_SOFT_RESET] = {"barrier-soft-reset", 1,
				       "reset leaves those alone who wait"},
	[INJECT_BARRIER_STAYS_BROKEN] = {"barrier-stays-broken", 1,
					 "reset does not repair"},
	[INJECT_BARRIER_WAITING_OFF] = {"barrier-waiting-off", 1,
					"n_waiting is one too many"},
	[INJECT_BARRIER_NOBODY] = {"barrier-nobody", 1,
				   "a barrier of no parties is made"},
	[INJECT_BARRIER_DEAD_COUNT] = {"barrier-dead-count", 1,
				       "a killed party completes a round"},
	[INJECT_SIMPLE_EMPTY] = {"simple-empty", 1,
				 "get of a simple queue says EMPTY"},
	[INJECT_SIMPLE_LATE] =
		{"simple-late", 1,
		 "put of a simple queue sends with the next call"},
	[INJECT_SIMPLE_CLOSE_ONCE] = {"simple-close-once", 1,
				      "closing a simple queue again fails"},
	[INJECT_SIMPLE_NO_EOF] = {"simple-no-eof", 1,
				  "the end of a simple queue says EMPTY"},
	[INJECT_SIMPLE_BROKEN_OK] = {"simple-broken-ok", 1,
				     "a put that nobody can read says OK"},
	[INJECT_WAIT_ONE_MORE] = {"wait-one-more", 1,
				  "wait tells one more than is ready"},
	[INJECT_WAIT_NO_EOF] = {"wait-no-eof", 1,
				"the end of file is not ready"},
	[INJECT_WAIT_SIGNAL] = {"wait-signal", 1, "a caught signal ends wait"},
	[INJECT_FD_NUMBER] = {"fd-number", 1,
			      "the number of a descriptor is sent, not itself"},
	[INJECT_FD_ANY_DATA] = {"fd-any-data", 1,
				"data without a descriptor says OK"},
	[INJECT_LISTEN_TWICE] = {"listen-twice", 1,
				 "two listen at one address"},
	[INJECT_ANY_KEY] = {"any-key", 1, "keys are not looked at"},
	[INJECT_EARLY_DATA_LOST] = {"early-data-lost", 1,
				    "what was sent before accept is lost"},
	[INJECT_ACCEPT_CLOSED] = {"accept-closed", 1,
				  "accept after close says INVALID"},
	[INJECT_SHARED_CRASH] = {"shared-crash", 1,
				 "two that send on one end crash"},
	[INJECT_SHUTDOWN_SLEEPERS] = {"shutdown-sleepers", 1,
				      "shutdown leaves those asleep who wait"},
	[INJECT_SHUTDOWN_KEEPS] = {"shutdown-keeps", 1,
				   "an immediate shutdown keeps the items"},
	[INJECT_EXIT_NO_FLUSH] =
		{"exit-no-flush", 1,
		 "exit and join_thread do not wait for the feeder"},
	[INJECT_CANCEL_IGNORED] = {"cancel-ignored", 1,
				   "cancel_join_thread cancels nothing"},
	[INJECT_INTR_TAKES] = {"intr-takes", 1,
			       "an interrupted put takes an item out"},
	[INJECT_INTR_OPENS] = {"intr-opens", 1,
			       "an interrupted acquire frees the lock"},
	[INJECT_INTR_NEVER] = {"intr-never", 1, "no call is interruptible"},
	[INJECT_NOT_EXCLUSIVE] = {"not-exclusive", 1,
				  "exclusive creation opens what is there"},
	[INJECT_HALF_BUILT] = {"half-built", 1,
			       "a name is there before its object is complete"},
	[INJECT_UNLINK_NOTHING] = {"unlink-nothing", 1,
				   "unlink says OK and takes no name away"},
	[INJECT_UNLINK_DESTROYS] = {"unlink-destroys", 1,
				    "unlink takes the object from its users"},
	[INJECT_ANY_NAME] = {"any-name", 1, "illegal names are taken"},
	[INJECT_NAME_PRIVATE] = {"name-private", 1,
				 "a name means another object elsewhere"},
	[INJECT_OPENER_DECIDES] = {"opener-decides", 1,
				   "conflicting options are ignored"},
	[INJECT_MODE_IGNORED] = {"mode-ignored", 1,
				 "every object is open to all users"},
	[INJECT_ANY_DIRECTION] = {"any-direction", 1,
				  "get-only and put-only handles do both"},
	[INJECT_LIMITS_HIGH] = {"limits-high", 1,
				"more queues are promised than can be had"},
	[INJECT_PERMITS_HIGH] = {"permits-high", 1,
				 "a higher value is promised than there is"},
	[INJECT_EXHAUST_CODE] = {"exhaust-code", 1, "running out says PERM"},
	[INJECT_ABANDON_COMMITS] = {"abandon-commits", 1,
				    "an abandoned reservation is put"},
	[INJECT_PEEK_TAKES] = {"peek-takes", 1,
			       "an item that was peeked at is gone"},
	[INJECT_RESERVE_PUTS] = {"reserve-puts", 1,
				 "reserving puts an item already"},
	[INJECT_BATCH_SWAPS] = {"batch-swaps", 1,
				"the first two items of a batch change places"},
	[INJECT_BATCH_OVERRUNS] = {"batch-overruns", 1,
				   "a batch writes one byte too many"},
};

struct inject_shared *inject_shared;
static enum inject injected;
/* Name of a back-end fault; NULL if none is planted. */
static const char *back_end_fault;
static unsigned strikes_every;
static volatile sig_atomic_t signals_caught;
/* The runner itself must go on cleaning up. */
static bool inside_a_cell;

const char *mutants_name(size_t index)
{
	size_t back_end = 0;

	while (fault_name(back_end))
		back_end++;
	if (index < back_end)
		return fault_name(index);
	index = index - back_end + 1;
	return index < INJECT_COUNT ? plants[index].name : NULL;
}

const char *mutants_summary(size_t index)
{
	size_t back_end = 0;

	while (fault_name(back_end))
		back_end++;
	if (index < back_end)
		return fault_summary(index);
	index = index - back_end + 1;
	return index < INJECT_COUNT ? plants[index].summary : NULL;
}

static bool inject_interface(enum inject inject, unsigned every)
{
	pthread_mutexattr_t how;

	inject_shared =
		mmap(NULL, sizeof(*inject_shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (inject_shared == MAP_FAILED)
		return false;
	(void)pthread_mutexattr_init(&how);
	(void)pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutex_init(&inject_shared->big_lock, &how);
	(void)pthread_mutexattr_destroy(&how);
	injected = inject;
	strikes_every = every ? every : plants[inject].every;
	return true;
}

bool mutants_inject(const char *name, unsigned every)
{
	unsigned back_end = fault_default_every(name);

	if (back_end) {
		back_end_fault = name;
		strikes_every = every ? every : back_end;
		return true;
	}
	for (int i = INJECT_NONE + 1; i < INJECT_COUNT; i++) {
		if (strcmp(plants[i].name, name) == 0)
			return inject_interface((enum inject)i, every);
	}
	(void)fprintf(stderr,
		      "ipcmark check: no fault is called \"%s\"; "
		      "--list-mutants shows all of them\n",
		      name);
	return false;
}

unsigned mutants_every(void)
{
	return strikes_every;
}

const struct ipcm_backend *mutants_wrap(const struct ipcm_backend *backend,
					char *why, size_t why_bytes)
{
	if (!back_end_fault)
		return backend;
	return fault_wrap(backend, back_end_fault, strikes_every, why,
			  why_bytes);
}

void mutants_restart(void)
{
	inside_a_cell = true;
	fault_restart();
	if (!inject_shared)
		return;
	/* the last cell's processes are gone, whatever they held */
	inject_shared->calls = 0;
	inject_shared->closed = 0;
	inject_shared->nonblock = 0;
	inject_shared->putting = 0;
	inject_shared->got = 0;
	inject_shared->done = 0;
	inject_shared->holder = 0;
	inject_shared->shut = 0;
	inject_shared->removed = 0;
	inject_shared->sending = 0;
	(void)inject_interface(injected, strikes_every);
}

bool inject_is(enum inject inject)
{
	return injected == inject;
}

bool inject_strikes(enum inject inject)
{
	return injected == inject &&
	       (atomic_fetch_add(&inject_shared->calls, 1) + 1) %
			       strikes_every ==
		       0;
}

int64_t inject_timeout(int64_t timeout_ns)
{
	bool timed = timeout_ns > 0 && timeout_ns != IPCM_FOREVER;

	if (timed && inject_strikes(INJECT_EARLY_TIMEOUT))
		return timeout_ns / 2;
	if (timeout_ns <= 0 && inject_strikes(INJECT_TRY_WAITS))
		return 3 * slack_ns() / 2;
	if (timed && inject_strikes(INJECT_INT_MS))
		return (int64_t)(int32_t)(uint32_t)(timeout_ns / MS) * MS;
	if (timeout_ns == IPCM_FOREVER && inject_strikes(INJECT_GIVE_UP))
		return 60 * MS;
	return timeout_ns;
}

WRAP(unsigned, ipcm_collect, void)
{
	if (inside_a_cell && inject_strikes(INJECT_NO_COLLECT))
		return 0;
	return __real_ipcm_collect();
}

/* Handlers are counted: a library that is woken by them could not tell. */
static void (*real_handler)(int);

static void count_and_handle(int signal_number)
{
	signals_caught = signals_caught + 1;
	real_handler(signal_number);
}

unsigned inject_signals(void)
{
	return (unsigned)signals_caught;
}

WRAP(int, sigaction, int signal_number, const struct sigaction *action,
     struct sigaction *ret_old)
{
	struct sigaction counted;

	if (!action || !inject_shared || signal_number != SIGUSR1 ||
	    action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN)
		return __real_sigaction(signal_number, action, ret_old);
	counted = *action;
	real_handler = action->sa_handler;
	counted.sa_handler = count_and_handle;
	return __real_sigaction(signal_number, &counted, ret_old);
}
