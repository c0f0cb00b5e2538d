import Basics
import GitKit
import Integrations
import TestSupport
import Testing

/// A hook file as somebody may have written it.
struct SampleHook: Sendable, CustomTestStringConvertible {
  let name: String
  let text: [UInt8]
  var mode: UInt32 = 0o755
  /// Whether git runs the file's own commands; they append to `ran`.
  var runs = true
  /// Whether lines may be put into it.
  var isEditable = true

  var testDescription: String { name }

  init(_ name: String, _ text: String, mode: UInt32 = 0o755, runs: Bool = true, editable: Bool = true) {
    self.init(name, bytes: Array(text.utf8), mode: mode, runs: runs, editable: editable)
  }

  init(_ name: String, bytes: [UInt8], mode: UInt32 = 0o755, runs: Bool = true, editable: Bool = true) {
    (self.name, text, self.mode, self.runs, isEditable) = (name, bytes, mode, runs, editable)
  }

  static let all: [SampleHook] = [
    SampleHook("plain", "#!/bin/sh\necho ran >>ran\n"),
    SampleHook("exit 0 at the end", "#!/bin/sh\necho ran >>ran\nexit 0\n"),
    SampleHook("exit at the beginning", "#!/bin/sh\nexit 0\necho ran >>ran\n", runs: false),
    SampleHook("exec", "#!/bin/sh\nexec sh -c 'echo ran >>ran'\n"),
    SampleHook("strict shell", "#!/bin/sh -eu\necho ran >>ran\n"),
    SampleHook("exit code is looked at", "#!/bin/sh\n[ $? = 0 ] && echo ran >>ran\n"),
    SampleHook("bash through env", "#!/usr/bin/env bash\nset -euo pipefail\n[[ 1 == 1 ]] && echo ran >>ran\n"),
    SampleHook("bash through env -S", "#!/usr/bin/env -S bash -e\necho ran >>ran\n"),
    SampleHook("spaces in the shebang", "#! /bin/sh\necho ran >>ran\n"),
    SampleHook("comment header", "#!/bin/sh\n# Copyright: us\n#\n# shellcheck disable=SC1\n\necho ran >>ran\n"),
    SampleHook("marks of another tool", "#!/bin/sh\n# >>> other >>>\necho ran >>ran\n# <<< other <<<\n"),
    SampleHook("no shebang", "echo ran >>ran\n"),
    SampleHook("no trailing newline", "#!/bin/sh\necho ran >>ran"),
    SampleHook("shebang alone", "#!/bin/sh\n", runs: false),
    SampleHook("the shebang of earlier versions, alone", "#!/usr/bin/env sh\n", runs: false),
    SampleHook("shebang alone without newline", "#!/bin/sh", runs: false),
    SampleHook("empty", "", runs: false),
    SampleHook("not executable", "#!/bin/sh\necho ran >>ran\n", mode: 0o644, runs: false),
    SampleHook("private and not executable", "#!/bin/sh\necho ran >>ran\n", mode: 0o600, runs: false),
    SampleHook("private", "#!/bin/sh\necho ran >>ran\n", mode: 0o700),
    SampleHook("unicode", "#!/bin/sh\n# Überprüfung – проверка 検査\necho ran >>ran # 🎉\n"),
    SampleHook("Latin-1", bytes: Array("#!/bin/sh\n# ".utf8) + [0xE9, 0xFF] + Array("\necho ran >>ran\n".utf8)),
    SampleHook("Windows line ends after the shebang", "#!/bin/sh\necho ran >>ran #\r\n# x\r\n"),
    SampleHook("Windows line ends", "#!/bin/sh\r\necho ran >>ran\r\n", runs: false, editable: false),
    SampleHook(
      "Node", "#!/usr/bin/env node\nrequire('fs').appendFileSync('ran', 'ran\\n')\n", runs: false, editable: false),
    SampleHook("Python", "#!/usr/bin/python3\nopen('ran','a').write('ran\\n')\n", runs: false, editable: false),
    SampleHook("program", bytes: [0x7F, 0x45, 0x4C, 0x46, 0, 1, 2, 3], runs: false, editable: false),
    SampleHook("read-only", "#!/bin/sh\necho ran >>ran\n", mode: 0o555, editable: false),
  ]
}

@Suite struct HookFileTests {
  private func repository(with sample: SampleHook) throws -> (InstalledRepository, String) {
    let it = try InstalledRepository()
    let path = try it.repository.commonDirectory + "/hooks/post-commit"
    try Files.writeAtomically(sample.text, to: path, mode: sample.mode)
    return (it, path)
  }

  @Test(arguments: SampleHook.all)
  func installAndRemoveLeaveTheBytesAsTheyWere(_ sample: SampleHook) throws {
    let (it, _) = try repository(with: sample)
    let before = try it.snapshot()
    _ = try it.installer().install()
    let installed = try it.snapshot()
    #expect(try !it.installer().install().changed)
    #expect(try it.snapshot() == installed)
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
    #expect(try !it.installer().remove().changed)
  }

