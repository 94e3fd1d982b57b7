/* SPDX-License-Identifier: MIT */
/*
 * The command line, by argp. Whatever is wrong with it is told in one sentence
 * with the way out, and the program ends with exit code 2.
 */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "oneway_batch.h"
#include "record/mutant.h"

const char *argp_program_version = "ipcmark bench " IPCM_VERSION_STRING;

enum key {
	KEY_IFACE = 256,
	KEY_SCENARIO,
	KEY_SIZE,
	KEY_PIN,
	KEY_WAIT,
	KEY_BATCH,
	KEY_SEED,
	KEY_QUICK,
	KEY_FULL,
	KEY_BUDGET,
	KEY_LIST,
	KEY_DRY_RUN,
	KEY_REPORT,
	KEY_FORMAT,
	KEY_PROGRESS,
	KEY_COLOR,
	KEY_PEERS,
	KEY_MUTANT,
	KEY_MUTANT_EVERY,
	KEY_TIMEOUT,
	KEY_DURATION,
	KEY_COUNTS,
};

static const struct argp_option table[] = {
	{0, 0, 0, 0, "What to measure:", 1},
	{"filter", 'f', "REGEX", 0,
	 "Cells whose id matches (POSIX extended); a leading - takes those "
	 "that do not; repeatable",
	 1},
	{"backend", 'b', "NAME,..", 0,
	 "Back-ends, with the raw mechanism of each; null is a fake that "
	 "only runs when named; a path such as ./theirs.so loads somebody "
	 "else's",
	 1},
	{"iface", KEY_IFACE, "NAME,..", 0,
	 "queue, pipe, lock, rlock, semaphore, event, condition, barrier, raw, "
	 "rival",
	 1},
	{"scenario", KEY_SCENARIO, "NAME,..", 0,
	 "oneway, many, load, depth, idle, roundtrip, alternate, "
	 "lock_uncontended, lock_contended, uncontended, nested, is_set, "
	 "contended, handover, rounds, startup, recovery, recovery_get, recovery_put, "
	 "endurance, pingpong, empty",
	 1},
	{"size", KEY_SIZE, "LIST", 0,
	 "Message sizes in bytes: 64,1K,64K or 1K..64K*4", 1},
	{"pin", KEY_PIN, "1cpu|2cpu|free,..", 0,
	 "Where the processes run (default 2cpu and 1cpu)", 1},
	{"wait", KEY_WAIT, "block|spin,..", 0,
	 "How a queue waits: sleep at once, or spin 50 us first", 1},
	{"batch", KEY_BATCH, "LIST", 0, "Messages a call of a queue", 1},
	{"peers", KEY_PEERS, 0, 0,
	 "Also run other people's libraries that were built in: "
	 "Boost.Interprocess, ZeroMQ, nng, CPython's multiprocessing; 20 s more "
	 "with --quick, eight minutes with --full",
	 1},
	{"counts", KEY_COUNTS, "none|few|all", OPTION_ARG_OPTIONAL,
	 "Count system calls, allocations, instructions and memory, apart from "
	 "the timing: few is 64 B one way and there and back on one CPU (what "
	 "--quick does), all (without = too) is what --full does",
	 1},
	{0, 0, 0, 0, "How long:", 2},
	{"quick", KEY_QUICK, 0, 0,
	 "What the report needs, in two minutes (default)", 2},
	{"full", KEY_FULL, 0, 0,
	 "Every size, placement and wait; 11 repetitions; two hours", 2},
	{"budget", KEY_BUDGET, "SECONDS", 0, "Fit the run into this time", 2},
	{"repeat", 'r', "N", 0, "Repetitions (5; 11 with --full)", 2},
	{"seed", KEY_SEED, "N", 0, "Order of the cells and message contents",
	 2},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0,
	 "Longest time of one sample (20)", 2},
	{"duration", KEY_DURATION, "SECONDS", 0,
	 "Length of the scenario endurance (60)", 2},
	{0, 0, 0, 0, "What to print:", 3},
	{"list", KEY_LIST, 0, 0, "Print the ids of the cells and end", 3},
	{"dry-run", KEY_DRY_RUN, 0, 0,
	 "Print the plan and the time it takes, and end", 3},
	{"report", KEY_REPORT, "KIND=FILE", 0,
	 "Write json, csv or md to a file, - is standard output; repeatable",
	 3},
	{"format", KEY_FORMAT, "table|csv|json", 0,
	 "What goes to standard output (table)", 3},
	{"progress", KEY_PROGRESS, "auto|bar|plain|none", 0,
	 "Progress on standard error", 3},
	{"color", KEY_COLOR, "auto|always|never", 0, "Colours", 3},
	{"quiet", 'q', 0, 0, "Only results and errors", 3},
	{"verbose", 'v', 0, 0, "A progress line for every sample", 3},
	{0, 0, 0, 0, "Testing the meter itself:", 4},
	{"mutant", KEY_MUTANT, "NAME", 0,
	 "Break the back-ends on purpose, for example drop", 4},
	{"mutant-every", KEY_MUTANT_EVERY, "N", 0,
	 "Let the mutant strike every Nth time (each has a default)", 4},
	{0}};

