/* SPDX-License-Identifier: MIT */
/* Formatting of numbers. */
#include "numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *number_json(double value)
{
	char text[32];

	if (!isfinite(value))
		return json_null();
	snprintf(text, sizeof(text), "%.6g", value);
	return json_real(strtod(text, NULL));
}

json_t *count_json_or_null(size_t value)
{
	return value ? json_integer((json_int_t)value) : json_null();
}

static void print_scaled(char *ret_text, size_t bytes, double value,
			 const char *const unit[4])
{
	int step = 0;

	while (step < 3 && fabs(value) >= 999.5) {
		value /= 1000;
		step++;
	}
	snprintf(ret_text, bytes, fabs(value) >= 99.5 ? "%.0f %s" : "%.3g %s",
		 value, unit[step]);
}

void number_print(char *ret_text, size_t bytes, double value, const char *unit)
{
	static const char *const times[4] = {"ns", "us", "ms", "s"};
	static const char *const rates[4] = {"/s", "k/s", "M/s", "G/s"};

	if (!isfinite(value))
		snprintf(ret_text, bytes, "-");
	else if (!strcmp(unit, "ns"))
		print_scaled(ret_text, bytes, value, times);
	else if (!strcmp(unit, "1/s"))
		print_scaled(ret_text, bytes, value, rates);
	else
		snprintf(ret_text, bytes, "%.3g%s%s", value,
			 strcmp(unit, "1") ? " " : "",
			 strcmp(unit, "1") ? unit : "");
}
