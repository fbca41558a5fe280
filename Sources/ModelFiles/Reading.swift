/// How the scores that a model gives to a scene's windows are best made into boxes: it follows from what the model learnt from.
///
/// An optional part of a model's contract. A scan obeys it unless its options say otherwise; without it, a scan does what suits
/// canvases of single classes.
public struct Reading: Hashable, Sendable, Codable {
    /// What the network saw in training.
    public enum Samples: String, Hashable, Sendable, Codable {
        /// Single windows.
        case windows
        /// Larger parts of a canvas, of which it scored many windows at once.
        case crops
    }

    /// How a scan scores the windows of a scene.
    public enum Scan: String, Hashable, Sendable, Codable {
        /// One by one.
        case exact
        /// By one run over whole blocks, in which a window also sees the pixels around it.
        case dense
    }

    /// What lay on the canvases of which the samples were cut.
    public enum Canvases: String, Hashable, Sendable, Codable {
        /// Tiles of one class: the scores say that something of a class is there, not where.
        case single
        /// Tiles of all classes: a window has the class of what lies at its centre.
        case mixed
    }

    /// What is done with boxes that overlap.
    public enum Method: String, Hashable, Sendable, CaseIterable {
        /// The best stays, and what overlaps it too much goes: greedy non-maximum suppression.
        case nms
        /// The best takes what overlaps it too much, and its box grows: greedy non-maximum merging.
        case nmm
        /// Boxes and scores of those that overlap enough are averaged: weighted boxes fusion.
        case wbf

        /// Whether boxes of low scores change detections of high ones. Then all that were kept take part, and the threshold is
        /// applied to what becomes of them.
        public var weakChangesStrong: Bool {
            switch self {
            case .nms: false
            case .nmm, .wbf: true
            }
        }
    }

    public var trainedOn: Samples
    /// How scans score unless an option says otherwise; `nil` for exact.
    public var scan: Scan?
    public var canvases: Canvases
    /// How far the centre of an object may lie from that of a window of its class, in both directions, in pixels; `nil` where labels
    /// did not follow from places.
    public var labelRadius: Double?
    /// The stride of the scan that the labels were made for, in pixels.
    public var stride: Int?
    /// The stride of dense scans, in pixels, where it is finer: there places between cost next to nothing. `nil` for `stride`.
    public var denseStride: Int?
    /// Whether boxes gain by moving towards their neighbours' scores.
    public var movesBoxes: Bool
    /// How far from a window the others lie whose scores move its box, in pixels; `nil` for the next ones only.
    public var moveReach: Int?
    /// Detections below are not shown; in `0...1`.
    public var threshold: Float
    /// Two boxes that overlap more are one object; in `0...1`.
    public var iou: Float
    /// What is done with boxes that overlap; `nil` for `nms`.
    public var method: Method?
    /// The part of a window's side that an object took, in the middle of it: boxes are shown so large. `nil` for whole windows.
    public var boxShare: Double?

    /// What suits windows of canvases.
    ///
    /// - Source: docs/benchmarks.md: a network that learnt from single canvases is sure of much that is a little off, and its scores
    ///   do not fall towards a window's neighbours; one that learnt from mixed canvases is the other way.
    public init(windowsOf canvases: Canvases, labelRadius: Double? = nil, stride: Int? = nil) {
        trainedOn = .windows
        (self.canvases, self.labelRadius, self.stride) = (canvases, labelRadius, stride)
        switch canvases {
        case .single: (movesBoxes, threshold, iou) = (false, 0.9, 0.1)
        case .mixed: (movesBoxes, threshold, iou) = (true, 0.5, 0.3)
        }
    }

    /// The same of a model that learnt from crops with several windows: it has learnt from windows among their neighbours, as dense
    /// scans see them. Where its boxes move, scans look at twice as many places in each direction, and boxes move to the middle of
    /// all windows that may see the same object.
    ///
    /// - Parameter totalStride: of the network.
    /// - Source: docs/benchmarks.md, "Finding cars and boats: trained on crops".
    public func ofCrops(totalStride: Int) -> Reading {
        var reading = self
        (reading.trainedOn, reading.scan) = (.crops, .dense)
        if movesBoxes, let stride {
            let half = stride / 2 / totalStride * totalStride
            (reading.denseStride, reading.moveReach) = (half > 0 ? half : nil, stride)
        }
        return reading
    }

    /// From one window of a scan to the next, in pixels; `nil` where the model does not say.
    public func stride(isDense: Bool) -> Int? { isDense ? denseStride ?? stride : stride }

    /// What suits a model that says nothing of it.
    public static let usual = Reading(windowsOf: .single)

    /// Why a scan cannot obey it; `nil` where it can.
    public var objection: String? {
        for (name, value) in [("score threshold", threshold), ("IoU threshold", iou)]
        where !(0...1).contains(value) {
            return "its \(name) must lie in 0...1: \(value)"
        }
        for (name, value) in [
            ("stride", stride), ("stride of dense scans", denseStride), ("reach of moves", moveReach),
        ]
        where !(1...1 << 20).contains(value ?? 1) {
            return "its \(name) must lie in 1...1048576: \(value ?? 0)"
        }
        guard (0.01...1).contains(boxShare ?? 1) else {
            return "a box must take 0.01 to 1 of a window's side: \(boxShare ?? 0)"
        }
        guard (0...Double(1 << 20)).contains(labelRadius ?? 0) else {
            return "its label radius must lie in 0...1048576: \(labelRadius ?? 0)"
        }
        return nil
    }
}

extension Reading.Method: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        // What older versions called it.
        guard let method = name == "suppression" ? .nms : Self(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "there is no method \(name)")
        }
        self = method
    }
}
