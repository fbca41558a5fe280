import Foundation
import Rasters

/// A scene as lists have it.
struct SceneRow: Encodable {
    var id: String
    var name: String
    var byteCount: Int
    var isUploaded: Bool

    init(_ entry: SceneShelf.Entry) {
        (id, name) = (entry.id, entry.name)
        (byteCount, isUploaded) = (entry.byteCount, entry.isUploaded)
    }
}

/// A part of the list of scenes.
struct ScenePage: Encodable {
    var scenes: [SceneRow]
    var next: String?
    var totalCount: Int
    var problems: [String]

    private enum Key: CodingKey {
        case scenes, next, totalCount, problems
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(scenes, forKey: .scenes)
        try container.encode(next, forKey: .next)
        try container.encode(totalCount, forKey: .totalCount)
        try container.encode(problems, forKey: .problems)
    }
}

/// All that is told of a scene.
struct SceneDetails: Encodable, Sendable {
    private let row: SceneRow
    private let width: Int
    private let height: Int
    private let bandCount: Int
    private let levelCount: Int
    private let isGeoreferenced: Bool
    private let pixelSize: PixelSize?
    private let version: String
    private let overviews: String
    private let overviewFraction: Double
    var scans: [String] = []

    /// - Parameter areNeeded: whether tiles need smaller copies that the scene's file does not hold.
    init(_ scene: OpenScene, overviews status: OverviewStore.Status, areNeeded: Bool) {
        row = SceneRow(scene.entry)
        (width, height) = (scene.scene.width, scene.scene.height)
        bandCount = scene.scene.bandCount
        levelCount = scene.levelCount
        isGeoreferenced = scene.scene.georeference != nil
        pixelSize = scene.pixelSize
        version = scene.tag
        switch status {
        case .making(let fraction): (overviews, overviewFraction) = ("making", fraction)
        case .ready: (overviews, overviewFraction) = ("ready", 1)
        case .none, .failed: (overviews, overviewFraction) = areNeeded ? ("none", 0) : ("ready", 1)
        }
    }

    private enum Key: CodingKey {
        case width, height, bandCount, tileSize, levelCount, isGeoreferenced, pixelSize, scans, overviews,
            overviewFraction, version
    }

    func encode(to encoder: any Encoder) throws {
        try row.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(width, forKey: .width)
        try container.encode(height, forKey: .height)
        try container.encode(bandCount, forKey: .bandCount)
        try container.encode(OpenScene.tileSide, forKey: .tileSize)
        try container.encode(levelCount, forKey: .levelCount)
        try container.encode(isGeoreferenced, forKey: .isGeoreferenced)
        try container.encode(pixelSize, forKey: .pixelSize)
        try container.encode(scans, forKey: .scans)
        try container.encode(overviews, forKey: .overviews)
        try container.encode(overviewFraction, forKey: .overviewFraction)
        try container.encode(version, forKey: .version)
    }
}

/// How far an upload is.
struct UploadRow: Encodable {
    var receivedByteCount: Int
    var totalByteCount: Int?

    private enum Key: CodingKey {
        case receivedByteCount, totalByteCount
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(receivedByteCount, forKey: .receivedByteCount)
        try container.encode(totalByteCount, forKey: .totalByteCount)
    }
}

/// Problem details that say where an upload goes on.
struct WrongPlace: Encodable {
    var title: String
    var status: Int
    var detail: String
    var request: String
    var receivedByteCount: Int
}
