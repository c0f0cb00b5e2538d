import Basics
import TestSupport
import Testing

@testable import SearchIndex

/// Questions in other words than those of the session, and concepts.
@Suite struct QuestionTests {
  private func database(_ documents: [(id: String, title: String, body: String)]) throws -> (
    SearchDatabase, TemporaryDirectory
  ) {
    let directory = try TemporaryDirectory()
    let writer = try SearchDatabase(writing: directory.path + "/s.sqlite")
    try writer.change { change in
      try change.replace(
        documents.map { item in
          var document = SearchDocument(traceID: item.id, hash: item.id)
          document.texts = [.title: item.title, .intent: item.title, .body: item.body]
          document.prompts = item.title
          return SearchEntry(document)
        })
      try change.finish(builtAt: "n", sourceHash: "s", corpusToken: "t")
    }
    return (try SearchDatabase(reading: directory.path + "/s.sqlite"), directory)
  }

  private func ask(_ database: SearchDatabase, _ text: String) throws -> [String] {
    var query = SearchQuery()
    query.question = Question(text)
    return try database.search(query).hits.map(\.traceID)
  }

  @Test func formsAndRelativesOfWordsAreFound() throws {
    let (database, directory) = try database([
      ("docs", "Update the readme for the new option", "x"), ("rename", "Renaming the cleanup command", "x"),
      ("secrets", "Redact tokens before writing", "x"), ("other", "Make the build faster", "heliotrope"),
      ("more", "Something else", "y"), ("again", "Something more", "z"),
    ])
    _ = directory
    #expect(try ask(database, "how is the documentation kept up?").first == "docs")
    #expect(try ask(database, "who renamed the command?").first == "rename")
    #expect(try ask(database, "hide credentials").first == "secrets")
    #expect(try ask(database, "the heliotrope") == ["other"], "a word that only the body has")
    #expect(try ask(database, "zeppelin").isEmpty)
    #expect(Question("  ?!") == nil && Question("the of")?.terms.count == 2)
  }

  @Test func wordsThatNobodyHasBecomeTheLikestOnes() throws {
    let (database, directory) = try database([
      ("a", "checkpoint validation", "x"), ("b", "checkpoints everywhere", "checkpoint"), ("c", "résumé", "tests"),
    ])
    let (other, place) = try self.database([("d", "zeppelins", "x")])
    _ = (directory, place)
    func corrected(_ text: String) throws -> String {
      try Correction.correct(SearchText.tokens(text), among: [database, other]).tokens.map(\.text).joined(
        separator: " ")
    }
    #expect(try corrected("chekcpoint validatoin") == "checkpoint validation")
    #expect(try corrected("checkpoint") == "checkpoint" && corrected("chzzkpoinq") == "chzzkpoinq")
    #expect(try corrected("zeppelins zepelins") == "zeppelins zeppelins", "what one of the indexes has is right")
    #expect(try corrected("tesst") == "tests" && corrected("tst") == "tst", "short words stay")
    #expect(try corrected("chekpoint*") == "chekpoint", "so do prefixes")
  }

  @Test func distancesAreThoseOfTheDefinition() {
    func distance(_ a: String, _ b: String, _ limit: Int = 3) -> Int? {
      Spelling.distance(Array(a), Array(b), limit: limit)
    }
    #expect(distance("abcd", "abcd") == 0 && distance("abcd", "abdc") == 1 && distance("abcd", "bcd") == 1)
    #expect(distance("abcd", "axxd") == 2 && distance("abcd", "axxd", 1) == nil && distance("", "abc") == 3)
    var random = SeededGenerator(seed: 5)
    for _ in 0..<300 {
      let word = (0..<8).map { _ in "abcdef".randomElement(using: &random) ?? "a" }
      var other = word
      other[Int.random(in: 0..<8, using: &random)] = "z"
      #expect(Spelling.distance(word, other, limit: 2) == 1 && Spelling.distance(other, word, limit: 2) == 1)
    }
  }

  @Test(arguments: [
    ("we use pymongo here", ["service:mongodb"]), ("a motor, and Mongo-DB", ["service:mongodb"]),
    ("src/motor/codex.py", []), ("~/.codex/config", []), ("ask ChatGPT.", ["service:openai"]),
    ("claude-code and Claude_Code", ["service:anthropic"]), ("@clack/prompts", ["library:clack"]),
    ("dependency datasets", ["service:huggingface"]), ("datasets", []), ("motorway hugging", []),
  ])
  func conceptsAreNamedByWholeWords(_ text: String, _ ids: [String]) {
    #expect(SemanticConcept.named(in: text).map(\.concept.id) == ids)
  }

  @Test func aQuestionThatNamesAConceptKeepsToIt() throws {
    let directory = try TemporaryDirectory()
    let writer = try SearchDatabase(writing: directory.path + "/s.sqlite")
    try writer.change { change in
      for (id, concept) in [("a", "service:openai"), ("b", "service:mongodb"), ("c", "service:openai")] {
        var document = SearchDocument(traceID: id, hash: id)
        document.facets = [SearchDocument.Facet("semantic.concept_id", concept)]
        document.prompts = id == "c" ? "call the api twice" : "nothing"
        document.texts = [.title: document.prompts]
        try change.replace([SearchEntry(document)])
      }
      try change.finish(builtAt: "n", sourceHash: "s", corpusToken: "t")
    }
    var query = SearchQuery()
    query.question = Question("chatgpt api")
    query.concepts = SemanticConcept.named(in: "chatgpt api").map(\.concept.id)
    let hits = try SearchDatabase(reading: directory.path + "/s.sqlite").search(query).hits.map(\.traceID)
    #expect(hits == ["c", "a"], "the concept filters, the words rank")
  }
}
