/* SPDX-License-Identifier: MIT */
/*
 * Back-ends in shared objects: each exports its descriptor under a fixed name.
 * They stay loaded, since objects made with them point into them. The list of
 * built-in back-ends (backend_registry.c) stays as it is.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipcmark/backend.h"

#define PLUGIN_SYMBOL "ipcm_backend_plugin"
#define PLUGINS_MOST  64
#define PATH_BYTES    4096

/* Names are unique: a name is a column of every table. */
static const struct ipcm_backend *loaded[PLUGINS_MOST];
static size_t loaded_count;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void explain(char *why, size_t why_bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void explain(char *why, size_t why_bytes, const char *format, ...)
{
	va_list args;

	if (!why || !why_bytes)
		return;
	va_start(args, format);
	(void)vsnprintf(why, why_bytes, format, args);
	va_end(args);
}

/* A bare name is a file in the working directory, if there is one. */
static const char *choose_path(const char *path, char here[PATH_BYTES])
{
	int length;

	if (strchr(path, '/'))
		return path;
	length = snprintf(here, PATH_BYTES, "./%s", path);
	if (length < 0 || length >= PATH_BYTES || access(here, F_OK))
		return path;
	return here;
}

static void *open_object(const char *path, char *why, size_t why_bytes)
{
	void *object;

	if (strchr(path, '/') && access(path, F_OK)) {
		explain(why, why_bytes, "there is no such file");
		return NULL;
	}
	/* all symbols now: a missing one is an error here, not a crash later */
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		explain(why, why_bytes, "it cannot be loaded (%s)", dlerror());
	return object;
}

static bool is_built_in(const char *name)
{
	const struct ipcm_registry_entry *entries;
	size_t count;

	entries = ipcm_registry(&count);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(entries[i].name, name))
			return true;
	return false;
}

static bool is_loaded(const struct ipcm_backend *backend)
{
	for (size_t i = 0; i < loaded_count; i++)
		if (loaded[i] == backend)
			return true;
	return false;
}

static bool is_name_loaded(const char *name)
{
	for (size_t i = 0; i < loaded_count; i++)
		if (!strcmp(loaded[i]->name, name))
			return true;
	return false;
}

/* Names are parts of identifiers in result files. */
static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] ==
	       '\0';
}

static enum ipcm_status accept(const struct ipcm_backend *backend, char *why,
			       size_t why_bytes)
{
	enum ipcm_status status =
		ipcm_backend_validate(backend, why, why_bytes);

	if (status)
		return status;
	if (!is_plain(backend->name)) {
		explain(why, why_bytes,
			"the name \"%s\" of the back-end has other characters "
			"than lower case, digits and underscore",
			backend->name);
		return IPCM_INVALID;
	}
	if (is_built_in(backend->name) || is_name_loaded(backend->name)) {
		explain(why, why_bytes,
			"the name %s is taken by %s back-end: give yours "
			"another",
			backend->name,
			is_built_in(backend->name) ? "a built-in"
						   : "another loaded");
		return IPCM_INVALID;
	}
	if (loaded_count == PLUGINS_MOST) {
		explain(why, why_bytes, "more than %d back-ends are loaded",
			PLUGINS_MOST);
		return IPCM_INVALID;
	}
	loaded[loaded_count++] = backend;
	return IPCM_OK;
}

static enum ipcm_status take(void *object,
			     const struct ipcm_backend **ret_backend, char *why,
			     size_t why_bytes)
{
	const struct ipcm_backend *backend = dlsym(object, PLUGIN_SYMBOL);

	if (!backend) {
		explain(why, why_bytes,
			"it exports no " PLUGIN_SYMBOL
			", so it is no back-end (its descriptor must be called "
			"so, and be visible)");
		return IPCM_NOTFOUND;
	}
	if (!is_loaded(backend)) {
		enum ipcm_status status = accept(backend, why, why_bytes);

		if (status)
			return status;
	}
	*ret_backend = backend;
	return IPCM_OK;
}

enum ipcm_status ipcm_backend_load(const char *path,
				   const struct ipcm_backend **ret_backend,
				   char *why, size_t why_bytes)
{
	char here[PATH_BYTES];
	enum ipcm_status status;
	void *object;

	if (!path || !*path || !ret_backend) {
		explain(why, why_bytes, "no file was named");
		return IPCM_INVALID;
	}
	object = open_object(choose_path(path, here), why, why_bytes);
	if (!object)
		return IPCM_NOTFOUND;
	(void)pthread_mutex_lock(&loading);
	status = take(object, ret_backend, why, why_bytes);
	(void)pthread_mutex_unlock(&loading);
	if (status)
		(void)dlclose(object);
	return status;
}
