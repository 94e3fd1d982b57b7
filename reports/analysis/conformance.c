/* SPDX-License-Identifier: MIT */
/* Tables of conformance: scores of each back-end, in all and by section. */
#include <string.h>

#include "analysis.h"
#include "reports/model/verdicts.h"

/* Was a part of the clauses left out by an option of this run? */
static bool is_selection(const struct run *run)
{
	return !strcmp(run->verb, "check") &&
	       (strstr(run->command, " --filter") ||
		strstr(run->command, " --level") ||
		strstr(run->command, " -f") || strstr(run->command, " -l"));
}

bool check_is_selection(const struct model *model)
{
	for (size_t i = 0; i < model->run_count; i++)
		if (is_selection(&model->runs[i]))
			return true;
	return false;
}

const char *selected_words(const struct model *model,
			   const struct backend *backend)
{
	size_t good = 0, total = 0;

	for (int level = 0; level < VERDICT_LEVELS; level++) {
		struct score score =
			verdict_score(model, backend, verdict_levels[level]);

		good += score.good;
		total += score.total;
	}
	if (total == 0)
		return NULL;
	if (good == total)
		return pool_print(model->mem_pool, "holds the %s selected",
				  count_of(model, total, "clause"));
	return pool_print(model->mem_pool, "holds %zu of the %s selected", good,
			  count_of(model, total, "clause"));
}

/* "2 failed, 1 undecided": cases that did not hold. */
static const char *score_note(const struct model *model,
			      const struct score *score)
{
	const struct {
		size_t count;
		const char *words;
	} parts[] = {
		{score->bad, "failed"},
		{score->open, "undecided"},
		{score->declared, "unsupported"},
	};
	const char *note = NULL;

	for (size_t i = 0; i < 3; i++)
		if (parts[i].count)
			note = pool_print(model->mem_pool, "%s%s%zu %s",
					  note ? note : "", note ? ", " : "",
					  parts[i].count, parts[i].words);
	return note;
}

static struct entry score_entry(const struct model *model,
				const struct score *score, size_t most)
{
	struct entry entry;

	if (score->total == 0)
		return entry_text("–");
	entry = entry_number(
		pool_print(model->mem_pool, "%zu of %zu", score->good, most),
		(double)score->good);
	entry.mark = score->bad ? "bad" : score->open ? "open" : "good";
	if (most == 0 || score->declared == score->total)
		entry.mark = NULL;
	entry.note = score_note(model, score);
	return entry;
}

/* An OPTIONAL clause that is unsupported does not count against a back-end. */
static struct entry level_entry(const struct model *model,
				const struct backend *backend,
				const char *level)
{
	struct score score = verdict_score(model, backend, level);
	size_t most = score.total;

	if (!strcmp(level, "OPTIONAL"))
		most -= score.declared;
	return score_entry(model, &score, most);
}

struct table *scores_table(const struct model *model)
{
	static const char *const heads[] = {"Back-end", "Conclusion", "CORE",
					    "OPTIONAL", "BEYOND",     NULL};
	struct table *table = table_create(
		model->mem_pool, "scores",
		"Clauses that hold; OPTIONAL: of those supported", heads);

	for (size_t i = 0; i < model->backend_count; i++) {
		const struct backend *backend = model->backends[i];
		const char *conclusion = verdict_conclusion(model, backend);
		struct entry *row;

		if (!strcmp(conclusion, "not checked"))
			continue;
		row = table_row(table);
		row[0] = entry_text(backend->name);
		row[1] = entry_text(check_is_selection(model)
					    ? selected_words(model, backend)
					    : conclusion);
		row[1].mark = !strcmp(conclusion, "conformant")	      ? "good"
			      : !strcmp(conclusion, "non-conformant") ? "bad"
								      : "open";
		row[2] = level_entry(model, backend, "CORE");
		row[3] = level_entry(model, backend, "OPTIONAL");
		row[4] = level_entry(model, backend, "BEYOND");
	}
	return table->rows ? table : NULL;
}

/* With the signs of the legend, since there are many columns. */
static struct entry section_entry(const struct model *model,
				  const struct score *score)
{
	struct entry entry = score_entry(model, score, score->total);
	const struct {
		size_t count;
		const char *sign;
	} parts[] = {
		{score->bad, "✗"}, {score->open, "?"}, {score->declared, "–"}};
	const char *note = NULL;

	for (size_t i = 0; i < 3; i++)
		if (parts[i].count)
			note = pool_print(model->mem_pool, "%s%s%zu %s",
					  note ? note : "", note ? ", " : "",
					  parts[i].count, parts[i].sign);
	entry.note = note;
	return entry;
}

static void add_section(struct table *table, const struct model *model,
			const char *id, const struct backend *const *columns,
			size_t count)
{
	struct entry *row = table_row(table);

	row[0] = entry_text(verdict_section_title(model, id));
	for (size_t i = 0; i < count; i++) {
		struct score score =
			verdict_section_score(model, columns[i], id);

		row[i + 1] = section_entry(model, &score);
	}
}

struct table *sections_table(const struct model *model)
{
	const struct backend *const *columns;
	const struct outcome *const *clauses;
	size_t count = verdict_backends(model, &columns);
	size_t clause_count = verdict_clauses(model, &clauses);
	const char **heads =
		pool_alloc(model->mem_pool, (count + 2) * sizeof(*heads));
	struct table *table;

	heads[0] = "Section";
	for (size_t i = 0; i < count; i++)
		heads[i + 1] = columns[i]->name;
	table = table_create(model->mem_pool, "sections",
			     "Clauses that hold, by section; ✗ failed, "
			     "? undecided, – unsupported",
			     heads);
	for (size_t i = 0; i < clause_count; i++)
		if (i == 0 || !section_same(clauses[i]->id, clauses[i - 1]->id))
			add_section(table, model, clauses[i]->id, columns,
				    count);
	return table->rows > 1 ? table : NULL;
}
