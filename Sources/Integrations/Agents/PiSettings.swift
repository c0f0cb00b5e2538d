internal import Basics

/// The list of packages in a settings file of Pi.
struct PiSettings {
  private(set) var text: SettingsText

  private static let list: [SettingsText.Step] = [.key("packages")]

  /// - Throws: ``IntegrationError`` `CORRUPT_PI_SETTINGS`.
  init(_ bytes: [UInt8]?, _ file: AgentSettingsFile) throws {
    text = try file.parse(bytes)
    if let packages = text.root["packages"], packages.elements == nil { throw file.corrupt("'packages' is no list") }
  }

  /// What each entry is loaded from: the entry itself or its `source`; nil for one that has neither.
  private var sources: [String?] {
    (text.root["packages"]?.elements ?? []).map { $0.string ?? $0["source"]?.string }
  }

  var packages: [String] { sources.compactMap { $0 } }

  /// Our entries.
  var registered: [String] { packages.filter(PiPackage.owns) }

  /// What is empty and will not be any more, with what stands between the brackets.
  var blanks: [String: String] { text.blanks(at: [[], ["packages"]]) }

  /// Puts a package at the end of the list, unless there is an entry of ours.
  mutating func install(_ source: String) throws {
    guard registered.isEmpty else { return }
    if text.root["packages"] == nil {
      try text.add("packages", [.string(source)], at: [])
    } else {
      try text.append(.string(source), at: Self.list)
    }
  }

  /// Takes our entries out, and the list when it is empty then and was not there before we came.
  ///
  /// Without a memory somebody else made the list; it stays.
  mutating func remove(_ memory: SettingsMemory?) throws {
    while let index = sources.lastIndex(where: { $0.map(PiPackage.owns) ?? false }) {
      let blank = memory == nil ? "" : memory?.blanks["packages"]
      if sources.count == 1, blank == nil {
        try text.remove(at: Self.list, blank: memory?.blanks[""] ?? "")
      } else {
        try text.remove(at: Self.list + [.index(index)], blank: blank ?? "")
      }
    }
  }
}
