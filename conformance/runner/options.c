/* SPDX-License-Identifier: MIT */
/*
 * argp(3) for `ipcmark check`; see options.h. Every mistake ends here with one
 * sentence that names the way out.
 */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ipcmark/version.h"

enum key {
	KEY_BACKEND = 'b',
	KEY_FILTER = 'f',
	KEY_LEVEL = 'l',
	KEY_QUIET = 'q',
	KEY_VERBOSE = 'v',
	KEY_LIST = 0x100,
	KEY_LIST_MARKDOWN,
	KEY_FORMAT,
	KEY_DRY_RUN,
	KEY_SEED,
	KEY_REPEAT,
	KEY_SHUFFLE,
	KEY_TIMEOUT,
	KEY_REPORT,
	KEY_PROGRESS,
	KEY_COLOUR,
	KEY_STRICT,
	KEY_REFERENCE,
	KEY_MUTANT,
	KEY_MUTANT_EVERY,
	KEY_LIST_MUTANTS,
	KEY_CRASH_STRESS
};

static const struct argp_option table[] = {
	{NULL, 0, NULL, 0, "What to check:", 1},
	{"backend", KEY_BACKEND, "NAME", 0,
	 "Only this back-end; repeatable, or a comma list; a path such as "
	 "./theirs.so loads somebody else's",
	 1},
	{"filter", KEY_FILTER, "REGEX", 0,
	 "Only clauses whose ID matches; a leading - leaves them out", 1},
	{"level", KEY_LEVEL, "LEVEL", 0,
	 "core, optional or beyond; repeatable (all)", 1},
	{"list", KEY_LIST, NULL, 0, "List the clauses and end", 1},
	{"list-markdown", KEY_LIST_MARKDOWN, NULL, 0,
	 "List every rule by section as Markdown (conformance/CLAUSES.md) and "
	 "end",
	 1},
	{"format", KEY_FORMAT, "FORMAT", 0, "Of --list: text or json", 1},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "Say what would run and end", 1},
	{NULL, 0, NULL, 0, "How to run:", 2},
	{"seed", KEY_SEED, "N", 0, "Seed of every random choice", 2},
	{"repeat", KEY_REPEAT, "N", 0,
	 "Run each cell N times; it passes if all passed (1)", 2},
	{"shuffle", KEY_SHUFFLE, NULL, 0, "Random order of the cells", 2},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0,
	 "Limit of a clause, instead of its own", 2},
	{"strict", KEY_STRICT, NULL, 0,
	 "Exit with 4 if a cell could not be judged (L, E, N)", 2},
	{"reference", KEY_REFERENCE, NULL, 0,
	 "Add a column: the same rules run against CPython's multiprocessing "
	 "(if there is python3)",
	 2},
	{NULL, 0, NULL, 0, "What to write:", 3},
	{"report", KEY_REPORT, "KIND=FILE", 0,
	 "KIND is json, junit, tap or md; repeatable", 3},
	{"progress", KEY_PROGRESS, "HOW", 0,
	 "auto, bar, plain or none, on standard error", 3},
	{"color", KEY_COLOUR, "WHEN", 0, "auto, always or never", 3},
	{"quiet", KEY_QUIET, NULL, 0, "Scores and red cells only", 3},
	{"verbose", KEY_VERBOSE, NULL, 0, "Every cell with its duration", 3},
	{NULL, 0, NULL, 0, "Check the checkers:", 4},
	{"list-mutants", KEY_LIST_MUTANTS, NULL, 0,
	 "List the faults that can be planted and end", 4},
	{"mutant", KEY_MUTANT, "NAME", 0,
	 "Plant this fault; clauses must turn red", 4},
	{"mutant-every", KEY_MUTANT_EVERY, "N", 0,
	 "Let it strike every N-th time", 4},
	{"storm", KEY_CRASH_STRESS, "KILLS", 0,
	 "Instead of clauses: kill users at random moments, so often", 4},
	{0},
};

static const char document[] =
	"Check what the back-ends promise: every clause of the rule catalogue "
	"on every back-end, each in a process of its own.\v"
	"Verdicts: P pass, F fail, U unsupported as declared, D declared "
	"unsupported yet it works, L limit of this host, C crash, "
	"T timeout, E harness error, N not run.\n\n"
	"Exit: 0 all that was selected holds; 1 a cell is red (F D C T); "
	"2 usage; 3 the harness failed; 4 with --strict: not everything could "
	"be judged; 77 nothing can run on this host; 130 interrupted.\n\n"
	"Example: ipcmark check --backend pipe,shm_ring --filter '^Q-PUT' "
	"--report json=result.json";

static _Noreturn void refuse(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static _Noreturn void refuse(const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "ipcmark check: ");
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fprintf(stderr, "\n");
	exit(EXIT_USAGE);
}

