/* SPDX-License-Identifier: MIT */
/*
 * Numbers in shared memory. Every access is one atomic instruction of the
 * number's width, so it is never torn: not by a signal, not by a death, not by
 * the copy of a slice. Doubles travel as the 64 bits that they are.
 */
#include "numbers.h"

#include <limits.h>
#include <unistd.h>

/* A number of any type, as bits. */
static uint64_t bits_load(const struct numbers *numbers, size_t index)
{
	const void *at =
		(const char *)numbers->handle.memory + index * numbers->width;

	/* acquire: pairs with the release in bits_store */
	switch (numbers->width) {
	case 1:
		return __atomic_load_n((const uint8_t *)at, __ATOMIC_ACQUIRE);
	case 2:
		return __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);
	case 4:
		return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
	default:
		return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
	}
}

static void bits_store(struct numbers *numbers, size_t index, uint64_t bits)
{
	void *at = (char *)numbers->handle.memory + index * numbers->width;

	/* release: pairs with the acquire in bits_load */
	switch (numbers->width) {
	case 1:
		__atomic_store_n((uint8_t *)at, (uint8_t)bits,
				 __ATOMIC_RELEASE);
		break;
	case 2:
		__atomic_store_n((uint16_t *)at, (uint16_t)bits,
				 __ATOMIC_RELEASE);
		break;
	case 4:
		__atomic_store_n((uint32_t *)at, (uint32_t)bits,
				 __ATOMIC_RELEASE);
		break;
	default:
		__atomic_store_n((uint64_t *)at, bits, __ATOMIC_RELEASE);
	}
}

/* Little endian or big: the low bytes of `bits` to and from memory. */
static void bits_to_memory(void *to, uint64_t bits, size_t width)
{
	uint8_t narrow1 = (uint8_t)bits;
	uint16_t narrow2 = (uint16_t)bits;
	uint32_t narrow4 = (uint32_t)bits;

	memcpy(to,
	       width == 1   ? (void *)&narrow1
	       : width == 2 ? (void *)&narrow2
	       : width == 4 ? (void *)&narrow4
			    : (void *)&bits,
	       width);
}

static uint64_t bits_of_memory(const void *from, size_t width)
{
	union {
		uint8_t narrow1;
		uint16_t narrow2;
		uint32_t narrow4;
		uint64_t whole;
	} number;

	memcpy(&number, from, width);
	return width == 1   ? number.narrow1
	       : width == 2 ? number.narrow2
	       : width == 4 ? number.narrow4
			    : number.whole;
}

/* Copy numbers that are inside from private memory. */
static void numbers_copy_in(struct numbers *numbers, size_t first, size_t count,
			    const void *source)
{
	const char *from = source;

	for (size_t i = 0; i < count; i++)
		bits_store(numbers, first + i,
			   bits_of_memory(from + i * numbers->width,
					  numbers->width));
}

/* 0: there is no such type. */
static size_t width_of(enum ipcm_number_type type)
{
	switch (type) {
	case IPCM_CHAR:
		return 1;
	case IPCM_INT16:
		return 2;
	case IPCM_INT32:
		return 4;
	case IPCM_INT64:
	case IPCM_DOUBLE:
		return 8;
	default:
		return 0;
	}
}

/* Are these at most one lock, open, and of their kinds? */
static enum ipcm_status options_check(const struct ipcm_value_options *options)
{
	bool locked;

	if (!options)
		return IPCM_OK;
	if (!!options->lock + !!options->rlock + options->unlocked > 1 ||
	    !handle_is_aligned(options->lock) ||
	    !handle_is_aligned(options->rlock))
		return IPCM_INVALID;
	if (options->lock)
		return ipcm_lock_locked(options->lock, &locked);
	if (options->rlock)
		return ipcm_rlock_locked(options->rlock, &locked);
	return IPCM_OK;
}

