/* SPDX-License-Identifier: MIT */
/* The command line of ipcmark report. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "reports/cliutil/cli.h"

enum { KEY_FROM = 256, KEY_REQUIRE_CHARTS, KEY_ASCII, KEY_HISTORY };

static const struct argp_option option_table[] = {
	{"out", 'o', "PATH", 0,
	 "write into this folder (default: ipcmark-report); a name that ends "
	 "in .html gets the page alone",
	 0},
	{"format", 'f', "LIST", 0,
	 "what to write: html, md, csv, separated by commas (default: all)", 0},
	{"from", KEY_FROM, "PAGE", 0,
	 "make everything again from a page made earlier, instead of from "
	 "result files",
	 0},
	{"ascii", KEY_ASCII, NULL, 0,
	 "print the summary and the main charts (of a history its tables) on "
	 "this terminal and write nothing",
	 0},
	{"history", KEY_HISTORY, "DIR", 0,
	 "instead of result files: those of many commits in this folder, in "
	 "the order in which they were measured; counts a message with their "
	 "steps, and ratios to baselines of the same run",
	 0},
	{"require-charts", KEY_REQUIRE_CHARTS, NULL, 0,
	 "fail with exit status 3 if a chart cannot be drawn", 0},
	{0}};

/* "html,md" into the flags. */
static void take_formats(const char *list, struct options *options)
{
	static const char *const formats[] = {"html", "md", "csv", NULL};
	bool *const flags[] = {&options->html, &options->markdown,
			       &options->csv};
	char *copy = strdup(list), *rest = copy, *name;

	if (!copy)
		cli_refuse("no memory");
	options->html = options->markdown = options->csv = false;
	while ((name = strsep(&rest, ",")))
		*flags[cli_choice("format", name, formats)] = true;
	free(copy);
}

static void check_history(const struct options *options)
{
	if (options->from)
		cli_refuse("--history and --from take the place of result "
			   "files; name either");
	if (options->files.count > 0)
		cli_refuse("--history takes the place of result files; name "
			   "either");
}

static void check(struct options *options)
{
	size_t length = strlen(options->out);

	if (options->history)
		check_history(options);
	else if (!options->from)
		input_files_need_one(&options->files);
	if (!*options->out)
		cli_refuse("--out needs a name");
	if (options->from && options->files.count > 0)
		cli_refuse("--from takes the place of result files; name "
			   "either");
	options->page_alone =
		length > 5 && !strcmp(options->out + length - 5, ".html");
	if (options->page_alone) {
		if (!options->html)
			cli_refuse("%s is a page, but --format asks for none",
				   options->out);
		options->markdown = options->csv = false;
	}
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->out = cli_path("--out", argument);
		return 0;
	case 'f':
		take_formats(argument, options);
		return 0;
	case KEY_FROM:
		options->from = cli_path("--from", argument);
		return 0;
	case KEY_HISTORY:
		options->history = cli_path("--history", argument);
		return 0;
	case KEY_ASCII:
		options->ascii = true;
		return 0;
	case KEY_REQUIRE_CHARTS:
		options->require_charts = true;
		return 0;
	case ARGP_KEY_ARGS:
		input_files_take(&options->files, state);
		return 0;
	case ARGP_KEY_END:
		check(options);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = take_option,
	.args_doc = "FILE...\n--from PAGE\n--history DIR",
	.doc = "Make a report from the result files of ipcmark check and "
	       "ipcmark bench: one page that needs nothing else, Markdown, "
	       "CSV and charts."
	       "\vSeveral files are merged; where rows occur twice, the last "
	       "file counts. A .jsonl stream that an interrupted run left is "
	       "read too. Files of different machines are reported side by "
	       "side, each machine ranked for itself. The page holds its own "
	       "data.\n\n"
	       "A history is made from DIR/*.json and *.jsonl, not from "
	       "folders below, and written as history.html, history.md and "
	       "history.csv. A file that is no result of a known version is "
	       "named and left out; the others are used, and the exit status "
	       "is 2. It holds no times, since times of different days cannot "
	       "be compared.\n\n"
	       "Exit status: 0 written, 2 usage, or a file that cannot be "
	       "read, 3 the output could not be written, or charts were "
	       "required and there are none, 4 there is nothing in the files.",
};

void options_parse(int argc, char **argv, struct options *ret_options)
{
	*ret_options = (struct options){.out = "ipcmark-report",
					.html = true,
					.markdown = true,
					.csv = true};
	cli_parse("ipcmark report", &parser, argc, argv, ret_options);
}
