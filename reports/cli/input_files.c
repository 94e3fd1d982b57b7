/* SPDX-License-Identifier: MIT */
/* See input_files.h. */
#include "input_files.h"

#include <stdio.h>

#include "reports/cliutil/cli.h"

void input_files_take(struct input_files *files, const struct argp_state *state)
{
	files->list = state->argv + state->next;
	files->count = (size_t)(state->argc - state->next);
	for (size_t i = 0; i < files->count; i++)
		(void)cli_path("a result file", files->list[i]);
}

void input_files_need_one(const struct input_files *files)
{
	if (files->count == 0)
		cli_refuse("no result file was named; make one with "
			   "\"ipcmark bench --report json=FILE\" or "
			   "\"ipcmark check --report json=FILE\"");
}

bool input_files_hold_results(const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (hosts->list[i].model->case_count ||
		    hosts->list[i].model->cell_count)
			return true;
	(void)fprintf(stderr,
		      "%s: there is neither a row nor a clause in what was "
		      "read, so nothing was written\n",
		      cli_program());
	return false;
}
