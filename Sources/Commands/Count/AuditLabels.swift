import Annotations
import Files
import Foundation
import Pixels
import Scanning

/// What people said about the crops of an audit: in its `index.csv`, by moving crops into folders, or both.
struct AuditLabels {
    /// What somebody said about one crop.
    enum Label: Hashable {
        /// How many objects of each class belong to it; no class for none.
        case objects([String: Int])
        case unsure
    }

    /// By the crop's id. Crops that nobody has labelled are not in it.
    private(set) var byID: [String: Label] = [:]
    /// Where each label stands.
    private var places: [String: String] = [:]
    private let ids: Set<String>
    private let classes: [String]

    /// Objects in a crop, at most.
    private static let countLimit = 100_000
    private static let tableByteLimit = 1 << 28

    private init(of record: AuditRecord) {
        ids = Set(record.crops.map(\.id))
        classes = record.classes
    }

    /// - Parameter table: a CSV with at least the column `id`; `nil` for none.
    /// - Parameter folder: with folders of crops in it; `nil` for none.
    /// - Throws: `CommandError` with the line or the file that is wrong.
    init(of record: AuditRecord, table: String?, folder: String?) throws {
        self.init(of: record)
        if let table { try readTable(table) }
        if let folder { try readFolders(in: folder) }
    }

    private mutating func add(_ label: Label, to id: String, at place: String, in path: String) throws {
        if let other = places[id] {
            guard byID[id] == label else {
                throw CommandError(
                    operation: "read \(place)", path: path,
                    cause: "crop \(id) has another label in \(other); remove one of them")
            }
            return
        }
        byID[id] = label
        places[id] = place
    }

    // MARK: - The table

    /// Columns that say nothing about objects.
    private static let ownColumns: Set<String> = ["id", "scene", "x", "y", "class"]

    private mutating func readTable(_ path: String) throws {
        let bytes = try readFile(path, limit: Self.tableByteLimit)
        let rows = try Self.rows(of: bytes, path)
        func wrong(_ line: Int, _ cause: String) -> CommandError {
            CommandError(operation: "read line \(line)", path: path, cause: cause)
        }
        guard let header = rows.first else {
            throw wrong(1, "the table is empty; its first line names columns, one of which is id")
        }
        let names = header.cells.map { $0.trimmingCharacters(in: .whitespaces) }
        guard let idColumn = names.firstIndex(of: "id") else {
            throw wrong(header.line, "there is no column \"id\" among \(shortList(names))")
        }
        guard names.contains("class") || names.contains(where: classes.contains) else {
            throw wrong(
                header.line,
                "there is no column \"class\", and none for a class; the classes are \(shortList(classes))")
        }
        var lines: [String: Int] = [:]
        for row in rows.dropFirst() where row.cells.contains(where: { !$0.isEmpty }) {
            guard row.cells.count <= names.count else {
                throw wrong(
                    row.line,
                    "it has \(counted(row.cells.count, "cell")), and there are \(counted(names.count, "column"))"
                )
            }
            guard idColumn < row.cells.count else { throw wrong(row.line, "it has no id") }
            let id = Self.id(row.cells[idColumn], among: ids)
            guard ids.contains(id) else {
                throw wrong(row.line, "the audit has no crop \"\(id)\"; it has \(ids.count), from 0001 on")
            }
            if let first = lines.updateValue(row.line, forKey: id) {
                throw wrong(row.line, "crop \(id) is already in line \(first)")
            }
            let label: Label?
            do throws(CellError) {
                label = try self.label(row.cells, names)
            } catch {
                throw wrong(row.line, error.cause)
            }
            if let label { try add(label, to: id, at: "line \(row.line) of \(path)", in: path) }
        }
    }

