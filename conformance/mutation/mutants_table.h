/* SPDX-License-Identifier: MIT */
/*
 * mutants.tsv as the program knows it: which clause must find which fault.
 * The array is generated when the program is built (mutants_table.cmake).
 */
#ifndef IPCMARK_CONFORMANCE_MUTATION_MUTANTS_TABLE_H
#define IPCMARK_CONFORMANCE_MUTATION_MUTANTS_TABLE_H

#include <stdbool.h>

/** A fault, and the clause that turns red by it. */
struct mutant_row {
	const char *fault, *clause, *backend;
	/** It strikes every so many times. */
	unsigned every;
	/** Taken by --quick. */
	bool quick;
};

/** Ended by an entry of NULLs. */
extern const struct mutant_row mutant_rows[];

#endif
