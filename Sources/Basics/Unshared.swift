/// A value that the compiler lets cross threads, because one thread at a time uses it, or each its own part.
public struct Unshared<Value>: @unchecked Sendable {
  public let value: Value
  public init(_ value: Value) { self.value = value }
}
