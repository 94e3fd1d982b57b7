/* SPDX-License-Identifier: MIT */
/* The skeleton of a page. */
#include "skeleton.h"

#include <string.h>

#include "embedded_page.h"

/* @return behind the slot that starts here */
static const char *fill(const struct skeleton_slot *slots, void *page,
			const char *at)
{
	const char *name = at + 2, *end = strstr(at, "}}");
	size_t length = (size_t)(end - name);

	for (; slots->name; slots++)
		if (strlen(slots->name) == length &&
		    !strncmp(slots->name, name, length))
			slots->write(page);
	return end + 2;
}

void skeleton_write(const struct skeleton_slot *slots, void *page, FILE *out)
{
	const char *at = embedded_page_html, *slot;

	while ((slot = strstr(at, "{{"))) {
		fwrite(at, 1, (size_t)(slot - at), out);
		at = fill(slots, page, slot);
	}
	fputs(at, out);
}
