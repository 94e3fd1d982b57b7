/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: a producer, and what is done under the producers' lock
 * (queue_stream_put.c, queue_stream_space.c). Part of stream.pml.
 */

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
		:: (HOLDS(overflow) || !SPACE) && !may_wait ->
			/* overflow_item; the channel may be empty by now */
			atomic { overflow!tail; PUT_SENT };
			SIGNAL_ARRIVAL;
			/* stream_has_poller */
			if
			:: HAS_LEADER -> move_overflow(); moved = false
			:: !HAS_LEADER ->
				if
#ifndef NO_OUTSIDE_OVERFLOW
				:: OUTSIDE -> move_overflow(); moved = false
#endif
				:: else
				fi
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
