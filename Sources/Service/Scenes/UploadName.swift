import Files
import Foundation
import HTTPTypes
import Rasters

/// The name of an uploaded scene: one part of a path, such as `north.tif`.
struct UploadName: Hashable, Sendable {
    private static let byteLimit = 200

    let text: String

    /// - Throws: 422 for what is no such name, 415 where it is none of an image.
    init(_ text: String) throws(Problem) {
        let isPlain = text.unicodeScalars.allSatisfy {
            !$0.isInvisible && $0 != "/" && $0 != "\\" && $0.properties.generalCategory != .privateUse
        }
        guard !text.isEmpty, text.utf8.count <= Self.byteLimit, isPlain, !text.hasPrefix(".") else {
            throw Problem(
                .unprocessableContent,
                "an upload's name has 1 to \(Self.byteLimit) bytes, no slashes and no invisible characters, and does not begin with a dot"
            )
        }
        guard PlainScene.isNamedSo(text) else {
            throw Problem(
                .unsupportedMediaType,
                "an upload's name must end as an image does: .\(PlainScene.endings.sorted().joined(separator: ", ."))"
            )
        }
        self.text = text
    }

    /// What has come of it until it is complete.
    var part: String { "." + text + ".part" }
    /// How long it will be.
    var facts: String { "." + text + ".part.json" }
}
