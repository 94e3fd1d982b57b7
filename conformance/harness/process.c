/* SPDX-License-Identifier: MIT */
/*
 * Processes seen through /proc; see process.h.
 */
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/proc.h"

static bool read_line(pid_t pid, const char *name, char *text, size_t bytes)
{
	char path[64];
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text[0] = '\0';
	if (fd < 0)
		return false;
	got = read(fd, text, bytes - 1);
	(void)close(fd);
	if (got < 0)
		return false;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

void process_describe(pid_t pid, char *text, size_t bytes)
{
	char wchan[64], call[160], state = proc_state(pid);

	(void)read_line(pid, "wchan", wchan, sizeof(wchan));
	(void)read_line(pid, "syscall", call, sizeof(call));
	(void)snprintf(text, bytes, "pid %d state %c wchan %s syscall %.60s",
		       (int)pid, state ? state : '?', wchan[0] ? wchan : "?",
		       call[0] ? call : "?");
}

/* Call visit for every process; it gets the pid, parent and group. */
static void for_each_process(void (*visit)(pid_t pid, pid_t parent, pid_t group,
					   void *context),
			     void *context)
{
	DIR *directory = opendir("/proc");
	struct dirent *each;

	while (directory && (each = readdir(directory))) {
		pid_t pid = (pid_t)atoi(each->d_name);
		struct proc_stat stat;

		if (isdigit((unsigned char)each->d_name[0]) &&
		    !proc_stat_read(pid, &stat))
			visit(pid, stat.parent, stat.group, context);
	}
	if (directory)
		(void)closedir(directory);
}

struct description {
	pid_t group;
	char *text;
	size_t bytes, used;
};

static void describe_member(pid_t pid, pid_t parent, pid_t group, void *context)
{
	struct description *to = context;
	char one[300];

	(void)parent;
	if (group != to->group || to->used >= to->bytes)
		return;
	process_describe(pid, one, sizeof(one));
	to->used += (size_t)snprintf(to->text + to->used, to->bytes - to->used,
				     "%s%s", to->used ? "; " : "", one);
}

void process_describe_group(pid_t group, char *text, size_t bytes)
{
	struct description to = {group, text, bytes, 0};

	text[0] = '\0';
	for_each_process(describe_member, &to);
}

void *process_share(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void process_adopt_orphans(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void reap_group(pid_t group)
{
	while (waitpid(-group, NULL, WNOHANG) > 0)
		;
}

unsigned process_group_left(pid_t group, int patience_ms)
{
	static const struct timespec pause = {0, 1000000};

	for (int ms = 0; ms <= patience_ms; ms++) {
		reap_group(group);
		if (kill(-group, 0) && errno == ESRCH)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return 1;
}

static void end_child(pid_t pid, pid_t parent, pid_t group, void *context)
{
	(void)group;
	(void)context;
	if (parent == getpid()) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
}

void process_end_all(pid_t group)
{
	(void)kill(-group, SIGKILL);
	(void)process_group_left(group, 2000);
	/* members that changed their group are children by adoption */
	for_each_process(end_child, NULL);
}
