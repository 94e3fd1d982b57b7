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
} plants[PLANT_COUNT] = {
	[PLANT_EARLY_TIMEOUT] = {"early-timeout", 1,
				 "timed calls wait half of their time"},
	[PLANT_TRY_WAITS] = {"try-waits", 1, "try and negative forms wait"},
	[PLANT_SHORT_IS_OVER] = {"short-is-over", 1,
				 "a limit below 1 us is over at once"},
	[PLANT_INT_MS] = {"int-ms", 1,
			  "time limits are cut to 31 bits of milliseconds"},
	[PLANT_WALL_CLOCK] = {"wall-clock", 1,
			      "queue waits follow the realtime clock"},
	[PLANT_GIVE_UP] = {"give-up", 1, "infinite waits end after 60 ms"},
	[PLANT_TWO_LIMITS] = {"two-limits", 1,
			      "two phases of a get each have the whole limit"},
	[PLANT_SIGNAL_FAILS] = {"signal-fails", 1,
				"a caught signal ends a get with EMPTY"},
	[PLANT_SIGNAL_RESTARTS] = {"signal-restarts", 1,
				   "after a signal a get waits all its time "
				   "again"},
	[PLANT_TIMED_CODE] = {"timed-code", 1,
			      "timed put and get say TIMEDOUT"},
	[PLANT_EOF_WHEN_EMPTY] = {"eof-when-empty", 1,
				  "an empty queue says EOF"},
	[PLANT_WRITES_BUFFER] = {"writes-buffer", 1,
				 "a get or recv that fails writes the buffer"},
	[PLANT_CUT_SHORT] = {"cut-short", 1,
			     "a buffer too small gets a part; the rest is "
			     "lost"},
	[PLANT_ONE_MORE_SLOT] = {"one-more-slot", 1, "maxsize + 1 items fit"},
	[PLANT_SMALL_LIMIT] = {"small-limit", 1,
			       "an unlimited queue holds 500 items"},
	[PLANT_STAY_OPEN] = {"stay-open", 1, "close closes nothing"},
	[PLANT_CLOSE_FOR_ALL] = {"close-for-all", 1,
				 "close closes for every process"},
	[PLANT_QSIZE_OFF] = {"qsize-off", 1, "qsize is one too many"},
	[PLANT_TOOBIG_COUNTS] = {"toobig-counts", 1,
				 "a refused item takes a slot"},
	[PLANT_LAZY_PUT] = {"lazy-put", 1,
			    "put keeps the pointer and sends later"},
	[PLANT_SHY_GET] = {"shy-get", 5, "a try get does not see an item"},
	[PLANT_HERD] = {"herd", 1, "one item wakes all who wait for one"},
	[PLANT_BIG_LOCK] = {"big-lock", 1,
			    "a plain lock is held while a get waits"},
	[PLANT_SLOT_LEAK] = {"slot-leak", 1,
			     "a putter takes a slot before it waits"},
	[PLANT_OLD_ITEM] = {"old-item", 1, "a new queue has an item inside"},
	[PLANT_NO_COLLECT] = {"no-collect", 1,
			      "what the dead leave is not collected"},
	[PLANT_SHARED_NONBLOCK] = {"shared-nonblock", 1,
				   "a try get ends others' blocking gets"},
	[PLANT_DISPOSITION] = {"disposition", 1, "creation ignores SIGPIPE"},
	[PLANT_TASK_DONE_FREE] = {"task-done-free", 1,
				  "task_done too often is OK"},
	[PLANT_DONE_NEEDS_GET] = {"done-needs-get", 1,
				  "task_done counts items taken, not put"},
	[PLANT_JOIN_WHEN_EMPTY] = {"join-when-empty", 1,
				   "join is content with an empty queue"},
	[PLANT_JOIN_NEVER] = {"join-never", 1, "a try join says no"},
	[PLANT_JOIN_CLOSED] = {"join-closed", 1, "join fails after close"},
	[PLANT_JOIN_THREAD_OPEN] = {"join-thread-open", 1,
				    "join_thread does not ask for close"},
	[PLANT_END_STAYS_OPEN] = {"end-stays-open", 1,
				  "closing an end closes nothing"},
	[PLANT_SIMPLEX_DEFAULT] = {"simplex-default", 1,
				   "pipe() makes a simplex pipe"},
	[PLANT_ENDS_SWAPPED] = {"ends-swapped", 1,
				"the first end sends, the second receives"},
	[PLANT_WRONG_WAY] = {"wrong-way", 1,
			     "sending on a receiving end says OK"},
	[PLANT_MERGE] = {"merge", 1, "two messages are received as one"},
	[PLANT_SLICE_CLAMPED] = {"slice-clamped", 1,
				 "impossible slices are made possible"},
	[PLANT_CUT_LARGE] = {"cut-large", 1, "messages end at 2 MiB"},
	[PLANT_BROKEN_OK] = {"broken-ok", 1, "sending to nobody says OK"},
	[PLANT_BOUND_IGNORED] = {"bound-ignored", 1, "maxlength is ignored"},
	[PLANT_EMPTY_IS_EOF] = {"empty-is-eof", 1, "an empty message says EOF"},
	[PLANT_POLL_YES] = {"poll-yes", 1, "poll says yes"},
	[PLANT_POLL_EATS] = {"poll-eats", 1, "poll takes what it sees"},
	[PLANT_EOF_IS_TIMEOUT] = {"eof-is-timeout", 1,
				  "the end of file says TIMEDOUT"},
	[PLANT_EARLY_EOF] = {"early-eof", 1, "nothing to receive says EOF"},
	[PLANT_CORRUPT_IS_EOF] = {"corrupt-is-eof", 1,
				  "a cut message says EOF"},
	[PLANT_RESET] = {"reset", 1, "the end of file says BROKEN"},
	[PLANT_FILENO_REFUSES] = {"fileno-refuses", 1,
				  "fileno says NOTSUP whatever is declared"},
	[PLANT_NO_LOCK] = {"no-lock", 1, "acquire takes nothing"},
	[PLANT_RECURSIVE] = {"recursive", 1, "the holder may acquire again"},
	[PLANT_RELEASE_FREE] = {"release-free", 1,
				"release of a free lock is OK"},
	[PLANT_OWNER_ONLY] = {"owner-only", 1, "only the holder may release"},
	[PLANT_SILENT_DEATH] = {"silent-death", 1,
				"a dead holder is not reported"},
	[PLANT_CHILD_RELEASES] = {"child-releases", 1,
				  "freeing a handle releases the lock"},
	[PLANT_LOCKED_NO] = {"locked-no", 1, "locked() says no"},
	[PLANT_RLOCK_FLAT] = {"rlock-flat", 1,
			      "the owner of an RLock may not acquire again"},
	[PLANT_RLOCK_OPENS] = {"rlock-opens", 1,
			       "one release frees an RLock in any depth"},
	[PLANT_RLOCK_ANYBODY] = {"rlock-anybody", 1,
				 "release of another's RLock says OK"},
	[PLANT_RLOCK_COPIED] = {"rlock-copied", 1,
				"fork copies who owns an RLock"},
	[PLANT_RLOCK_DEEP_HEIR] = {"rlock-deep-heir", 1,
				   "who inherits an RLock has it twice"},
	[PLANT_RLOCK_LOCKED_YES] = {"rlock-locked-yes", 1,
				    "locked() of an RLock says yes"},
	[PLANT_SEM_EXTRA] = {"sem-extra", 1,
			     "a new semaphore has a permit more"},
	[PLANT_SEM_NEGATIVE] = {"sem-negative", 1,
				"a negative initial value is taken as 0"},
	[PLANT_SEM_UNBOUND] = {"sem-unbound", 1,
			       "a bounded semaphore has no bound"},
	[PLANT_SEM_BOUND_RACES] =
		{"sem-bound-races", 1,
		 "the bound is looked at, then ignored by those beside"},
	[PLANT_SEM_NO_OVERFLOW] = {"sem-no-overflow", 1,
				   "release at the maximum says OK"},
	[PLANT_SEM_QUITTER_EATS] = {"sem-quitter-eats", 1,
				    "who gave up takes a permit later"},
	[PLANT_SEM_HERD] = {"sem-herd", 1,
			    "one release lets two waiters go on"},
	[PLANT_SEM_DEAD_ABSORBS] = {"sem-dead-absorbs", 1,
				    "a killed waiter gets a permit"},
	[PLANT_SEM_UNDO] = {"sem-undo", 1,
			    "permits of the dead come back undeclared"},
	[PLANT_SEM_VALUE_OFF] = {"sem-value-off", 1, "value is one too many"},
	[PLANT_SEM_CODE] = {"sem-code", 1, "timed acquire says WOULDBLOCK"},
	[PLANT_SEM_STAYS_OPEN] = {"sem-stays-open", 1,
				  "closing a semaphore closes nothing"},
	[PLANT_COND_ANYBODY] = {"cond-anybody", 1,
				"notify without the lock says OK"},
	[PLANT_COND_KEEPS_LOCK] = {"cond-keeps-lock", 1,
				   "a wait does not let the lock go"},
	[PLANT_COND_LOSES_LOCK] =
		{"cond-loses-lock", 1,
		 "a wait that failed comes back without the lock"},
	[PLANT_COND_FLAT] = {"cond-flat", 1,
			     "a wait comes back with the RLock once"},
	[PLANT_COND_BY_CHANCE] = {"cond-by-chance", 1,
				  "a caught signal ends a wait with OK"},
	[PLANT_COND_ONE_MORE] = {"cond-one-more", 1, "notify(n) wakes n + 1"},
	[PLANT_COND_ALL_IS_ONE] = {"cond-all-is-one", 1,
				   "notify_all wakes one"},
	[PLANT_COND_REMEMBERS] =
		{"cond-remembers", 1,
		 "a notify without waiters is kept for the next one"},
	[PLANT_COND_QUITTER_ABSORBS] = {"cond-quitter-absorbs", 1,
					"who gave up absorbs a notify later"},
	[PLANT_COND_QUITTER_COUNTS] = {"cond-quitter-counts", 1,
				       "who gave up still counts as a waiter"},
	[PLANT_COND_FOR_RESTARTS] =
		{"cond-for-restarts", 1,
		 "each wake-up gives wait_for its whole time again"},
	[PLANT_COND_FOR_BLIND] =
		{"cond-for-blind", 1,
		 "wait_for does not look when its time is over"},
	[PLANT_COND_FOR_LAZY] = {"cond-for-lazy", 1,
				 "wait_for waits before it looks"},
	[PLANT_COND_DEAD_ABSORBS] = {"cond-dead-absorbs", 1,
				     "a killed waiter absorbs a notify"},
	[PLANT_COND_DEAD_COUNTS] = {"cond-dead-counts", 1,
				    "a killed waiter still counts"},
	[PLANT_EVENT_CONSUMED] = {"event-consumed", 1,
				  "a wait clears the event"},
	[PLANT_EVENT_STICKS] = {"event-sticks", 1, "clear clears nothing"},
	[PLANT_EVENT_ONE] = {"event-one", 1, "set lets one waiter go on"},
	[PLANT_EVENT_MISSED] =
		{"event-missed", 1,
		 "set and clear at once is not seen by those who wait"},
	[PLANT_EVENT_LOCKS] = {"event-locks", 1,
			       "set, clear and is_set take a lock"},
	[PLANT_EVENT_AWAITS_ALL] =
		{"event-awaits-all", 1,
		 "set waits for the answer of all who wait, the dead too"},
	[PLANT_BARRIER_EARLY] = {"barrier-early", 1,
				 "one party fewer is enough"},
	[PLANT_BARRIER_SAME_INDEX] = {"barrier-same-index", 1,
				      "every party gets index 0"},
	[PLANT_BARRIER_ACTS_TWICE] = {"barrier-acts-twice", 1,
				      "the action runs twice a round"},
	[PLANT_BARRIER_MUTE] = {"barrier-mute", 1,
				"a failing action is ignored"},
	[PLANT_BARRIER_TIMED_CODE] = {"barrier-timed-code", 1,
				      "the party that gives up gets TIMEDOUT"},
	[PLANT_BARRIER_HEALS] = {"barrier-heals", 1,
				 "a timeout does not leave it broken"},
	[PLANT_BARRIER_NO_DEFAULT] = {"barrier-no-default", 1,
				      "the barrier's own time limit is 0"},
	[PLANT_BARRIER_SOFT_RESET] = {"barrier-soft-reset", 1,
				      "reset leaves those alone who wait"},
	[PLANT_BARRIER_STAYS_BROKEN] = {"barrier-stays-broken", 1,
					"reset does not repair"},
	[PLANT_BARRIER_WAITING_OFF] = {"barrier-waiting-off", 1,
				       "n_waiting is one too many"},
	[PLANT_BARRIER_NOBODY] = {"barrier-nobody", 1,
				  "a barrier of no parties is made"},
	[PLANT_BARRIER_DEAD_COUNT] = {"barrier-dead-count", 1,
				      "a killed party completes a round"},
	[PLANT_SIMPLE_EMPTY] = {"simple-empty", 1,
				"get of a simple queue says EMPTY"},
	[PLANT_SIMPLE_LATE] =
		{"simple-late", 1,
		 "put of a simple queue sends with the next call"},
	[PLANT_SIMPLE_CLOSE_ONCE] = {"simple-close-once", 1,
				     "closing a simple queue again fails"},
	[PLANT_SIMPLE_NO_EOF] = {"simple-no-eof", 1,
				 "the end of a simple queue says EMPTY"},
	[PLANT_SIMPLE_BROKEN_OK] = {"simple-broken-ok", 1,
				    "a put that nobody can read says OK"},
	[PLANT_WAIT_ONE_MORE] = {"wait-one-more", 1,
				 "wait tells one more than is ready"},
	[PLANT_WAIT_NO_EOF] = {"wait-no-eof", 1,
			       "the end of file is not ready"},
	[PLANT_WAIT_SIGNAL] = {"wait-signal", 1, "a caught signal ends wait"},
	[PLANT_FD_NUMBER] = {"fd-number", 1,
			     "the number of a descriptor is sent, not itself"},
	[PLANT_FD_ANY_DATA] = {"fd-any-data", 1,
			       "data without a descriptor says OK"},
	[PLANT_LISTEN_TWICE] = {"listen-twice", 1, "two listen at one address"},
	[PLANT_ANY_KEY] = {"any-key", 1, "keys are not looked at"},
	[PLANT_EARLY_DATA_LOST] = {"early-data-lost", 1,
				   "what was sent before accept is lost"},
	[PLANT_ACCEPT_CLOSED] = {"accept-closed", 1,
				 "accept after close says INVALID"},
	[PLANT_SHARED_CRASH] = {"shared-crash", 1,
				"two that send on one end crash"},
	[PLANT_SHUTDOWN_SLEEPERS] = {"shutdown-sleepers", 1,
				     "shutdown leaves those asleep who wait"},
	[PLANT_SHUTDOWN_KEEPS] = {"shutdown-keeps", 1,
				  "an immediate shutdown keeps the items"},
	[PLANT_EXIT_NO_FLUSH] =
		{"exit-no-flush", 1,
		 "exit and join_thread do not wait for the feeder"},
	[PLANT_CANCEL_IGNORED] = {"cancel-ignored", 1,
				  "cancel_join_thread cancels nothing"},
	[PLANT_INTR_TAKES] = {"intr-takes", 1,
			      "an interrupted put takes an item out"},
	[PLANT_INTR_OPENS] = {"intr-opens", 1,
			      "an interrupted acquire frees the lock"},
	[PLANT_INTR_NEVER] = {"intr-never", 1, "no call is interruptible"},
	[PLANT_NOT_EXCLUSIVE] = {"not-exclusive", 1,
				 "exclusive creation opens what is there"},
	[PLANT_HALF_BUILT] = {"half-built", 1,
			      "a name is there before its object is complete"},
	[PLANT_UNLINK_NOTHING] = {"unlink-nothing", 1,
				  "unlink says OK and takes no name away"},
	[PLANT_UNLINK_DESTROYS] = {"unlink-destroys", 1,
				   "unlink takes the object from its users"},
	[PLANT_ANY_NAME] = {"any-name", 1, "illegal names are taken"},
	[PLANT_NAME_PRIVATE] = {"name-private", 1,
				"a name means another object elsewhere"},
	[PLANT_OPENER_DECIDES] = {"opener-decides", 1,
				  "conflicting options are ignored"},
	[PLANT_MODE_IGNORED] = {"mode-ignored", 1,
				"every object is open to all users"},
	[PLANT_ANY_DIRECTION] = {"any-direction", 1,
				 "get-only and put-only handles do both"},
	[PLANT_LIMITS_HIGH] = {"limits-high", 1,
			       "more queues are promised than can be had"},
	[PLANT_PERMITS_HIGH] = {"permits-high", 1,
				"a higher value is promised than there is"},
	[PLANT_EXHAUST_CODE] = {"exhaust-code", 1, "running out says PERM"},
	[PLANT_ABANDON_COMMITS] = {"abandon-commits", 1,
				   "an abandoned reservation is put"},
	[PLANT_PEEK_TAKES] = {"peek-takes", 1,
			      "an item that was peeked at is gone"},
	[PLANT_RESERVE_PUTS] = {"reserve-puts", 1,
				"reserving puts an item already"},
	[PLANT_BATCH_SWAPS] = {"batch-swaps", 1,
			       "the first two items of a batch change places"},
	[PLANT_BATCH_OVERRUNS] = {"batch-overruns", 1,
				  "a batch writes one byte too many"},
};

