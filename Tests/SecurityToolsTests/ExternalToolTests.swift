import Basics
import TestSupport
import Testing

@testable import SecurityTools

@Suite struct ExternalToolTests {
  private let place: TemporaryDirectory

  init() throws { place = try TemporaryDirectory() }

  /// A trufflehog that answers always the same.
  private func trufflehog(_ lines: String..., ends: String = "finished scanning") throws -> ExternalTool {
    let answer = lines.joined(separator: "\n")
    try place.write("answer", answer + "\n")
    try place.write(
      "trufflehog", "#!/bin/sh\ncat '\(place.path)/answer'\necho '{\"msg\":\"\(ends)\"}' >&2\n", mode: 0o755)
    return ExternalTool(.trufflehog(verifies: false), environment: ["PATH": place.path + ":/usr/bin:/bin"])
  }

  private func helper(_ script: String) -> ExternalTool {
    ExternalTool(.helper(command: script, model: "m", threshold: 0.5), environment: ["PATH": "/usr/bin:/bin"])
  }

  private func removed(_ text: String, _ literals: [ExternalTool.Literal]) -> String {
    var options = SecurityOptions()
    options.literals = [.privacyFilter: literals]
    return TextSanitizer([.privacyFilter], options: options).sanitize(text).text
  }

  private func literal(_ text: String, isWholeWord: Bool = false) -> ExternalTool.Literal {
    ExternalTool.Literal(text: text, pattern: "x", severity: .high, isWholeWord: isWholeWord)
  }

  @Test func allOfWhatOverlapsGoes() {
    #expect(removed("foo bar baz qux end", [literal("foo bar baz"), literal("baz qux")]) == "[REDACTED] end")
    #expect(removed("aaa b", [literal("aa")]) == "[REDACTED] b")
    #expect(removed("one two one", [literal("one")]) == "[REDACTED] two [REDACTED]")
    // In a placeholder there is nothing to be found.
    #expect(
      removed("[REDACTED] RED [ot-user-0123abcd] [RED", [literal("RED"), literal("user")])
        == "[REDACTED] [REDACTED] [ot-user-0123abcd] [[REDACTED]")
    // What only looks like one is text.
    for text in [
      "[REDACTED by Alice]", "[ot-user-of Alice]", "[EXCLUDED: Alice]", "[\"[REDACTED\", \"Alice\"]",
      "[REDACTED:Alice]",
    ] {
      #expect(!removed(text, [literal("Alice")]).contains("Alice"), "\(text)")
    }
  }

  @Test(arguments: [
    ("“Al”—Al’s", "“[REDACTED]”—[REDACTED]’s"), ("Also, Al, final", "Also, [REDACTED], final"), ("Al", "[REDACTED]"),
    ("Al3 éAl Al_x", "Al3 éAl [REDACTED]_x"), ("我Al你", "我[REDACTED]你"),
  ])
  func namesAreWordsAndNotPartsOfThem(_ text: String, _ left: String) {
    #expect(removed(text, [literal("Al", isWholeWord: true)]) == left)
  }

  @Test func passageIsTakenOutWhereItWasTold() throws {
    let told = try helper(
      #"cat >/dev/null; echo '{"spans":[{"start":0,"end":5,"type":"PERSON"},{"start":11,"end":13,"score":0.4}]}'"#
    ).findings(in: ["AliceExample \u{1F600}"])
    #expect(told.map(\.text) == ["Alice"] && told.first?.isWholeWord == false)
    #expect(removed("AliceExample", told) == "[REDACTED]Example")
    let spaced = try helper(#"cat >/dev/null; echo '{"spans":[{"start":0,"end":7}]}'"#).findings(in: [" Bob \n X"])
    #expect(spaced.map(\.text) == ["Bob"])
  }

  @Test func twoSpellingsOfACharacterAreTwoPassages() throws {
    let (composed, decomposed) = ("Jos\u{E9}", "Jose\u{301}")
    let told = try helper(
      #"cat >/dev/null; echo '{"spans":[{"start":0,"end":4}]}'; echo '{"spans":[{"start":0,"end":5}]}'"#
    ).findings(in: [composed, decomposed])
    #expect(told.count == 2)
    #expect(Array(removed(decomposed + " " + composed, told).utf8) == Array("[REDACTED] [REDACTED]".utf8))
  }

  @Test func partsOfAKeyGoEachByItself() throws {
    let key = try trufflehog(#"{"DetectorName":"AWS","Raw":"AKIA0","RawV2":"AKIA0:s3cr3t"}"#)
    for texts in [["id AKIA0", "key s3cr3t"], ["AKIA0:s3cr3t", "s3cr3t"]] {
      #expect(Set(try key.findings(in: texts).map(\.text)).isSuperset(of: ["AKIA0", "s3cr3t"]))
    }
    let okta = try trufflehog(#"{"DetectorName":"Okta","Raw":"tok3n","RawV2":"acme.example:tok3n"}"#)
    #expect(Set(try okta.findings(in: ["acme.example", "tok3n"]).map(\.text)) == ["tok3n", "acme.example"])
    let lines = try trufflehog(#"{"DetectorName":"Key","Raw":"-----BEGIN\nabcdefghijkl\nmn"}"#)
    #expect(try lines.findings(in: ["-----BEGIN\nabcdefghijkl\nmn"]).map(\.text).contains("abcdefghijkl"))
  }

  @Test(arguments: [
    (#"{"DetectorName":"X","Raw":"not there"}"#, "finished scanning", "encoded"),
    (#"{"DetectorName":"X","Raw":"text","RawV2":"a:b"}"#, "finished scanning", "in parts"),
    (#"{"DetectorName":"X"}"#, "finished scanning", "does not tell what"), ("nonsense", "finished scanning", "no JSON"),
    ("", "encountered errors during scan", "does not say that it finished"),
    ("", "finished scanning\",\"bytes\":1,\"x\":\"", "it read 1 of"),
  ])
  func answerThatCannotBeUsedIsAFailure(_ answer: String, _ ends: String, _ reason: String) throws {
    let tool = try trufflehog(answer, ends: ends)
    let error = #expect(throws: ExternalTool.Failure.self) { try tool.findings(in: ["some text"]) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "nothing")")
  }

  @Test func programThatIsNotThereIsAFailure() {
    let nowhere = ["PATH": place.path]
    #expect(throws: ExternalTool.Failure.self) {
      try ExternalTool(.trufflehog(verifies: false), environment: nowhere).findings(in: ["x"])
    }
    #expect(throws: ExternalTool.Failure.self) { try helper("").findings(in: ["x"]) }
    #expect(throws: ExternalTool.Failure.self) { try helper("exit 3").findings(in: ["x"]) }
    #expect(ExternalTool.trufflehogVersion(nowhere) == nil)
  }

  @Test func keysBelowPartsOfFreeFormAreTextsAsWell() {
    let free: JSONValue = ["metadata": ["alice_example": "v"], "plain_name": "w"]
    #expect(Set(DocumentSanitizer.strings(of: free, .record)).isSuperset(of: ["alice_example", "v", "w"]))
    var options = SecurityOptions()
    options.literals = [.trufflehog: [literal("alice_example")]]
    let outcome = DocumentSanitizer([.trufflehog], options: options).sanitize(free, .record)
    #expect(outcome.document["metadata"]?["[REDACTED]"] == "v" && outcome.failed.isEmpty)
  }
}
