/// A figure could not be drawn.
package struct FigureError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// It is larger than the library's pictures can be, or there is no memory for it.
        case tooLarge
        /// The library does not understand the SVG.
        case cannotDraw
    }
    package var code: Code
    /// With the values that matter: `"draw a figure of 620×400 pixels"`.
    package var operation: String
    /// The library's own words.
    package var cause: String

    package var description: String { "cannot \(operation): \(cause)" }
}
