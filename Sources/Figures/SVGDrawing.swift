internal import CRSVG
package import Pixels

/// One SVG that librsvg has read.
///
/// librsvg: a handle may move between threads, but only one thread at a time may use it; different handles are independent.
///
/// The document has no address of its own, and librsvg then loads nothing but `data:` pictures.
package struct SVGDrawing: ~Copyable {
    private let handle: UnsafeMutablePointer<RsvgHandle>

    /// - Parameter svg: our own, without a limit on its size: embedded pictures are longer than the library takes from strangers.
    package init(_ svg: String) throws(FigureError) {
        Lettering.prepare()
        var failure: UnsafeMutablePointer<GError>?
        var svg = svg
        let read = svg.withUTF8 { bytes -> UnsafeMutablePointer<RsvgHandle>? in
            // The stream reads these bytes until the handle is made, and no longer.
            let stream = g_memory_input_stream_new_from_data(bytes.baseAddress, bytes.count, nil)
            defer { g_object_unref(stream) }
            return rsvg_handle_new_from_stream_sync(stream, nil, RSVG_HANDLE_FLAG_UNLIMITED, nil, &failure)
        }
        guard let read else {
            throw FigureError(code: .cannotDraw, operation: "read an SVG", cause: takeWords(of: failure))
        }
        handle = read
    }

    deinit { g_object_unref(handle) }

    /// Draws it, scaled to this size, on black.
    package borrowing func image(width: Int, height: Int) throws(FigureError) -> Image {
        let operation = "draw a figure of \(width)×\(height) pixels"
        let canvas = try Canvas(width: width, height: height, operation: operation)
        var failure: UnsafeMutablePointer<GError>?
        var viewport = RsvgRectangle(x: 0, y: 0, width: Double(width), height: Double(height))
        guard rsvg_handle_render_document(handle, canvas.context, &viewport, &failure) != 0 else {
            throw FigureError(code: .cannotDraw, operation: operation, cause: takeWords(of: failure))
        }
        return canvas.image()
    }
}

/// Pixels that Cairo draws on: 32 bits each, with red, green and blue from the highest used byte to the lowest.
private struct Canvas: ~Copyable {
    private let surface: OpaquePointer
    fileprivate let context: OpaquePointer
    private let width: Int
    private let height: Int
    /// Cairo's pictures have no more rows or columns (cairo-image-surface.c).
    private static let sideLimit = 32_767

    init(width: Int, height: Int, operation: String) throws(FigureError) {
        precondition(width > 0 && height > 0)
        guard max(width, height) <= Self.sideLimit else {
            throw FigureError(
                code: .tooLarge, operation: operation,
                cause: "a side is longer than \(Self.sideLimit) pixels")
        }
        // Cairo returns an object also where it fails, and says by its status why.
        guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)),
            let context = cairo_create(surface)
        else { preconditionFailure("Cairo always returns an object") }
        let status = cairo_status(context)
        guard status == CAIRO_STATUS_SUCCESS else {
            cairo_destroy(context)
            cairo_surface_destroy(surface)
            throw FigureError(
                code: .tooLarge, operation: operation, cause: String(cString: cairo_status_to_string(status)))
        }
        self.surface = surface
        self.context = context
        self.width = width
        self.height = height
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    borrowing func image() -> Image {
        cairo_surface_flush(surface)
        guard let bytes = cairo_image_surface_get_data(surface) else { preconditionFailure() }
        let stride = Int(cairo_image_surface_get_stride(surface))
        let (width, height) = (width, height)
        return Image(
            width: width, height: height,
            pixelsHWC: [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
                var place = 0
                for row in 0..<height {
                    let line = UnsafeRawPointer(bytes + row * stride)
                    for column in 0..<width {
                        let pixel = line.load(fromByteOffset: column * 4, as: UInt32.self)
                        target[place] = UInt8(truncatingIfNeeded: pixel >> 16)
                        target[place + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
                        target[place + 2] = UInt8(truncatingIfNeeded: pixel)
                        place += 3
                    }
                }
                count = place
            })
    }
}

/// What the library says about a failure, whose memory is freed.
private func takeWords(of failure: UnsafeMutablePointer<GError>?) -> String {
    guard let failure else { return "librsvg gives no reason" }
    defer { g_error_free(failure) }
    return String(cString: failure.pointee.message)
}
