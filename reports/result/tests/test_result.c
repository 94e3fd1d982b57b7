/* SPDX-License-Identifier: MIT */
/*
 * The result file: a result is whole or absent, a crash
 * leaves a readable stream, nothing names this machine or its user, and an
 * unwritable file is refused before anything runs.
 */
#include "reports/hostinfo/hostinfo.h"
#include "reports/hostinfo/hostinfo_internal.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/progress.h"
#include "reports/result/result.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned failures;

#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition)) {                                            \
			failures++;                                            \
			printf("%s:%d: not so: %s\n", __func__, __LINE__,      \
			       #condition);                                    \
		}                                                              \
	} while (0)

static void fields_are_found_by_whole_name(void)
{
	const char *text = "model\t\t: 26\nmodel name\t: A CPU\n0::/x/y";
	char value[64];

	EXPECT(text_field(text, "model name", value, sizeof(value)) &&
	       !strcmp(value, "A CPU"));
	EXPECT(text_field(text, "model", value, sizeof(value)) &&
	       !strcmp(value, "26"));
	EXPECT(!text_field(text, "mode", value, sizeof(value)));
	EXPECT(text_field(text, "0:", value, sizeof(value)) &&
	       !strcmp(value, "/x/y"));
}

/* A null in a block has its sentence; nothing has an absolute path in it. */
static void examine(json_t *block, const char *where)
{
	const json_t *why = json_object_get(block, "why");
	const char *key;
	json_t *value;

	json_object_foreach(block, key, value)
	{
		if (json_is_null(value) && !json_object_get(why, key)) {
			failures++;
			printf("%s.%s is null without a reason\n", where, key);
		}
		if (json_is_string(value) && value != why &&
		    json_string_value(value)[0] == '/') {
			failures++;
			printf("%s.%s is a path\n", where, key);
		}
		if (json_is_object(value) && value != why)
			examine(value, key);
	}
}

static void environment_names_neither_host_nor_user(void)
{
	char host[256] = "";
	const char *home = getenv("HOME");
	json_t *env = hostinfo_json(), *build = build_json();
	char *text = json_dumps(env, 0), *more = json_dumps(build, 0);

	gethostname(host, sizeof(host) - 1);
	/* Short names ("db") occur inside other words. */
	if (strlen(host) > 5)
		EXPECT(!strstr(text, host) && !strstr(more, host));
	if (home && strlen(home) > 1)
		EXPECT(!strstr(text, home) && !strstr(more, home));
	examine(env, "env");
	examine(build, "build");
	EXPECT(json_is_string(json_object_get(env, "fingerprint")));
	free(more);
	free(text);
	json_decref(build);
	json_decref(env);
}

static void fingerprint_is_the_same_twice(void)
{
	json_t *first = hostinfo_json(), *second = hostinfo_json();

	EXPECT(json_equal(json_object_get(first, "fingerprint"),
			  json_object_get(second, "fingerprint")));
	json_decref(second);
	json_decref(first);
}

static char *arguments[] = {(char *)"/opt/x/ipcmark-check", (char *)"--report",
			    (char *)"json=/tmp/a/r.json", (char *)"it's",
			    (char *)"--filter=queue/put"};

static void a_finished_run_is_one_document_without_a_stream(void)
{
	struct document *document =
		document_begin("whole.json", "check", 5, arguments, UINT64_MAX);
	const char *command, *seed, *id;
	json_t *whole;
	int complete;

	EXPECT(document && !access("whole.json.jsonl", F_OK));
	EXPECT(access("whole.json", F_OK));
	document_add(document, "cases", json_pack("{s:s}", "id", "A-01"));
	EXPECT(!document_finish(document, true));
	document_free(document);
	EXPECT(access("whole.json.jsonl", F_OK));
	whole = json_load_file("whole.json", 0, NULL);
	EXPECT(!json_unpack(whole, "{s:{s:s, s:s, s:s, s:b}}", "run", "command",
			    &command, "seed", &seed, "id", &id, "complete",
			    &complete));
	EXPECT(complete && strlen(id) == 16);
	EXPECT(!strcmp(seed, "18446744073709551615"));
	EXPECT(!strcmp(command, "ipcmark check --report json=r.json "
				"'it'\\''s' --filter=queue/put"));
	EXPECT(json_array_size(json_object_get(whole, "cases")) == 1);
	json_decref(whole);
	unlink("whole.json");
}

