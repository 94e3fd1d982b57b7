/* SPDX-License-Identifier: MIT */
/*
 * Does the page say what the result file says? For every clause and back-end:
 * the letter in the matrix, and in the evidence expected, observed, seed and
 * the line that runs it again; for every back-end the scores. Reads both files
 * for itself; shares no code with the report.
 * agree_test RESULT.json PAGE.html
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

static unsigned failures;

static void differ(const char *what, const char *id, const char *backend,
		   const char *page, const char *file)
{
	failures++;
	fprintf(stderr,
		"%s of %s on %s: the page says \"%s\", the file \"%s\"\n", what,
		id, backend, page, file);
}

/* The page, which is below 2 MiB; caller frees. */
static char *read_file(const char *path)
{
	enum { PAGE_BYTES = 4 << 20 };
	char *text = malloc(PAGE_BYTES);
	FILE *file = fopen(path, "re");
	size_t got = file && text ? fread(text, 1, PAGE_BYTES - 1, file) : 0;

	if (got == 0) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(3);
	}
	text[got] = '\0';
	fclose(file);
	return text;
}

/* The text of the file as HTML has it. */
static void escape(const char *text, char to[TEXT_BYTES])
{
	static const char *const names[][2] = {{"<", "&lt;"},
					       {">", "&gt;"},
					       {"&", "&amp;"},
					       {"\"", "&quot;"},
					       {"'", "&#39;"}};
	size_t used = 0;

	for (; *text && used + 8 < TEXT_BYTES; text++) {
		char one[2] = {*text, '\0'};
		const char *out = one;

		for (size_t i = 0; i < 5; i++)
			if (*text == *names[i][0])
				out = names[i][1];
		memcpy(to + used, out, strlen(out));
		used += strlen(out);
	}
	to[used] = '\0';
}

/* What stands between two marks, from `from` on and before `end`; "" if it is
 * not there. */
static const char *between(const char *from, const char *end,
			   const char *before, const char *after,
			   char to[TEXT_BYTES])
{
	const char *at = from ? strstr(from, before) : NULL, *stop;

	to[0] = '\0';
	if (!at || at >= end)
		return to;
	at += strlen(before);
	stop = strstr(at, after);
	if (stop && stop <= end && stop - at < TEXT_BYTES) {
		memcpy(to, at, (size_t)(stop - at));
		to[stop - at] = '\0';
	}
	return to;
}

static const char *end_of(const char *from, const char *mark)
{
	const char *end = from ? strstr(from, mark) : NULL;

	return end ? end : from ? from + strlen(from) : NULL;
}

