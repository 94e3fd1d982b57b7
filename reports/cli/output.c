/* SPDX-License-Identifier: MIT */
/* Folders of a report. */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
