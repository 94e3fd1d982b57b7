/* SPDX-License-Identifier: MIT */
/* The back-ends that --backend names: of the registry and of shared objects,
 * with the fault of --mutant around them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_values.h"
#include "impls/fault/fault.h"

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
			word_refuse(NULL,
				    "there is no back-end \"%s\"; there are "
				    "%s",
				    names->name[n], known);
	}
}

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
	word_refuse(NULL, "there is no mutant \"%s\"; there are %s", wanted,
		    known);
}

static void wrap(struct options *options, struct plan_backend *backend)
{
	char why[256] = "no reason given";

	if (!options->mutant || !backend->backend)
		return;
	check_mutant(options->mutant);
	backend->backend = fault_wrap(backend->backend, options->mutant,
				      options->mutant_every, why, sizeof(why));
	if (!backend->backend)
		word_refuse(NULL, "--mutant %s: %s", options->mutant, why);
}

/* Load the shared objects among the names. From here on each bears the name
 * that its descriptor has, in ids and everywhere. */
static void load_paths(struct options *options)
{
	struct name_list *names = &options->plan.backend_names;

	for (size_t n = 0; n < names->count; n++) {
		const struct ipcm_backend *backend;
		char why[512] = "";

		if (!backend_is_path(names->name[n]))
			continue;
		if (ipcm_backend_load(names->name[n], &backend, why,
				      sizeof(why)))
			word_refuse(NULL, "cannot use the back-end %s: %s",
				    names->name[n], why);
		free(names->name[n]);
		names->name[n] = strdup(backend->name);
		if (!names->name[n])
			word_refuse(NULL, "no memory");
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
		word_refuse(NULL, "more than %d back-ends", BACKEND_MAX);
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
