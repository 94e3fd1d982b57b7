/* SPDX-License-Identifier: MIT */
/*
 * Reading the value of one option. Whatever is wrong with it is told in one
 * sentence with the way out, and the program ends with exit code 2. `state` is
 * argp's, NULL after it; `option` is the name without its dashes.
 */
#ifndef IPCMARK_BENCH_CLI_OPTION_VALUES_H
#define IPCMARK_BENCH_CLI_OPTION_VALUES_H

#include "options.h"

struct argp_state;

/** Say what is wrong and end the program. */
__attribute__((format(printf, 2, 3))) _Noreturn void word_refuse(
	const struct argp_state *state, const char *format, ...);

uint64_t word_count(const struct argp_state *state, const char *option,
		    const char *text, uint64_t low, uint64_t high);
double word_seconds(const struct argp_state *state, const char *option,
		    const char *text);
void word_names(const struct argp_state *state, const char *option,
		const char *text, struct name_list *list);

/** Names from a fixed set; NULL ends it. */
void word_known(const struct argp_state *state, const char *option,
		const char *text, struct name_list *list,
		const char *const *known, const char *known_text);
void word_scenarios(const struct argp_state *state, const char *text,
		    struct name_list *list);
void word_sizes(const struct argp_state *state, const char *option,
		const char *text, struct size_list *list, size_t low,
		size_t high);
void word_filter(const struct argp_state *state, const char *text,
		 struct plan_options *plan);

/** Position of a word in a list that NULL ends. */
int word_choice(const struct argp_state *state, const char *option,
		const char *text, const char *const *words,
		const char *words_text);
void word_report(const struct argp_state *state, char *text,
		 struct options *options);

#endif
