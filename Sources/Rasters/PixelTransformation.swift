internal import CGDAL
import Files

/// Turns a scene's pixels into the coordinates of its system, and back. Use it from one thread at a time.
///
/// Three ground control points or more become a polynomial, as GDAL makes it: of the first degree for up to five points, of the second
/// for more. RPCs are solved on the mean height that they were made for.
package final class PixelTransformation {
    private enum Way {
        /// GDAL's six numbers, and those of the way back where there is one.
        case transform([Double], back: [Double]?)
        case points(UnsafeMutableRawPointer)
        case polynomials(UnsafeMutableRawPointer)
    }
    private let way: Way

    /// - Throws: `unsupported` where what the file says leads nowhere.
    package init(_ georeference: Georeference) throws(RasterError) {
        GDAL.start()
        CPLErrorReset()
        if let points = georeference.controlPoints {
            way = try Self.way(by: points)
        } else if let polynomials = georeference.polynomials {
            way = try Self.way(by: polynomials)
        } else {
            guard georeference.hasTransform else {
                throw RasterError(
                    .unsupported, "convert pixels to coordinates", Self.name,
                    cause: "a transform needs six valid numbers")
            }
            way = Self.way(by: georeference.transform)
        }
    }

    deinit {
        switch way {
        case .transform: break
        case .points(let transformer): GDALDestroyGCPTransformer(transformer)
        case .polynomials(let transformer): GDALDestroyRPCTransformer(transformer)
        }
    }

    /// Whether coordinates lead to pixels: not where a transform maps the scene to a line.
    package var leadsBack: Bool {
        if case .transform(_, nil) = way { return false }
        return true
    }

    /// Stands for the path in errors.
    private static let name = "georeference"

    private static func way(by transform: [Double]) -> Way {
        var (forward, back) = (transform, [Double](repeating: 0, count: 6))
        return .transform(transform, back: GDALInvGeoTransform(&forward, &back) != 0 ? back : nil)
    }

    private static func way(by points: [ControlPoint]) throws(RasterError) -> Way {
        let found: Way? = points.withGCPs { gcps, count in
            if count < 3 {
                var transform = [Double](repeating: 0, count: 6)
                return GDALGCPsToGeoTransform(count, gcps, &transform, 1) != 0 ? way(by: transform) : nil
            }
            return GDALCreateGCPTransformer(count, gcps, 0, 0).map { .points($0) }
        }
        guard let found else {
            throw RasterError(
                .unsupported, "convert pixels to coordinates by \(points.count) ground control points", name,
                cause: "they lie on one line, or coincide")
        }
        return found
    }

    private static func way(by polynomials: [String]) throws(RasterError) -> Way {
        let height = polynomials.lazy.compactMap { line in
            line.uppercased().hasPrefix("HEIGHT_OFF=") ? Double(line.dropFirst(11)) : nil
        }.first
        let made: UnsafeMutableRawPointer? = GDAL.withOptions(polynomials) { list in
            var numbers = GDALRPCInfoV2()
            guard GDALExtractRPCInfoV2(list, &numbers) != 0 else { return nil }
            // A thousandth of a pixel; by default it is a tenth.
            return GDAL.withOptions(["RPC_HEIGHT=\(height ?? 0)"]) {
                GDALCreateRPCTransformerV2(&numbers, 0, 0.001, $0)
            }
        }
        guard let made else {
            throw RasterError(
                .unsupported, "convert pixels to coordinates by rational polynomials", name,
                cause: "some of their numbers are missing")
        }
        return .polynomials(made)
    }

    /// - Parameter x: in scene pixels; 0 is the left edge, 0.5 the middle of the first pixel.
    /// - Returns: in the scene's system, east or longitude first; `nil` where there are none.
    package func coordinates(x: Double, y: Double) -> (x: Double, y: Double)? {
        switch way {
        case .transform(let numbers, _): Self.applied(numbers, x, y)
        case .points(let transformer): Self.run(GDALGCPTransform, transformer, isBack: false, x, y)
        case .polynomials(let transformer): Self.run(GDALRPCTransform, transformer, isBack: false, x, y)
        }
    }

    /// - Parameter x: in the scene's system, east or longitude first.
    /// - Returns: in scene pixels; `nil` where there are none.
    package func pixels(x: Double, y: Double) -> (x: Double, y: Double)? {
        switch way {
        case .transform(_, let back): return back.flatMap { Self.applied($0, x, y) }
        case .polynomials(let transformer):
            return Self.run(GDALRPCTransform, transformer, isBack: true, x, y)
        case .points(let transformer):
            // The polynomial back is a fit of its own, which is near.
            guard let near = Self.run(GDALGCPTransform, transformer, isBack: true, x, y) else { return nil }
            return solved(from: near, x: x, y: y) ?? near
        }
    }

    /// The pixel whose coordinates these are, by Newton's method; `nil` where it does not come nearer.
    private func solved(
        from start: (x: Double, y: Double), x: Double, y: Double
    ) -> (x: Double, y: Double)? {
        var place = start
        for _ in 0..<12 {
            guard let here = coordinates(x: place.x, y: place.y),
                let right = coordinates(x: place.x + 1, y: place.y),
                let below = coordinates(x: place.x, y: place.y + 1)
            else { return nil }
            let alongX = (x: right.x - here.x, y: right.y - here.y)
            let alongY = (x: below.x - here.x, y: below.y - here.y)
            let missing = (x: x - here.x, y: y - here.y)
            let determinant = alongX.x * alongY.y - alongX.y * alongY.x
            let stepX = (missing.x * alongY.y - missing.y * alongY.x) / determinant
            let stepY = (alongX.x * missing.y - alongX.y * missing.x) / determinant
            guard stepX.isFinite, stepY.isFinite else { return nil }
            place = (place.x + stepX, place.y + stepY)
            if abs(stepX) < 1e-6, abs(stepY) < 1e-6 { return place }
        }
        return nil
    }

    private static func applied(_ numbers: [Double], _ x: Double, _ y: Double) -> (x: Double, y: Double)? {
        let place = (
            x: numbers[0] + x * numbers[1] + y * numbers[2], y: numbers[3] + x * numbers[4] + y * numbers[5]
        )
        return place.x.isFinite && place.y.isFinite ? place : nil
    }

    private typealias Transformer = (
        UnsafeMutableRawPointer?, Int32, Int32, UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?,
        UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Int32>?
    ) -> Int32

    private static func run(
        _ transform: Transformer, _ transformer: UnsafeMutableRawPointer, isBack: Bool, _ x: Double,
        _ y: Double
    ) -> (x: Double, y: Double)? {
        var place = (x: x, y: y)
        var (height, isDone): (Double, Int32) = (0, 0)
        let status = transform(transformer, isBack ? 1 : 0, 1, &place.x, &place.y, &height, &isDone)
        return status != 0 && isDone != 0 && place.x.isFinite && place.y.isFinite ? place : nil
    }
}

extension [ControlPoint] {
    /// Lends them in GDAL's form.
    func withGCPs<Result>(_ body: (UnsafeMutablePointer<GDAL_GCP>?, Int32) -> Result) -> Result {
        var gcps = [GDAL_GCP](repeating: GDAL_GCP(), count: count)
        return gcps.withUnsafeMutableBufferPointer { buffer in
            GDALInitGCPs(Int32(buffer.count), buffer.baseAddress)
            defer { GDALDeinitGCPs(Int32(buffer.count), buffer.baseAddress) }
            for (place, point) in enumerated() {
                buffer[place].dfGCPPixel = point.x
                buffer[place].dfGCPLine = point.y
                buffer[place].dfGCPX = point.easting
                buffer[place].dfGCPY = point.northing
                buffer[place].dfGCPZ = point.height
            }
            return body(buffer.baseAddress, Int32(buffer.count))
        }
    }
}
