import Bytes
public import Engines
import Files
import Foundation
public import ModelFiles
public import Networks
public import Pixels
public import Rasters

/// All that decides what a scan finds. Two scans of equal tasks have the same candidates to the last bit, wherever and in however
/// many parts they ran; a scan is only gone on with where the task is the same.
///
/// What is made of the candidates (`MergeRule`) and what one machine may use (`ScanLimits`) is not in it.
public struct ScanTask: Hashable, Sendable, Codable {
    /// Tasks have the lowest version that says all of them, so that a program which does not know a part does not go on with them:
    /// 4 with several scales, 3 with a view of the scene or a selection of windows, 2 with several views of each window, else 1.
    public static let currentVersion = 4
    /// The stride, in pixels, where a model does not say for which one it was trained.
    public static let usualStride = 16
    /// Scores below are not kept, unless a task says otherwise.
    public static let usualFloor: Float = 0.05

    /// The version of this description.
    public var version: Int
    public var scene: SceneIdentity
    /// How the scene is seen; `nil` where it is seen as it is stored.
    public var view: SceneView?
    /// SHA-256 of the model's file, in hexadecimal digits.
    public var model: String
    public var grid: ScanGrid
    /// Which windows are scored; `nil` for all.
    public var selection: WindowSelection?
    /// The labels whose scores are kept, ascending.
    public var labels: [Int]
    /// Scores below are not kept; in `0...1`.
    public var floor: Float
    /// The size of the blocks of a dense scan; `nil` in an exact one. Part of the task, because algorithms and rounding follow
    /// it.
    public var denseBlock: BlockSize?
    /// Over which the scores of each window of an exact scan are averaged; `nil` where it is scored as it is.
    public var views: WindowViews?
    public var numerics: Numerics

    /// - Parameter model: what the file with `digest` holds.
    /// - Parameter selection: `nil` for all windows.
    /// - Parameter classes: to look for, each once; empty for all except the one that the model calls background.
    /// - Parameter numerics: of the engine that scores.
    /// - Throws: `ScanError` for a class that the model does not know, a scene that is too small, a stride at which the model
    ///   cannot score densely, a dense scan with views or with several scales.
    public init(
        scene: Scene, model: Model, digest: String, stride: Int, selection: WindowSelection? = nil,
        classes: [String] = [], floor: Float = Self.usualFloor, dense: DenseChoice? = nil,
        views: WindowViews? = nil,
        numerics: Numerics
    ) throws {
        self.scene = scene.identity
        view = scene.view
        self.selection = selection == WindowSelection() ? nil : selection
        self.model = digest
        self.floor = floor
        self.views = views
        version = 1
        self.numerics = numerics
        labels = try model.labels(of: classes).sorted()
        guard model.classes.count <= Candidate.labelLimit, Set(labels).count == labels.count else {
            throw ScanError(
                code: .wrongTask, operation: "scan",
                cause: "a class is named twice, or the model has more than \(Candidate.labelLimit) classes")
        }
        guard dense == nil || views == nil else {
            throw ScanError(
                code: .wrongTask, operation: "scan densely with several views", cause: WindowViews.onlyExact)
        }
        guard dense == nil || scene.view?.stack == nil else {
            throw ScanError(
                code: .wrongTask, operation: "scan densely at several scales",
                cause:
                    "in a dense scan, windows at the seams of scales would see each other; scan once for each scale"
            )
        }
        let side = model.architecture.inputSize
        let network = try Network(model.architecture)
        let geometry = try dense.map { _ in try network.denseGeometry(stride: stride) }
        guard dense == nil || min(scene.width, scene.height) >= side else {
            throw ScanError(
                code: .sceneTooSmall, operation: "scan densely with windows of \(side)×\(side) pixels",
                cause: "the scene has only \(scene.width)×\(scene.height); an exact scan pads it")
        }
        grid = try ScanGrid(
            sceneWidth: scene.width, sceneHeight: scene.height, windowSize: side, stride: stride,
            alignment: geometry?.totalStride ?? 1)
        if let dense, let geometry {
            denseBlock = DensePlan(grid, geometry: geometry, pixelLimit: dense.blockPixelLimit).blockSize
        }
        version = leastVersion
    }

