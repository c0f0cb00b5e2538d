internal import GRDB
internal import GRDBSQLite

/// Writes many rows of texts and one id, bound without GRDB's values: for facets and files these took as long as the
/// full-text index itself.
struct TextRows {
  private let statement: Statement

  /// - Parameter sql: its parameters are the texts and then the id.
  init(_ sql: String, _ database: Database) throws { statement = try database.cachedStatement(sql: sql) }

  func add(_ texts: [String], _ id: Int64) throws {
    let handle = statement.sqliteStatement
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (index, var text) in zip(Int32(1)..., texts) {
      let code = text.withUTF8 { bytes in
        // -1, which SQLite's header spells as a cast: it makes a copy.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text(handle, index, $0.baseAddress, Int32($0.count), copies)
        }
      }
      try Self.check(code)
    }
    try Self.check(sqlite3_bind_int64(handle, Int32(texts.count + 1), id))
    try Self.check(sqlite3_step(handle))
  }

  private static func check(_ code: Int32) throws {
    guard code == SQLITE_OK || code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }
}
