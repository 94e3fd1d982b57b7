# SPDX-License-Identifier: MIT
# ipcmark_host_plugins(TARGET [LIBRARY])
#   makes a program a host of back-ends in shared objects. They may call every
#   public function of the library, which therefore is linked in as a whole;
#   its names, but no others, are visible to them. LIBRARY: ipcmark_internal,
#   or ipcmark_internal_no_slices.
function(ipcmark_host_plugins target)
  set(library ipcmark_internal ${ARGN})
  list(GET library -1 library)
  target_link_libraries(${target} PRIVATE ${library})
  target_link_options(${target} PRIVATE
    "-Wl,--whole-archive,$<TARGET_FILE:${library}>,--no-whole-archive"
    "-Wl,--export-dynamic-symbol=ipcm_*")
endfunction()
