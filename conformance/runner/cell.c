/* SPDX-License-Identifier: MIT */
/* A cell as an entry of the result file. */
#include "cell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/result/escape.h"
#include "reports/result/verdict_words.h"

const char *verdict_letter(enum verdict verdict)
{
	static const char *const letters[VERDICT_COUNT] = {
		[VERDICT_PASS] = "P",	     [VERDICT_FAIL] = "F",
		[VERDICT_UNSUPPORTED] = "U", [VERDICT_UNDECLARED_SUPPORT] = "D",
		[VERDICT_LIMIT] = "L",	     [VERDICT_CRASH] = "C",
		[VERDICT_TIMEOUT] = "T",     [VERDICT_HARNESS_ERROR] = "E",
		[VERDICT_NOT_RUN] = "N",
	};

	return verdict < VERDICT_COUNT ? letters[verdict] : "?";
}

bool verdict_is_red(enum verdict verdict)
{
	return verdict_find(verdict_letter(verdict))->kind == VERDICT_BAD;
}

bool verdict_is_open(enum verdict verdict)
{
	return verdict_find(verdict_letter(verdict))->kind == VERDICT_OPEN;
}

char *cell_reproduce(const struct cell *cell, const struct cell_mutant *mutant,
		     bool whole_path)
{
	const char *option = cell->backend_option;
	char *text = NULL, *portable = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	/* "/home/me/theirs.so" is "./theirs.so" where the file is read */
	if (!whole_path && option[0] == '/' &&
	    asprintf(&portable, ".%s", strrchr(option, '/')) >= 0)
		option = portable;
	fputs("ipcmark check --backend ", out);
	escape_shell(out, option);
	fprintf(out, " --filter '^%s$' --seed %" PRIu64, cell->clause->id,
		cell->seed);
	if (mutant->name)
		fprintf(out, " --mutant %s --mutant-every %u", mutant->name,
			mutant->every);
	(void)fclose(out);
	free(portable);
	return text;
}

json_t *cell_json(const struct cell *cell, const struct cell_mutant *mutant,
		  bool whole_path)
{
	const struct clause *clause = cell->clause;
	char *again = cell_reproduce(cell, mutant, whole_path);
	json_t *entry = json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:I,s:I,"
		"s:i,s:i}",
		"id", clause->id, "backend", cell->backend, "level",
		clause_level_name(clause->level), "object",
		clause_object_name(clause->object), "verdict",
		verdict_letter(cell->verdict), "expected", cell->expected,
		"observed", cell->observed, "reason", cell->reason, "title",
		clause->title, "requirement", clause->requirement, "source",
		clause->source, "reproduce", again, "duration_ns",
		(json_int_t)cell->duration_ns, "seed", (json_int_t)cell->seed,
		"runs", (int)cell->runs, "passes", (int)cell->passes);

	free(again);
	return entry;
}
