/* SPDX-License-Identifier: MIT */
/*
 * What this program was built with. The facts come from two generated
 * headers; see BuildInfo.cmake and GitInfo.cmake.
 */
#include "hostinfo.h"
#include "hostinfo_internal.h"

#include <gnu/libc-version.h>
#include <string.h>

#include "build_info.h"
#include "git_info.h"

const char *build_tool_version(void)
{
	return INFO_TOOL_VERSION;
}

const char *build_sanitizers(void)
{
	return INFO_SANITIZERS;
}

const char *build_type(void)
{
	return INFO_BUILD_TYPE;
}

bool build_optimised(void)
{
#ifdef __OPTIMIZE__
	return true;
#else
	return false;
#endif
}

/* NULL for an empty text, so that the reason is written instead. */
static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : NULL;
}

static json_t *build_source(void)
{
	json_t *source = json_object();

	block_put(source, "commit", text_or_null(INFO_GIT_COMMIT),
		  INFO_GIT_WHY);
	block_put(source, "dirty",
		  INFO_GIT_DIRTY < 0 ? NULL : json_boolean(INFO_GIT_DIRTY),
		  INFO_GIT_WHY);
	return source;
}

static json_t *build_libraries(void)
{
	json_t *libraries = json_object();

	block_put(libraries, "libc", json_string(gnu_get_libc_version()), NULL);
	block_put(libraries, "jansson", json_string(jansson_version_str()),
		  NULL);
	block_put(libraries, "benchmark", text_or_null(INFO_GBENCH_VERSION),
		  "Google Benchmark was not found when this was built");
	block_put(libraries, "cunit", text_or_null(INFO_CUNIT_VERSION),
		  "CUnit was not found when this was built");
	return libraries;
}

static bool asserts_on(void)
{
#ifdef NDEBUG
	return false;
#else
	return true;
#endif
}

json_t *build_json(void)
{
	json_t *build = json_object();

	block_put(build, "compiler", json_string(INFO_COMPILER_ID), NULL);
	block_put(build, "compiler_version", json_string(INFO_COMPILER_VERSION),
		  NULL);
	block_put(build, "type", json_string(INFO_BUILD_TYPE), NULL);
	block_put(build, "flags", json_string(INFO_FLAGS), NULL);
	block_put(build, "optimised", json_boolean(build_optimised()), NULL);
	block_put(build, "asserts", json_boolean(asserts_on()), NULL);
	block_put(build, "lto", json_boolean(INFO_LTO), NULL);
	block_put(build, "sanitizers", json_string(INFO_SANITIZERS), NULL);
	json_object_set_new(build, "libraries", build_libraries());
	json_object_set_new(build, "source", build_source());
	return build;
}
