/* SPDX-License-Identifier: MIT */
/* The words of conformance. */
#include "verdict_words.h"

#include <string.h>

const struct verdict_text verdict_table[] = {
	{"P", "✓", "pass", "what the clause asks was seen", VERDICT_GOOD},
	{"S", "✓", "pass, with a note",
	 "holds, but a recommendation of the clause is not met", VERDICT_GOOD},
	{"F", "✗", "fail", "what was seen is not what the clause asks",
	 VERDICT_BAD},
	{"C", "✗", "crash", "a signal ended the process", VERDICT_BAD},
	{"T", "✗", "timeout", "it was still running at the time limit",
	 VERDICT_BAD},
	{"D", "✗", "undeclared support",
	 "declared unsupported, yet it works or silently does nothing",
	 VERDICT_BAD},
	{"X", "✗", "known failure", "fails, and is listed as a known failure",
	 VERDICT_BAD},
	{"U", "–", "unsupported", "declared unsupported, and proved to refuse",
	 VERDICT_DECLARED},
	{"L", "?", "host limit",
	 "a limit of this host kept it from being decided", VERDICT_OPEN},
	{"E", "?", "harness error", "the harness itself failed", VERDICT_OPEN},
	{"N", "?", "not run", "it was not run", VERDICT_OPEN},
	{"d", "≠", "differs", "CPython differs here, and that is wanted",
	 VERDICT_DECLARED},
	{NULL, NULL, NULL, NULL, VERDICT_OPEN},
};

const struct verdict_text *verdict_find(const char *letter)
{
	const struct verdict_text *words = verdict_table;

	while (words->letter && strcmp(words->letter, letter))
		words++;
	return words->letter ? words : verdict_find("E");
}

/* In the order of the catalogue. */
static const char *const sections[][2] = {
	{"G", "General"},
	{"Q", "Queue"},
	{"JQ", "JoinableQueue"},
	{"SQ", "SimpleQueue"},
	{"P", "Pipe, Connection, Listener"},
	{"L", "Lock"},
	{"RL", "RLock"},
	{"S", "Semaphore"},
	{"BS", "BoundedSemaphore"},
	{"C", "Condition"},
	{"E", "Event"},
	{"B", "Barrier"},
	{"V", "Value"},
	{"A", "Array"},
	{"PR", "Process"},
	{"M", "Manager"},
	{"PO", "Pool"},
	{"X", "Crash, leaks, fork, names, limits"},
};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

/* "Q" of "Q-PUT-01". */
static size_t section_length(const char *id)
{
	return strcspn(id, "-");
}

size_t section_rank(const char *id)
{
	size_t length = section_length(id), rank = 0;

	while (rank < SECTION_COUNT && (strlen(sections[rank][0]) != length ||
					strncmp(sections[rank][0], id, length)))
		rank++;
	return rank;
}

bool section_same(const char *a, const char *b)
{
	return section_length(a) == section_length(b) &&
	       !strncmp(a, b, section_length(a));
}

const char *section_title(const char *id)
{
	size_t rank = section_rank(id);

	return rank < SECTION_COUNT ? sections[rank][1] : NULL;
}
