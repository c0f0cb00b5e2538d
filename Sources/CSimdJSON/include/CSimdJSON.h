// A small C API over simdjson: one JSON document becomes a flat array of nodes that points back into the text, so that
// number lexemes and raw strings stay as they were written. Only Basics imports it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable (any value) after the text handed to `ot_json_parse`.
#define OT_JSON_PADDING 64

enum {
  OT_JSON_NULL = 0,
  OT_JSON_FALSE = 1,
  OT_JSON_TRUE = 2,
  OT_JSON_INTEGER = 3,
  OT_JSON_FLOAT = 4,
  OT_JSON_STRING = 5,
  OT_JSON_ARRAY = 6,
  OT_JSON_OBJECT = 7,
};

/// One value. A container's children follow it directly; in objects a key (a string node) stands before each value.
typedef struct {
  /// Byte offset of the value in the text; for strings, of the first byte after the opening quote.
  uint32_t offset;
  /// Bytes of the value (strings: without quotes); for containers, the number of elements or members.
  uint32_t length;
  /// Index of the first node after this value and everything in it.
  uint32_t next;
  uint8_t kind;
  /// Strings: 1 when there is a backslash in it.
  uint8_t escaped;
  uint16_t reserved;
} ot_json_node;

typedef struct ot_json_parser ot_json_parser;

ot_json_parser *ot_json_parser_new(void);
void ot_json_parser_free(ot_json_parser *parser);

/// Parses one document. Returns NULL and sets `nodes`/`count` (valid until the next call), or returns a static sentence
/// that says what is wrong.
const char *ot_json_parse(ot_json_parser *parser, const uint8_t *text, size_t length, const ot_json_node **nodes,
                          size_t *count);

/// Unescapes a validated string into `out` (at least `length` bytes); returns the number of bytes written. A lone
/// surrogate becomes U+FFFD.
size_t ot_json_unescape(const uint8_t *text, size_t length, uint8_t *out);

#ifdef __cplusplus
}
#endif
