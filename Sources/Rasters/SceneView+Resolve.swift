public import Files
import Foundation
import Pixels

extension SceneView {
    /// What was found out about a scene.
    public struct Resolved: Hashable, Sendable {
        /// `nil` where the scene is seen as it is stored.
        public var view: SceneView?
        /// Of a stored pixel; `nil` where the scene does not say.
        public var pixelSize: PixelSize?
        /// Whether some pixels may be invalid.
        public var canHaveInvalidPixels: Bool
        /// Whether its scale, or its scales, follow from the sizes of the objects that the model learnt from.
        public var isScaledByObjects = false
        /// Whether its ranges are those that the model learnt from, and nobody asked for them.
        public var hasTrainedRanges = false
        /// Whether its scale is the one that makes its pixels as large as the model's, and nobody asked for it.
        public var hasTrainedScale = false
        /// Whether its samples are more than bytes.
        public var isDeep = false
        /// What somebody should know before the scene is scanned, with the option that helps.
        public var warnings: [String]
    }

    /// Samples along the longer side that ranges are made of.
    private static let thinnedSide = 1024
    /// Places along each side at which a scene is looked at for its light, and their side in pixels.
    private static let (placeCount, placeSide) = (8, 64)

    /// Finds out how a scene is to be seen.
    ///
    /// EXIF orientation is followed, unless the scene lies on Earth. Invalid pixels, and blocks of a TIFF that were never written, get
    /// the fill where a scene can have some. Ranges
    /// in percent are made of about a million samples of each band, from an overview where there is one.
    ///
    /// - Parameter cancellation: looked up now and then.
    /// - Throws: `RasterError`, as `Raster(opening:)`; also for bands or a scale that the scene does not have, and `interrupted`.
    public static func resolve(
        _ request: SceneViewRequest, for address: Address, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) -> Resolved {
        var view = SceneView(bands: request.bands)
        var range = request.range
        var (hasTrainedRanges, hasTrainedScale) = (false, false)
        if range == nil, let trained = request.trainedRanges,
            try Dataset(opening: address).hasDeepSamples(bands: request.bands)
        {
            range = .samples(trained)
            hasTrainedRanges = true
        }
        switch range {
        case .samples(let ranges): view.ranges = ranges
        // Something, to open it; what it really is follows.
        case .percent: view.ranges = [SampleRange(0, 1)]
        case nil: break
        }
        // A scene that must be decoded as a whole is decoded once.
        let copy = DecodedCopy()
        let stored = try StoredRaster(opening: address, view: view, crs: request.crs, copy: copy)
        let unwritten = stored.dataset.unwrittenParts(bands: stored.layout.bands)
        let canHaveInvalidPixels = stored.layout.validity.isOfUse || !unwritten.isEmpty
        let rangeCount = view.ranges?.count ?? 1
        if rangeCount != 1, stored.layout.bands.count != rangeCount {
            if request.range != nil {
                throw RasterError(
                    .unsupported, "read with \(rangeCount) ranges", address.description,
                    cause: "it has \(stored.layout.bands.count) band(s) to read; give one pair MIN,MAX")
            }
            view.ranges = nil
            hasTrainedRanges = false
        }
        if case .percent(let percent) = range {
            view.ranges = try stored.ranges(
                leavingOut: percent, unwritten: unwritten, thinnedSide: thinnedSide, cancellation)
        }
        if stored.georeference == nil {
            let orientation = try Orientation.ofFile(
                at: address, driver: stored.dataset.driverName)
            if orientation != .upright { view.orientation = orientation.tag }
        }
        let upright = view.orientation.map(Orientation.init(tag:))?.upright(
            width: stored.width, height: stored.height)
        let (width, height) = upright ?? (stored.width, stored.height)
        var warnings: [String] = []
        var isScaledByObjects = false
        if !request.scales.isEmpty {
            let scales = try Self.scales(
                request.scales, width: width, height: height, of: stored, &warnings)
            view = try view.scaled(to: scales, request, of: address)
        } else if let trained = request.trainedScales(pixelSize: stored.pixelSize) {
            do throws(RasterError) {
                let scales = try Self.scales(trained, width: width, height: height, of: stored, &warnings)
                view = try view.scaled(to: scales, request, of: address)
                isScaledByObjects = true
            } catch {
                warnings.append(
                    "it is scanned at full size, although the model learnt objects of other sizes: \(error.cause)"
                )
            }
            if request.trainedPixelSize != nil, stored.pixelSize == nil {
                warnings.append(
                    "the model knows the size of its objects in metres, but the scene does not state its pixel size: "
                        + "the pixel size of the training is assumed; set --scales if it differs")
            }
        } else if let metres = request.trainedPixelSize {
            if stored.pixelSize == nil {
                warnings.append(
                    "the model was trained with pixels of \(metres) m, but the scene does not state its pixel size: "
                        + "set --scales if it must be scanned smaller or larger")
            } else {
                do throws(RasterError) {
                    let scale = try Self.scale(
                        .pixelSize(metres), width: width, height: height, of: stored)
                    view.scale = scale.isFullSize ? nil : scale
                    isScaledByObjects = !request.trainedFactors.isEmpty
                    hasTrainedScale = !scale.isFullSize && !isScaledByObjects
                } catch {
                    warnings.append(
                        "it is scanned at full size, although the model was trained with pixels of \(metres) m: "
                            + error.cause)
                }
            }
        }
        let seen = view.seenSize ?? (width, height)
        let isPadded = view.stack != nil || min(seen.0, seen.1) < request.windowSize
        if canHaveInvalidPixels || isPadded { view.fill = request.fill }
        if view.ranges == nil, stored.isDeep {
            // With what is invalid left out.
            let seen = try StoredRaster(opening: address, view: view, copy: copy)
            if let warning = try seen.lightWarning(places: placeCount, side: placeSide) {
                warnings.append(warning)
            }
        }
        return Resolved(
            view: view == SceneView() ? nil : view, pixelSize: stored.pixelSize,
            canHaveInvalidPixels: canHaveInvalidPixels, isScaledByObjects: isScaledByObjects,
            hasTrainedRanges: hasTrainedRanges, hasTrainedScale: hasTrainedScale, isDeep: stored.isDeep,
            warnings: warnings)
    }

