import Basics
import Testing

@testable import SecurityTools

/// Contracts of workflows and what datasets make of them.
@Suite struct DatasetSecurityTests {
  private func contract(_ text: String) throws -> SecurityContract {
    try SecurityContract(json: JSONValue(parsing: text))
  }

  private static let full =
    #"{"required_tools":["entropy","regex"],"optional_tools":["business_logic","llm_pii"],"#
    + #""default_enabled_tools":["business_logic"],"disallowed_tools":["privacy_filter"],"allow_disable_required":true}"#

  @Test(arguments: [
    "[]", #"{"tools":[]}"#, #"{"required_tools":"regex"}"#, #"{"required_tools":["magic"]}"#,
    #"{"required_tools":[1]}"#,
    #"{"allow_disable_required":"yes"}"#, #"{"required_tools":["regex"],"disallowed_tools":["regex"]}"#,
    #"{"optional_tools":["regex"],"disallowed_tools":["regex"]}"#,
    #"{"required_tools":["regex"],"optional_tools":["regex"]}"#, #"{"default_enabled_tools":["regex"]}"#,
  ])
  func blockThatIsNoneIsNotTakenForOneThatAsksForNothing(_ text: String) throws {
    #expect(throws: SecurityContract.Problem.self) { try contract(text) }
  }

  @Test func toolsThatCannotLookAtRowsAreNamed() throws {
    #expect(
      try contract(#"{"required_tools":["trufflehog"],"optional_tools":["classifier","regex"]}"#).unfit == [
        .trufflehog, .classifier,
      ])
    #expect(try contract("null").unfit.isEmpty && contract(Self.full).unfit.isEmpty)
  }

  @Test func datasetBeginsWithWhatIsRequiredAndOnByDefault() throws {
    let dataset = DatasetSecurity(try contract(Self.full), workflowDigest: "sha256:1")
    #expect(dataset.enabled == [.regex, .entropy, .businessLogic] && dataset.source == .workflow)
    #expect(dataset.json["required_satisfied"] == true && dataset.json["scope"] == "dataset")
    let bare = DatasetSecurity(nil, workflowDigest: nil)
    #expect(bare.enabled.isEmpty && bare.json["source"] == "default")
  }

  @Test func requiredToolGoesOffWithAReasonAndComesBack() throws {
    var dataset = DatasetSecurity(try contract(Self.full), workflowDigest: nil)
    #expect(throws: DatasetSecurity.Refusal.self) { try dataset.disable(.regex, isOverride: false, reason: "") }
    #expect(dataset.source == .workflow && dataset.enabled.contains(.regex))
    #expect(try dataset.disable(.regex, isOverride: true, reason: "synthetic"))
    #expect(dataset.json["overrides"] == [["tool": "regex", "reason": "synthetic"]])
    #expect(dataset.json["missing_required_tools"] == ["regex"] && dataset.json["required_satisfied"] == false)
    #expect(dataset.json["source"] == "manual")
    // Who waived it is not asked for it again; the other one is.
    #expect(dataset.missing(among: [.businessLogic]) == [.entropy])
    #expect(try dataset.enable(.regex))
    #expect(dataset.overrides.isEmpty && dataset.missing.isEmpty && dataset.enabled.first == .regex)
    #expect(dataset.missing(among: [.entropy]) == [.regex])
  }

  @Test func whatTheContractDoesNotAllowIsRefused() throws {
    var dataset = DatasetSecurity(try contract(Self.full), workflowDigest: nil)
    for tool in [ToolName.privacyFilter, .pathAnonymizer] {
      #expect(throws: DatasetSecurity.Refusal.self) { try dataset.enable(tool) }
      #expect(throws: DatasetSecurity.Refusal.self) { try dataset.disable(tool, isOverride: true, reason: "") }
    }
    #expect(try dataset.enable(.llmPII) && !dataset.enable(.llmPII))
    #expect(try dataset.disable(.businessLogic, isOverride: false, reason: ""))
    var strict = DatasetSecurity(try contract(#"{"required_tools":["regex"]}"#), workflowDigest: nil)
    #expect(throws: DatasetSecurity.Refusal.self) { try strict.disable(.regex, isOverride: true, reason: "x") }
    var bare = DatasetSecurity(nil, workflowDigest: nil)
    #expect(throws: DatasetSecurity.Refusal.self) { try bare.enable(.regex) }
  }
}
