/* SPDX-License-Identifier: MIT */
/* Value: numbers.h with one number. */
#include "numbers.h"

static struct numbers *numbers(struct ipcm_value *value)
{
	return (struct numbers *)value;
}

static const struct numbers *const_numbers(const struct ipcm_value *value)
{
	return (const struct numbers *)value;
}

enum ipcm_status ipcm_value_create(const struct ipcm_backend *backend,
				   enum ipcm_number_type type,
				   const void *initial,
				   const struct ipcm_value_options *options,
				   struct ipcm_value **ret_value)
{
	struct numbers *made;
	enum ipcm_status status;

	if (!ret_value)
		return IPCM_INVALID;
	status = numbers_create(backend, type, 1, initial, options, VALUE_MAGIC,
				&made);
	if (!status)
		*ret_value = (struct ipcm_value *)made;
	return status;
}

enum ipcm_status ipcm_value_load(const struct ipcm_value *value,
				 int64_t *ret_number)
{
	return numbers_load(const_numbers(value), VALUE_MAGIC, 0, ret_number);
}

enum ipcm_status ipcm_value_store(struct ipcm_value *value, int64_t number)
{
	return numbers_store(numbers(value), VALUE_MAGIC, 0, number);
}

enum ipcm_status ipcm_value_load_double(const struct ipcm_value *value,
					double *ret_number)
{
	return numbers_load_double(const_numbers(value), VALUE_MAGIC, 0,
				   ret_number);
}

enum ipcm_status ipcm_value_store_double(struct ipcm_value *value,
					 double number)
{
	return numbers_store_double(numbers(value), VALUE_MAGIC, 0, number);
}

enum ipcm_status ipcm_value_acquire(struct ipcm_value *value,
				    int64_t timeout_ns)
{
	return numbers_acquire(numbers(value), VALUE_MAGIC, timeout_ns);
}

enum ipcm_status ipcm_value_release(struct ipcm_value *value)
{
	return numbers_release(numbers(value), VALUE_MAGIC);
}

enum ipcm_status ipcm_value_recover(struct ipcm_value *value)
{
	return numbers_recover(numbers(value), VALUE_MAGIC);
}

enum ipcm_status ipcm_value_get_lock(const struct ipcm_value *value,
				     struct ipcm_lock **ret_lock,
				     struct ipcm_rlock **ret_rlock)
{
	return numbers_get_lock(const_numbers(value), VALUE_MAGIC, ret_lock,
				ret_rlock);
}

enum ipcm_status ipcm_value_close(struct ipcm_value *value)
{
	return handle_close(value, VALUE_MAGIC);
}

void ipcm_value_free(struct ipcm_value *value)
{
	numbers_free(numbers(value), VALUE_MAGIC);
}
