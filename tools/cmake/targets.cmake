# How this project's libraries and programs are made: each takes the sources of its folder.
# A folder without sources gives an empty library, or no program.

# bidseal_sources(OUT FOLDER [RECURSE]): all .cpp files of a folder, found anew at every build.
function(bidseal_sources out folder)
    if("RECURSE" IN_LIST ARGN)
        file(GLOB_RECURSE found CONFIGURE_DEPENDS ${folder}/*.cpp)
    else()
        file(GLOB found CONFIGURE_DEPENDS ${folder}/*.cpp)
    endif()
    list(SORT found)
    set(${out} ${found} PARENT_SCOPE)
endfunction()

# bidseal_library(NAME FOLDER [EXCLUDE file...] [PUBLIC lib...] [PRIVATE lib...])
# A static library bidseal_NAME from FOLDER and the folders below it. PUBLIC libraries are those
# that its headers name, PRIVATE ones stay inside.
function(bidseal_library name folder)
    cmake_parse_arguments(arg "" "" "EXCLUDE;PUBLIC;PRIVATE" ${ARGN})
    bidseal_sources(sources ${folder} RECURSE)
    foreach(excluded IN LISTS arg_EXCLUDE)
        list(REMOVE_ITEM sources ${folder}/${excluded})
    endforeach()
    if(sources)
        add_library(bidseal_${name} STATIC ${sources})
        target_link_libraries(bidseal_${name}
            PUBLIC bidseal_headers ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
        add_dependencies(bidseal_${name} bidseal_gen)
    else()
        add_library(bidseal_${name} INTERFACE)
        target_link_libraries(bidseal_${name} INTERFACE bidseal_headers ${arg_PUBLIC} ${arg_PRIVATE})
    endif()
endfunction()

# bidseal_program(NAME FOLDER lib...): a program from FOLDER and the folders below it.
function(bidseal_program name folder)
    bidseal_sources(sources ${folder} RECURSE)
    if(sources)
        add_executable(${name} ${sources})
        target_include_directories(${name} PRIVATE ${folder})
        target_link_libraries(${name} PRIVATE ${ARGN})
        add_dependencies(${name} bidseal_gen)
    endif()
endfunction()

# bidseal_compile_alone(file...): sources that must not be joined with others (settings.cmake), because
# names of theirs at file scope collide ("redefinition of ..." when a joined variant is built).
function(bidseal_compile_alone)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# bidseal_not_in_asan(target...): programs that no sanitized test runs; the asan variant builds them
# only when they are asked for by name.
function(bidseal_not_in_asan)
    foreach(target IN LISTS ARGN)
        if(BIDSEAL_VARIANT STREQUAL "asan" AND TARGET ${target})
            set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON UNITY_BUILD OFF)
        endif()
    endforeach()
endfunction()
