/* SPDX-License-Identifier: MIT */
/* One run of `ipcmark bench`, and the document that it writes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "gate.h"
#include "reports/bundle/load.h"

enum { ARGUMENTS_MAX = 24 };

struct arguments {
	const char *list[ARGUMENTS_MAX];
	size_t count;
};

static void add(struct arguments *arguments, const char *word)
{
	if (arguments->count + 1 < ARGUMENTS_MAX)
		arguments->list[arguments->count++] = word;
}

static void compose(struct gate *gate, enum gate_which which,
		    enum measured what, const char *filter, const char *path,
		    struct arguments *arguments)
{
	const struct gate_side *side = &gate->side[which];

	add(arguments, side->program);
	add(arguments, "bench");
	add(arguments, "--quick");
	add(arguments, "--repeat=1");
	add(arguments, "--quiet");
	add(arguments, "--progress=none");
	add(arguments,
	    what == MEASURE_COUNTS ? "--counts=all" : "--counts=none");
	/* both sides of a block have the same message contents */
	add(arguments,
	    pool_print(gate->mem_pool, "--seed=%llu",
		       (unsigned long long)gate->seed + gate->screen_blocks +
			       gate->confirm_blocks));
	if (side->backend)
		add(arguments,
		    pool_print(gate->mem_pool, "--backend=%s", side->backend));
	add(arguments, pool_print(gate->mem_pool, "--filter=%s", filter));
	add(arguments, pool_print(gate->mem_pool, "--report=json=%s", path));
}

struct model *measure(struct gate *gate, enum gate_which which,
		      enum measured what, const char *filter)
{
	static const char *const names[GATE_SIDES] = {"base", "head"};
	struct arguments arguments = {.count = 0};
	char *path = pool_print(gate->mem_pool, "%s/%04u-%s-%s.json",
				gate->folder, gate->documents++,
				what == MEASURE_COUNTS ? "counts" : "times",
				names[which]);
	const char *log =
		pool_print(gate->mem_pool, "%s/bench.log", gate->folder);
	json_t *bundle;
	int code;

	compose(gate, which, what, filter, path, &arguments);
	code = command_run(arguments.list, log);
	if (code) {
		fprintf(stderr,
			"ipcmark gate: bench of %s ended with %d; the last "
			"lines of %s:\n",
			gate->side[which].name, code, log);
		command_tail(log, 5);
		return NULL;
	}
	bundle = load_files_whole(&path, 1);
	return bundle ? model_create(bundle) : NULL;
}
