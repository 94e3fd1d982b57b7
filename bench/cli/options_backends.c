/* SPDX-License-Identifier: MIT */
/* The back-ends of a run, with the fault of --mutant around them. */
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "bench/selftest/fault_backends.h"
#include "impls/fault/fault.h"

static void check_mutant(const char *wanted)
{
	char known[1024] = "";

	for (size_t i = 0; fault_name(i); i++) {
		size_t at = strlen(known);

		if (!strcmp(fault_name(i), wanted))
			return;
		snprintf(known + at, sizeof(known) - at, "%s%s", i ? ", " : "",
			 fault_name(i));
	}
	cli_refuse("there is no mutant \"%s\"; there are: %s", wanted, known);
}

static void wrap(const struct options *options, struct plan_backend *backend)
{
	char why[256] = "no reason given";

	if (options->inject && backend->backend)
		backend->backend = fault_backend_around(backend->backend);
	if (options->inject && !backend->backend && !backend->reason)
		cli_refuse("--inject: too many back-ends");
	if (!options->mutant || !backend->backend)
		return;
	check_mutant(options->mutant);
	backend->backend = fault_wrap(backend->backend, options->mutant,
				      options->mutant_every, why, sizeof(why));
	if (!backend->backend)
		cli_refuse("--mutant %s: %s", options->mutant, why);
}

/* An empty list of names is every back-end, for the raw mechanisms too. */
static void name(struct name_list *names, const struct cli_backend *backend)
{
	char why[LIST_WHY_BYTES];

	if (!name_list_parse(names, backend->name, why))
		cli_refuse("--backend %s: %s", backend->name, why);
}

void options_resolve_backends(struct options *options)
{
	struct cli_backends *backends = &options->backends;
	bool named = backends->count > 0;

	if (options->inject && !inject_named(options->inject))
		cli_refuse("--inject \"%s\" is not nothing, getpid, malloc, "
			   "copy, leak, leak-sem, leak-segment, leak-mq, "
			   "leak-file, leak-fd, counted or spin=NANOSECONDS",
			   options->inject);
	cli_backends_finish(backends);
	for (size_t i = 0; i < backends->count; i++) {
		options->backend[i] = (struct plan_backend){
			.name = backends->list[i].name,
			.backend = backends->list[i].backend,
			.reason = backends->list[i].reason,
		};
		wrap(options, &options->backend[i]);
		if (named)
			name(&options->plan.backend_names, &backends->list[i]);
	}
	options->plan.backend = options->backend;
	options->plan.backend_count = backends->count;
}
