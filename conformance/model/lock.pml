/* SPDX-License-Identifier: MIT */
/*
 * A robust lock's word: taking, sleeping, hand-over, and the kernel's part when
 * an owner dies (impls/core/sync/robust_lock.c; the turn of the stream engine
 * and a queue's two locks are such words). Read README.md first.
 */
#ifndef LOCKERS
#define LOCKERS 4
#endif
#ifndef TIMES
#define TIMES 1 /* at most, each party */
#endif
#define PARTIES LOCKERS
#define WORD_LOCK 1

#include "common.pml"

/* the word: the owner's number + 1, WAITERS, OWNER_DIED */
byte owner;
bool waiters, owner_died;
byte inside = NOBODY; /* not of the code: who may use what it guards */

#define UNCHANGED (owner == seen && waiters == seen_w && owner_died == seen_d)

inline read_word()
{
	seen = owner;
	seen_w = waiters;
	seen_d = owner_died
}

inline forget()
{
	seen = 0;
	seen_w = false;
	seen_d = false
}

proctype locker(byte me) LIVES
{
	byte times = 0, seen = 0;
	bool seen_w = false, seen_d = false, slept = false, waiter = false;
	bool limited = false, expired = false, sliced = false;

	do
	:: atomic { times < TIMES ->
		limited = false;
		if
		:: true
		:: me == PARTIES - 1 -> limited = true
		fi
	   };
		/* robust_lock_acquire: from free to its own */
		atomic {
			if
			:: owner == 0 && !waiters && !owner_died ->
				owner = me + 1;
				goto taken
			:: else
			fi
		};
again:		/* robust_lock_acquire_slowly */
		atomic { read_word() };
		if
		:: atomic { seen == 0 && UNCHANGED ->
			/* take_free */
			owner = me + 1;
#ifndef NO_WAITERS_KEPT
			waiters = seen_w || slept;
#else
			waiters = seen_w;
#endif
			owner_died = false;
			forget();
			goto taken
		   }
		:: atomic { seen == 0 && !UNCHANGED -> forget(); goto again }
		:: atomic { seen != 0 && expired ->
			/* another may have taken it without WAITERS since */
			if
#ifndef NO_WAITERS_AT_END
			:: slept && !seen_w ->
				if
				:: UNCHANGED -> waiters = true
				:: else -> forget(); goto again
				fi
#endif
			:: else
			fi;
			forget();
			goto gone
		   }
		:: atomic { seen != 0 && !expired ->
			/* sleep_or_take_over: WAITERS, if it is not set */
			if
			:: seen_w
			:: !seen_w && UNCHANGED -> waiters = true
			:: else -> forget(); goto again
			fi
		   }
		fi;
		atomic {
			if
			:: owner == seen && waiters && owner_died == seen_d ->
				asleep[me] = WORD_LOCK
			:: else -> slept = true; forget(); goto again
			fi
		};
		atomic {
			slept = true;
			if
			:: WOKEN
			:: WOKEN && limited -> expired = true
			:: EXPIRED -> asleep[me] = 0; expired = true
#ifdef CRASH
			:: asleep[me] == SLICE_OVER ->
				asleep[me] = 0;
				sliced = true
#endif
			SLICE_MAY_END
			fi
		};
#ifdef CRASH
		atomic {
			if
			:: sliced && owner == seen && waiters && seen != 0 &&
			   seen == dead + 1 ->
				owner = me + 1;
				sliced = false;
				forget();
				goto taken
			:: else -> sliced = false; forget()
			fi
		};
#else
		atomic { forget() };
#endif
		goto again;
taken:
		atomic {
			assert(inside == NOBODY || !ALIVE(inside));
			inside = me;
			slept = false
		};
		/* robust_lock_release */
		d_step {
			waiter = waiters;
			owner = 0;
			waiters = false;
			owner_died = false;
			inside = NOBODY
		};
#ifndef NO_HAND_OVER
		if
		:: waiter -> atomic { waiter = false; wake_one(WORD_LOCK) }
		:: else
		fi;
#endif
		waiter = false;
gone:
		atomic {
			times++;
			slept = false;
			limited = false;
			expired = false
		}
	:: atomic { done[me] = true; break }
	od
}

#ifdef CRASH
/* The kernel reads the word of the pending entry of the dead. */
inline on_death()
{
	if
	:: owner == dead + 1 ->
		owner = 0;
		owner_died = true;
		if
		:: waiters -> wake_one(WORD_LOCK)
		:: else
		fi
	:: owner == 0 -> wake_one(WORD_LOCK)
	:: else
	fi
}
#endif

inline judge()
{
	byte i = 0;
	do
	:: i < PARTIES ->
		assert(RESTS(i));
		/* a free lock beside a sleeper */
		assert(!(STUCK(i, WORD_LOCK) && TAKEABLE(owner)));
		i++
	:: else -> break
	od
}

init
{
	atomic {
		byte n = 0;
		do
		:: n < PARTIES -> run locker(n); n++
		:: else -> break
		od;
		n = 0
	}
}

#include "judge.pml"
