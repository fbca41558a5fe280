import Bytes
import Files
import Rasters

/// Reads a table: names of columns in the first line, an object in each of the others.
final class CSVReader: AnnotationReader {
    private let path: String
    private let found: NamedAnnotations
    /// `nil` where the table has no column of images.
    private let scenes: SceneNames?

    init(opening address: Address, _ cancellation: Cancellation) throws {
        let file = try FileReader(opening: address)
        let text = try file.text()
        path = file.path
        let bytes = text.span.bytes
        var table = CSVTable(in: bytes, from: text.startOfText)
        do {
            found = try table.annotations(in: bytes, cancellation)
        } catch let error as CSVFailure {
            throw AnnotationError.malformed("line \(table.line)", path, error.cause)
        }
        scenes = table.namesImages ? SceneNames(found.names) : nil
    }

    var sceneNames: [String]? { scenes?.all }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        try found.annotations(of: scene, among: scenes, path: path)
    }
}

/// What is wrong in a table, for people; the line is the table's.
package struct CSVFailure: Error, Hashable {
    package var cause: String
}

/// Goes through the rows of a table once.
private struct CSVTable {
    private(set) var namesImages = false
    private var cursor: CSVCursor
    /// Numbers may have a comma where the separator is a semicolon.
    private let mayHaveCommas: Bool

    /// Finds the separator: that with which the first line names the most columns that are known.
    init(in bytes: RawSpan, from start: Int) {
        var (best, bestCount) = (UInt8(ascii: ","), -1)
        for separator in [best, UInt8(ascii: ";"), UInt8(ascii: "\t")] {
            var cursor = CSVCursor(position: start, separator: separator)
            var fields: [CSVCursor.Field] = []
            let hasRow = (try? cursor.row(into: &fields, in: bytes)) ?? false
            let count = hasRow ? CSVColumns.knownCount(in: fields.map(\.text)) : 0
            if count > bestCount {
                best = separator
                bestCount = count
            }
        }
        cursor = CSVCursor(position: start, separator: best)
        mayHaveCommas = best == UInt8(ascii: ";")
    }

    /// Where it is.
    var line: Int { max(1, cursor.line) }

    /// - Throws: `CSVFailure`, `Cancelled`.
    mutating func annotations(in bytes: RawSpan, _ cancellation: Cancellation) throws -> NamedAnnotations {
        var fields: [CSVCursor.Field] = []
        guard try cursor.row(into: &fields, in: bytes) else {
            throw CSVFailure(cause: "it is empty; the first line must name the columns")
        }
        let columns = try CSVColumns(header: fields.map(\.text))
        namesImages = columns.image != nil
        var found = NamedAnnotations()
        var point = CancellationPoint(cancellation)
        while try cursor.row(into: &fields, in: bytes) {
            try point.pass()
            try check(fields.count, columns, fields)
            let image = columns.image.map { cell($0, fields) } ?? ""
            guard !namesImages || !image.isEmpty else { throw CSVFailure(cause: "no image is named") }
            if namesImages, hasNothing(fields, columns) {
                found.name(image)
            } else {
                found.append(try annotation(fields, columns), to: image)
            }
        }
        return found
    }

    private func check(
        _ count: Int, _ columns: CSVColumns, _ fields: [CSVCursor.Field]
    ) throws(CSVFailure) {
        guard fields.count > columns.lastNeeded else {
            throw CSVFailure(
                cause:
                    "it has only \(counted(count, "cell")), and the class or the place stands further to the right; a point has empty "
                    + "cells for what it does not have")
        }
        guard fields.dropFirst(columns.count).allSatisfy({ $0.text.trimmed.isEmpty }) else {
            throw CSVFailure(
                cause:
                    "it has \(counted(count, "cell")), and the table \(counted(columns.count, "column")); write cells that hold a"
                    + " separator between double quotes")
        }
    }

