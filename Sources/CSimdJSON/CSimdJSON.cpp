#include "CSimdJSON.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace {

constexpr size_t maxDepth = 1024;

struct Frame {
  uint32_t node;
  uint32_t count;
  bool object;
};

bool isDigit(uint8_t c) { return c >= '0' && c <= '9'; }

// The JSON number grammar. Returns the kind, or -1.
int numberKind(const uint8_t *p, size_t n) {
  size_t i = 0;
  if (i < n && p[i] == '-') i++;
  if (i >= n) return -1;
  if (p[i] == '0') {
    i++;
  } else if (isDigit(p[i])) {
    while (i < n && isDigit(p[i])) i++;
  } else {
    return -1;
  }
  int kind = OT_JSON_INTEGER;
  if (i < n && p[i] == '.') {
    kind = OT_JSON_FLOAT;
    size_t start = ++i;
    while (i < n && isDigit(p[i])) i++;
    if (i == start) return -1;
  }
  if (i < n && (p[i] == 'e' || p[i] == 'E')) {
    kind = OT_JSON_FLOAT;
    i++;
    if (i < n && (p[i] == '+' || p[i] == '-')) i++;
    size_t start = i;
    while (i < n && isDigit(p[i])) i++;
    if (i == start) return -1;
  }
  return i == n ? kind : -1;
}

