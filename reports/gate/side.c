/* SPDX-License-Identifier: MIT */
/* What a side is: a folder, a shared object, or a revision to build. */
#include "side.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "reports/bundle/read_file.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"

static char *join(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static bool is_folder(const char *path)
{
	struct stat facts;

	return !stat(path, &facts) && S_ISDIR(facts.st_mode);
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && !strcmp(text + length - tail, end);
}

/* The first of two places in a folder where a program is; NULL: neither. */
static char *program_in(const char *folder, const char *built,
			const char *installed)
{
	char *path = join(folder, built);

	if (path && access(path, X_OK)) {
		free(path);
		path = join(folder, installed);
	}
	if (path && !access(path, X_OK))
		return path;
	free(path);
	return NULL;
}

static int open_folder(struct gate_side *side, const char *folder)
{
	side->program = program_in(folder, "ipcmark", "bin/ipcmark");
	side->code = program_in(folder, "ipcmark-bench",
				"libexec/ipcmark/ipcmark-bench");
	if (side->program && side->code)
		return EXIT_PASS;
	(void)fprintf(stderr,
		      "ipcmark gate: in %s there is no ipcmark with a bench, "
		      "neither built nor installed; build it, or name a git "
		      "revision\n",
		      folder);
	return EXIT_USAGE;
}

/* ---- a revision ---- */

static int refuse_build(const struct gate_side *side, const char *log)
{
	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	(void)fprintf(stderr,
		      "ipcmark gate: %s could not be built; the last lines of "
		      "%s:\n",
		      side->name, log);
	command_tail(log, 10);
	return EXIT_INTERNAL;
}

static bool is_revision(const char *commit, const char *log)
{
	const char *const ask[] = {"git",     "rev-parse",	  "--verify",
				   "--quiet", "--end-of-options", commit,
				   NULL};

	return !command_run(ask, log);
}

/* The first line that git answers; NULL if it refuses. The caller frees. */
static char *git_answer(const char *question, const char *folder)
{
	const char *const ask[] = {"git", "rev-parse", question, NULL};
	char *file = join(folder, "git.txt"), *text = NULL;

	if (file) {
		(void)unlink(file);
		if (!command_run(ask, file))
			text = read_file(file);
		(void)unlink(file);
	}
	free(file);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

static int refuse_revision(const struct gate_side *side, const char *folder,
			   const char *log)
{
	char *shallow = git_answer("--is-shallow-repository", folder);

	(void)fprintf(
		stderr,
		"ipcmark gate: %s is no folder, no .so and no revision of "
		"the git repository here%s\n",
		side->name,
		shallow && !strcmp(shallow, "true")
			? ", which is a shallow clone; git fetch "
			  "--unshallow gets the older ones"
			: "");
	free(shallow);
	/* what git says if there is no repository, or it may not be read */
	command_tail(log, 3);
	(void)unlink(log);
	(void)rmdir(folder);
	return EXIT_USAGE;
}

/* The files of the revision, all of them wherever in the working tree this
 * runs, and without touching that. */
static bool export_revision(const char *revision, const char *source,
			    const char *archive, const char *log,
			    const char *folder)
{
	char *top = git_answer("--show-toplevel", folder);
	char *target = realpath(folder, NULL), *absolute = NULL;
	const char *pack[] = {"git", "-C", top ? top : ".", "archive",
			      "-o",  NULL, revision,	    NULL};
	const char *const unpack[] = {"tar", "-xf",  archive,
				      "-C",  source, NULL};
	bool exported = false;

	if (target && asprintf(&absolute, "%s/source.tar", target) > 0) {
		pack[5] = absolute;
		exported = !mkdir(source, 0755) && !command_run(pack, log) &&
			   !command_run(unpack, log) && !unlink(archive);
		free(absolute);
	}
	free(target);
	free(top);
	return exported;
}

static bool build(const char *source, const char *target, const char *log)
{
	const char *const configure[] = {"cmake",
					 "-S",
					 source,
					 "-B",
					 target,
					 "-DCMAKE_BUILD_TYPE=Release",
					 "-DBUILD_TESTING=OFF",
					 NULL};
	const char *const make[] = {
		"cmake",	   "--build",  target,
		"--parallel",	   "--target", "ipcmark-bench",
		"ipcmark-command", NULL};

	return !command_run(configure, log) && !command_run(make, log);
}

static int open_revision(struct gate_side *side, const char *folder)
{
	char *source = join(folder, "source"), *target = join(folder, "build");
	char *log = join(folder, "build.log"),
	     *archive = join(folder, "source.tar"), *commit = NULL;
	int code = EXIT_INTERNAL;

	if (asprintf(&commit, "%s^{commit}", side->name) < 0)
		commit = NULL;
	if (!source || !target || !log || !archive || !commit ||
	    mkdir(folder, 0755)) {
		(void)fprintf(stderr, "ipcmark gate: cannot make %s\n", folder);
	} else if (!is_revision(commit, log)) {
		code = refuse_revision(side, folder, log);
	} else if (!export_revision(commit, source, archive, log, folder) ||
		   !build(source, target, log)) {
		code = refuse_build(side, log);
	} else {
		code = open_folder(side, target);
	}
	free(source);
	free(target);
	free(log);
	free(archive);
	free(commit);
	return code;
}

int side_open(struct gate_side *side, const char *name, const char *own,
	      const char *folder)
{
	*side = (struct gate_side){.name = name};
	if (is_folder(name))
		return open_folder(side, name);
	if (!ends_in(name, ".so"))
		return open_revision(side, folder);
	if (access(name, R_OK)) {
		(void)fprintf(stderr, "ipcmark gate: cannot read %s\n", name);
		return EXIT_USAGE;
	}
	side->backend = name;
	side->program = strdup(own);
	side->code = strdup(name);
	return side->program && side->code ? EXIT_PASS : EXIT_INTERNAL;
}

void side_close(struct gate_side *side)
{
	free(side->program);
	free(side->code);
}

static bool same_bytes(FILE *a, FILE *b)
{
	char left[8192], right[8192];
	size_t got;

	do {
		got = fread(left, 1, sizeof(left), a);
		if (fread(right, 1, sizeof(right), b) != got ||
		    memcmp(left, right, got) != 0)
			return false;
	} while (got == sizeof(left));
	return !ferror(a) && !ferror(b);
}

bool side_same_code(const struct gate_side *a, const struct gate_side *b)
{
	FILE *left = fopen(a->code, "re"), *right = fopen(b->code, "re");
	bool same = left && right && same_bytes(left, right);

	if (left)
		(void)fclose(left);
	if (right)
		(void)fclose(right);
	return same;
}

char *side_own_program(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash, *program = NULL;

	if (length <= 0)
		return NULL;
	path[length] = '\0';
	slash = strrchr(path, '/');
	*slash = '\0';
	if (asprintf(&program, "%s/ipcmark", path) < 0)
		return NULL;
	if (!access(program, X_OK))
		return program;
	free(program);
	/* installed: libexec/ipcmark/ipcmark-gate and bin/ipcmark */
	return asprintf(&program, "%s/../../bin/ipcmark", path) < 0 ? NULL
								    : program;
}
