# SPDX-License-Identifier: MIT
# build_info.h: facts about this build, known when it is configured.
# git_info.h: commit and dirty flag, looked up at every build, rewritten only
# when they change. Neither may hold a path of this machine.

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type_upper)
set(IPCMARK_INFO_FLAGS "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${build_type_upper}}")
string(STRIP "${IPCMARK_INFO_FLAGS}" IPCMARK_INFO_FLAGS)
string(REPLACE "\\" "" IPCMARK_INFO_FLAGS "${IPCMARK_INFO_FLAGS}")
string(REPLACE "\"" "" IPCMARK_INFO_FLAGS "${IPCMARK_INFO_FLAGS}")
# -ffile-prefix-map=/somewhere=. and the like name directories: keep the option
string(REGEX REPLACE "([=I])/[^ ]*" "\\1(path)"
       IPCMARK_INFO_FLAGS "${IPCMARK_INFO_FLAGS}")

string(REPLACE ";" "," IPCMARK_INFO_SANITIZERS "${IPCMARK_SANITIZE}")
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  set(IPCMARK_INFO_LTO 1)
else()
  set(IPCMARK_INFO_LTO 0)
endif()

pkg_check_modules(IPCMARK_INFO_GBENCH QUIET benchmark)
pkg_check_modules(IPCMARK_INFO_CUNIT QUIET cunit)

configure_file(build_info.h.in build_info.h @ONLY)

find_package(Git QUIET)
add_custom_target(ipcmark_git_info
  BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/git_info.h
  COMMAND ${CMAKE_COMMAND}
    -DGIT=${GIT_EXECUTABLE}
    -DSOURCE=${PROJECT_SOURCE_DIR}
    -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/git_info.h
    -P ${CMAKE_CURRENT_SOURCE_DIR}/GitInfo.cmake
  COMMENT "Looking up the commit"
  VERBATIM)
