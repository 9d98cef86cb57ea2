# Targets that build bundles of Jailhouse cells.
#
#   include(JailhouseBundle)
#   jailhouse_bundle(linux-cell MANIFEST cells/linux.cell.yaml OUTPUT linux.tar)
#
# adds the target linux-cell to `all`. It makes linux.tar in the current binary folder, and again if the manifest or a
# file that it names changed.
#
#   MANIFEST   a *.cell.yaml or *.machine.yaml, relative to the current source folder
#   OUTPUT     what the manifest makes: its `name:` and .tar or, with `compress: gzip`, .tar.gz
#   OPTIONS    of `jailhouse-bundle build`, for this bundle: --profile mainline
#   DEPENDS    targets that must be built before, such as those that make a kernel or an initrd
#
# The variable `${linux-cell_BUNDLE}` has the bundle's path. JAILHOUSE_BUNDLE_EXECUTABLE is the command, the single
# file or the executable; it is looked for in PATH.

# DEPFILE of add_custom_command for Make came with it.
cmake_minimum_required(VERSION 3.20)

find_program(JAILHOUSE_BUNDLE_EXECUTABLE NAMES jailhouse-bundle jailhouse-bundle.mjs
  DOC "The command, the single file or the executable of jailhouse-bundle")

function(jailhouse_bundle target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MANIFEST;OUTPUT" "OPTIONS;DEPENDS")
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "jailhouse_bundle(${target}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(needed MANIFEST OUTPUT)
    if(NOT DEFINED arg_${needed})
      message(FATAL_ERROR "jailhouse_bundle(${target}): ${needed} is not given")
    endif()
  endforeach()
  if(NOT JAILHOUSE_BUNDLE_EXECUTABLE)
    message(FATAL_ERROR "jailhouse_bundle(${target}): jailhouse-bundle is not found: put it into PATH, or set "
      "JAILHOUSE_BUNDLE_EXECUTABLE to its path")
  endif()
  cmake_path(ABSOLUTE_PATH arg_MANIFEST NORMALIZE OUTPUT_VARIABLE manifest)
  set(bundle "${CMAKE_CURRENT_BINARY_DIR}/${arg_OUTPUT}")
  set(depfile "${CMAKE_CURRENT_BINARY_DIR}/${target}.bundle.d")
  add_custom_command(
    OUTPUT "${bundle}"
    COMMAND "${JAILHOUSE_BUNDLE_EXECUTABLE}" build "${manifest}" -o "${CMAKE_CURRENT_BINARY_DIR}"
      --depfile "${depfile}" ${arg_OPTIONS}
    DEPENDS "${manifest}" "${JAILHOUSE_BUNDLE_EXECUTABLE}" ${arg_DEPENDS}
    DEPFILE "${depfile}"
    COMMENT "Bundling ${arg_OUTPUT}"
    VERBATIM)
  add_custom_target("${target}" ALL DEPENDS "${bundle}")
  set("${target}_BUNDLE" "${bundle}" PARENT_SCOPE)
endfunction()
