/* SPDX-License-Identifier: MIT */
/*
 * The end of each model: the crash, the clock, and the judge, who looks when no
 * party can do a step. A model includes it last, and defines the inlines
 * on_death() and judge(); TIMES_PASS: the moments that it has stored are over.
 */

#ifdef CRASH
/* How often slices end after the last step of a living party. */
#ifndef SLICES
#define SLICES 3
#endif
byte slices = 0;

active proctype killer()
{
	/* one crash, or none: a run may end before */
	atomic {
		if
		:: dead = 0
		:: dead = 1
#if PARTIES > 2
		:: dead = 2
#endif
#if PARTIES > 3
		:: dead = 3
#endif
#if PARTIES > 4
		:: dead = 4
#endif
		fi;
		on_death()
	}
}
#endif

#ifdef SLOW
active proctype clock()
{
#ifdef TIMES_PASS
	do
	:: TIMES_PASS
	:: slices_end = false; break
	od
#else
	slices_end = false
#endif
}
#endif

active proctype the_judge()
{
	do
	:: timeout ->
#ifdef CRASH
		if
		:: dead != NOBODY && slices < SLICES ->
			/* the slices of all sleepers end */
			d_step {
				slices++;
#ifdef TIMES_PASS
				TIMES_PASS;
#endif
				byte party = 0;
				do
				:: party < PARTIES ->
					if
					:: asleep[party] && ALIVE(party) ->
						asleep[party] = SLICE_OVER
					:: else
					fi;
					party++
				:: else -> break
				od;
				party = 0
			}
		:: else -> break
		fi
#else
		break
#endif
	od;
	skip;
	d_step {
		judge()
	}
}
