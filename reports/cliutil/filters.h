/* SPDX-License-Identifier: MIT */
/*
 * --filter of all verbs: extended regular expressions, of which any number may
 * be given. A name is taken that matches one of them, or any name if there is
 * none, unless it matches one that a '-' stands before. So repeating widens, as
 * it does for --backend, and a '-' always takes away.
 */
#ifndef IPCMARK_REPORTS_CLIUTIL_FILTERS_H
#define IPCMARK_REPORTS_CLIUTIL_FILTERS_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum { FILTERS_MOST = 32 };

/** Zeroed: takes everything. */
struct filters {
	size_t count;
	struct filter {
		regex_t regex;
		bool negated;
		/** As it was given; borrowed. */
		const char *text;
	} list[FILTERS_MOST];
};

/** Add one as it was given. Ends the program if it is no expression, or if
 *  there are too many. */
void filters_add(struct filters *filters, const char *text);

/** Is there one without a '-'? */
bool filters_narrow(const struct filters *filters);

bool filters_take(const struct filters *filters, const char *name);

/** The same for something that has several names; NULL ends them. */
bool filters_take_any(const struct filters *filters, const char *const *names);

/** Does one with a '-' match? */
bool filters_exclude(const struct filters *filters, const char *name);

/** "a" "-b", as a message shows them; to be freed, NULL without memory. */
char *filters_text(const struct filters *filters);

void filters_free(struct filters *filters);

#endif
