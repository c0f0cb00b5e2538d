import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct GitSettingsTests {
  private func values(_ repository: TemporaryRepository, _ key: String) throws -> [String] {
    try repository.tryGit("config", "--get-all", key).lines
  }

  @Test func noRemoteGivesNoPhantomRemote() throws {
    let it = try InstalledRepository()
    let before = try it.snapshot()
    _ = try it.installer().install()
    #expect(try it.repository.git("remote").output.isEmpty)
    let other = try TemporaryRepository(.bare)
    #expect(try it.repository.tryGit("remote", "add", "origin", other.path).succeeded)
    try it.repository.git("remote", "remove", "origin")
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
  }

  @Test func privateRefsAreHiddenOnce() throws {
    let it = try InstalledRepository()
    try it.repository.git("config", "--add", "transfer.hideRefs", "refs/pull")
    let before = try it.snapshot()
    for _ in 1...3 { _ = try it.installer().install() }
    #expect(try values(it.repository, "transfer.hideRefs") == ["refs/pull", "refs/opentraces/local"])
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
  }

  @Test func everyRemoteBringsNotesAndNoFetchFailsWithoutThem() throws {
    let it = try InstalledRepository()
    let remote = try TemporaryRepository(.bare)
    try it.repository.commit("one")
    try it.repository.git("remote", "add", "origin", remote.path)
    try it.repository.git("remote", "add", "up.stream", remote.path)
    try it.repository.git("push", "-q", "origin", "main")
    let before = try it.snapshot()
    let report = try it.installer().install()
    #expect(report.state.remotesWithNotes == ["origin", "up.stream"])
    #expect(
      try values(it.repository, "remote.origin.fetch") == [
        "+refs/heads/*:refs/remotes/origin/*", "refs/notes/opentraces*:refs/notes/remotes/origin/opentraces*",
      ])
    try it.repository.git("fetch", "-q", "origin")
    try it.repository.git("notes", "--ref", "opentraces", "add", "-m", "hello")
    try it.repository.git("push", "-q", "origin", "refs/notes/opentraces")
    try it.repository.git("fetch", "-q", "--all")
    #expect(
      try it.repository.resolve("refs/notes/remotes/up.stream/opentraces")
        == it.repository.resolve("refs/notes/opentraces"))
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
  }

  @Test func forcedRefspecsOfEarlierVersionsGo() throws {
    let it = try InstalledRepository()
    let remote = try TemporaryRepository(.bare)
    try it.repository.git("remote", "add", "origin", remote.path)
    let before = try it.snapshot()
    for value in ["+refs/notes/opentraces:refs/notes/opentraces", "refs/notes/opentraces:refs/notes/opentraces"] {
      try it.repository.git("config", "--add", "remote.origin.fetch", value)
    }
    _ = try it.installer().install()
    #expect(try values(it.repository, "remote.origin.fetch").filter { $0.contains("notes/opentraces") }.count == 1)
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
  }

  @Test func phantomOriginOfEarlierVersionsGoes() throws {
    let it = try InstalledRepository()
    let before = try it.snapshot()
    let refspec = "+refs/notes/opentraces:refs/notes/opentraces"
    try it.repository.git("config", "--add", "remote.origin.fetch", refspec)
    _ = try it.installer().install()
    #expect(try it.repository.tryGit("config", "--get-regexp", "^remote").output.isEmpty)
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
  }

  @Test func gitKeepsPrivateRefsFromThoseWhoFetchHere() throws {
    let it = try InstalledRepository()
    try it.repository.commit("one")
    try it.repository.git("update-ref", "refs/opentraces/local/bucket/v1", "HEAD")
    _ = try it.installer().install()
    let seen = try it.repository.git("ls-remote", "file://" + it.repository.path).output
    #expect(seen.contains("refs/heads/main") && !seen.contains("refs/opentraces/local"))
  }
}
