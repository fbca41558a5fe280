import Files

/// Counts what was read in another way than it stood there.
struct AnnotationNotes: Hashable {
    /// Boxes that are turned, and outlines.
    var hullCount = 0
    /// What no box or point can be made of, by what it is: `"brushlabels"`.
    var passedOver: [String: Int] = [:]
    /// Others, for people.
    var others: [String] = []

    /// For people.
    var texts: [String] {
        var texts = others
        if hullCount > 0 {
            let what = counted(hullCount, "rotated box or outline is", "rotated boxes and outlines are")
            let end = hullCount == 1 ? "the upright box around it" : "the upright boxes around them"
            texts.append("\(what) read as \(end)")
        }
        for (kind, count) in passedOver.sorted(by: { $0.key < $1.key }) {
            texts.append(
                "\(counted(count, "object", "objects")) (\(kind)) \(count == 1 ? "is" : "are") skipped")
        }
        return texts
    }
}
