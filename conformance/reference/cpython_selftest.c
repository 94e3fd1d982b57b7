/* SPDX-License-Identifier: MIT */
#include "cpython_selftest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"

enum { PATH_BYTES = 4096, LIMIT_S = 300 };

/* Where what runs them is, if it was built: beside this program. */
static bool find_program(char ret_path[PATH_BYTES])
{
	static const char behind[] = "/cpython_tests/run";
	ssize_t length = readlink("/proc/self/exe", ret_path, PATH_BYTES - 1);
	char *slash;

	ret_path[length > 0 ? length : 0] = '\0';
	slash = strrchr(ret_path, '/');
	if (!slash || (size_t)(slash - ret_path) + sizeof(behind) > PATH_BYTES)
		return false;
	memcpy(slash, behind, sizeof(behind));
	return access(ret_path, X_OK) == 0;
}

int cpython_selftest(char **arguments)
{
	char path[PATH_BYTES];

	if (find_program(path)) {
		arguments[0] = path;
		(void)execv(path, arguments);
	}
	(void)printf("CPython's tests: skipped: they are not beside this "
		     "program; a build has them if Python's headers are there "
		     "(Debian: python3-dev)\n");
	return EXIT_UNAVAILABLE;
}

static _Noreturn void child_main(const char *program, const char *backends,
				 int report_fd)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	char report[32];

	interrupt_default();
	(void)snprintf(report, sizeof(report), "/dev/fd/%d", report_fd);
	(void)dup2(nothing, STDIN_FILENO);
	(void)dup2(nothing, STDOUT_FILENO);
	(void)dup2(nothing, STDERR_FILENO);
	(void)execl(program, program, "--quick", "--backend", backends,
		    "--report", report, (char *)NULL);
	_exit(127);
}

/* It ends its own tests when it is told to end. */
static void await(pid_t pid)
{
	int64_t deadline_ns = now_ns() + LIMIT_S * S;
	bool told = false;

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (!told && (interrupt_requested || now_ns() > deadline_ns)) {
			(void)kill(pid, SIGINT);
			told = true;
		}
		pause_ns(20 * MS);
	}
}

json_t *cpython_own_tests(const char *backends)
{
	char program[PATH_BYTES];
	json_t *report = NULL, *classes = NULL;
	int report_fd;
	pid_t pid;

	if (!find_program(program))
		return NULL;
	report_fd = memfd_create("cpython-tests.json", 0);
	(void)fflush(NULL);
	/* not a Process: it becomes another program, in a group of its own */
	pid = report_fd < 0 ? -1 : fork();
	if (pid == 0)
		child_main(program, backends, report_fd);
	if (pid > 0) {
		await(pid);
		(void)lseek(report_fd, 0, SEEK_SET);
		report = json_loadfd(report_fd, 0, NULL);
		classes = json_incref(json_object_get(report, "classes"));
		json_decref(report);
	}
	if (report_fd >= 0)
		(void)close(report_fd);
	return classes;
}
