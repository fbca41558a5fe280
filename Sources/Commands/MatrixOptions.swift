public import ArgumentParser
public import Evaluation
import Files

/// How a confusion matrix is drawn.
struct MatrixOptions: ParsableArguments {
    /// In which order classes stand.
    enum Order: String, CaseIterable, ExpressibleByArgument {
        case label, hierarchy, confusion
    }

    @Option(
        help: ArgumentHelp(
            "Draw the matrix; may be given several times.", valueName: "file.png|file.svg"))
    var matrix: [String] = []
    @Option(
        help: ArgumentHelp(
            "With --checkpoints: draw the matrix over the epochs as an animated GIF.", valueName: "file.gif"))
    var film: String?
    @Option(
        help: ArgumentHelp(
            "Labels of each sample that count in the matrix, each as a pair with its class; 1 by default.",
            valueName: "k"))
    var matrixTop = 1
    @Option(
        help: """
            Order of the classes: label, hierarchy (by --hierarchy, and then the default), or confusion: found from the \
            matrix, so that blocks show.
            """)
    var order: Order?
    @Option(help: "Colours by the log of the counts, or equalised: each as frequent.") var scale =
        ColourScale.Kind.log
    @Option(help: "green (on dark) or paper (blue on white).") var palette = ColourRamp.green
    @Option(
        help: ArgumentHelp("What is a kind of what: lines of a parent and a child.", valueName: "file"))
    var hierarchy: String?
    @Option(
        help: ArgumentHelp(
            "Names of classes and of the hierarchy's nodes: lines like \"n02123045 tabby, tabby cat\".",
            valueName: "file"))
    var names: String?

    func check(keeping top: Int, hasCheckpoints: Bool) throws {
        guard (1...top).contains(matrixTop) else {
            throw ValidationError(
                "--matrix-top must be in 1...\(top), the labels that --top keeps: \(matrixTop)")
        }
        guard film == nil || hasCheckpoints else {
            throw ValidationError("--film needs --checkpoints")
        }
        guard film?.hasSuffix(".gif") ?? true else {
            throw ValidationError("--film must end in .gif: \(film ?? "")")
        }
        guard order != .hierarchy || hierarchy != nil else {
            throw ValidationError("--order hierarchy needs a --hierarchy")
        }
        for file in matrix where !file.hasSuffix(".png") && !file.hasSuffix(".svg") {
            throw ValidationError("--matrix must end in .png or .svg: \(file)")
        }
    }
}

extension ColourScale.Kind: ExpressibleByArgument {}
extension ColourRamp: ExpressibleByArgument {}

/// The matrix options with the files that they name read.
struct MatrixStyling {
    /// `nil` where none was given.
    let hierarchy: ClassHierarchy?
    /// Of the classes, for people.
    let names: [String]
    let k: Int
    let scale: ColourScale.Kind
    private let ramp: ColourRamp
    private let order: MatrixOptions.Order

    init(_ options: MatrixOptions, classNames: [String]) throws {
        let list = try options.names.map(NameList.init(reading:)) ?? NameList()
        hierarchy = try options.hierarchy.map {
            try ClassHierarchy(reading: $0, names: list, classNames: classNames)
        }
        names = classNames.map(list.shortName)
        (k, scale, ramp) = (min(options.matrixTop, classNames.count), options.scale, options.palette)
        order = options.order ?? (hierarchy == nil ? .label : .hierarchy)
    }

    /// As without any option.
    init(classNames: [String]) {
        (hierarchy, names, k, scale) = (nil, classNames, 1, .log)
        (ramp, order) = (.green, .label)
    }

    /// - Parameter matrix: of which the order is found where it follows from the confusions.
    func style(for matrix: ConfusionMatrix) -> MatrixStyle {
        let labels = Array(0..<matrix.classCount)
        var style = MatrixStyle(ramp: ramp, order: labels, names: names)
        switch order {
        case .label: break
        case .hierarchy:
            style.order = hierarchy?.classOrder ?? labels
            style.groups = hierarchy?.groups() ?? []
        case .confusion where matrix.classCount <= ConfusionMatrix.seriationLimit:
            style.order = matrix.seriated()
        case .confusion:
            ProgressLine.warn(
                "\(counted(matrix.classCount, "class is", "classes are")) too many for --order confusion (at most "
                    + "\(ConfusionMatrix.seriationLimit)): they stand by label")
        }
        return style
    }
}