static uint64_t number(const char *option, const char *text, uint64_t least,
		       uint64_t most)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || text[0] == '-' || value < least ||
	    value > most)
		refuse("--%s wants a number from %llu to %llu, not \"%s\"",
		       option, (unsigned long long)least,
		       (unsigned long long)most, text);
	return value;
}

static _Noreturn void no_such_backend(const char *name)
{
	const struct ipcm_registry_entry *entries;
	char names[512] = "";
	size_t count, used = 0;

	entries = ipcm_registry(&count);
	for (size_t i = 0; i < count && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used,
					 "%s%s", i ? ", " : "",
					 entries[i].name);
	refuse("no back-end is called \"%s\"; there are: %s", name, names);
}

/* What argp hands to each option. */
struct parsing {
	struct options *options;
	/* By the registry's index. */
	bool asked[BACKENDS_MOST];
	/* Of shared objects. */
	const struct ipcm_backend *loaded[BACKENDS_MOST];
	const char *paths[BACKENDS_MOST];
	size_t loaded_count;
};

static void load(struct parsing *parsing, const char *path)
{
	const struct ipcm_backend *backend;
	char why[512] = "";

	if (ipcm_backend_load(path, &backend, why, sizeof(why)))
		refuse("cannot use the back-end %s: %s", path, why);
	for (size_t i = 0; i < parsing->loaded_count; i++) {
		if (parsing->loaded[i] == backend)
			return;
	}
	if (parsing->loaded_count == BACKENDS_LOADED_MOST)
		refuse("at most %d back-ends can be loaded",
		       BACKENDS_LOADED_MOST);
	path = strdup(path); /* as long as the options */
	if (!path)
		refuse("no memory");
	parsing->loaded[parsing->loaded_count] = backend;
	parsing->paths[parsing->loaded_count++] = path;
}

/* Mark a back-end as asked for; they are put in order later. */
static void ask_for(struct parsing *parsing, const char *name)
{
	const struct ipcm_registry_entry *entries;
	size_t count;

	if (backend_is_path(name)) {
		load(parsing, name);
		return;
	}
	entries = ipcm_registry(&count);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].name, name) != 0)
			continue;
		if (!entries[i].backend)
			refuse("the back-end %s was not built: %s", name,
			       entries[i].reason);
		parsing->asked[i] = true;
		return;
	}
	no_such_backend(name);
}

static void ask_for_list(struct parsing *parsing, const char *list)
{
	char *copy = strdup(list), *rest = copy, *name;

	if (!copy)
		refuse("no memory");
	while ((name = strsep(&rest, ",")))
		ask_for(parsing, name);
	free(copy);
}

static unsigned parse_level(const char *text)
{
	if (strcasecmp(text, "core") == 0)
		return 1u << LEVEL_CORE;
	if (strcasecmp(text, "optional") == 0)
		return 1u << LEVEL_OPTIONAL;
	if (strcasecmp(text, "beyond") == 0)
		return 1u << LEVEL_BEYOND;
	refuse("--level is core, optional or beyond, not \"%s\"", text);
}

static void parse_report(struct options *options, const char *text)
{
	static const char *const kinds[] = {"json", "junit", "tap", "md"};
	const char *path = strchr(text, '=');

	if (!path || !path[1])
		refuse("--report wants KIND=FILE, for example "
		       "json=result.json, not \"%s\"",
		       text);
	if (options->report_count == REPORTS_MOST)
		refuse("at most %d reports can be written", REPORTS_MOST);
	for (int kind = 0; kind < 4; kind++) {
		size_t length = (size_t)(path - text);

		if (strlen(kinds[kind]) != length ||
		    strncmp(kinds[kind], text, length) != 0)
			continue;
		options->reports[options->report_count].kind =
			(enum report_kind)kind;
		options->reports[options->report_count++].path = path + 1;
		return;
	}
	refuse("a report is json, junit, tap or md, not \"%.*s\"",
	       (int)(path - text), text);
}

static int parse_colour(const char *text)
{
	if (strcmp(text, "auto") == 0)
		return -1;
	if (strcmp(text, "always") == 0)
		return 1;
	if (strcmp(text, "never") == 0)
		return 0;
	refuse("--color is auto, always or never, not \"%s\"", text);
}

