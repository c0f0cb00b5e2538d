import Basics
import GitKit
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct PayloadRulesTests {
  private static let hex = String(repeating: "0a", count: 20)
  private static let long = String(repeating: "0a", count: 32)

  @Test(
    arguments: [
      ["commit_id": ["algo": "sha1", "hex": .string(hex)]],
      ["tree_id": ["algo": "sha256", "hex": .string(long), "x": 1]],
      ["blob_id": .null], ["commit_id": .string(hex)], ["head_sha": "HEAD"], ["head": .string(hex)],
      ["capture_limitations": ["hook_only", "transcript_modified"]], ["limitations": ["whatever"]],
      ["capture_limitations": []],
    ] as [JSONObject])
  func soundPayloadIsTaken(_ payload: JSONObject) throws {
    let store = try Store()
    #expect(try store.append(Store.draft(1, payload: payload)))
    #expect(try store.numbers() == [1])
  }

  @Test(
    arguments: [
      ["commit_id": ["algo": "sha1", "hex": .string(long)]], ["commit_id": ["algo": "sha256", "hex": .string(hex)]],
      ["tree_id": ["hex": .string(hex)]], ["tree_id": ["algo": "md5", "hex": .string(hex)]], ["blob_id": [:]],
      ["blob_id": ["algo": "sha1", "hex": .string(hex.uppercased())]], ["parent_id": ["algo": "sha1", "hex": 5]],
      ["x": ["y": [["git_head": ["algo": "sha1", "hex": "abc"]]]]], ["x": [[["git_head": ["algo": "sha1"]]]]],
      ["head_sha": .string(hex)], ["x": ["base_sha": .string(long)]], ["x": [["base_sha": .string(hex)]]],
      ["capture_limitations": ["something"]], ["capture_limitations": [1]], ["capture_limitations": "hook_only"],
      ["x": ["capture_limitations": ["hook_only", "else"]]],
    ] as [JSONObject])
  func payloadAgainstTheRulesIsRefused(_ payload: JSONObject) throws {
    let store = try Store()
    #expect { try store.append(Store.draft(1), Store.draft(2, payload: payload)) } throws: {
      ($0 as? StoreError)?.code == .invalidEvent
    }
    try store.transaction { transaction in
      #expect(throws: StoreError.self) { try transaction.append([Store.draft(1), Store.draft(2, payload: payload)]) }
    }
    #expect(try store.log().tip == nil)
    #expect(Files.list(store.spool).isEmpty)
  }
}
