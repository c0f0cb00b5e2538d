/// A document as the index takes it in: what can be made without the index is made, on any thread.
public struct SearchEntry: Sendable {
  let document: SearchDocument
  /// What a hit brings along.
  let packet: String
  /// Name, folded value and value of each facet and signal.
  let facets: [[String]]

  public init(_ document: SearchDocument) {
    self.document = document
    packet = SearchPacket(document).text
    let signals = document.signals.map { SearchDocument.Facet(SearchDatabase.signalFacet, $0.name) }
    facets = (document.facets + signals).map { [$0.name, $0.value.lowercased(), $0.value] }
  }
}
