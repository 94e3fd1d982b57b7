/* SPDX-License-Identifier: MIT */
/*
 * A dict in the server (M-03). Values are counted bytes, so a reply that is
 * pulled slowly keeps the value of its moment without a copy.
 */
#include "impls/objects/manager/server/ordered_table.h"
#include "shared_kinds.h"
#include "impls/objects/manager/server/snapshot_build.h"

struct dict {
	struct shared_object object;
	struct ordered_table table;
};

static void value_drop(void *value)
{
	shared_bytes_drop(value);
}

/* An operation on one key. */
struct key {
	const uint8_t *data;
	size_t size;
};

/* IPCM_CORRUPT; IPCM_TOOBIG */
static enum ipcm_status get_key(struct shared_call *call, struct key *ret_key)
{
	if (!call_get_bytes(call, &ret_key->data, &ret_key->size))
		return IPCM_CORRUPT;
	return ret_key->size <= IPCM_SHARED_KEY_MAX_BYTES ? IPCM_OK
							  : IPCM_TOOBIG;
}

static struct table_entry *find(const struct dict *dict, const struct key *key)
{
	return table_find(&dict->table, key->data, key->size);
}

/* The entry gets the value, whose use passes to the dict. */
static enum ipcm_status store(struct dict *dict, const struct key *key,
			      struct shared_bytes *value)
{
	struct table_entry *entry = find(dict, key);

	if (entry) {
		value_drop(entry->value);
		entry->value = value;
		return IPCM_OK;
	}
	if (table_add(&dict->table, key->data, key->size, value))
		return IPCM_OK;
	value_drop(value);
	return IPCM_NOMEM;
}

static void serve_set(struct dict *dict, struct shared_call *call)
{
	struct shared_bytes *value = NULL;
	struct key key;
	enum ipcm_status status = get_key(call, &key);

	if (!status)
		status = call_take_bytes(call, &value);
	if (!status && !call_end(call)) {
		value_drop(value);
		status = IPCM_CORRUPT;
	}
	if (!status)
		status = store(dict, &key, value);
	call_reply(call, status, 0);
}

/* get and pop: the value, if there is space for it where it goes */
static void serve_get(struct dict *dict, struct shared_call *call, bool pop)
{
	struct table_entry *entry;
	uint64_t capacity = 0;
	struct shared_bytes *value;
	struct key key;
	enum ipcm_status status = get_key(call, &key);

	if (!status && (!call_get_u64(call, &capacity) || !call_end(call)))
		status = IPCM_CORRUPT;
	entry = status ? NULL : find(dict, &key);
	if (!entry) {
		call_reply(call, status ? status : IPCM_NOTFOUND, 0);
		return;
	}
	value = entry->value;
	if (!pop || value->size > capacity) {
		call_reply_value(call, value, capacity);
		return;
	}
	table_remove(&dict->table, entry);
	call_reply_value(call, value, capacity);
	value_drop(value);
}

static void serve_setdefault(struct dict *dict, struct shared_call *call)
{
	struct shared_bytes *value = NULL;
	struct table_entry *entry;
	uint64_t capacity = 0;
	struct key key;
	enum ipcm_status status = get_key(call, &key);

	if (!status)
		status = call_take_bytes(call, &value);
	if (!status && (!call_get_u64(call, &capacity) || !call_end(call)))
		status = IPCM_CORRUPT;
	if (status) {
		value_drop(value);
		call_reply(call, status, 0);
		return;
	}
	entry = find(dict, &key);
	if (!entry && value->size <= capacity)
		entry = table_add(&dict->table, key.data, key.size,
				  shared_bytes_use(value));
	if (entry)
		call_reply_value(call, entry->value, capacity);
	else if (value->size > capacity)
		call_reply(call, IPCM_TOOSMALL, value->size);
	else {
		value_drop(value);
		call_reply(call, IPCM_NOMEM, 0);
	}
	value_drop(value);
}

static void serve_key(struct dict *dict, struct shared_call *call)
{
	struct table_entry *entry;
	struct key key;
	enum ipcm_status status = get_key(call, &key);

	if (!status && !call_end(call))
		status = IPCM_CORRUPT;
	if (status) {
		call_reply(call, status, 0);
		return;
	}
	entry = find(dict, &key);
	if (call->op == OP_DICT_CONTAINS) {
		call_reply(call, IPCM_OK, entry != NULL);
		return;
	}
	if (entry) {
		value_drop(entry->value);
		table_remove(&dict->table, entry);
	}
	call_reply(call, entry ? IPCM_OK : IPCM_NOTFOUND, 0);
}

/* ---- update: all pairs or none ---- */