struct plant_shared *plant_shared;
static enum plant planted;
/* Name of a back-end fault; NULL if none is planted. */
static const char *back_end_fault;
static unsigned strikes_every;
static volatile sig_atomic_t signals_caught;
/* The runner itself must go on cleaning up. */
static bool inside_a_cell;

const char *mutants_name(size_t index)
{
	size_t back_end = 0;

	while (mutant_name(back_end))
		back_end++;
	if (index < back_end)
		return mutant_name(index);
	index = index - back_end + 1;
	return index < PLANT_COUNT ? plants[index].name : NULL;
}

const char *mutants_summary(size_t index)
{
	size_t back_end = 0;

	while (mutant_name(back_end))
		back_end++;
	if (index < back_end)
		return mutant_summary(index);
	index = index - back_end + 1;
	return index < PLANT_COUNT ? plants[index].summary : NULL;
}

static bool plant_interface(enum plant plant, unsigned every)
{
	pthread_mutexattr_t how;

	plant_shared = mmap(NULL, sizeof(*plant_shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (plant_shared == MAP_FAILED)
		return false;
	(void)pthread_mutexattr_init(&how);
	(void)pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutex_init(&plant_shared->big_lock, &how);
	(void)pthread_mutexattr_destroy(&how);
	planted = plant;
	strikes_every = every ? every : plants[plant].every;
	return true;
}

bool mutants_plant(const char *name, unsigned every)
{
	unsigned back_end = mutant_default_every(name);

	if (back_end) {
		back_end_fault = name;
		strikes_every = every ? every : back_end;
		return true;
	}
	for (int i = PLANT_NONE + 1; i < PLANT_COUNT; i++) {
		if (strcmp(plants[i].name, name) == 0)
			return plant_interface((enum plant)i, every);
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
	return mutant_wrap(backend, back_end_fault, strikes_every, why,
			   why_bytes);
}

void mutants_restart(void)
{
	inside_a_cell = true;
	mutant_restart();
	if (!plant_shared)
		return;
	/* the last cell's processes are gone, whatever they held */
	plant_shared->calls = 0;
	plant_shared->closed = 0;
	plant_shared->nonblock = 0;
	plant_shared->putting = 0;
	plant_shared->got = 0;
	plant_shared->done = 0;
	plant_shared->holder = 0;
	plant_shared->shut = 0;
	plant_shared->removed = 0;
	plant_shared->sending = 0;
	(void)plant_interface(planted, strikes_every);
}

bool plant_is(enum plant plant)
{
	return planted == plant;
}

bool plant_strikes(enum plant plant)
{
	return planted == plant && (atomic_fetch_add(&plant_shared->calls, 1) +
				    1) % strikes_every ==
					   0;
}

int64_t plant_timeout(int64_t timeout_ns)
{
	bool timed = timeout_ns > 0 && timeout_ns != IPCM_FOREVER;

	if (timed && plant_strikes(PLANT_EARLY_TIMEOUT))
		return timeout_ns / 2;
	if (timeout_ns <= 0 && plant_strikes(PLANT_TRY_WAITS))
		return 3 * slack_ns() / 2;
	if (timed && plant_strikes(PLANT_INT_MS))
		return (int64_t)(int32_t)(uint32_t)(timeout_ns / MS) * MS;
	if (timeout_ns == IPCM_FOREVER && plant_strikes(PLANT_GIVE_UP))
		return 60 * MS;
	return timeout_ns;
}

WRAP(unsigned, ipcm_collect, void)
{
	if (inside_a_cell && plant_strikes(PLANT_NO_COLLECT))
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

unsigned plant_signals(void)
{
	return (unsigned)signals_caught;
}

WRAP(int, sigaction, int signal_number, const struct sigaction *action,
     struct sigaction *ret_old)
{
	struct sigaction counted;

	if (!action || !plant_shared || signal_number != SIGUSR1 ||
	    action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN)
		return __real_sigaction(signal_number, action, ret_old);
	counted = *action;
	real_handler = action->sa_handler;
	counted.sa_handler = count_and_handle;
	return __real_sigaction(signal_number, &counted, ret_old);
}
