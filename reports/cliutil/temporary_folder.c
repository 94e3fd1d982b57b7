/* SPDX-License-Identifier: MIT */
#include "temporary_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *temporary_folder_make(const char *program)
{
	const char *base = getenv("TMPDIR");
	char *folder = NULL;

	if (!base || !*base)
		base = "/tmp";
	if (asprintf(&folder, "%s/ipcmark-%s-XXXXXX", base, program) < 0)
		folder = NULL;
	if (folder && mkdtemp(folder))
		return folder;
	fprintf(stderr,
		"ipcmark %s: cannot make a folder in %s (%s); name another "
		"one in TMPDIR\n",
		program, base, strerror(errno));
	free(folder);
	return NULL;
}

static int remove_one(const char *path, const struct stat *facts, int kind,
		      struct FTW *place)
{
	(void)facts;
	(void)kind;
	(void)place;
	return remove(path);
}

void temporary_folder_remove(char *folder)
{
	if (folder)
		(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
}
