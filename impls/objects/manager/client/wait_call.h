/* SPDX-License-Identifier: MIT */
/* Requests that may wait in the server; see proxy.h. */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_WAIT_CALL_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_WAIT_CALL_H

#include "ipcmark/shared_sync.h"
#include "proxy.h"

/** An operation that may wait and has no arguments. ret_number may be NULL. */
static inline enum ipcm_status wait_call(struct ipcm_proxy *proxy,
					 unsigned kinds, uint32_t op,
					 int64_t timeout_ns,
					 uint64_t *ret_number)
{
	const struct proxy_request request = {
		.op = op, .waits = true, .timeout_ns = timeout_ns};
	struct proxy_answer answer = {.number = 0};
	enum ipcm_status status = proxy_call(proxy, kinds, &request, &answer);

	if (!status && ret_number)
		*ret_number = answer.number;
	return status;
}

/** One without arguments that does not wait, and answers with a number. */
static inline enum ipcm_status number_call(struct ipcm_proxy *proxy,
					   unsigned kinds, uint32_t op,
					   const void *ret,
					   uint64_t *ret_number)
{
	return ret ? proxy_ask(proxy, kinds, op, NULL, 0, ret_number)
		   : IPCM_INVALID;
}

/** Bytes without an address? */
static inline bool bytes_missing(const void *data, size_t size)
{
	return !data && size;
}

#endif
