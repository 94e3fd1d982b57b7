/* SPDX-License-Identifier: MIT */
/* Value: numbers.h with one number. */
#include "numbers.h"

static enum ipcm_status value_check(const struct ipcm_value *value)
{
	return handle_check(value, VALUE_MAGIC);
}

enum ipcm_status ipcm_value_create(const struct ipcm_backend *backend,
				   enum ipcm_number_type type,
				   const void *initial,
				   const struct ipcm_value_options *options,
				   struct ipcm_value **ret_value)
{
	struct numbers *numbers;
	enum ipcm_status status;

	if (!ret_value)
		return IPCM_INVALID;
	status = numbers_create(backend, type, 1, initial, options, VALUE_MAGIC,
				&numbers);
	if (!status)
		*ret_value = (struct ipcm_value *)numbers;
	return status;
}

enum ipcm_status ipcm_value_load(const struct ipcm_value *value,
				 int64_t *ret_number)
{
	enum ipcm_status status =
		handle_check_result(value, VALUE_MAGIC, ret_number);

	return status ? status : numbers_load(&value->numbers, 0, ret_number);
}

enum ipcm_status ipcm_value_store(struct ipcm_value *value, int64_t number)
{
	enum ipcm_status status = value_check(value);

	return status ? status : numbers_store(&value->numbers, 0, number);
}

enum ipcm_status ipcm_value_load_double(const struct ipcm_value *value,
					double *ret_number)
{
	enum ipcm_status status =
		handle_check_result(value, VALUE_MAGIC, ret_number);

	return status ? status
		      : numbers_load_double(&value->numbers, 0, ret_number);
}

enum ipcm_status ipcm_value_store_double(struct ipcm_value *value,
					 double number)
{
	enum ipcm_status status = value_check(value);

	return status ? status
		      : numbers_store_double(&value->numbers, 0, number);
}

enum ipcm_status ipcm_value_acquire(struct ipcm_value *value,
				    int64_t timeout_ns)
{
	enum ipcm_status status = value_check(value);

	return status ? status : numbers_acquire(&value->numbers, timeout_ns);
}

enum ipcm_status ipcm_value_release(struct ipcm_value *value)
{
	enum ipcm_status status = value_check(value);

	return status ? status : numbers_release(&value->numbers);
}

enum ipcm_status ipcm_value_recover(struct ipcm_value *value)
{
	enum ipcm_status status = value_check(value);

	return status ? status : numbers_recover(&value->numbers);
}

enum ipcm_status ipcm_value_get_lock(const struct ipcm_value *value,
				     struct ipcm_lock **ret_lock,
				     struct ipcm_rlock **ret_rlock)
{
	enum ipcm_status status = value_check(value);

	return status ? status
		      : numbers_get_lock(&value->numbers, ret_lock, ret_rlock);
}

enum ipcm_status ipcm_value_close(struct ipcm_value *value)
{
	return handle_close(value, VALUE_MAGIC);
}

void ipcm_value_free(struct ipcm_value *value)
{
	if (!ipcm_value_close(value))
		numbers_free(&value->numbers);
}
