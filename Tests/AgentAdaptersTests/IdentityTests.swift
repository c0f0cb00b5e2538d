import Basics
import Testing
import TraceModel

@Suite struct IdentityTests {
  @Test func traceIDIsAVersion8UUIDOfItsInputs() {
    let id = TraceID.make(agent: "claude-code", session: "abc", generation: 1)
    #expect(id == "d159a3f0-e577-807b-8a77-23181020825e")
    #expect(TraceID.isUUID(id))
    #expect(id != TraceID.make(agent: "claude-code", session: "abc", generation: 2))
  }

  @Test(arguments: [
    ("", "00000000000000000000000000000000"), ("a", "e6b53a48510e895a85555565f6597889"),
    ("hello", "5b1e906a48ae1d19cbd8a7b341bd9b02"),
    ("    return a + b", "082b4eea4479b9e27e13fe46a2b27139"),
  ])
  func murmurHashesMatchTheReference(_ text: String, _ hash: String) {
    #expect(Murmur3.hex(text) == hash)
  }

  @Test func snapshotIDMatchesTheReference() {
    let id = SnapshotID.make(
      trace: "T", generation: 1, step: 2, tree: "51452d9d0d4011a09cd618026ecd48d8a1e4ad06")
    #expect(id == "2e84c72d7f52a32c75fa0012ecaa0aeba7a5a339ecbbf363bd3cfa553c838931")
  }

  @Test func patchIDMatchesTheReference() {
    var patch = PatchID(
      trace: "T", generation: 1, step: 2, filePath: "a.txt",
      origin: .snapshots(before: "B", after: "A", hunkIndex: 0),
      rawAuthoredHash: AuthoredText(lines: ["B1", "B2"]).rawHash)
    patch.affectedRange = 2...3
    patch.beforeBlob = String(repeating: "0", count: 40)
    #expect(patch.id == "91a531f6208233c9b9df046599e47fe65611c1a1a1d7b14dfa2b48f63a7e8cec")
  }

  @Test func cleanHashIgnoresLayout() {
    let one = AuthoredText(lines: ["  a =  1", "b"])
    let two = AuthoredText(lines: ["a = 1 b "])
    #expect(one.cleanHash == two.cleanHash)
    #expect(one.rawHash != two.rawHash)
  }

  @Test(arguments: [
    TraceAddress.trace("a b/ü"), .step(trace: "t", step: "step_3"),
    .stepWorld(trace: "t", step: "step_3"), .sourceSession("x"), .digest(.tracePatch, "ab12"),
    .digest(.gitAnchor, "cd"), .patchTrail("ab"), .lineOrigin(path: "src/a b.py", line: 7),
    .commit("0123456789012345678901234567890123456789"),
  ])
  func addressesReadBackWhatTheyWrite(_ address: TraceAddress) {
    #expect(TraceAddress(address.text) == address)
  }

  @Test func otherFormsOfAddressesAreRead() {
    #expect(TraceAddress("ot://trace/t/patches/AB/trail") == .patchTrail("ab"))
    #expect(TraceAddress("ot://git-anchor/ABC") == .digest(.gitAnchor, "abc"))
    #expect(TraceAddress("https://trace/t") == nil)
    #expect(TraceAddress("ot://nothing/t") == nil)
    #expect(TraceAddress.trace("a b").text == "ot://trace/a%20b")
  }

  @Test func referencesCarryAddressAndDisplayID() {
    let ref = ObjectRef.object(.tracePatch, "0123456789").related(as: "anchored_in_git").toJSON()
    #expect(ref["ref"]?.string == "ot://trace-patch/sha256/0123456789")
    #expect(ref["display_id"]?.string == "tp:01234567")
    #expect(ref["canonicalization"]?.string == "opentraces.trace_patch.v1")
    #expect(ref["relation"]?.string == "anchored_in_git")
    #expect(ObjectRef.trace("x").idFormat == .traceID)
    #expect(ObjectRef.step(3, of: "t").toJSON()["index"]?.int == 3)
  }

  @Test func everyTierHasARankAndALink() {
    #expect(EvidenceTier.exactBlobHash.rank < EvidenceTier.formatterDivergent.rank)
    #expect(EvidenceTier.patchID.linkTier == .toolEmitted)
    #expect(EvidenceTier(rawValue: "structural_match")?.rank == 3)
    #expect(EvidenceFirmness(reading: "firm") == .firmObserved)
    for tier in LinkTier.allCases { #expect(tier.evidenceTier.linkTier == tier) }
  }
}
