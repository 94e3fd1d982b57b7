/* SPDX-License-Identifier: MIT */
/* A cell's entry in the result file, and the command that runs it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/runner/cell.h"
#include "reports/result/verdict_words.h"

static int failures;

static void expect(const char *what, const char *wanted, const char *got)
{
	if (got && strcmp(wanted, got) == 0)
		return;
	failures++;
	(void)fprintf(stderr, "%s: \"%s\" instead of \"%s\"\n", what,
		      got ? got : "(nothing)", wanted);
}

static const struct clause clause = {.id = "Q-AA-01",
				     .title = "a title",
				     .requirement = "a rule",
				     .source = "a source",
				     .level = LEVEL_OPTIONAL,
				     .object = OBJECT_QUEUE};

static void command_is(const char *option, const struct cell_mutant *mutant,
		       bool whole_path, const char *wanted)
{
	struct cell cell = {
		.clause = &clause, .backend_option = option, .seed = 71};
	char *got = cell_reproduce(&cell, mutant, whole_path);

	expect("reproduce", wanted, got);
	free(got);
}

static void a_path_is_quoted_and_loses_its_folders(void)
{
	static const struct cell_mutant none, drop = {"drop", 3};

	command_is("beta", &none, false,
		   "ipcmark check --backend beta --filter '^Q-AA-01$' "
		   "--seed 71");
	command_is("./the beta.so", &drop, false,
		   "ipcmark check --backend './the beta.so' --filter "
		   "'^Q-AA-01$' --seed 71 --mutant drop --mutant-every 3");
	command_is("/a b/it's.so", &none, true,
		   "ipcmark check --backend '/a b/it'\\''s.so' --filter "
		   "'^Q-AA-01$' --seed 71");
	command_is("/a b/its.so", &none, false,
		   "ipcmark check --backend ./its.so --filter '^Q-AA-01$' "
		   "--seed 71");
}

static void every_verdict_has_a_letter_and_words(void)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		const char *letter = verdict_letter((enum verdict)v);

		expect("letter", letter, verdict_find(letter)->letter);
	}
	expect("red", "yes",
	       verdict_is_red(VERDICT_TIMEOUT) && !verdict_is_red(VERDICT_LIMIT)
		       ? "yes"
		       : "no");
	expect("open", "yes",
	       verdict_is_open(VERDICT_HARNESS_ERROR) &&
			       !verdict_is_open(VERDICT_FAIL)
		       ? "yes"
		       : "no");
}

static void an_entry_has_the_facts_of_its_cell(void)
{
	static const struct cell_mutant none;
	static struct cell cell = {.clause = &clause,
				   .backend = "beta",
				   .backend_option = "beta",
				   .verdict = VERDICT_FAIL,
				   .expected = "this",
				   .observed = "that",
				   .reason = "some.c:7",
				   .duration_ns = 1500000,
				   .seed = 71,
				   .runs = 5,
				   .passes = 4};
	static const char *const wanted[][2] = {
		{"id", "Q-AA-01"},	{"backend", "beta"},
		{"level", "OPTIONAL"},	{"object", "queue"},
		{"verdict", "F"},	{"expected", "this"},
		{"observed", "that"},	{"reason", "some.c:7"},
		{"title", "a title"},	{"requirement", "a rule"},
		{"source", "a source"}, {NULL, NULL}};
	json_t *entry = cell_json(&cell, &none, false);

	for (size_t i = 0; wanted[i][0]; i++)
		expect(wanted[i][0], wanted[i][1],
		       json_string_value(json_object_get(entry, wanted[i][0])));
	expect("numbers", "yes",
	       json_integer_value(json_object_get(entry, "seed")) == 71 &&
			       json_integer_value(json_object_get(
				       entry, "duration_ns")) == 1500000 &&
			       json_integer_value(
				       json_object_get(entry, "runs")) == 5 &&
			       json_integer_value(
				       json_object_get(entry, "passes")) == 4
		       ? "yes"
		       : "no");
	json_decref(entry);
}

int main(void)
{
	a_path_is_quoted_and_loses_its_folders();
	every_verdict_has_a_letter_and_words();
	an_entry_has_the_facts_of_its_cell();
	return failures ? 1 : 0;
}
