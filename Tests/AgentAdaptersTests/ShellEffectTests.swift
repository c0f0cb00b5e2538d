import Testing
import TraceModel

@Suite struct ShellEffectTests {
  private func effects(_ command: String) -> [ShellEffect] {
    ShellEffect.certain(of: command, in: "/repo")
  }

  private func effect(_ path: String, _ change: ShellEffect.Change) -> ShellEffect {
    ShellEffect(path: path, change: change)
  }

  @Test func redirectedTextIsKnown() {
    #expect(effects("echo hi there > a.txt") == [effect("/repo/a.txt", .write("hi there\n"))])
    #expect(effects("echo -n 'x y' >> a") == [effect("/repo/a", .append("x y"))])
    #expect(effects(#"printf 'a\n%s\n' b > c"#) == [effect("/repo/c", .write("a\nb\n"))])
    #expect(effects("cd sub && echo x > a") == [effect("/repo/sub/a", .write("x\n"))])
    #expect(
      effects("echo x | tee a b") == [
        effect("/repo/a", .write("x\n")), effect("/repo/b", .write("x\n")),
      ])
  }

  @Test func hereDocumentsAreKnown() {
    let command = "cat > a.py <<'EOF'\nprint($x)\n\nEOF\ngo test ./..."
    #expect(effects(command) == [effect("/repo/a.py", .write("print($x)\n\n"))])
    #expect(effects("cat <<EOF >> /tmp/b\nplain\nEOF") == [effect("/tmp/b", .append("plain\n"))])
    #expect(effects("cat <<EOF > b\n$HOME\nEOF").isEmpty)
    #expect(effects("tee b <<'E' > /dev/null\nx\nE\n") == [effect("/repo/b", .write("x\n"))])
  }

  @Test func filesThatGoAndMoveAreKnown() {
    #expect(effects("rm -f a b") == [effect("/repo/a", .delete), effect("/repo/b", .delete)])
    #expect(
      effects("git rm a && git mv b.c c.c") == [
        effect("/repo/a", .delete), effect("/repo/c.c", .rename(from: "/repo/b.c")),
      ])
    #expect(effects("mv a.txt dir/") == [effect("/repo/dir/a.txt", .rename(from: "/repo/a.txt"))])
    #expect(effects("cp a.txt b.txt") == [effect("/repo/b.txt", .copy(from: "/repo/a.txt"))])
    #expect(effects("touch x") == [effect("/repo/x", .touch)])
    let substitution = Substitution(
      pattern: "a/b", replacement: "c", isExtended: false, isGlobal: true, ignoresCase: false)
    #expect(effects("sed -i 's|a/b|c|g' f") == [effect("/repo/f", .substitute(substitution))])
  }

  @Test(arguments: [
    "echo $X > a", "echo x > $F", "rm *.txt", "if true; then rm a; fi", "for f in a; do rm $f; done",
    "rm a || true", "(rm a)", "rm a &", "go build > log.txt", "cat a > b", "mv a b", "cp -r a b",
    "mv *.c d/", "sed -i '3d' f", "sed 's/a/b/' f", "git rm --cached a", "cd $D && echo x > a",
    "echo 'open", "echo x 2> err", "foo | tee a", "rm a; true", "echo x > ~/a", "echo `id` > a",
    "cat <<'EOF' | sed s/a/b/ > f\nx\nEOF", "echo x > /dev/null", "eval 'rm a'",
  ])
  func uncertainCommandsGiveNothing(_ command: String) {
    #expect(effects(command).isEmpty)
  }
}
