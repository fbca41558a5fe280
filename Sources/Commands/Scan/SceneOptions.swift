import ArgumentParser
import Files
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning

/// How a scene is seen, and which parts of it count: windows of a scan, tiles of a cut.
struct SceneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which bands are red, green and blue, counted from 1; one number for grey. Default: what the scene says.",
            valueName: "4,3,2"))
    var bands: BandList?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Which samples are black and white, for scenes of 16 bits, with a sign or with a fraction: one pair for all bands, \
            or three. 2% leaves out the darkest and the brightest two percent of each band. Default: what the model was \
            trained with, else the whole range of 8 or 16 bits.
            """, valueName: "MIN,MAX|2%"))
    var range: SampleRangeOption?
    @Option(
        name: [.customLong("scales"), .customLong("scale")],
        help: ArgumentHelp(
            """
            See the scene smaller or larger by this factor. scan takes several: 1,0.5 finds objects of the model's size and of twice \
            that size. Scales are merged together, and boxes are in pixels of the whole scene.
            """, valueName: "factors"))
    var scales: FactorList?
    @Option(
        help: ArgumentHelp(
            """
            See the scene with pixels of this size, if it says how large its own are: 0.25 is in metres; 25cm and 0.5um are \
            understood. Default: the size that the model was trained with, if it knows it.
            """, valueName: "size"))
    var resolution: LengthOption?
    @Option(
        help: ArgumentHelp(
            """
            The coordinate system of the scene's transform or ground control points, for scenes that do not name it: EPSG:32633, \
            WKT or a PROJ string. It replaces one that they name.
            """, valueName: "system"))
    var crs: CoordinateSystemOption?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Take only windows or tiles with their centre in this rectangle, in pixels of the whole upright scene.",
            valueName: "x0,y0,x1,y1"))
    var region: RegionOption?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The same in the units of the scene's coordinate system.", valueName: "x0,y0,x1,y1"))
    var mapRegion: RegionOption?
    @Option(
        help: ArgumentHelp(
            """
            Take only windows or tiles with their centre in a polygon of this file: GeoJSON, GeoPackage, Shapefile or any other vector \
            file that GDAL reads.
            """, valueName: "file"))
    var area: String?
    @Option(
        help: ArgumentHelp(
            """
            Skip windows or tiles with a smaller share of valid pixels, and those without any. Transparent and masked pixels, "no data" \
            and NaN are invalid. Default: 0.5.
            """, valueName: "0...1"))
    var minValid: Double?
    @Flag(help: "Take all windows or tiles, also those without valid pixels.") var keepEmpty = false
    @Flag(
        help: """
            Skip windows or tiles with little variation, such as sky, still water and glass: the standard deviation of their \
            brightness (0 to 255) is below 4.
            """)
    var skipPlain = false
    @Option(
        help: ArgumentHelp(
            "Skip windows or tiles whose brightness varies less than this, instead of 4.",
            valueName: "0...255"))
    var plainBelow: Double?

    func validate() throws {
        let factors = scales?.numbers ?? []
        if let factor = factors.first(where: { !SceneScale.factors.contains($0) }) {
            throw ValidationError("--scales must lie between 1/1024 and 64: \(factor)")
        }
        guard factors.count <= ScaleStack.limit else {
            throw ValidationError("--scales takes at most \(ScaleStack.limit) scales: \(factors.count)")
        }
        guard scales == nil || resolution == nil else {
            throw ValidationError("--scales and --resolution exclude each other: give one")
        }
        guard (0...1).contains(minValid ?? 0) else {
            throw ValidationError("--min-valid must lie in 0...1: \(minValid ?? 0)")
        }
        guard !keepEmpty || minValid == nil else {
            throw ValidationError("--keep-empty scores all windows: leave out --min-valid")
        }
        guard !keepEmpty || !skipsPlain else {
            throw ValidationError("--keep-empty scores all windows: leave out --skip-plain")
        }
        guard (0...255).contains(plainBelow ?? 0) else {
            throw ValidationError("--plain-below must lie in 0...255: \(plainBelow ?? 0)")
        }
        guard [region != nil, mapRegion != nil, area != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--region, --map-region and --area exclude each other: give one")
        }
    }

    /// Whether each scene is scanned more than once.
    var hasSeveralScales: Bool { Set(scales?.numbers ?? []).count > 1 }

    private var skipsPlain: Bool { skipPlain || plainBelow != nil }

    /// Opens a scene as it is to be seen, and finds out which windows are to be scored.
    ///
    /// - Parameter classes: that are looked for.
    /// - Parameter stride: from one window to the next, in pixels.
    /// - Parameter job: gets what somebody should know before it is scanned.
    func open(
        _ address: Address, for model: Model, classes: [String], stride: Int, fill: FillOption,
        job: Job<ScanProgress>
    ) throws -> ChosenScene {
        var request = SceneViewRequest(for: model, classes: classes)
        request.stride = stride
        if let colour = fill.fill?.colour { request.fill = colour }
        if let scales { request.scales = scales.numbers.map { .factor($0) } }
        if let resolution { request.scales = [.pixelSize(resolution.metres)] }
        return try open(address, request, job: job)
    }

    /// The same with what is asked for of its scale.
    func open<Progress>(
        _ address: Address, _ request: SceneViewRequest, job: Job<Progress>
    ) throws -> ChosenScene {
        var request = request
        request.bands = bands?.numbers
        switch range {
        case .samples(let ranges): request.range = .samples(ranges)
        case .percent(let percent): request.range = .percent(percent)
        case nil: break
        }
        request.crs = crs?.wkt
        let resolved = try resolve(request, for: address, job.cancellation)
        for warning in resolved.warnings { job.warn("\(address): \(warning)") }
        let scene = try Scene(opening: address, view: resolved.view, crs: crs?.wkt)
        var selection = WindowSelection.usual(for: resolved) ?? WindowSelection()
        if keepEmpty { selection.leastValid = nil }
        if let minValid, resolved.canHaveInvalidPixels { selection.leastValid = minValid }
        if skipsPlain { selection.plainDeviation = plainBelow ?? WindowSelection.usualPlainDeviation }
        if let region { selection.area = ScanArea(region) }
        if let mapRegion { selection.area = ScanArea(polygons: try scene.polygons(ofMap: mapRegion.numbers)) }
        if let area { selection.area = ScanArea(polygons: try scene.polygons(ofVectorFile: Address(area))) }
        guard selection.area?.isPossible ?? true else {
            throw CommandError(
                operation: "scan the area", path: "\(address)",
                cause: "the scene's transform cannot be inverted; give --region in pixels")
        }
        return ChosenScene(
            scene: scene, selection: selection == WindowSelection() ? nil : selection, resolved: resolved,
            trainedPixelSize: request.trainedPixelSize)
    }

    private func resolve(
        _ request: SceneViewRequest, for address: Address, _ cancellation: Cancellation
    ) throws -> SceneView.Resolved {
        do {
            return try SceneView.resolve(request, for: address, cancellation: cancellation)
        } catch let error where error.code == .interrupted {
            throw Cancelled()
        }
    }
}

/// What invalid pixels look like. `cut` calls something else so.
struct FillOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The colour of invalid pixels, and of what pads a scene that is smaller than a window. Default: 128,128,128.",
            valueName: "R,G,B"))
    var fill: ColourOption?
}

/// A scene as it is to be seen, and which of its windows are to be scored.
struct ChosenScene {
    var scene: Scene
    /// `nil` for all.
    var selection: WindowSelection?
    /// What was found out about it.
    var resolved: SceneView.Resolved
    /// The side of a pixel that the model learnt from, in metres, where it knows.
    var trainedPixelSize: Double?

    /// What was chosen, for people; `nil` where the whole scene is scanned as it is stored.
    var text: TerminalText? {
        var parts: [TerminalText] = []
        let view = scene.view
        if let bands = view?.bands { parts.append("bands \(bands.map(String.init).joined(separator: ","))") }
        if let ranges = view?.ranges {
            let words = ranges.map { "\($0.lower.shortest) to \($0.upper.shortest)" }.joined(separator: ", ")
            let reason: TerminalText = resolved.hasTrainedRanges ? ", as the model was trained" : ""
            parts.append("black to white is \(words)\(reason)")
        }
        if view?.orientation != nil { parts.append("turned upright as its EXIF tag says") }
        let scales = view?.stack?.scales ?? view?.scale.map { [$0] } ?? []
        if let first = scales.first {
            let others = scales.dropFirst().map { " and \($0.width)x\($0.height)" }.joined()
            var reason: TerminalText = ""
            if resolved.isScaledByObjects {
                reason = " (from the model)"
            } else if resolved.hasTrainedScale, let metres = trainedPixelSize {
                reason = " of \(metres.shortest) m, as the model was trained"
            }
            parts.append("scaled to \(first.width)x\(first.height)\(others) pixels\(reason)")
        } else if resolved.isScaledByObjects {
            parts.append("at full size (from the model)")
        }
        if let least = selection?.leastValid {
            parts.append("windows with less than \((100 * least).shortest) % valid pixels are skipped")
        }
        if let plain = selection?.plainDeviation {
            parts.append("windows whose brightness varies by less than \(plain.shortest) are skipped")
        }
        if selection?.area != nil { parts.append("windows with their centre outside the area are skipped") }
        guard let first = parts.first else { return nil }
        return parts.dropFirst().reduce(first) { "\($0); \($1)" }
    }
}

extension Double {
    /// Without a fraction that is none: `"3"`, `"0.25"`.
    fileprivate var shortest: String {
        self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(self)
    }
}

extension ScanArea {
    fileprivate init(_ region: RegionOption) {
        let numbers = region.numbers
        self.init(x0: numbers[0], y0: numbers[1], x1: numbers[2], y1: numbers[3])
    }
}

/// Numbers with commas between them.
fileprivate func numbers(_ text: String) -> [Double]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
        Double($0.trimmingPrefix(while: \.isWhitespace))
    }
    let numbers = parts.compactMap { $0 }
    return numbers.count == parts.count && numbers.allSatisfy(\.isFinite) ? numbers : nil
}

/// `1,0.5`.
struct FactorList: ExpressibleByArgument {
    var numbers: [Double]

    init?(argument: String) {
        guard let numbers = Commands.numbers(argument), !numbers.isEmpty else { return nil }
        self.numbers = numbers
    }
}

/// `4,3,2`.
struct BandList: ExpressibleByArgument {
    var numbers: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = parts.compactMap { $0 }
        guard numbers.count == parts.count, [1, 3].contains(numbers.count),
            numbers.allSatisfy({ (1...65536).contains($0) })
        else { return nil }
        self.numbers = numbers
    }
}

/// `0,3000`, `0,3000,0,2800,0,2500` or `2%`.
enum SampleRangeOption: ExpressibleByArgument {
    case samples([SampleRange])
    case percent(Double)

    init?(argument: String) {
        if argument.hasSuffix("%") {
            guard let percent = Double(argument.dropLast()), (0..<50).contains(percent) else { return nil }
            self = .percent(percent)
            return
        }
        guard let numbers = Commands.numbers(argument), [2, 6].contains(numbers.count) else { return nil }
        let ranges = stride(from: 0, to: numbers.count, by: 2).map {
            SampleRange(numbers[$0], numbers[$0 + 1])
        }
        guard ranges.allSatisfy(\.isPossible) else { return nil }
        self = .samples(ranges)
    }
}

/// A length: `0.25` in metres, `25cm`, `250mm`, `0.5um`.
struct LengthOption: ExpressibleByArgument {
    var metres: Double

    init?(argument: String) {
        let units = [
            ("km", 1e3), ("cm", 1e-2), ("mm", 1e-3), ("um", 1e-6), ("µm", 1e-6), ("nm", 1e-9), ("m", 1),
        ]
        let unit = units.first { argument.hasSuffix($0.0) }
        let digits = argument.dropLast(unit?.0.count ?? 0)
        guard let number = Double(digits) else { return nil }
        metres = number * (unit?.1 ?? 1)
        guard TrainedPixels(pixelSize: metres).objection == nil else { return nil }
    }
}

/// `EPSG:32633`.
struct CoordinateSystemOption: ExpressibleByArgument {
    /// As WKT.
    var wkt: String

    init?(argument: String) {
        guard let wkt = CoordinateSystem.wkt(named: argument) else { return nil }
        self.wkt = wkt
    }
}

/// `255,0,128`.
struct ColourOption: ExpressibleByArgument {
    var colour: RGB

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { UInt8($0) }
        let numbers = parts.compactMap { $0 }
        guard parts.count == 3, numbers.count == 3 else { return nil }
        colour = RGB(numbers[0], numbers[1], numbers[2])
    }
}

/// `x0,y0,x1,y1`, in either order of the corners.
struct RegionOption: ExpressibleByArgument {
    /// The smaller corner first.
    var numbers: [Double]

    init?(argument: String) {
        guard let given = Commands.numbers(argument), given.count == 4 else { return nil }
        numbers = [
            min(given[0], given[2]), min(given[1], given[3]), max(given[0], given[2]),
            max(given[1], given[3]),
        ]
        guard numbers[0] < numbers[2], numbers[1] < numbers[3] else { return nil }
    }
}