static const char doc[] =
	"Measure queues, pipes and locks over every back-end, beside the raw "
	"mechanisms and the floors of this machine. A row whose messages did "
	"not all arrive once, in order and intact is void and has no number."
	"\vExit codes: 0 done; 2 bad usage, or the filter matches nothing; "
	"3 something needed failed; 77 nothing can run here; 130 interrupted "
	"(what was done is kept).";

__attribute__((format(printf, 2, 3))) _Noreturn static void refuse(
	const struct argp_state *state, const char *format, ...)
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

static uint64_t parse_count(const struct argp_state *state, const char *option,
			    const char *text, uint64_t low, uint64_t high)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < low ||
	    value > high)
		refuse(state,
		       "--%s wants a whole number from %" PRIu64 " to %" PRIu64
		       ", not \"%s\"",
		       option, low, high, text);
	return value;
}

static double parse_seconds(const struct argp_state *state, const char *option,
			    const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value <= 0 ||
	    value > 1e6)
		refuse(state,
		       "--%s wants a number of seconds above 0, not "
		       "\"%s\"",
		       option, text);
	return value;
}

static void parse_names(const struct argp_state *state, const char *option,
			const char *text, struct name_list *list)
{
	char why[LIST_WHY_BYTES];

	if (!name_list_parse(list, text, why))
		refuse(state, "--%s %s: %s", option, text, why);
}

/* Names from a fixed set; NULL ends it. */
static void parse_known(const struct argp_state *state, const char *option,
			const char *text, struct name_list *list,
			const char *const *known, const char *known_text)
{
	size_t before = list->count;

	parse_names(state, option, text, list);
	for (size_t i = before; i < list->count; i++) {
		const char *const *name = known;

		while (*name && strcmp(*name, list->name[i]))
			name++;
		if (!*name)
			refuse(state, "--%s knows %s, not \"%s\"", option,
			       known_text, list->name[i]);
	}
}

static void parse_scenarios(const struct argp_state *state, const char *text,
			    struct name_list *list)
{
	size_t before = list->count;

	parse_names(state, "scenario", text, list);
	for (size_t i = before; i < list->count; i++)
		if (!plan_knows_scenario(list->name[i]))
			refuse(state,
			       "there is no scenario \"%s\"; --list "
			       "shows what there is",
			       list->name[i]);
}

static void parse_sizes(const struct argp_state *state, const char *option,
			const char *text, struct size_list *list, size_t low,
			size_t high)
{
	char why[LIST_WHY_BYTES];

	if (!size_list_parse(list, text, low, high, why))
		refuse(state, "--%s %s: %s", option, text, why);
}

static void parse_filter(const struct argp_state *state, const char *text,
			 struct plan_options *plan)
{
	struct plan_filter *filter = &plan->filter[plan->filter_count];
	char why[128];
	int error;

	if (plan->filter_count == FILTER_MAX)
		refuse(state, "more than %d filters; join them with |",
		       FILTER_MAX);
	filter->negated = *text == '-';
	error = regcomp(&filter->regex, text + filter->negated,
			REG_EXTENDED | REG_NOSUB);
	if (error) {
		regerror(error, &filter->regex, why, sizeof(why));
		refuse(state, "--filter %s is no regular expression (%s)", text,
		       why);
	}
	plan->filter_count++;
}

/* Position of a word in a list, or usage error. */
static int parse_word(const struct argp_state *state, const char *option,
		      const char *text, const char *const *words,
		      const char *words_text)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	refuse(state, "--%s is %s, not \"%s\"", option, words_text, text);
}

static void parse_report(const struct argp_state *state, char *text,
			 struct options *options)
{
	static const char *const kinds[] = {"json", "csv", "md", NULL};
	struct report_order *report = &options->report[options->report_count];
	char *equals = strchr(text, '=');

	if (options->report_count == REPORT_MAX)
		refuse(state, "more than %d reports", REPORT_MAX);
	if (!equals || !equals[1])
		refuse(state,
		       "--report is written KIND=FILE, for example "
		       "json=result.json, not \"%s\"",
		       text);
	*equals = '\0';
	report->kind = (enum report_kind)parse_word(state, "report", text,
						    kinds, "json, csv or md");
	*equals = '=';
	report->path = equals + 1;
	options->report_count++;
}

