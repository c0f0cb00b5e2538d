// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// Release builds carry libgit2 and what it stands on inside the executable: a start of a third of the time of one with
// shared libraries, and one file to copy. Debug builds link the shared library.
let archives = [
  "git2", "mbedtls", "mbedx509", "mbedcrypto", "http_parser", "ssh2", "crypto", "pcre2-8", "z", "deflate",
]
let staticLinking: [String] =
  ["-use-ld=lld", "-Xclang-linker", "-no-pie", "-Xclang-linker", "-static-libgcc"]
  + [
    "--wrap=git_mbedtls_stream_global_init", "--wrap=git_transport_ssh_global_init", "--wrap=inflate", "--gc-sections",
    "--as-needed",
  ]
  .flatMap { ["-Xlinker", $0] }
  + ["-Xlinker", "--start-group"] + archives.flatMap { ["-Xlinker", "-l:lib\($0).a"] }
  + ["-Xlinker", "--end-group"]

func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: swiftSettings)
}

let package = Package(
  name: "opentraces",
  platforms: [.macOS(.v14)],
  products: [.executable(name: "opentraces", targets: ["opentraces"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .target(
      name: "CGit2",
      linkerSettings: [
        .linkedLibrary("git2", .when(configuration: .debug)),
        .linkedLibrary("deflate", .when(configuration: .debug)),
        .unsafeFlags(staticLinking, .when(platforms: [.linux], configuration: .release)),
      ]),
    .target(
      name: "CSimdJSON",
      linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CProcess"),
    library("Basics", ["CSimdJSON", .product(name: "Crypto", package: "swift-crypto")]),
    library("GitKit", ["CGit2", "Basics"]),
    library("TraceModel", ["Basics"]),
    library("SecurityTools", ["Basics", "TraceModel"]),
    library("TraceAnalysis", ["TraceModel", "Basics"]),
    library(
      "SearchIndex",
      [
        "TraceAnalysis", "TraceModel", "Basics", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    library("AgentAdapters", ["TraceModel", "Basics"]),
    library("TraceStore", ["GitKit", "TraceModel", "Basics"]),
    library("Trails", ["TraceStore", "GitKit", "TraceModel", "Basics"]),
    library("Capture", ["TraceStore", "GitKit", "TraceModel", "Basics"]),
    library(
      "Ingest",
      ["AgentAdapters", "SearchIndex", "Capture", "Trails", "TraceStore", "GitKit", "TraceModel", "Basics"]),
    library(
      "Sharing",
      [
        "Ingest", "AgentAdapters", "Trails", "SecurityTools", "SearchIndex", "TraceStore", "GitKit", "TraceModel",
        "Basics",
      ]),
    library("Integrations", ["TraceStore", "GitKit", "TraceModel", "Basics"]),
    library(
      "Commands",
      [
        "Integrations", "Sharing", "Ingest", "Capture", "Trails", "AgentAdapters", "TraceStore", "GitKit", "TraceModel",
        "Basics",
        "SecurityTools", "TraceAnalysis", "SearchIndex", "CProcess",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "opentraces", dependencies: ["Commands", "Basics"], swiftSettings: swiftSettings),
    library("TestSupport", ["GitKit", "Basics"]),
    tests("BasicsTests", ["Basics"]),
    tests("GitKitTests", ["GitKit", "CGit2", "Basics"]),
    tests("AgentAdaptersTests", ["AgentAdapters", "TraceModel", "Basics"]),
    tests("TraceStoreTests", ["TraceStore", "GitKit", "TraceModel", "Basics"]),
    tests("TrailsTests", ["Trails", "TraceStore", "GitKit", "TraceModel", "Basics"]),
    tests("CaptureTests", ["Capture", "GitKit", "TraceModel", "Basics"]),
    tests("IngestTests", ["Ingest"]),
    tests("IntegrationsTests", ["Integrations", "GitKit", "Basics"]),
    tests("CommandsTests", ["Commands", "Integrations", "GitKit", "Basics"]),
    tests("SearchIndexTests", ["SearchIndex", "TraceModel", "Basics"]),
    tests("TraceAnalysisTests", ["TraceAnalysis", "TraceModel", "Basics"]),
    tests("SecurityToolsTests", ["SecurityTools", "TraceModel", "Basics"]),
    tests("ScenarioTests", ["GitKit", "Basics"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
