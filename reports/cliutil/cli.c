/* SPDX-License-Identifier: MIT */
/* Command lines and the values of options; see cli.h. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "exit_code.h"
#include "ipcmark/version.h"
#include "process_setup.h"

static const char *program = "ipcmark";

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	(void)fprintf(to, "%s %s\n", program, IPCM_VERSION_STRING);
}

void cli_start(const char *name)
{
	program = name;
	process_setup(&program);
}

const char *cli_program(void)
{
	return program;
}

void cli_parse(const char *name, const struct argp *argp, int argc, char **argv,
	       void *input)
{
	char *own = argv[0];

	cli_start(name);
	/* argp takes the name for --help and its own errors from here */
	argv[0] = (char *)(uintptr_t)name;
	argp_program_version_hook = print_version;
	argp_err_exit_status = EXIT_USAGE;
	(void)argp_parse(argp, argc, argv, 0, NULL, input);
	argv[0] = own;
}

void cli_refuse(const char *format, ...)
{
	va_list arguments;

	(void)fprintf(stderr, "%s: ", program);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	exit(EXIT_USAGE);
}

const char *cli_path(const char *what, const char *text)
{
	size_t length = strlen(text);

	if (length && text[length - 1] == '\n')
		cli_refuse("%s: a path must not end in a line break, which "
			   "shells drop; choose another name",
			   what);
	return text;
}

void cli_second_word(const struct argp_state *state, const char *argument,
		     const char *word)
{
	if (state->arg_num)
		cli_refuse("\"%s\" is not an option", argument);
	if (word && strcmp(argument, word) != 0)
		cli_refuse("\"%s\" is not known; there is: %s", argument, word);
}

void cli_renamed(const char *old, const char *now)
{
	(void)fprintf(stderr,
		      "%s: \"%s\" is now called \"%s\"; the next version will "
		      "not know the old name\n",
		      program, old, now);
}

uint64_t cli_number(const char *option, const char *text, uint64_t low,
		    uint64_t high)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end || !isdigit((unsigned char)text[0]) || value < low ||
	    value > high)
		cli_refuse("--%s wants a whole number from %" PRIu64
			   " to %" PRIu64 ", not \"%s\"",
			   option, low, high, text);
	return value;
}

bool time_parse(const char *text, double *ret_seconds)
{
	char *end;
	double value = strtod(text, &end), unit = 1;

	if (end == text || isspace((unsigned char)*text))
		return false;
	if (*end == 's')
		end++;
	else if (*end == 'm')
		unit = 60, end++;
	else if (*end == 'h')
		unit = 3600, end++;
	if (*end || !isfinite(value) || value <= 0)
		return false;
	*ret_seconds = value * unit;
	return true;
}

double cli_percent(const char *option, const char *text, double most)
{
	char *end;
	double value = strtod(text, &end);

	while (*end == ' ')
		end++;
	if (*end == '%')
		end++;
	if (end == text || *end || !(value >= 0 && value <= most))
		cli_refuse("--%s wants per cent such as 5 or 2.5%%, 0 to %.0f, "
			   "not \"%s\"",
			   option, most, text);
	return value / 100;
}

double cli_seconds(const char *option, const char *text, double most)
{
	double value;

	if (!time_parse(text, &value) || value > most)
		cli_refuse("--%s wants a time such as 90, 90s, 5m or 2h, at "
			   "most %.0f seconds, not \"%s\"",
			   option, most, text);
	return value;
}

/* "a, b or c" */
static void join(const char *const *words, char *ret_text, size_t bytes)
{
	size_t used = 0;

	ret_text[0] = '\0';
	for (size_t i = 0; words[i] && used < bytes; i++)
		used += (size_t)snprintf(ret_text + used, bytes - used, "%s%s",
					 i == 0		? ""
					 : words[i + 1] ? ", "
							: " or ",
					 words[i]);
}

size_t cli_choice(const char *option, const char *text,
		  const char *const *words)
{
	char known[512];
	size_t i = 0;

	while (words[i] && strcmp(words[i], text) != 0)
		i++;
	if (!words[i]) {
		join(words, known, sizeof(known));
		cli_refuse("--%s is %s, not \"%s\"", option, known, text);
	}
	return i;
}

enum progress_style cli_progress(const char *text)
{
	static const char *const words[] = {"auto", "bar", "plain", "none",
					    NULL};

	return (enum progress_style)cli_choice("progress", text, words);
}

int cli_colour(const char *text)
{
	static const char *const words[] = {"auto", "never", "always", NULL};

	return (int)cli_choice("color", text, words) - 1;
}

uint64_t cli_random_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)time(NULL);
	return seed % 1000000000;
}

void cli_report(struct cli_reports *reports, const char *text,
		const char *const *kinds)
{
	const char *equals = strchr(text, '=');
	char kind[16];

	if (!equals || !equals[1])
		cli_refuse("--report is written KIND=FILE, for example "
			   "json=result.json, not \"%s\"",
			   text);
	if (reports->count == CLI_REPORTS_MOST)
		cli_refuse("at most %d reports can be written",
			   CLI_REPORTS_MOST);
	(void)snprintf(kind, sizeof(kind), "%.*s", (int)(equals - text), text);
	reports->list[reports->count].kind =
		(unsigned)cli_choice("report", kind, kinds);
	for (size_t i = 0; i < reports->count; i++)
		if (strcmp(equals + 1, "-") != 0 &&
		    strcmp(equals + 1, reports->list[i].path) == 0)
			cli_refuse("two reports go to %s: each needs a file of "
				   "its own",
				   equals + 1);
	reports->list[reports->count++].path = cli_path("--report", equals + 1);
}
