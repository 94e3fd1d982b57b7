/* SPDX-License-Identifier: MIT */
/* Array: numbers.h with any number of numbers. */
#include "numbers.h"

static enum ipcm_status array_check(const struct ipcm_array *array)
{
	return handle_check(array, ARRAY_MAGIC);
}

enum ipcm_status ipcm_array_create(const struct ipcm_backend *backend,
				   enum ipcm_number_type type, int64_t length,
				   const void *initial,
				   const struct ipcm_value_options *options,
				   struct ipcm_array **ret_array)
{
	struct numbers *numbers;
	enum ipcm_status status;

	if (!ret_array || length < 0)
		return IPCM_INVALID;
	status = numbers_create(backend, type, (size_t)length, initial, options,
				ARRAY_MAGIC, &numbers);
	if (!status)
		*ret_array = (struct ipcm_array *)numbers;
	return status;
}

enum ipcm_status ipcm_array_length(const struct ipcm_array *array,
				   size_t *ret_length)
{
	enum ipcm_status status =
		handle_check_result(array, ARRAY_MAGIC, ret_length);

	if (!status)
		*ret_length = array->numbers.length;
	return status;
}

enum ipcm_status ipcm_array_load(const struct ipcm_array *array, size_t index,
				 int64_t *ret_number)
{
	enum ipcm_status status =
		handle_check_result(array, ARRAY_MAGIC, ret_number);

	return status ? status
		      : numbers_load(&array->numbers, index, ret_number);
}

enum ipcm_status ipcm_array_store(struct ipcm_array *array, size_t index,
				  int64_t number)
{
	enum ipcm_status status = array_check(array);

	return status ? status : numbers_store(&array->numbers, index, number);
}

enum ipcm_status ipcm_array_load_double(const struct ipcm_array *array,
					size_t index, double *ret_number)
{
	enum ipcm_status status =
		handle_check_result(array, ARRAY_MAGIC, ret_number);

	return status ? status
		      : numbers_load_double(&array->numbers, index, ret_number);
}

enum ipcm_status ipcm_array_store_double(struct ipcm_array *array, size_t index,
					 double number)
{
	enum ipcm_status status = array_check(array);

	return status ? status
		      : numbers_store_double(&array->numbers, index, number);
}

enum ipcm_status ipcm_array_read(const struct ipcm_array *array, size_t first,
				 size_t count, void *ret_numbers)
{
	enum ipcm_status status = array_check(array);

	return status ? status
		      : numbers_read(&array->numbers, first, count,
				     ret_numbers);
}

enum ipcm_status ipcm_array_write(struct ipcm_array *array, size_t first,
				  size_t count, const void *numbers)
{
	enum ipcm_status status = array_check(array);

	return status ? status
		      : numbers_write(&array->numbers, first, count, numbers);
}

enum ipcm_status ipcm_array_acquire(struct ipcm_array *array,
				    int64_t timeout_ns)
{
	enum ipcm_status status = array_check(array);

	return status ? status : numbers_acquire(&array->numbers, timeout_ns);
}

enum ipcm_status ipcm_array_release(struct ipcm_array *array)
{
	enum ipcm_status status = array_check(array);

	return status ? status : numbers_release(&array->numbers);
}

enum ipcm_status ipcm_array_recover(struct ipcm_array *array)
{
	enum ipcm_status status = array_check(array);

	return status ? status : numbers_recover(&array->numbers);
}

enum ipcm_status ipcm_array_get_lock(const struct ipcm_array *array,
				     struct ipcm_lock **ret_lock,
				     struct ipcm_rlock **ret_rlock)
{
	enum ipcm_status status = array_check(array);

	return status ? status
		      : numbers_get_lock(&array->numbers, ret_lock, ret_rlock);
}

enum ipcm_status ipcm_array_close(struct ipcm_array *array)
{
	return handle_close(array, ARRAY_MAGIC);
}

void ipcm_array_free(struct ipcm_array *array)
{
	if (!ipcm_array_close(array))
		numbers_free(&array->numbers);
}
