/* SPDX-License-Identifier: MIT */
/*
 * A child that is stepped: it runs one machine instruction at a time under
 * ptrace(2), so that a test can kill it, or hold it still, behind any one.
 *
 * What runs between two accesses to shared memory or to the kernel cannot be
 * seen by another process: single_step_is_visible tells where a process that is
 * held has a state of its own for the others.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_SINGLE_STEP_H
#define IPCMARK_IMPLS_TESTKIT_SINGLE_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** In the child: what follows is stepped, up to single_step_leave. The parent
 * must call single_step_await. @return false: ptrace is not allowed here */
bool single_step_enter(void);
/** In the child: the end. Does nothing in a child that was released. */
void single_step_leave(void);

/** In the parent: wait until the child has entered. @return false: it ended
 * before, with the exit code in *ret_exit (-1: by a signal) */
bool single_step_await(pid_t child, int *ret_exit);

/** What came of a step. */
enum single_step {
	STEP_TAKEN,  /**< the child is held behind one more instruction */
	STEP_ASLEEP, /**< the child sleeps in a system call; step again later */
	STEP_OVER,   /**< the child is held at single_step_leave */
	STEP_GONE    /**< the child has ended or was killed */
};

/** One instruction; a call of snprintf is one, too. ASLEEP only if it sleeps
 * for longer than asleep_ns; 0: wait as long as it takes. */
enum single_step single_step_next(pid_t child, int64_t asleep_ns);

/**
 * Run on until the next instruction is the one at the address; if it is that
 * already, from there to the next time. TAKEN may also mean one instruction
 * behind a sleep: see single_step_address. Where breakpoints do not work it
 * takes single steps there.
 */
enum single_step single_step_run_to(pid_t child, uintptr_t address,
				    int64_t asleep_ns);

/** A thread of the next child sleeps in the kernel until it is told to go on,
 * not while the child runs to an address; 0: there is none. */
void single_step_sleeper(pid_t thread);

/** Of a child that was asleep: STEP_ASLEEP, or what came of the step. */
enum single_step single_step_poll(pid_t child);

/** Of a child that is held: the address of its next instruction; 0: unknown. */
uintptr_t single_step_address(pid_t child);

/** Of a child that is held: does its next instruction enter the kernel, or
 * touch memory that processes share; with threads: any but its stack? True if
 * that is not known. */
bool single_step_is_visible(pid_t child, bool threads);

/** A child that is held runs on by itself. */
void single_step_release(pid_t child);

#endif