static enum ipcm_status read_pair(struct shared_call *call, struct dict *fresh)
{
	struct shared_bytes *value = NULL;
	struct key key;
	enum ipcm_status status = get_key(call, &key);

	if (!status)
		status = call_take_bytes(call, &value);
	return status ? status : store(fresh, &key, value);
}

static enum ipcm_status read_pairs(struct shared_call *call, struct dict *fresh)
{
	enum ipcm_status status = IPCM_OK;
	uint64_t count;

	if (!call_get_u64(call, &count))
		return IPCM_CORRUPT;
	/* pairs are larger than nothing, so a wrong count ends it soon */
	for (uint64_t i = 0; i < count && !status; i++)
		status = read_pair(call, fresh);
	return !status && !call_end(call) ? IPCM_CORRUPT : status;
}

static void merge(struct dict *dict, struct dict *fresh)
{
	struct table_entry *from = NULL;

	while ((from = table_next(&fresh->table, from))) {
		const struct key key = {from->key, from->key_bytes};
		struct table_entry *entry = find(dict, &key);
		struct shared_bytes *value = from->value;

		if (!entry) {
			table_adopt(&dict->table, from);
			continue;
		}
		from->value = entry->value;
		entry->value = value;
	}
}

static void serve_update(struct dict *dict, struct shared_call *call)
{
	struct dict fresh = {.table = {0}};
	enum ipcm_status status;

	/* a value must not take the memory of the pairs behind it */
	call->memory = NULL;
	status = read_pairs(call, &fresh);
	if (!status && !table_reserve(&dict->table, fresh.table.count))
		status = IPCM_NOMEM;
	if (!status)
		merge(dict, &fresh);
	table_clear(&fresh.table, value_drop);
	call_reply(call, status, 0);
}

/* ---- snapshots ---- */

static enum ipcm_status snapshot_make(const struct dict *dict, bool keys,
				      bool values, struct snapshot_build *build)
{
	struct table_entry *at = NULL;
	enum ipcm_status status;
	size_t sum = 0;

	while ((at = table_next(&dict->table, at))) {
		const struct shared_bytes *value = at->value;

		if (!snapshot_count(&sum, keys ? at->key_bytes : 0,
				    values ? value->size : 0))
			return IPCM_TOOBIG;
	}
	status = snapshot_begin(build, sum);
	if (status)
		return status;
	while ((at = table_next(&dict->table, at))) {
		const struct shared_bytes *value = at->value;

		snapshot_pair(build, at->key, keys ? at->key_bytes : 0,
			      value->data, values ? value->size : 0);
	}
	return IPCM_OK;
}

static void serve_snapshot(struct dict *dict, struct shared_call *call)
{
	struct snapshot_build build;
	enum ipcm_status status =
		snapshot_make(dict, call->op != OP_DICT_VALUES,
			      call->op != OP_DICT_KEYS, &build);

	if (status) {
		call_reply(call, status, 0);
		return;
	}
	call_reply_bytes(call, IPCM_OK, dict->table.count, build.bytes);
	shared_bytes_drop(build.bytes);
}

/* ---- the kind ---- */

/* Operations on the whole, which have no arguments. */
static void serve_whole(struct dict *dict, struct shared_call *call)
{
	if (!call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	switch (call->op) {
	case OP_DICT_LENGTH:
		call_reply(call, IPCM_OK, dict->table.count);
		return;
	case OP_DICT_CLEAR:
		table_clear(&dict->table, value_drop);
		call_reply(call, IPCM_OK, 0);
		return;
	case OP_DICT_KEYS:
	case OP_DICT_VALUES:
	case OP_DICT_ITEMS:
		serve_snapshot(dict, call);
		return;
	default:
		call_reply(call, IPCM_INVALID, 0);
	}
}

static void serve(struct shared_object *object, struct shared_call *call)
{
	struct dict *dict = (struct dict *)object;

	switch (call->op) {
	case OP_DICT_SET:
		serve_set(dict, call);
		return;
	case OP_DICT_GET:
	case OP_DICT_POP:
		serve_get(dict, call, call->op == OP_DICT_POP);
		return;
	case OP_DICT_SETDEFAULT:
		serve_setdefault(dict, call);
		return;
	case OP_DICT_DELETE:
	case OP_DICT_CONTAINS:
		serve_key(dict, call);
		return;
	case OP_DICT_UPDATE:
		serve_update(dict, call);
		return;
	default:
		serve_whole(dict, call);
	}
}

static void destroy(struct shared_object *object)
{
	table_clear(&((struct dict *)object)->table, value_drop);
}

const struct shared_kind shared_dict = {
	.id = SHARED_DICT,
	.object_bytes = sizeof(struct dict),
	.serve = serve,
	.destroy = destroy,
};
