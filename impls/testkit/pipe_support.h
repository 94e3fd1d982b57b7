/* SPDX-License-Identifier: MIT */
/*
 * A pipe for the tests of connections.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_PIPE_SUPPORT_H
#define IPCMARK_IMPLS_TESTKIT_PIPE_SUPPORT_H

#include <stdlib.h>

#include "check.h"

struct both {
	struct ipcm_connection *end[2];
};

static inline struct both make(const struct ipcm_backend *backend, bool duplex)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct both pipe = {{NULL, NULL}};

	options.duplex = duplex;
	if (!CHECK_IS(ipcm_pipe_create(backend, &options, &pipe.end[0],
				       &pipe.end[1]),
		      IPCM_OK))
		exit(1);
	return pipe;
}

static inline void drop(struct both pipe)
{
	ipcm_connection_free(pipe.end[0]);
	ipcm_connection_free(pipe.end[1]);
}

#endif
