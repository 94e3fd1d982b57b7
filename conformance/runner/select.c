/* SPDX-License-Identifier: MIT */
/*
 * Choosing clauses; see select.h.
 */
#include "select.h"

#include <stdlib.h>

#include "reports/cliutil/cli.h"
#include "reports/result/verdict_words.h"

static size_t rank_of(const struct clause *clause)
{
	return section_rank(clause->id);
}

/* A section may be spread over files; within it their order stays. */
static void sort_by_section(const struct clause **list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct clause *clause = list[i];
		size_t rank = rank_of(clause), at = i;

		for (; at > 0 && rank_of(list[at - 1]) > rank; at--)
			list[at] = list[at - 1];
		list[at] = clause;
	}
}

static _Noreturn void refuse(const struct filters *filters, unsigned levels)
{
	const char *text = filters_text(filters);

	cli_refuse("no clause matches %s%s; ipcmark check --list shows all of "
		   "them",
		   text ? text : "", levels ? " at the chosen levels" : "");
}

size_t select_clauses(const struct filters *filters, unsigned levels,
		      const struct clause **list)
{
	size_t count = 0;

	for (size_t i = 0; i < clause_count(); i++) {
		const struct clause *clause = clause_at(i);

		if (levels && !(levels & 1u << clause->level))
			continue;
		if (filters_take(filters, clause->id))
			list[count++] = clause;
	}
	if (count == 0)
		refuse(filters, levels);
	sort_by_section(list, count);
	return count;
}
