/* SPDX-License-Identifier: MIT */
/*
 * Do all writers say the same? A fixture with every verdict letter on two
 * back-ends goes through the terminal, Markdown, JUnit, TAP and JSON writers;
 * what each says is counted and compared. Also the sums of verdict.c. With a
 * folder as argument the reports are written there instead, for the test of
 * the page that is made of them (reports/tests/agree_test.sh).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/runner/report.h"
#include "report_fixture.h"

static int failures;

#define EXPECT(condition, ...)                                                 \
	do {                                                                   \
		if (!(condition)) {                                            \
			failures++;                                            \
			(void)fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);  \
			(void)fprintf(stderr, __VA_ARGS__);                    \
			(void)fprintf(stderr, "\n");                           \
		}                                                              \
	} while (0)

/* What a writer wrote, as a string of its own. */
static char *written(void (*write)(FILE *, const struct results *),
		     const struct results *results)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	if (!to)
		exit(3);
	write(to, results);
	(void)fclose(to);
	return text;
}

static unsigned occurrences(const char *text, const char *what)
{
	unsigned count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

/* The line of a clause in a report. */
static const char *line_of(const char *text, const char *id, char line[512])
{
	const char *at = strstr(text, id);
	size_t length = at ? strcspn(at, "\n") : 0;

	if (length > 511)
		length = 511;
	if (at)
		memcpy(line, at, length);
	line[length] = '\0';
	return line;
}

/* How a format writes text that means something to it. */
typedef void (*escape)(FILE *to, const char *text);

static void escape_nothing(FILE *to, const char *text)
{
	(void)fputs(text, to);
}

/* Written for itself: the test must not share the writer's mistakes. */
static void escape_xml(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			(void)fputs("&lt;", to);
		else if (*text == '&')
			(void)fputs("&amp;", to);
		else
			(void)fputc(*text, to);
	}
}

static void escape_markdown(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (strchr("<|", *text))
			(void)fputc('\\', to);
		(void)fputc(*text, to);
	}
}

static void expect_text(const char *format, const char *report, escape escaped,
			const char *text)
{
	char *wanted = NULL;
	size_t bytes;
	FILE *to = open_memstream(&wanted, &bytes);

	if (!to)
		exit(3);
	escaped(to, text);
	(void)fclose(to);
	EXPECT(strstr(report, wanted), "%s: no \"%s\"", format, wanted);
	free(wanted);
}

/* Every red cell, and E: expected, observed, seed, and the line for a shell.
 * The fixture gives each cell texts and a seed of its own. */
static void check_evidence(const char *format, const char *report,
			   const struct results *results, escape escaped)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];
		char again[REPRODUCE_BYTES], seed[32];

		if (!verdict_is_red(cell->verdict) &&
		    cell->verdict != VERDICT_ENGINE)
			continue;
		cell_reproduce(results, cell, again);
		(void)snprintf(seed, sizeof(seed), "%u", (unsigned)cell->seed);
		expect_text(format, report, escaped, cell->expected);
		expect_text(format, report, escaped, cell->observed);
		expect_text(format, report, escaped, seed);
		/* code in Markdown is not escaped */
		expect_text(format, report,
			    escaped == escape_markdown ? escape_nothing
						       : escaped,
			    again);
	}
}

static void write_terminal(FILE *to, const struct results *results)
{
	report_terminal(to, results, false, REPORT_NORMAL);
}

static void check_terminal(const struct results *results)
{
	char *text = written(write_terminal, results), line[512];

	for (int v = 0; v < VERDICT_COUNT; v++) {
		char level[16], alpha[16], beta[16];
		int got = sscanf(line_of(text, fixture_clauses[v].id, line),
				 "%*s %15s %15s %15s", level, alpha, beta);

		EXPECT(got == 3 && strcmp(beta, "P") == 0 &&
			       strcmp(alpha, verdict_letter((enum verdict)v)) ==
				       0,
		       "terminal: \"%s\"", line);
	}
	/* red: F D C T, and E */
	EXPECT(occurrences(text, "again:") == 5, "terminal: %u reproduce lines",
	       occurrences(text, "again:"));
	check_evidence("terminal", text, results, escape_nothing);
	EXPECT(strstr(text, " alpha         1/5            0/1 (1 U)      0/2"),
	       "terminal: the scores of alpha");
	EXPECT(strstr(text, " beta          5/5            2/2            2/2 "
			    "           conformant"),
	       "terminal: the scores of beta");
	free(text);
}

