internal import CRSVG
import Synchronization

/// The fonts of this machine, and what they lack for the texts that were drawn.
///
/// Fontconfig finds them. It looks into no home folder, so that it neither needs one nor leaves a cache there; without the fonts of a
/// home folder, all users of a machine get the same pictures.
package enum Lettering {
    private struct State {
        var seen: Set<Unicode.Scalar> = []
        /// Letters that no font has, in the order in which they came.
        var missing: [Unicode.Scalar] = []
        var hasOmittedTexts = false
    }
    private static let state = Mutex(State())

    /// Whether there is any font.
    package static let hasFonts = fontCount > 0

    /// Fonts that this machine has.
    package static var fontCount: Int {
        prepare()
        return Int(FcConfigGetFonts(nil, FcSetSystem)?.pointee.nfont ?? 0)
    }

    /// Must come before the first drawing.
    static func prepare() { _ = isPrepared }

    private static let isPrepared: Bool = {
        FcConfigEnableHome(FcFalse)
        // GLib's libraries would write warnings to standard error; what matters comes back as an error.
        g_log_set_default_handler({ _, _, _, _ in }, nil)
        return FcInit() != 0
    }()

    /// Whether there is a letter for each character of a text.
    package static func canWrite(_ text: String) -> Bool { hasFonts && missing(in: text).isEmpty }

    /// Remembers what cannot be written of a text that is drawn.
    static func look(at text: String) {
        guard hasFonts else { return state.withLock { $0.hasOmittedTexts = true } }
        let new: String.UnicodeScalarView = state.withLock { state in
            text.unicodeScalars.filter { $0.value > 0x7E && state.seen.insert($0).inserted }
        }
        guard !new.isEmpty else { return }
        let missing = missing(in: String(new))
        state.withLock { $0.missing += missing }
    }

    /// What the pictures lack that this process has drawn, in words for people; `nil` for nothing.
    package static var shortcoming: String? {
        let state = state.withLock { $0 }
        if state.hasOmittedTexts {
            return "pictures have no texts, because this machine has no font; "
                + "on Debian, apt install fonts-dejavu-core brings one"
        }
        guard !state.missing.isEmpty else { return nil }
        let shown = state.missing.prefix(shownCount).map { String($0) }.joined(separator: " ")
        return "pictures show boxes in place of letters that no installed font has: \(shown)"
            + (state.missing.count > shownCount ? " and \(state.missing.count - shownCount) more" : "")
            + "; on Debian, apt install fonts-noto-core fonts-noto-cjk brings most scripts"
    }

    private static let shownCount = 10

    /// Characters that no font has; those that are not seen need none.
    private static func missing(in text: String) -> [Unicode.Scalar] {
        prepare()
        guard let fonts = FcConfigGetFonts(nil, FcSetSystem) else { return [] }
        return text.unicodeScalars.filter { scalar in
            let properties = scalar.properties
            guard !properties.isWhitespace, !properties.isDefaultIgnorableCodePoint else { return false }
            return !(0..<Int(fonts.pointee.nfont)).contains { index in
                var letters: OpaquePointer?
                return FcPatternGetCharSet(fonts.pointee.fonts[index], FC_CHARSET, 0, &letters)
                    == FcResultMatch && FcCharSetHasChar(letters, FcChar32(scalar.value)) != 0
            }
        }
    }
}
