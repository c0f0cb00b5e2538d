import Basics
import GitKit
import TestSupport
import Testing

/// Commits that are written anew, copied, merged and undone.
@Suite struct RewritingScenarios {
  private func committed(_ stage: Stage) throws -> ObjectID {
    try stage.turn("A") { try $0.editA() }
    return try stage.commit("tax")
  }

  @Test func amendWithALineOfAPerson() throws {
    let stage = try Stage()
    let old = try committed(stage)
    try stage.person("src/app.py", "    reduced = ", "    # never trust a percentage above one hundred\n    reduced = ")
    try stage.git("add", "-A")
    try stage.git("commit", "-q", "--amend", "--no-edit")
    let new = try stage.head()
    try stage.expect(new, ["src/app.py": ["A": [11...20, 22...23]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    let superseded = try stage.superseded("A")
    #expect(!superseded.isEmpty && superseded.allSatisfy { $0.old == old.hex && $0.new == new.hex }, "\(superseded)")
    try stage.finish(9, "amend with a line of a person")
  }

  @Test func rebaseOntoAnotherCommit() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "topic")
    let old = try committed(stage)
    try stage.git("checkout", "-q", "main")
    try stage.person("src/app.py", "\"\"\"Order service.\"\"\"\n", "\"\"\"Order service.\n\nFor the shop.\n\"\"\"\n")
    let header = try stage.commit("header")
    try stage.git("rebase", "-q", "main", "topic")
    let new = try stage.head()
    #expect(new != old)
    try stage.expectNobody(header)
    try stage.expect(new, ["src/app.py": ["A": [14...25]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    #expect(try stage.superseded("A").contains { $0.old == old.hex && $0.new == new.hex })
    try stage.finish(10, "rebase onto another commit")
  }

  @Test func squashMerge() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "topic")
    let first = try committed(stage)
    try stage.turn("B") { try $0.writeM() }
    let second = try stage.commit("money")
    try stage.person("README.md", "# Orders\n\nA small service with money.\n")
    let third = try stage.commit("readme")
    try stage.git("checkout", "-q", "main")
    try stage.git("merge", "-q", "--squash", "topic")
    let squashed = try stage.commitStaged("squash")
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expect(second, ["src/money.py": ["B": [1...15]]])
    try stage.expectNobody(third)
    try stage.expect(squashed, ["src/app.py": ["A": [11...22]], "src/money.py": ["B": [1...15]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(11, "squash merge of three commits")
  }

  @Test func cherryPick() throws {
    let stage = try Stage()
    try stage.git("branch", "release")
    let first = try committed(stage)
    try stage.git("checkout", "-q", "release")
    try stage.git("cherry-pick", first.hex)
    let picked = try stage.head()
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expect(picked, ["src/app.py": ["A": [11...22]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(12, "cherry-pick to a release branch")
  }

  @Test func revert() throws {
    let stage = try Stage()
    let first = try committed(stage)
    try stage.git("revert", "--no-edit", "HEAD")
    let reverted = try stage.head()
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expectNobody(reverted)
    try stage.expectSurvival("A", "src/app.py", "reverted")
    let commits = Set(
      try stage.survival("A", "src/app.py").rows.map { $0["current_survival"]?["revert_commit_id"]?.string })
    #expect(commits == [reverted.hex])
    try stage.finish(13, "revert")
  }

  @Test func mergeConflictResolvedByAPerson() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "side")
    try stage.person("src/app.py", "    result = 0\n", "    result = 0.0\n")
    let side = try stage.commit("side")
    try stage.git("checkout", "-q", "main")
    _ = try committed(stage)
    try stage.gitInConflict("merge", "side")
    let lines = Fixture.total.replacing(
      "    return round(subtotal * (1 + tax_rate), 2)\n", with: "    return round(subtotal * (1.0 + tax_rate), 2)\n")
    try stage.person("src/app.py", Fixture.app.replacing(Fixture.oldTotal, with: lines))
    let merge = try stage.commit("merge")
    try stage.expectNobody(side)
    try stage.expectNobody(merge)
    try stage.expectSurvival("A", "src/app.py", "partially_preserved", 0.9)
    try stage.finish(14, "merge conflict resolved by a person")
  }

  @Test func cleanMerge() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "topic")
    let first = try committed(stage)
    try stage.git("checkout", "-q", "main")
    try stage.person("README.md", "# Orders\n\nA service.\n")
    let second = try stage.commit("readme")
    try stage.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    let merge = try stage.head()
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expectNobody(second)
    try stage.expectNobody(merge)
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(15, "clean merge")
  }

  @Test func stashAndPop() throws {
    let stage = try Stage()
    try stage.turn("A") { try $0.editA() }
    try stage.git("stash", "-q")
    try stage.person("README.md", "# Orders\n\nElsewhere.\n")
    let first = try stage.commit("readme")
    try stage.git("stash", "pop", "-q")
    let second = try stage.commit("tax")
    try stage.expectNobody(first)
    try stage.expect(second, ["src/app.py": ["A": [11...22]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(23, "stash, another commit, pop")
  }

  @Test func commitDroppedByReset() throws {
    let stage = try Stage()
    let first = try committed(stage)
    try stage.git("reset", "-q", "--hard", "HEAD~1")
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expectSurvival("A", "src/app.py", "orphaned")
    try stage.git("branch", "kept", first.hex)
    try stage.expectSurvival("A", "src/app.py", "orphan_branch")
    try stage.finish(26, "commit dropped by reset, then kept by a branch")
  }

  @Test func revertOfTheRevert() throws {
    let stage = try Stage()
    let first = try committed(stage)
    try stage.git("revert", "--no-edit", "HEAD")
    let reverted = try stage.head()
    try stage.git("revert", "--no-edit", "HEAD")
    let again = try stage.head()
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expectNobody(reverted)
    try stage.expect(again, ["src/app.py": ["A": [11...22]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(35, "revert of the revert")
  }

  @Test func personReplacesHalfOfAFunction() throws {
    let stage = try Stage()
    let first = try committed(stage)
    try stage.person(
      "src/app.py",
      """
          subtotal = sum(item.price * item.quantity for item in items)
          if discount is not None:
              subtotal = apply_discount(subtotal, discount)

      """,
      """
          parts = [item.price * item.quantity for item in items]
          subtotal = math.fsum(parts) if discount is None else discounted(parts, discount)

      """)
    let second = try stage.commit("half")
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expectNobody(second)
    try stage.expectSurvival("A", "src/app.py", "partially_preserved", 0.7)
    try stage.finish(37, "a person replaces half of a function")
  }

  @Test func conflictResolvedByTheAgent() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "side")
    try stage.person("src/app.py", "    result = 0\n", "    result = 0.0\n")
    try stage.commit("side")
    try stage.git("checkout", "-q", "main")
    try stage.person("src/app.py", "    result = 0\n", "    result = int(0)\n")
    try stage.commit("main")
    try stage.gitInConflict("merge", "side")
    let conflict = try stage.text("src/app.py")
    let start = try #require(conflict.firstRange(of: "<<<<<<<")).lowerBound
    let end = try #require(conflict.firstRange(of: ">>>>>>> side\n")).upperBound
    try stage.turn("A") {
      try $0.edit("src/app.py", String(conflict[start..<end]), "    result = Decimal(\"0.00\")\n")
    }
    let merge = try stage.commit("merge")
    try stage.expect(merge, ["src/app.py": ["A": [12...12]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(40, "conflict resolved by the agent")
  }

  @Test func interleavedThenSquashed() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "topic")
    let store = """
      class DataStore:
          def __init__(self, backend):
              self.backend = backend
              self.entries = {}

          def get(self, key):
              if key in self.entries:
                  return self.entries[key]
              return self.backend.load(key)

      """
    try stage.turn("A") { try $0.write("src/store.py", store) }
    try stage.commit("store")
    try stage.turn("B") {
      try $0.write(
        "src/store.py",
        """
        class DataStore:
            \"""Keeps entries for a while.\"""
            def __init__(self, backend, ttl=60):
                self.backend = backend
                self.entries = {}
                self.expiry = {}

            def get(self, key):
                if self.expiry.get(key, 0) < now():
                    self.entries.pop(key, None)
                if key in self.entries:
                    return self.entries[key]
                return self.backend.load(key)

        """)
    }
    try stage.commit("ttl")
    try stage.git("checkout", "-q", "main")
    try stage.git("merge", "-q", "--squash", "topic")
    let squashed = try stage.commitStaged("squash")
    try stage.expect(
      squashed, ["src/store.py": ["A": [1...1, 4...5, 8...8, 11...13], "B": [2...3, 6...6, 9...10]]])
    try stage.expectSurvival("B", "src/store.py", "alive_on_path", 1)
    try stage.expectSurvival("A", "src/store.py", "partially_preserved", 7.0 / 8)
    try stage.finish(41, "a second session inside the first, then squash")
  }

  @Test func fixupAndAutosquash() throws {
    let stage = try Stage()
    let base = try stage.head()
    _ = try committed(stage)
    try stage.person("README.md", "# Orders\n\nIn between.\n")
    try stage.commit("readme")
    try stage.person("src/app.py", "    return max(reduced, 0)\n", "    return max(reduced, 0.0)  # a person's fix\n")
    try stage.turn("B") { try $0.editR() }
    try stage.git("commit", "-qa", "--fixup", "HEAD~1")
    try stage.git("rebase", "-q", "-i", "--autosquash", base.hex)
    let readme = try stage.head()
    let fixed = try #require(ObjectID(hex: stage.git("rev-parse", "HEAD~1").line))
    try stage.expectNobody(readme)
    try stage.expect(fixed, ["src/app.py": ["A": [11...21], "B": [29...29]]])
    try stage.expectSurvival("A", "src/app.py", "partially_preserved", 0.9)
    try stage.expectSurvival("B", "src/app.py", "alive_on_path", 1)
    try stage.finish(42, "fixup and autosquash")
  }

  @Test func mergesOfTwoAndThreeBranches() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "one")
    let first = try committed(stage)
    try stage.git("checkout", "-q", "-b", "two", "main")
    try stage.turn("B") { try $0.editR() }
    let second = try stage.commit("total")
    try stage.git("checkout", "-q", "-b", "three", "main")
    try stage.turn("C") { try $0.writeM() }
    let third = try stage.commit("money")
    try stage.git("checkout", "-q", "main")
    try stage.git("merge", "-q", "--no-ff", "-m", "one", "one")
    let merge = try stage.head()
    try stage.git("reset", "-q", "--hard", "HEAD~1")
    try stage.git("merge", "-q", "--no-ff", "-m", "all", "one", "two", "three")
    let octopus = try stage.head()
    try stage.expect(first, ["src/app.py": ["A": [11...22]]])
    try stage.expect(second, ["src/app.py": ["B": [22...22]]])
    try stage.expect(third, ["src/money.py": ["C": [1...15]]])
    try stage.expectNobody(merge)
    try stage.expectNobody(octopus)
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.expectSurvival("B", "src/app.py", "alive_on_path", 1)
    try stage.finish(45, "merges of two and of three branches")
  }

  @Test func squashOnTheServer() throws {
    let stage = try Stage()
    try stage.git("checkout", "-q", "-b", "topic")
    _ = try committed(stage)
    try stage.turn("B") { try $0.writeM() }
    try stage.commit("money")
    // Another clone squashes, without any of our hooks and without our refs.
    let server = try TemporaryRepository(.clone(of: stage.repository.path), name: "server")
    server.environment.now = Timestamp.now().seconds
    try server.git("checkout", "-q", "main")
    try server.git("merge", "-q", "--squash", "origin/topic")
    try server.git("commit", "-q", "-m", "tax and money (#1)")
    try stage.git("remote", "add", "server", server.path)
    try stage.git("checkout", "-q", "main")
    try stage.git("pull", "-q", "--ff-only", "server", "main")
    let squashed = try stage.head()
    try stage.expect(squashed, ["src/app.py": ["A": [11...22]], "src/money.py": ["B": [1...15]]])
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(46, "squash on the server, pulled")
  }

  @Test func commitsOfAFetchAreTiedWhenTheyAreCheckedOut() throws {
    let stage = try Stage()
    try stage.turn("A") { try $0.editA() }
    // The lines come back from another clone, in a commit of its own.
    let other = try TemporaryRepository(.clone(of: stage.repository.path), name: "other")
    other.environment.now = Timestamp.now().seconds + 5
    try other.git("checkout", "-q", "-b", "work")
    try other.commit("tax", files: ["src/app.py": try stage.text("src/app.py")])
    try stage.git("checkout", "-q", "--", ".")
    try stage.git("fetch", "-q", other.path, "work:work")
    let fetched = try #require(ObjectID(hex: stage.git("rev-parse", "work").line))
    try stage.expectNote(fetched, [])
    try stage.git("checkout", "-q", "work")
    try stage.expect(fetched, ["src/app.py": ["A": [11...22]]])
  }

  @Test func stashAppliedWithAConflict() throws {
    let stage = try Stage()
    try stage.turn("A") {
      try $0.editA()
      try $0.editR()
    }
    try stage.git("stash", "-q")
    try stage.person("src/app.py", "    result = 0\n", "    result = start_of_the_person()\n")
    let person = try stage.commit("person")
    try stage.gitInConflict("stash", "pop")
    // The person keeps its own side of the conflict; the agent's other line came in cleanly.
    let text = try stage.text("src/app.py")
    let ours = try #require(text.firstRange(of: "<<<<<<< Updated upstream\n"))
    let middle = try #require(text.firstRange(of: "=======\n"))
    let end = try #require(text.firstRange(of: ">>>>>>> Stashed changes\n"))
    let (before, kept, after) = (
      text[..<ours.lowerBound], text[ours.upperBound..<middle.lowerBound], text[end.upperBound...]
    )
    try stage.person("src/app.py", "\(before)\(kept)\(after)")
    let second = try stage.commit("kept")
    try stage.expectNobody(person)
    let lines = try stage.text("src/app.py").split(separator: "\n", omittingEmptySubsequences: false)
    let line = 1 + (try #require(lines.firstIndex { $0.contains("TOTAL") }))
    try stage.expect(second, ["src/app.py": ["A": [line...line]]])
    try stage.finish(47, "stash applied with a conflict, one side kept")
  }
}
