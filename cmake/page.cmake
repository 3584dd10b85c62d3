# Builds the page of web/ with npm. As a module: tapes_page(SOURCE). As a script, what its commands run:
#   cmake -DSTEP=packages|bundle -DFROM=web -DTO=… -DNPM=… -DNODE=… [-DEMBED=… -DSOURCE=…] -P cmake/page.cmake

if(NOT CMAKE_SCRIPT_MODE_FILE)
  # tapes_page(SOURCE): makes SOURCE from web/. Packages are installed when the lock file changes, the page is built when its
  # sources do.
  function(tapes_page source)
    # Where scripts/setup puts it, or wherever there is one.
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/scripts/setup path OUTPUT_VARIABLE environment
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    find_program(TAPES_NODE node HINTS ${environment}/bin ${environment}/../node/bin)
    find_program(TAPES_NPM npm HINTS ${environment}/bin ${environment}/../node/bin)
    if(NOT TAPES_NODE OR NOT TAPES_NPM)
      message(FATAL_ERROR "The page needs Node 18 or later with npm, and they were not found. scripts/setup installs them; "
                          "-DTAPES_UI=OFF builds tapes without the page.")
    endif()

    set(from ${PROJECT_SOURCE_DIR}/web)
    set(to ${PROJECT_BINARY_DIR}/web)
    set(script ${CMAKE_CURRENT_FUNCTION_LIST_FILE})
    set(embed ${PROJECT_SOURCE_DIR}/src/page/embed.mjs)
    file(GLOB settings CONFIGURE_DEPENDS ${from}/*.json ${from}/*.mjs ${from}/*.ts ${from}/*.html)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${from}/src/* ${from}/public/*)
    set(step ${CMAKE_COMMAND} -DFROM=${from} -DTO=${to} -DNPM=${TAPES_NPM} -DNODE=${TAPES_NODE})

    add_custom_command(
      OUTPUT ${to}/packages
      COMMAND ${step} -DSTEP=packages -P ${script}
      DEPENDS ${from}/package-lock.json ${script}
      COMMENT "Installing the packages of the page" VERBATIM)
    add_custom_command(
      OUTPUT ${to}/bundle
      BYPRODUCTS ${source}
      COMMAND ${step} -DSTEP=bundle -DEMBED=${embed} -DSOURCE=${source} -P ${script}
      DEPENDS ${to}/packages ${settings} ${sources} ${embed} ${script}
      COMMENT "Building the page" VERBATIM)
    add_custom_target(tapes_page_files DEPENDS ${to}/bundle)
    set_source_files_properties(${source} PROPERTIES GENERATED ON)
    add_dependencies(tapes_page tapes_page_files)
  endfunction()
  return()
endif()

# npm(ARGUMENT...): runs npm in the copy.
function(npm)
  get_filename_component(bin ${NPM} DIRECTORY)
  get_filename_component(node_bin ${NODE} DIRECTORY)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "PATH=${bin}:${node_bin}:$ENV{PATH}" ${NPM} ${ARGN}
                  WORKING_DIRECTORY ${TO} INPUT_FILE /dev/null RESULT_VARIABLE failed)
  if(failed)
    list(JOIN ARGN " " words)
    message(FATAL_ERROR "npm ${words} failed. -DTAPES_UI=OFF builds tapes without the page.")
  endif()
endfunction()

if(STEP STREQUAL "packages")
  file(MAKE_DIRECTORY ${TO})
  file(GLOB entries ${FROM}/package.json ${FROM}/package-lock.json ${FROM}/.npmrc)
  file(COPY ${entries} DESTINATION ${TO})
  npm(ci --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error)
  file(TOUCH ${TO}/packages)
else()
  # Anew, so that nothing is left of what was removed.
  file(REMOVE_RECURSE ${TO}/src ${TO}/public)
  file(GLOB entries ${FROM}/*.json ${FROM}/*.mjs ${FROM}/*.ts ${FROM}/*.html ${FROM}/src ${FROM}/public)
  file(COPY ${entries} DESTINATION ${TO})
  npm(run --silent build)
  execute_process(COMMAND ${NODE} ${EMBED} ${TO}/dist ${SOURCE} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "The built page cannot be embedded. -DTAPES_UI=OFF builds tapes without it.")
  endif()
  file(TOUCH ${TO}/bundle)
endif()
