import Figures
import Files
import Foundation
import Pixels
import Rasters
import Scanning

/// Pictures of an audit's cells: each with its surroundings, its border marked, and the boxes of detections.
final class AuditCrops {
    /// Of a crop's longer side in pixels: smaller ones are enlarged by whole numbers, larger ones made smaller.
    private static let wantedSide = 384
    private static let largestSide = 768
    /// Pixels that are read for a crop, at most.
    private static let readPixelLimit = 1 << 25
    private let scan: AuditedScan
    private let address: Address
    private let raster: Raster
    /// What the raster's picture is of the whole scene.
    private let bounds: PixelRect
    private let cancellation: Cancellation
    /// Detections by the cell of their centre, in and around the cells that are drawn.
    private var detections: [Int: [Detection]] = [:]
    private let reach: Int
    /// Pixels that are shown around a cell: a window's side.
    private let margin: Int

    /// - Parameter scene: where the scene is now; `nil` for where it was.
    /// - Parameter cells: that are drawn.
    init(_ scan: AuditedScan, scene: String?, cells: [Int], _ cancellation: Cancellation) throws {
        self.scan = scan
        self.cancellation = cancellation
        address = scene.map { Address($0) } ?? scan.state.context.scene
        guard !address.description.contains("…") else {
            throw CommandError(
                operation: "cut crops from the scene", path: "\(address)",
                cause: "its address was stored without its secrets; name the scene with --scene")
        }
        let scene = try Scene(opening: address, view: scan.state.task.view)
        guard scene.identity == scan.state.task.scene else {
            throw CommandError(
                operation: "cut crops from the scene", path: "\(address)",
                cause:
                    "it is not the scene that was scanned, or it has changed; name the right scene with --scene"
            )
        }
        raster = try scene.openAtFullSize()
        let size = scan.state.task.fullSize
        bounds = PixelRect(x0: 0, y0: 0, x1: size.width, y1: size.height)
        // A box that is larger than a cell may show in a crop from further away.
        let side = max(
            1, min(size.width / scan.scene.cells.columnCount, size.height / scan.scene.cells.rowCount))
        let largest = scan.scene.detections.lazy.map { max($0.box.width, $0.box.height) }.max() ?? 0
        let window = scan.state.task.place(of: WindowRange(rows: 0..<1, columns: 0..<1))
        margin = max(window.width, window.height)
        reach = min(6, 1 + (margin + largest / 2) / side)
        let wanted = Set(cells.flatMap { around($0) })
        for detection in scan.scene.detections {
            let cell = scan.scene.cells.cell(of: detection.box)
            if wanted.contains(cell) { detections[cell, default: []].append(detection) }
        }
    }

    /// A cell and those near it.
    private func around(_ cell: Int) -> [Int] {
        let cells = scan.scene.cells
        let (row, column) = cell.quotientAndRemainder(dividingBy: cells.columnCount)
        return (max(0, row - reach)...min(cells.rowCount - 1, row + reach)).flatMap { row in
            (max(0, column - reach)...min(cells.columnCount - 1, column + reach)).map {
                row * cells.columnCount + $0
            }
        }
    }

    /// - Throws: `RasterError` where the scene cannot be read there.
    func picture(ofCell cell: Int) throws -> Image {
        let box = scan.scene.cells.rect(ofCell: cell)
        guard let part = box.inset(by: -margin).intersection(bounds) else { preconditionFailure() }
        guard part.area <= Self.readPixelLimit else {
            throw CommandError(
                operation: "cut a crop of \(part.width)×\(part.height) pixels", path: "\(address)",
                cause: "that is too large; give --cell with smaller cells")
        }
        var image = try raster.read(part, cancellation: cancellation)
        let size = part.sizeFitting(maxSide: Self.largestSide)
        image = image.downscaled(width: min(size.width, part.width), height: min(size.height, part.height))
        let factor = max(1, Self.wantedSide / max(image.width, image.height))
        image = image.enlarged(by: factor)
        func shown(_ rect: PixelRect) -> PixelRect {
            func place(_ value: Int, _ start: Int, _ length: Int, _ seen: Int) -> Int {
                Int((Double(value - start) * Double(seen) / Double(length)).rounded())
            }
            return PixelRect(
                x0: place(rect.x0, part.x0, part.width, image.width),
                y0: place(rect.y0, part.y0, part.height, image.height),
                x1: place(rect.x1, part.x0, part.width, image.width),
                y1: place(rect.y1, part.y0, part.height, image.height))
        }
        let near = around(cell)
        for other in near where other != cell {
            for detection in detections[other] ?? [] {
                image.draw(Self.otherMark, around: shown(detection.box), lineWidth: 2)
            }
        }
        image.draw(Self.cellMark, around: shown(box), lineWidth: 2)
        for detection in detections[cell] ?? [] {
            image.draw(Self.ownMark, around: shown(detection.box), lineWidth: 3)
        }
        return image
    }

    private static let cellMark = BoxMark(color: RGB(255, 255, 255), shape: .corners)
    private static let ownMark = BoxMark(color: RGB(240, 228, 66))
    private static let otherMark = BoxMark(color: RGB(86, 180, 233), line: .dashed)

    /// Stands for a place that cannot be read.
    static func unreadable() throws -> Image {
        let words = "cannot be read"
        var figure = Figure(
            width: wantedSide, height: wantedSide, ground: .fixed(RGB(96, 96, 96)), summary: words)
        let middle = wantedSide / 2
        figure.write(words, x: middle, y: middle, size: 36, anchor: .middle, .fixed(RGB(255, 255, 255)))
        return try figure.image()
    }
}