int hexValue(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hex digits at p, or -1.
int32_t hex4(const uint8_t *p) {
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hexValue(p[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// Whether every backslash in the string starts a legal escape. Sets `escaped` when there is one.
bool escapesAreValid(const uint8_t *p, size_t n, uint8_t *escaped) {
  const uint8_t *end = p + n;
  const uint8_t *at = static_cast<const uint8_t *>(memchr(p, '\\', n));
  *escaped = at != nullptr;
  while (at != nullptr) {
    if (at + 1 >= end) return false;
    switch (at[1]) {
      case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
        at += 2;
        break;
      case 'u':
        if (end - at < 6 || hex4(at + 2) < 0) return false;
        at += 6;
        break;
      default:
        return false;
    }
    at = static_cast<const uint8_t *>(memchr(at, '\\', static_cast<size_t>(end - at)));
  }
  return true;
}

uint8_t *putUTF8(uint8_t *out, uint32_t c) {
  if (c < 0x80) {
    *out++ = static_cast<uint8_t>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<uint8_t>(0xC0 | c >> 6);
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *out++ = static_cast<uint8_t>(0xE0 | c >> 12);
    *out++ = static_cast<uint8_t>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  } else {
    *out++ = static_cast<uint8_t>(0xF0 | c >> 18);
    *out++ = static_cast<uint8_t>(0x80 | (c >> 12 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  }
  return out;
}

}  // namespace

struct ot_json_parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
  std::vector<ot_json_node> nodes;
  std::vector<Frame> stack;

  const char *run(const uint8_t *text, size_t length);
  const char *scalar(const uint8_t *text, uint32_t start, uint32_t end);
};

// Appends the scalar that stands in text[start, end), which may end in white space.
const char *ot_json_parser::scalar(const uint8_t *text, uint32_t start, uint32_t end) {
  while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == '\t'))
    end--;
  uint32_t n = end - start;
  const uint8_t *p = text + start;
  ot_json_node node = {start, n, static_cast<uint32_t>(nodes.size() + 1), 0, 0, 0};
  if (*p == '"') {
    if (n < 2 || text[end - 1] != '"') return "unterminated string";
    node.offset = start + 1;
    node.length = n - 2;
    node.kind = OT_JSON_STRING;
    if (!escapesAreValid(p + 1, n - 2, &node.escaped)) return "invalid escape in a string";
  } else if (n == 4 && memcmp(p, "null", 4) == 0) {
    node.kind = OT_JSON_NULL;
  } else if (n == 4 && memcmp(p, "true", 4) == 0) {
    node.kind = OT_JSON_TRUE;
  } else if (n == 5 && memcmp(p, "false", 5) == 0) {
    node.kind = OT_JSON_FALSE;
  } else {
    int kind = numberKind(p, n);
    if (kind < 0) return "invalid value";
    node.kind = static_cast<uint8_t>(kind);
  }
  nodes.push_back(node);
  return nullptr;
}

const char *ot_json_parser::run(const uint8_t *text, size_t length) {
  nodes.clear();
  stack.clear();
  const uint32_t *at = implementation->structural_indexes.get();
  const uint32_t n = implementation->n_structural_indexes;
  uint32_t i = 0;
  auto end = [&](uint32_t k) { return k + 1 < n ? at[k + 1] : static_cast<uint32_t>(length); };

  enum { value, firstElement, firstKey, key, afterValue } state = value;
  for (;;) {
    switch (state) {
      case firstElement:
        if (i < n && text[at[i]] == ']') {
          state = afterValue;
          break;
        }
        state = value;
        [[fallthrough]];
      case value: {
        if (i >= n) return "unexpected end of text";
        uint8_t c = text[at[i]];
        if (c == '{' || c == '[') {
          if (stack.size() >= maxDepth) return "nested too deeply";
          stack.push_back({static_cast<uint32_t>(nodes.size()), 0, c == '{'});
          nodes.push_back({at[i], 0, 0, static_cast<uint8_t>(c == '{' ? OT_JSON_OBJECT : OT_JSON_ARRAY), 0, 0});
          state = c == '{' ? firstKey : firstElement;
          i++;
          break;
        }
        if (const char *error = scalar(text, at[i], end(i))) return error;
        i++;
        if (!stack.empty()) stack.back().count++;
        state = afterValue;
        break;
      }
      case firstKey:
        if (i < n && text[at[i]] == '}') {
          state = afterValue;
          break;
        }
        state = key;
        [[fallthrough]];
      case key:
        if (i + 1 >= n) return "unexpected end of text";
        if (text[at[i]] != '"') return "expected a key";
        if (const char *error = scalar(text, at[i], end(i))) return error;
        if (text[at[++i]] != ':') return "expected a colon";
        i++;
        state = value;
        break;
      case afterValue: {
        if (stack.empty()) return i == n ? nullptr : "text after the end of the document";
        if (i >= n) return "unexpected end of text";
        Frame &frame = stack.back();
        uint8_t c = text[at[i]];
        i++;
        if (c == (frame.object ? '}' : ']')) {
          nodes[frame.node].length = frame.count;
          nodes[frame.node].next = static_cast<uint32_t>(nodes.size());
          stack.pop_back();
          if (!stack.empty()) stack.back().count++;
        } else if (c == ',') {
          state = frame.object ? key : value;
        } else {
          return "expected a comma or a closing bracket";
        }
        break;
      }
    }
  }
}

ot_json_parser *ot_json_parser_new(void) { return new (std::nothrow) ot_json_parser(); }

void ot_json_parser_free(ot_json_parser *parser) { delete parser; }

const char *ot_json_parse(ot_json_parser *parser, const uint8_t *text, size_t length, const ot_json_node **nodes,
                          size_t *count) {
  if (length == 0) return "empty text";
  if (length > 0xFFFFFF00u) return "text over 4 GiB";
  size_t capacity = length < 4096 ? 4096 : length;
  if (!parser->implementation) {
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, maxDepth,
                                                                                         parser->implementation);
    if (error) return "out of memory";
  } else if (parser->implementation->capacity() < capacity) {
    if (parser->implementation->set_capacity(capacity)) return "out of memory";
  }
  auto error = parser->implementation->stage1(text, length, simdjson::stage1_mode::regular);
  if (error == simdjson::UTF8_ERROR) return "invalid UTF-8";
  if (error == simdjson::UNCLOSED_STRING) return "unterminated string";
  if (error == simdjson::UNESCAPED_CHARS) return "control character in a string";
  if (error == simdjson::EMPTY) return "empty text";
  if (error) return "not JSON";
  if (const char *problem = parser->run(text, length)) return problem;
  *nodes = parser->nodes.data();
  *count = parser->nodes.size();
  return nullptr;
}

size_t ot_json_unescape(const uint8_t *text, size_t length, uint8_t *out) {
  const uint8_t *p = text;
  const uint8_t *end = text + length;
  uint8_t *start = out;
  while (p < end) {
    const uint8_t *slash = static_cast<const uint8_t *>(memchr(p, '\\', static_cast<size_t>(end - p)));
    size_t plain = static_cast<size_t>((slash ? slash : end) - p);
    memcpy(out, p, plain);
    out += plain;
    p += plain;
    if (!slash) break;
    switch (p[1]) {
      case 'n': *out++ = '\n'; p += 2; break;
      case 't': *out++ = '\t'; p += 2; break;
      case 'r': *out++ = '\r'; p += 2; break;
      case 'b': *out++ = '\b'; p += 2; break;
      case 'f': *out++ = '\f'; p += 2; break;
      case 'u': {
        int32_t unit = hex4(p + 2);
        p += 6;
        uint32_t scalar = static_cast<uint32_t>(unit);
        if (unit >= 0xD800 && unit <= 0xDFFF) {
          int32_t low = (unit < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') ? hex4(p + 2) : -1;
          if (low >= 0xDC00 && low <= 0xDFFF) {
            scalar = 0x10000u + ((static_cast<uint32_t>(unit) - 0xD800u) << 10) + (static_cast<uint32_t>(low) - 0xDC00u);
            p += 6;
          } else {
            scalar = 0xFFFD;
          }
        }
        out = putUTF8(out, scalar);
        break;
      }
      default: *out++ = p[1]; p += 2; break;
    }
  }
  return static_cast<size_t>(out - start);
}
