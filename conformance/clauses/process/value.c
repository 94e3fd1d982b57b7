/* SPDX-License-Identifier: MIT */
/*
 * V, A: numbers in shared memory.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/users.h"

static struct ipcm_value *value_make(const struct ipcm_backend *backend,
				     enum ipcm_number_type type,
				     const void *initial)
{
	struct ipcm_value *value = NULL;

	CHECK_OK(ipcm_value_create(backend, type, initial, NULL, &value));
	CHECK(value != NULL, "OK without a handle");
	return value;
}

static int64_t value_number(struct ipcm_value *value)
{
	int64_t number = -77;

	CHECK_OK(ipcm_value_load(value, &number));
	return number;
}

/* Each type with an initial value and with what its variables can be. */
static const int16_t initial_16 = -300;
static const int32_t initial_32 = INT32_MIN;
static const int64_t initial_64 = INT64_MAX - 1;

enum { EXTREMES = 5 };

static const struct whole {
	enum ipcm_number_type type;
	const void *initial;
	int64_t first;
	int64_t numbers[EXTREMES];
	/** What the type does not have. */
	int64_t wrong[2];
} wholes[] = {
	{IPCM_CHAR, "x", 'x', {0, 1, 127, 128, 255}, {-1, 256}},
	{IPCM_INT16,
	 &initial_16,
	 -300,
	 {0, 1, -1, INT16_MIN, INT16_MAX},
	 {INT16_MIN - 1, INT16_MAX + 1}},
	{IPCM_INT32,
	 &initial_32,
	 INT32_MIN,
	 {0, 1, -1, INT32_MIN, INT32_MAX},
	 {(int64_t)INT32_MIN - 1, (int64_t)INT32_MAX + 1}},
	{IPCM_INT64,
	 &initial_64,
	 INT64_MAX - 1,
	 {0, 1, -1, INT64_MIN, INT64_MAX},
	 {0, 0}},
};

static const double doubles[] = {0.0,	   -0.0,      0.1, -DBL_MAX, DBL_MIN,
				 INFINITY, -INFINITY, NAN, M_PI};

enum { DOUBLES = sizeof(doubles) / sizeof(doubles[0]) };

/* A peer stores one number after the other; the step says which. */
struct storing {
	struct ipcm_value *value;
	const struct whole *whole;
	_Atomic int stored, seen;
};

static void store_each(void *argument)
{
	struct storing *storing = argument;
	int count = storing->whole ? EXTREMES : DOUBLES;

	for (int i = 0; i < count; i++) {
		CHECK_OK(storing->whole
				 ? ipcm_value_store(storing->value,
						    storing->whole->numbers[i])
				 : ipcm_value_store_double(storing->value,
							   doubles[i]));
		atomic_store(&storing->stored, i + 1);
		flag_await(&storing->seen, i + 1);
	}
}

static void whole_numbers(const struct ipcm_backend *backend,
			  const struct whole *whole)
{
	struct storing *storing = share(sizeof(*storing));
	double real = 1.5;
	struct peer peer;

	storing->whole = whole;
	storing->value = value_make(backend, whole->type, NULL);
	CHECK_EQUAL(0, value_number(storing->value), "number without initial");
	ipcm_value_free(storing->value);
	storing->value = value_make(backend, whole->type, whole->initial);
	CHECK_EQUAL(whole->first, value_number(storing->value), "initial");
	peer = peer_start(store_each, storing);
	for (int i = 0; i < EXTREMES; i++) {
		flag_await(&storing->stored, i + 1);
		CHECK_EQUAL(whole->numbers[i], value_number(storing->value),
			    "number that a child stored");
		atomic_store(&storing->seen, i + 1);
	}
	peer_join(&peer);
	CHECK_OK(ipcm_value_store(storing->value, 1));
	for (int i = 0; i < 2 && whole->wrong[i]; i++)
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_value_store(storing->value, whole->wrong[i]));
	CHECK_STATUS(IPCM_INVALID, ipcm_value_store_double(storing->value, 1));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_value_load_double(storing->value, &real));
	CHECK(real == 1.5, "a load that fails writes its result");
	CHECK_EQUAL(1, value_number(storing->value),
		    "number after stores that failed");
	ipcm_value_free(storing->value);
}

static void check_double(struct ipcm_value *value, double wanted)
{
	double got = -1;

	CHECK_OK(ipcm_value_load_double(value, &got));
	CHECK(memcmp(&wanted, &got, sizeof(got)) == 0, "%a, wanted %a", got,
	      wanted);
}

