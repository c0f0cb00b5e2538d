import GitKit
import TestSupport

extension TemporaryRepository {
  /// Type and bytes of objects as git reads them.
  func objects(_ ids: [ObjectID]) throws -> [ObjectID: (kind: String, bytes: [UInt8])] {
    let names = ids.map { $0.hex + "\n" }.joined()
    let output = try git("cat-file", "--batch", "--buffer", input: names).outputBytes
    var objects: [ObjectID: (String, [UInt8])] = [:]
    var at = 0
    while at < output.count, let end = output[at...].firstIndex(of: 0x0A) {
      let header = String(decoding: output[at..<end], as: UTF8.self).split(separator: " ")
      at = end + 1
      guard header.count == 3, let id = ObjectID(hex: header[0]), let size = Int(header[2]) else { continue }
      objects[id] = (String(header[1]), Array(output[at..<(at + size)]))
      at += size + 1
    }
    return objects.mapValues { (kind: $0.0, bytes: $0.1) }
  }

  /// `mode id<TAB>path` of every file below a tree, as git lists them.
  func listing(_ tree: ObjectID) throws -> [String] {
    let output = try git("ls-tree", "-r", "-z", tree.hex).output
    return output.split(separator: "\0").map { line in
      let fields = line.split(separator: " ", maxSplits: 2)
      return "\(fields[0]) \(fields[2])"
    }
  }
}
