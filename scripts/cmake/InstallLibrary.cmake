# SPDX-License-Identifier: MIT
# Installs the library: archive, shared object, headers, manual pages, and the
# files by which find_package and pkg-config find them.
include(CMakePackageConfigHelpers)

install(TARGETS ipcmark_static ipcmark_shared ipcmark_headers
  EXPORT ipcmark-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/impls/include/ipcmark
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/impls/include/ipcmark/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ipcmark)
install(FILES ${PROJECT_SOURCE_DIR}/docs/ipcmark.3
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)

# A manual page for each object, made from its header.
find_program(IPCMARK_AWK awk)
mark_as_advanced(IPCMARK_AWK)
if(IPCMARK_AWK)
  set(pages ${PROJECT_BINARY_DIR}/man3)
  file(GLOB page_sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/impls/include/ipcmark/*.h
    ${PROJECT_SOURCE_DIR}/docs/examples/*.c)
  add_custom_command(
    OUTPUT ${pages}/ipcm_queue.3
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/man-pages ${pages}
    DEPENDS ${page_sources} ${PROJECT_SOURCE_DIR}/docs/ipcmark.3
      ${PROJECT_SOURCE_DIR}/scripts/man-pages
      ${PROJECT_SOURCE_DIR}/scripts/man-pages.awk
    COMMENT "Making manual pages from the headers"
    VERBATIM)
  add_custom_target(ipcmark_man_pages ALL DEPENDS ${pages}/ipcm_queue.3)
  install(DIRECTORY ${pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
else()
  message(STATUS "The manual pages of the objects are not made: awk was not "
    "found")
endif()

set(package ${PROJECT_BINARY_DIR}/package)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ipcmark)
install(EXPORT ipcmark-targets NAMESPACE ipcmark:: DESTINATION ${config_dir})
# ipcmark::ipcmark is the kind of library that the user's project builds.
file(CONFIGURE OUTPUT ${package}/ipcmark-config.cmake @ONLY CONTENT
"include(CMakeFindDependencyMacro)
find_dependency(Threads)
list(PREPEND CMAKE_MODULE_PATH \${CMAKE_CURRENT_LIST_DIR})
find_dependency(Sodium)
list(POP_FRONT CMAKE_MODULE_PATH)
include(\${CMAKE_CURRENT_LIST_DIR}/ipcmark-targets.cmake)
if(NOT TARGET ipcmark::ipcmark)
  if(BUILD_SHARED_LIBS)
    add_library(ipcmark::ipcmark ALIAS ipcmark::shared)
  else()
    add_library(ipcmark::ipcmark ALIAS ipcmark::static)
  endif()
endif()
")
# Until 1.0 a minor version may change the interface.
write_basic_package_version_file(${package}/ipcmark-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${package}/ipcmark-config.cmake ${package}/ipcmark-config-version.cmake
  ${PROJECT_SOURCE_DIR}/scripts/cmake/FindSodium.cmake
  DESTINATION ${config_dir})

# The .pc file finds its prefix from its own place. Libs.private is what
# `pkg-config --static` adds.
file(RELATIVE_PATH IPCMARK_PC_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(CONFIGURE OUTPUT ${package}/ipcmark.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@IPCMARK_PC_PREFIX@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: ipcmark
Description: Queues, pipes and locks between processes over any mechanism
Version: @PROJECT_VERSION@
Cflags: -I\${includedir}
Libs: -L\${libdir} -lipcmark
Libs.private: -pthread -lrt -ldl
Requires.private: libsodium
")
install(FILES ${package}/ipcmark.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
