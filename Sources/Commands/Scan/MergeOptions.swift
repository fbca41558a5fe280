import Annotations
public import ArgumentParser
import Evaluation
import Files
import Foundation
import ModelFiles
import Rasters
import Scanning

/// What is made of a scan's scores: for `scan` and `merge` alike.
struct MergeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write detections of at least this score. Default: as the model's contract says, else 0.9; in merge, as before.",
            valueName: "0...1"))
    var threshold: Float?
    @Option(
        help: """
            What becomes of boxes of a class that overlap: nms keeps the best; nmm keeps the best and grows its box over those \
            that it takes; wbf averages boxes and scores. Default: as the contract says, else nms; in merge, as before.
            """)
    var method: MergeRule.Method?
    @Option(
        name: [.customLong("iou"), .customLong("iou-threshold")],
        help: ArgumentHelp(
            "Two boxes that overlap more than this IoU are one object. Default: as the contract says, else 0.1; in merge, as before.",
            valueName: "0...1"))
    var iou: Float?
    @Flag(
        inversion: .prefixedNo,
        help: """
            Merge boxes of different classes too; the class of the best stays. Default: no; in merge, as before.
            """)
    var acrossClasses: Bool?
    @Flag(
        inversion: .prefixedNo,
        help: """
            Move each box by up to half a stride, to the mean of the windows around it, before boxes are merged. Default: as the \
            contract says, else no; in merge, as before.
            """)
    var subStride: Bool?
    @Option(
        help: ArgumentHelp(
            """
            Show each box as this part of its window's sides, around its middle, after boxes are merged. Default: as much as objects \
            took in the model's training, as the contract says, else 1; in merge, as before.
            """, valueName: "0.01...1"))
    var boxShare: Double?
    @Option(
        help: ArgumentHelp(
            """
            Classes to look for, separated by commas, in the order of their colours. A class name may have commas too. \
            Default: all except the one that the model calls background; in merge, as before.
            """, valueName: "names"))
    var labels: String?
    @OptionGroup var truthOptions: TruthOptions
    @Option(
        help: ArgumentHelp(
            "Memory for merging. Beyond it nms goes strip by strip, with the same result; nmm and wbf end with an error.",
            valueName: "MB"))
    var memory = 256
    @Flag(help: "Also write the scene at full size with boxes and scores, as tagged.tif.")
    var fullSize = false
    @Flag(
        inversion: .prefixedNo,
        help: """
            Also write where each class scores how high, as heat-CLASS.tif: a GeoTIFF with a pixel for each cell of the grid. \
            Default: no; in merge, as before.
            """)
    var heatMap: Bool?
    @Option(
        help: ArgumentHelp(
            """
            Also write the best detections of each class as pictures, at most so many, into crops/CLASS/. 0 for none. Default: \
            none; in merge, as before.
            """, valueName: "count"))
    var crops: Int?
    @Flag(
        help: """
            Write tagged.tif as a cloud-optimized GeoTIFF, with --full-size or without. It is written twice, and takes twice the \
            disk meanwhile.
            """)
    var cog = false
    @Option(
        name: .customLong("format"),
        help: ArgumentHelp(
            """
            Also write the boxes in these formats, separated by commas: csv, coco, yolo, voc, label-studio, parquet, qupath, or \
            one of GDAL's: GPKG (with a style for QGIS), FlatGeobuf, "ESRI Shapefile", KML, …. Default: none; in merge, as before.
            """, valueName: "names"))
    var formatList: String?

    func validate() throws {
        guard (0...1_000_000).contains(crops ?? 0) else {
            throw ValidationError("--crops must lie in 0...1000000: \(crops ?? 0)")
        }
        guard (1...1 << 20).contains(memory) else {
            throw ValidationError("--memory must lie in 1...1048576: \(memory)")
        }
        for (name, value) in [("--threshold", threshold), ("--iou", iou)] {
            guard value.map({ (0...1).contains($0) }) ?? true else {
                throw ValidationError("\(name) must lie in 0...1: \(value ?? 0)")
            }
        }
        guard (0.01...1).contains(boxShare ?? 1) else {
            throw ValidationError("--box-share must lie in 0.01...1: \(boxShare ?? 0)")
        }
        try checkFormats()
        guard !classes.contains("") else {
            throw ValidationError("--labels has an empty name: \(labels ?? "")")
        }
    }

    /// As it was typed; `nil` where there is none.
    var truth: String? { truthOptions.truth }

    /// What stands between the commas, of which several may be one class; empty where none are named.
    var classes: [String] {
        labels.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }

    /// Formats besides those that are always written; `nil` where none are asked for.
    var formats: [AnnotationFormat]? {
        guard let formatList else { return nil }
        var formats: [AnnotationFormat] = []
        for name in formatList.split(separator: ",") {
            guard let format = AnnotationFormat(name: name.trimmingCharacters(in: .whitespaces)),
                format != .jsonLines, format != .geoJSON, !formats.contains(format)
            else { continue }
            formats.append(format)
        }
        return formats
    }

    private func checkFormats() throws {
        guard let formatList else { return }
        for name in formatList.split(separator: ",", omittingEmptySubsequences: false) {
            let name = name.trimmingCharacters(in: .whitespaces)
            guard AnnotationFormat(name: name) != nil else {
                throw ValidationError(
                    "--format \"\(name)\" is unknown; known are \(AnnotationFormat.names.joined(separator: ", ")), and GDAL's "
                        + AnnotationFormat.driverNames.joined(separator: ", "))
            }
        }
        // A scene without a place has all that another one has, but for degrees.
        let scene = AnnotatedScene(name: "", width: 1, height: 1, georeference: nil)
        var makers: [String: String] = [:]
        for format in formats ?? [] {
            guard
                AnnotationFormat.driverNames.contains(format.name)
                    || AnnotationFormat.names.contains(format.name)
            else {
                throw ValidationError(
                    "--format: GDAL's \(format.name) cannot be written; these formats can: "
                        + AnnotationFormat.driverNames.joined(separator: ", "))
            }
            for file in format.fileNames(named: AnnotationSink.stem, of: scene) {
                if let other = makers.updateValue(format.name, forKey: file) {
                    throw ValidationError("--format: \(other) and \(format.name) would both write \(file)")
                }
            }
        }
    }

    /// Whether the scene is drawn at full size.
    var hasFullSize: Bool { fullSize || cog }

    /// A rule with what was asked for.
    ///
    /// - Parameter rule: what holds where nothing is asked for, with the labels that are asked for.
    /// - Parameter floor: the scan has kept no scores below.
    /// - Throws: where such scores are asked for, as wrong usage.
    func changed(_ rule: MergeRule, floor: Float) throws -> MergeRule {
        var rule = rule
        rule.threshold = threshold ?? max(rule.threshold, floor)
        rule.method = method ?? rule.method
        rule.iou = iou ?? rule.iou
        rule.acrossClasses = acrossClasses ?? rule.acrossClasses
        rule.movesBoxes = subStride ?? rule.movesBoxes
        if let boxShare { rule.boxShare = boxShare == 1 ? nil : boxShare }
        guard Set(rule.labels).count == rule.labels.count else {
            throw ValidationError("--labels names a class twice: \(labels ?? "")")
        }
        guard rule.threshold >= floor else {
            throw ValidationError(
                "--threshold \(rule.threshold) is below the scan's floor of \(floor): lower scores were not kept; scan again with "
                    + "--floor \(rule.threshold)")
        }
        return rule
    }

    /// The truth, where it is known; says what people should know of it.
    ///
    /// - Parameter area: that was or is to be scanned.
    func readTruth(
        of scene: AnnotatedScene, labels: [Int], classes: [String], background: String?, area: ScanArea?,
        cancellation: Cancellation
    ) throws -> SceneTruth? {
        let truth = try truthOptions.source.map {
            try SceneTruth(
                reading: $0, of: scene, labels: labels, classes: classes, background: background, area: area,
                cancellation: cancellation)
        }
        truth?.tellNotes()
        return truth
    }

    /// The outputs, in the order in which they are made.
    ///
    /// - Parameter places: where boxes lie.
    /// - Parameter truth: `nil` where it is not known.
    /// - Parameter context: of an earlier scan, which says what is written where nothing is asked for.
    /// - Parameter drawsScene: whether pictures of the scene are among them.
    func sinks(
        labels: [Int], classes: [String], of places: AnnotatedScene, truth: SceneTruth?,
        like context: ScanContext? = nil, drawsScene: Bool = true
    ) -> [any ScanSink] {
        var sinks: [any ScanSink] = [DetectionLinesSink(), AnnotationSink(.geoJSON, of: places)]
        for format in formats ?? context?.formats?.compactMap({ AnnotationFormat(name: $0) }) ?? [] {
            if let objection = format.objection(to: places) {
                ProgressLine.warn("boxes are not written as \(format.name): \(objection)")
            } else {
                sinks.append(AnnotationSink(format, of: places))
            }
        }
        if let truth { sinks.append(MetricsSink(truth)) }
        if heatMap ?? context?.hasHeatMaps ?? false {
            sinks += HeatMapSink.sinks(labels: labels, classes: classes, at: places.georeference)
        }
        guard drawsScene else { return sinks }
        let judge = truth?.judgement
        sinks.append(OverviewSink(judge: judge))
        if hasFullSize || context?.hasFullSize == true {
            sinks.append(
                FullSizeSink(
                    at: places.georeference, judge: judge,
                    isCloudOptimized: cog || context?.isCloudOptimized == true))
        }
        let cropLimit = crops ?? context?.cropLimit ?? 0
        if cropLimit > 0 { sinks.append(CropsSink(limit: cropLimit)) }
        return sinks
    }
}

extension MergeRule.Method: ExpressibleByArgument {}

extension MergeRule {
    /// For people: `"nms, IoU 0.1, threshold 0.9"`.
    var text: String {
        "\(method.rawValue), IoU \(iou), threshold \(threshold)"
            + (acrossClasses ? ", across classes" : "") + (movesBoxes ? ", sub-stride boxes" : "")
            + (boxShare.map { ", boxes of \((100 * $0).fixed(0)) % of a window" } ?? "")
    }
}
