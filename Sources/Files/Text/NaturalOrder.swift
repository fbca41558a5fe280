/// Whether a name stands before another one as people number things: `img2` before `img10`.
///
/// Runs of digits compare as numbers, everything else by bytes. Names that differ only in leading zeros go by bytes.
package func isNaturallyBefore(_ a: String, _ b: String) -> Bool {
    var (rest, other) = (a.utf8[...], b.utf8[...])
    while let byte = rest.first, let otherByte = other.first {
        if isDigit(byte), isDigit(otherByte) {
            let (number, otherNumber) = (significantDigits(&rest), significantDigits(&other))
            if number.count != otherNumber.count { return number.count < otherNumber.count }
            if !number.elementsEqual(otherNumber) { return number.lexicographicallyPrecedes(otherNumber) }
        } else {
            if byte != otherByte { return byte < otherByte }
            rest.removeFirst()
            other.removeFirst()
        }
    }
    if rest.isEmpty != other.isEmpty { return rest.isEmpty }
    return a.utf8.lexicographicallyPrecedes(b.utf8)
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// Takes the digits at the beginning, and gives them without leading zeros.
private func significantDigits(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
    let digits = text.prefix(while: isDigit)
    text = text[digits.endIndex...]
    return digits.drop { $0 == UInt8(ascii: "0") }
}
