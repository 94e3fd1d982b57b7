/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark env`: the environment that goes into every result, as text with
 * hints about the limits, or as JSON. Measures nothing but the clock.
 */
#include "hostinfo.h"
#include "print.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"

#include <stdbool.h>

struct options {
	bool json;
};

static const struct argp_option option_table[] = {
	{"format", 'f', "FORMAT", 0,
	 "text (the default), or json: the blocks env, build and quality of "
	 "a result file, with the hints",
	 0},
	{0}};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	static const char *const formats[] = {"text", "json", NULL};
	struct options *options = state->input;

	switch (key) {
	case 'f':
		options->json = cli_choice("format", argument, formats) == 1;
		return 0;
	case ARGP_KEY_ARG:
		cli_refuse("\"%s\" is not an option", argument);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = take_option,
	.doc = "Show what this host and build are, and what their limits mean."
	       "\vExit status: 0 shown, 2 usage, 3 the output could not be "
	       "written.",
};

static void print_list(const char *title, const json_t *list,
		       const char *if_empty)
{
	printf("\n%s\n", title);
	if (json_array_size(list) == 0)
		printf("  %s\n", if_empty);
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("  - %s\n", json_string_value(json_array_get(list, i)));
}

static int print_json(json_t *env, json_t *build, json_t *warnings,
		      json_t *hints)
{
	json_t *all = json_pack("{s:O, s:O, s:{s:O}, s:O}", "env", env, "build",
				build, "quality", "measurement_warnings",
				warnings, "hints", hints);
	int failed = !all || json_dumpf(all, stdout,
					JSON_SORT_KEYS | JSON_INDENT(1) |
						JSON_REAL_PRECISION(9));

	putchar('\n');
	json_decref(all);
	return failed;
}

static int show(const struct options *options)
{
	json_t *warnings = measurement_warnings();
	json_t *env = hostinfo_json();
	json_t *build = build_json();
	json_t *hints = limit_hints(env);
	int failed = 0;

	if (options->json) {
		failed = print_json(env, build, warnings, hints);
	} else {
		hostinfo_print(stdout, env, build);
		print_list(
			"Limits worth knowing", hints,
			"None: nothing here is below what ipcmark asks for.");
		print_list("Measurement warnings", warnings, "None was seen.");
	}
	json_decref(hints);
	json_decref(build);
	json_decref(env);
	json_decref(warnings);
	return failed;
}

int main(int argc, char **argv)
{
	struct options options = {0};

	cli_parse("ipcmark env", &parser, argc, argv, &options);
	return show(&options) ? EXIT_INTERNAL : EXIT_PASS;
}
