/* SPDX-License-Identifier: MIT */
/* Array: numbers.h with any number of numbers. */
#include "numbers.h"

static struct numbers *numbers(struct ipcm_array *array)
{
	return (struct numbers *)array;
}

static const struct numbers *const_numbers(const struct ipcm_array *array)
{
	return (const struct numbers *)array;
}

enum ipcm_status ipcm_array_create(const struct ipcm_backend *backend,
				   enum ipcm_number_type type, int64_t length,
				   const void *initial,
				   const struct ipcm_value_options *options,
				   struct ipcm_array **ret_array)
{
	struct numbers *made;
	enum ipcm_status status;

	if (!ret_array || length < 0)
		return IPCM_INVALID;
	status = numbers_create(backend, type, (size_t)length, initial, options,
				ARRAY_MAGIC, &made);
	if (!status)
		*ret_array = (struct ipcm_array *)made;
	return status;
}

enum ipcm_status ipcm_array_length(const struct ipcm_array *array,
				   size_t *ret_length)
{
	enum ipcm_status status =
		handle_check_result(array, ARRAY_MAGIC, ret_length);

	if (!status)
		*ret_length = const_numbers(array)->length;
	return status;
}

enum ipcm_status ipcm_array_load(const struct ipcm_array *array, size_t index,
				 int64_t *ret_number)
{
	return numbers_load(const_numbers(array), ARRAY_MAGIC, index,
			    ret_number);
}

enum ipcm_status ipcm_array_store(struct ipcm_array *array, size_t index,
				  int64_t number)
{
	return numbers_store(numbers(array), ARRAY_MAGIC, index, number);
}

enum ipcm_status ipcm_array_load_double(const struct ipcm_array *array,
					size_t index, double *ret_number)
{
	return numbers_load_double(const_numbers(array), ARRAY_MAGIC, index,
				   ret_number);
}

enum ipcm_status ipcm_array_store_double(struct ipcm_array *array, size_t index,
					 double number)
{
	return numbers_store_double(numbers(array), ARRAY_MAGIC, index, number);
}

enum ipcm_status ipcm_array_read(const struct ipcm_array *array, size_t first,
				 size_t count, void *ret_numbers)
{
	return numbers_read(const_numbers(array), ARRAY_MAGIC, first, count,
			    ret_numbers);
}

enum ipcm_status ipcm_array_write(struct ipcm_array *array, size_t first,
				  size_t count, const void *source)
{
	return numbers_write(numbers(array), ARRAY_MAGIC, first, count, source);
}

enum ipcm_status ipcm_array_acquire(struct ipcm_array *array,
				    int64_t timeout_ns)
{
	return numbers_acquire(numbers(array), ARRAY_MAGIC, timeout_ns);
}

enum ipcm_status ipcm_array_release(struct ipcm_array *array)
{
	return numbers_release(numbers(array), ARRAY_MAGIC);
}

enum ipcm_status ipcm_array_recover(struct ipcm_array *array)
{
	return numbers_recover(numbers(array), ARRAY_MAGIC);
}

enum ipcm_status ipcm_array_get_lock(const struct ipcm_array *array,
				     struct ipcm_lock **ret_lock,
				     struct ipcm_rlock **ret_rlock)
{
	return numbers_get_lock(const_numbers(array), ARRAY_MAGIC, ret_lock,
				ret_rlock);
}

enum ipcm_status ipcm_array_close(struct ipcm_array *array)
{
	return handle_close(array, ARRAY_MAGIC);
}

void ipcm_array_free(struct ipcm_array *array)
{
	numbers_free(numbers(array), ARRAY_MAGIC);
}
