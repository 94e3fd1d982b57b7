/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: a consumer, its waits, and what is done under the
 * consumers' lock (queue_stream_get.c, queue_stream.c). Part of stream.pml.
 */

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

/* Does a thread poll that needs a wake-up frame? `leader` */
inline has_poller(left)
{
	atomic {
		if
		:: left && tail != head -> items = true
		:: else
		fi
	};
	atomic {
		if
		:: (items || wakeup_eaten) && HAS_LEADER ->
			leader = true;
			items = false
		:: else
		fi
	};
	/* stream_has_poller; a wake-up frame is not sent again for one who
	 * polls without the turn: it would be sent by that one for itself */
	atomic {
		if
		:: items -> items = false; leader = OUTSIDE
		:: else
		fi
	}
}

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
	:: atomic { many_consumers && !unseen && !UNSEEN &&
		!(wakeup_eaten && HAS_LEADER) ->
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
			has_poller(UNSEEN);
			unseen = UNSEEN;
#else
			if
			:: unseen != UNSEEN -> unseen = UNSEEN
			:: else
			fi;
			has_poller(unseen);
#endif
			if
			:: leader ->
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

/* ---- get ---- */

/* The consumers' lock, or none: it was busy for a slice */
#ifdef SLOW
#define LOCK_OR(label)                                                 \
	if                                                             \
	:: lock_consumers()                                            \
	:: atomic { slices_end && !TAKEABLE(consumers) -> goto label } \
	fi
#else
#define LOCK_OR(label) lock_consumers()
#endif

/* poll_outside_until */
#ifdef SLOW
#define POLL_OUTSIDE                     \
	if                               \
	:: !engaged -> outside = true    \
	:: else                          \
	fi
#else
#define POLL_OUTSIDE skip
#endif

/* The last consumer may have a limit, the others have none. */
proctype consumer(byte me) LIVES
{
	byte gets = 0, seen = 0, number = 0;
	bool limited = false, expired = false, waiter = false;
	bool moved = false, found = false, many = false, leader = false;
	bool items = false, engaged = false, waiters = false, looks = false;
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
		LOCK_OR(locked_out);
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

locked_out:
#if defined(EVENTS) && !defined(SLEEP_UNLOOKED)
	armed = 0; /* it has not looked after it set W */
#endif
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
			LOCK_OR(attempt); /* TURN_LOOK */
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
#ifdef SLOW
			:: waiters && !expired && slices_end ->
				atomic {
					if
					:: turn == seen ->
						turn_w = true;
						waiters = false;
						seen = 0;
						break /* TURN_SLICE */
					:: else -> seen = 0
					fi
				}
#endif
			:: !(waiters && expired) ->
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
#ifndef OUTSIDE_AFTER_LOOK
	POLL_OUTSIDE;
#endif
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
#ifdef OUTSIDE_AFTER_LOOK
	POLL_OUTSIDE;
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
#ifdef SLOW
	:: atomic { slices_end || (!engaged && !outside) ->
		asleep[me] = 0;
		goto attempt
	   }
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
