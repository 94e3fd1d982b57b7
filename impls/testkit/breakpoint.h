/* SPDX-License-Identifier: MIT */
/*
 * One breakpoint of a traced child that is a fork of this process: a debug
 * register where those work, else a breakpoint instruction in the child's copy
 * of the code. Some virtual machines let a debug register be set, and nothing
 * comes of it; an instruction would also end threads that are not traced, so
 * a child whose other threads may run has the register or nothing.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_BREAKPOINT_H
#define IPCMARK_IMPLS_TESTKIT_BREAKPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Let a child that is held run on until its next instruction is the one at the
 * address. @return false: it has not moved, no breakpoint works for it */
bool breakpoint_run_to(pid_t child, uintptr_t address);

/** A thread of the next child sleeps in the kernel until it is told to go on:
 * not while the child runs to a breakpoint. 0: there is none. */
void breakpoint_set_sleeper(pid_t thread);

/** The child sleeps before it: other threads may run again. */
void breakpoint_withdraw(pid_t child);

/** The child is held again, by the breakpoint or otherwise, as waitpid(2) has
 * told in `state`: remove it. To be called before its registers are looked at.
 */
void breakpoint_remove(pid_t child, int state);

#endif
