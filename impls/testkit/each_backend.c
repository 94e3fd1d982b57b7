/* SPDX-License-Identifier: MIT */
/*
 * A test on every back-end; see check.h.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "impls/core/proc.h"
#include "mock_backend.h"

/* How many mappings of the library's shared memory there are. */
static unsigned mappings_shared(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:ipcmark") != NULL;
	if (maps)
		(void)fclose(maps);
	return count;
}

bool backend_offers(const struct ipcm_backend *backend, enum needs needs)
{
	switch (needs) {
	case NEEDS_QUEUE:
		return backend->queue != NULL;
	case NEEDS_NAMED_QUEUE:
		return backend->queue && backend->capabilities & IPCM_CAP_NAMED;
	case NEEDS_ZERO_COPY:
		return backend->capabilities & IPCM_CAP_ZERO_COPY;
	case NEEDS_PIPE:
		return backend->pipe != NULL;
	case NEEDS_LISTENER:
		return backend->capabilities & IPCM_CAP_LISTENER;
	case NEEDS_LOCK:
		return backend->lock != NULL;
	}
	return false;
}

static void run_one(const struct ipcm_backend *backend, enum needs needs,
		    const char *name, backend_test test)
{
	unsigned descriptors, mappings;
	int failed = check_failures();
	char why[256];

	if (backend->capabilities & IPCM_CAP_FAKE ||
	    !backend_offers(backend, needs))
		return;
	if (backend->probe(why, sizeof(why))) {
		printf("skip %s on %s: %s\n", name, backend->name, why);
		return;
	}
	check_subject(backend->name, name);
	descriptors = proc_descriptors_open();
	mappings = mappings_shared();
	test(backend);
	CHECK(proc_descriptors_open() == descriptors);
	CHECK(mappings_shared() == mappings);
	printf("%s %s on %s\n", check_failures() == failed ? "ok  " : "FAIL",
	       name, backend->name);
	fflush(stdout);
}

void each_backend(enum needs needs, const char *name, backend_test test)
{
	size_t count;
	const struct ipcm_registry_entry *entry = ipcm_registry(&count);

	for (size_t i = 0; mock_backends[i]; i++)
		run_one(mock_backends[i], needs, name, test);
	for (size_t i = 0; i < count; i++)
		if (entry[i].backend)
			run_one(entry[i].backend, needs, name, test);
}
