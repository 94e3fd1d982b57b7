# SPDX-License-Identifier: MIT
# ipcmark_host_plugins(TARGET)
#   makes a program a host of back-ends in shared objects. They may call every
#   public function of the library, which therefore is linked in as a whole;
#   its names, but no others, are visible to them.
function(ipcmark_host_plugins target)
  target_link_libraries(${target} PRIVATE ipcmark_internal)
  target_link_options(${target} PRIVATE
    "-Wl,--whole-archive,$<TARGET_FILE:ipcmark_internal>,--no-whole-archive"
    "-Wl,--export-dynamic-symbol=ipcm_*")
endfunction()
