# Messages and error codes: tools/gen/generate.py turns shared/protocol/*.json into C++ headers.
# Defines the target bidseal_gen and BIDSEAL_GENERATED_INCLUDE.

set(BIDSEAL_GENERATED_INCLUDE ${CMAKE_BINARY_DIR}/gen/include)
set(generator ${CMAKE_SOURCE_DIR}/tools/gen/generate.py)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(MAKE_DIRECTORY ${BIDSEAL_GENERATED_INCLUDE})
file(GLOB schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/shared/protocol/*.json)
file(GLOB generator_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/gen/*.py)

if(EXISTS ${generator})
    set(command ${Python3_EXECUTABLE} ${generator}
        --cpp ${BIDSEAL_GENERATED_INCLUDE} --ts ${CMAKE_BINARY_DIR}/gen/ts)
    # Once while configuring, to learn the names of the headers; then at build time, when an input
    # has changed.
    execute_process(COMMAND ${command} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "tools/gen/generate.py failed:\n${text}")
    endif()
    file(GLOB headers ${BIDSEAL_GENERATED_INCLUDE}/bidseal/protocol/*.h)
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/gen/stamp
        BYPRODUCTS ${headers}
        COMMAND ${command}
        COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/gen/stamp
        DEPENDS ${schemas} ${generator_files}
        COMMENT "Generating messages and error codes"
        VERBATIM)
    add_custom_target(bidseal_gen DEPENDS ${CMAKE_BINARY_DIR}/gen/stamp)
else()
    add_custom_target(bidseal_gen)
endif()