    /// Whether a row has neither a class nor a place: its image has no objects.
    private func hasNothing(_ fields: [CSVCursor.Field], _ columns: CSVColumns) -> Bool {
        ([columns.className] + columns.geometry.columns).allSatisfy { cell($0, fields).isEmpty }
    }

    /// - Returns: `nil` where the class is empty.
    private func annotation(
        _ fields: [CSVCursor.Field], _ columns: CSVColumns
    ) throws(CSVFailure) -> Annotation? {
        var annotation = Annotation(
            className: text(columns.className, fields), shape: try shape(fields, columns.geometry))
        if let score = try number(columns.score, fields, "score") {
            guard let checked = Annotation.score(score) else {
                throw CSVFailure(cause: Annotation.objection(toScore: score))
            }
            annotation.score = checked
        }
        if let fraction = try number(columns.visibleFraction, fields, "visible fraction") {
            guard (0...1).contains(fraction) else {
                throw CSVFailure(cause: "a visible fraction must be in 0...1: \(fraction)")
            }
            annotation.visibleFraction = Float(fraction)
        }
        if let place = columns.verdict, case let verdict = cell(place, fields), !verdict.isEmpty {
            annotation.verdict = Annotation.Verdict(typed: verdict)
            guard annotation.verdict != nil else {
                throw CSVFailure(cause: "a verdict is right or wrong, or empty: \(shortName(verdict))")
            }
        }
        return annotation.className.trimmed.isEmpty ? nil : annotation
    }

    private func shape(
        _ fields: [CSVCursor.Field], _ geometry: CSVColumns.Geometry
    ) throws(CSVFailure) -> Annotation.Shape {
        switch geometry {
        case .corners(let places), .size(let places):
            let (x, y) = (try place(places[0], fields), try place(places[1], fields))
            guard let right = try number(places[2], fields, "place"),
                let bottom = try number(places[3], fields, "place")
            else {
                guard cell(places[2], fields).isEmpty, cell(places[3], fields).isEmpty else {
                    throw CSVFailure(cause: "a part of the box is missing")
                }
                return try point(x, y)
            }
            let box: AnnotationBox? =
                switch geometry {
                case .size: AnnotationBox(checking: x, y, x + right, y + bottom)
                case .corners, .point: AnnotationBox(checking: x, y, right, bottom)
                }
            guard let box else {
                let values = [x, y, right, bottom].map(shortNumber).joined(separator: ", ")
                throw CSVFailure(cause: "the box \(values) \(AnnotationBox.objection)")
            }
            return .box(box)
        case .point(let places): return try point(place(places[0], fields), place(places[1], fields))
        }
    }

    private func point(_ x: Double, _ y: Double) throws(CSVFailure) -> Annotation.Shape {
        guard Annotation.isPlace(x, y) else {
            throw CSVFailure(cause: "the point \(x), \(y) is too far away; correct or remove it")
        }
        return .point(x: x, y: y)
    }

    private func place(_ column: Int, _ fields: [CSVCursor.Field]) throws(CSVFailure) -> Double {
        guard let value = try number(column, fields, "place") else {
            throw CSVFailure(cause: "the position is missing")
        }
        return value
    }

    /// - Returns: `nil` for an empty cell.
    private func number(
        _ column: Int?, _ fields: [CSVCursor.Field], _ what: String
    ) throws(CSVFailure) -> Double? {
        guard let column, case let text = cell(column, fields), !text.isEmpty else { return nil }
        if let value = Double(plain: text) { return value }
        if mayHaveCommas, let value = Double(plain: text.replacing(",", with: ".")) { return value }
        throw CSVFailure(cause: "a \(what) must be a number: \(shortName(text))")
    }

    /// Without white space around it; empty where the row has no such cell.
    private func cell(_ column: Int, _ fields: [CSVCursor.Field]) -> String {
        fields.indices.contains(column) ? fields[column].text.trimmed : ""
    }

    /// As `csvField` has encoded it.
    private func text(_ column: Int, _ fields: [CSVCursor.Field]) -> String {
        fields.indices.contains(column) ? fields[column].decoded : ""
    }
}
