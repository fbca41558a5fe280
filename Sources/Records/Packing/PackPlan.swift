import Bytes
import Files

/// All that decides what a packed file holds. Two runs with the same plan make the same bytes.
package struct PackPlan: Hashable, Sendable, Codable {
    /// The address that was given, without secrets.
    package var input: String
    package var layout: PackInput.Layout
    /// Where the paths of a list begin; `nil` for the list's folder, and where there is no list.
    package var root: String?
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
        root = input.layout == .list ? input.root?.description : nil
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