static enum ipcm_status lock_open(struct numbers *numbers,
				  const struct ipcm_backend *backend,
				  const struct ipcm_value_options *options)
{
	numbers->lock = options ? options->lock : NULL;
	numbers->rlock = options ? options->rlock : NULL;
	numbers->own = !numbers->lock && !numbers->rlock &&
		       !(options && options->unlocked);
	return numbers->own ? ipcm_rlock_create(backend, &numbers->rlock)
			    : IPCM_OK;
}

static void lock_free(struct numbers *numbers)
{
	if (numbers->own)
		ipcm_rlock_free(numbers->rlock);
}

/*
 * The machine's memory. The kernel would allocate the pages of a larger row one
 * by one until there is no memory for anything.
 */
static size_t memory_most(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);
	long page = sysconf(_SC_PAGESIZE);

	return pages > 0 && page > 0 ? (size_t)pages * (size_t)page
				     : PTRDIFF_MAX;
}

enum ipcm_status numbers_create(const struct ipcm_backend *backend,
				enum ipcm_number_type type, size_t length,
				const void *initial,
				const struct ipcm_value_options *options,
				uint32_t magic, struct numbers **ret_numbers)
{
	enum ipcm_status status = shm_handle_offered(backend);
	size_t width = width_of(type);
	struct numbers *numbers;

	if (!status)
		status = width ? options_check(options) : IPCM_INVALID;
	if (status)
		return status;
	if (length > memory_most() / width)
		return IPCM_NOMEM;
	numbers = calloc(1, sizeof(*numbers));
	if (!numbers)
		return IPCM_NOMEM;
	numbers->type = type;
	numbers->width = width;
	numbers->length = length;
	status = lock_open(numbers, backend, options);
	if (status)
		goto free_handle;
	/* a row of 0 numbers has memory too: nothing else is special then */
	status = shm_handle_open(&numbers->handle, magic,
				 length ? length * width : width);
	if (status)
		goto free_lock;
	if (initial)
		numbers_copy_in(numbers, 0, length, initial);
	*ret_numbers = numbers;
	return IPCM_OK;

free_lock:
	lock_free(numbers);
free_handle:
	free(numbers);
	return status;
}

void numbers_free(struct numbers *numbers, uint32_t magic)
{
	if (handle_close(numbers, magic))
		return;
	shm_handle_drop(&numbers->handle);
	lock_free(numbers);
	free(numbers);
}

/* An open handle, and such a number, of a double or not? */
static enum ipcm_status number_check(const struct numbers *numbers,
				     uint32_t magic, size_t index,
				     bool is_double)
{
	enum ipcm_status status = handle_check(numbers, magic);

	if (status)
		return status;
	return index < numbers->length &&
			       (numbers->type == IPCM_DOUBLE) == is_double
		       ? IPCM_OK
		       : IPCM_INVALID;
}

enum ipcm_status numbers_load(const struct numbers *numbers, uint32_t magic,
			      size_t index, int64_t *ret_number)
{
	enum ipcm_status status = number_check(numbers, magic, index, false);
	uint64_t bits;

	if (status || !ret_number)
		return status ? status : IPCM_INVALID;
	bits = bits_load(numbers, index);
	switch (numbers->type) {
	case IPCM_INT16:
		*ret_number = (int16_t)bits;
		break;
	case IPCM_INT32:
		*ret_number = (int32_t)bits;
		break;
	default:
		*ret_number = (int64_t)bits;
	}
	return IPCM_OK;
}

/* Does the type have this number? */
static bool type_has(enum ipcm_number_type type, int64_t number)
{
	switch (type) {
	case IPCM_CHAR:
		return number >= 0 && number <= UCHAR_MAX;
	case IPCM_INT16:
		return number >= INT16_MIN && number <= INT16_MAX;
	case IPCM_INT32:
		return number >= INT32_MIN && number <= INT32_MAX;
	default:
		return true;
	}
}

enum ipcm_status numbers_store(struct numbers *numbers, uint32_t magic,
			       size_t index, int64_t number)
{
	enum ipcm_status status = number_check(numbers, magic, index, false);

	if (!status && !type_has(numbers->type, number))
		status = IPCM_INVALID;
	if (!status)
		bits_store(numbers, index, (uint64_t)number);
	return status;
}

