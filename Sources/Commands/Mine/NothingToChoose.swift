/// All that could be chosen is labelled already.
struct NothingToChoose: Error, CustomStringConvertible {
    /// What was looked at.
    var path: String
    /// `"windows"`
    var noun: String

    var description: String {
        "\(path): all \(noun) are labelled already, or show the same as one that is: there is nothing to choose"
    }
}
