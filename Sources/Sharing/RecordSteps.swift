internal import Basics

/// The steps in the JSON of a record, or of what one grew by.
enum RecordSteps {
  private static let lists = ["steps", "amendments"]

  /// The document with its steps changed.
  static func changed(_ record: JSONValue, _ body: (JSONValue) -> JSONValue) -> JSONValue {
    guard var object = record.object else { return record }
    for list in lists { if let steps = object[list]?.array { object[list] = .array(steps.map(body)) } }
    return .object(object)
  }

  /// A summary is the begin of an output: of one that something was taken out of, it is made of what is left. Cut in two, a
  /// key is recognized by nobody.
  static func withSummaries(_ document: JSONValue, of raw: JSONValue) -> JSONValue {
    guard var object = document.object else { return document }
    for list in lists {
      guard let steps = object[list]?.array, let before = raw[list]?.array, steps.count == before.count else {
        continue
      }
      object[list] = .array(zip(steps, before).map { withSummaries(step: $0, of: $1) })
    }
    return .object(object)
  }

  private static func withSummaries(step: JSONValue, of old: JSONValue) -> JSONValue {
    guard var object = step.object, var results = object["observations"]?.array,
      let originals = old["observations"]?.array, originals.count == results.count
    else { return step }
    for (place, original) in originals.enumerated() where original["content"] != results[place]["content"] {
      guard var result = results[place].object, let summary = original["output_summary"]?.string,
        let left = result["content"]?.string
      else { continue }
      var begin = String.UnicodeScalarView()
      begin.append(contentsOf: left.unicodeScalars.prefix(summary.unicodeScalars.count))
      result["output_summary"] = .string(String(begin))
      results[place] = .object(result)
    }
    object["observations"] = .array(results)
    return .object(object)
  }
}
