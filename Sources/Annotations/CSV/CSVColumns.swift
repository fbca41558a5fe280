import Foundation

/// Which columns of a table say what, by their names.
struct CSVColumns: Hashable {
    enum Geometry: Hashable {
        /// The columns hold the left, top, right and bottom edge. A row without right and bottom is a point.
        case corners([Int])
        /// The columns hold the left edge, the top edge, the width and the height. A row without the last two is a point.
        case size([Int])
        case point([Int])

        var columns: [Int] {
            switch self {
            case .corners(let columns), .size(let columns), .point(let columns): columns
            }
        }
    }
    var image: Int?
    var className: Int
    var geometry: Geometry
    var score: Int?
    var visibleFraction: Int?
    var verdict: Int?
    /// The header has so many columns.
    var count: Int

    private static let imageNames = [
        "image", "file", "filename", "scene", "file_name", "image_name", "image_path",
    ]
    /// `label` comes last, because it is a number where a table has both.
    private static let classNames = [
        "class", "class_name", "label_name", "category", "category_name", "label",
    ]
    private static let cornerNames = [
        ["x0", "y0", "x1", "y1"], ["xmin", "ymin", "xmax", "ymax"], ["x_min", "y_min", "x_max", "y_max"],
        ["left", "top", "right", "bottom"],
    ]
    private static let sizeNames = [["x", "y", "width", "height"], ["x", "y", "w", "h"]]
    private static let pointNames = ["x", "y"]

    /// - Throws: what is missing, for people.
    init(header: [String]) throws(CSVFailure) {
        let names = header.map(Self.plain)
        func first(_ known: [String]) -> Int? {
            known.lazy.compactMap { names.firstIndex(of: $0) }.first
        }
        func all(_ wanted: [String]) -> [Int]? {
            let places = wanted.compactMap { names.firstIndex(of: $0) }
            return places.count == wanted.count ? places : nil
        }
        guard let className = first(Self.classNames) else {
            throw Self.missing("the class (class, label_name, category or label)", header)
        }
        if let places = Self.cornerNames.lazy.compactMap(all).first {
            geometry = .corners(places)
        } else if let places = Self.sizeNames.lazy.compactMap(all).first {
            geometry = .size(places)
        } else if let places = all(Self.pointNames) {
            geometry = .point(places)
        } else {
            throw Self.missing(
                "the position (x0,y0,x1,y1; xmin,ymin,xmax,ymax; x,y,width,height; or x,y for points)", header
            )
        }
        self.className = className
        image = first(Self.imageNames)
        score = first(["score", "confidence"])
        visibleFraction = first(["visible_fraction", "visiblefraction"])
        verdict = first(["verdict"])
        count = header.count
    }

    /// The last column that every row must have.
    var lastNeeded: Int {
        let places =
            switch geometry {
            case .corners(let places), .size(let places), .point(let places): places
            }
        return (places + [className] + [image].compactMap(\.self)).max() ?? 0
    }

    /// How many columns of a header have a name that means something here.
    static func knownCount(in header: [String]) -> Int {
        let known = Set(imageNames + classNames + cornerNames.joined() + sizeNames.joined())
        return header.count { known.contains(plain($0)) }
    }

    private static func plain(_ name: String) -> String {
        name.trimmed.lowercased().replacing("-", with: "_").replacing(" ", with: "_")
    }

    private static func missing(_ what: String, _ header: [String]) -> CSVFailure {
        let shown = header.prefix(12).map(\.trimmed).joined(separator: ", ")
        return CSVFailure(cause: "no column names \(what); the columns are: \(shown)")
    }
}
