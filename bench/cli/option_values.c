/* SPDX-License-Identifier: MIT */
/* The values of options, one kind after the other. */
#include "option_values.h"

#include "reports/result/old_words.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void word_refuse(const struct argp_state *state, const char *format, ...)
{
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s: %s\n", state ? state->name : "ipcmark bench",
		text);
	exit(EXIT_USAGE);
}

uint64_t word_count(const struct argp_state *state, const char *option,
		    const char *text, uint64_t low, uint64_t high)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < low ||
	    value > high)
		word_refuse(state,
			    "--%s wants a whole number from %" PRIu64
			    " to %" PRIu64 ", not \"%s\"",
			    option, low, high, text);
	return value;
}

double word_seconds(const struct argp_state *state, const char *option,
		    const char *text)
{
	double value;

	if (!time_parse(text, &value) || value > 1e6)
		word_refuse(state,
			    "--%s wants a time such as 90, 90s, 5m or 2h, not "
			    "\"%s\"",
			    option, text);
	return value;
}

void word_names(const struct argp_state *state, const char *option,
		const char *text, struct name_list *list)
{
	char why[LIST_WHY_BYTES];

	if (!name_list_parse(list, text, why))
		word_refuse(state, "--%s %s: %s", option, text, why);
}

/* Names of before version 2 of the result format. */
static void replace_old(const struct argp_state *state, const char *option,
			const struct renamed *renamed, struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char *name = list->name[i];
		const char *now = renamed_find(renamed, name);

		if (now == name)
			continue;
		fprintf(stderr, "%s: --%s %s is called %s now\n", state->name,
			option, name, now);
		list->name[i] = strdup(now);
		free(name);
	}
}

/* Names from a fixed set; NULL ends it. */
void word_known(const struct argp_state *state, const char *option,
		const char *text, struct name_list *list,
		const char *const *known, const char *known_text)
{
	size_t before = list->count;

	word_names(state, option, text, list);
	if (!strcmp(option, "iface"))
		replace_old(state, option, renamed_ifaces, list);
	for (size_t i = before; i < list->count; i++) {
		const char *const *name = known;

		while (*name && strcmp(*name, list->name[i]))
			name++;
		if (!*name)
			word_refuse(state, "--%s knows %s, not \"%s\"", option,
				    known_text, list->name[i]);
	}
}

void word_scenarios(const struct argp_state *state, const char *text,
		    struct name_list *list)
{
	size_t before = list->count;

	word_names(state, "scenario", text, list);
	replace_old(state, "scenario", renamed_scenarios, list);
	for (size_t i = before; i < list->count; i++)
		if (!plan_knows_scenario(list->name[i]))
			word_refuse(state,
				    "there is no scenario \"%s\"; --list "
				    "shows what there is",
				    list->name[i]);
}

void word_sizes(const struct argp_state *state, const char *option,
		const char *text, struct size_list *list, size_t low,
		size_t high)
{
	char why[LIST_WHY_BYTES];

	if (!size_list_parse(list, text, low, high, why))
		word_refuse(state, "--%s %s: %s", option, text, why);
}

void word_filter(const struct argp_state *state, const char *text,
		 struct plan_options *plan)
{
	struct plan_filter *filter = &plan->filter[plan->filter_count];
	char why[128];
	int error;

	if (plan->filter_count == FILTER_MAX)
		word_refuse(state, "more than %d filters; join them with |",
			    FILTER_MAX);
	filter->negated = *text == '-';
	error = regcomp(&filter->regex, text + filter->negated,
			REG_EXTENDED | REG_NOSUB);
	if (error) {
		regerror(error, &filter->regex, why, sizeof(why));
		word_refuse(state, "--filter %s is no regular expression (%s)",
			    text, why);
	}
	plan->filter_count++;
}

/* Position of a word in a list, or usage error. */
int word_choice(const struct argp_state *state, const char *option,
		const char *text, const char *const *words,
		const char *words_text)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	word_refuse(state, "--%s is %s, not \"%s\"", option, words_text, text);
}

void word_report(const struct argp_state *state, char *text,
		 struct options *options)
{
	static const char *const kinds[] = {"json", "csv", "md", NULL};
	struct report_order *report = &options->report[options->report_count];
	char *equals = strchr(text, '=');

	if (options->report_count == REPORT_MAX)
		word_refuse(state, "more than %d reports", REPORT_MAX);
	if (!equals || !equals[1])
		word_refuse(state,
			    "--report is written KIND=FILE, for example "
			    "json=result.json, not \"%s\"",
			    text);
	*equals = '\0';
	report->kind = (enum report_kind)word_choice(state, "report", text,
						     kinds, "json, csv or md");
	*equals = '=';
	report->path = equals + 1;
	for (size_t i = 0; i < options->report_count; i++)
		if (strcmp(report->path, "-") &&
		    !strcmp(report->path, options->report[i].path))
			word_refuse(state,
				    "two reports go to %s: each needs "
				    "a file of its own",
				    report->path);
	options->report_count++;
}
