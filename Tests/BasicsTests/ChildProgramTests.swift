import Basics
import TestSupport
import Testing

@Suite struct ChildProgramTests {
  private let environment = ["PATH": "/usr/bin:/bin"]

  @Test func outputErrorsAndExitCodeAreKept() throws {
    let result = try ChildProgram.run(
      "sh", ["-c", "cat; echo two >&2; exit 7"], environment: environment, directory: "/", input: Array("one".utf8),
      seconds: 60)
    #expect(result?.exitCode == 7 && result?.output == Array("one".utf8) && result?.errors == Array("two\n".utf8))
  }

  @Test func programThatDoesNotEndIsKilledWithItsChildren() throws {
    let directory = try TemporaryDirectory()
    let start = MonotonicClock.seconds()
    let result = try ChildProgram.run(
      "sh", ["-c", "(sleep 2; echo late > late) & sleep 600"], environment: environment, directory: directory.path,
      seconds: 0.3)
    #expect(result?.exitCode == ChildProgram.timedOut && MonotonicClock.seconds() - start < 60)
    MonotonicClock.pause(milliseconds: 2500)
    #expect(Files.list(directory.path).isEmpty)
  }

  @Test func programThatIsNotThereIsNil() throws {
    #expect(try ChildProgram.run("no-such-program", [], environment: environment, directory: "/") == nil)
  }
}
