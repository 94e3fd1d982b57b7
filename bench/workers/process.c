/* SPDX-License-Identifier: MIT */
/* Reading proc(5). */
#include "process.h"

#include <stdio.h>
#include <string.h>

char process_state(pid_t pid)
{
	char path[48], text[512] = "", *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 'S';
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	/* the name in parentheses may hold anything, even parentheses */
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 'S';
}
