/* SPDX-License-Identifier: MIT */
/*
 * Which memory an x86-64 instruction touches, as far as is needed to know
 * whether other processes can see it.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_MEMORY_OPERAND_H
#define IPCMARK_IMPLS_TESTKIT_MEMORY_OPERAND_H

#ifdef __x86_64__

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/** Does the instruction at rip enter the kernel? The child must be a fork of
 * this process: its code is read here. */
bool memory_operand_is_syscall(const struct user_regs_struct *registers);

/** If it is one that repeats itself: the address of the next one; else 0. */
uintptr_t memory_operand_behind_loop(const struct user_regs_struct *registers);

/** Does it enter the kernel, or touch memory that other processes see; or, with
 * threads, that threads of the same process see: all but the stack? */
bool memory_operand_is_shared(pid_t child,
			      const struct user_regs_struct *registers,
			      bool threads);

#endif

#endif
