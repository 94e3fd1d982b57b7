/* SPDX-License-Identifier: MIT */
/*
 * Do all writers say the same? A fixture with every verdict letter on two
 * back-ends goes through the terminal, Markdown, JUnit, TAP and JSON writers;
 * what each says is counted and compared. Also the sums of verdict.c.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

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

/* The library's clauses are not linked: the fixture has its own. */
const struct clause_list clauses_general, clauses_general_time,
	clauses_general_signal, clauses_queue_create, clauses_queue_put,
	clauses_queue_get, clauses_queue_size, clauses_queue_order,
	clauses_queue_message, clauses_queue_close, clauses_queue_process,
	clauses_joinable, clauses_pipe_basic, clauses_pipe_receive,
	clauses_pipe_end, clauses_lock, clauses_crash, clauses_leftover;

static const char *const backends[] = {"alpha", "beta"};
static const struct clause clauses[VERDICT_COUNT] = {
	{.requirement = "r",
	 .source = "s",
	 .id = "Q-AA-01",
	 .title = "a | b < c & \"d\" # e"},
	{.requirement = "r", .source = "s", .id = "Q-AA-02", .title = "two"},
	{.requirement = "r",
	 .source = "s",
	 .id = "Q-AA-03",
	 .title = "three",
	 .level = LEVEL_OPTIONAL},
	{.requirement = "r",
	 .source = "s",
	 .id = "P-AA-04",
	 .title = "four",
	 .level = LEVEL_OPTIONAL},
	{.requirement = "r", .source = "s", .id = "P-AA-05", .title = "five"},
	{.requirement = "r",
	 .source = "s",
	 .id = "P-AA-06",
	 .title = "six",
	 .level = LEVEL_BEYOND},
	{.requirement = "r",
	 .source = "s",
	 .id = "L-AA-07",
	 .title = "seven",
	 .level = LEVEL_BEYOND},
	{.requirement = "r", .source = "s", .id = "L-AA-08", .title = "eight"},
	{.requirement = "r", .source = "s", .id = "L-AA-09", .title = "nine"},
};

/* alpha has every verdict once; beta passes everything. */
static void make_fixture(struct results *results, struct cell *cells)
{
	memset(cells, 0, sizeof(*cells) * VERDICT_COUNT * 2);
	for (size_t i = 0; i < VERDICT_COUNT * 2; i++) {
		cells[i].clause = &clauses[i / 2];
		cells[i].backend = backends[i % 2];
		cells[i].verdict = i % 2 ? VERDICT_PASS : (enum verdict)(i / 2);
		cells[i].duration_ns = 1500000;
		cells[i].seed = 7;
		cells[i].runs = cells[i].passes = 1;
		(void)strcpy(cells[i].expected, "x < y & z");
		(void)strcpy(cells[i].observed, "not | so");
		(void)strcpy(cells[i].reason, "some.c:12");
	}
	*results = (struct results){.cells = cells,
				    .count = VERDICT_COUNT * 2,
				    .backends = backends,
				    .backend_count = 2,
				    .complete = true,
				    .seed = 7};
}

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

static void write_terminal(FILE *to, const struct results *results)
{
	report_terminal(to, results, false, REPORT_NORMAL);
}

static void check_terminal(const struct results *results)
{
	char *text = written(write_terminal, results), line[512];

	for (int v = 0; v < VERDICT_COUNT; v++) {
		char level[16], alpha[16], beta[16];
		int got = sscanf(line_of(text, clauses[v].id, line),
				 "%*s %15s %15s %15s", level, alpha, beta);

		EXPECT(got == 3 && strcmp(beta, "P") == 0 &&
			       strcmp(alpha, verdict_letter((enum verdict)v)) ==
				       0,
		       "terminal: \"%s\"", line);
	}
	/* red: F u! C T, and E */
	EXPECT(occurrences(text, "again:") == 5, "terminal: %u reproduce lines",
	       occurrences(text, "again:"));
	EXPECT(strstr(text, "--filter '^Q-AA-02$' --seed 7"), "terminal: %s",
	       "no reproduce line for F");
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
		EXPECT(strstr(line_of(text, clauses[v].id, line), cell),
		       "markdown: \"%s\" has no \"%s\"", line, cell);
	}
	EXPECT(strstr(text, "a \\| b"), "markdown: a bar is not escaped");
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
			       red ? "not ok" : "ok", 2 * v + 1, clauses[v].id);
		EXPECT(occurrences(text, start) == 1, "tap: %s", start);
	}
	EXPECT(!strstr(text, "\" # e"), "tap: a title became a directive");
	free(text);
}

static void check_json(const struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];
		json_t *entry = report_case(cell);
		const char *verdict =
			json_string_value(json_object_get(entry, "verdict"));
		const char *id =
			json_string_value(json_object_get(entry, "id"));
		json_t *duration = json_object_get(entry, "duration_ns");

		EXPECT(verdict && strcmp(verdict,
					 verdict_letter(cell->verdict)) == 0,
		       "json: verdict of %s", cell->clause->id);
		EXPECT(id && strcmp(id, cell->clause->id) == 0, "json: id");
		EXPECT(json_integer_value(duration) == cell->duration_ns,
		       "json: duration");
		EXPECT(json_object_get(entry, "level") &&
			       json_object_get(entry, "expected") &&
			       json_object_get(entry, "observed") &&
			       json_object_get(entry, "reason") &&
			       json_object_get(entry, "backend"),
		       "json: a key is missing");
		json_decref(entry);
	}
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

int main(void)
{
	static struct cell cells[VERDICT_COUNT * 2];
	struct results results;

	make_fixture(&results, cells);
	for (int v = 0; v < VERDICT_COUNT; v++)
		EXPECT(isalpha((unsigned char)*verdict_letter((enum verdict)v)),
		       "verdict %d has no letter", v);
	check_terminal(&results);
	check_markdown(&results);
	check_junit(&results);
	check_tap(&results);
	check_json(&results);
	check_sums(&results);
	if (failures == 0)
		(void)printf("all writers agree on every verdict\n");
	return failures ? 1 : 0;
}
