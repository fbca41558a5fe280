import Foundation

/// The absolute path of the file that this process runs, without symbolic links.
package func runningProgramPath() -> String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(percentEncoded: false)
}
