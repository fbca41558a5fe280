import Foundation
import TestSupport
import Testing

@Suite struct SimulateCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ ranges: String, write: Double = 1) throws {
        let parts =
            #""parts": {"score": 50, "read": 0, "decode": 1, "open": 1, "write": \#(write), "schedule": 1, "start": 3, "skew": 2, "end": 0}"#
        let text = #"{"slots": 3, "seconds": 20, \#(parts), "scenes": ["city.tif"], "ranges": [\#(ranges)]}"#
        _ = try folder.write(Array(text.utf8), to: "cluster.json")
    }

    private static let halves = [
        #"{"scene": 0, "rows": [0, 150], "columns": [0, 400], "seconds": 10, "cpuSeconds": 10}"#,
        #"{"scene": 0, "rows": [150, 300], "columns": [0, 400], "seconds": 40, "cpuSeconds": 40}"#,
    ]

    @Test func threeWaysAndAFigure() throws {
        try write(Self.halves.joined(separator: ","))
        let run = try ToolRun(
            ["cluster", "simulate", "--costs", "cluster.json", "--workers", "12", "--output", "figure.svg"],
            folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("120000 windows, 0:50 of one slot; 1000 ms"), "\(run.output)")
        #expect(run.output.contains("strips: 12 parts") && run.output.contains("blocks: 12 parts"))
        let figure = try Data(contentsOf: URL(filePath: folder.file("figure.svg")))
        #expect(XMLCheck(String(decoding: figure, as: UTF8.self)).objections == [])
        let larger = try ToolRun(
            ["cluster", "simulate", "--costs", "cluster.json", "--enlarge", "3", "--overhead", "0"],
            folder: folder.path)
        #expect(larger.output.contains("1080000 windows, 7:30 of one slot"), "\(larger.output)")
    }

    @Test(arguments: [
        (halves[1], 1, "whole scene"),
        (halves.joined(separator: ","), -100, "of scan --cluster"),
        (halves[0] + "," + halves[1].replacing(#""scene": 0"#, with: #""scene": 1"#), 1, "several scenes"),
        (halves[0].replacing("150", with: "4611686018427387904"), 1, "of scan --cluster"),
        (halves[0].replacing("10,", with: "1e308,"), 1, "of scan --cluster"),
        ("7", 1, "of scan --cluster"), ("", 1, "no ranges"),
    ]) func whatNoScanHasIsRefused(ranges: String, seconds: Double, words: String) throws {
        try write(ranges, write: seconds)
        let run = try ToolRun(["cluster", "simulate", "--costs", "cluster.json"], folder: folder.path)
        #expect(run.exitCode == 1 && run.errors.contains(words), "\(run.errors)")
    }
}
