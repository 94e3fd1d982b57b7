/* SPDX-License-Identifier: MIT */
/* Names of outcomes, and a way to write a reason. */
#include "cell_status.h"

#include <stdarg.h>
#include <stdio.h>

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOME_COUNT] = {
		"ok",	      "invalid", "skipped", "unsupported",
		"host_limit", "error",	 "timeout",
	};

	return names[outcome];
}

void verdict_set(struct verdict *verdict, enum outcome outcome,
		 const char *format, ...)
{
	va_list arguments;

	verdict->outcome = outcome;
	va_start(arguments, format);
	vsnprintf(verdict->reason, sizeof(verdict->reason), format, arguments);
	va_end(arguments);
}
