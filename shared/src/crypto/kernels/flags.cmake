# How the SM4 and SM3 kernels have to be compiled. Include it where the target that holds them is
# defined: source file properties are seen by targets of the same directory only.

set(_kernels ${CMAKE_CURRENT_LIST_DIR})
set(_kernel_optimise $<$<NOT:$<CONFIG:Debug>>:-O3>)

# Written with vectors. Without -msimd128 they would still be right, but several times slower.
set(_kernel_vector_options ${_kernel_optimise})
if(EMSCRIPTEN)
  list(APPEND _kernel_vector_options -msimd128)
endif()
set_source_files_properties(${_kernels}/sm4_ctr.cpp ${_kernels}/sm3_four.cpp
  PROPERTIES COMPILE_OPTIONS "${_kernel_vector_options}")

# Scalar by design. Left alone, clang vectorises the message expansion, which costs 45 % of the
# speed in WebAssembly with SIMD (557 MB/s become 307).
set(_kernel_scalar_options ${_kernel_optimise})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND _kernel_scalar_options -fno-tree-vectorize -fno-tree-slp-vectorize)
else()
  list(APPEND _kernel_scalar_options -fno-vectorize -fno-slp-vectorize)
endif()
set_source_files_properties(${_kernels}/sm3.cpp
  PROPERTIES COMPILE_OPTIONS "${_kernel_scalar_options}")

unset(_kernels)
unset(_kernel_optimise)
unset(_kernel_vector_options)
unset(_kernel_scalar_options)
