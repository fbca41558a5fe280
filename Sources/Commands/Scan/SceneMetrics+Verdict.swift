import Evaluation
import Files

extension SceneMetrics {
    /// Whether many objects are found and few boxes are wrong.
    var verdict: Markup {
        guard let all, let precision = all.precision, let recall = all.recall else {
            return "<p>There is nothing to compare: no object counts, or nothing was found.</p>\n"
        }
        let f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
        let advice: Markup =
            recall < precision
            ? "More is missed than found wrongly: a lower threshold finds more."
            : "More is found wrongly than missed: a higher threshold leaves more of it out."
        return """
            <p>Of 100 objects \((100 * recall).fixed(0)) are found, and of 100 boxes \((100 * (1 - precision)).fixed(0)) are wrong. That is \
            <strong>\(Quality.word(f1))</strong> (F1 \((100 * f1).fixed(1)) %). \(min(precision, recall) < 0.9 ? advice : "")</p>
            <p class="note">\(Quality.scale) F1 is high only where both few objects are missed and few boxes are wrong.</p>
            """
    }
}
