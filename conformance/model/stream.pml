/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: put, get and their waits (queue_stream.c,
 * queue_stream_get.c, queue_stream_put.c, queue_stream_space.c, queue_wait.c).
 * Read README.md first.
 *
 * -DEVENTS      a mechanism without a wait of its own (sysv_msg)
 * -DNO_OVERFLOW a queue whose put waits for the channel (SimpleQueue)
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

/* ---- producers' lock held ---- */

/* stream_move_overflow: as many records as fit; `moved` */
inline move_overflow()
{
	do
	:: atomic { HOLDS(overflow) && SPACE ->
		overflow?number;
		channel!number;
		moved = true;
		number = 0
	   };
		SIGNAL_ARRIVAL
	:: atomic { EMPTY(overflow) || !SPACE -> break }
	od
}

/* pay_wakeups */
inline pay_wakeups()
{
	do
	:: atomic { wakeup_owed && TAKEABLE(producers) ->
		NOTE_OWNER;
		if
		:: RECOVERY_NEEDED -> producers = 0; break
		:: else -> producers = me + 1
		fi
	   };
		wakeup_owed = false;
		moved = false;
		move_overflow();
		if
		:: !moved && !wakeup_sent ->
			/* stream_send_wakeup */
			wakeup_sent = true;
			if
			:: atomic { SPACE -> channel!0 }
			:: atomic { !SPACE -> wakeup_sent = false }
			fi
		:: else
		fi;
		atomic { moved = false; producers = 0 }
	:: atomic { !wakeup_owed || !TAKEABLE(producers) -> break }
	od
}

/* stream_unlock_producers */
inline unlock_producers()
{
	producers = 0;
#ifndef NO_OWED_CHECK
	pay_wakeups()
#endif
}

/* ---- consumers' lock held ---- */

/* receive: all frames that the mechanism holds; with EVENTS one */
inline receive()
{
	do
	:: HOLDS(channel) ->
		channel?number;
		received!number;
		number = 0;
#ifdef EVENTS
		break
#endif
	:: EMPTY(channel) -> break
	od
}

/* parse_frame, until an item is found or nothing is left */
inline parse()
{
	do
	:: HOLDS(received) ->
		received?<number>;
		if
		:: number == 0 ->
			received?_;
			wakeup_eaten = true;
			wakeup_sent = false
		:: else ->
			number = 0;
			found = true;
			break
		fi
	:: EMPTY(received) -> break
	od
}

/* find_item; `found`. The lock was taken just before. */
inline find_item()
{
	do
	:: atomic {
		parse();
		if
		:: found -> break
		:: else -> receive()
		fi;
		AFTER_RECEIVE /* there is space now */
		parse();
		if
		:: found -> break
		:: else
		fi
	   };
		if
		:: tail == head -> break /* all_taken */
		:: else
		fi;
		/* receive_exactly; a busy lock: LOCK_NO_GRACE */
		if
		:: atomic { TAKEABLE(producers) ->
			NOTE_OWNER;
			producers = me + 1
		   }
		:: atomic { !TAKEABLE(producers) -> break }
		fi;
#ifdef CRASH
		if
		:: recovery_needed -> recover()
		:: else
		fi;
#endif
		move_overflow();
		atomic {
			moved = false;
			receive();
			if
			:: EMPTY(received) && EMPTY(overflow) ->
				/* correct_count has nothing to correct */
				assert(tail == head)
			:: else
			fi
		};
		SIGNAL_DEPARTURE
		unlock_producers();
		if
		:: EMPTY(received) -> break
		:: else
		fi
	od
}

/* has_many; `many` */
inline has_many()
{
	atomic {
		if
		:: first_consumer == me + 1 -> many = many_consumers
		:: first_consumer == 0 -> first_consumer = me + 1; many = false
		:: else -> many_consumers = true; many = true
		fi
	}
}

/* stream_owe_wakeup */
inline owe_wakeup()
{
	wakeup_owed = true;
	pay_wakeups()
}

#define UNSEEN (HOLDS(received) || HOLDS(overflow))

/*
 * leave: the store of `unseen` if it changes, then the load of the turn. First
 * the cases in which it does no more than one look at what others change.
 */
inline leave(joins)
{
	if
	:: atomic { first_consumer == me + 1 && !many_consumers ->
		consumers = 0
	   }
#ifndef LOOK_BEFORE_STORE
	:: atomic { many_consumers && unseen == UNSEEN &&
		!(HAS_LEADER && (wakeup_eaten || unseen)) ->
		wakeup_eaten = false;
		joined = joined || joins;
		consumers = 0
	   }
#endif
	:: else ->
		has_many();
		if
		:: many ->
#ifdef LOOK_BEFORE_STORE
			leader = HAS_LEADER;
			unseen = UNSEEN;
#else
			if
			:: unseen != UNSEEN -> unseen = UNSEEN
			:: else
			fi;
			leader = HAS_LEADER;
#endif
			if
			:: leader &&
			   (wakeup_eaten || (unseen && tail != head)) ->
#ifndef NO_HAND_OVER
				owe_wakeup()
#else
				skip
#endif
			:: else
			fi
		:: else
		fi;
		atomic {
			leader = false;
			wakeup_eaten = wakeup_eaten && !many;
			joined = joined || joins;
			many = false;
			consumers = 0
		}
	fi
}

