import Bytes
import Files

/// Writes a Parquet file: flat columns and groups of required numbers, plain pages, one for each column and group of rows.
///
/// - Source: `parquet.thrift` and "File Format" of Apache Parquet.
struct ParquetFile: ~Copyable {
    private let path: String
    private var writer: FileWriter
    /// Bytes that are written.
    private var offset = Self.magic.count
    private var columns: [ParquetColumn]
    private var rowCount = 0
    private var groups: [Group] = []
    private let compression: Compression

    private static let magic = Array("PAR1".utf8)
    /// A group has so many rows at most, which are some megabytes.
    private static let groupRowCount = 1 << 16

    private struct Group {
        var rowCount: Int
        /// In the order of the columns.
        var chunks: [Chunk]
    }

    /// The values of one column in a group: a page with its head.
    private struct Chunk {
        /// Where its first byte stands in the file.
        var offset: Int
        var byteCount: Int
        /// As many as there are without compression.
        var plainByteCount: Int
        /// Without its bytes.
        var page: ParquetColumn.Page
    }

    /// Numbers of the format that files of plain pages need.
    private enum Format {
        static let version = 2
        static let dataPage = 0
        static let plainEncoding = 0
        /// How the levels are encoded that say which values are there.
        static let runLengthEncoding = 3
    }

    /// - Parameter columns: members of a group stand one after the other.
    init(_ output: OutputFile, columns: [ParquetColumn]) throws(FileError) {
        path = output.path
        var writer = try FileWriter(output)
        try writer.write(Self.magic)
        self.columns = columns
        self.writer = writer
        compression = Compression()
    }

    /// One row: gives each column a value.
    mutating func append(_ fill: (inout [ParquetColumn]) -> Void) throws {
        fill(&columns)
        rowCount += 1
        if rowCount.isMultiple(of: Self.groupRowCount) { try endGroup() }
    }

    private mutating func endGroup() throws {
        let before = groups.reduce(0) { $0 + $1.rowCount }
        guard rowCount > before else { return }
        var chunks: [Chunk] = []
        for index in columns.indices { try chunks.append(endPage(of: index)) }
        groups.append(Group(rowCount: rowCount - before, chunks: chunks))
    }

    private mutating func endPage(of column: Int) throws -> Chunk {
        var page = columns[column].takePage()
        let plainByteCount = page.bytes.count
        guard let bytes = compression.compressed(page.bytes) else {
            throw AnnotationError(
                code: .cannotWrite, operation: "compress \(plainByteCount) bytes", path: path,
                cause: "there is too little memory")
        }
        page.bytes = []
        let head = Self.head(of: page, plainByteCount: plainByteCount, byteCount: bytes.count)
        let start = offset
        try writer.write(head)
        try writer.write(bytes)
        offset += head.count + bytes.count
        return Chunk(
            offset: start, byteCount: offset - start, plainByteCount: plainByteCount + head.count, page: page)
    }

    /// `PageHeader`: type, sizes and, as `DataPageHeader`, rows and encodings of values and of two kinds of levels.
    private static func head(
        of page: ParquetColumn.Page, plainByteCount: Int, byteCount: Int
    ) -> [UInt8] {
        var head = ThriftWriter()
        head.int32(1, Format.dataPage)
        head.int32(2, plainByteCount)
        head.int32(3, byteCount)
        head.structure(5) {
            $0.int32(1, page.rowCount)
            $0.int32(2, Format.plainEncoding)
            $0.int32(3, Format.runLengthEncoding)
            $0.int32(4, Format.runLengthEncoding)
        }
        head.end()
        return head.bytes
    }

    /// Ends the file and gives it its name.
    ///
    /// - Parameter metadata: keys and values for the file as a whole.
    mutating func finish(metadata: [(key: String, value: String)], creator: String) throws {
        try endGroup()
        let footer = self.footer(metadata, creator)
        try writer.write(footer)
        var end: [UInt8] = []
        end.appendLittleEndian(UInt32(footer.count))
        try writer.write(end + Self.magic)
        try writer.commit()
    }