    /// The same at one scale, or at several.
    private func scaled(
        to scales: [SceneScale], _ request: SceneViewRequest, of address: Address
    ) throws(RasterError) -> SceneView {
        var view = self
        if scales.count == 1 {
            view.scale = scales[0].isFullSize ? nil : scales[0]
        } else {
            view.stack = try Self.stack(scales, request, of: address)
        }
        return view
    }

    /// Each once, in their order. Of several, those at which less than a pixel is left of a small scene are left out, with a warning.
    private static func scales(
        _ requests: [SceneViewRequest.Scale], width: Int, height: Int, of stored: borrowing StoredRaster,
        _ warnings: inout [String]
    ) throws(RasterError) -> [SceneScale] {
        var scales: [SceneScale] = []
        for request in requests {
            if case .factor(let factor) = request, requests.count > 1,
                SceneScale(x: factor, y: factor, fullWidth: width, fullHeight: height).isEmpty
            {
                warnings.append(
                    "it is not scanned at a scale of \(factor): less than a pixel would be left of \(width)x\(height)"
                )
                continue
            }
            let scale = try scale(request, width: width, height: height, of: stored)
            if !scales.contains(scale) { scales.append(scale) }
        }
        guard !scales.isEmpty else {
            throw RasterError(
                .unsupported, "scan it at \(requests.count) scales", stored.address.description,
                cause: "less than a pixel of \(width)x\(height) would be left at each of them")
        }
        return scales
    }

    private static func stack(
        _ scales: [SceneScale], _ request: SceneViewRequest, of address: Address
    ) throws(RasterError) -> ScaleStack {
        let stack = ScaleStack(scales, windowSize: request.windowSize, stride: request.stride)
        guard stack.isPossible else {
            throw RasterError(
                .unsupported, "scan it at \(scales.count) scales", address.description,
                cause:
                    "at most \(ScaleStack.limit) scales are possible, with at most \(Int32.max) rows of pixels in total"
            )
        }
        return stack
    }

    private static func scale(
        _ request: SceneViewRequest.Scale, width: Int, height: Int, of stored: borrowing StoredRaster
    ) throws(RasterError) -> SceneScale {
        let operation: String
        let (x, y): (Double, Double)
        switch request {
        case .factor(let factor):
            operation = "scan it at a scale of \(factor)"
            (x, y) = (factor, factor)
        case .pixelSize(let metres):
            operation = "scan it with pixels of \(metres) m"
            guard let size = stored.pixelSize else {
                throw RasterError(
                    .unsupported, operation, stored.address.description,
                    cause: "it does not state its pixel size; give --scales instead of --resolution")
            }
            (x, y) = (size.x / metres, size.y / metres)
        }
        // A thousandth is less than a pixel of any window.
        if abs(x - 1) < 1e-3, abs(y - 1) < 1e-3 {
            return SceneScale(x: 1, y: 1, fullWidth: width, fullHeight: height)
        }
        let scale = SceneScale(x: x, y: y, fullWidth: width, fullHeight: height)
        guard scale.isPossible else {
            throw RasterError(
                .unsupported, operation, stored.address.description,
                cause: "\(Double(width) * x) x \(Double(height) * y) pixels would be made of "
                    + "\(width) x \(height); a scale must lie between 1/1024 and 64")
        }
        return scale
    }
}