static void a_crash_leaves_every_record_but_the_last(void)
{
	char line[1 << 16];
	unsigned lines = 0;
	FILE *stream;
	pid_t child = fork(); /* this program has nothing of the library */

	if (child == 0) {
		struct document *document =
			document_begin("crash.json", "bench", 1, arguments, 1);

		document_add(document, "cells", json_pack("{s:s}", "id", "a"));
		document_add(document, "cells", json_pack("{s:s}", "id", "b"));
		raise(SIGKILL);
	}
	waitpid(child, NULL, 0);
	EXPECT(access("crash.json", F_OK));
	stream = fopen("crash.json.jsonl", "r");
	while (stream && fgets(line, sizeof(line), stream)) {
		json_t *value = json_loads(line, 0, NULL);

		EXPECT(value);
		lines += value != NULL;
		json_decref(value);
	}
	EXPECT(lines == 3);
	if (stream)
		fclose(stream);
	unlink("crash.json.jsonl");
}

/* @return how many whole lines, or 0 if one is broken */
static unsigned whole_lines(const char *path)
{
	char line[1 << 16];
	unsigned lines = 0;
	FILE *stream = fopen(path, "r");

	while (stream && fgets(line, sizeof(line), stream)) {
		json_t *value = json_loads(line, 0, NULL);

		if (!value)
			return 0;
		lines++;
		json_decref(value);
	}
	if (stream)
		fclose(stream);
	return lines;
}

static void a_snapshot_replaces_the_one_before(void)
{
	struct document *document =
		document_begin("shot.json", "bench", 1, arguments, 1);
	const json_t *cells = json_object_get(document_json(document), "cells");

	document_add(document, "warnings", json_string("before"));
	document_snapshot(document, "cells",
			  json_pack("[{s:s}, {s:s}]", "id", "a", "id", "b"));
	EXPECT(whole_lines("shot.json.jsonl") == 3);
	document_snapshot(document, "cells",
			  json_pack("[{s:s}, {s:s}, {s:s}]", "id", "a", "id",
				    "b", "id", "c"));
	EXPECT(whole_lines("shot.json.jsonl") == 4);
	document_add(document, "warnings", json_string("after"));
	EXPECT(whole_lines("shot.json.jsonl") == 5);
	EXPECT(json_array_size(cells) == 0);
	EXPECT(!document_finish(document, true));
	document_free(document);
	EXPECT(access("shot.json.jsonl", F_OK));
	EXPECT(access("shot.json.jsonl.partial", F_OK));
	unlink("shot.json");
	document = document_begin(NULL, "bench", 1, arguments, 1);
	document_snapshot(document, "cells", json_array());
	document_free(document);
}

static void a_forked_worker_adds_nothing(void)
{
	struct document *document =
		document_begin(NULL, "bench", 1, arguments, 1);
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		document_add(document, "cells", json_pack("{s:s}", "id", "a"));
		_exit(json_array_size(json_object_get(document_json(document),
						      "cells")) == 0 &&
				      document_finish(document, true) == -1
			      ? 0
			      : 1);
	}
	waitpid(child, &status, 0);
	EXPECT(status == 0);
	document_free(document);
}

/* Standard error is the sentence's place; keep it out of the log. */
static struct document *begin_quietly(const char *path)
{
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	struct document *document;

	dup2(null, STDERR_FILENO);
	document = document_begin(path, "check", 1, arguments, 1);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(null);
	return document;
}

static void an_unwritable_file_is_refused_before_the_run(void)
{
	EXPECT(!begin_quietly("no/such/folder/r.json"));
	EXPECT(!begin_quietly("."));
	document_free(NULL);
}

static void the_first_interrupt_is_noted_and_the_second_kills(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		interrupt_catch();
		raise(SIGINT);
		if (interrupt_requested != SIGINT)
			_exit(1);
		raise(SIGINT);
		_exit(2);
	}
	waitpid(child, &status, 0);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

int main(void)
{
	fields_are_found_by_whole_name();
	environment_names_neither_host_nor_user();
	fingerprint_is_the_same_twice();
	a_finished_run_is_one_document_without_a_stream();
	a_crash_leaves_every_record_but_the_last();
	a_snapshot_replaces_the_one_before();
	a_forked_worker_adds_nothing();
	an_unwritable_file_is_refused_before_the_run();
	the_first_interrupt_is_noted_and_the_second_kills();
	printf("record: %u failures\n", failures);
	return failures ? 1 : 0;
}
