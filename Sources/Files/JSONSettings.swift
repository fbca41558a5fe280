package import Foundation

/// Each number, text and list of a JSON object under its place.
///
/// - Returns: such as `["optimizer.momentum": "0.9"]`. Texts stand without quotes, an empty object as `{}`.
/// - Throws: for what is no JSON object.
package func settings(ofJSON data: Data) throws -> [String: String] {
    let object = try JSONSerialization.jsonObject(with: data)
    guard let members = object as? [String: Any] else { throw CocoaError(.propertyListReadCorrupt) }
    var settings: [String: String] = [:]
    try add(members, at: "", to: &settings)
    return settings
}

private func add(_ members: [String: Any], at place: String, to settings: inout [String: String]) throws {
    for (name, value) in members {
        let place = place.isEmpty ? name : place + "." + name
        switch value {
        case let members as [String: Any] where !members.isEmpty:
            try add(members, at: place, to: &settings)
        case let text as String: settings[place] = text
        default:
            let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .withoutEscapingSlashes]
            let bytes = try JSONSerialization.data(withJSONObject: value, options: options)
            settings[place] = String(decoding: bytes, as: UTF8.self)
        }
    }
}
