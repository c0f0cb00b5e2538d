// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "opentraces-benchmarks",
  targets: [.executableTarget(name: "opentraces-bench")],
  swiftLanguageModes: [.v6]
)
