/* SPDX-License-Identifier: MIT */
/*
 * The shared-memory engine: put, get, sleep and wake on T and H
 * (queue_shm.c, queue_wait.c). Read README.md first.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef CONSUMERS
#define CONSUMERS 3
#endif
#ifndef MAX_ITEMS
#define MAX_ITEMS 1
#endif
#ifndef PUTS
#define PUTS 2 /* at most, each producer */
#endif
#ifndef GETS
#define GETS 2 /* at most, each consumer */
#endif
#define PARTIES (PRODUCERS + CONSUMERS)
#define ITEMS	(PRODUCERS * PUTS)

#define WORD_T 1
#define WORD_H 2

#include "common.pml"

/* T and H: a number and W each; the position is the number modulo MAX_ITEMS */
byte tail, head;
bool tail_w, head_w;
byte producers, consumers;  /* the locks */
byte head_seen, tail_seen;  /* each under its side's lock */
byte slot[MAX_ITEMS];       /* the ring */
byte was_put[ITEMS];        /* not of the code: the items in T's order */

#define FULL(t, h) ((t) - (h) >= MAX_ITEMS)

/* queue_wake: the word moved, W was set */
inline wake_if_waiter(id)
{
	if
	:: waiter -> atomic { waiter = false; wake_one(id) }
	:: else
	fi
}

/* owner_died: the last owner died, perhaps before a wake-up */
inline owner_died()
{
	d_step { owner_dead = false; tail_w = false; wake_all(WORD_T) };
	d_step { head_w = false; wake_all(WORD_H) }
}

/*
 * A call that slept ends: queue_wake_next_slot, queue_wake_next_item. W is set
 * again, then the other word read.
 */
inline wake_next(id, word, w, there)
{
#ifndef NO_WAKE_NEXT
	d_step {
		seen = word;
#ifndef NO_MARK_AGAIN
		w = true;
#endif
		slept = false
	};
	if
	:: there -> w = false; atomic { seen = 0; wake_one(id) }
	:: else -> seen = 0
	fi
#else
	slept = false
#endif
}

/* queue_sleep on a word that was `seen` */
inline sleep_on(id, word, w)
{
#ifdef ARM_WITHOUT_COMPARE
	w = true;
	atomic { seen = 0; asleep[me] = id };
#else
	/* queue_arm: a compare-and-swap sets W */
	atomic {
		if
		:: word == seen -> w = true
		:: else -> seen = 0; goto attempt
		fi
	};
	/* futex_wait compares once more, W included */
	atomic {
		if
		:: word == seen && w -> seen = 0; asleep[me] = id
		:: else -> seen = 0; goto attempt
		fi
	};
#endif
	SLEEP(slept = true, expired = true)
}

/* The producer that may have a limit is number 0, the consumer the last. */
proctype producer(byte me) LIVES
{
	byte puts = 0, seen = 0;
	bool limited = false, expired = false, slept = false, waiter = false;
	bool owner_dead = false;

	do
	:: atomic { puts < PUTS -> limited = false };
attempt:	/* store_put: lock; T and the cached H, else H */
		atomic {
			TAKEABLE(producers);
			owner_dead = OWNER_DEAD(producers);
			producers = me + 1;
			if
			:: owner_dead -> goto repair
			:: else
			fi;
look:
			if
			:: FULL(tail, head_seen) -> head_seen = head
			:: else
			fi;
			if
			:: FULL(tail, head_seen) ->
				seen = head_seen;
				producers = 0;
				goto no_slot
			:: else
			fi;
			/* the record is written behind T */
			slot[tail % MAX_ITEMS] = me * PUTS + puts + 1
		};
		/* the exchange of T */
		d_step {
			was_put[tail] = me * PUTS + puts + 1;
			waiter = tail_w;
			tail++;
			puts++;
#ifndef NO_CLEAR
			tail_w = false;
#endif
#ifndef CRASH
			producers = 0
#endif
		};
#ifdef CRASH
		producers = 0;
#endif
		wake_if_waiter(WORD_T);
over:
		if
		:: slept -> wake_next(WORD_H, head, head_w, !FULL(tail, seen))
		:: else
		fi;
		atomic {
			limited = false;
			expired = false;
			if
			:: puts == PUTS -> done[me] = true; goto end
			:: else
			fi
		}
#ifndef NO_LIMIT
	:: atomic { puts < PUTS && me == 0 -> limited = true; goto attempt }
#endif
	:: atomic { done[me] = true; break }
	od;
	goto end;
repair:
	owner_died();
	atomic { goto look };
no_slot:
	atomic {
		if
		:: expired -> puts++; seen = 0; goto over /* IPCM_FULL */
		:: else
		fi
	};
	sleep_on(WORD_H, head, head_w);
	goto attempt;
end:
	skip
}

proctype consumer(byte me) LIVES
{
	byte gets = 0, seen = 0;
	bool limited = false, expired = false, slept = false, waiter = false;
	bool owner_dead = false;

	do
	:: atomic { gets < GETS -> limited = false };
attempt:	/* store_get: lock; H and the cached T, else T */
		atomic {
			TAKEABLE(consumers);
			owner_dead = OWNER_DEAD(consumers);
			consumers = me + 1;
			if
			:: owner_dead -> goto repair
			:: else
			fi;
look:
			if
			:: tail_seen == head -> tail_seen = tail
			:: else
			fi;
			if
			:: tail_seen == head -> consumers = 0; goto no_item
			:: else
			fi
		};
		/* copied out as late as it may be; the exchange of H */
		d_step {
			/* none lost, doubled, overtaken */
			assert(slot[head % MAX_ITEMS] == was_put[head]);
			waiter = head_w;
			head++;
			head_w = false;
#ifndef CRASH
			consumers = 0
#endif
		};
#ifdef CRASH
		consumers = 0;
#endif
		wake_if_waiter(WORD_H);
over:
		if
		:: slept -> wake_next(WORD_T, tail, tail_w, seen != head)
		:: else
		fi;
		atomic {
			gets++;
			limited = false;
			expired = false;
			if
			:: gets == GETS -> done[me] = true; goto end
			:: else
			fi
		}
#ifndef NO_LIMIT
	:: atomic {
		gets < GETS && me == PARTIES - 1 ->
		limited = true;
		goto attempt
	   }
#endif
	:: atomic { done[me] = true; break }
	od;
	goto end;
repair:
	owner_died();
	atomic { goto look };
no_item:
	if
	:: expired -> goto over /* IPCM_EMPTY */
	:: else
	fi;
#ifdef COMPARE_BEFORE_MARK
	/* W is set, and nothing compared after it */
	atomic { tail_w = true; asleep[me] = WORD_T };
	SLEEP(slept = true, expired = true);
#else
	/* store_wait: H, then T, on which it sleeps */
	seen = head;
	atomic {
		if
		:: tail != seen -> seen = 0; goto attempt
		:: else
		fi
	};
	sleep_on(WORD_T, tail, tail_w);
#endif
	goto attempt;
end:
	skip
}

inline on_death()
{
	skip
}

inline judge()
{
	byte i = 0;
	do
	:: i < PARTIES ->
		assert(RESTS(i)); /* no party waits for a lock */
		/* an item beside a sleeping consumer, space beside a producer */
		assert(!(STUCK(i, WORD_T) && tail != head));
		assert(!(STUCK(i, WORD_H) && !FULL(tail, head)));
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
