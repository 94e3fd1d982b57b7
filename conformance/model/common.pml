/* SPDX-License-Identifier: MIT */
/*
 * What the models share: parties, futexes, robust locks, a crash, and the
 * judge, who looks when no party can go on. Read README.md first.
 *
 * A model defines PARTIES before it includes this file, and the inline judge().
 * Each party has a number, `me`. With -DCRASH one party, at any of its steps,
 * does no further step.
 */
#define NOBODY 255

byte asleep[PARTIES]; /* the word on which it sleeps; 0: awake */
bool done[PARTIES];   /* it makes no more calls */

/* ---- a crash ---- */

#ifdef CRASH
byte dead = NOBODY; /* the party that has crashed */
#define ALIVE(party) (dead != (party))
/* before the parties start: the killer, the clock, the judge, init */
#ifdef SLOW
#define LIVES	     provided(dead != _pid - 4)
#else
#define LIVES	     provided(dead != _pid - 3)
#endif
#else
#define ALIVE(party) true
#define LIVES
#endif

/* ---- slices ---- */

#ifdef SLOW
/*
 * A step of a party may take longer than a slice of the others. Slices end as
 * often as they like, up to a moment after which none does: what sleeps then
 * has to be woken.
 */
bool slices_end = true;
#endif

/* ---- futexes ---- */

/* FUTEX_WAKE of one: any of the sleepers; the kernel's order is not used. */
inline wake_one(word)
{
	if
	:: asleep[0] == word && ALIVE(0) -> asleep[0] = 0
	:: asleep[1] == word && ALIVE(1) -> asleep[1] = 0
#if PARTIES > 2
	:: asleep[2] == word && ALIVE(2) -> asleep[2] = 0
#endif
#if PARTIES > 3
	:: asleep[3] == word && ALIVE(3) -> asleep[3] = 0
#endif
#if PARTIES > 4
	:: asleep[4] == word && ALIVE(4) -> asleep[4] = 0
#endif
	:: else
	fi
}

inline wake_all(word)
{
	d_step {
		if :: asleep[0] == word -> asleep[0] = 0 :: else fi;
		if :: asleep[1] == word -> asleep[1] = 0 :: else fi;
#if PARTIES > 2
		if :: asleep[2] == word -> asleep[2] = 0 :: else fi;
#endif
#if PARTIES > 3
		if :: asleep[3] == word -> asleep[3] = 0 :: else fi;
#endif
#if PARTIES > 4
		if :: asleep[4] == word -> asleep[4] = 0 :: else fi;
#endif
	}
}

/*
 * After a FUTEX_WAIT that found the expected value has set asleep[me]. A call
 * with a limit may end by itself at any moment, or find its time over when it is
 * woken; one without never does. The slice of either ends in a crash, when the
 * judge says so, and with -DSLOW at any moment as long as slices end.
 */
#define SLICE_OVER 255
#define WOKEN	(asleep[me] == 0)
#define EXPIRED (limited && asleep[me] != 0)

#ifdef CRASH
#define SLICE_ENDS :: asleep[me] == SLICE_OVER -> asleep[me] = 0
#else
#define SLICE_ENDS
#endif
#ifdef SLOW
#define SLICE_MAY_END :: slices_end && asleep[me] != 0 -> asleep[me] = 0
#else
#define SLICE_MAY_END
#endif
#define SLEEP(if_woken, if_expired)                      \
	atomic {                                         \
		if                                       \
		:: WOKEN -> if_woken                     \
		:: WOKEN && limited ->                   \
			if_woken; if_expired             \
		:: EXPIRED -> asleep[me] = 0; if_expired \
		SLICE_ENDS                               \
		SLICE_MAY_END                            \
		fi                                       \
	}

/* ---- robust locks: 0 free, else the owner's number + 1 ---- */

#ifdef CRASH
/* The owner is dead: the kernel has marked the lock, or a waiter looks. */
#define TAKEABLE(lock)	 (lock == 0 || lock == dead + 1)
#define OWNER_DEAD(lock) (lock != 0 && lock == dead + 1)
#else
#define TAKEABLE(lock)	 (lock == 0)
#define OWNER_DEAD(lock) false
#endif

/* ---- for the judge ---- */

/* Each party sleeps, has done what it wanted, or is dead. */
#define RESTS(party)  (asleep[party] != 0 || done[party] || !ALIVE(party))
/* Sleeps without limit, and no party wakes it any more. */
#define STUCK(party, word) (asleep[party] == word && ALIVE(party))
