/// A named piece of a source file: a function, a type, a heading.
public struct Definition: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case function, method, type, module, heading
  }

  public let kind: Kind
  public let name: String
  /// The name with those of the definitions around it, `Order.total`.
  public let qualifiedName: String
  /// The line (1-based) that names it.
  public let line: Int
  /// Its lines with the comments and attributes directly above.
  public let lines: ClosedRange<Int>
}
