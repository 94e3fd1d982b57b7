/* SPDX-License-Identifier: MIT */
/*
 * See shared_buffer.h. SIGKILL may interrupt every step: a range has pages
 * before `reserved` covers it, and loses them before `released` covers it;
 * doing either twice is harmless. Starts and ends of laps are written before
 * the caller stores a tail in the new lap, and written again if it never does.
 */
#include "shared_buffer.h"

#include <unistd.h>

#include "shm_file.h"
#include "shm_map.h"

/* Keeps its pages; a multiple of SHM_PART_STEP. */
#define FRONT_BYTES (UINT64_C(1) << 20)

#define LAP SHARED_BUFFER_LAP_BYTES
/* Entries end below: a step may be allocated behind them. */
#define LAP_END (LAP - SHM_PART_STEP)

static uint64_t lap_of(uint64_t position)
{
	return position / LAP;
}

static uint64_t offset_of(uint64_t position)
{
	return position % LAP;
}

static uint64_t position_of(uint64_t lap, uint64_t offset)
{
	return lap * LAP + offset;
}

static uint64_t step_down(uint64_t offset)
{
	return offset / SHM_PART_STEP * SHM_PART_STEP;
}

static uint64_t step_up(uint64_t offset)
{
	return step_down(offset + SHM_PART_STEP - 1);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void store(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static _Atomic uint64_t *of_lap(_Atomic uint64_t *words, uint64_t lap)
{
	return &words[lap % SHARED_BUFFER_LAPS];
}

/* ---- opening ---- */

static enum ipcm_status open_parts(struct shared_buffer *buffer, int fd,
				   uint64_t offset, uint64_t assembly_most,
				   struct shared_buffer_shared *shared)
{
	unsigned count = assembly_most ? 2 : 1;
	enum ipcm_status status;

	*buffer = (struct shared_buffer){
		.assembly_most = assembly_most, .own_fd = -1, .shared = shared};
	status = shm_part_open(&buffer->entries, fd, offset, count, 0);
	if (!status && assembly_most)
		status = shm_part_open(&buffer->assembly, fd, offset, count, 1);
	return status;
}

enum ipcm_status shared_buffer_open(struct shared_buffer *buffer,
				    uint64_t assembly_most,
				    struct shared_buffer_shared *shared)
{
	int fd = -1;
	enum ipcm_status status = shm_file_create(&fd);

	if (status)
		return status;
	status = shm_map_seal_growing(fd);
	if (!status)
		status = open_parts(buffer, fd, 0, assembly_most, shared);
	if (status)
		(void)close(fd);
	else
		buffer->own_fd = fd;
	return status;
}

enum ipcm_status shared_buffer_open_in(struct shared_buffer *buffer, int fd,
				       uint64_t offset, uint64_t assembly_most,
				       struct shared_buffer_shared *shared)
{
	return open_parts(buffer, fd, offset, assembly_most, shared);
}

void shared_buffer_close(struct shared_buffer *buffer)
{
	if (!buffer->shared)
		return;
	shm_view_close(&buffer->view[SHARED_BUFFER_P]);
	shm_view_close(&buffer->view[SHARED_BUFFER_C]);
	shm_view_close(&buffer->assembly_view);
	if (buffer->own_fd >= 0)
		(void)close(buffer->own_fd);
	buffer->shared = NULL;
}

/* ---- freeing ---- */

/* Free the pages of [from, to) of one lap, above the front; whole steps. */
static void punch_in_lap(struct shared_buffer *buffer, uint64_t from,
			 uint64_t to)
{
	shm_part_punch(&buffer->entries, larger(from, FRONT_BYTES), to);
}

/*
 * Free the pages from a position on, up to an end of an entry; of its own lap
 * whole steps only. Returns up to where space may be used again.
 */
static uint64_t punch(struct shared_buffer *buffer, uint64_t from, uint64_t to)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t end, offset = offset_of(to);

	/* more laps than there can be: the memory is damaged */
	if (lap_of(to) - lap_of(from) >= SHARED_BUFFER_LAPS)
		return to;
	while (lap_of(from) != lap_of(to)) {
		/* written before the first tail in the next lap */
		end = load(of_lap(shared->end, lap_of(from)));
		punch_in_lap(buffer, offset_of(from), step_up(end % LAP));
		from = position_of(
			lap_of(from) + 1,
			load(of_lap(shared->start, lap_of(from) + 1)) % LAP);
	}
	if (offset <= FRONT_BYTES)
		return to;
	offset = step_down(offset);
	if (offset <= offset_of(from))
		return from;
	punch_in_lap(buffer, offset_of(from), offset);
	return position_of(lap_of(to), offset);
}

void shared_buffer_release(struct shared_buffer *buffer, uint64_t position)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t released = load(&shared->released);
	uint64_t free_to = position;

	if ((int64_t)(position - released) <= 0)
		return;
	if (lap_of(position) != lap_of(released) ||
	    offset_of(position) > FRONT_BYTES)
		free_to = punch(buffer, released, position);
	/* release pairs with the acquire in shared_buffer_space: reading is
	 * done, and the pages are freed, before the space is used again */
	atomic_store_explicit(&shared->released, free_to, memory_order_release);
	atomic_store_explicit(&shared->consumed, position,
			      memory_order_release);
}

