internal import Basics

/// What a hit brings along of its trace, as one text in the index: a look at it takes one row.
struct SearchPacket {
  var facets: [SearchDocument.Facet] = []
  var facetCount = 0
  var files: [String] = []
  var fileCount = 0
  var signals: [SearchDocument.Signal] = []
  var skills: [String] = []
  var testCommands: [String] = []

  init(_ document: SearchDocument) {
    facets = Array(document.facets.prefix(SearchHit.facetLimit))
    facetCount = document.facets.count
    files = Array(document.files.prefix(SearchHit.fileLimit))
    fileCount = document.files.count
    signals = document.signals
    skills = Set(document.skills.map(\.name)).sorted()
    testCommands = Array(document.testCommands.prefix(SearchHit.testLimit))
  }

  var text: String {
    let json: JSONValue = [
      "facets": .array(facets.map { .strings([$0.name, $0.value, $0.source, $0.confidence]) }),
      "facet_count": .int(facetCount), "files": .strings(files), "file_count": .int(fileCount),
      "signals": .array(signals.map { .strings([$0.name] + $0.evidence) }), "skills": .strings(skills),
      "tests": .strings(testCommands),
    ]
    return String(decoding: CanonicalJSON.line(json), as: UTF8.self)
  }

  init(text: String) {
    guard let json = try? JSONValue(parsing: Array(text.utf8)) else { return }
    func texts(_ json: JSONValue?) -> [String] { json?.array?.compactMap(\.string) ?? [] }
    facets = (json["facets"]?.array ?? []).map(texts).filter { $0.count == 4 }.map {
      SearchDocument.Facet($0[0], $0[1], source: $0[2], confidence: $0[3])
    }
    facetCount = json["facet_count"]?.int ?? facets.count
    files = texts(json["files"])
    fileCount = json["file_count"]?.int ?? files.count
    signals = (json["signals"]?.array ?? []).map(texts).filter { !$0.isEmpty }.map {
      SearchDocument.Signal($0[0], evidence: Array($0.dropFirst()))
    }
    skills = texts(json["skills"])
    testCommands = texts(json["tests"])
  }
}
