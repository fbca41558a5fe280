import Files
import Foundation
package import Pixels

/// A line of what `mine` has chosen in scenes.
package struct PickedPlace: Decodable, Hashable, Sendable {
    /// Its address.
    package var scene: String
    /// x0, y0, x1, y1 in pixels of the whole upright scene.
    package var box: [Int]

    package var rect: PixelRect { PixelRect(x0: box[0], y0: box[1], x1: box[2], y1: box[3]) }

    /// - Throws: where a line is damaged, with its number.
    package static func read(_ path: String) throws -> [PickedPlace] {
        let text = String(decoding: try readFile(path, limit: 1 << 28), as: UTF8.self)
        return try text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .filter { !$0.element.isEmpty }.map { number, line in
                guard let place = try? JSONDecoder().decode(PickedPlace.self, from: Data(line.utf8)),
                    place.box.count == 4,
                    let rect = PixelRect(checking: place.box[0], place.box[1], place.box[2], place.box[3]),
                    rect.width > 0, rect.height > 0
                else {
                    throw LabellingError(
                        operation: "read what was chosen", path: path,
                        cause: "line \(number + 1) has no scene with a box (x0 < x1, y0 < y1)")
                }
                return place
            }
    }
}
