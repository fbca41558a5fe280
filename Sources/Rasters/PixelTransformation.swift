/// Turns a scene's pixels into the coordinates of its system. Use it from one thread at a time.
package final class PixelTransformation {
    private let transform: [Double]

    /// - Throws: `unsupported` where what the file says leads nowhere.
    package init(_ georeference: Georeference) throws(RasterError) {
        transform = georeference.transform
        guard transform.count == 6 else {
            throw RasterError(
                .unsupported, "relate pixels to coordinates", "georeference",
                cause: "there are six numbers for that")
        }
    }

    /// - Parameter x: in scene pixels; 0 is the left edge, 0.5 the middle of the first pixel.
    /// - Returns: in the scene's system, east or longitude first; `nil` where there are none.
    package func coordinates(x: Double, y: Double) -> (x: Double, y: Double)? {
        let (easting, northing) = (
            transform[0] + x * transform[1] + y * transform[2],
            transform[3] + x * transform[4] + y * transform[5]
        )
        return easting.isFinite && northing.isFinite ? (easting, northing) : nil
    }
}
