/// All that could be chosen is labelled already.
struct NothingToChoose: Error, CustomStringConvertible {
    /// What was looked at.
    var path: String
    /// `"windows"`
    var noun: String

    var description: String { "\(path): all \(noun) are labelled already: there is nothing to choose" }
}