static void double_numbers(const struct ipcm_backend *backend)
{
	struct storing *storing = share(sizeof(*storing));
	struct peer peer;

	storing->value = value_make(backend, IPCM_DOUBLE, &doubles[2]);
	check_double(storing->value, doubles[2]);
	peer = peer_start(store_each, storing);
	for (int i = 0; i < DOUBLES; i++) {
		flag_await(&storing->stored, i + 1);
		check_double(storing->value, doubles[i]);
		atomic_store(&storing->seen, i + 1);
	}
	peer_join(&peer);
	CHECK_STATUS(IPCM_INVALID, ipcm_value_store(storing->value, 1));
	check_double(storing->value, doubles[DOUBLES - 1]);
	ipcm_value_free(storing->value);
}

static void every_store_is_seen(const struct ipcm_backend *backend)
{
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++)
		whole_numbers(backend, &wholes[i]);
	double_numbers(backend);
}

enum { ADDERS = 8, ADDITIONS = 10000 };

static void add_under_the_lock(void *value)
{
	for (int i = 0; i < ADDITIONS; i++) {
		int64_t number;

		CHECK_OK(ipcm_value_acquire(value, IPCM_FOREVER));
		CHECK_OK(ipcm_value_load(value, &number));
		CHECK_OK(ipcm_value_store(value, number + 1));
		CHECK_OK(ipcm_value_release(value));
	}
}

static void additions_add_up(const struct ipcm_backend *backend)
{
	struct ipcm_value *value = value_make(backend, IPCM_INT32, NULL);

	users_run(ADDERS, 0, add_under_the_lock, value);
	CHECK_EQUAL(ADDERS * ADDITIONS, value_number(value),
		    "sum of increments under the lock");
	ipcm_value_free(value);
}

/* Each variant of the lock: whose is it, and does acquire take it? */
static void own_lock(const struct ipcm_backend *backend)
{
	struct ipcm_value *value = value_make(backend, IPCM_INT32, NULL);
	struct ipcm_rlock *rlock = NULL;
	struct ipcm_lock *lock = (void *)8;

	CHECK_OK(ipcm_value_get_lock(value, &lock, &rlock));
	CHECK(!lock && rlock, "the default lock is not an RLock");
	CHECK_OK(ipcm_value_acquire(value, IPCM_TRY));
	CHECK_OK(ipcm_value_acquire(value, IPCM_TRY));
	CHECK_EQUAL(2, rlock_depth(rlock), "depth of the value's lock");
	CHECK_OK(ipcm_value_release(value));
	CHECK_OK(ipcm_value_release(value));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_value_release(value));
	CHECK_STATUS(IPCM_INVALID, ipcm_value_recover(value));
	rlock_expect_free(rlock);
	CHECK_STATUS(IPCM_INVALID, ipcm_value_get_lock(value, NULL, &rlock));
	ipcm_value_free(value);
}

static void callers_lock(const struct ipcm_backend *backend)
{
	struct ipcm_value_options options = IPCM_VALUE_OPTIONS_INIT;
	struct ipcm_rlock *rlock = (void *)8;
	struct ipcm_lock *lock = NULL;
	struct ipcm_array *array;
	bool locked = false;

	options.lock = lock_make(backend);
	CHECK_OK(ipcm_array_create(backend, IPCM_CHAR, 3, "abc", &options,
				   &array));
	CHECK_OK(ipcm_array_get_lock(array, &lock, &rlock));
	CHECK(lock == options.lock && !rlock, "it is not the caller's lock");
	CHECK_OK(ipcm_array_acquire(array, IPCM_TRY));
	CHECK_OK(ipcm_lock_locked(options.lock, &locked));
	CHECK(locked, "acquire does not take the caller's lock");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_array_acquire(array, IPCM_TRY));
	CHECK_OK(ipcm_array_release(array));
	CHECK_STATUS(IPCM_INVALID, ipcm_array_release(array));
	CHECK_STATUS(IPCM_INVALID, ipcm_array_recover(array));
	ipcm_array_free(array);
	lock_expect_free(options.lock);
	CHECK_OK(ipcm_lock_close(options.lock));
	CHECK_STATUS(IPCM_CLOSED, ipcm_array_create(backend, IPCM_CHAR, 3, NULL,
						    &options, &array));
	ipcm_lock_free(options.lock);
}

