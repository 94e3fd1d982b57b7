/* SPDX-License-Identifier: MIT */
/* The first screen of the report as text for a terminal of 80 columns. */
#include "reports/analysis/analysis.h"
#include "export.h"
#include "wrap.h"

#define COLUMNS 78

static void put_item(FILE *out, const char *text)
{
	fputs("- ", out);
	wrap_text(out, 2, text, COLUMNS);
}

void terminal_write(const struct model *model, FILE *out)
{
	struct sentences reasons = {0};
	struct summary summary;

	summary_compose(model, &summary);
	caveats_trust(model, &reasons);
	wrap_text(out, 0, summary.headline, COLUMNS);
	fputc('\n', out);
	for (size_t i = 0; i < summary.details.count; i++)
		put_item(out, summary.details.list[i]);
	if (reasons.count)
		fputs("\nCaveats:\n", out);
	for (size_t i = 0; i < reasons.count; i++)
		put_item(out, reasons.list[i]);
}
