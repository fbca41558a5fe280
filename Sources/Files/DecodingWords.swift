import Foundation

/// For a person: what of some JSON could not be decoded.
///
/// It follows "it cannot be read: ", and names the place as `reading.threshold`.
///
/// - Parameter error: that `JSONDecoder` threw.
package func words(onDecoding error: any Error) -> String {
    switch error {
    case let error as FileError: error.cause
    case DecodingError.keyNotFound(let key, let place):
        "it lacks \(dotted(place.codingPath + [key]))"
    case DecodingError.typeMismatch(_, let place), DecodingError.valueNotFound(_, let place):
        place.codingPath.isEmpty
            ? "it has the wrong type" : "its \(dotted(place.codingPath)) has the wrong type"
    case DecodingError.dataCorrupted(let place):
        place.codingPath.isEmpty
            ? "it is not valid JSON" : "its \(dotted(place.codingPath)) is wrong: \(place.debugDescription)"
    default: (error as NSError).localizedDescription
    }
}

/// A place in JSON; list items have their number.
private func dotted(_ place: [any CodingKey]) -> String {
    place.map { key in key.intValue.map { "\($0)" } ?? key.stringValue }.joined(separator: ".")
}
