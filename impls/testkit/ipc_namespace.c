/* SPDX-License-Identifier: MIT */
/* See ipc_namespace.h. */
#include "ipc_namespace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILLER "/dev/shm/filler"
#define QUEUES "/dev/shm/queues"

bool ipc_namespace_enter(unsigned shm_kilobytes)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC;
	char size[32];

	if (geteuid() != 0)
		flags |= CLONE_NEWUSER;
	(void)snprintf(size, sizeof(size), "size=%uk", shm_kilobytes);
	return !unshare(flags) &&
	       !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("ipcmark", "/dev/shm", "tmpfs", 0, size) &&
	       !mkdir(QUEUES, 0700) &&
	       !mount("ipcmark", QUEUES, "mqueue", 0, NULL);
}

/* Lines behind the heading. */
static unsigned lines(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned count = 0;
	int c;

	while (file && (c = getc(file)) != EOF)
		count += c == '\n';
	if (file)
		(void)fclose(file);
	return count ? count - 1 : 0;
}

static unsigned files(const char *path)
{
	DIR *list = opendir(path);
	unsigned count = 0;

	while (list && readdir(list))
		count++;
	if (list)
		(void)closedir(list);
	return count > 2 ? count - 2 : 0; /* "." and ".." */
}

unsigned ipc_namespace_objects(void)
{
	return lines("/proc/sysvipc/msg") + lines("/proc/sysvipc/sem") +
	       files(QUEUES);
}

void ipc_namespace_fill(void)
{
	static const char zeroes[4096];
	int fd = open(FILLER, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	while (fd >= 0 && write(fd, zeroes, sizeof(zeroes)) > 0)
		;
	if (fd >= 0)
		(void)close(fd);
}

void ipc_namespace_empty(void)
{
	(void)unlink(FILLER);
}