static void check_markdown(const struct results *results)
{
	char *text = written(report_markdown, results), line[512], cell[32];

	for (int v = 0; v < VERDICT_COUNT; v++) {
		bool red = verdict_is_red((enum verdict)v);

		(void)snprintf(cell, sizeof(cell), "| %s%s%s | P |",
			       red ? "**" : "", verdict_letter((enum verdict)v),
			       red ? "**" : "");
		EXPECT(strstr(line_of(text, fixture_clauses[v].id, line), cell),
		       "markdown: \"%s\" has no \"%s\"", line, cell);
	}
	EXPECT(strstr(text, "a \\| b"), "markdown: a bar is not escaped");
	check_evidence("markdown", text, results, escape_markdown);
	EXPECT(strstr(text, "| alpha | 1/5 | 0/1 (1 U) | 0/2 | "
			    "non-conformant |\n"
			    "| beta | 5/5 | 2/2 | 2/2 | conformant |\n"),
	       "markdown: the scores");
	free(text);
}

static void check_junit(const struct results *results)
{
	char *text = written(report_junit, results);

	EXPECT(occurrences(text, "<testcase ") == 18, "junit: testcases");
	EXPECT(occurrences(text, "<failure ") == 2, "junit: failures");
	EXPECT(occurrences(text, "<error ") == 3, "junit: errors");
	EXPECT(occurrences(text, "<skipped ") == 3, "junit: skipped");
	EXPECT(strstr(text, "<testsuite name=\"alpha\" tests=\"9\" "
			    "failures=\"2\" errors=\"3\" skipped=\"3\">"),
	       "junit: the sums of alpha");
	EXPECT(strstr(text, "<testsuite name=\"beta\" tests=\"9\" "
			    "failures=\"0\" errors=\"0\" skipped=\"0\">"),
	       "junit: the sums of beta");
	for (int v = 1; v < VERDICT_COUNT; v++) {
		char message[64];

		(void)snprintf(message, sizeof(message), " message=\"%s %s",
			       verdict_letter((enum verdict)v),
			       verdict_word((enum verdict)v));
		EXPECT(occurrences(text, message) == 1, "junit: %s", message);
	}
	EXPECT(strstr(text, "a | b &lt; c &amp; &quot;d&quot;"),
	       "junit: text is not escaped");
	check_evidence("junit", text, results, escape_xml);
	EXPECT(strstr(text, "\"score.CORE\" value=\"1/5\"") &&
		       strstr(text, "\"score.OPTIONAL\" value=\"0/1 (1 U)\"") &&
		       strstr(text, "\"score.BEYOND\" value=\"0/2\"") &&
		       strstr(text, "\"conclusion\" value=\"conformant\""),
	       "junit: the scores");
	free(text);
}

static void check_tap(const struct results *results)
{
	char *text = written(report_tap, results);

	EXPECT(strncmp(text, "TAP version 13\n1..18\n", 21) == 0, "tap: plan");
	EXPECT(occurrences(text, "\nnot ok ") == 5, "tap: not ok");
	EXPECT(occurrences(text, "\nok ") == 13, "tap: ok");
	EXPECT(occurrences(text, " # SKIP U") == 1 &&
		       occurrences(text, " # SKIP L") == 1 &&
		       occurrences(text, " # SKIP N") == 1,
	       "tap: skips");
	for (int v = 0; v < VERDICT_COUNT; v++) {
		bool red =
			verdict_is_red((enum verdict)v) || v == VERDICT_ENGINE;
		char start[64];

		(void)snprintf(start, sizeof(start), "\n%s %d - alpha %s ",
			       red ? "not ok" : "ok", 2 * v + 1,
			       fixture_clauses[v].id);
		EXPECT(occurrences(text, start) == 1, "tap: %s", start);
	}
	EXPECT(!strstr(text, "\" # e"), "tap: a title became a directive");
	check_evidence("tap", text, results, escape_nothing);
	EXPECT(strstr(text, "# alpha: CORE 1/5, OPTIONAL 0/1 (1 U), BEYOND "
			    "0/2, non-conformant\n"
			    "# beta: CORE 5/5, OPTIONAL 2/2, BEYOND 2/2, "
			    "conformant\n"),
	       "tap: the scores");
	free(text);
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "(no text)";
}

