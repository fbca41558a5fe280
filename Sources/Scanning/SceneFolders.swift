package import Files
import Foundation

/// What the results of each of several scenes are called: short names that cannot meet.
///
/// A scene `a/x.tif` is called `x`; where that is taken `x.tif`, then `a-x`, `a-x.tif`, and so on up its path. Names are safe as names of
/// files, also where these have no capitals. A folder that holds a scan of one of the scenes stays that scene's.
package struct SceneFolders {
    /// By the scene's place in the list.
    package let names: [String]

    /// - Parameter scenes: each once.
    /// - Parameter reserved: names of files that the folder has besides.
    /// - Parameter owner: of which scene the results are that a folder has already; `nil` where it has none.
    package init(
        _ scenes: [Address], reserved: [String] = [], owner: (_ name: String) -> String? = { _ in nil }
    ) {
        let wishes = scenes.map(Self.wishes)
        let all = Dictionary(
            scenes.enumerated().map { ($1.absolute.description, $0) }, uniquingKeysWith: { first, _ in first }
        )
        var taken = Set((reserved + ScanFolder.fileNames).map { $0.lowercased() })
        var chosen = [String?](repeating: nil, count: scenes.count)
        func take(_ name: String, for place: Int) {
            chosen[place] = name
            taken.insert(name.lowercased())
        }
        // What is there already stays with its scene.
        var isFree: [String: Bool] = [:]
        for (place, scene) in scenes.enumerated() {
            let own = scene.absolute.description
            for name in wishes[place] where !taken.contains(name.lowercased()) {
                guard let owner = owner(name) else { continue }
                if owner == own {
                    take(name, for: place)
                    break
                }
                // The owner may have been moved: then its results may be this scene's.
                isFree[name.lowercased()] = all[owner] == nil && !Self.isThere(owner)
            }
        }
        func mayTake(_ name: String) -> Bool {
            !taken.contains(name.lowercased()) && isFree[name.lowercased()] ?? true
        }
        var open = scenes.indices.filter { chosen[$0] == nil }
        for level in 0..<(wishes.map(\.count).max() ?? 0) where !open.isEmpty {
            let wanted = open.map { place in
                level < wishes[place].count ? wishes[place][level].lowercased() : nil
            }
            let counts = Dictionary(wanted.compactMap { $0.map { ($0, 1) } }, uniquingKeysWith: +)
            for (place, name) in zip(open, wanted) {
                guard let name, counts[name] == 1, mayTake(name) else { continue }
                take(wishes[place][level], for: place)
            }
            open.removeAll { chosen[$0] != nil }
        }
        for place in open {
            let name = wishes[place].last ?? "scene"
            let number = (2...).first { mayTake("\(name)-\($0)") } ?? 2
            take("\(name)-\(number)", for: place)
        }
        names = chosen.map { $0 ?? "" }
    }

    /// What a scene may be called, the shortest first.
    private static func wishes(_ scene: Address) -> [String] {
        let parts = parts(of: scene)
        let last = parts.last ?? "scene"
        let stem = last.unicodeScalars.lastIndex(of: ".").map {
            $0 == last.unicodeScalars.startIndex ? last : String(last[..<$0])
        }
        var names: [String] = []
        for count in 0..<max(1, parts.count) {
            let before = parts.dropLast().suffix(count)
            for name in [stem ?? last, last] {
                let safe = safeName((before + [name]).joined(separator: "-"))
                if names.last != safe { names.append(safe) }
            }
        }
        return names
    }

    /// Folders and the name, without scheme, query and secrets.
    private static func parts(of scene: Address) -> [String] {
        if let path = scene.localPath {
            return path.unicodeScalars.split(separator: "/").map { String($0) }.filter {
                $0 != "." && $0 != ".."
            }
        }
        let shown = scene.description.unicodeScalars
        let start = shown.firstRange(of: "://".unicodeScalars)?.upperBound ?? shown.startIndex
        var parts = shown[start...].prefix { $0 != "?" && $0 != "#" }.split(separator: "/").map { String($0) }
        // As the name of a file that was asked for has it.
        if !parts.isEmpty, !scene.lastComponent.isEmpty { parts[parts.count - 1] = scene.lastComponent }
        return parts
    }

    private static let lengthLimit = 120
    private static let unsafeCharacters = Set("/\\:*?\"<>|".unicodeScalars)

    /// Without what file systems or shells take for something else.
    static func safeName(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.showingRawBytes.unicodeScalars {
            scalars.append(unsafeCharacters.contains(scalar) || scalar.isInvisible ? "_" : scalar)
        }
        // The end of a long name tells more.
        while String(scalars).utf8.count > lengthLimit { scalars.removeFirst() }
        if let first = scalars.first, first == "." || first == "-" || first == "~" {
            scalars.replaceSubrange(...scalars.startIndex, with: "_".unicodeScalars)
        }
        while let last = scalars.last, last == " " || last == "." { scalars.removeLast() }
        return scalars.isEmpty ? "scene" : String(scalars)
    }

    /// Whether a scene that results are of is still where it was. What cannot be looked at is.
    private static func isThere(_ scene: String) -> Bool {
        Address(scene).localPath.map { access($0, F_OK) == 0 } ?? true
    }
}
