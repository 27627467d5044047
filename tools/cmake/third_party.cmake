# The libraries that tools/setup built into .deps/<variant>, and header-only ones.
# A module names the one that it may use; the architecture test checks the includes as well.

set(deps ${CMAKE_SOURCE_DIR}/.deps)
set(prefix ${deps}/${BIDSEAL_VARIANT})
if(NOT EXISTS ${prefix}/.stamp)
    message(FATAL_ERROR "${prefix} is not built: run tools/setup first")
endif()

foreach(name botan-3 z qrcodegen)
    add_library(third_party_${name} STATIC IMPORTED GLOBAL)
    set_target_properties(third_party_${name} PROPERTIES
        IMPORTED_LOCATION ${prefix}/lib/lib${name}.a
        INTERFACE_INCLUDE_DIRECTORIES ${prefix}/include
        INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${prefix}/include)
endforeach()
add_library(third_party::botan ALIAS third_party_botan-3)
add_library(third_party::zlib ALIAS third_party_z)
add_library(third_party::qrcodegen ALIAS third_party_qrcodegen)
if(NOT EMSCRIPTEN)
    find_package(Threads REQUIRED)
    target_link_libraries(third_party_botan-3 INTERFACE Threads::Threads)
endif()

# Debian's header-only libraries stand in /usr/include, which Emscripten must not see as a whole:
# tools/setup links the two folders below .deps/headers.
foreach(name doctest json)
    add_library(third_party_${name} INTERFACE)
    target_include_directories(third_party_${name} SYSTEM INTERFACE ${deps}/headers)
    add_library(third_party::${name} ALIAS third_party_${name})
endforeach()

if(NOT EMSCRIPTEN)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(websockets REQUIRED IMPORTED_TARGET libwebsockets>=4.1.6)
    add_library(third_party::websockets ALIAS PkgConfig::websockets)
    pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3>=3.40)
    add_library(third_party::sqlite ALIAS PkgConfig::sqlite)
endif()
