/* SPDX-License-Identifier: MIT */
/* Managers, pools and processes, and CPython's beside them. */
#include "layers.h"

#include <string.h>

long long layer_clients(const struct cell *cell)
{
	return json_integer_value(json_object_get(cell->axes, "clients"));
}

const char *layer_clients_text(struct mem_pool *mem_pool,
			       const struct cell *cell)
{
	long long clients = layer_clients(cell);

	if (!clients)
		return "";
	return pool_print(mem_pool, "%lld client%s", clients,
			  clients == 1 ? "" : "s");
}

const struct cell *layer_competitor(const struct model *model,
				    const struct cell *cell)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *other = &model->cells[i];

		if (!strcmp(other->iface, "competitor") &&
		    other->sweep == cell->sweep &&
		    other->point == cell->point &&
		    layer_clients(other) == layer_clients(cell) &&
		    !strcmp(other->scenario, cell->scenario) &&
		    !strcmp(other->placement, cell->placement))
			return other;
	}
	return NULL;
}

static const char *const processes[][2] = {
	{"process", "Process of the library"},
	{"fork_exit", "fork, exit, wait"},
	{"fork", "fork, _exit, wait"},
	{"cpython_process", "Process of CPython"},
};
#define PROCESSES (sizeof(processes) / sizeof(processes[0]))

static size_t process_rank(const struct cell *cell)
{
	size_t rank = 0;

	while (rank < PROCESSES &&
	       strcmp(processes[rank][0], cell->backend->name))
		rank++;
	return rank;
}

const char *layer_process_text(const struct cell *cell)
{
	size_t rank = process_rank(cell);

	return rank < PROCESSES ? processes[rank][1] : cell->backend->name;
}

size_t layer_processes(const struct model *model, const struct cell **ret_list)
{
	size_t count = 0;

	for (size_t rank = 0; rank <= PROCESSES; rank++)
		for (size_t i = 0; i < model->cell_count; i++)
			if (model->cells[i].role[ROLE_START] &&
			    process_rank(&model->cells[i]) == rank)
				ret_list[count++] = &model->cells[i];
	return count;
}
