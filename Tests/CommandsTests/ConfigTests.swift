import Basics
import TestSupport
import Testing

@Suite struct ConfigTests {
  @Test func consentForPiIsAMachineWideSetting() throws {
    let work = try Workspace()
    _ = try work.json("config", "tracking-mode", "manual")
    let answer = try work.json("config", "set", "pi-consent", "explicit")
    #expect(answer == ["status": "ok", "scope": "global", "key": "pi-consent", "value": "explicit"])
    func capture() throws -> JSONValue? {
      try JSONValue(parsing: try Files.readText(work.home + "/.opentraces/config.json") ?? "")["capture"]
    }
    #expect(try capture() == ["tracking_mode": "manual", "pi_consent": "explicit"])
    #expect(try work.opentraces("config", "set", "pi-consent", "auto").output.hasPrefix("pi-consent = auto"))
    #expect(try capture() == ["tracking_mode": "manual", "pi_consent": "auto"])
    #expect(try work.failure("config", "set", "pi-consent", "maybe") == ("INVALID_CONFIG_VALUE", 2))
    #expect(try work.failure("config", "set", "pi-consent", "auto", "--project") == ("UNKNOWN_CONFIG_KEY", 2))
    #expect(try work.failure("config", "set", "review_policy", "auto") == ("NOT_IMPLEMENTED", 1))
    #expect(try capture() == ["tracking_mode": "manual", "pi_consent": "auto"])
    #expect(!Files.exists(work.repository.path + "/.opentraces.json"))
  }
}
