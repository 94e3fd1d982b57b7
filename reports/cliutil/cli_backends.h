/* SPDX-License-Identifier: MIT */
/* The back-ends that --backend names: of the registry by name, of a shared
 * object by path. */
#ifndef IPCMARK_REPORTS_CLIUTIL_CLI_BACKENDS_H
#define IPCMARK_REPORTS_CLIUTIL_CLI_BACKENDS_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/backend.h"

enum { CLI_BACKENDS_MOST = 48 };

struct cli_backend {
	const char *name;
	/** NULL: not built, for the reason. */
	const struct ipcm_backend *backend;
	const char *reason;
	/** What --backend has to say to get it: its name or its path. */
	const char *option;
	bool loaded;
	/** Position in the registry, which loaded ones come after. */
	size_t rank;
};

struct cli_backends {
	size_t count;
	struct cli_backend list[CLI_BACKENDS_MOST];
};

/** Is it the path of a shared object, with a '/' or ".so" at the end, rather
 *  than a name? */
bool backend_is_path(const char *text);

/** A value of --backend: names and paths with commas between them. Loads
 *  shared objects; ends the program if one is not known or cannot be used. */
void cli_backends_add(struct cli_backends *backends, const char *text);

/** After the last option: put them into the registry's order, loaded ones
 *  last. If none was named, take all of the registry but the fakes. */
void cli_backends_finish(struct cli_backends *backends);
#endif
