/* SPDX-License-Identifier: MIT */
/* A whole file into memory; also of a pipe, whose size is unknown. */
#include "read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

char *read_file(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t bytes = 0;
	FILE *out;
	char part[65536];
	size_t got;
	int failed;

	if (!in)
		return NULL;
	out = open_memstream(&text, &bytes);
	if (!out) {
		fclose(in);
		return NULL;
	}
	while ((got = fread(part, 1, sizeof(part), in)) > 0)
		fwrite(part, 1, got, out);
	failed = ferror(in) ? errno : 0;
	fclose(in);
	if (fclose(out) || failed) {
		free(text);
		errno = failed ? failed : ENOMEM;
		return NULL;
	}
	return text;
}
