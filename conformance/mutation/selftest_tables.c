/* SPDX-License-Identifier: MIT */
/*
 * Are the tables of faults complete? Every clause has a fault or a reason why
 * there is none, every fault has a row, and every name in them exists.
 */
#include <string.h>

#include "conformance/harness/clause.h"
#include "mutants.h"
#include "selftest.h"

static const char *reason_of(const char *clause)
{
	for (size_t i = 0; mutant_none[i].clause; i++) {
		if (strcmp(mutant_none[i].clause, clause) == 0)
			return mutant_none[i].reason;
	}
	return NULL;
}

static bool has_row(const char *clause)
{
	for (size_t i = 0; mutant_rows[i].fault; i++) {
		if (strcmp(mutant_rows[i].clause, clause) == 0)
			return true;
	}
	return false;
}

/* @return how many clauses have neither fault nor reason, or both */
static unsigned check_clauses(void)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < clause_count(); i++) {
		const char *id = clause_at(i)->id;

		if (!has_row(id) && !reason_of(id))
			(void)printf("%s: no fault breaks it, and no reason "
				     "says why\n",
				     id);
		else if (has_row(id) && reason_of(id))
			(void)printf("%s: listed as unbreakable, yet a fault "
				     "breaks it\n",
				     id);
		wrong += !has_row(id) == !reason_of(id);
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
	for (size_t i = 0; mutant_none[i].clause; i++) {
		if (clause_find(mutant_none[i].clause))
			continue;
		(void)printf("mutants_none.tsv: there is no clause \"%s\"\n",
			     mutant_none[i].clause);
		wrong++;
	}
	return wrong;
}

/* Faults that no row plants test nothing. */
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
		(void)printf("%s: no row of mutants.tsv plants it\n",
			     mutants_name(m));
		wrong++;
	}
	return wrong;
}

unsigned selftest_check_tables(void)
{
	return check_clauses() + check_names() + check_faults();
}
