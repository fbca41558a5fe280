import ArgumentParser

/// How much of a scene is scored to say how many objects there are.
struct SampleOptions: ParsableArguments {
    @Option(
        name: .customLong("sample"),
        help: ArgumentHelp(
            """
            Score only so much of each scene, in blocks drawn at random, and say how many objects of each class the whole scene has, with an \
            interval that is right in 95 of 100 samples. The same command without it goes on from there.
            """, valueName: "percent%"))
    var fraction: SampleFraction?
    @Option(name: .customLong("sample-seed"), help: ArgumentHelp("Draw another sample.", valueName: "number"))
    var seed: UInt64 = 1
}

/// `1%` or `0.01`. A plain 1 could mean both.
struct SampleFraction: ExpressibleByArgument, Hashable {
    /// In `0...1`, not 0.
    var value: Double
    var defaultValueDescription: String { "\(value)" }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
        value = isPercent ? number / 100 : number
        guard value > 0, isPercent ? value <= 1 : value < 1 else { return nil }
    }
}
