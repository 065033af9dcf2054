# Small C libraries, of their sources: SHA-256 (PyCryptodome's) and YAML (LibYAML).
add_library(sha256 STATIC ${PYCRYPTODOME}/cpuid.c)
set(instructions_x86_64 SHA256_shani.c -msha -msse4.1)
set(instructions_aarch64 SHA256_armv8.c -march=armv8-a+crypto)
# macOS's name of it, whose compilers take these instructions for granted; Linux and the Android NDK
# have the other one.
set(instructions_arm64 SHA256_armv8.c)
set(instructions ${instructions_${CMAKE_SYSTEM_PROCESSOR}})
if(NOT instructions)
  message(FATAL_ERROR "audiogen is for x86_64 and 64-bit Arm, not ${CMAKE_SYSTEM_PROCESSOR}")
endif()
list(POP_FRONT instructions source)
add_library(sha256_portable OBJECT src/sha256.c)
target_compile_definitions(sha256_portable PRIVATE SOURCE="SHA256.c" NAME=sha256_portable)
add_library(sha256_by_instructions OBJECT src/sha256.c)
target_compile_definitions(sha256_by_instructions PRIVATE
  SOURCE="${source}" NAME=sha256_by_instructions)
target_compile_options(sha256_by_instructions PRIVATE ${instructions})
foreach(part IN ITEMS sha256 sha256_portable sha256_by_instructions)
  target_include_directories(${part} SYSTEM PRIVATE ${PYCRYPTODOME})
  target_compile_definitions(${part} PRIVATE
    NO_CPYTHON_MODULE HAVE_STDINT_H HAVE_POSIX_MEMALIGN PYCRYPTO_LITTLE_ENDIAN)
  target_compile_options(${part} PRIVATE -w -O2)
endforeach()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_definitions(sha256 PRIVATE HAVE_CPUID_H)
endif()
target_sources(sha256 PRIVATE
  $<TARGET_OBJECTS:sha256_portable> $<TARGET_OBJECTS:sha256_by_instructions>)

add_library(yaml STATIC
  ${LIBYAML}/api.c ${LIBYAML}/loader.c ${LIBYAML}/parser.c ${LIBYAML}/reader.c
  ${LIBYAML}/scanner.c)
target_include_directories(yaml SYSTEM PUBLIC ${LIBYAML})
target_compile_definitions(yaml PRIVATE HAVE_CONFIG_H)
target_compile_options(yaml PRIVATE -w)
