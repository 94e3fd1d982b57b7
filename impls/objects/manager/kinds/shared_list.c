/* SPDX-License-Identifier: MIT */
/*
 * A list in the server (M-04). An index below 0 counts from the end. Python's
 * rules: insert and slice move an index that is outside to the nearest end, all
 * other operations report IPCM_RANGE.
 */
#include "shared_kinds.h"
#include "impls/objects/manager/server/snapshot_build.h"

/* So that one operation cannot keep all others waiting for long. */
#define VALUES_MAX ((size_t)16 << 20)

struct list {
	struct shared_object object;
	struct shared_bytes **values;
	size_t count, capacity;
};

static bool reserve(struct list *list, size_t more)
{
	size_t capacity = list->capacity ? list->capacity : 8;
	struct shared_bytes **values;

	if (more > VALUES_MAX || list->count + more > VALUES_MAX)
		return false;
	while (capacity < list->count + more)
		capacity *= 2;
	if (capacity == list->capacity)
		return true;
	values = realloc(list->values, capacity * sizeof(*values));
	if (!values)
		return false;
	list->values = values;
	list->capacity = capacity;
	return true;
}

/* An element's place; false: there is none. */
static bool place_of(const struct list *list, uint64_t argument,
		     size_t *ret_place)
{
	int64_t index = (int64_t)argument;

	if (index < 0)
		index += (int64_t)list->count;
	if (index < 0 || (uint64_t)index >= list->count)
		return false;
	*ret_place = (size_t)index;
	return true;
}

/* A place between elements, as near as there is one. */
static size_t place_near(const struct list *list, uint64_t argument)
{
	int64_t index = (int64_t)argument;

	if (index < 0)
		index += (int64_t)list->count;
	if (index < 0)
		return 0;
	return (uint64_t)index < list->count ? (size_t)index : list->count;
}

static void place_insert(struct list *list, size_t place,
			 struct shared_bytes *value)
{
	memmove(&list->values[place + 1], &list->values[place],
		(list->count - place) * sizeof(list->values[0]));
	list->values[place] = value;
	list->count++;
}

static struct shared_bytes *place_take(struct list *list, size_t place)
{
	struct shared_bytes *value = list->values[place];

	list->count--;
	memmove(&list->values[place], &list->values[place + 1],
		(list->count - place) * sizeof(list->values[0]));
	return value;
}

/* append, insert */
static void serve_add(struct list *list, struct shared_call *call)
{
	struct shared_bytes *value = NULL;
	uint64_t index = INT64_MAX;
	enum ipcm_status status = IPCM_OK;

	if (call->op == OP_LIST_INSERT && !call_get_u64(call, &index))
		status = IPCM_CORRUPT;
	if (!status)
		status = call_take_bytes(call, &value);
	if (!status && !call_end(call))
		status = IPCM_CORRUPT;
	if (!status && !reserve(list, 1))
		status = IPCM_NOMEM;
	if (status)
		shared_bytes_drop(value);
	else
		place_insert(list, place_near(list, index), value);
	call_reply(call, status, list->count);
}

static enum ipcm_status read_values(struct shared_call *call, struct list *new)
{
	struct shared_bytes *value = NULL;
	enum ipcm_status status;
	uint64_t count;

	if (!call_get_u64(call, &count))
		return IPCM_CORRUPT;
	for (uint64_t i = 0; i < count; i++) {
		status = call_take_bytes(call, &value);
		if (status)
			return status;
		if (!reserve(new, 1)) {
			shared_bytes_drop(value);
			return IPCM_NOMEM;
		}
		new->values[new->count++] = value;
	}
	return call_end(call) ? IPCM_OK : IPCM_CORRUPT;
}

static void values_drop(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		shared_bytes_drop(list->values[i]);
	free(list->values);
	list->values = NULL;
	list->count = list->capacity = 0;
}

/* All values or none. */
static void serve_extend(struct list *list, struct shared_call *call)
{
	struct list new = {.values = NULL};
	enum ipcm_status status;

	/* a value must not take the memory of those behind it */
	call->memory = NULL;
	status = read_values(call, &new);
	if (!status && !reserve(list, new.count))
		status = IPCM_NOMEM;
	if (!status && new.count) {
		memcpy(&list->values[list->count], new.values,
		       new.count * sizeof(new.values[0]));
		list->count += new.count;
		new.count = 0;
	}
	values_drop(&new);
	call_reply(call, status, list->count);
}

