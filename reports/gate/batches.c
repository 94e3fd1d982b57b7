/* SPDX-License-Identifier: MIT */
/*
 * Reading recorded batches:
 *
 *   # 0 queue/pipe/oneway/size=64/placement=1cpu
 *   row,block,place,ns_0,ns_1,ns_2,ns_3,ns_4
 *   0,0,0,1490.6,1573.8,1552.9,1577.7,1586.2
 */
#include "batches.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_row(const char *line, struct batches *batches)
{
	size_t number;
	char name[BATCH_NAME_BYTES];

	if (sscanf(line, "# %zu %79s", &number, name) != 2 ||
	    number != batches->rows || number >= BATCH_ROWS_MAX)
		return false;
	memcpy(batches->row[batches->rows++].name, name, sizeof(name));
	return true;
}

/* The shortest of the samples at the end of a line; NAN: there are none. */
static double shortest(const char *samples)
{
	double best = (double)NAN;
	char *end;

	while (*samples == ',') {
		double value = strtod(samples + 1, &end);

		if (end == samples + 1 || !(value > 0))
			return (double)NAN;
		best = value < best || isnan(best) ? value : best;
		samples = end;
	}
	return *samples == '\n' || !*samples ? best : (double)NAN;
}

static bool add_reading(const char *line, struct batches *batches)
{
	size_t row, block, place;
	int used = 0;
	double best;

	if (sscanf(line, "%zu,%zu,%zu%n", &row, &block, &place, &used) != 3 ||
	    row >= batches->rows || block >= BATCH_BLOCKS_MAX ||
	    place >= BLOCK_READINGS ||
	    block + (place != 0) != batches->row[row].blocks)
		return false;
	best = shortest(line + used);
	if (isnan(best))
		return false;
	batches->row[row].log_time[block][place] = log(best);
	batches->row[row].blocks = block + 1;
	return true;
}

size_t batches_parse(const char *text, struct batches *ret_batches)
{
	ret_batches->rows = 0;
	memset(ret_batches->row, 0, sizeof(ret_batches->row));
	for (size_t number = 1; *text; number++) {
		const char *end = strchrnul(text, '\n');

		if (*text == '#' ? !name_row(text, ret_batches)
				 : strncmp(text, "row,", 4) != 0 &&
					   !add_reading(text, ret_batches))
			return number;
		text = *end ? end + 1 : end;
	}
	for (size_t i = 0; i < ret_batches->rows; i++)
		if (ret_batches->row[i].blocks == 0)
			return 1;
	return ret_batches->rows ? 0 : 1;
}
