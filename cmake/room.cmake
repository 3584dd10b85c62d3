# tapes_room(NAME [COLD] [EXPOSES room...] [USES room...] [LINKS library...])
# A static library tapes_NAME of all sources below src/NAME. Each room's public headers are reached through an include
# folder of its own, so a room sees those of the rooms that it names here and no others:
# EXPOSES are the rooms that its own public headers include (whoever includes those sees them too), USES the rooms that
# only its sources include. LINKS are libraries from outside. COLD is a room that works for each command or question, not
# for each byte or node: -O1 gives code that is as good there, in three quarters of the time.
function(tapes_room name)
  cmake_parse_arguments(ROOM "COLD" "" "EXPOSES;USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(tapes_${name} STATIC ${sources})

  set(headers ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${headers}/tapes)
  if(NOT IS_SYMLINK ${headers}/tapes/${name}) # whoever compiles beside this is not to miss it for a moment
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/tapes/${name} ${headers}/tapes/${name} SYMBOLIC)
  endif()
  target_include_directories(tapes_${name} PUBLIC ${headers} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})

  target_link_libraries(tapes_${name} PUBLIC ${ROOM_LINKS} PRIVATE tapes_options)
  if(ROOM_COLD)
    target_compile_options(tapes_${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  else()
    set_property(GLOBAL APPEND PROPERTY TAPES_HOT_OBJECTS $<TARGET_OBJECTS:tapes_${name}>)
  endif()
  foreach(room ${ROOM_EXPOSES})
    target_link_libraries(tapes_${name} PUBLIC tapes_${room})
  endforeach()
  foreach(room ${ROOM_USES})
    target_link_libraries(tapes_${name} PRIVATE tapes_${room})
  endforeach()
  set_property(TARGET tapes_${name} PROPERTY TAPES_USES "${ROOM_EXPOSES};${ROOM_USES}")
endfunction()

# tapes_room_tests(NAME [INSIDE room...] [LINKS library...])
# The program tests_NAME of all sources below tests/NAME, known to ctest as NAME. Tests see what is inside their room and
# in the rooms of INSIDE, and what the room may use.
function(tapes_room_tests name)
  cmake_parse_arguments(TESTS "" "" "INSIDE;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cpp)
  add_executable(tests_${name} ${sources})
  if("store" IN_LIST TESTS_INSIDE OR name MATCHES "^(sqlite|store|catalogue|read|api)$")
    # Looks at the plans of what these tests prepare.
    target_sources(tests_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/statement_guard.cpp)
    target_link_libraries(tests_${name} PRIVATE tapes_sqlite)
  endif()
  get_target_property(uses tapes_${name} TAPES_USES)
  target_link_libraries(tests_${name} PRIVATE tapes_${name} tapes_test_main tapes_options ${TESTS_LINKS})
  foreach(room ${uses})
    target_link_libraries(tests_${name} PRIVATE tapes_${room})
  endforeach()
  foreach(room ${TESTS_INSIDE})
    target_include_directories(tests_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src/${room})
  endforeach()
  target_include_directories(tests_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/${name} ${PROJECT_SOURCE_DIR}/src/${name}
                                                   ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(tests_${name} PRIVATE TAPES_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  # What is tested is optimized as the preset says; the tests themselves need it less than they need to be built soon. -O1
  # with g++ 12: its coroutines fail where an inline function comes from an unoptimized unit.
  target_compile_options(tests_${name} PRIVATE $<IF:$<CXX_COMPILER_ID:Clang>,-O0,$<$<CONFIG:RelWithDebInfo>:-O1>>)
  add_test(NAME ${name} COMMAND tests_${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
endfunction()
