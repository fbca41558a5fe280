import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// Uploads of scenes in parts.
struct ScenesUploadTests {
    private func serve(_ body: (ServedTool, TemporaryFolder) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        try FileManager.default.createDirectory(
            atPath: folder.file("scenes"), withIntermediateDirectories: true)
        _ = try folder.write(try smallPNG(), to: "scenes/own.png")
        let tool = try start(folder)
        try body(tool, folder)
        withExtendedLifetime(folder) {}
    }

    private func start(_ folder: TemporaryFolder) throws -> ServedTool {
        try ServedTool(["--models", "models", "--scenes", "scenes", "--data", "data"], folder: folder.path)
    }

    private let path = "/v1/scenes/uploads/north.png"

    private func put(
        _ tool: ServedTool, _ bytes: ArraySlice<UInt8>, of all: [UInt8], name: String = "north.png"
    ) throws -> HTTPAnswer {
        let range = "bytes \(bytes.startIndex)-\(bytes.endIndex - 1)/\(all.count)"
        return try tool.request(
            "PUT", "/v1/scenes/uploads/\(name)", fields: ["Content-Range": range], body: Array(bytes))
    }

    @Test func takesAWholeSceneAndDeletesIt() throws {
        let png = try smallPNG(side: 100)
        try serve { tool, folder in
            let answer = try tool.request("PUT", path, body: png)
            #expect(answer.status == 201, "\(answer.text)")
            let scene = try answer.json()
            let id = try #require(scene["id"] as? String)
            #expect(answer.fields["location"] == "/v1/scenes/\(id)")
            #expect(scene["isUploaded"] as? Bool == true && scene["byteCount"] as? Int == png.count)
            #expect(try folder.bytes("data/uploads/north.png") == png)
            #expect(try tool.request("GET", "/v1/scenes/\(id)").json()["width"] as? Int == 100)
            #expect(try tool.request("GET", path).json()["receivedByteCount"] as? Int == png.count)
            #expect(try tool.request("PUT", path, body: png).status == 409)
            #expect(try tool.request("DELETE", "/v1/scenes/\(id)").status == 204)
            #expect(try tool.request("GET", "/v1/scenes/\(id)").status == 404)
            #expect(try tool.request("GET", path).status == 404)
            let own = try #require(
                try (tool.request("GET", "/v1/scenes").json()["scenes"] as? [[String: Any]])?.first?["id"]
                    as? String)
            #expect(try tool.request("DELETE", "/v1/scenes/\(own)").status == 403)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("data/uploads")).isEmpty)
        }
    }

    @Test func goesOnWhereItWasInterrupted() throws {
        let png = try smallPNG(side: 400)
        try serve { tool, folder in
            let third = png.count / 3
            let first = try put(tool, png[..<third], of: png)
            #expect(first.status == 202, "\(first.text)")
            #expect(try first.json()["receivedByteCount"] as? Int == third)
            for place in [0, third - 1, third + 1] {
                let wrong = try put(tool, png[place...], of: png)
                #expect(wrong.status == 409, "\(wrong.text)")
                #expect(try wrong.json()["receivedByteCount"] as? Int == third)
            }
            // A connection that breaks in the middle of a part.
            let connection = try tool.connect()
            let range = "bytes \(third)-\(png.count - 1)/\(png.count)"
            try connection.send(
                "PUT", path, fields: ["Content-Range": range, "Content-Length": "\(png.count - third)"])
            try connection.send(Array(png[third..<2 * third]))
            Thread.sleep(forTimeInterval: 0.3)
            tool.signal(SIGKILL)
            _ = tool.end()
            let again = try start(folder)
            let progress = try again.request("GET", path).json()
            #expect(progress["totalByteCount"] as? Int == png.count)
            let received = try #require(progress["receivedByteCount"] as? Int)
            #expect((third...2 * third).contains(received))
            let last = try put(again, png[received...], of: png)
            #expect(last.status == 201, "\(last.text)")
            #expect(try folder.bytes("data/uploads/north.png") == png)
        }
    }

    @Test func refusesWrongRanges() throws {
        let png = try smallPNG(side: 100)
        try serve { tool, _ in
            for range in [
                "bytes 0-9/*", "bytes 9-0/100", "bytes 0-100/100", "bytes -9/100", "0-9/100", "bytes 0-9",
                "bytes 0-9/99999999999999999999", "bytes +0-9/100", "",
            ] {
                let answer = try tool.request(
                    "PUT", path, fields: ["Content-Range": range], body: Array(png[..<10]))
                #expect(answer.status == 416, "\(range): \(answer.text)")
            }
            let longer = try tool.request(
                "PUT", path, fields: ["Content-Range": "bytes 0-9/100"], body: Array(png[..<11]))
            #expect(longer.status == 416)
            let tooLarge = try tool.request(
                "PUT", path, fields: ["Content-Range": "bytes 0-9/\(1 << 50)"], body: Array(png[..<10]))
            #expect(tooLarge.status == 413)
            #expect(try put(tool, png[..<10], of: png).status == 202)
            let other = try tool.request(
                "PUT", path, fields: ["Content-Range": "bytes 10-19/77"], body: Array(png[10..<20]))
            #expect(other.status == 409)
            #expect(try tool.request("PUT", path, body: Array(png)).status == 201)
        }
    }

    @Test func removesWhatIsNoImage() throws {
        try serve { tool, folder in
            let answer = try tool.request("PUT", path, body: Array("no image at all".utf8))
            #expect(answer.status == 422, "\(answer.text)")
            let vrt = try tool.request(
                "PUT", path, body: Array("<VRTDataset rasterXSize=\"1\" rasterYSize=\"1\"/>".utf8))
            #expect(vrt.status == 422)
            #expect(try tool.request("PUT", path, body: []).status == 422)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("data/uploads")).isEmpty)
        }
    }

    @Test func refusesNamesThatLeadElsewhere() throws {
        let names = [
            "..%2Fx.png", "%2Fetc%2Fx.png", ".x.png", "x%5Cy.png", "%00x.png", "x%0A.png", "x%E2%80%AE.png",
            "..",
            "%2e%2e", String(repeating: "a", count: 197) + ".png", "x.vrt", "x.xml", "x", "x.png.part",
            ".x.png.part.json", "x.mrf",
        ]
        try serve { tool, folder in
            for name in names {
                let answer = try tool.request("PUT", "/v1/scenes/uploads/\(name)", body: try smallPNG())
                #expect(
                    [400, 405, 415, 422].contains(answer.status), "\(name): \(answer.status) \(answer.text)")
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: folder.file("data/uploads")).isEmpty)
            }
        }
    }

    @Test func takesOneWriterOfAName() throws {
        let png = try smallPNG(side: 100)
        try serve { tool, _ in
            let first = try tool.connect()
            try first.send("PUT", path, fields: ["Content-Length": "\(png.count)"])
            try first.send(Array(png[..<10]))
            Thread.sleep(forTimeInterval: 0.3)
            #expect(try tool.request("PUT", path, body: png).status == 409)
            try first.send(Array(png[10...]))
            #expect(try first.answer().status == 201)
        }
    }
}
