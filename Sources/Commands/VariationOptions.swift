public import ArgumentParser
public import Records
import Training

/// How a sample is cut and varied each time it is seen.
struct VariationOptions: ParsableArguments {
    enum Cut: String, CaseIterable, ExpressibleByArgument {
        case moved
        case randomResized = "random-resized"
        case random, centre
    }

    @Option(
        help: """
            Which part of a sample is taken. moved: the tile, moved by up to --padding pixels (default for tiles); \
            random-resized: a random rectangle of at least --crop-scale of the area (default for images); random: a random \
            square, after the shorter side became --shorter-side; centre: the square in the centre.
            """)
    var crop: Cut?
    @Option(help: ArgumentHelp("How far --crop moved moves a tile at most. Default: 4.", valueName: "pixels"))
    var padding: Int?
    @Option(help: "What appears beyond the edge of a moved tile: black or reflect. Default: black.")
    var border: Augmentation.Border?
    @Option(
        help: ArgumentHelp(
            "The smallest share of the area that random-resized takes. Default: 0.08.", valueName: "share"))
    var cropScale: Double?
    @Option(
        help: ArgumentHelp(
            "Resize the shorter side to this before --crop random or centre. Default: input size × 256/224.",
            valueName: "pixels"))
    var shorterSide: Int?
    @Option(
        help: "Mirror left and right: none, random, or alternating from epoch to epoch. Default: random.")
    var mirror: Augmentation.Mirror?
    @Flag(
        inversion: .prefixedNo,
        help: "Turn each sample at random by 0, 90, 180 or 270 degrees, for images taken from above.")
    var turn: Bool?
    @Option(
        help: ArgumentHelp(
            "Largest change of brightness, contrast and saturation, such as 0.4; 0 for none.",
            valueName: "share"))
    var jitter: Double?
    @Option(
        help: ArgumentHelp(
            "Automatic changes of shape and colours after the rest: trivial, one of any strength (TrivialAugment); random:2,9, two of strength "
                + "9 of 30 (RandAugment); or none.", valueName: "kind"))
    var augment: AutomaticChoice?

    func validate() throws {
        guard (0...1024).contains(padding ?? 0) else {
            throw ValidationError("--padding must be between 0 and 1024: \(padding ?? 0)")
        }
        guard (0...1).contains(cropScale ?? 1), cropScale != 0 else {
            throw ValidationError("--crop-scale must be above 0 and at most 1: \(cropScale ?? 0)")
        }
        guard (1...65_536).contains(shorterSide ?? 1) else {
            throw ValidationError("--shorter-side must be between 1 and 65536: \(shorterSide ?? 0)")
        }
        guard (0...10).contains(jitter ?? 0) else {
            throw ValidationError("--jitter must be between 0 and 10: \(jitter ?? 0)")
        }
        try require(
            (padding == nil && border == nil) || crop ?? .moved == .moved, "--padding and --border", .moved)
        try require(cropScale == nil || crop == .randomResized, "--crop-scale", .randomResized)
        try require(shorterSide == nil || crop == .random || crop == .centre, "--shorter-side", .random)
    }

    private func require(_ isRight: Bool, _ options: String, _ cut: Cut) throws {
        guard isRight else { throw ValidationError("\(options) need --crop \(cut.rawValue)") }
    }

    var areGiven: Bool {
        crop != nil || padding != nil || border != nil || mirror != nil || turn != nil || jitter != nil
            || augment != nil
    }

    /// - Throws: where padding or border are given and the plan's cut has none.
    func change(_ plan: inout TrainingPlan) throws(ValidationError) {
        plan.augmentation.cut = try cut(insteadOf: plan.augmentation.cut)
        plan.augmentation.mirror = mirror ?? plan.augmentation.mirror
        plan.augmentation.turns = turn ?? plan.augmentation.turns
        if let augment { plan.augmentation.automatic = augment.kind }
        if let jitter {
            plan.augmentation.jitter =
                jitter == 0 ? nil : ColourJitter(brightness: jitter, contrast: jitter, saturation: jitter)
        }
    }

    private func cut(insteadOf planned: Augmentation.Cut) throws(ValidationError) -> Augmentation.Cut {
        switch crop {
        case .moved: return .moved(padding: padding ?? 4, border: border ?? .black)
        case .randomResized:
            return .randomResized(scale: (cropScale ?? 0.08)...1, ratio: 3.0 / 4...4.0 / 3)
        case .random: return .random(shorterSide: shorterSide)
        case .centre: return .centre(shorterSide: shorterSide)
        case nil:
            guard padding != nil || border != nil else { return planned }
            guard case .moved(let oldPadding, let oldBorder) = planned else {
                throw ValidationError(
                    "--padding and --border need --crop moved, but the samples are cropped in another way")
            }
            return .moved(padding: padding ?? oldPadding, border: border ?? oldBorder)
        }
    }
}

/// `none`, `trivial`, or `random:2,9`.
struct AutomaticChoice: ExpressibleByArgument {
    var kind: AutomaticAugmentation?

    init?(argument: String) {
        if argument == "none" { return }
        if argument == "trivial" {
            kind = .trivial
            return
        }
        let numbers = argument.dropFirst("random:".count).split(separator: ",").map { Int($0) }
        guard argument.hasPrefix("random:"), numbers.count == 2, let count = numbers[0],
            let magnitude = numbers[1]
        else { return nil }
        kind = .random(count: count, magnitude: magnitude)
    }
}

extension Augmentation.Border: ExpressibleByArgument {}
extension Augmentation.Mirror: ExpressibleByArgument {}
