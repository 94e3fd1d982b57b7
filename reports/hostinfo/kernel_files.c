/* SPDX-License-Identifier: MIT */
/*
 * Reading the kernel's small text files, and noting what could not be read.
 * Nothing here interprets a value.
 */
#include "hostinfo_internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool read_text(const char *path, char *ret_text, size_t bytes)
{
	size_t used = 0;
	ssize_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while (used < bytes) {
		got = read(fd, ret_text + used, bytes - used);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	if (got < 0 || used == 0 || used == bytes)
		return false;
	while (used > 0 && isspace((unsigned char)ret_text[used - 1]))
		used--;
	ret_text[used] = '\0';
	return used > 0;
}

bool read_integer(const char *path, int64_t *ret_value)
{
	char text[TEXT_BYTES];
	char *end;
	long long value;

	if (!read_text(path, text, sizeof(text)))
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || errno)
		return false;
	*ret_value = value;
	return true;
}

/* Where the line that starts with key has its value, or NULL. */
static const char *find_field(const char *text, const char *key)
{
	size_t length = strlen(key);
	const char *line = text;

	while (line) {
		if (!strncmp(line, key, length) && strchr(" \t:", line[length]))
			return line + length + strspn(line + length, " \t:");
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return NULL;
}

bool text_field(const char *text, const char *key, char *ret_value,
		size_t bytes)
{
	const char *value = find_field(text, key);
	size_t length;

	if (!value)
		return false;
	length = strcspn(value, "\n");
	if (length == 0)
		return false;
	if (length >= bytes)
		length = bytes - 1;
	memcpy(ret_value, value, length);
	ret_value[length] = '\0';
	return true;
}

void block_put(json_t *block, const char *key, json_t *value, const char *why)
{
	json_t *reasons;

	if (value) {
		json_object_set_new(block, key, value);
		return;
	}
	json_object_set_new(block, key, json_null());
	if (!why)
		return;
	reasons = json_object_get(block, "why");
	if (!reasons) {
		reasons = json_object();
		json_object_set_new(block, "why", reasons);
	}
	json_object_set_new(reasons, key, json_string(why));
}

void block_put_text(json_t *block, const char *key, const char *path,
		    const char *why)
{
	char text[TEXT_BYTES];
	bool known = read_text(path, text, sizeof(text));

	block_put(block, key, known ? json_string(text) : NULL, why);
}

void block_put_integer(json_t *block, const char *key, const char *path,
		       const char *why)
{
	int64_t value;
	bool known = read_integer(path, &value);

	block_put(block, key, known ? json_integer(value) : NULL, why);
}
