/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C, a request to end, or the loss of the terminal: the first one sets a
 * flag that the run looks at between steps, so that what was done is kept; the
 * second one kills, because SA_RESETHAND has put the default action back.
 * Without SA_RESTART a wait ends at once.
 */
#include "interrupt.h"

#include <string.h>

volatile sig_atomic_t interrupt_requested;

static void note_interrupt(int signal_number)
{
	interrupt_requested = signal_number;
}

static void set_action(void (*handler)(int), int flags)
{
	struct sigaction action, before;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup has it ignored, and that stays */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

void interrupt_catch(void)
{
	set_action(note_interrupt, (int)SA_RESETHAND);
}

void interrupt_default(void)
{
	set_action(SIG_DFL, 0);
}
