internal import ArgumentParser

/// `bucket`
struct BucketCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bucket", abstract: "The private store of captured sessions.",
    subcommands: [
      BucketStatusCommand.self, BucketVerifyCommand.self, BucketReplayCommand.self, BucketSecurityCommand.self,
      BucketRemoteCommand.self, BucketPurgeCommand.self, BucketPruneCommand.self, BucketRepairCommand.self,
      BucketRebuildCommand.self,
      BucketManifestCommand.self,
      BucketPrefetchCommand.self,
    ])

  @OptionGroup var global: GlobalOptions
}
