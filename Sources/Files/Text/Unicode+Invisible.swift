extension Unicode.Scalar {
    /// For people: `\u{1B}`.
    var number: String { "\\u{" + String(value, radix: 16, uppercase: true) + "}" }

    /// Whether it changes what is seen without being seen itself: control characters, line ends, direction marks, joiners,
    /// fillers.
    ///
    /// A name that holds one can look like another name, end a line, or command a terminal. Variation selectors stay, because
    /// common emoji have them.
    package var isInvisible: Bool {
        guard value > 0x7E else { return value < 0x20 }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: properties.isDefaultIgnorableCodePoint && !properties.isVariationSelector
        }
    }
}
