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

extension Substring.UnicodeScalarView {
    /// The first letters that are written from right to left, with what stands between them, up to a letter of the other direction.
    var firstRightToLeftRun: Range<Index>? {
        guard let start = firstIndex(where: \.isRightToLeft) else { return nil }
        var (end, place) = (start, start)
        while place < endIndex {
            let isRightToLeft = self[place].isRightToLeft
            guard isRightToLeft || !self[place].properties.isAlphabetic else { break }
            place = index(after: place)
            if isRightToLeft { end = place }
        }
        return start..<end
    }
}

extension Unicode.Scalar {
    /// Whether it belongs to a script that is written from right to left: by the blocks that Unicode keeps for these.
    ///
    /// - Source: Unicode Standard Annex #44, the defaults of Bidi_Class.
    fileprivate var isRightToLeft: Bool {
        guard value >= 0x590 else { return false }
        return switch value {
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            !isInvisible
        default: false
        }
    }
}
