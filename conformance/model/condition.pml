/* SPDX-License-Identifier: MIT */
/*
 * Condition: the slots of waiters, notify, and the chain by which notified
 * waiters wake each other (impls/objects/sync/condition.c, condition_slots.c).
 * Read README.md first.
 */
#ifndef WAITERS
#define WAITERS 3
#endif
#ifndef NOTIFIERS
#define NOTIFIERS 1
#endif
#ifndef NOTIFIES
#define NOTIFIES 2 /* at most, each notifier */
#endif
#define PARTIES (WAITERS + NOTIFIERS)
#define WOKEN_AT_ONCE 1
#define WORD_SLOT 1 /* of the party's own slot */

#include "common.pml"

mtype = { FREE, WAITING, NOTIFIED, CALLED }; /* CALLED: PHASE_WOKEN */
mtype phase[WAITERS] = FREE;
byte ticket[WAITERS], tickets;
bool unwoken;
byte lock; /* the condition's */

inline acquire()
{
	atomic { TAKEABLE(lock) -> lock = me + 1 }
}

/* The oldest in a phase, of those after `after`; NOBODY: none. */
inline find_oldest(which)
{
	d_step {
		found = NOBODY;
		i = 0;
		do
		:: i < WAITERS ->
			if
			:: phase[i] == which && ticket[i] >= after &&
			   (found == NOBODY || ticket[i] < ticket[found]) ->
				found = i
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

proctype waiter(byte me) LIVES
{
	byte i = 0, found = NOBODY, after = 0;
	bool limited = false, expired = false;

	do
	:: atomic {
		limited = false;
		if
		:: true
		:: me == WAITERS - 1 -> limited = true
		fi
	   };
		acquire();
		/* slots_enter; the lock is held */
		atomic {
			phase[me] = WAITING;
			ticket[me] = tickets;
			tickets++;
			lock = 0
		};
again:		/* slot_sleep */
		if
		:: phase[me] != WAITING -> goto over
		:: else
		fi;
		if
		:: atomic { expired ->
			/* fails if the notify came first */
			if
			:: phase[me] == WAITING -> phase[me] = FREE; goto over
			:: else -> goto again
			fi
		   }
		:: !expired
		fi;
		atomic {
			if
			:: phase[me] == WAITING -> asleep[me] = WORD_SLOT
			:: else -> goto again
			fi
		};
		SLEEP(skip, expired = true);
		goto again;
over:
		phase[me] = FREE; /* waiter_leave */
		acquire();
#ifndef NO_CHAIN
		/* slots_wake_next */
		do
		:: unwoken ->
			find_oldest(NOTIFIED);
			atomic {
				if
				:: found == NOBODY -> unwoken = false; break
				:: else
				fi;
				/* else it has left meanwhile */
				if
				:: phase[found] == NOTIFIED ->
					phase[found] = CALLED
				:: else -> found = NOBODY; goto next
				fi
			};
			atomic {
				if
				:: asleep[found] == WORD_SLOT ->
					asleep[found] = 0
				:: else
				fi;
				found = NOBODY;
				break
			};
next:			skip
		:: !unwoken -> break
		od;
#endif
		lock = 0;
		atomic { done[me] = true; break }
	:: atomic { done[me] = true; break }
	od
}

proctype notifier(byte me) LIVES
{
	byte i = 0, found = NOBODY, after = 0, notifies = 0, count = 0;
	byte notified = 0;
	byte notified_live = 0; /* not of the code */

	do
	:: atomic { notifies < NOTIFIES ->
		if
		:: count = 1
		:: count = WAITERS
		fi
	   };
		acquire();
		/* slots_notify: the oldest first */
		do
		:: atomic { notified < count -> find_oldest(WAITING) };
			if
			:: found == NOBODY -> break
			:: else
			fi;
			/* slot_notify; fails if the waiter has withdrawn */
			atomic {
				after = ticket[found] + 1;
				if
				:: phase[found] == WAITING ->
					notified++;
					notified_live++;
					if
					:: notified <= WOKEN_AT_ONCE ->
						phase[found] = CALLED
					:: else ->
						phase[found] = NOTIFIED;
						found = NOBODY
					fi
				:: else ->
#ifdef NOTIFY_THE_GONE
					notified++;
#endif
					found = NOBODY
				fi
			};
			atomic {
				if
				:: found != NOBODY &&
				   asleep[found] == WORD_SLOT ->
					asleep[found] = 0
				:: else
				fi;
				found = NOBODY
			}
		:: notified == count -> break
		od;
		atomic {
			/* it reached as many as it could */
			after = 0;
			i = 0;
			do
			:: i < WAITERS ->
				assert(phase[i] != WAITING ||
				       notified_live == count);
				i++
			:: else -> break
			od;
			i = 0;
			if
			:: notified > WOKEN_AT_ONCE -> unwoken = true
			:: else
			fi;
			notified = 0;
			notified_live = 0;
			count = 0;
			lock = 0;
			notifies++
		}
	:: atomic { done[me] = true; break }
	od
}

inline judge()
{
	byte n = 0;
	do
	:: n < PARTIES ->
		assert(RESTS(n));
		n++
	:: else -> break
	od;
	n = 0;
	do
	:: n < WAITERS ->
		/* notified, and asleep for ever */
		assert(!(STUCK(n, WORD_SLOT) && phase[n] != WAITING));
		n++
	:: else -> break
	od
}

init
{
	atomic {
		byte n = 0;
		do
		:: n < WAITERS -> run waiter(n); n++
		:: n >= WAITERS && n < PARTIES -> run notifier(n); n++
		:: else -> break
		od;
		n = 0
	}
}

#include "judge.pml"
