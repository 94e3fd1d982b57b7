/* SPDX-License-Identifier: MIT */
/* Numbers as JSON. */
#include "numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
