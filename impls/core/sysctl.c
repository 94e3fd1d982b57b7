/* SPDX-License-Identifier: MIT */
#include "sysctl.h"

#include <stdio.h>

long sysctl_read(const char *path, long otherwise)
{
	FILE *file = fopen(path, "re");
	long value;

	if (!file)
		return otherwise;
	if (fscanf(file, "%ld", &value) != 1)
		value = otherwise;
	(void)fclose(file);
	return value;
}