void shared_buffer_sweep(struct shared_buffer *buffer, uint64_t tail)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t reserved = load(&shared->reserved);
	uint64_t keep = position_of(
		lap_of(tail), larger(step_up(offset_of(tail)), FRONT_BYTES));

	(void)punch(buffer, load(&shared->released), tail);
	if (lap_of(reserved) != lap_of(keep) || reserved <= keep)
		return;
	/* first the counter: pages beyond it do no harm */
	store(&shared->reserved, keep);
	punch_in_lap(buffer, offset_of(keep), offset_of(reserved));
}

/* ---- appending ---- */

/* A lap that begins at an offset, after the one in which the tail is. */
static uint64_t begin_lap(struct shared_buffer *buffer, uint64_t tail,
			  uint64_t offset)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t lap = lap_of(tail) + 1;

	store(of_lap(shared->end, lap_of(tail)), offset_of(tail));
	store(of_lap(shared->start, lap), offset);
	return position_of(lap, offset);
}

/*
 * Nothing is in use: begin at offset 0. No process releases until the caller
 * has published an entry, so the consumers' words are ours.
 */
static uint64_t begin_anew(struct shared_buffer *buffer, uint64_t tail)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t released = load(&shared->released);
	uint64_t start;

	/* what was too little for a step */
	if (lap_of(released) == lap_of(tail))
		punch_in_lap(buffer, offset_of(released),
			     step_up(offset_of(tail)));
	start = begin_lap(buffer, tail, 0);
	store(&shared->released, start);
	store(&shared->consumed, start);
	return start;
}

/* The lap before the tail's is still being read. */
static uint64_t place_behind(struct shared_buffer *buffer, uint64_t tail,
			     uint64_t bytes, uint64_t released)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t lap = lap_of(tail);

	/* a lap in the space behind all others has no end */
	if (load(of_lap(shared->start, lap)) != 0)
		return tail;
	if (offset_of(tail) + bytes <= offset_of(released))
		return tail;
	return begin_lap(buffer, tail,
			 step_up(load(of_lap(shared->end, lap - 1)) % LAP));
}

/* Where does an entry go? */
static uint64_t place(struct shared_buffer *buffer, uint64_t tail,
		      uint64_t bytes)
{
	struct shared_buffer_shared *shared = buffer->shared;
	/* acquire: both pair with shared_buffer_release */
	uint64_t consumed =
		atomic_load_explicit(&shared->consumed, memory_order_acquire);
	uint64_t released =
		atomic_load_explicit(&shared->released, memory_order_acquire);
	uint64_t end = offset_of(tail) + bytes;
	uint64_t front = offset_of(released);

	if ((int64_t)(consumed - tail) >= 0)
		return end <= FRONT_BYTES && consumed == tail
			       ? tail
			       : begin_anew(buffer, tail);
	if (lap_of(released) != lap_of(tail))
		return place_behind(buffer, tail, bytes, released);
	/* not for little: each lap lets the file grow a little */
	if (bytes <= front &&
	    (end > LAP_END || (end > FRONT_BYTES && front >= end / 2)))
		return begin_lap(buffer, tail, 0);
	return tail;
}

/* The first MiB: pages for offsets below end. */
static enum ipcm_status reserve_front(struct shared_buffer *buffer,
				      uint64_t end)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t front = load(&shared->front);
	enum ipcm_status status = IPCM_OK;

	while (!status && front < end && front < FRONT_BYTES) {
		status = shm_part_allocate(&buffer->entries, front,
					   front + SHM_PART_STEP);
		front += SHM_PART_STEP;
		if (!status)
			store(&shared->front, front);
	}
	return status;
}