/* ---- put ---- */

#ifdef CRASH
#define PUT_SENT put_sent = true
#define PUT_ENDS put_active = false
#else
#define PUT_SENT skip
#define PUT_ENDS skip
#endif

proctype producer(byte me) LIVES
{
	byte puts = 0, seen = 0, number = 0;
	bool limited = false, expired = false, slept = false, waiter = false;
	bool moved = false, may_wait = false;
#ifdef NO_OVERFLOW
	byte armed = 0;
#endif

	do
	:: atomic { MAY_BEGIN(begun_put) && puts < PUTS ->
		if
		:: puts == 0 -> begun_put++
		:: else
		fi;
		may_wait = true
	   };
attempt: /* put_now */
		lock_producers();
		atomic {
			if
			:: tail - head_seen >= MAX_ITEMS -> head_seen = head
			:: else
			fi;
			if
			:: tail - head_seen >= MAX_ITEMS ->
				seen = head_seen;
				goto no_slot
			:: else
			fi;
			/* put_item: announce, then send */
#ifdef CRASH
			put_active = true;
			put_sent = false;
			put_number = tail + 1
		};
		atomic {
#endif
			tail++
		};
		if
		:: HOLDS(overflow) -> move_overflow(); moved = false
		:: else
		fi;
		if
		:: atomic { EMPTY(overflow) && SPACE ->
			channel!tail;
			PUT_SENT
		   };
			SIGNAL_ARRIVAL;
			goto sent
#ifdef NO_OVERFLOW
		:: atomic { !SPACE -> goto no_space }
#else
		:: atomic { (HOLDS(overflow) || !SPACE) && may_wait ->
			goto no_space
		   }
		:: atomic { (HOLDS(overflow) || !SPACE) && !may_wait ->
			overflow!tail; /* overflow_item */
			PUT_SENT
		   };
			SIGNAL_ARRIVAL;
			if
			:: HAS_LEADER -> move_overflow(); moved = false
			:: else
			fi
#endif
		fi;
sent:
		PUT_ENDS;
		unlock_producers();
		/* queue_wake_next_slot */
		if
		:: slept ->
			d_step { seen = head; head_w = true; slept = false };
			if
			:: tail - seen < MAX_ITEMS ->
				head_w = false;
				atomic { seen = 0; wake_one(WORD_H) }
			:: else -> seen = 0
			fi
		:: else
		fi;
		atomic {
			puts++;
			may_wait = false;
			if
			:: puts == PUTS -> done[me] = true; goto end
			:: else
			fi
		}
	:: atomic { MAY_BEGIN(begun_put) ->
		if
		:: puts == 0 -> begun_put++
		:: else
		fi;
		done[me] = true;
		goto end
	   }
	od;

no_space: /* retract */
	tail--;
	PUT_ENDS;
	unlock_producers();
#ifdef NO_OVERFLOW
	/* stream_wait_for_space: W is set first, then it is tried once more */
	if
	:: armed == 0 ->
		atomic { departures_w = true; armed = departures + 1 }
	:: else ->
		atomic {
			if
			:: departures_w && departures + 1 == armed ->
				asleep[me] = WORD_DEPARTURES
			:: else
			fi;
			armed = 0
		};
		SLEEP(skip, skip)
	fi;
#else
	/* stream_space_came: about 1 ms */
	if
	:: SPACE
	:: may_wait = false
	fi;
#endif
	goto attempt;

no_slot:
	move_overflow();
	moved = false;
	unlock_producers();
	/* queue_sleep on H */
	atomic {
		if
		:: head == seen -> head_w = true
		:: else -> seen = 0; goto attempt
		fi
	};
	atomic {
		if
		:: head == seen && head_w -> seen = 0; asleep[me] = WORD_H
		:: else -> seen = 0; goto attempt
		fi
	};
	SLEEP(slept = true, skip);
	goto attempt;
end:
	skip
}

/* ---- get ---- */

