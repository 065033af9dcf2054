# Small C libraries, of their sources: SHA-256 (PyCryptodome's), YAML (LibYAML), decoders of sound
# (miniaudio) and a resampler (libsoxr).
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

add_library(miniaudio STATIC src/miniaudio.c)
target_include_directories(miniaudio SYSTEM PUBLIC ${MINIAUDIO})
# Of its own types the decoder's depends on these, too.
target_compile_definitions(miniaudio PUBLIC MA_NO_DEVICE_IO MA_NO_THREADING MA_NO_ENCODING
  MA_NO_GENERATION MA_NO_RESOURCE_MANAGER MA_NO_NODE_GRAPH MA_NO_ENGINE MA_NO_MP3)
# -O2 takes six times as long to compile, and one short sound is decoded at a time.
target_compile_options(miniaudio PRIVATE -w -O1 -ffp-contract=off)

# In double precision and plain C: the same numbers on every processor. A library of its own, which
# may be replaced, as its licence asks (LGPL 2.1 or later).
file(WRITE ${CMAKE_BINARY_DIR}/soxr/soxr-config.h "#define AVCODEC_FOUND 0
#define AVUTIL_FOUND 0
#define WITH_PFFFT 0
#define HAVE_FENV_H 1
#define HAVE_STDBOOL_H 1
#define HAVE_STDINT_H 1
#define HAVE_GETAUXVAL 0
#define HAVE_LRINT 1
#define HAVE_BIGENDIAN 0
#define WITH_CR32 0
#define WITH_CR32S 0
#define WITH_CR64 1
#define WITH_CR64S 0
#define WITH_VR32 0
#define WITH_HI_PREC_CLOCK 1
#define WITH_FLOAT_STD_PREC_CLOCK 0
#define WITH_DEV_TRACE 0
")
add_library(soxr SHARED ${SOXR}/src/soxr.c ${SOXR}/src/data-io.c ${SOXR}/src/dbesi0.c
  ${SOXR}/src/filter.c ${SOXR}/src/fft4g64.c ${SOXR}/src/cr.c ${SOXR}/src/cr64.c)
target_include_directories(soxr SYSTEM PUBLIC ${SOXR}/src PRIVATE ${CMAKE_BINARY_DIR}/soxr)
target_compile_definitions(soxr PRIVATE SOXR_LIB)
target_compile_options(soxr PRIVATE -w -O2 -ffp-contract=off)
target_link_libraries(soxr PRIVATE m)
