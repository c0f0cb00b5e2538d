internal import ArgumentParser

/// `bucket`
struct BucketCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bucket", abstract: "The private store of captured sessions.", subcommands: [])

  @OptionGroup var global: GlobalOptions
}
