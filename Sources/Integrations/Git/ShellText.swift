/// Text for a POSIX shell.
enum ShellText {
  /// One word, taken literally.
  static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }
}
