/* SPDX-License-Identifier: MIT */
/* Wait for a message or for standard input, at most a second. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	struct ipcm_connection *receiver, *sender;
	struct ipcm_waitable things[2] = {{.fd = -1}, {.fd = STDIN_FILENO}};
	enum ipcm_status s;

	s = ipcm_pipe_create(ipcm_backend_find("pipe"), NULL, &receiver,
			     &sender);
	if (s)
		return 1;
	s = ipcm_connection_send(sender, "x", 1, IPCM_FOREVER);
	things[0].end = receiver;
	if (!s)
		s = ipcm_wait(things, 2, INT64_C(1000000000), NULL);
	if (!s && things[0].ready)
		puts("a message can be received");
	ipcm_connection_free(receiver);
	ipcm_connection_free(sender);
	return s ? 1 : 0;
}
