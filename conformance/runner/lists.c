/* SPDX-License-Identifier: MIT */
/*
 * Writing lists of clauses; see lists.h. The Markdown page must come out the
 * same on every machine: it holds nothing but what is in the tables.
 */
#include "lists.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "reports/result/escape.h"
#include "reports/result/verdict_words.h"

void list_text(const struct clause *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)printf("%-9s %-8s %-5s %s\n", list[i]->id,
			     clause_level_name(list[i]->level),
			     clause_object_name(list[i]->object),
			     list[i]->title);
}

void list_json(const struct clause *const *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(
			array,
			json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "id",
				  list[i]->id, "level",
				  clause_level_name(list[i]->level), "object",
				  clause_object_name(list[i]->object), "title",
				  list[i]->title, "requirement",
				  list[i]->requirement, "source",
				  list[i]->source));
	(void)json_dumpf(array, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	(void)printf("\n");
	json_decref(array);
}

/* How many clauses of the section of a rule have a level; NULL: of all. */
static unsigned count_level(const struct clause *const *list, size_t count,
			    const char *section, enum clause_level level)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		found += list[i]->level == level &&
			 (!section || section_same(list[i]->id, section));
	return found;
}

static void counts_row(const struct clause *const *list, size_t count,
		       const char *section, const char *title)
{
	(void)printf("| %s |", title);
	for (int level = 0; level < LEVEL_COUNT; level++)
		(void)printf(" %u |", count_level(list, count, section,
						  (enum clause_level)level));
	(void)printf("\n");
}

static void counts(const struct clause *const *list, size_t count)
{
	(void)printf("| | CORE | OPTIONAL | BEYOND |\n"
		     "|---|--:|--:|--:|\n");
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !section_same(list[i]->id, list[i - 1]->id))
			counts_row(list, count, list[i]->id,
				   section_title(list[i]->id));
	}
	counts_row(list, count, NULL, "all");
}

static void list_clause(const struct clause *clause)
{
	(void)printf("| %s | %s | %s | ", clause->id,
		     clause_level_name(clause->level),
		     clause_object_name(clause->object));
	escape_markdown(stdout, clause->title);
	(void)printf(" | ");
	escape_markdown(stdout, clause->requirement);
	(void)printf(" | ");
	escape_markdown(stdout, clause->source);
	(void)printf(" |\n");
}

static void list_section(const struct clause *const *list, size_t count,
			 const char *section)
{
	(void)printf("\n## %s (%.*s)\n\n"
		     "| Rule | Level | Object | What is done "
		     "| What must come out | Source |\n"
		     "|---|---|---|---|---|---|\n",
		     section_title(section), (int)strcspn(section, "-"),
		     section);
	for (size_t i = 0; i < count; i++) {
		if (section_same(list[i]->id, section))
			list_clause(list[i]);
	}
}

static const char introduction[] =
	"<!-- Generated: build/ipcmark check --list-markdown "
	">conformance/CLAUSES.md -->\n"
	"# The rules and their clauses\n\n"
	"Every rule of the catalogue in the sections that the library has, "
	"each as one\n"
	"runnable clause under the rule's ID: `ipcmark check --filter "
	"'^Q-PUT-01$'`.\n\n"
	"- **CORE** must hold on every back-end.\n"
	"- **OPTIONAL** may be unsupported, which a probe has to prove; if it "
	"is supported\n"
	"  it must hold.\n"
	"- **BEYOND** is more than Python's multiprocessing gives, and is "
	"scored apart.\n\n";

void list_markdown(const struct clause *const *list, size_t count)
{
	(void)fputs(introduction, stdout);
	counts(list, count);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !section_same(list[i]->id, list[i - 1]->id))
			list_section(list, count, list[i]->id);
	}
	(void)printf(
		"\nSources: a module and section of the Python library "
		"reference (multiprocessing,\nthreading, queue); a file of "
		"CPython's Lib/multiprocessing; CPython test: its\n"
		"Lib/test/_test_multiprocessing.py; a Linux manual page; "
		"Open POSIX: an assertion of\nthe Open POSIX Test Suite; "
		"LTP: a test of the Linux Test Project; an issue of\nCPython; "
		"ipcmark: a header of this library.\n");
}
