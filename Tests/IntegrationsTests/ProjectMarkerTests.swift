import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct ProjectMarkerTests {
  private let id = "1b79eae17c9946ca95712c9d1299e99b"

  private func marker(_ text: String) throws -> ProjectMarker? {
    let directory = try TemporaryDirectory()
    try directory.write(ProjectMarker.fileName, text)
    return try ProjectMarker.read(worktree: directory.path)
  }

  @Test func keysAreWrittenInTheirOrderAndUnknownOnesKept() throws {
    var marker = try #require(
      try marker(
        #"{"zeta":1.50,"agents":["codex","claude","x","codex"],"project_id":"\#(id)","watcher":{"interval_seconds":60}}"#
      ))
    marker["active_remote"] = .null
    marker["marker_version"] = "2"
    marker.rootCommit = "95544b81249467a73b361b61c5d4e15229c04a47"
    marker.agents = marker.agents
    #expect(
      String(decoding: marker.text, as: UTF8.self) == """
        {
          "marker_version": "2",
          "project_id": "1b79eae17c9946ca95712c9d1299e99b",
          "active_remote": null,
          "agents": [
            "codex-cli",
            "claude-code"
          ],
          "root_commit_sha": "95544b81249467a73b361b61c5d4e15229c04a47",
          "zeta": 1.50,
          "watcher": {
            "interval_seconds": 60
          }
        }

        """)
  }

  @Test(arguments: ["{bad", "[]", "", #"{"project_id":"short"}"#, #"{"project_id":7}"#])
  func damagedMarkerIsAnError(_ text: String) {
    #expect { try marker(text) } throws: {
      ($0 as? IntegrationError)?.code == "CORRUPT_MARKER" && ($0 as? IntegrationError)?.exitCode == 5
    }
  }

  @Test(arguments: [("manual", "review"), ("auto-ready", "auto"), ("auto_ready", "auto"), ("else", "review")])
  func oldReviewPoliciesAreUnderstood(_ old: String, _ present: String) throws {
    #expect(try marker(#"{"review_policy":"\#(old)"}"#)?.reviewPolicy == present)
    #expect(try marker(#"{"mode":"\#(old)"}"#)?.reviewPolicy == present)
  }

  @Test func oldRemoteBecomesOrigin() throws {
    let marker = try #require(try marker(#"{"remote":"https://x/y","visibility":"public"}"#))
    #expect(marker["remotes"] == ["origin": ["url": "https://x/y", "visibility": "public"]])
    #expect(marker.activeRemote == "origin" && marker["remote"] == nil && marker["visibility"] == nil)
  }

  @Test func slugIsSafeForFiles() {
    let names = ["My Répo!!": "my-r-po", "---": "project", "ÜÖ": "project", "a": "a"]
    for (name, slug) in names {
      #expect(ProjectIdentity.slug(worktree: "/w/" + name, projectID: id) == slug + "-1b79eae1")
    }
    let long = ProjectIdentity.slug(worktree: "/" + String(repeating: "x", count: 60), projectID: id)
    #expect(long.count == 48 + 9)
  }

  @Test func identitiesAreVersion4() {
    let minted = ProjectIdentity.mint()
    #expect(minted.count == 32 && Array(minted)[12] == "4" && "89ab".contains(Array(minted)[16]))
  }
}
