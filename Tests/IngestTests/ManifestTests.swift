import TestSupport
import Testing

@testable import Ingest

@Suite struct ManifestTests {
  @Test func eachManifestNamesItsPackages() {
    #expect(
      Manifests.npm(#"{"dependencies":{"react":"^18","@s/n":"1"},"devDependencies":{"vitest":"*"},"name":"x"}"#)
        == ["react", "@s/n", "vitest"])
    #expect(
      Manifests.requirements("# tools\n-r other.txt\n  httpx[http2]>=0.27 ; python_version > '3'\nflask==3\n\n")
        == ["httpx", "flask"])
    let project = """
      [project]
      name = "x"
      dependencies = [
        "requests>=2",  'rich[jupyter]~=13',
      ]
      [tool]
      list = ["no"]
      """
    #expect(Manifests.pyproject(project) == ["requests", "rich"])
    #expect(Manifests.pyproject("dependencies = [\"one\"]\nother = [\"two\"]\n") == ["one"])
    #expect(Manifests.gems("source 'https://x'\ngem 'rails', '~> 7'\n  gem \"pg\"\n# gem 'no'\n") == ["rails", "pg"])
    let module = """
      module example.com/me
      require github.com/a/b v1.0.0
      require (
      \tgithub.com/c/d/v2 v2.1.0
      \tgolang.org/x/sys v0.1.0 // indirect
      )
      """
    #expect(Manifests.modules(module) == ["github.com/a/b", "github.com/c/d/v2"])
  }

  @Test func windowsLineEndsAreLineEnds() {
    #expect(Manifests.requirements("# x\r\na==1\r\nb\r\n") == ["a", "b"])
    #expect(Manifests.gems("gem 'a'\r\ngem 'b'\r\n") == ["a", "b"])
    #expect(Manifests.modules("require (\r\n\ta.b/c v1 // indirect\r\n\td.e/f v2\r\n)\r\n") == ["d.e/f"])
    #expect(Manifests.pyproject("dependencies = [\r\n'a',\r\n'b']\r\n") == ["a", "b"])
  }

  @Test(arguments: ["", "[", "{\"dependencies\":[]}", "\u{0}\u{1}", "dependencies = [", "require (", "gem"])
  func damagedManifestNamesNothing(_ text: String) {
    #expect(Manifests.npm(text).isEmpty && Manifests.pyproject(text).isEmpty)
    #expect(Manifests.gems(text).isEmpty && Manifests.modules(text).isEmpty)
  }

  @Test(arguments: [
    ("git@github.com:owner/name.git", "git@github.com:owner/name.git", "owner/name"),
    ("https://github.com/owner/name", "https://github.com/owner/name", "owner/name"),
    ("https://me:secret@example.com/a/b/c.git/", "https://example.com/a/b/c.git", "a/b/c"),
    ("ssh://git@example.com:22/owner/name.git", "ssh://git@example.com:22/owner/name.git", "owner/name"),
    ("ssh://me:secret@example.com/owner/name", "ssh://me@example.com/owner/name", "owner/name"),
    ("me:secret@example.com:owner/name.git", "example.com:owner/name.git", "owner/name"),
  ])
  func addressOfARemoteLosesItsSecrets(_ address: String, _ text: String, _ slug: String) {
    #expect(RemoteURL(address)?.text == text && RemoteURL(address)?.slug == slug)
  }

  @Test(arguments: ["/srv/git/x.git", "../x", "file:///srv/x.git", "C:/x", "https://example.com", ""])
  func pathOfTheMachineIsNoAddress(_ address: String) { #expect(RemoteURL(address) == nil) }
}
