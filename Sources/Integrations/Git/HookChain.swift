/// The lines in a hook that run our own script, between two marks. Works on bytes: hooks need not be UTF-8.
struct HookChain {
  let hook: GitHook
  /// The owned script as a shell word.
  let script: String
  /// Whether several hooks may share the file, so that the lines must ask under which name they run.
  var isShared = false

  /// How a file was before the lines came into it.
  struct Origin: Equatable {
    /// The file was made for the lines.
    var created = false
    /// The permissions of a file that was not executable, and that therefore did nothing.
    var disabledMode: UInt32?
  }

  private static let shebang = Array("#!/bin/sh\n".utf8)
  /// What the files of earlier versions begin with.
  private static let earlierShebang = Array("#!/usr/bin/env sh\n".utf8)
  private static let createdNote = "# opentraces made this file and removes it with these lines."
  private static let modeNote = "# The file was not executable and what follows stays off. opentraces-mode: "

  private var opening: String { "# >>> opentraces \(hook.rawValue) chain >>>" }
  private var closing: String { "# <<< opentraces \(hook.rawValue) chain <<<" }

  // MARK: Text

  /// The commands that run the owned script and leave `$?`, the standard input and a later `exit` as they were.
  var commands: [String] {
    // Read by a copy of this shell instead of run by another one: that takes half as long.
    guard hook.readsInput else { return [#"[ ! -x \#(script) ] || (. \#(script)) || :"#] }
    return [
      "opentraces_input=$(cat)",
      #"[ ! -x \#(script) ] || printf '%s\n' "$opentraces_input" | (. \#(script)) || \#(hook.guards ? "exit 1" : ":")"#,
      #"if [ -n "$opentraces_input" ]; then"#, "exec <<opentraces_end", "$opentraces_input", "opentraces_end",
      "else", "exec </dev/null", "fi", "unset opentraces_input",
    ]
  }

  private func lines(_ origin: Origin) -> [String] {
    var lines = [opening]
    if origin.created { lines.append(Self.createdNote) }
    if isShared { lines.append(#"case "${0##*/}" in \#(hook.rawValue))"#) }
    lines += commands
    if isShared { lines += [";;", "esac"] }
    if let mode = origin.disabledMode { lines += [Self.modeNote + String(mode, radix: 8), "exit 0"] }
    return lines + [closing]
  }

  // MARK: Inserting

  /// The text of a hook with the lines in it, right after its first comments. Nil stands for a file that is not there.
  func inserted(into text: [UInt8]?, disabledMode: UInt32? = nil) -> [UInt8] {
    let origin = Origin(created: text == nil, disabledMode: disabledMode)
    let block = Array(lines(origin).joined(separator: "\n").utf8)
    guard let text else { return Self.shebang + block + [0x0A] }
    let header = Self.headerLength(text)
    // A file whose last line lacks its line feed keeps lacking it: the lines then end without one as well.
    if header > 0, text[header - 1] != 0x0A { return text + [0x0A] + block }
    return text[..<header] + block + [0x0A] + text[header...]
  }

  /// The length of the shebang and of the comments that follow it, up to another tool's marks.
  private static func headerLength(_ text: [UInt8]) -> Int {
    var at = 0
    while at < text.count, text[at] == 0x23 {
      let end = text[at...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
      let isMark = text[at..<end].contains(0x3E) || text[at..<end].contains(0x3C)
      if isMark && !text[at...].starts(with: "#!".utf8) { break }
      at = end
    }
    return at
  }

  // MARK: Removing

  /// The text without the lines; nil when they are not in it.
  ///
  /// - Throws: ``IntegrationError`` `CORRUPT_HOOKS` when only one of the two marks is there.
  func removed(from text: [UInt8], path: String) throws -> (rest: [UInt8]?, origin: Origin)? {
    guard let range = try block(in: text, path: path) else { return nil }
    let body = text[range]
    let rest = Array(text[..<range.lowerBound] + text[range.upperBound...])
    let origin = Self.origin(body)
    // Older versions marked no file as theirs, and guarded no call.
    let isOurs = origin.created || !body.contains(Array("[ ! -x ".utf8))
    let isEmpty = [Self.shebang, Self.earlierShebang].contains { first in
      rest.starts(with: first) && rest.dropFirst(first.count).allSatisfy { $0 == 0x0A }
    }
    return (isOurs && isEmpty ? nil : rest, origin)
  }

  private static func origin(_ body: ArraySlice<UInt8>) -> Origin {
    let lines = String(decoding: body, as: UTF8.self).split(separator: "\n")
    let mode = lines.first { $0.hasPrefix(modeNote) }.flatMap { UInt32($0.dropFirst(modeNote.count), radix: 8) }
    return Origin(created: lines.contains { $0 == createdNote }, disabledMode: mode)
  }

  /// Whether the text has the lines in it exactly as they would be written now.
  func isCurrent(in text: [UInt8], path: String) -> Bool {
    // Half of the marks is as good as none here; whoever changes the file is told.
    guard let range = (try? block(in: text, path: path)) ?? nil else { return false }
    let body = text[range]
    let wanted = lines(Self.origin(body)).joined(separator: "\n")
    return String(decoding: body, as: UTF8.self).trimmed == wanted
  }

  private func block(in text: [UInt8], path: String) throws -> Range<Int>? {
    var start: Int?
    var at = 0
    while at < text.count {
      let end = text[at...].firstIndex(of: 0x0A) ?? text.count
      let line = text[at..<end].last == 0x0D ? text[at..<(end - 1)] : text[at..<end]
      if line.elementsEqual(opening.utf8) { start = start ?? at }
      if line.elementsEqual(closing.utf8) {
        guard let start else { throw IntegrationError.corruptHook(path, "it has the end mark without a beginning") }
        if end < text.count { return start..<(end + 1) }
        // At the end of a file without a last line feed, the one before the lines is ours.
        return max(0, start - 1)..<end
      }
      at = end + 1
    }
    if start != nil { throw IntegrationError.corruptHook(path, "it has the beginning mark without an end") }
    return nil
  }
}
