/* SPDX-License-Identifier: MIT */
/* Writing HTML: templates with escaped arguments. */
#include "html_printf.h"

#include "reports/result/escape.h"

#include <stdlib.h>
#include <string.h>

static void check(int holds, const char *template)
{
	if (holds)
		return;
	fprintf(stderr,
		"ipcmark report: internal error: template \"%s\" does "
		"not fit its arguments\n",
		template);
	exit(3);
}

void put_list(FILE *out, const char *const *texts)
{
	const char *template = texts[0], *at = template, *slot;
	size_t next = 1;

	while ((slot = strstr(at, "{}"))) {
		fwrite(at, 1, (size_t)(slot - at), out);
		check(texts[next] != NULL, template);
		escape_xml(out, texts[next++]);
		at = slot + 2;
	}
	fputs(at, out);
	check(texts[next] == NULL, template);
}
