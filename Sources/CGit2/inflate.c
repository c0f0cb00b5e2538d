// libgit2 inflates with zlib. Objects are whole in memory and their size is known: libdeflate does that two to three times
// as fast. In release builds the linker is told to --wrap zlib's function (see Package.swift); what is not one whole
// stream goes on to it.

#include <libdeflate.h>
#include <zlib.h>

#include "CGit2.h"

int __real_inflate(z_streamp stream, int flush) __attribute__((weak));
int __wrap_inflate(z_streamp stream, int flush);

// 32 kB: made once per thread.
static __thread struct libdeflate_decompressor *decompressor;

int ot_inflate(const void *input, size_t length, void *output, size_t capacity, size_t *taken, size_t *made) {
  if (!decompressor) decompressor = libdeflate_alloc_decompressor();
  return decompressor && libdeflate_zlib_decompress_ex(decompressor, input, length, output, capacity, taken, made) ==
                             LIBDEFLATE_SUCCESS;
}

// Less room is for the head of an object, which is read before the object is: it does not hold a whole stream.
enum { headLength = 256 };

int __wrap_inflate(z_streamp stream, int flush) {
  size_t taken = 0, made = 0;
  if (stream->total_in == 0 && stream->total_out == 0 && stream->avail_out >= headLength &&
      ot_inflate(stream->next_in, stream->avail_in, stream->next_out, stream->avail_out, &taken, &made)) {
    stream->next_in += taken;
    stream->avail_in -= taken;
    stream->total_in += taken;
    stream->next_out += made;
    stream->avail_out -= made;
    stream->total_out += made;
    return Z_STREAM_END;
  }
  return __real_inflate ? __real_inflate(stream, flush) : Z_STREAM_ERROR;
}
