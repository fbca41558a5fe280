import Bytes
import Files
import Foundation

/// This program with all that it needs, as one archive for machines that have nothing of it: not even a C library as new as ours.
///
/// The program is started by the loader that lies beside it. On the machine there must be `/proc`, and Linux on the same kind of
/// processor.
package struct WorkerBundle {
    /// What the archive's script is called.
    package static let scriptName = "tilescope-worker"

    /// The loader, which the program's file names, and every library that it finds for it.
    private struct Libraries {
        var loader: String
        /// By the names by which they are looked for.
        var paths: [String: String] = [:]
        /// Names that are paths, which the loader would look for where they were when the program was built.
        var fixedPaths: [String] = []
    }

    /// A folder of archives, which are made once for the same contents.
    private let folder: String

    /// - Parameter folder: made where it is missing.
    package init(folder: String) { self.folder = folder }

    /// Makes the archive of this program, unless it is there.
    ///
    /// - Returns: its path; the name says what is in it.
    /// - Throws: `BundleError` where the system's `tar` and `gzip` cannot make it; `FileError`.
    package func archive() throws -> String {
        let program = runningProgramPath()
        let libraries = try Self.libraries(of: program)
        let data = Self.dataFiles()
        let script = Self.script
        var hash = SHA256()
        // How the archive is made of the files; the number changes with it.
        hash.update(Array("2\n\(script)".utf8).span.bytes)
        let files =
            [("bin/tilescope", program), ("lib/" + Self.loaderName, libraries.loader)]
            + libraries.paths.map { ("lib/" + $0.key, $0.value) } + data
        for (name, path) in files.sorted(by: { $0.0 < $1.0 }) {
            hash.update(Array("\(name)\n".utf8).span.bytes)
            try FileReader(path: path).forEachPart { hash.update($0.span.bytes) }
        }
        let archive = "\(folder)/tilescope-worker-\(hash.hexDigest.prefix(16)).tar.gz"
        guard access(archive, R_OK) != 0 else { return archive }
        try makeFolder(folder)
        // One at a time: what a process that was killed has left here is removed by the next.
        // Packing takes seconds, and the system ends a lock with its process, so the wait has an end.
        while FolderLock.isHeld(folder, name: Self.lockName) { usleep(100_000) }
        let lock = try FolderLock(folder, name: Self.lockName)
        defer { withExtendedLifetime(lock) {} }
        guard access(archive, R_OK) != 0 else { return archive }
        let work = "\(folder)/.packing"
        if access(work, F_OK) == 0 { try FileManager.default.removeItem(atPath: work) }
        defer { try? FileManager.default.removeItem(atPath: work) }
        for (name, path) in files {
            let target = "\(work)/content/\(name)"
            try makeFolder(URL(filePath: target).deletingLastPathComponent().path(percentEncoded: false))
            do {
                let contents = try Data(contentsOf: URL(filePath: path))
                try (LoadedProgram.stripped(contents) ?? contents).write(to: URL(filePath: target))
            } catch {
                throw BundleError(cause: "\(path): \(error.localizedDescription)")
            }
        }
        try Self.makeNamesFree(of: libraries.fixedPaths, in: "\(work)/content/bin/tilescope")
        try writeFile(script, to: .replacing("\(work)/content/\(Self.scriptName)"))
        let made = "\(work)/archive.tar.gz"
        try Self.run(
            """
            chmod -R u+rwX,go+rX-w "$1/content" && chmod 755 "$1/content/\(Self.scriptName)" "$1/content/bin/tilescope" \
            "$1/content/lib/\(Self.loaderName)" && tar --sort=name --mtime=@0 \
            --owner=0 --group=0 --numeric-owner -C "$1/content" -cf "$1/archive.tar" . && gzip -n <"$1/archive.tar" >"$2"
            """, work, made)
        try renameFile(made, to: archive)
        return archive
    }

    private static let lockName = ".packing-lock"
    private static let loaderName = "ld-linux-x86-64.so.2"

    /// What the system's loader says that it would load.
    private static func libraries(of program: String) throws -> Libraries {
        let loader = "/lib64/" + loaderName
        let listing = try run("\"$1\" --list \"$2\"", loader, program)
        var libraries = Libraries(loader: loader)
        for line in listing.split(separator: "\n") {
            let words = line.split(separator: " ").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let name = words.first, !name.hasPrefix("linux-vdso"), !name.hasSuffix(loaderName) else {
                continue
            }
            if let arrow = words.firstIndex(of: "=>"), words.count > arrow + 1 {
                guard words[arrow + 1].hasPrefix("/") else {
                    throw BundleError(cause: "\(program) needs \(name), which is missing")
                }
                libraries.paths[(name as NSString).lastPathComponent] = words[arrow + 1]
                if name.hasPrefix("/") { libraries.fixedPaths.append(name) }
            } else if name.hasPrefix("/") {
                libraries.paths[(name as NSString).lastPathComponent] = name
                libraries.fixedPaths.append(name)
            }
        }
        return libraries
    }

    /// Lets a program look for libraries by their names that it knew by a path: the name takes the path's place.
    private static func makeNamesFree(of paths: [String], in program: String) throws {
        guard !paths.isEmpty else { return }
        var bytes = try Data(contentsOf: URL(filePath: program))
        for path in paths {
            let text = Data(path.utf8) + [0]
            guard let place = bytes.range(of: text) else { continue }
            var name = Data((path as NSString).lastPathComponent.utf8)
            name.append(contentsOf: repeatElement(0, count: text.count - name.count))
            bytes.replaceSubrange(place, with: name)
        }
        try bytes.write(to: URL(filePath: program))
    }

    /// What GDAL, PROJ and curl read where they run.
    private static func dataFiles() -> [(String, String)] {
        let folders = [("share/gdal", "/usr/share/gdal"), ("share/proj", "/usr/share/proj")]
        let files = folders.flatMap { name, path in
            ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().map {
                ("\(name)/\($0)", "\(path)/\($0)")
            }
        }
        let certificates = ("share/certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
        return (files + [certificates]).filter { _, path in
            (try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)))?[.type]
                as? FileAttributeType == .typeRegular
        }
    }

    /// Starts the program on a machine that may have other libraries, or older ones.
    private static let script = """
        #!/bin/sh
        here=$(dirname "$(readlink -f "$0")")
        # The host's are for other libraries than ours.
        unset LD_PRELOAD LD_LIBRARY_PATH
        export GDAL_DRIVER_PATH=disable
        export GDAL_DATA="$here/share/gdal" PROJ_LIB="$here/share/proj" PROJ_DATA="$here/share/proj"
        if [ -z "${CURL_CA_BUNDLE:-}" ] && [ ! -r /etc/ssl/certs/ca-certificates.crt ]; then
            export CURL_CA_BUNDLE="$here/share/certificates.crt"
        fi
        exec "$here/lib/\(loaderName)" --library-path "$here/lib" "$here/bin/tilescope" worker "$@"

        """

    /// Runs a line of the system's shell to its end.
    ///
    /// - Parameter words: `$1` and so on in it.
    /// - Returns: what it prints.
    @discardableResult
    private static func run(_ line: String, _ words: String...) throws -> String {
        let (process, output, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-euc", line, "sh"] + words
        (process.standardOutput, process.standardError) = (output, errors)
        do {
            try process.run()
        } catch {
            throw BundleError(cause: error.localizedDescription)
        }
        // What it complains of fits a pipe.
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        // On the main thread, which outlives its run loop's timers.
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BundleError(cause: words.isEmpty ? "exit status \(process.terminationStatus)" : words)
        }
        return text
    }
}

/// The bundle could not be made.
package struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    package var cause: String

    package var description: String {
        "cannot make the bundle of the worker: \(cause.trimmingCharacters(in: .whitespacesAndNewlines))"
    }
}
