/* SPDX-License-Identifier: MIT */
/* Lists of names and sizes; see option_values.h. */
#include "option_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/scenarios/scenario.h"
#include "reports/cliutil/cli.h"
#include "reports/result/old_words.h"

static const char *name_of(const struct scenario *scenario)
{
	return scenario->name;
}

static const char *iface_of(const struct scenario *scenario)
{
	return iface_name(scenario->iface);
}

/* One of each, in the order of the rows; NULL ends it. */
static const char **collect(const char *(*word)(const struct scenario *))
{
	size_t count = 0;
	const char **words;

	while (scenario_at(count))
		count++;
	words = calloc(count + 1, sizeof(*words));
	if (!words)
		cli_refuse("no memory");
	for (size_t i = 0; i < count; i++) {
		const char *one = word(scenario_at(i));
		size_t at = 0;

		while (words[at] && strcmp(words[at], one))
			at++;
		words[at] = one;
	}
	return words;
}

/* The name of today in the place of one of before version 2 of the result
 * format. */
static void replace_old(const struct renamed *renamed, char **name)
{
	const char *now = renamed_find(renamed, *name);

	if (now == *name)
		return;
	cli_renamed(*name, now);
	free(*name);
	*name = strdup(now);
	if (!*name)
		cli_refuse("no memory");
}

static void take_names(const char *option, const char *text,
		       struct name_list *list, const char *const *known,
		       const struct renamed *renamed)
{
	size_t before = list->count;
	char why[LIST_WHY_BYTES];

	if (!name_list_parse(list, text, why))
		cli_refuse("--%s %s: %s", option, text, why);
	for (size_t i = before; i < list->count; i++) {
		if (renamed)
			replace_old(renamed, &list->name[i]);
		(void)cli_choice(option, list->name[i], known);
	}
}

void value_names(const char *option, const char *text, struct name_list *list,
		 const char *const *known)
{
	take_names(option, text, list, known, NULL);
}

void value_ifaces(const char *text, struct name_list *list)
{
	const char **known = collect(iface_of);

	take_names("iface", text, list, known, renamed_ifaces);
	free(known);
}

void value_scenarios(const char *text, struct name_list *list)
{
	const char **known = collect(name_of);

	take_names("scenario", text, list, known, renamed_scenarios);
	free(known);
}

void value_sizes(const char *option, const char *text, struct size_list *list,
		 size_t low, size_t high)
{
	char why[LIST_WHY_BYTES];

	if (!size_list_parse(list, text, low, high, why))
		cli_refuse("--%s %s: %s", option, text, why);
}

static char *join(const char *(*word)(const struct scenario *))
{
	const char **words = collect(word);
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	for (size_t i = 0; out && words[i]; i++)
		fprintf(out, "%s%s", i ? ", " : "", words[i]);
	free(words);
	if (out)
		fclose(out);
	return text;
}

char *value_all_ifaces(void)
{
	return join(iface_of);
}

char *value_all_scenarios(void)
{
	return join(name_of);
}
