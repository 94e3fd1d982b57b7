/* SPDX-License-Identifier: MIT */
/* See filters.h. */
#include "filters.h"

#include <stdio.h>

#include "cli.h"

void filters_add(struct filters *filters, const char *text)
{
	struct filter *filter = &filters->list[filters->count];
	char why[128];
	int error;

	if (filters->count == FILTERS_MOST)
		cli_refuse("more than %d filters; join them with |",
			   FILTERS_MOST);
	filter->text = text;
	filter->negated = text[0] == '-';
	error = regcomp(&filter->regex, text + filter->negated,
			REG_EXTENDED | REG_NOSUB);
	if (error) {
		(void)regerror(error, &filter->regex, why, sizeof(why));
		cli_refuse("--filter \"%s\" is not an extended regular "
			   "expression: %s",
			   text, why);
	}
	filters->count++;
}

bool filters_narrow(const struct filters *filters)
{
	for (size_t i = 0; i < filters->count; i++)
		if (!filters->list[i].negated)
			return true;
	return false;
}

static bool matches(const struct filter *filter, const char *name)
{
	return regexec(&filter->regex, name, 0, NULL, 0) == 0;
}

bool filters_take_any(const struct filters *filters, const char *const *names)
{
	bool wanted = false, narrowed = false;

	for (size_t i = 0; i < filters->count; i++) {
		const struct filter *filter = &filters->list[i];
		bool found = false;

		for (size_t n = 0; names[n] && !found; n++)
			found = matches(filter, names[n]);
		if (found && filter->negated)
			return false;
		wanted |= found;
		narrowed |= !filter->negated;
	}
	return wanted || !narrowed;
}

bool filters_take(const struct filters *filters, const char *name)
{
	const char *const names[] = {name, NULL};

	return filters_take_any(filters, names);
}

bool filters_exclude(const struct filters *filters, const char *name)
{
	for (size_t i = 0; i < filters->count; i++)
		if (filters->list[i].negated &&
		    matches(&filters->list[i], name))
			return true;
	return false;
}

char *filters_text(const struct filters *filters)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	for (size_t i = 0; i < filters->count; i++)
		(void)fprintf(out, "%s\"%s\"", i ? " " : "",
			      filters->list[i].text);
	(void)fclose(out);
	return text;
}

void filters_free(struct filters *filters)
{
	for (size_t i = 0; i < filters->count; i++)
		regfree(&filters->list[i].regex);
	filters->count = 0;
}
