import Files
import Foundation
import Records
import Scanning

/// The scenes that a command line names.
struct SceneList {
    /// A scene, or what stands where there should be one.
    struct Entry {
        /// For people.
        var name: String
        /// `nil` where there is none.
        var address: Address?
        /// Why there is none.
        var failure: String?
    }
    private(set) var entries: [Entry] = []
    /// Files in folders that are no images by name.
    private(set) var passedOverCount = 0
    /// Whether what was named may be several scenes, now or at the next run.
    private(set) var mayBeSeveral: Bool
    /// Where results go.
    private let output: String?
    /// What is in the list already, by where it leads.
    private var known: Set<String> = []

    /// Files that are taken for scenes where a folder is named: images, and what other programs make of many or of large ones.
    static let endings = ImageCollection.imageEndings.union([
        "vrt", "img", "ntf", "nitf", "svs", "ndpi", "mrxs", "scn", "heic", "heif", "avif", "jxl", "j2k",
        "pbm", "pgm",
        "ppm",
    ])

    /// - Parameter names: files, folders, addresses, patterns, or `-` for a list on standard input.
    /// - Parameter lists: of files with a name on each line.
    /// - Parameter output: where results go: they are no scenes.
    init(_ names: [String], lists: [String], output: String) {
        let outputAddress = Address(output)
        self.output = outputAddress.localPath.map(Self.resolved)
        mayBeSeveral = names.count + lists.count > 1 || !lists.isEmpty || names == ["-"]
        for name in names {
            if name == "-" { readStandardInput() } else { add(name) }
        }
        for list in lists { read(list: Address(list)) }
    }

    /// The one scene that sheets make together.
    init(joined path: String) {
        let address = Address(path)
        (mayBeSeveral, output) = (false, nil)
        entries = [Entry(name: address.description, address: address)]
    }

    private mutating func add(_ text: String) {
        let address = Address(text)
        if Self.isPattern(text, address) {
            addMatches(of: text, address)
        } else if address.isFolder {
            addFolder(address)
        } else {
            append(address)
        }
    }

    /// A scene that is named twice is scanned once.
    private mutating func append(_ address: Address) {
        let place = address.localPath.map(Self.resolved) ?? address.unhidden
        guard known.insert(place).inserted else { return }
        entries.append(Entry(name: address.description, address: address))
    }

    private mutating func fail(_ name: String, _ reason: String) {
        entries.append(Entry(name: name, failure: "\(name): \(reason)"))
    }

    private mutating func addFolder(_ address: Address) {
        mayBeSeveral = true
        do throws(FileError) {
            let folder = try StoredFolder(listing: address)
            let results = Self.foldersOfScans(in: folder)
            // Where the output is this folder, or holds it, scenes lie in the output.
            let hasOutput = output.map { isInside($0, address) } ?? false
            let images = ImageFolder(folder, endings: Self.endings) { name in
                !Self.isResult(name, ofScansIn: results)
                    && !(hasOutput && isInOutput(address.appending(name)))
            }
            passedOverCount += images.otherCount
            guard !images.names.isEmpty else { return fail(address.description, ImageFolder.emptyReason) }
            for name in images.names { append(address.appending(name)) }
        } catch {
            fail(address.description, "cannot \(error.operation): \(error.cause)")
        }
    }

    /// The folders in a folder that hold the results of a scan.
    private static func foldersOfScans(in folder: StoredFolder) -> Set<String> {
        Set(
            folder.entries.compactMap { entry in
                guard entry.name == ".scan/task.json" || entry.name.hasSuffix("/.scan/task.json") else {
                    return nil
                }
                return Self.folder(of: Self.folder(of: entry.name))
            })
    }

    /// Whether a name is one of those that a scan gives to what it writes.
    ///
    /// - Parameter folders: with results of scans; scenes may lie beside these.
    private static func isResult(_ name: String, ofScansIn folders: Set<String>) -> Bool {
        var folder = folder(of: name)
        // Crops lie in folders of their own.
        while !folder.isEmpty, !folders.contains(folder) { folder = Self.folder(of: folder) }
        guard folders.contains(folder) else { return false }
        let file =
            folder.isEmpty ? name : String(name.unicodeScalars.dropFirst(folder.unicodeScalars.count + 1))
        return ScanFolder.isOwn(file) || file == Scan.sheetsName
    }

