/* SPDX-License-Identifier: MIT */
/* Proxies: handles of a manager's objects. */
#include "proxy.h"

#include "impls/objects/manager/manager_internal.h"

/* Most arguments of an open: kind, name, what the kind needs. */
#define OPEN_ARGUMENTS 4

static enum ipcm_status proxy_new(struct link_pool *pool,
				  enum shared_kind_id kind,
				  const struct proxy_request *request,
				  struct ipcm_proxy **ret_proxy)
{
	struct ipcm_proxy *proxy = calloc(1, sizeof(*proxy));
	struct proxy_answer answer = {.capacity = IPCM_NAME_MAX};
	enum ipcm_status status;

	if (!proxy)
		return IPCM_NOMEM;
	answer.buffer = proxy->name;
	status = request_call(pool, 0, request, &answer);
	if (status) {
		free(proxy);
		return status;
	}
	proxy->kind = kind;
	proxy->id = answer.number;
	proxy->pool = pool;
	link_pool_use(pool);
	handle_open(&proxy->handle, PROXY_MAGIC);
	*ret_proxy = proxy;
	return IPCM_OK;
}

enum ipcm_status proxy_open(struct ipcm_manager *manager,
			    enum shared_kind_id kind, const char *name,
			    const struct proxy_argument *arguments,
			    size_t count, struct ipcm_proxy **ret_proxy)
{
	struct proxy_argument all[OPEN_ARGUMENTS];
	const struct proxy_request request = {
		.op = OP_OPEN, .arguments = all, .count = count + 2};
	enum ipcm_status status =
		handle_check_result(manager, MANAGER_MAGIC, ret_proxy);
	size_t length = name ? strlen(name) : 0;

	if (status)
		return status;
	if ((name && !length) || length > IPCM_NAME_MAX)
		return IPCM_INVALID;
	all[0] = ARGUMENT_NUMBER(kind);
	all[1] = ARGUMENT_BYTES(name, length);
	for (size_t i = 0; i < count; i++)
		all[i + 2] = arguments[i];
	return proxy_new(manager->pool, kind, &request, ret_proxy);
}

enum ipcm_status proxy_call(struct ipcm_proxy *proxy, unsigned kinds,
			    const struct proxy_request *request,
			    struct proxy_answer *answer)
{
	enum ipcm_status status = handle_check(proxy, PROXY_MAGIC);

	if (status)
		return status;
	if (!(kinds & KIND_BIT(proxy->kind)))
		return IPCM_INVALID;
	return request_call(proxy->pool, proxy->id, request, answer);
}

enum ipcm_status proxy_ask(struct ipcm_proxy *proxy, unsigned kinds,
			   uint32_t op, const struct proxy_argument *arguments,
			   size_t count, uint64_t *ret_number)
{
	const struct proxy_request request = {
		.op = op, .arguments = arguments, .count = count};
	struct proxy_answer answer = {.number = 0};
	enum ipcm_status status = proxy_call(proxy, kinds, &request, &answer);

	if (!status && ret_number)
		*ret_number = answer.number;
	return status;
}

enum ipcm_status ipcm_proxy_name(const struct ipcm_proxy *proxy,
				 const char **ret_name)
{
	enum ipcm_status status =
		handle_check_result(proxy, PROXY_MAGIC, ret_name);

	if (!status)
		*ret_name = proxy->name;
	return status;
}

void ipcm_proxy_free(struct ipcm_proxy *proxy)
{
	if (!handle_is(proxy, PROXY_MAGIC))
		return;
	handle_invalidate(&proxy->handle);
	link_pool_drop(proxy->pool);
	free(proxy);
}