/* The number of the back-end's column in the matrix, from 0; -1: none. */
static int column_of(const char *matrix, const char *backend)
{
	const char *end = end_of(matrix, "</thead>");
	const char *at = strstr(matrix, "<th scope=\"col\">");
	char name[TEXT_BYTES];
	/* clause and level stand before the first back-end */
	int column = -2;

	for (; at && at < end; at = strstr(at + 1, "<th scope=\"col\">")) {
		between(at, end, ">", "<", name);
		if (!strcmp(name, backend))
			return column;
		column++;
	}
	return -1;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void check_letter(const char *matrix, const json_t *entry)
{
	const char *id = text_of(entry, "id"),
		   *backend = text_of(entry, "backend");
	char mark[128], letter[TEXT_BYTES];
	const char *at, *end;
	int column = column_of(matrix, backend);

	snprintf(mark, sizeof(mark), "<code>%s</code>", id);
	at = strstr(matrix, mark);
	end = end_of(at, "</tr>");
	/* the first <td is the level */
	for (int i = -1; at && i <= column; i++)
		at = strstr(at + 1, "<td");
	if (column < 0 || !at || at >= end) {
		differ("the cell", id, backend, "nothing",
		       text_of(entry, "verdict"));
		return;
	}
	at = strstr(at, "<b class=\"v ");
	between(at, end, "\">", "<i>", letter);
	if (strcmp(letter, text_of(entry, "verdict")))
		differ("the letter", id, backend, letter,
		       text_of(entry, "verdict"));
}

static void check_fact(const char *at, const char *end, const json_t *entry,
		       const char *name, const char *wanted)
{
	char before[64], page[TEXT_BYTES], file[TEXT_BYTES];

	snprintf(before, sizeof(before), "<dt>%s</dt><dd>", name);
	between(at, end, before, "</dd>", page);
	escape(wanted, file);
	if (strcmp(page, file))
		differ(name, text_of(entry, "id"), text_of(entry, "backend"),
		       page, file);
}

static void check_evidence(const char *page, const json_t *entry)
{
	char mark[256], seed[32], wanted[TEXT_BYTES], shown[TEXT_BYTES];
	const char *at, *end;

	if (!strcmp(text_of(entry, "verdict"), "P"))
		return;
	snprintf(mark, sizeof(mark), "<details id=\"e_%s_%s\">",
		 text_of(entry, "backend"), text_of(entry, "id"));
	at = strstr(page, mark);
	end = end_of(at, "</details>");
	snprintf(seed, sizeof(seed), "%lld",
		 (long long)json_integer_value(json_object_get(entry, "seed")));
	check_fact(at, end, entry, "Expected", text_of(entry, "expected"));
	check_fact(at, end, entry, "Observed", text_of(entry, "observed"));
	check_fact(at, end, entry, "Reason", text_of(entry, "reason"));
	check_fact(at, end, entry, "Seed", seed);
	between(at, end, "<dt>Reproduce</dt><dd><code>", "</code>", shown);
	escape(text_of(entry, "reproduce"), wanted);
	if (strcmp(shown, wanted) || !*wanted)
		differ("the command", text_of(entry, "id"),
		       text_of(entry, "backend"), shown, wanted);
}

static int member(const json_t *entry, const char *level, const char *key)
{
	return (int)json_integer_value(
		json_object_get(json_object_get(entry, level), key));
}

static void check_scores(const char *page, const json_t *entry)
{
	static const char *const levels[] = {"CORE", "OPTIONAL", "BEYOND"};
	const char *backend = text_of(entry, "backend");
	const char *table = strstr(page, "id=\"t_scores\""), *at, *end;
	char mark[128], shown[TEXT_BYTES], wanted[64];

	snprintf(mark, sizeof(mark), "<th scope=\"row\">%s</th>", backend);
	at = table ? strstr(table, mark) : NULL;
	end = end_of(at, "</tr>");
	at = at ? strstr(at, "<td") : NULL;
	between(at, end, "\">", "<", shown);
	if (strcmp(shown, text_of(entry, "conclusion")))
		differ("the conclusion", "all", backend, shown,
		       text_of(entry, "conclusion"));
	for (size_t i = 0; i < 3; i++) {
		int total = member(entry, levels[i], "total");

		if (!strcmp(levels[i], "OPTIONAL"))
			total -= member(entry, levels[i], "unsupported");
		snprintf(wanted, sizeof(wanted), "%d of %d",
			 member(entry, levels[i], "passed"), total);
		at = at ? strstr(at + 1, "<td") : NULL;
		between(at, end, "\">", "<", shown);
		if (strcmp(shown, wanted))
			differ("the score", levels[i], backend, shown, wanted);
	}
}

int main(int argc, char **argv)
{
	json_t *document = argc == 3 ? json_load_file(argv[1], 0, NULL) : NULL;
	const json_t *cases = json_object_get(document, "cases");
	const json_t *scores = json_object_get(document, "scores");
	char *page;
	const char *matrix;

	if (!document)
		return 3;
	page = read_file(argv[2]);
	matrix = strstr(page, "id=\"t_matrix\"");
	for (size_t i = 0; matrix && i < json_array_size(cases); i++) {
		check_letter(matrix, json_array_get(cases, i));
		check_evidence(page, json_array_get(cases, i));
	}
	for (size_t i = 0; i < json_array_size(scores); i++)
		check_scores(page, json_array_get(scores, i));
	printf("%zu cases and %zu back-ends compared, %u differ\n",
	       json_array_size(cases), json_array_size(scores), failures);
	failures +=
		!matrix || !json_array_size(cases) || !json_array_size(scores);
	free(page);
	json_decref(document);
	return failures ? 1 : 0;
}
