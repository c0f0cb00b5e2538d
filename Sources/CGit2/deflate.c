#include <libdeflate.h>

#include "CGit2.h"

// A compressor is large and slow to make: each thread keeps the ones it has used.
enum { maxLevel = 12 };
static __thread struct libdeflate_compressor *compressors[maxLevel + 1];

static struct libdeflate_compressor *compressorOf(int level) {
  if (level < 0 || level > maxLevel) return NULL;
  if (!compressors[level]) compressors[level] = libdeflate_alloc_compressor(level);
  return compressors[level];
}

size_t ot_deflate_bound(size_t length) { return libdeflate_zlib_compress_bound(NULL, length); }

size_t ot_deflate(const void *input, size_t length, int level, void *output, size_t capacity) {
  struct libdeflate_compressor *with = compressorOf(level);
  return with ? libdeflate_zlib_compress(with, input, length, output, capacity) : 0;
}

uint32_t ot_crc32(uint32_t crc, const void *input, size_t length) {
  return libdeflate_crc32(crc, input, length);
}
