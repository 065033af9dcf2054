// miniaudio's decoders of WAV, AIFF and FLAC, and nothing else of it (-D in third_party.cmake).
#define MINIAUDIO_IMPLEMENTATION
#include <miniaudio.h>
