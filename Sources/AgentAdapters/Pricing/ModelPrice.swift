internal import Basics

/// Prices of a model in US dollars per million tokens.
public struct ModelPrice: Sendable, Hashable {
  public var input: Double
  public var output: Double
  public var cacheRead: Double
  /// Cache writes that live five minutes, and those that live an hour.
  public var cacheWrite5m: Double
  public var cacheWrite1h: Double

  /// The price of a model by its name, with or without `provider/` in front: that of the longest
  /// known name it starts with, else that of its family. Nil when the model is unknown. A model of
  /// OpenAI must have a known name, with or without a date behind it: what follows the name of one
  /// stands for another model at another price.
  public static func of(_ model: String) -> ModelPrice? {
    let name = (model.split(separator: "/").last.map { String($0) } ?? model).lowercased()
    if let price = PriceTable.openAI[name] ?? PriceTable.openAI[withoutDate(name)] { return price }
    let known = PriceTable.models.filter { name.hasPrefix($0.prefix) }
    if let best = known.max(by: { $0.prefix.utf8.count < $1.prefix.utf8.count }) {
      return best.price
    }
    return PriceTable.families.first { name.contains($0.word) }?.price
  }

  /// Without `-YYYY-MM-DD` at the end.
  private static func withoutDate(_ name: String) -> String {
    let date = name.utf8.suffix(11)
    let isDate = date.enumerated().allSatisfy { position, byte in
      position == 0 || position == 5 || position == 8 ? byte == 0x2D : (0x30...0x39).contains(byte)
    }
    return date.count == 11 && isDate ? String(name.dropLast(11)) : name
  }

  /// US dollars.
  func cost(of usage: Usage) -> Double {
    let sum =
      Double(usage.input) * input + Double(usage.output) * output
      + Double(usage.cacheRead) * cacheRead + Double(usage.cacheWrite5m) * cacheWrite5m
      + Double(usage.cacheWrite1h) * cacheWrite1h
    return sum / 1_000_000
  }
}