extension SceneViewRequest {
    /// The scales that follow from the sizes of the objects that the model learnt; `nil` where those are unknown, and where
    /// `trainedPixelSize` says it all.
    ///
    /// - Parameter pixelSize: of the scene; `nil` where it does not say.
    fileprivate func trainedScales(pixelSize: PixelSize?) -> [Scale]? {
        guard !trainedFactors.isEmpty else { return nil }
        guard pixelSize != nil, trainedPixelSize != nil, let trainedScenePixelSize else {
            return trainedFactors.map { .factor($0) }
        }
        return trainedFactors.count == 1
            ? nil : trainedFactors.map { .pixelSize(trainedScenePixelSize / $0) }
    }
}

extension StoredRaster {
    /// Whether it is read from samples of more than 8 bits without a sign.
    fileprivate var isDeep: Bool {
        guard case .words = layout.samples else { return false }
        return layout.bands.contains { dataset.sampleBitCount(band: $0) > 8 }
    }

    /// The samples of each band that are read between which all but a part lie.
    ///
    /// - Parameter percent: left out at each end.
    /// - Parameter unwritten: parts without samples.
    fileprivate func ranges(
        leavingOut percent: Double, unwritten: [PixelRect], thinnedSide: Int, _ cancellation: Cancellation
    ) throws(RasterError) -> [SampleRange] {
        let whole = PixelRect(x0: 0, y0: 0, x1: width, y1: height)
        let size = whole.sizeFitting(maxSide: thinnedSide)
        if case .cmyk = layout.colour {
            throw RasterError(
                .unsupported, "find its range", address.description,
                cause: "its colours are CMYK inks; leave out --range")
        }
        var ranges: [SampleRange] = []
        var flat: [String] = []
        var mask =
            layout.validity.hasMask
            ? try dataset.readThinnedMask(
                width: size.width, height: size.height, cancellation: cancellation) : nil
        for part in unwritten.compactMap({ $0.shrunk(from: (width, height), to: size) }) {
            if mask == nil { mask = [UInt8](repeating: 255, count: size.width * size.height) }
            for y in part.y0..<part.y1 {
                for place in y * size.width + part.x0..<y * size.width + part.x1 { mask?[place] = 0 }
            }
        }
        for band in layout.bands {
            let noData = dataset.noData(ofBand: band)
            let all = try dataset.readThinned(
                band: band, width: size.width, height: size.height, cancellation: cancellation)
            var samples = all.enumerated().filter { [mask] place, sample in
                sample.isFinite && sample != noData && mask?[place] != 0
            }.map(\.element)
            samples.sort()
            guard let first = samples.first, let last = samples.last else {
                throw RasterError(
                    .unsupported, "find the range of band \(band)", address.description,
                    cause: "it has no valid samples")
            }
            guard first < last else {
                flat.append("all its samples are \(first)")
                // Black.
                ranges.append(SampleRange(first, first + max(1, abs(first))))
                continue
            }
            let left = Int(Double(samples.count - 1) * percent / 100)
            let (lower, upper) = (samples[left], samples[samples.count - 1 - left])
            // Where most samples are one number, all of the others count.
            ranges.append(lower < upper ? SampleRange(lower, upper) : SampleRange(first, last))
        }
        if flat.count == ranges.count, let words = flat.first {
            throw RasterError(.unsupported, "find its range", address.description, cause: words)
        }
        return ranges
    }

    /// Says so where a scene of more than 8 bits would come out nearly black or white.
    ///
    /// - Parameter leastLightSpan: of 255; a scene that has less is one that nobody can see anything in.
    fileprivate func lightWarning(
        places: Int, side: Int, leastLightSpan: Int = 24
    ) throws(RasterError) -> String? {
        var counts = [Int](repeating: 0, count: 256)
        let (placeWidth, placeHeight) = (min(side, width), min(side, height))
        for row in 0..<places {
            for column in 0..<places {
                let place = PixelRect(
                    x: (width - placeWidth) * column / (places - 1),
                    y: (height - placeHeight) * row / (places - 1), width: placeWidth, height: placeHeight)
                let read: MaskedImage
                do {
                    read = try self.read(place, cancellation: Cancellation())
                } catch let error where error.code == .cannotRead {
                    // The scan will say so, and where.
                    continue
                }
                for (place, value) in read.image.pixelsHWC.enumerated() where read.validHW?[place / 3] != 0 {
                    counts[Int(value)] += 1
                }
            }
        }
        // All but the darkest and the brightest two percent.
        let count = counts.reduce(0, +)
        func light(after left: Int) -> Int {
            var sum = 0
            return counts.firstIndex { number in
                sum += number
                return sum > left
            } ?? 255
        }
        let (lower, upper) = (light(after: count / 50), light(after: count - 1 - count / 50))
        guard count > 0, upper - lower < leastLightSpan,
            upper < leastLightSpan || lower > 255 - leastLightSpan
        else { return nil }
        return
            "the scene would come out nearly \(upper < leastLightSpan ? "black" : "white"): its values have more than 8 bits and use a "
            + "small part of their range; give --range 2% to stretch them, or --range MIN,MAX for the values of black "
            + "and white"
    }
}