static bool parse_selection(int key, char *text, const struct argp_state *state)
{
	static const char *const ifaces[] = {
		"queue",     "pipe",	"lock", "rlock", "semaphore", "event",
		"condition", "barrier", "raw",	"rival", NULL};
	static const char *const pins[] = {"1cpu", "2cpu", "free", NULL};
	static const char *const waits[] = {"block", "spin", NULL};
	static const char *const counts[] = {"none", "few", "all", NULL};
	struct options *options = state->input;
	struct plan_options *plan = &options->plan;

	switch (key) {
	case 'f':
		parse_filter(state, text, plan);
		return true;
	case 'b':
		parse_names(state, "backend", text, &plan->backend_names);
		return true;
	case KEY_IFACE:
		parse_known(state, "iface", text, &plan->ifaces, ifaces,
			    "queue, pipe, lock, rlock, semaphore, event, "
			    "condition, barrier, raw and rival");
		return true;
	case KEY_SCENARIO:
		parse_scenarios(state, text, &plan->scenarios);
		return true;
	case KEY_SIZE:
		parse_sizes(state, "size", text, &plan->sizes,
			    PAYLOAD_MIN_BYTES, MESSAGE_MAX_BYTES);
		return true;
	case KEY_PIN:
		parse_known(state, "pin", text, &plan->pins, pins,
			    "1cpu, 2cpu and free");
		return true;
	case KEY_WAIT:
		parse_known(state, "wait", text, &plan->waits, waits,
			    "block and spin");
		return true;
	case KEY_BATCH:
		parse_sizes(state, "batch", text, &plan->batches, 1, BATCH_MAX);
		return true;
	case KEY_PEERS:
		plan->peers = true;
		return true;
	case KEY_COUNTS:
		options->counts =
			parse_word(state, "counts", text ? text : "all", counts,
				   "none, few or all");
		return true;
	default:
		return false;
	}
}

static bool parse_effort(int key, const char *text,
			 const struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_QUICK:
		options->plan.full = false;
		return true;
	case KEY_FULL:
		options->plan.full = true;
		return true;
	case KEY_BUDGET:
		options->budget_s = parse_seconds(state, "budget", text);
		return true;
	case 'r':
		options->repetitions =
			(unsigned)parse_count(state, "repeat", text, 1, 1000);
		return true;
	case KEY_SEED:
		options->seed = parse_count(state, "seed", text, 0, UINT64_MAX);
		return true;
	case KEY_TIMEOUT:
		options->timeout_s = parse_seconds(state, "timeout", text);
		return true;
	case KEY_DURATION:
		options->duration_s = parse_seconds(state, "duration", text);
		if (options->duration_s > ENDURANCE_MAX_S)
			refuse(state, "--duration is %d seconds at most",
			       ENDURANCE_MAX_S);
		return true;
	case KEY_MUTANT:
		options->mutant = text;
		return true;
	case KEY_MUTANT_EVERY:
		options->mutant_every = (unsigned)parse_count(
			state, "mutant-every", text, 1, 1000000000);
		return true;
	default:
		return false;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	static const char *const formats[] = {"table", "csv", "json", NULL};
	static const char *const colours[] = {"never", "always", "auto", NULL};
	struct options *options = state->input;

	if (parse_selection(key, text, state) || parse_effort(key, text, state))
		return 0;
	switch (key) {
	case KEY_LIST:
		options->list = true;
		return 0;
	case KEY_DRY_RUN:
		options->dry_run = true;
		return 0;
	case KEY_REPORT:
		parse_report(state, text, options);
		return 0;
	case KEY_FORMAT:
		options->format = (enum out_format)parse_word(
			state, "format", text, formats, "table, csv or json");
		return 0;
	case KEY_PROGRESS:
		if (!record_progress_parse(text, &options->progress))
			refuse(state,
			       "--progress is auto, bar, plain or none, "
			       "not \"%s\"",
			       text);
		return 0;
	case KEY_COLOR:
		options->colour = parse_word(state, "color", text, colours,
					     "auto, always or never");
		options->colour = options->colour == 2 ? -1 : options->colour;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose++;
		return 0;
	case ARGP_KEY_ARG:
		refuse(state,
		       "\"%s\" is not understood; cells are chosen with "
		       "--filter",
		       text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static uint64_t random_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)time(NULL);
	/* short enough to be typed again */
	return seed % 1000000000;
}

void options_parse(int argc, char **argv, struct options *ret_options)
{
	static char name[] = "ipcmark bench";
	const struct argp argp = {table, parse, NULL, doc, NULL, NULL, NULL};
	char *saved = argv[0];

	memset(ret_options, 0, sizeof(*ret_options));
	ret_options->seed = random_seed();
	ret_options->timeout_s = 20;
	ret_options->duration_s = ENDURANCE_DEFAULT_S;
	ret_options->counts = -1;
	ret_options->colour = -1;
	ret_options->progress = PROGRESS_AUTO;
	argp_err_exit_status = EXIT_USAGE;
	argv[0] = name;
	argp_parse(&argp, argc, argv, 0, NULL, ret_options);
	argv[0] = saved;
	if (ret_options->quiet)
		ret_options->progress = PROGRESS_NONE;
}

static bool is_fake(const struct ipcm_registry_entry *entry)
{
	return entry->backend && entry->backend->capabilities & IPCM_CAP_FAKE;
}

static bool is_loaded(const struct options *options,
		      const struct ipcm_backend *backend)
{
	for (size_t i = 0; i < options->loaded_count; i++)
		if (options->loaded[i] == backend)
			return true;
	return false;
}

static bool is_loaded_name(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->loaded_count; i++)
		if (!strcmp(options->loaded[i]->name, name))
			return true;
	return false;
}

