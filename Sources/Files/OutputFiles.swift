import Foundation

/// The files that one command writes, checked before it does any work.
///
/// An output that is an input of the command is always refused, whatever it is called and over whatever links. So is an output
/// that is no file, that is another output too, or that cannot be made.
public struct OutputFiles {
    private let inputs: [Input]
    /// Inputs in stores, by the names that GDAL gives them.
    private let storedInputs: Set<String>
    private let replaces: Bool
    /// By where they lead, as they were given.
    private var outputs: [String: String] = [:]

    /// A file that the command reads.
    private struct Input {
        var address: Address
        var file: FileIdentity
    }

    /// - Parameter inputs: all that the command reads; what is not there counts for nothing.
    /// - Parameter replaces: whether files that are there already may be replaced.
    public init(inputs: [Address], replaces: Bool) {
        self.inputs = inputs.compactMap { address in
            address.localFile.flatMap(FileIdentity.init).map { Input(address: address, file: $0) }
        }
        storedInputs = Set(inputs.filter { $0.localPath == nil }.map(\.gdalPath))
        self.replaces = replaces
    }

    /// Checks an output.
    ///
    /// - Parameter isResumable: whether the writer itself decides what becomes of a file that is there: it may be the result of
    ///   the same command.
    /// - Throws: `FileError`, with the code `isInput` or `exists` where the output must not be written.
    public mutating func file(_ path: String, isResumable: Bool = false) throws(FileError) -> OutputFile {
        let output = OutputFile(path: Address(path).localPath ?? path, replaces: replaces)
        let place = try OutputPlace(output.path)
        try checkIsNoInput(output.path)
        // Made and removed again: it shows whether it can be, and whether a file is there that must stay.
        _ = try PartialFile(isResumable ? .replacing(output.path) : output)
        if let other = outputs.updateValue(output.path, forKey: place.canonicalPath) {
            throw FileError(
                .exists, "write", output.path,
                cause: "it is also the output \(other); give the two different names")
        }
        return output
    }

    /// Checks a folder in which some files will be replaced.
    ///
    /// - Parameter names: of these files.
    /// - Throws: `FileError`, with the code `isInput` where one of them is an input.
    public func checkFolder(_ path: String, names: [String]) throws(FileError) {
        let folder = path.utf8.last == UInt8(ascii: "/") ? path : path + "/"
        for name in names { try checkIsNoInput(folder + name) }
    }

    /// - Throws: with the code `isInput` where the command reads the file.
    public func checkIsNoInput(_ path: String) throws(FileError) {
        let address = Address(path)
        if storedInputs.contains(address.gdalPath) { throw Self.isInput(path, address) }
        guard let file = FileIdentity(path: path),
            let input = inputs.first(where: { $0.file == file })
        else { return }
        throw Self.isInput(path, input.address)
    }

    /// The same for several paths, and inputs that are too many to keep.
    public func check(
        _ paths: [String], areNotAmong inputs: some Sequence<Address>
    ) throws(FileError) {
        let outputs = Dictionary(
            paths.compactMap { path in FileIdentity(path: path).map { ($0, path) } },
            uniquingKeysWith: { first, _ in first })
        let stored = Set(paths.map { Address($0) }.filter { $0.localPath == nil }.map(\.gdalPath))
        guard !outputs.isEmpty || !stored.isEmpty else { return }
        for input in inputs {
            if input.localPath == nil, stored.contains(input.gdalPath) {
                throw Self.isInput(input.description, input)
            }
            guard let file = input.localFile.flatMap(FileIdentity.init), let path = outputs[file] else {
                continue
            }
            throw Self.isInput(path, input)
        }
    }

    private static func isInput(_ path: String, _ input: Address) -> FileError {
        FileError(
            .isInput, "write", path,
            cause: "it is the same file as \(input), which this command reads; name another output")
    }
}

/// What tells a file from all others of this machine, whatever it is called.
private struct FileIdentity: Hashable {
    private let device: UInt64
    private let inode: UInt64

    /// - Returns: `nil` where nothing is there.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
