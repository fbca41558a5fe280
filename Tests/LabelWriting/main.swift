import Foundation
import Labels

/// Appends numbered events to a file of labels until it is killed, and prints their ids after each append has returned.
///
/// Arguments: the file, the number of the first event, and how many events go into one append. A fifth of the events are undos.
/// Its source is its own, so that several can write one file.
private func event(_ number: Int, source: String) -> LabelEvent {
    let labels: [Label?] = [.class("car"), .class("ship"), .unsure, nil]
    let place = LabelPlace.box(x0: number % 7, y0: 0, x1: 16, y1: 16)
    return LabelEvent(
        id: "event-\(number)", who: "writer", source: source,
        action: number % 5 == 4 ? .undo("event-\(number - 1)") : .set(place, to: labels[number % 4]))
}

let arguments = CommandLine.arguments
guard arguments.count == 4, var number = Int(arguments[2]), let count = Int(arguments[3]), count > 0 else {
    fatalError("usage: tilescope-label-writer FILE FIRST COUNT")
}
let source = "scene-\(number)"
let store = try LabelStore(opening: arguments[1])
while true {
    let stored = try store.append((number..<number + count).map { event($0, source: source) })
    // One write: a kill leaves all of these lines or none.
    FileHandle.standardOutput.write(Data(stored.map { $0.event.id + "\n" }.joined().utf8))
    number += count
}
