/* SPDX-License-Identifier: MIT */
/*
 * A pipe between parent and child. Each process closes the end that it does not
 * use: only then does the receiver see the end of file, because every copy of
 * the sending end must be gone.
 */
#include "example.h"

#include <string.h>

struct pipe {
	struct ipcm_connection *receiving, *sending;
};

static int receive_all(void *argument)
{
	struct pipe *pipe = argument;
	enum ipcm_status status;
	char text[32];
	size_t size;

	ipcm_connection_free(pipe->sending); /* the child's copy of it */
	while (!(status = ipcm_connection_recv(pipe->receiving, text,
					       sizeof(text), IPCM_FOREVER,
					       &size)))
		printf("received \"%.*s\"\n", (int)size, text);
	printf("then: %s\n", ipcm_status_name(status));
	ipcm_connection_free(pipe->receiving);
	return status == IPCM_EOF ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct ipcm_backend *backend = example_begin(argc, argv);
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_process *child;
	struct pipe pipe;

	options.duplex = false; /* the first end only receives */
	MUST(ipcm_pipe_create(backend, &options, &pipe.receiving,
			      &pipe.sending));
	child = example_start(receive_all, &pipe);
	ipcm_connection_free(pipe.receiving); /* the parent's copy of it */
	MUST(ipcm_connection_send(pipe.sending, "hello", 5, IPCM_FOREVER));
	MUST(ipcm_connection_send(pipe.sending, "world", 5, IPCM_FOREVER));
	ipcm_connection_free(pipe.sending); /* the last copy */
	example_join(child);
	return 0;
}
