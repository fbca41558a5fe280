import ArgumentParser
import Files
import Scanning

/// When a scene is not ok: a window scores higher for a class than it may.
struct RejectRule: ExpressibleByArgument, Hashable {
    /// When at least one scene is rejected and nothing has failed.
    static let exitCode = ExitCode(2)

    var className: String
    /// In `0..<1`.
    var limit: Float

    /// `car>0.8`; the class may have a `>` in its name.
    init?(argument: String) {
        guard let mark = argument.lastIndex(of: ">"), mark > argument.startIndex,
            let limit = Float(argument[argument.index(after: mark)...]), (0..<1).contains(limit)
        else { return nil }
        (className, self.limit) = (String(argument[..<mark]), limit)
    }

    /// Holds it to what a scan keeps.
    ///
    /// - Parameter classes: that the scan looks for.
    /// - Throws: as wrong usage.
    func check(classes: [String], floor: Float) throws {
        guard classes.contains(className) else {
            throw ValidationError(
                "--reject names \(className), but the scan looks only for \(shortList(classes))"
            )
        }
        guard limit >= floor else {
            throw ValidationError(
                "--reject \(className)>\(limit) is below the scan's floor of \(floor): lower scores were not kept; scan again with "
                    + "--floor \(limit)")
        }
    }

    /// For people, why a scene is rejected; `nil` where it is not.
    ///
    /// - Parameter highestScores: by class; none for a class of which nothing was kept.
    func objection(to highestScores: [String: Float]) -> String? {
        guard let score = highestScores[className], score > limit else { return nil }
        return "\(className) \(score.fixed(3)) > \(limit)"
    }
}
