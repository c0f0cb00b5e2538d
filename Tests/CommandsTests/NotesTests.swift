import Basics
import GitKit
import TestSupport
import Testing

/// The notes that commits get.
@Suite struct NotesTests {
  @Test func otherPeoplesLinesInANoteStay() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    try work.repository.commit("add total")
    try work.repository.git("notes", "--ref=opentraces", "add", "-m", "reviewed by hand", "HEAD")
    try work.repository.git("notes", "--ref=opentraces", "add", "-m", "untouched", "HEAD~1")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    let note = try work.repository.git("notes", "--ref=opentraces", "show", "HEAD").output
    #expect(note.hasPrefix("reviewed by hand\nopentraces:"))
    #expect(try work.repository.git("notes", "--ref=opentraces", "show", "HEAD~1").output == "untouched\n")
  }

  @Test func notesOfTwoClonesMergeByLine() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    try work.repository.commit("add total")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    let note = try work.repository.git("notes", "--ref=opentraces", "show", "HEAD").output
    try work.repository.git("update-ref", "refs/notes/other", "refs/notes/opentraces")
    try work.repository.git("notes", "--ref=opentraces", "merge", "-q", "-s", "cat_sort_uniq", "refs/notes/other")
    #expect(try work.repository.git("notes", "--ref=opentraces", "show", "HEAD").output == note)
  }
}