static void callers_rlock(const struct ipcm_backend *backend)
{
	struct ipcm_value_options options = IPCM_VALUE_OPTIONS_INIT;
	struct ipcm_value *value;

	options.rlock = rlock_make(backend);
	CHECK_OK(
		ipcm_value_create(backend, IPCM_INT64, NULL, &options, &value));
	CHECK_OK(ipcm_value_acquire(value, IPCM_TRY));
	CHECK_EQUAL(1, rlock_depth(options.rlock), "depth");
	CHECK_OK(ipcm_value_release(value));
	ipcm_value_free(value);
	rlock_expect_free(options.rlock);
	ipcm_rlock_free(options.rlock);
}

static void no_lock(const struct ipcm_backend *backend)
{
	struct ipcm_value_options options = IPCM_VALUE_OPTIONS_INIT;
	struct ipcm_rlock *rlock = (void *)8;
	struct ipcm_lock *lock = (void *)8;
	struct ipcm_value *value;

	options.unlocked = true;
	CHECK_OK(
		ipcm_value_create(backend, IPCM_INT64, NULL, &options, &value));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_value_get_lock(value, &lock, &rlock));
	CHECK(lock == (void *)8 && rlock == (void *)8,
	      "a query that fails writes its result");
	CHECK_STATUS(IPCM_NOTSUP, ipcm_value_acquire(value, IPCM_TRY));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_value_release(value));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_value_recover(value));
	CHECK_OK(ipcm_value_store(value, 5));
	CHECK_EQUAL(5, value_number(value), "number");
	ipcm_value_free(value);
}

static void not_a_lock(const struct ipcm_backend *backend)
{
	struct ipcm_value_options options = IPCM_VALUE_OPTIONS_INIT;
	struct ipcm_event *event = event_make(backend);
	struct leak_snapshot *before = leak_snapshot_take();
	struct ipcm_value *value = (void *)8;

	options.lock = (struct ipcm_lock *)event;
	CHECK_STATUS(IPCM_INVALID, ipcm_value_create(backend, IPCM_INT64, NULL,
						     &options, &value));
	options.lock = (struct ipcm_lock *)"no lock";
	options.lock = (struct ipcm_lock *)((char *)event + 1);
	CHECK_STATUS(IPCM_INVALID, ipcm_value_create(backend, IPCM_INT64, NULL,
						     &options, &value));
	options.lock = lock_make(backend);
	options.unlocked = true;
	CHECK_STATUS(IPCM_INVALID, ipcm_value_create(backend, IPCM_INT64, NULL,
						     &options, &value));
	ipcm_lock_free(options.lock);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_value_create(backend, 'z', NULL, NULL, &value));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_value_create(backend, IPCM_INT64, NULL, NULL, NULL));
	CHECK(value == (void *)8, "a creation that fails writes its result");
	check_nothing_left(before, "after creations that failed");
	leak_snapshot_free(before);
	ipcm_event_free(event);
}

static void four_kinds_of_lock(const struct ipcm_backend *backend)
{
	own_lock(backend);
	callers_lock(backend);
	callers_rlock(backend);
	no_lock(backend);
	not_a_lock(backend);
}

/* All bits or none; the patterns of a double are numbers, too. */
static const uint64_t patterns[2] = {0, UINT64_MAX};

struct flicker {
	struct ipcm_value *whole, *real;
	_Atomic int writers, stop;
};

/* Each stores both in turn: one that runs beside the reader is enough. */
static void write_patterns(void *argument)
{
	struct flicker *flicker = argument;

	(void)atomic_fetch_add(&flicker->writers, 1);
	while (!atomic_load(&flicker->stop)) {
		for (unsigned i = 0; i < 1000; i++) {
			uint64_t bits = patterns[i % 2];
			double real;

			memcpy(&real, &bits, sizeof(real));
			CHECK_OK(ipcm_value_store(flicker->whole,
						  (int64_t)bits));
			CHECK_OK(ipcm_value_store_double(flicker->real, real));
		}
	}
}

static void check_pattern(uint64_t bits)
{
	CHECK(bits == patterns[0] || bits == patterns[1],
	      "a load of %016llx: half of one store, half of another",
	      (unsigned long long)bits);
}

