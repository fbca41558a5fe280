/// A list for people: of more than twenty names the first twenty, and how many more there are.
package func shortList(_ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
}