enum ipcm_status numbers_load_double(const struct numbers *numbers,
				     uint32_t magic, size_t index,
				     double *ret_number)
{
	enum ipcm_status status = number_check(numbers, magic, index, true);
	uint64_t bits;

	if (status || !ret_number)
		return status ? status : IPCM_INVALID;
	bits = bits_load(numbers, index);
	memcpy(ret_number, &bits, sizeof(bits));
	return IPCM_OK;
}

enum ipcm_status numbers_store_double(struct numbers *numbers, uint32_t magic,
				      size_t index, double number)
{
	enum ipcm_status status = number_check(numbers, magic, index, true);
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	if (!status)
		bits_store(numbers, index, bits);
	return status;
}

static enum ipcm_status slice_check(const struct numbers *numbers,
				    uint32_t magic, size_t first, size_t count,
				    const void *memory)
{
	enum ipcm_status status = handle_check(numbers, magic);

	if (status)
		return status;
	return first <= numbers->length && count <= numbers->length - first &&
			       (memory || !count)
		       ? IPCM_OK
		       : IPCM_INVALID;
}

enum ipcm_status numbers_read(const struct numbers *numbers, uint32_t magic,
			      size_t first, size_t count, void *ret_numbers)
{
	enum ipcm_status status =
		slice_check(numbers, magic, first, count, ret_numbers);
	char *to = ret_numbers;

	for (size_t i = 0; !status && i < count; i++)
		bits_to_memory(to + i * numbers->width,
			       bits_load(numbers, first + i), numbers->width);
	return status;
}

enum ipcm_status numbers_write(struct numbers *numbers, uint32_t magic,
			       size_t first, size_t count, const void *source)
{
	enum ipcm_status status =
		slice_check(numbers, magic, first, count, source);

	if (!status)
		numbers_copy_in(numbers, first, count, source);
	return status;
}

/* ---- the lock ---- */

/* An open handle with a lock? */
static enum ipcm_status lock_check(const struct numbers *numbers,
				   uint32_t magic)
{
	enum ipcm_status status = handle_check(numbers, magic);

	if (status)
		return status;
	return numbers->lock || numbers->rlock ? IPCM_OK : IPCM_NOTSUP;
}

enum ipcm_status numbers_acquire(struct numbers *numbers, uint32_t magic,
				 int64_t timeout_ns)
{
	enum ipcm_status status = lock_check(numbers, magic);

	if (status)
		return status;
	return numbers->rlock ? ipcm_rlock_acquire(numbers->rlock, timeout_ns)
			      : ipcm_lock_acquire(numbers->lock, timeout_ns);
}

enum ipcm_status numbers_release(struct numbers *numbers, uint32_t magic)
{
	enum ipcm_status status = lock_check(numbers, magic);

	if (status)
		return status;
	return numbers->rlock ? ipcm_rlock_release(numbers->rlock)
			      : ipcm_lock_release(numbers->lock);
}

enum ipcm_status numbers_recover(struct numbers *numbers, uint32_t magic)
{
	enum ipcm_status status = lock_check(numbers, magic);

	if (status)
		return status;
	return numbers->rlock ? ipcm_rlock_recover(numbers->rlock)
			      : ipcm_lock_recover(numbers->lock);
}

enum ipcm_status numbers_get_lock(const struct numbers *numbers, uint32_t magic,
				  struct ipcm_lock **ret_lock,
				  struct ipcm_rlock **ret_rlock)
{
	enum ipcm_status status = handle_check(numbers, magic);

	if (!status && (!ret_lock || !ret_rlock))
		status = IPCM_INVALID;
	if (!status)
		status = lock_check(numbers, magic);
	if (status)
		return status;
	*ret_lock = numbers->lock;
	*ret_rlock = numbers->rlock;
	return IPCM_OK;
}