    /// Spreadsheets take `0012` for a number and write `12`.
    private static func id(_ text: String, among ids: Set<String>) -> String {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard !ids.contains(text), let number = Int(text), number > 0 else { return text }
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Why a cell is no label.
    private struct CellError: Error {
        var cause: String
    }

    /// - Returns: `nil` where the row says nothing.
    private func label(_ cells: [String], _ names: [String]) throws(CellError) -> Label? {
        var label: Label?
        for (name, cell) in zip(names, cells) {
            let text = csvText(ofQuoted: cell.trimmingCharacters(in: .whitespaces))
            guard !text.isEmpty else { continue }
            let own: Label
            if name == "class" {
                own = try self.label(text)
            } else if Self.ownColumns.contains(name) {
                continue
            } else if classes.contains(name) {
                own = .objects(try counts(of: name, text))
            } else {
                // A column of notes may stay; numbers of a mistyped class must not be lost.
                guard Int(text) == nil else {
                    throw CellError(
                        cause:
                            "column \"\(shortName(name))\" has a number, and no class is called so; the classes are \(shortList(classes))"
                    )
                }
                continue
            }
            switch (label, own) {
            case (nil, _): label = own
            case (.objects(let a), .objects(let b)):
                let sum = a.merging(b, uniquingKeysWith: +)
                guard name != "class", a.keys.allSatisfy({ b[$0] == nil }) else {
                    throw CellError(
                        cause: "the class is given twice; use either \"class\" or a column for each class")
                }
                label = .objects(sum)
            default:
                throw CellError(cause: "it is both unsure and has objects; keep one of them")
            }
        }
        return label
    }

    /// `car`, `car=2; boat=1`, `none` or `unsure`.
    private func label(_ text: String) throws(CellError) -> Label {
        if classes.contains(text) { return .objects([text: 1]) }
        switch text.lowercased() {
        case AuditFolder.noneWord, "0": return .objects([:])
        case AuditFolder.unsureWord, "?": return .unsure
        default: break
        }
        var objects: [String: Int] = [:]
        for piece in text.split(separator: ";") {
            let piece = piece.trimmingCharacters(in: .whitespaces)
            if piece.isEmpty { continue }
            if classes.contains(piece) {
                objects[piece, default: 0] += 1
                continue
            }
            guard let sign = piece.lastIndex(of: "=") else { throw unknown(piece) }
            let name = piece[..<sign].trimmingCharacters(in: .whitespaces)
            guard classes.contains(name) else { throw unknown(name) }
            guard objects[name] == nil else {
                throw CellError(cause: "\(shortName(name)) stands there twice")
            }
            let number = piece[piece.index(after: sign)...].trimmingCharacters(in: .whitespaces)
            objects[name] = try counts(of: name, number)[name]
        }
        return .objects(objects)
    }

    private func unknown(_ name: String) -> CellError {
        CellError(
            cause:
                "no class is called \"\(shortName(name))\"; write one of \(shortList(classes)), several as \"\(shortName(classes.first ?? "car"))=2\", or none, or unsure"
        )
    }

    private func counts(of name: String, _ text: String) throws(CellError) -> [String: Int] {
        guard let count = Int(text), (0...Self.countLimit).contains(count) else {
            throw CellError(
                cause: "the number of \(shortName(name)) must be a whole one from 0 on: \(shortName(text))")
        }
        return count == 0 ? [:] : [name: count]
    }

    private struct Row {
        /// Counted from 1.
        var line: Int
        var cells: [String]
    }

    private static let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]

    /// What stands most often between the names of columns.
    private static func separator(of bytes: ArraySlice<UInt8>) -> UInt8 {
        let header = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        func count(_ separator: UInt8) -> Int { header.count { $0 == separator } }
        return separators.max { count($0) < count($1) } ?? UInt8(ascii: ",")
    }