static void loads_are_whole(const struct ipcm_backend *backend)
{
	struct flicker *flicker = share(sizeof(*flicker));
	struct peer peers[2];
	int64_t end;

	flicker->whole = value_make(backend, IPCM_INT64, NULL);
	flicker->real = value_make(backend, IPCM_DOUBLE, NULL);
	peers_start(peers, 2, write_patterns, flicker);
	flag_await(&flicker->writers, 2);
	end = now_ns() + 300 * MS;
	while (now_ns() < end) {
		double real;
		uint64_t bits;

		for (int i = 0; i < 1000; i++) {
			check_pattern((uint64_t)value_number(flicker->whole));
			CHECK_OK(ipcm_value_load_double(flicker->real, &real));
			memcpy(&bits, &real, sizeof(bits));
			check_pattern(bits);
		}
	}
	atomic_store(&flicker->stop, 1);
	peers_join(peers, 2);
	ipcm_value_free(flicker->whole);
	ipcm_value_free(flicker->real);
}

enum { LENGTH = 1000 };

static struct ipcm_array *array_make(const struct ipcm_backend *backend,
				     enum ipcm_number_type type, int64_t length,
				     const void *initial)
{
	struct ipcm_array *array = NULL;

	CHECK_OK(ipcm_array_create(backend, type, length, initial, NULL,
				   &array));
	return array;
}

static int64_t array_number(struct ipcm_array *array, size_t index)
{
	int64_t number = -77;

	CHECK_OK(ipcm_array_load(array, index, &number));
	return number;
}

static size_t array_length(struct ipcm_array *array)
{
	size_t length = 77;

	CHECK_OK(ipcm_array_length(array, &length));
	return length;
}

static void zero_filled(const struct ipcm_backend *backend)
{
	for (int round = 0; round < 5; round++) {
		struct ipcm_array *array =
			array_make(backend, IPCM_INT16, LENGTH, NULL);

		CHECK_EQUAL(LENGTH, array_length(array), "length");
		for (size_t i = 0; i < LENGTH; i++) {
			CHECK_EQUAL(0, array_number(array, i), "new number");
			CHECK_OK(ipcm_array_store(array, i, -1));
		}
		ipcm_array_free(array);
	}
}

static void from_a_sequence(const struct ipcm_backend *backend)
{
	int32_t numbers[7] = {680, 626, 934, 821, 150, 233, 548};
	struct ipcm_array *array = array_make(backend, IPCM_INT32, 7, numbers);

	numbers[2] = 5;
	CHECK_EQUAL(7, array_length(array), "length");
	CHECK_EQUAL(680, array_number(array, 0), "first number");
	CHECK_EQUAL(934, array_number(array, 2), "number that was copied");
	CHECK_EQUAL(548, array_number(array, 6), "last number");
	ipcm_array_free(array);
}

static void of_odd_lengths(const struct ipcm_backend *backend)
{
	struct ipcm_array *array = array_make(backend, IPCM_DOUBLE, 0, NULL);
	struct leak_snapshot *before;
	int64_t number;

	CHECK_EQUAL(0, array_length(array), "length");
	CHECK_STATUS(IPCM_INVALID, ipcm_array_load(array, 0, &number));
	CHECK_OK(ipcm_array_read(array, 0, 0, NULL));
	ipcm_array_free(array);
	before = leak_snapshot_take();
	CHECK_STATUS(IPCM_INVALID, ipcm_array_create(backend, IPCM_CHAR, -1,
						     NULL, NULL, &array));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_array_create(backend, IPCM_CHAR, INT64_MIN, NULL,
				       NULL, &array));
	CHECK_STATUS(IPCM_NOMEM,
		     ipcm_array_create(backend, IPCM_CHAR, INT64_MAX, NULL,
				       NULL, &array));
	CHECK_STATUS(IPCM_NOMEM,
		     ipcm_array_create(backend, IPCM_INT64, INT64_MAX / 2, NULL,
				       NULL, &array));
	check_nothing_left(before, "after creations that failed");
	leak_snapshot_free(before);
}

static void arrays_are_made(const struct ipcm_backend *backend)
{
	zero_filled(backend);
	from_a_sequence(backend);
	of_odd_lengths(backend);
}

/* The child of CPython's test_array: each number gets those before it. */
static void sum_up(void *array)
{
	int32_t slice[3] = {1, 2, 3};

	for (size_t i = 1; i < array_length(array); i++)
		CHECK_OK(ipcm_array_store(array, i,
					  array_number(array, i) +
						  array_number(array, i - 1)));
	CHECK_OK(ipcm_array_write(array, 7, 3, slice));
}

