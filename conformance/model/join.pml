/* SPDX-License-Identifier: MIT */
/*
 * JoinableQueue: put, task_done, join over the words T and `done`
 * (queue_join.c; put and retract in queue_stream_put.c). Read README.md first.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef JOINERS
#define JOINERS 1
#endif
#ifndef PUTS
#define PUTS 1 /* at most, each producer */
#endif
#ifndef RETRACTS
#define RETRACTS 1 /* puts that are taken back, each producer */
#endif
#ifndef JOINS
#define JOINS 1
#endif
#ifndef CALLS
#define CALLS 4 /* the count of calls wraps; in the code after 16 */
#endif
#define PARTIES (PRODUCERS + WORKERS + JOINERS)
#define WORD_DONE 1

#include "common.pml"

byte tail;		/* T's number: announced items */
byte sent, taken;	/* items that can be taken; that were */
byte producers;		/* the lock */
bool put_active;	/* under it */
/* `done`: number, calls, W, and in the high half the count of moments */
byte done_n, done_c, moments;
bool done_w;

/* Not of the code: was there a moment without unfinished items since it began?
 */
bool joins[PARTIES], was_zero[PARTIES];

#define ZERO (tail <= done_n)

inline note_moment()
{
	if
	:: ZERO ->
		was_zero[PARTIES - 1] = joins[PARTIES - 1];
#if JOINERS > 1
		was_zero[PARTIES - 2] = joins[PARTIES - 2]
#endif
	:: else
	fi
}

/* queue_wake_all(done): W is cleared and a call counted, then all are woken */
inline wake_joiners()
{
	d_step {
		done_w = false;
		done_c = (done_c + 1) % CALLS
	};
	wake_all(WORD_DONE)
}

/* recover_producers with settle_item; the lock is held */
inline recover()
{
	atomic {
		if
		:: put_active ->
			if
			:: tail > sent -> tail--; note_moment()
			:: else
			fi
		:: else
		fi
	};
	put_active = false;
	wake_joiners()
}

inline lock_producers()
{
	atomic {
		TAKEABLE(producers);
		owner_dead = OWNER_DEAD(producers);
		producers = me + 1
	};
	if
	:: owner_dead -> owner_dead = false; recover()
	:: else
	fi
}

proctype producer(byte me) LIVES
{
	byte puts = 0, retracts = 0;
	bool owner_dead = false;

	do
	:: puts < PUTS ->
		lock_producers();
		put_active = true;
		d_step { tail++; note_moment() }; /* announce */
		if
		:: sent++; puts++ /* the frame has left */
		:: retracts < RETRACTS ->
			retracts++;
			/* retract: T is lowered, then W read */
			d_step { tail--; note_moment() };
#ifndef RETRACT_IS_SILENT
			if
			:: done_w -> wake_joiners()
			:: else
			fi
#endif
		fi;
		put_active = false;
		producers = 0
	:: atomic { done[me] = true; break }
	od
}

/*
 * count_done. Result in `refused`: IPCM_WOULDBLOCK.
 */
inline count_done()
{
	atomic { d_n = done_n; d_c = done_c; d_w = done_w; d_m = moments };
	do
	:: atomic {
		assert(tail > d_n); /* IPCM_INVALID is never given (JQ-JN-04) */
		last = tail - d_n == 1
	   };
#ifndef JOIN_COUNTS_STALE
		if
		:: last && d_w && !held && !moving ->
			refused = true;
			break
		:: else
		fi;
#endif
		/* the compare-and-swap */
		atomic {
			if
			:: d_n == done_n && d_c == done_c && d_w == done_w &&
			   d_m == moments ->
				done_n++;
				done_c = 0;
				note_moment();
				if
				:: last ->
#ifdef JOIN_COUNTS_STALE
					moments++;
#else
					if
					:: held -> moments++
					:: else
					fi;
#endif
					done_w = false
				:: else
				fi;
				refused = false;
				break
			:: else ->
				d_n = done_n;
				d_c = done_c;
				d_w = done_w;
				d_m = moments
			fi
		}
	od;
	if
	:: !refused && last && d_w -> wake_all(WORD_DONE)
#ifndef NO_RECOUNT
	/* T may have been lowered: once more */
	:: !refused && !last && d_w ->
		if
		:: tail <= d_n + 1 -> wake_joiners()
		:: else
		fi
#endif
	:: else
	fi;
	atomic { d_n = 0; d_c = 0; d_w = false; d_m = 0; last = false }
}

proctype worker(byte me) LIVES
{
	byte d_n = 0, d_c = 0, d_m = 0;
	bool d_w = false, last = false, held = false, moving = false;
	bool refused = false, owner_dead = false;

	do
	:: atomic { sent > taken -> taken++ };
		/* ipcm_queue_task_done */
		count_done();
		if
		:: refused ->
			if
			:: atomic { TAKEABLE(producers) ->
				owner_dead = OWNER_DEAD(producers);
				producers = me + 1;
				held = true
			   };
				if
				:: owner_dead -> owner_dead = false; recover()
				:: else
				fi
			:: producers != 0 -> moving = true /* busy for long */
			fi;
			count_done();
			if
			:: held -> producers = 0
			:: else
			fi;
			atomic { held = false; moving = false; refused = false }
		:: else
		fi
	:: atomic { done[me] = true; break }
	od
}

proctype joiner(byte me) LIVES
{
	byte begun = 0, count = 0, d_n = 0, d_c = 0, d_m = 0;
	bool limited = false, owner_dead = false;

	do
	:: count < JOINS ->
		atomic {
			begun = moments;
			joins[me] = true;
			was_zero[me] = ZERO
		};
attempt:
#ifdef CRASH
		/* queue_count_items: recovers if a hint shows a dead owner */
		if
		:: OWNER_DEAD(producers) ->
			lock_producers();
			producers = 0
		:: else
		fi;
#endif
		atomic { d_n = done_n; d_c = done_c; d_m = moments };
		atomic {
			if
			:: tail <= d_n || d_m != begun ->
				assert(was_zero[me]); /* JQ-JN-02 */
				joins[me] = false;
				was_zero[me] = false;
				begun = 0; d_n = 0; d_c = 0; d_m = 0;
				goto over
			:: else
			fi
		};
		/* queue_arm */
		atomic {
			if
			:: done_n == d_n && done_c == d_c && moments == d_m ->
				done_w = true
			:: else -> goto attempt
			fi
		};
#ifndef NO_SECOND_LOOK
		/* T may have been lowered before W was set: once more */
		if
		:: tail <= d_n -> goto attempt
		:: else
		fi;
#endif
		/* futex_wait compares the low half: number, calls, W */
		atomic {
			if
			:: done_n == d_n && done_c == d_c && done_w ->
				asleep[me] = WORD_DONE;
				d_n = 0; d_c = 0; d_m = 0
			:: else -> goto attempt
			fi
		};
		SLEEP(skip, skip);
		goto attempt;
over:
		count++
	:: atomic { done[me] = true; break }
	od
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
		/* no party waits for a lock; a worker may wait for an item */
		assert(RESTS(i));
		assert(!(STUCK(i, WORD_DONE) && ZERO));
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
		:: n >= PRODUCERS && n < PRODUCERS + WORKERS ->
			run worker(n);
			n++
		:: n >= PRODUCERS + WORKERS && n < PARTIES ->
			run joiner(n);
			n++
		:: else -> break
		od;
		n = 0
	}
}

#include "judge.pml"
