# Everything comes from Debian 12 packages; scripts/setup installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(simdjson REQUIRED)
# simdjson lays out its classes otherwise where code is not optimized, as tests are not: whatever is linked together must
# agree.
if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND CMAKE_CXX_FLAGS_DEBUG MATCHES "-O0")
  target_compile_definitions(simdjson::simdjson INTERFACE SIMDJSON_DEVELOPMENT_CHECKS=1)
else()
  target_compile_definitions(simdjson::simdjson INTERFACE SIMDJSON_DEVELOPMENT_CHECKS=0)
endif()
find_package(PkgConfig REQUIRED)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# libfmt has its formatter compiled; without this every unit that logs would compile it again, some four seconds each. Not
# with clang, which gives that function another name than g++ has given it in libfmt.
target_compile_options(spdlog::spdlog INTERFACE
    "$<$<CXX_COMPILER_ID:GNU>:SHELL:-include ${PROJECT_SOURCE_DIR}/cmake/fmt.hpp>")

# Options of every target of ours: warnings as on both supported compilers, sanitizers.
add_library(tapes_options INTERFACE)
target_compile_options(tapes_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # What each mutex guards is said with the annotations of the room sync, and held here.
  target_compile_options(tapes_options INTERFACE -Wthread-safety -Wthread-safety-beta)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ takes the sources of a unit for headers, where types of unnamed namespaces would have no place.
  target_compile_options(tapes_options INTERFACE -Wno-subobject-linkage)
endif()
if(TAPES_WARNINGS_AS_ERRORS)
  target_compile_options(tapes_options INTERFACE -Werror)
endif()
if(TAPES_SANITIZE)
  target_compile_options(tapes_options INTERFACE -fsanitize=${TAPES_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
  target_link_options(tapes_options INTERFACE -fsanitize=${TAPES_SANITIZE})
endif()
if(TAPES_FUZZ)  # counted by tests/fuzz/edge_counter.cpp
  target_compile_options(tapes_options INTERFACE -fsanitize-coverage=trace-pc-guard)
endif()

# Asio and Beast are compiled once (cmake/asio.cpp), not in every file that includes them.
add_library(tapes_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio.cpp)
target_compile_definitions(tapes_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                                             BOOST_ASIO_NO_DEPRECATED)
target_include_directories(tapes_asio SYSTEM PUBLIC ${Boost_INCLUDE_DIRS})
target_link_libraries(tapes_asio PUBLIC OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_features(tapes_asio PUBLIC cxx_std_20)
# g++ 12 takes the frames of Asio's coroutines for memory that is freed in another way than it was allocated, depending
# on what it inlines.
target_compile_options(tapes_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
if(TAPES_SANITIZE)
  target_compile_options(tapes_asio PRIVATE -fsanitize=${TAPES_SANITIZE} -fno-omit-frame-pointer)
endif()