    /// The size of the whole upright scene in its own pixels, which are those of boxes, whatever the scale of the scan.
    public var fullSize: (width: Int, height: Int) {
        view?.fullSize ?? (grid.sceneWidth, grid.sceneHeight)
    }

    /// What windows cover, in pixels of the whole upright scene.
    public func place(of windows: WindowRange) -> PixelRect {
        let bounds = grid.bounds(of: windows)
        return view?.full(bounds) ?? bounds
    }

    /// Windows that there are: of several scales, those that lie in one.
    public var windowCount: Int {
        view?.stack?.levels.reduce(0) { $0 + $1.rows.count * $1.columns.count } ?? grid.windowCount
    }

    /// How many of them are finished.
    public func count(of finished: FinishedWindows) -> Int {
        view?.stack?.levels.reduce(0) { sum, level in
            sum + finished.count(in: WindowRange(rows: level.rows, columns: level.columns))
        } ?? finished.windowCount
    }

    /// Whether some windows may be skipped.
    package var skipsWindows: Bool { selection != nil || view?.stack != nil }

    /// Tells it from other tasks: SHA-256 of what is written of it, in hexadecimal digits.
    public var digest: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let bytes = try Array(encoder.encode(self))
            return SHA256.hexDigest(of: bytes.span.bytes)
        }
    }

    /// The same with all windows: what it costs to score one does not depend on which are chosen.
    package var withAllWindows: ScanTask {
        var task = self
        task.selection = nil
        task.version = task.leastVersion
        return task
    }

    /// Holds a task that was read from a file or a stream to what a task can be.
    ///
    /// - Parameter classCount: of the model.
    /// - Throws: `ScanError`.
    public func check(classCount: Int) throws(ScanError) {
        let isAscending = zip(labels, labels.dropFirst()).allSatisfy { $0 < $1 }
        guard version == leastVersion, grid.isPossible, view?.isPossible ?? true,
            view?.seenSize.map({ $0 == (grid.sceneWidth, grid.sceneHeight) }) ?? true,
            view?.stack.map({ $0.windowSize == grid.windowSize && $0.stride == grid.stride }) ?? true,
            selection?.isPossible ?? true, (0...1).contains(floor), isAscending,
            labels.allSatisfy({ (0..<classCount).contains($0) }),
            denseBlock == nil || (views == nil && view?.stack == nil)
        else {
            throw ScanError(
                code: .malformedState, operation: "use the task of a scan",
                cause: "it is damaged, or another version of tilescope wrote it")
        }
    }

    /// The version of this description that says all of it.
    private var leastVersion: Int {
        if view?.stack != nil { return 4 }
        if view != nil || selection != nil { return 3 }
        return views == nil ? 1 : 2
    }

    /// How another task differs, for people; empty for equal ones.
    public func differences(from other: ScanTask) -> [String] {
        var differences: [String] = []
        guard max(version, other.version) <= Self.currentVersion else {
            return ["another version of tilescope wrote it (format \(other.version), here \(version))"]
        }
        func compare<Value: Equatable>(_ name: String, _ own: Value, _ others: Value) {
            guard own != others else { return }
            differences.append("\(name) is \(own), but was \(others)")
        }
        if scene != other.scene { differences.append("the scene differs, or has changed") }
        if model != other.model { differences.append("the model differs, or has changed") }
        compare("the stride", grid.stride, other.grid.stride)
        let isSeenOtherwise = view != other.view
        if isSeenOtherwise {
            differences.append(
                "the view of the scene differs (--bands, --range, --scales, --resolution, --fill, the model's trained "
                    + "pixel size or range, or the orientation)")
        }
        if selection != other.selection {
            differences.append(
                "the selection of windows differs (--region, --map-region, --area, --min-valid, --keep-empty, --skip-plain, --plain-below)"
            )
        }
        if grid != other.grid, grid.stride == other.grid.stride, !isSeenOtherwise {
            differences.append("the size of the scene or of the windows differs")
        }
        compare("the list of labels that are kept", labels, other.labels)
        compare("the floor", floor, other.floor)
        compare("the number of views", views?.rawValue ?? 1, other.views?.rawValue ?? 1)
        let (block, otherBlock) = (denseBlock, other.denseBlock)
        if (block == nil) != (otherBlock == nil) {
            differences.append("one scan is dense, the other exact")
        } else if block != otherBlock {
            differences.append("the size of the dense blocks differs (--dense-block)")
        }
        return differences + numerics.differences(from: other.numerics)
    }
}

