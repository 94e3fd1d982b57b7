/* SPDX-License-Identifier: MIT */
/* What to know apart from the rows; see notes.h. */
#include "notes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/cliutil/exit_code.h"
#include "verdict.h"

static void note(struct gate *gate, const char *text)
{
	for (size_t i = 0; i < gate->note_count; i++)
		if (!strcmp(gate->notes[i], text))
			return;
	if (gate->note_count < sizeof(gate->notes) / sizeof(*gate->notes))
		gate->notes[gate->note_count++] = text;
}

/* ---- the host ---- */

static const char *text_of(struct gate *gate, const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
			   : NULL;
	const char *copy = pool_copy(gate->mem_pool, text ? text : "nothing");

	free(text);
	return copy;
}

/* "kernel.msgmax was 8192, is 4096"; NULL: there is no difference */
static const char *difference(struct gate *gate, json_t *was, json_t *is,
			      const char *name)
{
	const char *key, *found;
	json_t *value;

	if (json_equal(was, is))
		return NULL;
	if (!json_is_object(was) || !json_is_object(is))
		return pool_print(gate->mem_pool, "%s was %s, is %s", name,
				  text_of(gate, was), text_of(gate, is));
	json_object_foreach(was, key, value)
	{
		found = difference(gate, value, json_object_get(is, key), key);
		if (found)
			return found;
	}
	/* nothing that was there differs: something is there now */
	json_object_foreach(
		is, key,
		value) if (!json_object_get(was,
					    key)) return difference(gate, NULL,
								    value, key);
	return NULL;
}

#define FREE_BYTES "shm.free_bytes"

/* In what the fingerprint of a result is made from. */
static const char *host_difference(struct gate *gate, const json_t *was,
				   const json_t *is)
{
	static const char *const blocks[] = {"cpu", "kernel", "limits", "virt"};
	const char *found = NULL;

	json_object_del(json_object_get(is, "limits"), FREE_BYTES);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks) && !found; i++)
		found = difference(gate, json_object_get(was, blocks[i]),
				   json_object_get(is, blocks[i]), blocks[i]);
	return found;
}

void gate_see_result(struct gate *gate, enum gate_which which,
		     const struct model *model)
{
	static const char *const names[GATE_SIDES] = {"base", "head"};
	const json_t *env = model->run_count ? model->runs[0].env : NULL;
	const char *found;

	if (!gate->host[which]) {
		gate->host[which] = json_deep_copy(env);
		/* it changes all the time and is not in the fingerprint */
		json_object_del(json_object_get(gate->host[which], "limits"),
				FREE_BYTES);
		return;
	}
	if (gate->host_changed ||
	    !strcmp(json_text(gate->host[which], "fingerprint", ""),
		    json_text(env, "fingerprint", "")))
		return;
	gate->host_changed = true;
	found = host_difference(gate, gate->host[which], env);
	gate_doubt(gate, pool_print(gate->mem_pool,
				    found ? "the host changed during the run: "
					    "%s"
					  : "the build of %s changed during "
					    "the run",
				    found ? found : names[which]));
}

void gate_notes_free(struct gate *gate)
{
	for (unsigned i = 0; i < GATE_SIDES; i++)
		json_decref(gate->host[i]);
}

/* ---- what was not counted ---- */

void gate_see_uncounted(struct gate *gate, const struct cell *cell)
{
	static const struct {
		const char *metric, *words;
	} all[] = {
		{"syscalls_per_message", "system calls"},
		{"allocations_per_message", "allocations"},
		{"leaked_objects", "leaked objects"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct metric *metric = cell_metric(cell, all[i].metric);

		if (metric && isnan(metric->median))
			note(gate, pool_print(gate->mem_pool,
					      "%s were not counted: %s",
					      all[i].words, metric->why));
	}
}

/* ---- the end ---- */

void gate_see_end(struct gate *gate)
{
	if (gate->same_code || gate_exit_code(gate) != EXIT_NO_VERDICT ||
	    gate->doubt_count)
		return;
	if (!gate->row_count)
		note(gate, "nothing was judged: no row was measured");
	else if (gate_rows_with(gate, GATE_NOT_COMPARED) == gate->row_count)
		note(gate,
		     "nothing was judged: no row has figures on both sides");
	else
		note(gate, "nothing was judged: no count is exact on this host "
			   "and no interval is narrow enough");
}
