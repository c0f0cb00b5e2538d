/// What the tool `regex` looks for.
public enum PatternCatalog {
  /// Patterns that are no formats of keys.
  private static let others = [
    "private_key", "url_credentials", "basic_auth", "bearer_token", "assigned_secret", "email_address", "ipv4_address",
    "ipv6_address", "credit_card", "ssn", "phone_number",
  ]

  /// Names of all patterns, sorted.
  public static let names: [String] = Set(TokenPattern.all.map(\.name)).union(others).sorted()

  public static var count: Int { names.count }
}
