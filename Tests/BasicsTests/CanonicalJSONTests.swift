import Basics
import TestSupport
import Testing

@Suite struct CanonicalJSONTests {
  private func text(_ json: String, _ form: CanonicalJSON.Form) throws -> String {
    String(decoding: CanonicalJSON.encode(try JSONValue(parsing: json), form: form), as: UTF8.self)
  }

  private static let message = #"{"role":"user","content":"héllo"}"#

  /// The hashes are those of another implementation.
  @Test func messageHashesAreThoseOfOtherWriters() throws {
    let message = try JSONValue(parsing: Self.message)
    #expect(
      Digest.sha256Hex(CanonicalJSON.encode(message, form: .spaced))
        == "a30120bea9823e29a426707cf3c9baf94598e741b8a5e30f2f73cc60a5e777e9")
    #expect(
      Digest.sha256Hex(CanonicalJSON.encode(message, form: .spacedASCII))
        == "7aa56f16c8f39f0998a617aa42de3b30d4d113946dd3958bfbda41d400ec7ba9")
  }

  private func layerHash(_ type: String, _ completeness: String, _ method: String, _ content: String) throws -> String {
    let material: JSONValue = [
      "schema_version": "opentraces.context_layer.v1", "context_tree_version": "0.1.0", "layer_type": .string(type),
      "completeness": .string(completeness), "capture_method": .string(method),
      "content": try JSONValue(parsing: content),
    ]
    return Digest.sha256Hex(CanonicalJSON.encode(material))
  }

  @Test func layerHashesAreThoseOfOtherWriters() throws {
    #expect(
      try layerHash(
        "tool_registry", "approximated", "transcript_reconstruction", #"{"tools":[],"deferred_tools":[]}"#)
        == "e03d30b06a3a205c78bf8d13c4f1835a79368b574c17aed390f33b95355ccfde")
    let awkward = #"""
      {"é":1,"z":1.0,"a":1e-7,"b":1e16,"q":"a/b\u2028\u007f\"\\\n\u0001😀","n":null,"t":true,"big":12345678901234567890}
      """#
    #expect(
      try layerHash("runtime_state", "full", "otel", awkward)
        == "c03f9bf7e5c9cff92bdd4e55075d735ff32e720c1ba545c58f804f39e1a8217f")
  }

  @Test func nodeHashIsThatOfOtherWriters() {
    var material: JSONObject = [
      "schema_version": "opentraces.context_node.v1", "context_tree_version": "0.1.0", "branch_type": "root",
      "trace_id": "t-1", "transcript_uuid": "u-1", "transcript_offset": 0, "step_index": 0,
      "capture_completeness": "full",
    ]
    for key in ["parent_node_id", "transcript_parent_uuid", "subagent_session_id", "trail_anchor_hint"] {
      material[key] = .null
    }
    for layer in ["system", "messages", "tool_registry", "runtime_state"] {
      material[layer + "_layer_id"] = .string("sha256:" + String(repeating: "0", count: 64))
    }
    #expect(
      Digest.sha256Hex(CanonicalJSON.encode(.object(material)))
        == "0148ca550e7ac11beb8c660c378c9b9aece73f60e2cbd2929714440011466e88")
  }

  @Test func formsDifferInSeparatorsAndEscapes() throws {
    let json = #"{ "b" : [1, 2] , "a" : "é😀\u007f/" }"#
    #expect(try text(json, .compact) == "{\"a\":\"é😀\u{7F}/\",\"b\":[1,2]}")
    #expect(try text(json, .spaced) == "{\"a\": \"é😀\u{7F}/\", \"b\": [1, 2]}")
    #expect(try text(json, .spacedASCII) == #"{"a": "\u00e9\ud83d\ude00\u007f/", "b": [1, 2]}"#)
  }

  @Test func keysAreSortedByCodePointAtEveryLevel() throws {
    let json = "{\"\u{1F600}\":1,\"\u{E000}\":2,\"e\u{301}\":3,\"é\":4,\"f\":5,\"E\":{\"b\":0,\"a\":0},\"\":6}"
    #expect(
      try text(json, .compact)
        == "{\"\":6,\"E\":{\"a\":0,\"b\":0},\"e\u{301}\":3,\"f\":5,\"é\":4,\"\u{E000}\":2,\"\u{1F600}\":1}")
  }

  @Test func controlCharactersHaveTheShortEscapes() throws {
    let all = (0..<0x20).map { String(Unicode.Scalar(UInt8($0))) }.joined()
    let written = String(decoding: CanonicalJSON.encode(.string(all)), as: UTF8.self)
    #expect(written.contains(#"\u0007\b\t\n\u000b\f\r\u000e"#) && written.hasSuffix(#"\u001f""#))
    #expect(try JSONValue(parsing: written) == .string(all))
  }

  @Test(
    arguments: [
      ("1", "1"), ("1.0", "1.0"), ("-0", "0"), ("-0.0", "-0.0"), ("1e-7", "1e-07"), ("1E5", "100000.0"),
      ("1e16", "1e+16"), ("123456789012345678901234567890", "123456789012345678901234567890"), ("0.10", "0.1"),
      ("1.5e300", "1.5e+300"), ("0.0001", "0.0001"), ("0.00001", "1e-05"), ("9999999999999998.0", "9999999999999998.0"),
    ])
  func numbersAreLaidOutAsPythonDoes(_ lexeme: String, _ expected: String) throws {
    #expect(try text(lexeme, .compact) == expected)
    #expect(String(decoding: CanonicalJSON.line(try JSONValue(parsing: lexeme)), as: UTF8.self) == lexeme)
  }

  @Test func encodedMemberIsTakenAsItIs() throws {
    let object: JSONObject = ["z": 1, "a": ["payload": 2]]
    let spliced = CanonicalJSON.encode(object, with: "payload", encoded: Array(#"{"k":"v"}"#.utf8))
    #expect(String(decoding: spliced, as: UTF8.self) == #"{"a":{"payload":2},"payload":{"k":"v"},"z":1}"#)
  }

  @Test func prettyTextIsIndentedAndEndsInALineFeed() throws {
    let json = try JSONValue(parsing: #"{"b":[],"a":[1,{"é":null}],"c":{}}"#)
    let expected = #"""
      {
        "a": [
          1,
          {
            "\u00e9": null
          }
        ],
        "b": [],
        "c": {}
      }

      """#
    #expect(String(decoding: CanonicalJSON.pretty(json, sorted: true, asciiOnly: true), as: UTF8.self) == expected)
  }

  @Test func randomValuesAreReadBackEqualInEveryForm() throws {
    var samples = JSONSamples(generator: SeededGenerator(seed: 1))
    for number in 0..<1_500 {
      let value = samples.value()
      for bytes in [CanonicalJSON.line(value), CanonicalJSON.pretty(value)] {
        #expect(try JSONValue(parsing: bytes) == value, "sample \(number)")
      }
      for form in [CanonicalJSON.Form.compact, .spaced, .spacedASCII] {
        let canonical = CanonicalJSON.encode(value, form: form)
        let again = CanonicalJSON.encode(try JSONValue(parsing: canonical), form: form)
        #expect(again == canonical, "sample \(number)")
      }
    }
  }

  @Test(.enabled(if: PythonOracle.isPresent)) func randomValuesAreWrittenAsPythonWritesThem() throws {
    var samples = JSONSamples(generator: SeededGenerator(seed: 2))
    let values = (0..<1_000).map { _ in samples.value() }
    let script = """
      import json
      def answer(data):
        value = json.loads(data.decode())
        forms = [dict(separators=(',', ':'), ensure_ascii=False), dict(ensure_ascii=False), dict()]
        return '\\n'.join(json.dumps(value, sort_keys=True, **form) for form in forms)
      """
    let answers = try PythonOracle.answers(script, to: values.map { CanonicalJSON.line($0) })
    for (value, answer) in zip(values, answers) {
      let forms = [CanonicalJSON.Form.compact, .spaced, .spacedASCII].map {
        String(decoding: CanonicalJSON.encode(value, form: $0), as: UTF8.self)
      }
      #expect(Array(forms.joined(separator: "\n").utf8) == Array(answer.utf8))
    }
  }

  @Test(.enabled(if: PythonOracle.isPresent)) func doublesAreWrittenAsPythonWritesThem() throws {
    var samples = JSONSamples(generator: SeededGenerator(seed: 3))
    let edges = [
      0, -0.0, 1e16, 9_999_999_999_999_998, 1e-4, 9.999e-5, Double.leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    let values = edges + (0..<2_000).map { _ in samples.double() }
    let script = "import struct\ndef answer(data): return repr(struct.unpack('<d', data)[0])"
    let inputs = values.map { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    let answers = try PythonOracle.answers(script, to: inputs)
    #expect(values.map(FloatText.python) == answers)
  }
}
