/* SPDX-License-Identifier: MIT */
/*
 * A python3 that has read the script of the reference column and forks a
 * process for each rule: no rule sees what another left, and none pays for an
 * interpreter's start and the compilation of some thousand lines, which is
 * several times what the rule itself takes.
 */
#ifndef IPCMARK_CONFORMANCE_REFERENCE_INTERPRETER_H
#define IPCMARK_CONFORMANCE_REFERENCE_INTERPRETER_H

#include <stdbool.h>
#include <sys/types.h>

struct interpreter {
	pid_t pid;
	int socket; /* -1: not open */
};

/**
 * Start it; it inherits the descriptors of answers[]. The caller adopts orphans
 * (process_adopt_orphans).
 * @return false if there is no memory or process for it
 */
bool interpreter_open(int factor, const int *answers, int answer_count,
		      struct interpreter *ret_interpreter);
/**
 * Fork a process for the rule, whose standard output is answer, one of those
 * of interpreter_open. It is the caller's child, to be waited for. Blocks until
 * the interpreter has started.
 * @return its pid; -1: the interpreter is gone
 */
pid_t interpreter_fork(struct interpreter *interpreter, const char *id,
		       int answer);
/**
 * End it, and wait for its end.
 * @return its exit code; 127: there is no python3; -1: a signal ended it
 */
int interpreter_close(struct interpreter *interpreter);

#endif
