/// The number of things, and what they are: `"1 tile"`, `"12 tiles"`, `"2 boxes"`.
///
/// - Parameter many: the plural; `nil` for one with an `s`.
package func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    count == 1 ? "1 \(one)" : "\(count) \(many ?? one + "s")"
}
