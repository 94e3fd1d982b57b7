/* SPDX-License-Identifier: MIT */
/*
 * One of the two things that a gate compares: a folder with a build or an
 * installed prefix, a back-end in a shared object, or a git revision, which is
 * built here. All are measured by the public command `ipcmark bench`.
 */
#ifndef IPCMARK_REPORTS_GATE_SIDE_H
#define IPCMARK_REPORTS_GATE_SIDE_H

#include <stdbool.h>

struct gate_side {
	/** As it was named on the command line. */
	const char *name;
	/** The command `ipcmark` that measures it. Owned. */
	char *program;
	/** What --backend gets, or NULL. */
	const char *backend;
	/** The program that holds its code, to compare bytes. Owned. */
	char *code;
	/** Does its bench take a number of messages? Older ones do not. */
	enum { SIDE_NOT_ASKED, SIDE_TAKES_NONE, SIDE_TAKES } iterations;
};

/**
 * Find it, or build it below a folder.
 * @param own the running program, which measures shared objects
 * @return 0, or an exit code after one sentence on standard error
 */
int side_open(struct gate_side *side, const char *name, const char *own,
	      const char *folder);
void side_close(struct gate_side *side);

/** The command `ipcmark` that this program belongs to; the caller frees.
 *  @return NULL if it cannot be told */
char *side_own_program(void);

/** Is the code of both the same, byte by byte? */
bool side_same_code(const struct gate_side *a, const struct gate_side *b);

#endif
