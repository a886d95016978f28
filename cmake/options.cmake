# How every target of nsbuild is compiled: C++20, warnings are errors, the source root on the include path.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_FUZZ "-O1 -gline-tables-only")
set(CMAKE_CXX_FLAGS_COVERAGE "-O0")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(nsbuild_options INTERFACE)
target_include_directories(nsbuild_options INTERFACE ${PROJECT_SOURCE_DIR})
# A designated initializer means to leave the other members at their defaults; g++ warns of it all the same.
target_compile_options(nsbuild_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Woverloaded-virtual -Wno-missing-field-initializers -fno-omit-frame-pointer)
# g++ 12 sees overlaps in `"text" + string` that are not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)
endif()

# What is never called does not have to be loaded: the header-only libraries bring a lot of it.
target_compile_options(nsbuild_options INTERFACE "$<$<CONFIG:Release>:-ffunction-sections;-fdata-sections>")
target_link_options(nsbuild_options INTERFACE "$<$<CONFIG:Release>:-Wl,--gc-sections>" -Wl,--as-needed)
if(NSBUILD_SANITIZE)
  target_compile_options(nsbuild_options INTERFACE -fsanitize=${NSBUILD_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(nsbuild_options INTERFACE -fsanitize=${NSBUILD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # guesses wrong in instrumented code, <regex> for one
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()
# Atomic, because places are made in threads; execve(2) is not gcov's to replace (cmake/compiled/coverage.cpp).
if(CMAKE_BUILD_TYPE STREQUAL Coverage)
  add_library(nsbuild_coverage STATIC ${PROJECT_SOURCE_DIR}/cmake/compiled/coverage.cpp)
  target_compile_options(nsbuild_options INTERFACE --coverage -fprofile-abs-path -fprofile-update=atomic
                         -fno-builtin-fork -fno-builtin-execve)
  target_link_options(nsbuild_options INTERFACE --coverage -Wl,--wrap=_exit -Wl,-u,__wrap__exit)
  target_link_libraries(nsbuild_options INTERFACE nsbuild_coverage)
endif()

# nsbuild_folder(NAME LIBRARIES...): a folder is one static library of all its .cpp files, below it too.
function(nsbuild_folder name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/engine/init/|/cli/main.cpp$")
  add_library(nsbuild_${name} STATIC ${sources})
  target_link_libraries(nsbuild_${name} PUBLIC nsbuild_options ${ARGN})
endfunction()
