/// All that decides what a packed file holds. Two runs with the same plan make the same bytes.
package struct PackPlan: Hashable, Sendable, Codable {
    package var input: String
    package var layout: PackInput.Layout
    /// `"train"`, `"val"`, a number of a shard; `nil` for all.
    package var part: String?
    package var transform: ImageTransform
    package var isShuffled: Bool
    package var seed: UInt64
    package var validationFraction: Double
    /// How many images were found.
    package internal(set) var imageCount = 0
    /// CRC-32C over the names and labels of the images in their order, and the names of the classes.
    package internal(set) var listChecksum: UInt32 = 0

    package init(
        input: PackInput, transform: ImageTransform, isShuffled: Bool, seed: UInt64,
        validationFraction: Double = 0
    ) {
        (self.input, layout, self.transform) = (input.path, input.layout, transform)
        (self.isShuffled, self.seed, self.validationFraction) = (isShuffled, seed, validationFraction)
    }

    /// The plan of a collection that was listed as this plan says.
    func with(_ collection: ImageCollection) -> PackPlan {
        var plan = self
        (plan.part, plan.imageCount) = (collection.part, collection.count)
        func add(_ bytes: [UInt8]) {
            plan.listChecksum = CRC32C.checksum(bytes.span.bytes, after: plan.listChecksum)
        }
        for name in collection.classNames { add(Array(name.utf8) + [0]) }
        for item in collection.items { add(Array(item.name.utf8) + [0] + item.header.encoded()) }
        return plan
    }
}

/// How an image is changed before it is packed.
package struct ImageTransform: Hashable, Sendable, Codable {
    package enum Encoding: String, Hashable, Sendable, Codable {
        /// The bytes of the image's file as they are; what comes from no file becomes PNG.
        case original
        case jpg, png
        /// The pixels, `[H, W, 3]`, for a tile pack.
        case raw
    }
    package var encoding: Encoding
    /// Of JPEG, `1...100`.
    package var quality: Int
    /// The middle of the longer side is kept, as long as the shorter side.
    package var isCropped: Bool
    /// The shorter side becomes so many pixels, the other keeps the shape; up or down, antialiased, as PIL's bilinear
    /// resize.
    package var shorterSide: Int?

    /// - Parameter encoding: `original` only where nothing is cropped or resized.
    package init(
        encoding: Encoding = .original, quality: Int = 95, isCropped: Bool = false, shorterSide: Int? = nil
    ) {
        precondition(encoding != .original || !isCropped && shorterSide == nil)
        precondition((1...100).contains(quality) && shorterSide ?? 1 > 0)
        (self.encoding, self.quality) = (encoding, quality)
        (self.isCropped, self.shorterSide) = (isCropped, shorterSide)
    }
}
