/* SPDX-License-Identifier: MIT */
/*
 * The words of conformance: what the letter of a verdict means, and the titles
 * of the sections of the catalogue. Every output takes them from here.
 */
#ifndef IPCMARK_REPORTS_RESULT_VERDICT_WORDS_H
#define IPCMARK_REPORTS_RESULT_VERDICT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum verdict_kind { VERDICT_GOOD, VERDICT_DECLARED, VERDICT_OPEN, VERDICT_BAD };

struct verdict_text {
	const char *letter;
	/** A sign that needs no colour to be told apart. */
	const char *sign;
	const char *word;
	const char *meaning;
	enum verdict_kind kind;
};

/** All letters, in the order of a legend; ended by a NULL letter. */
extern const struct verdict_text verdict_table[];

/** Never NULL: an unknown letter counts as a harness error. */
const struct verdict_text *verdict_find(const char *letter);

/** The place of a rule's section ("Q" of "Q-PUT-01") in the catalogue; the
 *  number of sections if it is unknown. */
size_t section_rank(const char *id);
/** "Queue" for "Q-PUT-01"; NULL if the section is unknown. */
const char *section_title(const char *id);
/** Do two rules belong to one section: "Q-PUT-01" and "Q-GET-02"? */
bool section_same(const char *a, const char *b);

#endif