static void serve_set(struct list *list, struct shared_call *call)
{
	struct shared_bytes *value = NULL;
	enum ipcm_status status = IPCM_CORRUPT;
	uint64_t index;
	size_t place;

	if (call_get_u64(call, &index))
		status = call_take_bytes(call, &value);
	if (!status && !call_end(call))
		status = IPCM_CORRUPT;
	if (!status && !place_of(list, index, &place))
		status = IPCM_RANGE;
	if (!status) {
		struct shared_bytes *old = list->values[place];

		list->values[place] = value;
		value = old;
	}
	shared_bytes_drop(value);
	call_reply(call, status, 0);
}

/* get, pop */
static void serve_get(struct list *list, struct shared_call *call)
{
	uint64_t index, capacity;
	struct shared_bytes *value;
	size_t place;

	if (!call_get_u64(call, &index) || !call_get_u64(call, &capacity) ||
	    !call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	if (!place_of(list, index, &place)) {
		call_reply(call, IPCM_RANGE, 0);
		return;
	}
	value = list->values[place];
	if (call->op == OP_LIST_GET || value->size > capacity) {
		call_reply_value(call, value, capacity);
		return;
	}
	(void)place_take(list, place);
	call_reply_value(call, value, capacity);
	shared_bytes_drop(value);
}

static void serve_delete(struct list *list, struct shared_call *call)
{
	enum ipcm_status status = IPCM_OK;
	uint64_t index;
	size_t place;

	if (!call_get_u64(call, &index) || !call_end(call))
		status = IPCM_CORRUPT;
	else if (!place_of(list, index, &place))
		status = IPCM_RANGE;
	else
		shared_bytes_drop(place_take(list, place));
	call_reply(call, status, 0);
}

/* remove, index, count: by value */
static void serve_search(struct list *list, struct shared_call *call)
{
	const uint8_t *data;
	uint64_t found = 0;
	size_t first = 0;
	size_t size;

	if (!call_get_bytes(call, &data, &size) || !call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct shared_bytes *value = list->values[i];

		if (value->size != size ||
		    (size && memcmp(value->data, data, size)))
			continue;
		if (!found++)
			first = i;
		if (call->op != OP_LIST_COUNT)
			break;
	}
	if (call->op == OP_LIST_COUNT) {
		call_reply(call, IPCM_OK, found);
		return;
	}
	if (found && call->op == OP_LIST_REMOVE)
		shared_bytes_drop(place_take(list, first));
	call_reply(call, found ? IPCM_OK : IPCM_NOTFOUND, first);
}

/* ---- slices ---- */

struct slice {
	size_t first, count;
	int64_t step;
};

/* Python's slice.indices(), for a begin and an end that are there. */
static int64_t slice_bound(int64_t index, int64_t count, bool down)
{
	if (index < 0)
		index += count;
	if (index < 0)
		return down ? -1 : 0;
	if (index >= count)
		return down ? count - 1 : count;
	return index;
}

static struct slice slice_of(const struct list *list, int64_t begin,
			     int64_t end, int64_t step)
{
	int64_t count = (int64_t)list->count;
	int64_t low = slice_bound(begin, count, step < 0);
	int64_t high = slice_bound(end, count, step < 0);
	int64_t distance = step < 0 ? low - high : high - low;
	uint64_t stride = step < 0 ? -(uint64_t)step : (uint64_t)step;
	struct slice slice = {(size_t)low, 0, step};

	if (distance > 0)
		slice.count = (size_t)(((uint64_t)distance - 1) / stride + 1);
	return slice;
}

static enum ipcm_status slice_copy(const struct list *list,
				   const struct slice *slice,
				   struct snapshot_build *build)
{
	enum ipcm_status status;
	size_t sum = 0;

	for (size_t i = 0; i < slice->count; i++) {
		size_t at = slice->first + i * (size_t)slice->step;

		if (!snapshot_count(&sum, 0, list->values[at]->size))
			return IPCM_TOOBIG;
	}
	status = snapshot_begin(build, sum);
	for (size_t i = 0; i < slice->count && !status; i++) {
		size_t at = slice->first + i * (size_t)slice->step;

		snapshot_pair(build, NULL, 0, list->values[at]->data,
			      list->values[at]->size);
	}
	return status;
}

static void serve_slice(struct list *list, struct shared_call *call)
{
	struct snapshot_build build;
	uint64_t begin, end, step;
	enum ipcm_status status;
	struct slice slice;

	if (!call_get_u64(call, &begin) || !call_get_u64(call, &end) ||
	    !call_get_u64(call, &step) || !call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	if (!step) {
		call_reply(call, IPCM_INVALID, 0);
		return;
	}
	slice = slice_of(list, (int64_t)begin, (int64_t)end, (int64_t)step);
	status = slice_copy(list, &slice, &build);
	if (status) {
		call_reply(call, status, 0);
		return;
	}
	call_reply_bytes(call, IPCM_OK, slice.count, build.bytes);
	shared_bytes_drop(build.bytes);
}

/* ---- order ---- */

static void reverse(struct list *list)
{
	for (size_t i = 0, j = list->count; i + 1 < j; i++) {
		struct shared_bytes *value = list->values[i];

		list->values[i] = list->values[--j];
		list->values[j] = value;
	}
}

static const struct shared_bytes *sorted(const void *place)
{
	return *(struct shared_bytes *const *)place;
}

static int compare_bytes(const void *left, const void *right)
{
	const struct shared_bytes *a = sorted(left), *b = sorted(right);
	size_t least = a->size < b->size ? a->size : b->size;
	int order = least ? memcmp(a->data, b->data, least) : 0;

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_int64(const void *left, const void *right)
{
	int64_t a, b;

	memcpy(&a, sorted(left)->data, sizeof(a));
	memcpy(&b, sorted(right)->data, sizeof(b));
	return (a > b) - (a < b);
}

/* What is no number comes last, so that there is one order. */
static int compare_double(const void *left, const void *right)
{
	double a, b;

	memcpy(&a, sorted(left)->data, sizeof(a));
	memcpy(&b, sorted(right)->data, sizeof(b));
	if (a != a || b != b)
		return (a != a) - (b != b);
	return (a > b) - (a < b);
}

static bool are_words(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->values[i]->size != sizeof(uint64_t))
			return false;
	return true;
}

static void serve_sort(struct list *list, struct shared_call *call)
{
	int (*compare)(const void *, const void *) = compare_bytes;
	enum ipcm_status status = IPCM_OK;
	uint64_t order, descending;

	if (!call_get_u64(call, &order) || !call_get_u64(call, &descending) ||
	    !call_end(call))
		status = IPCM_CORRUPT;
	else if (order > IPCM_SORT_DOUBLE ||
		 (order != IPCM_SORT_BYTES && !are_words(list)))
		status = IPCM_INVALID;
	if (status) {
		call_reply(call, status, 0);
		return;
	}
	if (order != IPCM_SORT_BYTES)
		compare = order == IPCM_SORT_INT64 ? compare_int64
						   : compare_double;
	if (list->count)
		qsort(list->values, list->count, sizeof(list->values[0]),
		      compare);
	/* equal values look the same: no order among them to keep */
	if (descending)
		reverse(list);
	call_reply(call, IPCM_OK, 0);
}

/* ---- the kind ---- */

static void serve_whole(struct list *list, struct shared_call *call)
{
	if (!call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	switch (call->op) {
	case OP_LIST_LENGTH:
		break;
	case OP_LIST_CLEAR:
		values_drop(list);
		break;
	case OP_LIST_REVERSE:
		reverse(list);
		break;
	default:
		call_reply(call, IPCM_INVALID, 0);
		return;
	}
	call_reply(call, IPCM_OK, list->count);
}

static void serve(struct shared_object *object, struct shared_call *call)
{
	struct list *list = (struct list *)object;

	switch (call->op) {
	case OP_LIST_APPEND:
	case OP_LIST_INSERT:
		serve_add(list, call);
		return;
	case OP_LIST_EXTEND:
		serve_extend(list, call);
		return;
	case OP_LIST_GET:
	case OP_LIST_POP:
		serve_get(list, call);
		return;
	case OP_LIST_SET:
		serve_set(list, call);
		return;
	case OP_LIST_DELETE:
		serve_delete(list, call);
		return;
	case OP_LIST_REMOVE:
	case OP_LIST_INDEX:
	case OP_LIST_COUNT:
		serve_search(list, call);
		return;
	case OP_LIST_SLICE:
		serve_slice(list, call);
		return;
	case OP_LIST_SORT:
		serve_sort(list, call);
		return;
	default:
		serve_whole(list, call);
	}
}

static void destroy(struct shared_object *object)
{
	values_drop((struct list *)object);
}

const struct shared_kind shared_list = {
	.id = SHARED_LIST,
	.object_bytes = sizeof(struct list),
	.serve = serve,
	.destroy = destroy,
};