    /// `FileMetaData`: version, schema, rows, groups of rows (`RowGroup`), metadata, creator and orders of the columns.
    private func footer(_ metadata: [(key: String, value: String)], _ creator: String) -> [UInt8] {
        var footer = ThriftWriter()
        footer.int32(1, Format.version)
        footer.list(2, SchemaElement.all(of: columns)) { $1.write(to: &$0) }
        footer.int64(3, rowCount)
        footer.list(4, groups) { writer, group in
            writer.list(1, Array(zip(columns, group.chunks))) { chunk(&$0, $1.0, $1.1) }
            writer.int64(2, group.chunks.reduce(0) { $0 + $1.plainByteCount })
            writer.int64(3, group.rowCount)
        }
        footer.list(5, metadata) {
            $0.string(1, $1.key)
            $0.string(2, $1.value)
        }
        footer.string(6, creator)
        // The order that belongs to the type of each column: without it readers mistrust least and greatest.
        footer.list(7, columns) { writer, _ in writer.structure(1) { _ in } }
        footer.end()
        return footer.bytes
    }

    /// `ColumnChunk`: where it is, and in `ColumnMetaData` type, encodings, path, codec, counts, sizes, its page and, as `Statistics`, missing
    /// values and bounds.
    private func chunk(_ writer: inout ThriftWriter, _ column: ParquetColumn, _ chunk: Chunk) {
        writer.int64(2, chunk.offset)
        writer.structure(3) { writer in
            writer.int32(1, column.kind.rawValue)
            writer.list(2, numbers: [Format.plainEncoding, Format.runLengthEncoding])
            writer.list(3, strings: column.path)
            writer.int32(4, compression.codec)
            writer.int64(5, chunk.page.rowCount)
            writer.int64(6, chunk.plainByteCount)
            writer.int64(7, chunk.byteCount)
            writer.int64(9, chunk.offset)
            writer.structure(12) { writer in
                writer.int64(3, chunk.page.nullCount)
                guard let bounds = chunk.page.bounds else { return }
                writer.binary(5, bounds.greatest)
                writer.binary(6, bounds.least)
            }
        }
    }
}

/// A line of the schema: the root, a group or a column.
private struct SchemaElement {
    var name: String
    var column: ParquetColumn?
    var childCount = 0
    var isRoot = false

    /// The root and all below it, each before what it holds.
    static func all(of columns: [ParquetColumn]) -> [SchemaElement] {
        var elements: [SchemaElement] = []
        var topCount = 0
        for column in columns {
            if column.path.count == 1 {
                topCount += 1
            } else if elements.last(where: { $0.column == nil })?.name != column.path[0] {
                topCount += 1
                let count = columns.count { $0.path.count > 1 && $0.path[0] == column.path[0] }
                elements.append(SchemaElement(name: column.path[0], childCount: count))
            }
            elements.append(SchemaElement(name: column.path[column.path.count - 1], column: column))
        }
        return [SchemaElement(name: "schema", childCount: topCount, isRoot: true)] + elements
    }

    /// Whether values may be missing: `FieldRepetitionType`.
    private enum Repetition {
        static let required = 0
        static let optional = 1
    }

    /// `SchemaElement`: of a group repetition, name and number of children; of a column type, repetition, name and what its bytes mean.
    func write(to writer: inout ThriftWriter) {
        guard let column else {
            if !isRoot { writer.int32(3, Repetition.required) }
            writer.string(4, name)
            writer.int32(5, childCount)
            return
        }
        writer.int32(1, column.kind.rawValue)
        writer.int32(3, column.isOptional ? Repetition.optional : Repetition.required)
        writer.string(4, name)
        guard column.isText else { return }
        // UTF-8, as older readers know it, and as newer ones do.
        writer.int32(6, 0)
        writer.structure(10) { $0.structure(1) { _ in } }
    }
}
