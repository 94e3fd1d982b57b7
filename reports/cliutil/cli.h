/* SPDX-License-Identifier: MIT */
/*
 * The command lines of all verbs: argp, and the values of options. A wrong
 * value is answered with one sentence on standard error that names the limit
 * and the way out, and ends the program with EXIT_USAGE. `option` is always
 * the long name without its dashes.
 */
#ifndef IPCMARK_REPORTS_CLIUTIL_CLI_H
#define IPCMARK_REPORTS_CLIUTIL_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "progress.h"

/**
 * Parse a command line.
 * @param name what help, errors and --version call the program, for example
 *        "ipcmark bench"; every message of cli_refuse starts with it
 */
void cli_parse(const char *name, const struct argp *argp, int argc, char **argv,
	       void *input);

/** The name alone, for a program that does not use argp, or prints before it
 *  does; and process_setup(). */
void cli_start(const char *name);

/** The name, as messages begin with it. */
const char *cli_program(void);

/** Print what is wrong and end the program. */
__attribute__((format(printf, 1, 2))) _Noreturn void cli_refuse(
	const char *format, ...);

/** An old name was used, which the next version will not know: say so, one
 *  line each. */
void cli_renamed(const char *old, const char *now);

/** A whole number, decimal or 0x. */
uint64_t cli_number(const char *option, const char *text, uint64_t low,
		    uint64_t high);

/** A share from "10", "10%" or "2.5 %": 0.1, 0.1, 0.025; most in per cent. */
double cli_percent(const char *option, const char *text, double most);

/** Seconds from "90", "90s", "1.5m" or "2h". */
double cli_seconds(const char *option, const char *text, double most);

/** The same without an end: @return whether text is a time above 0 */
bool time_parse(const char *text, double *ret_seconds);

/** Position of a word in a list that NULL ends. */
size_t cli_choice(const char *option, const char *text,
		  const char *const *words);

/** A path that ends in a line break is refused: $(...) of a shell drops it, so
 *  the path that a verb prints last would be another one.
 *  @param what "--out", "a result file"
 *  @return text */
const char *cli_path(const char *what, const char *text);

/** An argument of a verb of two words, such as "selftest gate", at
 * ARGP_KEY_ARG: the first one is the second word, and there is no other.
 *  @param word what it must be; NULL: whoever chose the verb has looked */
void cli_second_word(const struct argp_state *state, const char *argument,
		     const char *word);

/** --progress. */
enum progress_style cli_progress(const char *text);

/** --color: @return -1 decide by the terminal, 0 never, 1 always */
int cli_colour(const char *text);

/** A seed for a run that was given none: short, to be typed again. */
uint64_t cli_random_seed(void);

enum { CLI_REPORTS_MOST = 16 };

/** What --report KIND=FILE asked for. */
struct cli_reports {
	size_t count;
	struct {
		/** Position in the verb's list of kinds. */
		unsigned kind;
		/** "-": standard output. */
		const char *path;
	} list[CLI_REPORTS_MOST];
};

/** Add one; NULL ends kinds. Two may not go to the same file. */
void cli_report(struct cli_reports *reports, const char *text,
		const char *const *kinds);

#endif
