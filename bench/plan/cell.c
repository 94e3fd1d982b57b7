/* SPDX-License-Identifier: MIT */
/* The id of a cell, and what follows from its axes. */
#include "cell.h"

#include <stdio.h>

#define VERIFY_BYTES_MAX ((uint64_t)8 << 20)
#define VERIFY_TRIPS	 1000

const char *wait_name(enum wait_kind wait)
{
	static const char *const names[] = {"block", "spin", "poll", "none"};

	return names[wait];
}

void plan_cell_id(const struct axes *axes, char ret_id[CELL_ID_BYTES])
{
	char size[28] = "", wait[12] = "", batch[20] = "", point[48];

	if (axes->size_bytes)
		snprintf(size, sizeof(size), "/size=%zu", axes->size_bytes);
	if (axes->wait == WAIT_SPIN || axes->wait == WAIT_POLL)
		snprintf(wait, sizeof(wait), "/wait=%s", wait_name(axes->wait));
	if (axes->batch > 1)
		snprintf(batch, sizeof(batch), "/batch=%u", axes->batch);
	sweep_print(axes, point, sizeof(point));
	snprintf(ret_id, CELL_ID_BYTES, "%s/%s/%s%s/placement=%s%s%s%s",
		 iface_name(axes->iface), axes->backend, axes->scenario, size,
		 placement_name(axes->placement), wait, batch, point);
}

bool backend_is_memory(const struct ipcm_backend *backend)
{
	return backend && backend->capabilities & IPCM_CAP_ZERO_COPY;
}

unsigned plan_depth(size_t size_bytes)
{
	if (size_bytes <= 4096)
		return 1024;
	return size_bytes <= 16384 ? 256 : 64;
}

uint64_t plan_verify_count(const struct axes *axes)
{
	/* more than twice around the bound, so that every slot is reused */
	uint64_t count = (uint64_t)axes->depth * 5 / 2;

	if (count < VERIFY_TRIPS)
		count = VERIFY_TRIPS;
	if (axes->size_bytes && count * axes->size_bytes > VERIFY_BYTES_MAX)
		count = VERIFY_BYTES_MAX / axes->size_bytes;
	if (count > TALLY_MAX)
		count = TALLY_MAX;
	return count < 16 ? 16 : count;
}