/* Above it; space that is used again ends at a step (punch), so a step does not
 * reach into what is in use. */
static enum ipcm_status reserve_above(struct shared_buffer *buffer,
				      uint64_t start, uint64_t end)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t reserved = load(&shared->reserved);
	uint64_t have = lap_of(reserved) == lap_of(start)
				? offset_of(reserved)
				: step_down(offset_of(start));
	enum ipcm_status status = IPCM_OK;

	have = larger(have, FRONT_BYTES);
	while (!status && have < end) {
		status = shm_part_allocate(&buffer->entries, have,
					   have + SHM_PART_STEP);
		have += SHM_PART_STEP;
		if (!status)
			store(&shared->reserved,
			      position_of(lap_of(start), have));
	}
	return status;
}

enum ipcm_status shared_buffer_space(struct shared_buffer *buffer,
				     uint64_t tail, uint64_t bytes,
				     uint64_t *ret_start, void **ret_space)
{
	uint64_t rounded = shared_buffer_round(bytes);
	uint64_t start, end;
	enum ipcm_status status;

	if (rounded > LAP / 2)
		return IPCM_NOMEM;
	start = place(buffer, tail, rounded);
	end = offset_of(start) + rounded;
	if (end > LAP_END)
		return IPCM_NOMEM;
	status = reserve_front(buffer, end);
	if (!status)
		status = reserve_above(buffer, start, end);
	if (status)
		return status;
	*ret_start = start;
	return shared_buffer_find(buffer, SHARED_BUFFER_P, start, rounded,
				  ret_space);
}

/* ---- reading ---- */

enum ipcm_status shared_buffer_find(struct shared_buffer *buffer,
				    enum shared_buffer_side side,
				    uint64_t position, uint64_t bytes,
				    void **ret_entry)
{
	uint64_t offset = offset_of(position);
	struct shm_view *view = &buffer->view[side];
	enum ipcm_status status;

	if (bytes > LAP - offset)
		return IPCM_CORRUPT;
	status = shm_view_cover(view, &buffer->entries, offset + bytes);
	if (!status)
		*ret_entry = view->base + offset;
	return status;
}

uint64_t shared_buffer_next(const struct shared_buffer *buffer,
			    uint64_t position, uint64_t tail)
{
	struct shared_buffer_shared *shared = buffer->shared;
	uint64_t lap = lap_of(position);

	if (lap == lap_of(tail) ||
	    offset_of(position) != load(of_lap(shared->end, lap)))
		return position;
	return position_of(lap + 1, load(of_lap(shared->start, lap + 1)) % LAP);
}

/* ---- the assembly ---- */

/* Only what is missing is requested: see shm_part_allocate. */
static enum ipcm_status assembly_grow(struct shared_buffer *buffer,
				      uint64_t have, uint64_t requested)
{
	enum ipcm_status status;

	if (requested > buffer->assembly_most)
		requested = buffer->assembly_most;
	status = shm_part_allocate(&buffer->assembly, have, requested);
	if (!status)
		store(&buffer->shared->assembly, requested);
	return status;
}

enum ipcm_status shared_buffer_assembly_reserve(struct shared_buffer *buffer,
						uint64_t bytes)
{
	uint64_t have = shared_buffer_assembly_bytes(buffer);
	enum ipcm_status status;

	if (__builtin_expect(have >= bytes, 1))
		return IPCM_OK;
	if (bytes > buffer->assembly_most)
		return IPCM_NOMEM;
	/* a whole step, or no more than needed if memory is short */
	status = assembly_grow(buffer, have, step_up(bytes));
	return status == IPCM_NOMEM
		       ? assembly_grow(buffer, have, shm_map_round(bytes))
		       : status;
}

enum ipcm_status shared_buffer_assembly(struct shared_buffer *buffer,
					uint64_t bytes, void **ret_memory)
{
	enum ipcm_status status = shm_view_cover(&buffer->assembly_view,
						 &buffer->assembly, bytes);

	if (!status)
		*ret_memory = buffer->assembly_view.base;
	return status;
}

void shared_buffer_assembly_trim(struct shared_buffer *buffer,
				 uint64_t keep_bytes)
{
	uint64_t have = shared_buffer_assembly_bytes(buffer);

	if (have <= keep_bytes)
		return;
	/* first the counter: pages beyond it do no harm */
	store(&buffer->shared->assembly, keep_bytes);
	shm_part_punch(&buffer->assembly, keep_bytes, have);
}
