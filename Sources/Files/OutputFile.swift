/// A file to write, and what becomes of one that is there already.
public struct OutputFile: Hashable, Sendable {
    /// As it was given, a path or an address; links are followed when the file is written.
    public let path: String
    /// Whether a file that is there is replaced; else it is an error.
    public let replaces: Bool

    /// For a file in a folder that the program itself keeps in order. `OutputFiles` makes those that a user has named.
    public static func replacing(_ path: String) -> OutputFile { OutputFile(path: path, replaces: true) }

    /// A file that must not be there.
    public static func new(_ path: String) -> OutputFile { OutputFile(path: path, replaces: false) }

    /// Where the path leads, behind all links, those to nothing too. For a file of a store, where it is until it is complete.
    ///
    /// - Throws: where it leads to something that is no file.
    package func target() throws(FileError) -> String { try OutputPlace(path).target }

    /// Whether a file is there.
    package func isThere() throws(FileError) -> Bool { try StoredFile.isThere(Address(path)) }
}
