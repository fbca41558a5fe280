/// A list for people: the first names, and how many more there are. Each name is one that fits into a message.
package func shortList(_ names: [String], limit: Int = 20) -> String {
    let shown = names.prefix(limit).map(shortName).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}

/// A name that fits into a message or a table of a terminal: of more than a hundred characters its beginning and its end.
package func shortName(_ name: String) -> String { shortName(name, limit: 100) }

/// A name that fits into a picture: of a longer one its beginning and its end, so that names that differ in either stay different.
///
/// - Parameter limit: Unicode scalars that it may have; at least 3.
package func shortName(_ name: String, limit: Int) -> String {
    precondition(limit >= 3)
    let scalars = name.unicodeScalars
    guard scalars.count > limit else { return name }
    let start = limit * 3 / 5
    return String(scalars.prefix(start)) + "…" + String(scalars.suffix(limit - start - 1))
}
