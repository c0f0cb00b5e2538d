internal import Basics
public import TraceModel

/// A span of a session.
public struct TraceSlice: Sendable {
  public enum Source: String, Sendable {
    case bursts = "template:bursts"
    case stepRange = "manual_step_range"
    case aroundStep = "around_step"
    case aroundPatch = "around_patch"

    /// The word in envelopes.
    public var mode: String { self == .bursts ? "template" : rawValue }
  }

  public let traceID: String
  public let generation: Int
  public let source: Source
  public let steps: ClosedRange<Int>

  public init(_ record: TraceRecord, source: Source, steps: ClosedRange<Int>) {
    traceID = record.traceID
    generation = record.generationIndex
    self.source = source
    self.steps = max(0, steps.lowerBound)...max(0, steps.upperBound)
  }

  init(traceID: String, generation: Int, source: Source, steps: ClosedRange<Int>) {
    self.traceID = traceID
    self.generation = generation
    self.source = source
    self.steps = steps
  }

  /// The digest of what the slice is, not of what it holds.
  public var id: String {
    Digest.contentID(
      canonicalization: "opentraces.trace_slice.v1",
      [
        "end_step_index": .int(steps.upperBound), "generation_index": .int(generation),
        "source": .string(source.rawValue), "start_step_index": .int(steps.lowerBound), "trace_id": .string(traceID),
      ])
  }

  public func map(of map: TraceMap) -> TraceMap { map.span(steps) }

  /// The whole steps of the span.
  public func steps(of record: TraceRecord) -> [Step] {
    record.steps.filter { steps.contains($0.stepIndex) }
  }
}
