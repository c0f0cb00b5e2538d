import Basics
import TestSupport
import Testing

@Suite struct JSONParserTests {
  @Test(arguments: ["1", "1.0", "-0", "1e-7", "1E+07", "12345678901234567890123", "0.100", "-0.0e0"])
  func numbersKeepTheirLexeme(_ lexeme: String) throws {
    let value = try JSONValue(parsing: "[ \(lexeme) ]")
    #expect(value == .array([.number(JSONNumber(lexeme: lexeme))]))
    #expect(String(decoding: CanonicalJSON.line(value), as: UTF8.self) == "[\(lexeme)]")
  }

  @Test func integersAndFloatsAreToldApart() throws {
    let value = try JSONValue(parsing: "[1, 1.0, 9223372036854775807, 9223372036854775808]")
    #expect(value.array?.map(\.int) == [1, nil, .max, nil])
    #expect(value.array?.map(\.double) == [1, 1, 0x1p63, 0x1p63])
    let kinds = try JSONParser().parse(Array("[1,1.0,1e0]".utf8)) { $0.elements.map(\.kind) }
    #expect(kinds == [.integer, .float, .float])
  }

  @Test func lastValueOfARepeatedKeyWinsAtTheFirstPlace() throws {
    let text = #"{"a":1,"b":2,"a":3,"\u0061":4}"#
    #expect(try JSONValue(parsing: text) == ["a": 4, "b": 2])
    let seen = try JSONParser().parse(Array(text.utf8)) { ($0["a"]?.int, $0[String("b")]?.int, $0.count) }
    #expect(seen == (4, 2, 4))
  }

  @Test func keysThatOnlyLookAlikeAreTwoKeys() throws {
    let value = try JSONValue(parsing: "{\"é\":1,\"e\u{301}\":2,\"K\":3,\"\\u212a\":4}")
    #expect(value.object?.count == 4)
    #expect(value["é"] == 1 && value["e\u{301}"] == 2 && value["K"] == 3)
    #expect(JSONValue.string("é") != .string("e\u{301}"))
    let found = try JSONParser().parse(Array("{\"e\u{301}\":2,\"\\u212a\":4}".utf8)) { view in
      (view[String("é")]?.int, view["K"]?.int)
    }
    #expect(found == (nil, nil))
  }

  @Test func loneSurrogatesBecomeTheReplacementCharacter() throws {
    let value = try JSONValue(parsing: #"["\ud83d","\ude00x","\ud83d\ud83d\ude00","\ud83d\n","\uD83D\uDE00"]"#)
    #expect(value == ["\u{FFFD}", "\u{FFFD}x", "\u{FFFD}😀", "\u{FFFD}\n", "😀"])
  }

  @Test func nestingIsLimited() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(1024)) }
    for depth in [1025, 100_000] {
      #expect(throws: JSONError("nested too deeply")) { try JSONValue(parsing: nested(depth)) }
    }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test(
    arguments: [
      "", " ", "\n", #""\x""#, #""\u12""#, #""\u12g4""#, #""\"#, "\"a", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}",
      "{\"a\":1,}", "{1:2}", "[1 2]", "1 2", "{} x", "[]]", "nul", "nulll", "truefalse", "01", "+1", ".5", "1.", "1e",
      "--1",
      "NaN",
      "Infinity", "'a'", "\"a\tb\"", "\"a\nb\"", "\u{FEFF}1", "\u{A0}1", "1\u{0}", ":", ",", "]",
    ])
  func textThatIsNoJSONIsRefused(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
      [0x22, 0xE2, 0x82, 0x22], [0xFF, 0xFE, 0x31, 0x00],
    ] as [[UInt8]])
  func bytesThatAreNoUTF8AreRefused(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
  }

  @Test func parserIsOfUseAfterAnError() throws {
    let parser = JSONParser()
    #expect(throws: JSONError.self) { try parser.parse(Array("[1,".utf8)) { _ in } }
    let large = Array(("[" + String(repeating: "\"abc\",", count: 5_000) + "0]").utf8)
    #expect(try parser.parse(large) { $0.count } == 5_001)
    #expect(try parser.parse(Array("[1]".utf8)) { $0.count } == 1)
  }

  /// Lone surrogates aside, which Python keeps, and NaN and infinity, which it reads unless told not to.
  @Test(.enabled(if: PythonOracle.isPresent)) func damagedTextIsAcceptedExactlyWhenPythonAcceptsIt() throws {
    var samples = JSONSamples(generator: SeededGenerator(seed: 4))
    var inputs: [[UInt8]] = []
    for _ in 0..<4_000 {
      let value = samples.value(depth: 3)
      let text = Bool.random(using: &samples.generator) ? CanonicalJSON.line(value) : CanonicalJSON.pretty(value)
      inputs.append(samples.mutated(text))
    }
    let script = """
      import json
      def refuse(name): raise ValueError(name)
      def answer(data):
        value = json.loads(data.decode(), parse_constant=refuse)
        text = json.dumps(value, sort_keys=True, separators=(',', ':'))
        return 'ok' if '\\\\ud' in text or 'Infinity' in text else text
      """
    let answers = try PythonOracle.answers(script, to: inputs)
    var accepted = 0
    for (input, answer) in zip(inputs, answers) {
      let value = try? JSONValue(parsing: input)
      #expect((value != nil) == (answer != "!"), "\(String(decoding: input, as: UTF8.self))")
      guard let value else { continue }
      accepted += 1
      if answer == "ok" { continue }
      let expected = try JSONValue(parsing: answer)
      #expect(CanonicalJSON.encode(value) == CanonicalJSON.encode(expected), "\(answer)")
    }
    #expect((400...3_600).contains(accepted))
  }

  @Test func cutTextsNeverReadBeyondTheirEnd() throws {
    let text = Array(#"{"key\u00e9":["\ud83d\ude00",-1.5e+10,true,null,{"a":"\\"}],"last":"\n"}"#.utf8)
    for end in 0..<text.count { #expect(throws: JSONError.self) { try JSONValue(parsing: text[..<end]) } }
    #expect(throws: Never.self) { try JSONValue(parsing: text) }
  }
}