/// How a scene is scored densely.
public struct DenseChoice: Hashable, Sendable {
    /// Bound on the pixels of a block over which the network runs once.
    public var blockPixelLimit: Int

    public init(blockPixelLimit: Int = 4 << 20) {
        precondition(blockPixelLimit > 0)
        self.blockPixelLimit = blockPixelLimit
    }

    /// The blocks that suit an engine.
    ///
    /// - Throws: `ScanError` where windows cannot be scored so, as the task does.
    public init(suiting engine: any Engine, network: Network, stride: Int, scene: Scene) throws(ScanError) {
        let reach = try network.denseGeometry(stride: stride).reach
        let side = engine.denseBlockSide(reach: reach, scenePixelCount: scene.width * scene.height)
        self.init(blockPixelLimit: side * side)
    }
}

extension Model {
    /// The labels of classes, in their order. Without names: all labels except the background's.
    ///
    /// - Parameter names: as they stand between the commas of a list; see `classLabels`.
    /// - Throws: `ScanError` for a class that the model does not know.
    public func labels(of names: [String]) throws(ScanError) -> [Int] {
        guard !names.isEmpty else { return classes.indices.filter { classes[$0] != background } }
        do throws(UnknownClass) {
            return try classLabels(ofList: names, among: classes)
        } catch {
            throw ScanError(
                code: .unknownClass, operation: "look for \"\(error.name)\"",
                cause: "the model knows only \(classList(classes))")
        }
    }
}

/// Names of classes for people, with commas between them; in quotes where a name has a comma of its own.
public func classList(_ names: [String]) -> String {
    let haveCommas = names.contains { $0.contains(",") }
    return names.map(shortName).map { haveCommas ? "\"\($0)\"" : $0 }.joined(separator: ", ")
}

/// A list names a class that there is not.
public struct UnknownClass: Error, Hashable, Sendable {
    public var name: String

    public init(name: String) { self.name = name }
}

/// The labels of classes that stand in a list with commas between them, in its order.
///
/// The name of a class may have commas, as `cat, tabby` has, and is several pieces of the list then. Where a piece begins several
/// names, the longest one that the list spells out counts.
///
/// - Parameter pieces: what stands between the commas.
/// - Throws: for the first piece that begins no class.
public func classLabels(ofList pieces: [String], among classes: [String]) throws(UnknownClass) -> [Int] {
    var labels: [Int] = []
    var rest = pieces[...]
    while let first = rest.first {
        let longest = (1...rest.count).reversed().lazy.compactMap { count in
            classes.firstIndex(of: rest.prefix(count).joined(separator: ",")).map {
                (label: $0, count: count)
            }
        }.first
        guard let longest else { throw UnknownClass(name: first) }
        labels.append(longest.label)
        rest = rest.dropFirst(longest.count)
    }
    return labels
}

extension Network {
    /// How the network sees a scene that it runs over once.
    ///
    /// - Throws: `ScanError` where windows cannot be scored so, with the strides that would do.
    func denseGeometry(stride: Int) throws(ScanError) -> DenseGeometry {
        let operation = "scan densely with a stride of \(stride)"
        let geometry: DenseGeometry
        do throws(GraphError) {
            geometry = try denseGeometry()
        } catch {
            throw ScanError(code: .wrongStride, operation: operation, cause: error.description)
        }
        let unit = geometry.totalStride
        guard stride.isMultiple(of: unit) else {
            let lower = stride / unit * unit
            let advice = lower > 0 ? "\(lower) or \(lower + unit)" : "\(unit)"
            throw ScanError(
                code: .wrongStride, operation: operation,
                cause:
                    "\(architecture.name) makes one feature from \(unit) pixels, so windows can "
                    + "stand at multiples of \(unit) only: use \(advice)")
        }
        return geometry
    }
}
