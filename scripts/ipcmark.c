/* SPDX-License-Identifier: MIT */
/*
 * The command `ipcmark`. It knows the verbs and where their programs lie, and
 * answers list, version and help by itself; for any other verb it executes
 * the program ipcmark-VERB.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipcmark/backend.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/cli_backends.h"
#include "reports/cliutil/exit_code.h"
#include "reports/hostinfo/hostinfo.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct verb {
	const char *name;
	const char *summary;
	/** NULL: becomes the program ipcmark-NAME. */
	int (*run)(int argc, char **argv);
};

static int run_list(int argc, char **argv);
static int run_export(int argc, char **argv);
static int run_compare(int argc, char **argv);
static int run_baseline(int argc, char **argv);
static int run_selftest(int argc, char **argv);
static int run_version(int argc, char **argv);
static int run_help(int argc, char **argv);

static const struct verb verbs[] = {
	{"list", "back-ends, and whether they can work here", run_list},
	{"env", "this host and build, with advice on its limits", NULL},
	{"check", "check that the back-ends conform to the rules", NULL},
	{"bench", "measure the back-ends", NULL},
	{"report", "make a report from results", NULL},
	{"gate", "is one build slower than another?", NULL},
	{"baseline", "put the counts of a build into a file for the gate",
	 run_baseline},
	{"compare", "the same rows in several result files", run_compare},
	{"export", "results in the layouts of other programs", run_export},
	{"selftest", "check the checkers: is every injected fault caught?",
	 run_selftest},
	{"version", "version and facts of the build", run_version},
	{"help", "this, or the help of a verb", run_help},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < LENGTH(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/* This program's own folder, without the last slash. */
static bool own_folder(char *ret_path, size_t bytes)
{
	ssize_t length = readlink("/proc/self/exe", ret_path, bytes - 1);
	char *slash;

	if (length <= 0)
		return false;
	ret_path[length] = '\0';
	slash = strrchr(ret_path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* Become ipcmark-NAME: beside this program in a build folder, in libexec when
 * installed. Returns only if there is none. */
static int become(const char *name, char **argv)
{
	static const char *const folders[] = {".", IPCMARK_LIBEXEC};
	char own[PATH_MAX], path[2 * PATH_MAX], shown[64];

	snprintf(shown, sizeof(shown), "ipcmark %s", name);
	argv[0] = shown;
	if (!own_folder(own, sizeof(own))) {
		fprintf(stderr,
			"ipcmark: /proc/self/exe cannot be read, so "
			"the program for \"%s\" cannot be found; mount "
			"/proc\n",
			name);
		return EXIT_INTERNAL;
	}
	for (size_t i = 0; i < LENGTH(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s/ipcmark-%s", own,
			 folders[i], name);
		execv(path, argv);
		if (errno == ENOENT)
			continue;
		fprintf(stderr, "ipcmark: cannot start ipcmark-%s (%s)\n", name,
			strerror(errno));
		return EXIT_INTERNAL;
	}
	fprintf(stderr,
		"ipcmark: the program ipcmark-%s is not here: this "
		"build left it out because something it needs was missing; "
		"see the messages of cmake\n",
		name);
	return EXIT_INTERNAL;
}

static int print_help(FILE *out)
{
	fputs("Usage: ipcmark VERB [OPTION...]\n\n"
	      "Compare the mechanisms by which processes communicate on Linux: "
	      "whether they\nconform to the same rules, and what they "
	      "cost.\n\n",
	      out);
	for (size_t i = 0; i < LENGTH(verbs); i++)
		fprintf(out, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\nThe main job:\n"
	      "  ipcmark check --report json=check.json\n"
	      "  ipcmark bench --report json=bench.json\n"
	      "  ipcmark report check.json bench.json\n\n"
	      "\"ipcmark help VERB\" tells more. Exit status: 0 pass, 1 a "
	      "verdict against it,\n2 usage, 3 something failed, 4 no verdict "
	      "where one was required, 77 nothing can\nrun here, 130 "
	      "interrupted.\n",
	      out);
	return EXIT_PASS;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* How many letters must be changed, added or dropped to get from a to b. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], length = strlen(b);

	if (length >= LENGTH(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(corner + (a[i] != b[j]), above + 1,
					   row[j] + 1);
			corner = above;
		}
	}
	return row[length];
}

static const char *nearest_verb(const char *name)
{
	const char *nearest = NULL;
	size_t best = 3;

	for (size_t i = 0; i < LENGTH(verbs); i++) {
		size_t away = distance(name, verbs[i].name);

		if (away < best) {
			best = away;
			nearest = verbs[i].name;
		}
	}
	return nearest;
}

static int refuse_verb(const char *name)
{
	const char *nearest = nearest_verb(name);

	fprintf(stderr, "ipcmark: no verb is called \"%s\"; there are: ", name);
	for (size_t i = 0; i < LENGTH(verbs); i++)
		fprintf(stderr, "%s%s", i ? ", " : "", verbs[i].name);
	if (nearest)
		fprintf(stderr, ". Did you mean \"%s\"?", nearest);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static int run_help(int argc, char **argv)
{
	char *arguments[] = {argv[0], (char *)(uintptr_t) "--help", NULL};
	const struct verb *verb;

	if (argc < 2)
		return print_help(stdout);
	verb = find_verb(argv[1]);
	if (!verb)
		return refuse_verb(argv[1]);
	if (verb->run == run_help)
		return print_help(stdout);
	if (verb->run)
		return verb->run(2, arguments);
	return become(verb->name, arguments);
}

static bool is_help(const char *argument)
{
	return !strcmp(argument, "--help") || !strcmp(argument, "-?") ||
	       !strcmp(argument, "-h");
}

static int refuse_argument(const char *verb, const char *argument)
{
	fprintf(stderr,
		"ipcmark %s: \"%s\" is not known; see \"ipcmark help "
		"%s\"\n",
		verb, argument, verb);
	return EXIT_USAGE;
}

static int run_version(int argc, char **argv)
{
	json_t *build;
	const char *compiler, *version, *type;

	if (argc > 1 && is_help(argv[1])) {
		puts("Usage: ipcmark version\nPrint the version and how this "
		     "was built; \"ipcmark env\" has all facts.");
		return EXIT_PASS;
	}
	if (argc > 1)
		return refuse_argument("version", argv[1]);
	build = build_json();
	if (!json_unpack(build, "{s:s, s:s, s:s}", "compiler", &compiler,
			 "compiler_version", &version, "type", &type))
		printf("ipcmark %s (%s %s, %s)\n", IPCMARK_VERSION, compiler,
		       version, type);
	json_decref(build);
	return EXIT_PASS;
}

/* The names of features of one kind, or of capabilities, in one line. */
static void print_features(const struct ipcm_feature *feature, bool native)
{
	const char *comma = "";

	printf("  %-10s", native ? "native" : "emulated");
	for (; feature && feature->name; feature++) {
		if (feature->native != native)
			continue;
		printf("%s%s", comma, feature->name);
		comma = ", ";
	}
	puts(*comma ? "" : "nothing");
}

static void print_capabilities(uint32_t capabilities)
{
	static const struct {
		uint32_t bit;
		const char *words;
	} known[] = {
		{IPCM_CAP_POLLABLE, "a descriptor to poll"},
		{IPCM_CAP_SYNC_PUT, "what was put can be got at once"},
		{IPCM_CAP_GLOBAL_FIFO, "order between producers"},
		{IPCM_CAP_FAKE, "a fake: runs only when named"},
	};
	const char *comma = "";

	printf("  %-10s", "offers");
	for (size_t i = 0; i < LENGTH(known); i++) {
		if (!(capabilities & known[i].bit))
			continue;
		printf("%s%s", comma, known[i].words);
		comma = ", ";
	}
	puts(*comma ? "" : "nothing beyond the common rules");
}

static void print_objects(const struct ipcm_backend *backend)
{
	printf("  %-10s%s%s%s%s%s\n", "objects", backend->queue ? "queue " : "",
	       backend->pipe ? "pipe " : "", backend->lock ? "lock " : "",
	       backend->not_offered ? "; not all: " : "",
	       backend->not_offered ? backend->not_offered : "");
}

/* @return whether it can work here */
static bool print_backend(const struct ipcm_backend *backend)
{
	char why[512] = "";
	bool works = backend->probe(why, sizeof(why)) == IPCM_OK;

	printf("%-12s%s\n", backend->name, backend->summary);
	printf("  %-10s%s%s\n", "here",
	       works ? "works" : "does not work: ", works ? "" : why);
	print_objects(backend);
	print_capabilities(backend->capabilities);
	print_features(backend->features, true);
	print_features(backend->features, false);
	return works;
}

static bool print_entry(const struct ipcm_registry_entry *entry)
{
	if (entry->backend)
		return print_backend(entry->backend);
	printf("%-12snot built: %s\n", entry->name,
	       entry->reason ? entry->reason : "no reason is known");
	return false;
}

static int list_backends(void)
{
	size_t count, working = 0;
	const struct ipcm_registry_entry *entries = ipcm_registry(&count);

	for (size_t i = 0; i < count; i++) {
		bool works = print_entry(&entries[i]);

		working += works &&
			   !(entries[i].backend->capabilities & IPCM_CAP_FAKE);
	}
	return working ? EXIT_PASS : EXIT_UNAVAILABLE;
}

static int list_named(int argc, char **argv)
{
	const char *value = strchr(argv[1], '=');
	struct cli_backends backends = {0};
	int worst = EXIT_PASS;

	cli_start("ipcmark list");
	cli_backends_add(&backends, value      ? value + 1
				    : argc > 2 ? argv[2]
					       : "");
	cli_backends_finish(&backends);
	for (size_t i = 0; i < backends.count; i++) {
		const struct cli_backend *one = &backends.list[i];

		if (!print_entry(&(struct ipcm_registry_entry){
			    one->name, one->backend, one->reason}))
			worst = EXIT_UNAVAILABLE;
	}
	return worst;
}

static int help_list(void)
{
	puts("Usage: ipcmark list\n"
	     "  or:  ipcmark list --backend NAME,...\n"
	     "  or:  ipcmark list --cells [OPTION of ipcmark bench...]\n"
	     "  or:  ipcmark list --clauses [OPTION of ipcmark check...]\n\n"
	     "List the back-ends with their capabilities, their native and "
	     "emulated features, and\nwhether they can work here.\n\n"
	     "  -b, --backend=NAME,...     only these back-ends; a path such "
	     "as ./new.so loads\n"
	     "                             one from a shared object\n"
	     "      --cells                list what ipcmark bench would "
	     "measure\n"
	     "      --clauses              list what ipcmark check would "
	     "check\n"
	     "  -?, --help                 give this help list\n\n"
	     "Exit status: 0 listed, 2 usage, 77 no back-end can work here.");
	return EXIT_PASS;
}

static int run_list(int argc, char **argv)
{
	char *option = argc > 1 ? argv[1] : NULL;

	if (!option)
		return list_backends();
	if (is_help(option))
		return help_list();
	if (!strcmp(option, "-b") || !strcmp(option, "--backend") ||
	    !strncmp(option, "--backend=", 10))
		return list_named(argc, argv);
	argv[1] = (char *)(uintptr_t) "--list";
	if (!strcmp(option, "--cells"))
		return become("bench", argv);
	if (!strcmp(option, "--clauses"))
		return become("check", argv);
	return refuse_argument("list", option);
}

/* A verb whose program is that of another one, which gets it as its first
 * argument. */
static int become_part(const char *program, const char *verb, int argc,
		       char **argv)
{
	char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));

	if (!arguments)
		return EXIT_INTERNAL;
	arguments[1] = (char *)(uintptr_t)verb;
	for (int i = 1; i < argc; i++)
		arguments[i + 1] = argv[i];
	return become(program, arguments);
}

/* ipcmark-report reads result files. */
static int run_compare(int argc, char **argv)
{
	return become_part("report", "compare", argc, argv);
}

static int run_export(int argc, char **argv)
{
	return become_part("report", "export", argc, argv);
}

static int run_baseline(int argc, char **argv)
{
	return become_part("gate", "baseline", argc, argv);
}

/* ipcmark-check has the clauses and the faults, ipcmark-bench has the
 * measurements, ipcmark-gate the comparison of builds. */
static int run_selftest(int argc, char **argv)
{
	bool of_bench = argc > 1 && !strcmp(argv[1], "bench");

	if (argc > 1 && !strcmp(argv[1], "gate"))
		return become_part("gate", "selftest", argc, argv);
	if (argc > 1 && is_help(argv[1])) {
		puts("There are also \"ipcmark selftest bench\", which checks "
		     "the measurements, and\n\"ipcmark selftest gate\", which "
		     "checks the comparison of builds; each has a --help.\n");
		fflush(stdout);
	}
	if (argc > 1 && !strcmp(argv[1], "meter")) {
		cli_renamed("selftest meter", "selftest bench");
		of_bench = true;
	}
	return become_part(of_bench ? "bench" : "check", "selftest", argc,
			   argv);
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	cli_start("ipcmark");
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (is_help(argv[1]))
		return print_help(stdout);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return run_version(1, argv);
	verb = find_verb(argv[1]);
	if (!verb)
		return refuse_verb(argv[1]);
	if (verb->run)
		return verb->run(argc - 1, argv + 1);
	return become(verb->name, argv + 1);
}
