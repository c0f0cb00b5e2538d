/// A change of a file that a shell command certainly made.
public struct ShellEffect: Sendable, Hashable {
  public enum Change: Sendable, Hashable {
    /// The file now holds exactly this text.
    case write(String)
    /// This text follows the old end.
    case append(String)
    /// The file, or the directory with everything in it, is gone.
    case delete
    /// The path is the new place of this one.
    case rename(from: String)
    case copy(from: String)
    case touch
    case substitute(Substitution)
  }

  /// Absolute.
  public var path: String
  public var change: Change

  public init(path: String, change: Change) {
    self.path = path
    self.change = change
  }

  /// The certain effects of a command that ended with success, in order.
  ///
  /// Understood are `>` and `>>` of `echo`, `printf` and `cat` with a here-document, `tee`, `rm`,
  /// `mv`, `cp`, `touch`, `git rm`, `git mv` and `sed -i s///`, in plain lists joined with `;`,
  /// line feeds and `&&`, and `cd` between them. Whatever needs expansion, control flow or
  /// knowledge of the disk gives nothing.
  ///
  /// - Parameter directory: the absolute directory the command ran in.
  public static func certain(of command: String, in directory: String) -> [ShellEffect] {
    guard let script = ShellScript(command) else { return [] }
    var reader = ShellEffectReader(directory: directory)
    for (position, chain) in script.chains.enumerated() {
      reader.read(chain, isLast: position == script.chains.count - 1)
    }
    return reader.effects
  }
}