    /// `"a/b"` of `"a/b/c"`.
    private static func folder(of name: String) -> String {
        name.unicodeScalars.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
    }

    private func isInOutput(_ address: Address) -> Bool {
        guard let output, let path = address.localPath else { return false }
        return Self.resolved(path).hasPrefix(output + "/")
    }

    /// Whether a path lies below a folder of this machine.
    private func isInside(_ path: String, _ folder: Address) -> Bool {
        guard let folder = folder.localPath.map(Self.resolved) else { return false }
        return path.hasPrefix(folder == "/" ? folder : folder + "/")
    }

    /// Without a slash at its end.
    private static func resolved(_ path: String) -> String {
        let resolved = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath()
            .path(percentEncoded: false)
        return resolved.count > 1 && resolved.hasSuffix("/") ? String(resolved.dropLast()) : resolved
    }

    // MARK: - Patterns

    /// Whether a name is a pattern that the shell has left as it is. A file that is called so is meant itself.
    private static func isPattern(_ text: String, _ address: Address) -> Bool {
        guard text.contains(where: { "*?[".contains($0) }) else { return false }
        guard let path = address.localPath else { return address.isInStore && text.contains("*") }
        return access(path, F_OK) != 0
    }

    private mutating func addMatches(of text: String, _ address: Address) {
        mayBeSeveral = true
        let matches: [Address]
        do throws(FileError) {
            if let path = address.localPath {
                matches = Self.matches(path)
            } else {
                matches = try Self.matches(inStore: text)
            }
        } catch {
            return fail(address.description, "cannot \(error.operation): \(error.cause)")
        }
        guard !matches.isEmpty else { return fail(address.description, "no file matches this pattern") }
        for match in matches {
            if match.isFolder { addFolder(match) } else { append(match) }
        }
    }

    /// As a shell has them.
    private static func matches(_ pattern: String) -> [Address] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        let names = (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv[index].map { path in
                String(nameBytes: UnsafeRawBufferPointer(start: path, count: strlen(path)))
            }
        }
        return names.sorted(by: isNaturallyBefore).map { Address($0) }
    }

    /// Names in the folder before the first part with a mark.
    private static func matches(inStore text: String) throws(FileError) -> [Address] {
        let scalars = text.unicodeScalars
        let mark = scalars.firstIndex { "*?[".unicodeScalars.contains($0) } ?? scalars.endIndex
        guard let slash = scalars[..<mark].lastIndex(of: "/") else { return [] }
        let folder = Address(String(text[..<slash]))
        let pattern = String(text[scalars.index(after: slash)...])
        let names = try StoredFolder(listing: folder).entries.filter { entry in
            !entry.isFolder && fnmatch(pattern, entry.name, FNM_PATHNAME | FNM_PERIOD) == 0
        }.map(\.name)
        return names.sorted(by: isNaturallyBefore).map(folder.appending)
    }

    // MARK: - Lists

    private mutating func readStandardInput() {
        do {
            read(lines: try Array(FileHandle.standardInput.readToEnd() ?? Data()), of: "standard input")
        } catch {
            fail("standard input", "cannot read: \(error)")
        }
    }

    private mutating func read(list: Address) {
        do throws(FileError) {
            read(
                lines: try StoredFile.bytes(of: list, limit: SealedFolder.listByteLimit), of: list.description
            )
        } catch {
            entries.append(Entry(name: list.description, failure: "\(error)"))
        }
    }

    /// Empty lines, and those that begin with `#`, name nothing.
    private mutating func read(lines bytes: [UInt8], of list: String) {
        mayBeSeveral = true
        guard !beginsAsPicture(bytes), !bytes.contains(0) else {
            return fail(
                list, "it is not a list with a name on each line; to scan an image, name it without --list")
        }
        let lines = String(nameBytes: bytes).split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !lines.isEmpty else { return fail(list, "it names no scene") }
        for line in lines { add(line) }
    }
}
