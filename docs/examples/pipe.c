/* SPDX-License-Identifier: MIT */
/* A question to a child over a duplex pipe, and its answer. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct ipcm_connection *here, *there;
	char text[64];
	size_t bytes;
	enum ipcm_status s;

	if (ipcm_pipe_create(ipcm_backend_find("socketpair"), NULL, &here,
			     &there))
		return 1;
	if (fork() == 0) {
		ipcm_connection_free(here);
		s = ipcm_connection_recv(there, text, sizeof(text),
					 IPCM_FOREVER, &bytes);
		if (!s)
			s = ipcm_connection_send(there, text, bytes,
						 IPCM_FOREVER);
		_exit(s ? 1 : 0);
	}
	ipcm_connection_free(there);
	s = ipcm_connection_send(here, "echo", 5, IPCM_FOREVER);
	if (!s)
		s = ipcm_connection_recv(here, text, sizeof(text), IPCM_FOREVER,
					 NULL);
	if (!s)
		puts(text);
	ipcm_connection_free(here);
	wait(NULL);
	return s ? 1 : 0;
}
