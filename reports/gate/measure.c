/* SPDX-License-Identifier: MIT */
/* One run of `ipcmark bench`, and the document that it writes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "command.h"
#include "gate.h"
#include "notes.h"
#include "reports/cliutil/interrupt.h"
#include "reports/bundle/load.h"
#include "reports/cliutil/exit_code.h"

enum { ARGUMENTS_MAX = 24 + FILTERS_MOST };

/* Of a reading; its shortest sample is what counts. */
#define SAMPLES "--repeat=5"

struct arguments {
	const char *list[ARGUMENTS_MAX];
	size_t count;
};

static void add(struct arguments *arguments, const char *word)
{
	if (arguments->count + 1 < ARGUMENTS_MAX)
		arguments->list[arguments->count++] = word;
}

static void begin(struct gate *gate, enum gate_which which,
		  struct arguments *arguments)
{
	const struct gate_side *side = &gate->side[which];

	*arguments = (struct arguments){.count = 0};
	add(arguments, side->program);
	add(arguments, "bench");
	add(arguments, "--quick");
	add(arguments, "--quiet");
	add(arguments, "--progress=none");
	/* both sides of a block have the same message contents */
	add(arguments,
	    pool_print(gate->mem_pool, "--seed=%llu",
		       (unsigned long long)gate->seed + gate->screen_blocks +
			       gate->confirm_blocks));
	if (side->backend)
		add(arguments,
		    pool_print(gate->mem_pool, "--backend=%s", side->backend));
}

/* Then the log is empty, too. */
static void say_if_full(const char *folder)
{
	struct statvfs facts;

	if (!statvfs(folder, &facts) && !facts.f_bavail)
		fprintf(stderr,
			"ipcmark gate: there is no space left where %s is\n",
			folder);
}

static struct model *run(struct gate *gate, enum gate_which which,
			 struct arguments *arguments, char *path)
{
	const char *log =
		pool_print(gate->mem_pool, "%s/bench.log", gate->folder);
	struct model *model;
	json_t *bundle;
	int code;

	add(arguments, pool_print(gate->mem_pool, "--report=json=%s", path));
	code = command_run(arguments->list, log);
	/* it ended early, and main() says so */
	if (interrupt_requested)
		return NULL;
	if (code) {
		fprintf(stderr,
			"ipcmark gate: bench of %s ended with %d; the last "
			"lines of %s:\n",
			gate->side[which].name, code, log);
		command_tail(log, 5);
		say_if_full(gate->folder);
		return NULL;
	}
	bundle = load_files_whole(&path, 1);
	if (!bundle)
		return NULL;
	model = model_create(bundle);
	gate_see_result(gate, which, model);
	return model;
}

static void add_filters(struct gate *gate, struct arguments *arguments,
			const char *choice)
{
	for (size_t i = 0; i < gate->filters.count; i++)
		add(arguments, pool_print(gate->mem_pool, "--filter=%s",
					  gate->filters.list[i].text));
	if (!filters_narrow(&gate->filters))
		add(arguments,
		    pool_print(gate->mem_pool, "--filter=%s", choice));
	add(arguments, "--filter=-^raw/");
}

/* Older ones search for the number of messages in every run. */
static bool takes_iterations(struct gate *gate, enum gate_which which)
{
	struct gate_side *side = &gate->side[which];
	const char *const ask[] = {side->program, "bench", "--iterations=1",
				   "--list", NULL};

	if (side->iterations == SIDE_NOT_ASKED)
		side->iterations = command_run(ask, pool_print(gate->mem_pool,
							       "%s/options.log",
							       gate->folder))
					   ? SIDE_TAKES_NONE
					   : SIDE_TAKES;
	return side->iterations == SIDE_TAKES;
}

struct model *measure(struct gate *gate, enum gate_which which,
		      enum measured what, const char *choice)
{
	static const char *const names[GATE_SIDES] = {"base", "head"};
	struct arguments arguments;
	char *path = pool_print(gate->mem_pool, "%s/%04u-%s-%s.json",
				gate->folder, gate->documents++,
				what == MEASURE_COUNTS ? "counts" : "times",
				names[which]);

	begin(gate, which, &arguments);
	add(&arguments, "--repeat=1");
	add(&arguments,
	    what == MEASURE_COUNTS ? "--counts=all" : "--counts=none");
	/* of the sample of times only its context switches are used */
	if (what == MEASURE_COUNTS && takes_iterations(gate, which))
		add(&arguments, "--iterations=4000");
	add_filters(gate, &arguments, choice);
	return run(gate, which, &arguments, path);
}

struct model *measure_row(struct gate *gate, enum gate_which which,
			  const struct gate_row *row)
{
	struct arguments arguments;
	char *path =
		pool_print(gate->mem_pool, "%s/reading.json", gate->folder);
	struct model *model;

	begin(gate, which, &arguments);
	add(&arguments, SAMPLES);
	add(&arguments, "--counts=none");
	if (row->iterations && takes_iterations(gate, GATE_BASE) &&
	    takes_iterations(gate, GATE_HEAD))
		add(&arguments,
		    pool_print(gate->mem_pool, "--iterations=%llu",
			       (unsigned long long)row->iterations));
	add(&arguments, pool_print(gate->mem_pool, "--filter=^%s$", row->id));
	add(&arguments, "--filter=-^raw/");
	model = run(gate, which, &arguments, path);
	(void)unlink(path);
	return model;
}

int measure_open(struct gate *gate)
{
	const char *path =
		pool_print(gate->mem_pool, "%s/readings.csv", gate->folder);

	gate->readings = fopen(path, "we");
	if (gate->readings &&
	    fputs("block,side,row,time\n", gate->readings) >= 0)
		return EXIT_PASS;
	fprintf(stderr, "ipcmark gate: cannot write %s (%s)\n", path,
		strerror(errno));
	return EXIT_INTERNAL;
}

int measure_close(struct gate *gate)
{
	FILE *file = gate->readings;
	bool failed;

	if (!file)
		return EXIT_INTERNAL;
	failed = ferror(file);
	failed |= fclose(file) != 0;
	if (failed)
		fprintf(stderr,
			"ipcmark gate: cannot write the readings to "
			"%s\n",
			gate->folder);
	return failed ? EXIT_INTERNAL : EXIT_PASS;
}
