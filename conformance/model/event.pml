/* SPDX-License-Identifier: MIT */
/*
 * Event: one word with SET, WAITERS and the count of sets
 * (impls/objects/sync/event.c). Read README.md first.
 */
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef SETTERS
#define SETTERS 2
#endif
#ifndef CALLS
#define CALLS 2 /* at most, each setter: of set and clear */
#endif
#define PARTIES (WAITERS + SETTERS)
#define WORD_EVENT 1

#include "common.pml"

bool set, waiters;
byte sets;
byte begun[WAITERS]; /* the count when the wait began */

#ifdef NO_COUNT
#define CAME(is_set, count) (is_set)
#else
#define CAME(is_set, count) (is_set || count != begun[me])
#endif

proctype waiter(byte me) LIVES
{
	byte seen = 0;
	bool seen_set = false, seen_w = false;
	bool limited = false, expired = false;

	do
	:: atomic {
		begun[me] = sets;
		seen = sets;
		seen_set = set;
		seen_w = waiters
	   };
		do
		:: CAME(seen_set, seen) -> break
		:: !CAME(seen_set, seen) ->
			/* event_arm: WAITERS, if the word is as it was */
			atomic {
				if
				:: sets == seen && set == seen_set &&
				   waiters == seen_w ->
					waiters = true
				:: else -> goto look
				fi
			};
			atomic {
				if
				:: sets == seen && set == seen_set && waiters ->
					asleep[me] = WORD_EVENT
				:: else -> goto look
				fi
			};
			SLEEP(skip, skip);
look:			atomic {
				seen = sets;
				seen_set = set;
				seen_w = waiters
			}
		od;
		atomic { done[me] = true; break }
	:: atomic { done[me] = true; break }
	od
}

proctype setter(byte me) LIVES
{
	byte calls = 0;
	bool wakes = false;

	do
	:: calls < CALLS ->
		calls++;
		if
		:: d_step { /* ipcm_event_set */
			wakes = waiters;
			sets = (set -> sets : sets + 1);
			set = true;
			waiters = false
		   };
			if
			:: wakes -> d_step {
				wakes = false;
#ifdef SET_WAKES_ONE
				if
				:: asleep[0] == WORD_EVENT -> asleep[0] = 0
				:: asleep[0] != WORD_EVENT -> asleep[1] = 0
				fi
#else
				wake_all(WORD_EVENT)
#endif
			   }
			:: else
			fi
		:: set = false /* ipcm_event_clear */
		fi
	:: atomic { done[me] = true; break }
	od
}

inline judge()
{
	byte i = 0;
	do
	:: i < PARTIES ->
		assert(RESTS(i));
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < WAITERS ->
		/* asleep though it was set since the wait began (E-03) */
		assert(!(STUCK(i, WORD_EVENT) && (set || sets != begun[i])));
		i++
	:: else -> break
	od
}

init
{
	atomic {
		byte n = 0;
		do
		:: n < WAITERS -> run waiter(n); n++
		:: n >= WAITERS && n < PARTIES -> run setter(n); n++
		:: else -> break
		od;
		n = 0
	}
}

#include "judge.pml"
