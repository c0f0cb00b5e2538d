internal import Basics
internal import GitKit
internal import Integrations

/// The repositories that a search is about.
struct SearchScope {
  struct Place {
    let repository: Repository
    let indexer: SearchIndexer
    /// The root of the worktree.
    let path: String
    let slug: String
    /// Whether commands find it without `--project`.
    let isCurrent: Bool
  }

  let places: [Place]
  /// Enrolled repositories that can't be opened, and why.
  private(set) var unreadable: [(slug: String, reason: String)] = []

  /// - Parameters:
  ///   - project: a directory, or the slug of an enrolled project; a slug that there is not is no place.
  ///   - isCurrentOnly: the repository of the working directory, which has to be enrolled.
  ///
  /// With neither: all enrolled repositories that are there, and the one of the working directory. Cost: opening each.
  init(_ context: CommandContext, project: String?, isCurrentOnly: Bool) throws {
    let start = context.path(".")
    let current = try Repository.open(containing: start)
    func place(_ repository: Repository) throws -> Place {
      let path = repository.worktree ?? repository.commonDirectory
      let indexer = try context.indexer(repository)
      return Place(
        repository: repository, indexer: indexer, path: path, slug: indexer.projectSlug,
        isCurrent: repository.commonDirectory == current?.commonDirectory)
    }
    if isCurrentOnly {
      let repository = try context.repository()
      guard try Enrolment(repository).isEnrolled else {
        throw UserFacingError(
          code: "NOT_ENROLLED", kind: "trace query", message: "this repository is not enrolled",
          hint: "opentraces init",
          exitCode: ExitStatus.configuration)
      }
      places = [try place(repository)]
    } else if let project, Files.isDirectory(context.path(project)) {
      places = [try place(try context.repository(project))]
    } else {
      if let project, project.contains("/") { _ = try context.repository(project) }
      let known = try ProjectRegistry(context.environment).projects().filter {
        project == nil || $0.slug == project
      }
      var found: [Place] = []
      var seen: Set<String> = []
      func add(_ repository: Repository?) throws {
        if let repository, seen.insert(repository.commonDirectory).inserted { found.append(try place(repository)) }
      }
      if project == nil { try add(current) }
      for entry in known where Files.isDirectory(entry.path) {
        do {
          try add(try Repository.open(containing: entry.path))
        } catch {
          // It is not in the way of the others.
          unreadable.append((entry.slug, "\(error)"))
        }
      }
      // Says why there is none.
      if found.isEmpty, project == nil { found.append(try place(try context.repository())) }
      places = found
    }
  }
}