static error_t parse_selection(int key, char *text, struct parsing *parsing)
{
	struct options *options = parsing->options;

	switch (key) {
	case KEY_BACKEND:
		ask_for_list(parsing, text);
		return 0;
	case KEY_FILTER:
		options->filter = text;
		return 0;
	case KEY_LEVEL:
		options->levels |= parse_level(text);
		return 0;
	case KEY_LIST:
		options->verb = VERB_LIST;
		return 0;
	case KEY_LIST_MARKDOWN:
		options->verb = VERB_LIST_MARKDOWN;
		return 0;
	case KEY_FORMAT:
		if (strcmp(text, "json") != 0 && strcmp(text, "text") != 0)
			refuse("--format is text or json, not \"%s\"", text);
		options->list_json = strcmp(text, "json") == 0;
		return 0;
	case KEY_DRY_RUN:
		options->verb = VERB_DRY_RUN;
		return 0;
	case KEY_LIST_MUTANTS:
		options->verb = VERB_LIST_MUTANTS;
		return 0;
	case KEY_CRASH_STRESS:
		options->verb = VERB_CRASH_STRESS;
		options->crash_stress_kills =
			(unsigned)number("storm", text, 1, 1000000);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_running(int key, char *text, struct options *options)
{
	switch (key) {
	case KEY_SEED:
		options->seed = number("seed", text, 0, INT64_MAX);
		return 0;
	case KEY_REPEAT:
		options->repeat = (unsigned)number("repeat", text, 1, 100000);
		return 0;
	case KEY_TIMEOUT:
		options->timeout_s = (unsigned)number("timeout", text, 1, 3600);
		return 0;
	case KEY_SHUFFLE:
		options->shuffle = true;
		return 0;
	case KEY_STRICT:
		options->strict = true;
		return 0;
	case KEY_REFERENCE:
		options->reference = true;
		return 0;
	case KEY_MUTANT:
		options->mutant = text;
		return 0;
	case KEY_MUTANT_EVERY:
		options->mutant_every =
			(unsigned)number("mutant-every", text, 1, 1000000000);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_output(int key, char *text, struct options *options)
{
	switch (key) {
	case KEY_REPORT:
		parse_report(options, text);
		return 0;
	case KEY_PROGRESS:
		if (!progress_parse(text, &options->progress))
			refuse("--progress is auto, bar, plain or none, not "
			       "\"%s\"",
			       text);
		return 0;
	case KEY_COLOUR:
		options->colour = parse_colour(text);
		return 0;
	case KEY_QUIET:
		options->detail = REPORT_QUIET;
		return 0;
	case KEY_VERBOSE:
		options->detail = REPORT_VERBOSE;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct parsing *parsing = state->input;
	error_t result;

	if (key == ARGP_KEY_ARG)
		refuse("\"%s\" is not an option; to choose clauses use "
		       "--filter",
		       text);
	result = parse_selection(key, text, parsing);
	if (result == ARGP_ERR_UNKNOWN)
		result = parse_running(key, text, parsing->options);
	if (result == ARGP_ERR_UNKNOWN)
		result = parse_output(key, text, parsing->options);
	return result;
}

static void choose(struct options *options, const struct ipcm_backend *backend,
		   const char *name, const char *option)
{
	size_t at = options->backend_count++;

	options->backends[at] = backend;
	options->backend_names[at] = name;
	options->backend_options[at] = option;
}

/* Those asked for; without any wish all that are no fakes. */
static void choose_backends(struct options *options,
			    const struct parsing *parsing)
{
	const struct ipcm_registry_entry *entries;
	bool any = parsing->loaded_count > 0;
	size_t count;

	entries = ipcm_registry(&count);
	if (count > BACKENDS_MOST - BACKENDS_LOADED_MOST)
		count = BACKENDS_MOST - BACKENDS_LOADED_MOST;
	for (size_t i = 0; i < count; i++)
		any = any || parsing->asked[i];
	for (size_t i = 0; i < count; i++) {
		const struct ipcm_backend *backend = entries[i].backend;

		if (backend && (any ? parsing->asked[i]
				    : !(backend->capabilities & IPCM_CAP_FAKE)))
			choose(options, backend, entries[i].name,
			       entries[i].name);
	}
	for (size_t i = 0; i < parsing->loaded_count; i++)
		choose(options, parsing->loaded[i], parsing->loaded[i]->name,
		       parsing->paths[i]);
}

static uint64_t fresh_seed(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 12) % 1000000;
}

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	(void)fprintf(to, "ipcmark check %s\n", IPCM_VERSION_STRING);
}

void options_parse(int argc, char **argv, struct options *ret_options)
{
	static const struct argp argp = {table, parse, "",  document,
					 NULL,	NULL,  NULL};
	static char name[] = "ipcmark check";
	struct parsing parsing = {.options = ret_options};

	memset(ret_options, 0, sizeof(*ret_options));
	ret_options->repeat = 1;
	ret_options->colour = -1;
	ret_options->detail = REPORT_NORMAL;
	ret_options->seed = fresh_seed();
	/* argp takes the program's name from here, in --help and errors */
	argv[0] = name;
	argp_program_version_hook = print_version;
	argp_err_exit_status = EXIT_USAGE;
	(void)argp_parse(&argp, argc, argv, 0, NULL, &parsing);
	choose_backends(ret_options, &parsing);
}
