/* SPDX-License-Identifier: MIT */
/*
 * The "run" block: when, with which command and seed. The command is kept so
 * that a reader can repeat it; directories are cut from its arguments because
 * they belong to this machine.
 */
#include "reports/hostinfo/hostinfo.h"
#include "run.h"
#include "escape.h"
#include "result.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

json_t *run_now(void)
{
	char text[32];
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

/* The argument without the directories of an absolute path in it: "/a/b" is
 * "b", "json=/a/b" is "json=b"; "./b" and "-1/2" stay. Caller frees. */
static char *cut_directories(const char *argument)
{
	const char *slash = strchr(argument, '/');
	char *text = NULL;

	if (!slash || (slash != argument && slash[-1] != '='))
		return strdup(argument);
	if (asprintf(&text, "%.*s%s", (int)(slash - argument), argument,
		     strrchr(argument, '/') + 1) < 0)
		return NULL;
	return text;
}

/* "ipcmark VERB" and the arguments as one line. */
static json_t *command_line(const char *verb, int argc, char *const *argv)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	json_t *line;

	if (!out)
		return json_null();
	fprintf(out, "ipcmark %s", verb);
	for (int i = 1; i < argc; i++) {
		char *argument = cut_directories(argv[i]);

		fputc(' ', out);
		escape_shell(out, argument ? argument : "?");
		free(argument);
	}
	fclose(out);
	line = json_string(text);
	free(text);
	return line ? line : json_null();
}

json_t *run_begin(const char *verb, int argc, char *const *argv, uint64_t seed)
{
	char text[24];
	json_t *run = json_object();

	/* As text: not every reader keeps 64 bits of a number. */
	snprintf(text, sizeof(text), "%" PRIu64, seed);
	json_object_set_new(run, "id", json_null());
	json_object_set_new(run, "verb", json_string(verb));
	json_object_set_new(run, "command", command_line(verb, argc, argv));
	json_object_set_new(run, "seed", json_string(text));
	json_object_set_new(run, "tool_version",
			    json_string(build_tool_version()));
	json_object_set_new(run, "started", run_now());
	json_object_set_new(run, "finished", json_null());
	json_object_set_new(run, "complete", json_false());
	return run;
}
