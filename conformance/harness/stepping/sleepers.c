/* SPDX-License-Identifier: MIT */
/*
 * See sleepers.h. The memory of all sleepers is named by a variable of the
 * process, so that threads which the library itself starts are found too.
 */
#include "sleepers.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conformance/harness/cpus.h"
#include "impls/core/proc.h"

/* Half a slice, also in a library whose slices are longer. */
static const int64_t LONG_NS = 50 * MS;

static struct sleepers *all_sleepers;
static _Thread_local struct sleeper *me;

static void take_place(struct sleepers *all)
{
	int place = atomic_fetch_add(&all->count, 1);

	if (place >= SLEEPERS_MOST)
		check_harness_error("more than %d threads sleep",
				    SLEEPERS_MOST);
	me = &all->sleeper[place];
	atomic_store(&me->thread, (int)syscall(SYS_gettid));
}

void sleepers_join(struct sleepers *all)
{
	all_sleepers = all;
	take_place(all);
}

void sleepers_leave(void)
{
	all_sleepers = NULL;
	atomic_store(&me->thread, -1);
	me = NULL;
}

void sleepers_step(void)
{
	me->steps = true;
	me->first_ns = 0;
}

unsigned sleepers_woken(void)
{
	return me ? atomic_load(&me->woken) : 0;
}

/* Does it sleep, and did it so all the time since it said so? */
static bool is_asleep(struct sleeper *sleeper, int64_t *ret_since_ns)
{
	*ret_since_ns = atomic_load(&sleeper->since_ns);
	return *ret_since_ns &&
	       proc_state(atomic_load(&sleeper->thread)) == 'S' &&
	       atomic_load(&sleeper->since_ns) == *ret_since_ns;
}

/*
 * Since when do all sleep? The calling thread, if it is one of them, has slept
 * until a moment ago. INT64_MAX: not all of them do.
 */
static int64_t all_asleep_since(struct sleepers *all)
{
	int count = atomic_load(&all->count);
	int64_t latest = 0;

	if (count < all->parties || count > SLEEPERS_MOST)
		return INT64_MAX;
	for (int i = 0; i < count; i++) {
		struct sleeper *each = &all->sleeper[i];
		int64_t since = atomic_load(&each->since_ns);

		if (atomic_load(&each->thread) < 0)
			continue;
		if (each != me && !is_asleep(each, &since))
			return INT64_MAX;
		if (since > latest)
			latest = since;
	}
	return latest ? latest : INT64_MAX;
}

static bool others_sleep(struct sleepers *all)
{
	int64_t since;

	if (atomic_load(&all->count) < all->parties)
		return false;
	for (int i = 0; i < atomic_load(&all->count); i++) {
		struct sleeper *each = &all->sleeper[i];

		if (each != me && atomic_load(&each->thread) >= 0 &&
		    !is_asleep(each, &since))
			return false;
	}
	return true;
}

void sleepers_await_others(struct sleepers *all)
{
	while (!others_sleep(all))
		pause_ns(10 * US);
}

static void check_until(struct sleepers *all, int64_t until_ns)
{
	int64_t since;

	if (!atomic_load(&all->armed))
		return;
	since = all_asleep_since(all);
	if (since < until_ns && until_ns - since > LONG_NS) {
		cpus_catch_up();
		since = all_asleep_since(all);
	}
	if (since < until_ns && until_ns - since > LONG_NS)
		check_fail(__FILE__, __LINE__,
			   "no call sleeps over half a slice beside what it "
			   "waits for",
			   "%s: all %d have slept for %lld ms, although one of "
			   "them can go on",
			   all->what, atomic_load(&all->count),
			   (long long)((until_ns - since) / MS));
}

void sleepers_check(struct sleepers *all)
{
	check_until(all, now_ns());
}

void sleep_begins(void)
{
	if (!all_sleepers)
		return;
	if (!me)
		take_place(all_sleepers);
	if (!me->steps || !me->first_ns)
		me->first_ns = now_ns();
	atomic_store(&me->since_ns, me->first_ns);
}

void sleep_ends(enum sleep_end end, int64_t deadline_ns)
{
	if (!me)
		return;
	if (end == SLEEP_OVER)
		check_until(all_sleepers, deadline_ns);
	else
		me->first_ns = 0;
	if (end == SLEEP_WOKEN)
		atomic_fetch_add(&me->woken, 1);
	atomic_store(&me->since_ns, 0);
}

void sleepers_idle(_Atomic uint32_t *word, uint32_t seen)
{
	while (atomic_load(word) == seen) {
		sleep_begins();
		(void)syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
		sleep_ends(SLEEP_NONE, 0);
	}
}

void sleepers_call(_Atomic uint32_t *word)
{
	atomic_fetch_add(word, 1);
	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
