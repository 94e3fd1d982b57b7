/* SPDX-License-Identifier: MIT */
/* A client connects by name; the key keeps other programs apart. */
#include <ipcmark/ipcmark.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	const struct ipcm_backend *backend = ipcm_backend_find("socketpair");
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	char name[64], text[16];
	enum ipcm_status s;

	snprintf(name, sizeof(name), "example.%d", (int)getpid());
	if (ipcm_listener_create(backend, name, "key", 3, &listener))
		return 1;
	if (fork() == 0) {
		s = ipcm_client_connect(backend, name, "key", 3, IPCM_FOREVER,
					&end);
		if (!s)
			s = ipcm_connection_send(end, "hello", 6, IPCM_FOREVER);
		_exit(s ? 1 : 0);
	}
	s = ipcm_listener_accept(listener, IPCM_FOREVER, &end);
	if (!s) {
		s = ipcm_connection_recv(end, text, sizeof(text), IPCM_FOREVER,
					 NULL);
		ipcm_connection_free(end);
	}
	if (!s)
		puts(text);
	wait(NULL);
	ipcm_listener_free(listener);
	return s ? 1 : 0;
}
