/* SPDX-License-Identifier: MIT */
/*
 * Is the table of faults complete? Every clause has a fault that breaks it,
 * every fault has a row, and every name in the table exists.
 */
#include <string.h>

#include "conformance/harness/clause.h"
#include "mutants.h"
#include "selftest.h"

static bool has_row(const char *clause)
{
	for (size_t i = 0; mutant_rows[i].fault; i++) {
		if (strcmp(mutant_rows[i].clause, clause) == 0)
			return true;
	}
	return false;
}

/* @return how many clauses have no fault */
static unsigned check_clauses(void)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < clause_count(); i++) {
		const char *id = clause_at(i)->id;

		if (has_row(id))
			continue;
		(void)printf("%s: no row of mutants.tsv breaks it\n", id);
		wrong++;
	}
	return wrong;
}

/* @return how many rows name what does not exist */
static unsigned check_names(void)
{
	unsigned wrong = 0;

	for (size_t i = 0; mutant_rows[i].fault; i++) {
		const struct mutant_row *row = &mutant_rows[i];
		size_t m = 0;

		while (mutants_name(m) &&
		       strcmp(mutants_name(m), row->fault) != 0)
			m++;
		if (mutants_name(m) && clause_find(row->clause))
			continue;
		(void)printf("mutants.tsv: there is no %s \"%s\"\n",
			     mutants_name(m) ? "clause" : "fault",
			     mutants_name(m) ? row->clause : row->fault);
		wrong++;
	}
	return wrong;
}

/* A fault that no row injects tests nothing. */
static unsigned check_faults(void)
{
	unsigned wrong = 0;

	for (size_t m = 0; mutants_name(m); m++) {
		size_t i = 0;

		while (mutant_rows[i].fault &&
		       strcmp(mutant_rows[i].fault, mutants_name(m)) != 0)
			i++;
		if (mutant_rows[i].fault ||
		    strcmp(mutants_name(m), "delay") == 0)
			continue;
		(void)printf("%s: no row of mutants.tsv injects it\n",
			     mutants_name(m));
		wrong++;
	}
	return wrong;
}

unsigned selftest_check_tables(void)
{
	return check_clauses() + check_names() + check_faults();
}
