/// Arguments as one types them in a shell.
package func shellLine(_ words: [String]) -> String { words.map(shellWord).joined(separator: " ") }

/// A text as one word of a POSIX shell.
package func shellWord(_ text: String) -> String {
    guard text.isEmpty || !text.unicodeScalars.allSatisfy(plainCharacters.contains) else { return text }
    var word = "'"
    for scalar in text.unicodeScalars {
        if scalar == "'" { word += "'\\'" }
        word.unicodeScalars.append(scalar)
    }
    return word + "'"
}

/// What no shell gives a meaning to.
private let plainCharacters = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+@%".unicodeScalars)
