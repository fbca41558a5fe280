/// How the classes of a scan are drawn, in the order in which they are asked for: cars red and boats green as in the first post.
///
/// Colour is never the only sign. Every second class is dashed, and classes with the same line have colours that people with
/// red-green blindness can tell apart, too.
public enum Palette {
    /// After the last one they begin again, with the other line.
    public static let colors = [
        RGB(228, 26, 28), RGB(112, 255, 96), RGB(48, 112, 255), RGB(0, 224, 224), RGB(255, 208, 0),
        RGB(148, 80, 250), RGB(255, 255, 255), RGB(144, 96, 48), RGB(0, 136, 128),
    ]

    /// - Parameter index: of the class among those looked for; not negative.
    public static func color(_ index: Int) -> RGB { colors[index % colors.count] }

    /// - Parameter index: of the class among those looked for; not negative.
    public static func mark(_ index: Int, _ shape: BoxMark.Shape = .frame) -> BoxMark {
        BoxMark(color: color(index), line: index.isMultiple(of: 2) ? .solid : .dashed, shape: shape)
    }
}
