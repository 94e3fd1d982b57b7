/* SPDX-License-Identifier: MIT */
/* Folders and files of a report. */
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const char *path)
{
	fprintf(stderr,
		"ipcmark report: cannot write %s (%s); choose another place "
		"with --out\n",
		path, strerror(errno));
	return -1;
}

static int make_one(const char *path)
{
	struct stat status;

	if (!mkdir(path, 0777))
		return 0;
	if (errno != EEXIST)
		return -1;
	if (stat(path, &status))
		return -1;
	if (S_ISDIR(status.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

int output_make_folder(const char *path)
{
	char *copy = strdup(path);
	int failed = !copy;

	if (!copy)
		return complain(path);
	for (char *slash = strchr(copy + 1, '/'); slash && !failed;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		failed = make_one(copy);
		*slash = '/';
	}
	if (!failed)
		failed = make_one(copy);
	free(copy);
	return failed ? complain(path) : 0;
}

int output_make_temporary(char *path)
{
	return mkdtemp(path) ? 0 : complain(path);
}

void output_remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	rmdir(path);
}

int output_open(struct output *output, const char *path)
{
	output->path = path;
	output->stream = NULL;
	if (asprintf(&output->partial, "%s.partial", path) < 0) {
		output->partial = NULL;
		return complain(path);
	}
	output->stream = fopen(output->partial, "we");
	if (output->stream)
		return 0;
	free(output->partial);
	return complain(path);
}

int output_close(struct output *output)
{
	int failed = ferror(output->stream);

	failed |= fclose(output->stream);
	if (!failed)
		failed = rename(output->partial, output->path);
	if (failed) {
		complain(output->path);
		unlink(output->partial);
	} else {
		printf("%s\n", output->path);
	}
	free(output->partial);
	return failed ? -1 : 0;
}