  @Test(arguments: SampleHook.all)
  func commitRunsUsOnceAndTheHookAsBefore(_ sample: SampleHook) throws {
    let (it, path) = try repository(with: sample)
    let report = try it.installer().install()
    #expect(report.error?.code == (sample.isEditable ? nil : "HOOKS_PATH_UNMANAGED"))
    #expect(report.error?.exitCode == (sample.isEditable ? nil : 3))
    if !sample.isEditable { #expect(try Files.readIfPresent(path) == sample.text) }
    let commit = try it.repository.tryGit("commit", "-q", "--allow-empty", "-m", "x")
    if sample.isEditable {
      #expect(commit.succeeded && commit.output.isEmpty && commit.errors.isEmpty, "\(commit)")
      #expect(try it.calls == ["_hook git post-commit \(it.repository.path)"])
      #expect(try Files.readText(it.repository.path + "/ran") == (sample.runs ? "ran\n" : nil))
    }
  }

  @Test func linkToAnUntrackedScriptIsFollowed() throws {
    let it = try InstalledRepository()
    let hooks = try it.repository.commonDirectory + "/hooks"
    let target = try TemporaryDirectory()
    let script = try target.write("shared.sh", "#!/bin/sh\necho \"${0##*/}\" >>ran\n", mode: 0o755)
    for name in ["post-commit", "post-merge", "post-rewrite"] { try link(hooks + "/" + name, to: script) }
    let before = try it.snapshot()
    let content = try Files.readText(script)
    #expect(try it.installer().install().error == nil)
    #expect(try !it.installer().install().changed)
    try it.repository.commit("one")
    #expect(try it.calls == ["_hook git post-commit \(it.repository.path)"])
    #expect(try Files.readText(it.repository.path + "/ran") == "post-commit\n")
    #expect(try it.installer().status().isInstalled)
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
    #expect(try Files.readText(script) == content)
  }

  @Test func linkToATrackedScriptIsLeftAlone() throws {
    let it = try InstalledRepository()
    let script = try it.repository.write("tools/hook.sh", "#!/bin/sh\n", mode: 0o755)
    try it.repository.commit("tools")
    try link(it.repository.commonDirectory + "/hooks/post-commit", to: "../../tools/hook.sh")
    let error = try #require(try it.installer().install().error)
    #expect(error.code == "HOOKS_PATH_UNMANAGED" && error.exitCode == 3)
    #expect(error.message.contains("tracked by git"))
    #expect(try Files.readText(script) == "#!/bin/sh\n")
    #expect(try it.repository.git("status", "--porcelain").output.isEmpty)
  }

  @Test func danglingLinkIsLeftAlone() throws {
    let it = try InstalledRepository()
    try link(it.repository.commonDirectory + "/hooks/post-commit", to: "nowhere")
    let before = try it.snapshot()
    #expect(try it.installer().install().error?.code == "HOOKS_PATH_UNMANAGED")
    _ = try it.installer().remove()
    #expect(try it.snapshot() == before)
  }

  @Test func halfOfTheMarksIsRefusedBeforeAnythingIsWritten() throws {
    let it = try InstalledRepository()
    let path = try it.repository.commonDirectory + "/hooks/post-merge"
    try Files.writeAtomically(Array("#!/bin/sh\n# >>> opentraces post-merge chain >>>\n".utf8), to: path, mode: 0o755)
    let before = try it.snapshot()
    #expect { try it.installer().install() } throws: {
      ($0 as? IntegrationError)?.code == "CORRUPT_HOOKS" && ($0 as? IntegrationError)?.exitCode == 5
    }
    #expect { try it.installer().remove() } throws: { ($0 as? IntegrationError)?.code == "CORRUPT_HOOKS" }
    #expect(try it.snapshot() == before)
  }

  @Test func linesAddedLaterToAHookOfOursStay() throws {
    let it = try InstalledRepository()
    _ = try it.installer().install()
    let path = try it.repository.commonDirectory + "/hooks/post-commit"
    try Files.append(Array("echo ran >>ran\n".utf8), to: path)
    #expect(try !it.installer().install().changed)
    _ = try it.installer().remove()
    #expect(try Files.readText(path) == "#!/bin/sh\necho ran >>ran\n")
  }

  @Test func appendedChainOfAnEarlierVersionIsReplaced() throws {
    let it = try InstalledRepository()
    let path = try it.repository.commonDirectory + "/hooks/post-commit"
    let chain = """
      # >>> opentraces post-commit chain >>>
      "$(dirname "$0")"/opentraces-post-commit "$@"
      # <<< opentraces post-commit chain <<<

      """
    try Files.writeAtomically(Array("#!/usr/bin/env sh\nexit 0\n\(chain)".utf8), to: path, mode: 0o755)
    _ = try it.installer().install()
    try it.repository.commit("one")
    #expect(try it.calls.count == 1)
    _ = try it.installer().remove()
    #expect(try Files.readText(path) == "#!/usr/bin/env sh\nexit 0\n")
    try Files.writeAtomically(Array("#!/usr/bin/env sh\n\n\(chain)".utf8), to: path, mode: 0o755)
    _ = try it.installer().remove()
    #expect(!Files.exists(path))
  }

  private func link(_ path: String, to target: String) throws {
    let made = try run("ln", ["-s", target, path], environment: ["PATH": "/usr/bin:/bin"], directory: "/")
    #expect(made.succeeded)
  }
}