static void check_names(const struct options *options,
			const struct ipcm_registry_entry *entries, size_t count)
{
	const struct name_list *names = &options->plan.backend_names;
	char known[256] = "";

	for (size_t i = 0; i < count; i++) {
		size_t at = strlen(known);

		snprintf(known + at, sizeof(known) - at, "%s%s", i ? ", " : "",
			 entries[i].name);
	}
	for (size_t n = 0; n < names->count; n++) {
		size_t i = 0;

		while (i < count && strcmp(entries[i].name, names->name[n]))
			i++;
		if (i == count && !is_loaded_name(options, names->name[n]))
			refuse(NULL,
			       "there is no back-end \"%s\"; there are "
			       "%s",
			       names->name[n], known);
	}
}

static void check_mutant(const char *wanted)
{
	char known[1024] = "";

	for (size_t i = 0; mutant_name(i); i++) {
		size_t at = strlen(known);

		if (!strcmp(mutant_name(i), wanted))
			return;
		snprintf(known + at, sizeof(known) - at, "%s%s", i ? ", " : "",
			 mutant_name(i));
	}
	refuse(NULL, "there is no mutant \"%s\"; there are %s", wanted, known);
}

static void wrap(struct options *options, struct plan_backend *backend)
{
	char why[256] = "no reason given";

	if (!options->mutant || !backend->backend)
		return;
	check_mutant(options->mutant);
	backend->backend = mutant_wrap(backend->backend, options->mutant,
				       options->mutant_every, why, sizeof(why));
	if (!backend->backend)
		refuse(NULL, "--mutant %s: %s", options->mutant, why);
}

/* Load the shared objects among the names. From here on each bears the name
 * that its descriptor has, in ids and everywhere. */
static void load_paths(struct options *options)
{
	struct name_list *names = &options->plan.backend_names;

	for (size_t n = 0; n < names->count; n++) {
		const struct ipcm_backend *backend;
		char why[512] = "";

		if (!record_backend_is_path(names->name[n]))
			continue;
		if (ipcm_backend_load(names->name[n], &backend, why,
				      sizeof(why)))
			refuse(NULL, "cannot use the back-end %s: %s",
			       names->name[n], why);
		free(names->name[n]);
		names->name[n] = strdup(backend->name);
		if (!names->name[n])
			refuse(NULL, "no memory");
		if (!is_loaded(options, backend))
			options->loaded[options->loaded_count++] = backend;
	}
}

static void add_backend(struct options *options, const char *name,
			const struct ipcm_backend *descriptor,
			const char *reason)
{
	struct plan_backend *backend =
		&options->backend[options->plan.backend_count];

	if (options->plan.backend_count == BACKEND_MAX)
		refuse(NULL, "more than %d back-ends", BACKEND_MAX);
	backend->name = name;
	backend->backend = descriptor;
	backend->reason = reason;
	wrap(options, backend);
	options->plan.backend_count++;
}

void options_resolve_backends(struct options *options)
{
	size_t count;
	const struct ipcm_registry_entry *entries = ipcm_registry(&count);
	const struct name_list *names = &options->plan.backend_names;

	load_paths(options);
	check_names(options, entries, count);
	for (size_t i = 0; i < count; i++)
		if (name_list_holds(names, entries[i].name) &&
		    (!is_fake(&entries[i]) || names->count))
			add_backend(options, entries[i].name,
				    entries[i].backend, entries[i].reason);
	for (size_t i = 0; i < options->loaded_count; i++)
		add_backend(options, options->loaded[i]->name,
			    options->loaded[i], NULL);
	options->plan.backend = options->backend;
}
