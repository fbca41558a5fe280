import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// `train` on image records of which some cannot be read.
@Suite struct TrainCommandTests {
    let folder: TemporaryFolder

    /// Eight pictures in two classes.
    init() throws {
        folder = try TemporaryFolder()
        try writeRecords((0..<8).map { try picture($0) }, to: "train.rec")
    }

    private func picture(_ number: Int) throws -> [UInt8] {
        var image = Image(width: 20, height: 24)
        for place in image.pixelsHWC.indices { image.pixelsHWC[place] = UInt8(place * (number + 3) % 251) }
        return try image.pngData()
    }

    private func writeRecords(_ pictures: [[UInt8]], to name: String) throws {
        var file: [UInt8] = []
        for (number, picture) in pictures.enumerated() {
            let header = ImageRecordHeader(labels: [Float(number % 2)], id: UInt64(number))
            let record = header.encoded() + picture
            file += RecordIO.encoded(record.span.bytes)
        }
        _ = try folder.write(file, to: name)
    }

    private func train() throws -> ToolRun {
        let line =
            "train train.rec --validation val.rec --output run --architecture cifar-resnet8-v2 --input-size 16 "
            + "--epochs 2 --batch-size 4"
        return try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private var quarantine: String {
        get throws { String(decoding: try folder.bytes("run/quarantine.jsonl"), as: UTF8.self) }
    }

    /// Nobody has to know what a batch is for their first eight photographs.
    @Test func aFewPicturesTrain() throws {
        func train(_ options: String) throws -> ToolRun {
            let line = "train train.rec --architecture cifar-resnet8-v2 --input-size 16 --epochs 1 " + options
            return try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
        }
        let run = try train("--output few")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.errors.contains("a step has 8 samples instead of 128, because there are only 8"))
        let plan = try String(decoding: folder.bytes("few/plan.json"), as: UTF8.self)
        #expect(plan.contains("\"batchSize\" : 8"))
        #expect(plan.contains("\"learningRate\" : 0.00625"), "\(plan)")
        #expect(try train("--output asked --batch-size 9").errors.contains("less than one batch of 9"))
    }

    @Test(arguments: ["train . --output run", "evaluate model.safetensors ."]) func aFolderIsToBePacked(
        line: String
    ) throws {
        try folder.writeSmallModel(to: "model.safetensors")
        let run = try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("it is a folder; pack the images in it first: tilescope pack . --output"))
    }

    @Test func aValidationSampleThatCannotBeReadIsNamedOnce() throws {
        try writeRecords([picture(1), picture(2), Array("no picture".utf8), picture(4)], to: "val.rec")
        let run = try train()
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = run.errors.split(separator: "\n")
        let words = "a validation sample cannot be read and does not count: "
        #expect(lines.count { $0.contains(words) } == 1, "\(run.errors)")
        #expect(run.errors.contains("1 validation samples could not be read and did not count: run/"))
        #expect(try quarantine.contains(#""sample":2,"use":"validation"}"#))
        #expect(run.errors.contains("validation "))
    }

    @Test func anEpochWithoutAnyValidationSampleSaysSo() throws {
        try writeRecords([Array("no picture".utf8), Array("nor this".utf8)], to: "val.rec")
        let run = try train()
        #expect(run.exitCode == 0, "\(run.errors)")
        for epoch in 1...2 { #expect(run.errors.contains("epoch \(epoch) has no top-1"), "\(run.errors)") }
        #expect(try quarantine.split(separator: "\n").count == 2)
    }
}