/* The last consumer may have a limit, the others have none. */
proctype consumer(byte me) LIVES
{
	byte gets = 0, seen = 0, number = 0;
	bool limited = false, expired = false, waiter = false;
	bool moved = false, found = false, many = false, leader = false;
	bool engaged = false, waiters = false, looks = false;
#ifdef EVENTS
	byte armed = 0;
#endif

	do
	:: atomic { MAY_BEGIN(begun_get) && gets < GETS ->
		if
		:: gets == 0 -> begun_get++
		:: else
		fi;
		limited = false;
#ifndef NO_LIMIT
		if
		:: true
		:: me == PARTIES - 1 -> limited = true
		fi;
#endif
		skip
	   };
attempt: /* stream_get: H and T, then the lock */
		if
		:: tail == head -> goto no_item
		:: else
		fi;
		lock_consumers();
		find_item();
		if
		:: found ->
			/* commit_item: the exchange of H */
			d_step {
				received?number;
				/* none lost, doubled, overtaken */
				assert(number == head + 1);
				head = number;
				number = 0;
				waiter = head_w;
				head_w = false
			}
		:: else
		fi;
		leave(false);
		if
		:: waiter -> atomic { waiter = false; wake_one(WORD_H) }
		:: else
		fi;
		atomic {
			if
			:: found -> found = false
			:: else -> goto no_item
			fi
		};
over:
		/* stream_wait_end */
		if
		:: engaged ->
			engaged = false;
#ifdef EVENTS
			has_many();
			if
			:: many ->
				many = false;
#ifndef NO_REARM
				arrivals_w = true;
#endif
				if
				:: tail != head -> SIGNAL_ARRIVAL
				:: else
				fi
			:: else /* no other sleeps there */
			fi
#else
			/* turn_leave */
			atomic {
				waiter = turn_w;
				turn = 0;
				turn_w = false
			};
#ifndef NO_TURN_WAKE
			if
			:: waiter -> atomic {
				waiter = false;
				wake_one(WORD_TURN)
			   }
			:: else
			fi
#else
			waiter = false
#endif
#endif
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
	:: atomic { MAY_BEGIN(begun_get) ->
		if
		:: gets == 0 -> begun_get++
		:: else
		fi;
		done[me] = true;
		goto end
	   }
	od;

no_item:
	if
	:: expired -> goto over /* IPCM_EMPTY */
	:: else
	fi;
#ifdef EVENTS
	/* wait_for_arrival */
	if
	:: armed == 0 ->
#ifndef NO_JOIN_CONSUMERS
		has_many();
		many = false;
#endif
		atomic { arrivals_w = true; armed = arrivals + 1 };
		goto attempt
	:: else
	fi;
	atomic {
		if
		:: unseen || HOLDS(overflow) -> looks = true
		:: else
		fi
	};
	if
	:: looks ->
		atomic {
			looks = false;
			if
			:: tail != head -> armed = 0; goto attempt
			:: else
			fi
		}
	:: else
	fi;
	engaged = true;
	atomic {
		if
		:: arrivals_w && arrivals + 1 == armed ->
			asleep[me] = WORD_ARRIVALS
		:: else
		fi;
		armed = 0
	};
	SLEEP(skip, expired = true);
#else
	/* wait_in_mechanism */
	if
	:: !engaged ->
		/* stream_join_consumers */
		has_many();
#ifndef NO_JOIN_CONSUMERS
		if
		:: many && !joined ->
			lock_consumers();
			leave(true)
		:: else
		fi;
#endif
		many = false;
		/* turn_take */
		do
		/* free, or its owner is found dead after a slice */
		:: atomic { TAKEABLE(turn) ->
			turn = me + 1;
			turn_w = turn_w || waiters;
			waiters = false;
			engaged = true;
			break
		   }
		:: atomic { !TAKEABLE(turn) -> seen = turn };
			if
			:: waiters && expired ->
				atomic {
					if
					:: turn == seen ->
						turn_w = true;
						waiters = false;
						seen = 0;
						goto attempt /* TURN_LOOK */
					:: else -> seen = 0
					fi
				}
			:: else ->
				/* turn_sleep: WAITERS, then the sleep */
				atomic {
					if
					:: turn == seen -> turn_w = true
					:: else -> seen = 0
					fi
				};
				atomic {
					if
					:: seen != 0 && turn == seen && turn_w ->
						asleep[me] = WORD_TURN
					:: else
					fi;
					seen = 0
				};
				SLEEP(skip, expired = true);
				waiters = true
			fi
		od
	:: else
	fi;
	/* stream_has_unseen: `unseen`, the overflow buffer; H, T */
#ifndef NO_UNSEEN_CHECK
	atomic {
		if
		:: unseen || HOLDS(overflow) -> looks = true
		:: else
		fi
	};
	if
	:: looks ->
		atomic {
			looks = false;
			if
			:: tail != head -> goto attempt
			:: else
			fi
		}
	:: else
	fi;
#endif
	/* poll: level-triggered */
	asleep[me] = IN_POLL;
	if
	:: atomic { HOLDS(channel) -> asleep[me] = 0 }
	:: atomic { limited && HOLDS(channel) -> asleep[me] = 0; expired = true }
	:: atomic { limited && EMPTY(channel) -> asleep[me] = 0; expired = true;
		goto attempt
	   }
#ifdef CRASH
	:: atomic { asleep[me] == SLICE_OVER -> asleep[me] = 0; goto attempt }
#endif
	fi;
	/* nothing announced: stream_discard, unless another receives */
	if
	:: tail == head ->
		if
		:: TAKEABLE(consumers) ->
			lock_consumers();
			find_item();
			found = false;
			leave(false)
		:: !TAKEABLE(consumers)
		fi
	:: else
	fi;
#endif
	goto attempt;
end:
	skip
}

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
