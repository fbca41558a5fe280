/// A list for people: the first names, and how many more there are. Each name is one that fits into a message.
package func shortList(_ names: [String], limit: Int = 20) -> String {
    let shown = names.prefix(limit).map(shortName).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}

/// A name that fits into a message, a table or a page: of more than a hundred characters its beginning and its end.
package func shortName(_ name: String) -> String {
    let scalars = name.unicodeScalars
    guard scalars.count > 100 else { return name }
    return String(scalars.prefix(60)) + "…" + String(scalars.suffix(39))
}
