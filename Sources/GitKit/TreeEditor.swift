internal import Basics

/// A set of changes to a tree, by path. Unchanged subtrees are neither read nor written.
public struct TreeEditor {
  private final class Node {
    var entry: TreeEntry?
    var removed = false
    var children: [BytePath: Node] = [:]
  }

  private let repository: Repository
  private let base: ObjectID?
  private let root = Node()

  /// - Parameter base: the tree to start from; nil for none.
  public init(_ repository: Repository, base: ObjectID?) {
    self.repository = repository
    self.base = base
  }

  private func node(_ path: String) -> Node {
    var node = root
    for part in path.utf8.split(separator: 0x2F) {
      let name = BytePath(part)
      let child = node.children[name] ?? Node()
      node.children[name] = child
      node = child
    }
    return node
  }

  /// Puts an object at a `/`-separated path.
  public func set(_ path: String, _ id: ObjectID, mode: FileMode = .regular) {
    let target = node(path)
    target.entry = TreeEntry(name: BytePath(path).name, mode: mode, id: id)
    target.removed = false
    target.children = [:]
  }

  /// Takes away what is at a path, subtrees whole. Directories that become empty go too.
  public func remove(_ path: String) {
    let target = node(path)
    target.entry = nil
    target.removed = true
    target.children = [:]
  }

  /// Writes the changed trees and returns the root's id. Cost: entries of the trees on the changed paths.
  public func write(_ writer: any ObjectWriter) throws -> ObjectID {
    try write(root, base: base, writer) ?? writer.writeTree([])
  }

  /// Nil when the tree has no entry left.
  private func write(_ node: Node, base: ObjectID?, _ writer: any ObjectWriter) throws -> ObjectID? {
    let old = try base.flatMap { try repository.tree($0) } ?? []
    var entries = old.filter { node.children[$0.name] == nil }
    let oldByName = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    for (name, child) in node.children {
      if let entry = child.entry {
        entries.append(entry)
      } else if !child.removed || !child.children.isEmpty {
        let before = oldByName[name]
        let subtree = child.removed ? nil : before.flatMap { $0.mode == .tree ? $0.id : nil }
        if let id = try write(child, base: subtree, writer) {
          entries.append(TreeEntry(name: name, mode: .tree, id: id))
        } else if let before, before.mode != .tree {
          entries.append(before)
        }
      }
    }
    return entries.isEmpty ? nil : try writer.writeTree(entries)
  }
}
