# SPDX-License-Identifier: MIT
# ipcmark_merge_objects(OBJECTS RET_FILES)
#   links the objects of the object library OBJECTS into one file in which only
#   exported names are global, and sets RET_FILES to its path. An archive of
#   this file cannot collide with the internal names of a program. Where the
#   compiler cannot do this, RET_FILES are the objects themselves.
#   The target that has RET_FILES as its source depends on OBJECTS.
include(CheckCCompilerFlag)

function(ipcmark_merge_objects objects ret_files)
  if(NOT CMAKE_OBJCOPY)
    message(STATUS "objcopy was not found: the internal names of "
      "libipcmark.a stay visible")
    set(${ret_files} $<TARGET_OBJECTS:${objects}> PARENT_SCOPE)
    return()
  endif()
  # With -flto in the flags the objects are not machine code yet.
  check_c_compiler_flag(-flinker-output=nolto-rel IPCMARK_HAVE_NOLTO_REL)
  set(merged ${CMAKE_CURRENT_BINARY_DIR}/${objects}.o)
  add_custom_command(
    OUTPUT ${merged}
    COMMAND ${CMAKE_C_COMPILER} -r -nostdlib
      $<$<BOOL:${IPCMARK_HAVE_NOLTO_REL}>:-flinker-output=nolto-rel>
      -o ${merged} $<TARGET_OBJECTS:${objects}>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${merged}
    DEPENDS $<TARGET_OBJECTS:${objects}>
    COMMENT "Merging ${objects}.o"
    COMMAND_EXPAND_LISTS
    VERBATIM)
  set_source_files_properties(${merged} PROPERTIES
    EXTERNAL_OBJECT ON GENERATED ON)
  set(${ret_files} ${merged} PARENT_SCOPE)
endfunction()
