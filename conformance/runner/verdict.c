/* SPDX-License-Identifier: MIT */
/*
 * Words and sums over results; see verdict.h. Pure: no input, no output.
 */
#include "verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *letter, *word;
} names[VERDICT_COUNT] = {
	[VERDICT_PASS] = {"P", "pass"},
	[VERDICT_FAIL] = {"F", "fail"},
	[VERDICT_UNSUPPORTED] = {"U", "unsupported"},
	[VERDICT_UNDECLARED_SUPPORT] = {"D",
					"declared unsupported, yet it works"},
	[VERDICT_LIMIT] = {"L", "host limit"},
	[VERDICT_CRASH] = {"C", "crash"},
	[VERDICT_TIMEOUT] = {"T", "timeout"},
	[VERDICT_ENGINE] = {"E", "harness error"},
	[VERDICT_NOT_RUN] = {"N", "not run"},
};

const char *verdict_letter(enum verdict verdict)
{
	return verdict < VERDICT_COUNT ? names[verdict].letter : "?";
}

const char *verdict_word(enum verdict verdict)
{
	return verdict < VERDICT_COUNT ? names[verdict].word : "?";
}

bool verdict_is_red(enum verdict verdict)
{
	return verdict == VERDICT_FAIL ||
	       verdict == VERDICT_UNDECLARED_SUPPORT ||
	       verdict == VERDICT_CRASH || verdict == VERDICT_TIMEOUT;
}

bool verdict_is_open(enum verdict verdict)
{
	return verdict == VERDICT_LIMIT || verdict == VERDICT_ENGINE ||
	       verdict == VERDICT_NOT_RUN;
}

struct score results_score(const struct results *results, const char *backend,
			   enum clause_level level)
{
	struct score score = {0};

	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];

		if (strcmp(cell->backend, backend) != 0 ||
		    cell->clause->level != level)
			continue;
		score.total++;
		score.passed += cell->verdict == VERDICT_PASS;
		score.unsupported += cell->verdict == VERDICT_UNSUPPORTED;
		score.red += verdict_is_red(cell->verdict);
		score.open += verdict_is_open(cell->verdict);
	}
	return score;
}

void score_text(const struct score *score, enum clause_level level,
		char ret_text[SCORE_TEXT_BYTES])
{
	unsigned most = score->total;
	int used;

	if (level == LEVEL_OPTIONAL)
		most -= score->unsupported;
	if (score->total == 0)
		used = snprintf(ret_text, SCORE_TEXT_BYTES, "-");
	else
		used = snprintf(ret_text, SCORE_TEXT_BYTES, "%u/%u",
				score->passed, most);
	if (score->unsupported)
		(void)snprintf(ret_text + used, SCORE_TEXT_BYTES - (size_t)used,
			       " (%u U)", score->unsupported);
}

const char *results_word(const struct results *results, const char *backend)
{
	struct score core = results_score(results, backend, LEVEL_CORE);
	struct score optional = results_score(results, backend, LEVEL_OPTIONAL);

	if (core.red + optional.red)
		return "non-conformant";
	if (core.open + optional.open || !results->complete)
		return "incomplete";
	if (core.total == 0)
		return "not judged";
	return "conformant";
}

const struct cell *results_cell(const struct results *results,
				const struct clause *clause,
				const char *backend)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];

		if (cell->clause == clause &&
		    strcmp(cell->backend, backend) == 0)
			return cell;
	}
	return NULL;
}

static const char *backend_option(const struct results *results,
				  const char *backend)
{
	for (size_t b = 0;
	     results->backend_options && b < results->backend_count; b++) {
		if (strcmp(results->backends[b], backend) == 0)
			return results->backend_options[b];
	}
	return backend;
}

/* As a shell must be told: a path may have any character. */
static void quote(const char *word, char *text, size_t bytes)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./+-";
	bool is_plain = word[strspn(word, plain)] == '\0';
	size_t used = 0;

	if (!is_plain)
		text[used++] = '\'';
	for (; *word && used + 6 < bytes; word++) {
		if (*word == '\'') {
			memcpy(text + used, "'\\''", 4);
			used += 4;
		} else {
			text[used++] = *word;
		}
	}
	if (!is_plain)
		text[used++] = '\'';
	text[used] = '\0';
}

void cell_reproduce(const struct results *results, const struct cell *cell,
		    char ret_text[REPRODUCE_BYTES])
{
	char mutant[96] = "", backend[REPRODUCE_BYTES - 256];

	if (results->mutant)
		(void)snprintf(mutant, sizeof(mutant),
			       " --mutant %s --mutant-every %u",
			       results->mutant, results->mutant_every);
	quote(backend_option(results, cell->backend), backend, sizeof(backend));
	(void)snprintf(ret_text, REPRODUCE_BYTES,
		       "ipcmark check --backend %s --filter '^%s$' "
		       "--seed %" PRIu64 "%s",
		       backend, cell->clause->id, cell->seed, mutant);
}