static void elements_and_slices(const struct ipcm_backend *backend)
{
	const int32_t numbers[10] = {680, 626, 934, 821, 150,
				     233, 548, 982, 714, 831};
	const int32_t wanted[10] = {680,  1306, 2240, 3061, 3211,
				    3444, 3992, 1,    2,    3};
	struct ipcm_array *array = array_make(backend, IPCM_INT32, 10, numbers);
	int32_t got[10] = {0};
	struct peer peer;

	CHECK_OK(ipcm_array_read(array, 2, 3, got));
	CHECK(memcmp(got, numbers + 2, 3 * sizeof(got[0])) == 0 && got[3] == 0,
	      "a slice is not numbers 2 to 4");
	peer = peer_start(sum_up, array);
	peer_join(&peer);
	CHECK_OK(ipcm_array_read(array, 0, 10, got));
	for (int i = 0; i < 10; i++)
		CHECK_EQUAL(wanted[i], got[i], "number that a child stored");
	ipcm_array_free(array);
}

static void outside_is_refused(const struct ipcm_backend *backend)
{
	static const size_t outside[] = {4, 5, 1 << 20, SIZE_MAX / 8, SIZE_MAX};
	const double numbers[4] = {1, 2, 3, 4};
	struct ipcm_array *array = array_make(backend, IPCM_DOUBLE, 4, numbers);
	double got[5] = {-1, -1, -1, -1, -1}, number = -1;

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		size_t at = outside[i];

		CHECK_STATUS(IPCM_INVALID,
			     ipcm_array_load_double(array, at, &number));
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_array_store_double(array, at, 9));
		CHECK_STATUS(IPCM_INVALID, ipcm_array_read(array, at, 1, got));
		CHECK_STATUS(IPCM_INVALID, ipcm_array_write(array, at, 1, got));
		CHECK_STATUS(IPCM_INVALID, ipcm_array_read(array, 1, at, got));
		CHECK_STATUS(IPCM_INVALID, ipcm_array_write(array, 1, at, got));
	}
	CHECK_OK(ipcm_array_read(array, 4, 0, got));
	CHECK_STATUS(IPCM_INVALID, ipcm_array_read(array, 0, 1, NULL));
	CHECK(number == -1 && got[0] == -1, "a failed call writes its result");
	CHECK_OK(ipcm_array_read(array, 0, 4, got));
	CHECK(memcmp(got, numbers, sizeof(numbers)) == 0 && got[4] == -1,
	      "a failed call changes the array");
	ipcm_array_free(array);
}

static void arrays_are_used(const struct ipcm_backend *backend)
{
	elements_and_slices(backend);
	outside_is_refused(backend);
}

static const struct clause table[] = {
	{"V-01", LEVEL_CORE, OBJECT_VALUE,
	 "Values of each type: initial, then extreme numbers that a child "
	 "stores; a number that the type does not have.",
	 "The parent loads each number; the last is INVALID and changes "
	 "nothing.",
	 "CPython test _TestValue.test_value", 0, false, every_store_is_seen},
	{"V-02", LEVEL_CORE, OBJECT_VALUE,
	 "8 processes add 1 under the value's lock, 10 000 times each.",
	 "80 000.", "multiprocessing, Value", 60, false, additions_add_up},
	{"V-03", LEVEL_CORE, OBJECT_VALUE,
	 "The default lock, the caller's Lock and RLock, none, what is no "
	 "lock.",
	 "An RLock; the caller's; NOTSUP; INVALID and nothing is left.",
	 "multiprocessing, Value; CPython test "
	 "_TestValue.test_getobj_getlock",
	 0, false, four_kinds_of_lock},
	{"V-04", LEVEL_BEYOND, OBJECT_VALUE,
	 "Two processes store all zeros and all ones in an int64 and a double, "
	 "without the lock.",
	 "No load sees a mixture.", "multiprocessing.sharedctypes, RawValue", 0,
	 false, loads_are_whole},
	{"A-01", LEVEL_CORE, OBJECT_ARRAY,
	 "Arrays of a size, of a sequence, of size 0, of negative and of "
	 "impossible sizes.",
	 "Zeros, though the memory was used before; a copy; legal; INVALID; "
	 "NOMEM.",
	 "multiprocessing, Array; CPython test "
	 "_TestArray.test_array_from_size",
	 0, false, arrays_are_made},
	{"A-02", LEVEL_CORE, OBJECT_ARRAY,
	 "A child changes numbers and a slice; indices and slices outside.",
	 "The parent sees them; INVALID without touching memory.",
	 "CPython test _TestArray.test_array", 0, false, arrays_are_used},
};

CLAUSE_LIST(clauses_value, table);