    /// The rows of a table with commas, semicolons or tabs between its cells, as spreadsheets of all languages save it.
    private static func rows(of bytes: [UInt8], _ path: String) throws(CommandError) -> [Row] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = bytes.starts(with: mark) ? mark.count : 0
        var cursor = CSVCursor(position: start, separator: separator(of: bytes[start...]))
        var (rows, fields): ([Row], [CSVCursor.Field]) = ([], [])
        do throws(CSVFailure) {
            while try cursor.row(into: &fields, in: bytes.span.bytes) {
                rows.append(Row(line: cursor.line, cells: fields.map(\.text)))
            }
        } catch {
            throw CommandError(operation: "read line \(cursor.line)", path: path, cause: error.cause)
        }
        return rows
    }

    // MARK: - Folders

    private mutating func readFolders(in folder: String) throws {
        let labels = Dictionary(
            AuditFolder.labelFolders(of: classes).map { ($0.name, $0.label) },
            uniquingKeysWith: { first, _ in first })
        for name in try Self.names(in: folder) where folderExists(folder + "/" + name) {
            let crops = try Self.names(in: folder + "/" + name).filter { $0.lowercased().hasSuffix(".png") }
            guard !crops.isEmpty else { continue }
            guard let label = labels[name] else {
                throw CommandError(
                    operation: "read the labels in it", path: folder + "/" + name,
                    cause: "no class has this folder; the folders are \(shortList(labels.keys.sorted()))")
            }
            for crop in crops {
                let id = String(crop.dropLast(4))
                guard ids.contains(id) else {
                    throw CommandError(
                        operation: "read a label", path: "\(folder)/\(name)/\(crop)",
                        cause: "the audit has no crop of this name")
                }
                let meaning: Label =
                    switch label {
                    case .none: .objects([:])
                    case .unsure: .unsure
                    case .className(let className): .objects([className: 1])
                    }
                try add(meaning, to: id, at: "folder \(name)", in: folder)
            }
        }
    }

    /// Sorted, without hidden ones.
    private static func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
                .sorted()
        } catch {
            throw CommandError(operation: "read the folder", path: folder, cause: error.localizedDescription)
        }
    }

    // MARK: - Writing

    /// `index.csv` with the labels that there are.
    static func table(of record: AuditRecord, labels: [String: Label] = [:]) -> String {
        let names = ["id", "scene", "x", "y", "class"]
        let lines = record.crops.map { crop in
            row(of: crop, record, names, separator: ",", label: labels[crop.id])
        }
        return ([names.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    /// A table with a row more for each crop that is not in it; what people wrote stays as it is.
    static func table(at path: String, addingCropsOf record: AuditRecord) throws -> String {
        let bytes = try readFile(path, limit: tableByteLimit)
        let rows = try rows(of: bytes, path)
        guard let names = rows.first?.cells, let column = names.firstIndex(of: "id") else {
            return table(of: record)
        }
        let ids = Set(record.crops.map(\.id))
        let present = Set(
            rows.compactMap { $0.cells.indices.contains(column) ? id($0.cells[column], among: ids) : nil })
        let separator = String(UnicodeScalar(separator(of: bytes[...])))
        let added = record.crops.filter { !present.contains($0.id) }.map {
            row(of: $0, record, names, separator: separator, label: nil) + "\n"
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text + (text.unicodeScalars.last.map { $0 == "\n" || $0 == "\r" } ?? true ? "" : "\n")
            + added.joined()
    }

    private static func row(
        of crop: AuditRecord.Crop, _ record: AuditRecord, _ names: [String], separator: String, label: Label?
    ) -> String {
        names.map { name in
            let text: String
            switch name {
            case "id": return crop.id
            case "x": return "\(Double(crop.box.x0 + crop.box.x1) / 2)"
            case "y": return "\(Double(crop.box.y0 + crop.box.y1) / 2)"
            case "scene": text = record.scenes[crop.unit.scene].name
            case "class": text = label.map { cell($0, classes: record.classes) } ?? ""
            default: text = ""
            }
            let field = csvField(text)
            return field.contains(separator) && !field.hasPrefix("\"") ? "\"\(field)\"" : field
        }.joined(separator: separator)
    }

    private static func cell(_ label: Label, classes: [String]) -> String {
        switch label {
        case .unsure: return AuditFolder.unsureWord
        case .objects(let objects):
            let present = classes.filter { objects[$0, default: 0] > 0 }
            if present.isEmpty { return classes.contains(AuditFolder.noneWord) ? "0" : AuditFolder.noneWord }
            if present.count == 1, objects[present[0]] == 1 { return present[0] }
            return present.map { "\($0)=\(objects[$0, default: 0])" }.joined(separator: "; ")
        }
    }
}
