/// Whether figures are good, in words for somebody who sees such figures for the first time.
enum Quality {
    /// - Parameter share: 0 is no better than guessing, 1 without an error.
    static func word(_ share: Double) -> String {
        switch share {
        case 0.9...: "very good"
        case 0.75...: "good"
        case 0.5...: "fair"
        case 0.1...: "weak"
        default: "hardly better than guessing"
        }
    }

    /// The borders of these words.
    static let scale = "Very good is from 90 % on, good from 75 %, fair from 50 %."
}
