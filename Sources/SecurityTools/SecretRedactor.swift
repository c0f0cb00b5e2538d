/// Replaces keys and passwords by placeholders that name their kind, for short texts that somebody is going to read.
///
/// What the tools `regex` and `entropy` find, without what only identifies people: prompts and commit subjects name their
/// authors on purpose. Cost: linear in the text.
public enum SecretRedactor {
  private static let sanitizer: TextSanitizer = {
    var options = SecurityOptions()
    options.namesPatterns = true
    options.leastSeverity = .high
    return TextSanitizer([.regex, .entropy], options: options)
  }()

  public static func redact(_ text: String) -> String { sanitizer.sanitize(text).text }
}
