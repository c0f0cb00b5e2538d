internal import Basics
internal import SecurityTools
internal import Trails

/// Takes out of edits what must not leave, line by line.
struct EditFilter {
  let text: TextSanitizer

  /// All edits of one path. With the digest of the whole file, what was taken out of one of them could be guessed from another.
  static func withoutDigests(_ edits: [StoredEdit]) -> [StoredEdit] {
    edits.map { edit in
      var edit = edit
      edit.afterBlob = nil
      return edit
    }
  }

  /// Whether a text holds something that stands for what was taken out.
  static func isWhole(_ bytes: [UInt8]) -> Bool {
    !["[REDACTED", "[ot-user-"].contains { bytes.firstRange(of: Array($0.utf8)) != nil }
  }

  /// The digest of the file stays: whether it may is told by all edits of the path, see ``withoutDigests(_:)``.
  func filtered(_ edit: StoredEdit) -> StoredEdit {
    func plain(_ value: String) -> String { text.sanitize(value).text }
    var edit = edit
    let isKey = KeyFile.holds(edit.path)
    edit.path = BytePath(plain(edit.path.description))
    edit.previousPath = edit.previousPath.map { BytePath(plain($0.description)) }
    edit.toolCallID = plain(edit.toolCallID)
    edit.toolName = plain(edit.toolName)
    edit.agentRole = edit.agentRole.map(plain)
    edit.patches = edit.patches.map { filtered($0, isKey: isKey) }
    return edit
  }

  /// The texts before and after the change are looked at with what stands around it: a passage may begin there.
  private func filtered(_ patch: StoredEdit.Patch, isKey: Bool) -> StoredEdit.Patch {
    var patch = patch
    let (above, below) = (patch.contextBefore, patch.contextAfter)
    let old = filtered(above + patch.removed + below, isKey: isKey)
    let new = filtered(above + patch.added + below, isKey: isKey)
    func weaker(_ a: ArraySlice<String>, _ b: ArraySlice<String>, _ original: [String]) -> [String] {
      zip(zip(a, b), original).map { pair, line in pair.0 == line ? pair.1 : pair.0 }
    }
    patch.removed = Array(old[above.count..<(above.count + patch.removed.count)])
    patch.added = Array(new[above.count..<(above.count + patch.added.count)])
    patch.contextBefore = weaker(old.prefix(above.count), new.prefix(above.count), above)
    patch.contextAfter = weaker(old.suffix(below.count), new.suffix(below.count), below)
    return patch
  }

  /// As many lines as there were: of a passage over several of them, such as a private key, each line is taken out.
  private func filtered(_ lines: [String], isKey: Bool) -> [String] {
    if lines.isEmpty { return lines }
    let joined = lines.joined(separator: "\n")
    let whole = text.sanitize(joined, .toolInput).text
    var result = lines
    if whole != joined {
      // Bytes: a carriage return and a line feed are one character.
      let left = whole.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      if left.count == lines.count {
        result = left
      } else {
        var at = 0
        result = lines.map { line in
          guard let found = left[at...].firstIndex(of: line) else { return KeyFile.placeholder }
          at = found + 1
          return line
        }
      }
    }
    return isKey ? result.map { KeyFile.isBody($0) ? KeyFile.placeholder : $0 } : result
  }

}
