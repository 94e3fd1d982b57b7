/* SPDX-License-Identifier: MIT */
/*
 * mutants.tsv and mutants_none.tsv as the program knows them: which clause
 * must find which fault, and which clause no fault can break. The arrays are
 * generated when the program is built (mutants_table.cmake).
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

/** A clause without a row. */
struct mutant_none {
	const char *clause;
	/** A sentence: why no fault breaks it. */
	const char *reason;
};

/** Ended by an entry of NULLs. */
extern const struct mutant_row mutant_rows[];
extern const struct mutant_none mutant_none[];

#endif
