// Umbrella over libgit2. Only GitKit imports it.
#pragma once
#include <git2.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>

// git_libgit2_opts is variadic, which Swift cannot call.
int ot_git_set_extensions(char **names, size_t count);
int ot_git_set_strict_object_creation(int enabled);
int ot_git_set_strict_hash_verification(int enabled);

// zlib format in one call at a level (1 to 12); returns the number of bytes written, or 0 when `capacity` is too small.
size_t ot_deflate(const void *input, size_t length, int level, void *output, size_t capacity);
size_t ot_deflate_bound(size_t length);
uint32_t ot_crc32(uint32_t crc, const void *input, size_t length);

// The inverse, in one call: 1, with the bytes taken and made, when a whole stream starts at `input` and what it holds goes
// into `output`; otherwise 0, and nothing is to be made of the output.
int ot_inflate(const void *input, size_t length, void *output, size_t capacity, size_t *taken, size_t *made);