static void check_case(const struct results *results, const struct cell *cell)
{
	json_t *entry = report_case(results, cell);
	const char *id = cell->clause->id;
	char again[REPRODUCE_BYTES];
	const char *const wanted[][2] = {
		{"id", id},
		{"verdict", verdict_letter(cell->verdict)},
		{"backend", cell->backend},
		{"level", clause_level_name(cell->clause->level)},
		{"expected", cell->expected},
		{"observed", cell->observed},
		{"reason", cell->reason},
		{"reproduce", again},
	};

	cell_reproduce(results, cell, again);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		EXPECT(strcmp(text_of(entry, wanted[i][0]), wanted[i][1]) == 0,
		       "json: %s of %s: %s", wanted[i][0], id,
		       text_of(entry, wanted[i][0]));
	EXPECT(json_integer_value(json_object_get(entry, "duration_ns")) ==
			       cell->duration_ns &&
		       json_integer_value(json_object_get(entry, "seed")) ==
			       (json_int_t)cell->seed,
	       "json: duration or seed of %s", id);
	json_decref(entry);
}

static void check_json(const struct results *results)
{
	json_t *scores = report_scores(results);
	const char *backend = NULL, *conclusion = NULL;
	int passed = -1, unsupported = -1, red = -1, total = -1;

	for (size_t i = 0; i < results->count; i++)
		check_case(results, &results->cells[i]);
	(void)json_unpack(scores, "[{s:s,s:s,s:{s:i},s:{s:i},s:{s:i,s:i}}]",
			  "backend", &backend, "conclusion", &conclusion,
			  "CORE", "passed", &passed, "OPTIONAL", "unsupported",
			  &unsupported, "BEYOND", "red", &red, "total", &total);
	EXPECT(backend && strcmp(backend, "alpha") == 0 && conclusion &&
		       strcmp(conclusion, "non-conformant") == 0 &&
		       passed == 1 && unsupported == 1 && red == 2 &&
		       total == 2,
	       "json: the scores of alpha");
	json_decref(scores);
}

/* A path is quoted for the shell, and so is a quote in it. */
static void check_reproduce(struct results *results)
{
	static const char *const odd[] = {"alpha", "/a b/it's.so"};
	const char *const *kept = results->backend_options;
	char again[REPRODUCE_BYTES];

	cell_reproduce(results, &results->cells[1], again);
	EXPECT(strcmp(again, "ipcmark check --backend './the beta.so' --filter "
			     "'^Q-AA-01$' --seed 71") == 0,
	       "reproduce: %s", again);
	results->backend_options = odd;
	cell_reproduce(results, &results->cells[1], again);
	EXPECT(strstr(again, " '/a b/it'\\''s.so' "), "reproduce: %s", again);
	results->backend_options = NULL;
	cell_reproduce(results, &results->cells[1], again);
	EXPECT(strstr(again, "--backend beta "), "reproduce: %s", again);
	results->backend_options = kept;
}

static void check_sums(struct results *results)
{
	struct score core = results_score(results, "alpha", LEVEL_CORE);
	struct score optional = results_score(results, "alpha", LEVEL_OPTIONAL);
	struct score beyond = results_score(results, "alpha", LEVEL_BEYOND);

	EXPECT(core.total == 5 && core.passed == 1 && core.red == 1 &&
		       core.open == 3,
	       "CORE of alpha");
	EXPECT(optional.total == 2 && optional.unsupported == 1 &&
		       optional.red == 1,
	       "OPTIONAL of alpha");
	EXPECT(beyond.total == 2 && beyond.red == 2, "BEYOND of alpha");
	EXPECT(strcmp(results_word(results, "alpha"), "non-conformant") == 0,
	       "alpha is %s", results_word(results, "alpha"));
	EXPECT(strcmp(results_word(results, "beta"), "conformant") == 0,
	       "beta is %s", results_word(results, "beta"));
	results->complete = false;
	EXPECT(strcmp(results_word(results, "beta"), "incomplete") == 0,
	       "beta of an interrupted run is %s",
	       results_word(results, "beta"));
	results->complete = true;
}

int main(int argc, char **argv)
{
	static struct cell cells[VERDICT_COUNT * 2];
	struct results results;

	fixture_make(&results, cells);
	if (argc > 1)
		return fixture_write(argv[1], &results) ? 3 : 0;
	for (int v = 0; v < VERDICT_COUNT; v++)
		EXPECT(isalpha((unsigned char)*verdict_letter((enum verdict)v)),
		       "verdict %d has no letter", v);
	check_terminal(&results);
	check_markdown(&results);
	check_junit(&results);
	check_tap(&results);
	check_json(&results);
	check_sums(&results);
	check_reproduce(&results);
	if (failures == 0)
		(void)printf("all writers agree on every verdict\n");
	return failures ? 1 : 0;
}
