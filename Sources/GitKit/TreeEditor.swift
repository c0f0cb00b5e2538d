internal import Basics

/// A set of changes to a tree, by path. Unchanged subtrees are neither read nor written.
public struct TreeEditor {
  private final class Node {
    /// What stands at the path before the changes of ``children``.
    enum Origin {
      /// What the base has there.
      case base
      case nothing
      case entry(TreeEntry)
    }

    var origin = Origin.base
    /// Something was put below it, so that a file can't stay in its place.
    var isDirectory = false
    var children: [BytePath: Node] = [:]

    func replace(with origin: Origin) {
      self.origin = origin
      isDirectory = false
      children = [:]
    }
  }

  private let repository: Repository
  private let base: ObjectID?
  private let root = Node()

  /// - Parameter base: the tree to start from; nil for none.
  public init(_ repository: Repository, base: ObjectID?) {
    self.repository = repository
    self.base = base
  }

  /// The node of a path, with those above it, outermost first.
  private func nodes(_ path: String) -> [Node] {
    var nodes = [root]
    for part in path.utf8.split(separator: 0x2F) {
      let name = BytePath(part)
      let parent = nodes[nodes.count - 1]
      let child = parent.children[name] ?? Node()
      parent.children[name] = child
      nodes.append(child)
    }
    return nodes
  }

  /// Puts an object at a `/`-separated path. A file that stands where a directory is needed makes way.
  public func set(_ path: String, _ id: ObjectID, mode: FileMode = .regular) {
    let nodes = nodes(path)
    for node in nodes.dropLast() { node.isDirectory = true }
    nodes.last?.replace(with: .entry(TreeEntry(name: BytePath(path).name, mode: mode, id: id)))
  }

  /// Takes away what is at a path, subtrees whole. Directories that become empty go too.
  public func remove(_ path: String) { nodes(path).last?.replace(with: .nothing) }

  /// Writes the changed trees and returns the root's id. Cost: entries of the trees on the changed paths.
  ///
  /// - Throws: ``GitError`` also when a tree on a changed path is missing: its other entries would be lost.
  public func write(_ writer: any ObjectWriter) throws -> ObjectID {
    try write(root, base: base, writer) ?? writer.writeTree([])
  }

  /// Nil when the tree has no entry left.
  private func write(_ node: Node, base: ObjectID?, _ writer: any ObjectWriter) throws -> ObjectID? {
    let old = try base.map { try stored($0) } ?? []
    var entries = old.filter { node.children[$0.name] == nil }
    let oldByName = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    for (name, child) in node.children {
      let before: TreeEntry? =
        switch child.origin {
        case .base: oldByName[name]
        case .nothing: nil
        case .entry(let entry): entry
        }
      let isFile = before.map { $0.mode != .tree } ?? false
      if child.children.isEmpty || (isFile && !child.isDirectory) {
        if let before { entries.append(before) }
      } else if let id = try write(child, base: isFile ? nil : before?.id, writer) {
        entries.append(TreeEntry(name: name, mode: .tree, id: id))
      }
    }
    return entries.isEmpty ? nil : try writer.writeTree(entries)
  }

  private func stored(_ id: ObjectID) throws -> [TreeEntry] {
    guard let entries = try repository.tree(id) else {
      throw GitError(.notFound, "read the tree", id.hex, "it is missing or no tree")
    }
    return entries
  }
}
