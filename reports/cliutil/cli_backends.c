/* SPDX-License-Identifier: MIT */
/* --backend; see cli_backends.h. */
#include "cli_backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

bool backend_is_path(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') ||
	       (length > 3 && strcmp(text + length - 3, ".so") == 0);
}

/* Once, however often it is named. */
static void append(struct cli_backends *backends,
		   const struct cli_backend *backend)
{
	for (size_t i = 0; i < backends->count; i++)
		if (strcmp(backends->list[i].name, backend->name) == 0)
			return;
	if (backends->count == CLI_BACKENDS_MOST)
		cli_refuse("at most %d back-ends can be used in one run",
			   CLI_BACKENDS_MOST);
	backends->list[backends->count++] = *backend;
}

static void append_entry(struct cli_backends *backends, size_t rank)
{
	size_t count;
	const struct ipcm_registry_entry *entry = &ipcm_registry(&count)[rank];

	append(backends, &(struct cli_backend){.name = entry->name,
					       .backend = entry->backend,
					       .reason = entry->reason,
					       .option = entry->name,
					       .rank = rank});
}

static void load(struct cli_backends *backends, const char *path)
{
	const struct ipcm_backend *backend;
	char why[512] = "";

	if (ipcm_backend_load(path, &backend, why, sizeof(why)))
		cli_refuse("cannot use the back-end %s: %s", path, why);
	path = strdup(path); /* as long as the program */
	if (!path)
		cli_refuse("no memory");
	append(backends, &(struct cli_backend){.name = backend->name,
					       .backend = backend,
					       .option = path,
					       .loaded = true,
					       .rank = SIZE_MAX});
}

static _Noreturn void refuse_name(const char *name)
{
	size_t count, used = 0;
	const struct ipcm_registry_entry *entries = ipcm_registry(&count);
	char known[512] = "";

	for (size_t i = 0; i < count && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used,
					 "%s%s", i ? ", " : "",
					 entries[i].name);
	cli_refuse("no back-end is called \"%s\"; there are: %s; a path such "
		   "as ./new.so loads another one",
		   name, known);
}

static void append_name(struct cli_backends *backends, const char *name)
{
	size_t count, rank = 0;
	const struct ipcm_registry_entry *entries = ipcm_registry(&count);

	while (rank < count && strcmp(entries[rank].name, name) != 0)
		rank++;
	if (rank == count)
		refuse_name(name);
	append_entry(backends, rank);
}

void cli_backends_add(struct cli_backends *backends, const char *text)
{
	char *copy = strdup(text), *rest = copy, *name;

	if (!copy)
		cli_refuse("no memory");
	while ((name = strsep(&rest, ",")))
		if (backend_is_path(name))
			load(backends, name);
		else
			append_name(backends, name);
	free(copy);
}

void cli_backends_finish(struct cli_backends *backends)
{
	size_t count;
	const struct ipcm_registry_entry *entries = ipcm_registry(&count);
	bool all = backends->count == 0;

	for (size_t i = 0; all && i < count; i++)
		if (!entries[i].backend ||
		    !(entries[i].backend->capabilities & IPCM_CAP_FAKE))
			append_entry(backends, i);
	/* by insertion: those of equal rank keep their order */
	for (size_t i = 1; i < backends->count; i++) {
		struct cli_backend one = backends->list[i];
		size_t at = i;

		for (; at > 0 && backends->list[at - 1].rank > one.rank; at--)
			backends->list[at] = backends->list[at - 1];
		backends->list[at] = one;
	}
}
