# Compiler and linker flags of the three variants. Directory scope of the whole project.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT EMSCRIPTEN)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

add_compile_options(-Wall -Wextra)
option(BIDSEAL_WERROR "warnings are errors (off only for mutants)" ON)
if(BIDSEAL_WERROR)
    add_compile_options(-Werror)
endif()
# Built files do not depend on the folder that they were built in.
add_compile_options(
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
    -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)

set(BIDSEAL_NATIVE_LEVEL "-O2;-g1" CACHE STRING "optimisation of native programs (mutants: -O1)")
if(BIDSEAL_VARIANT STREQUAL "native")
    add_compile_options(
        ${BIDSEAL_NATIVE_LEVEL} -fstack-protector-strong -fstack-clash-protection -fcf-protection
        -U_FORTIFY_SOURCE)
    add_compile_definitions(_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
    add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
    set(CMAKE_LINK_WHAT_YOU_USE OFF)
elseif(BIDSEAL_VARIANT STREQUAL "asan")
    add_compile_options(
        -O1 -gline-tables-only -fno-omit-frame-pointer -fsanitize=address,undefined
        -fno-sanitize-recover=all)
    add_compile_definitions(_GLIBCXX_ASSERTIONS BIDSEAL_SANITIZED)
    add_link_options(-fsanitize=address,undefined)
    if(BIDSEAL_FUZZ_COVERAGE)
        add_compile_options(-fsanitize=fuzzer-no-link)
    endif()
elseif(BIDSEAL_VARIANT STREQUAL "wasm")
    # ccache hands the compiler paths relative to the build tree, which reach __FILE__ as well.
    file(RELATIVE_PATH source_from_build ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
    string(REGEX REPLACE "/$" "" source_from_build "${source_from_build}")
    add_compile_options(-ffile-prefix-map=${source_from_build}=.)
    # -fwasm-exceptions everywhere: with -fexceptions a JavaScript throw skips destructors, so
    # secrets would not be wiped. Botan needs the polyfill header (see there).
    add_compile_options(
        -O2 -fwasm-exceptions
        -include ${CMAKE_SOURCE_DIR}/tools/cmake/compat/three_way_comparable.h)
    add_link_options(-fwasm-exceptions -sALLOW_MEMORY_GROWTH=1)
    set(CMAKE_EXECUTABLE_SUFFIX .js)
    # The linker's JavaScript tools find their modules in Debian's folder only when told.
    set(CMAKE_CXX_LINKER_LAUNCHER env NODE_PATH=/usr/share/nodejs)
else()
    message(FATAL_ERROR "BIDSEAL_VARIANT is '${BIDSEAL_VARIANT}'; it must be native or asan")
endif()

# Several sources of a library are compiled as one: less than half the work. A source whose file
# scope names collide with another's stands in bidseal_compile_alone (tools/cmake/targets.cmake).
# Off, a change of one source compiles less: for mutants, and for work on one place.
option(BIDSEAL_JOIN "compile several sources as one" ON)
if(BIDSEAL_JOIN)
    set(CMAKE_UNITY_BUILD ON)
    set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # A joined source looks to g++ like a header that its pieces share.
        add_compile_options(-Wno-subobject-linkage)
    endif()
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(cache_dir $ENV{CCACHE_DIR})
    if(NOT cache_dir)
        set(cache_dir ${CMAKE_SOURCE_DIR}/.ccache)
    endif()
    if(BIDSEAL_VARIANT STREQUAL "wasm")
        # ccache stands between em++ and its clang, for it does not know em++ itself.
        set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_DIR=${cache_dir} EM_COMPILER_WRAPPER=${CCACHE})
    else()
        set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_DIR=${cache_dir} ${CCACHE})
    endif()
endif()
