/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: what its parties share, the locks, the judge. A put is in
 * stream_put.pml, a get with its waits in stream_get.pml. Read README.md first.
 *
 * -DEVENTS      a mechanism without a wait of its own (sysv_msg)
 * -DNO_OVERFLOW a queue whose put waits for the channel (SimpleQueue)
 * -DSLOW        slices end while all live: a consumer polls without the turn
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef CONSUMERS
#define CONSUMERS 3
#endif
#ifndef MAX_ITEMS
#define MAX_ITEMS 2
#endif
#ifndef CHANNEL
#define CHANNEL 1 /* frames that the mechanism holds */
#endif
#ifndef PUTS
#define PUTS 1
#endif
#ifndef GETS
#define GETS 1
#endif
#define PARTIES (PRODUCERS + CONSUMERS)

#define WORD_H		1
#define WORD_TURN	2
#define WORD_ARRIVALS	3
#define WORD_DEPARTURES 4
#define IN_POLL		5 /* no word: the mechanism's own wait */

#include "common.pml"

byte tail;		    /* T */
byte head;		    /* H */
bool head_w;
byte producers, consumers;  /* the locks */
byte head_seen;		    /* producers' lock */

/* A frame is the number of its item, or 0: a wake-up frame. */
chan channel = [CHANNEL] of { byte };
chan received = [CHANNEL] of { byte }; /* the receive buffer; C */
chan overflow = [MAX_ITEMS] of { byte };

#define HOLDS(place) (len(place) > 0)
#define EMPTY(place) (len(place) == 0)
#define SPACE	     (len(channel) < CHANNEL)

/* Not of the code: parties of one kind are alike, so the order in which they
 * begin is fixed. */
byte begun_put, begun_get = PRODUCERS;
#ifdef CRASH
#define MAY_BEGIN(count) (count >= me || dead != NOBODY)
#else
#define MAY_BEGIN(count) (count >= me)
#endif

bool wakeup_owed, wakeup_sent, wakeup_eaten;
byte first_consumer; /* number + 1 */
bool many_consumers, joined, unseen;
byte turn; /* its owner's number + 1 */
bool turn_w;
#ifdef EVENTS
byte arrivals;
bool arrivals_w;
#endif
#ifdef NO_OVERFLOW
byte departures;
bool departures_w;
#endif

#ifdef CRASH
/* Under the producers' lock: an item is being put, and its frame has left, or
 * it lies in the overflow buffer. The kernel's count tells it exactly. */
bool put_active, put_sent, recovery_needed;
byte put_number;
#endif

#define HAS_LEADER (turn != 0 && turn != me + 1)

#ifdef SLOW
/* outside_until_ns has not passed. The code stores the latest of such times;
 * that one passes after the others, and whose time has passed does not poll. */
bool outside;
#define TIMES_PASS outside = false
#endif
#if defined(SLOW) && !defined(NO_OUTSIDE_POLLER)
#define OUTSIDE outside
#else
#define OUTSIDE false
#endif

/* ---- events ---- */

#ifdef EVENTS
/* stream_signal_arrival: wakes one */
inline signal_arrival()
{
	atomic {
		if
		:: arrivals_w ->
			arrivals_w = false;
			arrivals++;
			waiter = true
		:: else
		fi
	};
	if
	:: waiter -> atomic { waiter = false; wake_one(WORD_ARRIVALS) }
	:: else
	fi
}
#define SIGNAL_ARRIVAL signal_arrival()
#else
#define SIGNAL_ARRIVAL skip
#endif

#ifdef NO_OVERFLOW
/* stream_signal_departure: wakes all */
inline signal_departure()
{
	atomic {
		if
		:: departures_w ->
			departures_w = false;
			departures++;
			waiter = true
		:: else
		fi
	};
	if
#ifdef WAKE_ONE_DEPARTURE
	:: waiter -> atomic { waiter = false; wake_one(WORD_DEPARTURES) }
#else
	:: waiter -> d_step { waiter = false; wake_all(WORD_DEPARTURES) }
#endif
	:: else
	fi
}
#define SIGNAL_DEPARTURE                           \
	if                                         \
	:: HOLDS(received) -> signal_departure()   \
	:: else                                    \
	fi;
#define AFTER_RECEIVE }; SIGNAL_DEPARTURE atomic {
#else
#define SIGNAL_DEPARTURE
#define AFTER_RECEIVE
#endif

/* ---- locks ---- */

#ifdef CRASH
/* recover_producers; both locks are held */
inline recover()
{
	d_step {
		if
#ifndef NO_RECOVERY
		:: put_active && !put_sent && tail == put_number -> tail--
#endif
		:: else
		fi;
		put_active = false
	};
	wakeup_sent = false;
	recovery_needed = false
}

#define RECOVERY_NEEDED recovery_needed
#define NOTE_OWNER						\
	recovery_needed = recovery_needed || OWNER_DEAD(producers)

/* stream_lock_consumers; recover_receive_buffer: the frames are all there */
inline lock_consumers()
{
	atomic {
		TAKEABLE(consumers);
		if
		:: OWNER_DEAD(consumers) ->
			head_w = false;
			wake_all(WORD_H)
		:: else
		fi;
		consumers = me + 1
	}
}

/* stream_lock_producers */
inline lock_producers()
{
	atomic { TAKEABLE(producers) -> NOTE_OWNER; producers = me + 1 };
	if
	:: recovery_needed ->
		unlock_producers();
		lock_consumers();
		atomic { TAKEABLE(producers) -> NOTE_OWNER; producers = me + 1 };
		if
		:: recovery_needed -> recover()
		:: else
		fi;
		consumers = 0
	:: else
	fi
}
#else
#define RECOVERY_NEEDED false
#define NOTE_OWNER	skip

inline lock_consumers()
{
	atomic { TAKEABLE(consumers) -> consumers = me + 1 }
}

inline lock_producers()
{
	atomic { TAKEABLE(producers) -> producers = me + 1 }
}
#endif

#include "stream_put.pml"
#include "stream_get.pml"

#ifdef CRASH
/* The kernel frees the turn of a thread that is killed while it polls. */
inline on_death()
{
	if
	:: asleep[dead] == IN_POLL && turn == dead + 1 ->
		turn = 0;
		wake_one(WORD_TURN)
	:: else
	fi
}
#endif

inline judge()
{
	byte i = 0;
	do
	:: i < PARTIES ->
		assert(RESTS(i)); /* no party waits for a lock */
		/* an item beside a sleeping consumer */
		assert(!(tail != head && (STUCK(i, WORD_TURN) ||
			STUCK(i, WORD_ARRIVALS) || STUCK(i, IN_POLL))));
		/* a slot, or space in the channel, beside a producer */
		assert(!(tail - head < MAX_ITEMS && STUCK(i, WORD_H)));
		assert(!(SPACE && STUCK(i, WORD_DEPARTURES)));
		i++
	:: else -> break
	od
}

init
{
	atomic {
		byte n = 0;
		do
		:: n < PRODUCERS -> run producer(n); n++
		:: n >= PRODUCERS && n < PARTIES -> run consumer(n); n++
		:: else -> break
		od;
		n = 0
	}
}

#include "judge.pml"
