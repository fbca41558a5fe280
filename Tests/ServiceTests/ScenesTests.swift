import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Scenes of a service: lists, details, tiles and crops.
struct ScenesTests {
    /// A service with a folder for scenes.
    private func serve(
        _ make: (TemporaryFolder) throws -> Void, body: (ServedTool, TemporaryFolder) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        try FileManager.default.createDirectory(
            atPath: folder.file("scenes/harbour"), withIntermediateDirectories: true)
        try make(folder)
        let tool = try ServedTool(
            ["--models", "models", "--scenes", "scenes", "--data", "data"], folder: folder.path)
        try body(tool, folder)
        withExtendedLifetime(folder) {}
    }

    private func scenes(_ tool: ServedTool, _ query: String = "") throws -> [[String: Any]] {
        let answer = try tool.request("GET", "/v1/scenes" + query)
        try #require(answer.status == 200, "\(answer.text)")
        return try #require(try answer.json()["scenes"] as? [[String: Any]])
    }

    private func id(of name: String, _ tool: ServedTool) throws -> String {
        let scene = try #require(
            try scenes(tool, "?limit=1000").first { $0["name"] as? String == name }, "\(name)")
        return try #require(scene["id"] as? String)
    }

    /// Without edges, of which JPEG makes something else.
    private func image(width: Int, height: Int) -> Image {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                pixels += [
                    UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8(abs((x + y) % 400 - 200)),
                ]
            }
        }
        return Image(width: width, height: height, pixelsHWC: pixels)
    }

    private func write(_ image: Image, to path: String) throws {
        var writer = try TiledTIFFWriter(.new(path), width: image.width, height: image.height)
        try writer.write(image, x: 0, y: 0)
        try writer.commit()
    }

    /// The largest difference of a picture's channels to what the scene shows there.
    private func difference(_ picture: Image, _ scene: Image, x: Int, y: Int, step: Int) -> Int {
        var largest = 0
        for row in 0..<picture.height {
            for column in 0..<picture.width {
                var (red, green, blue, count) = (0, 0, 0, 0)
                for sourceY in (y + row) * step..<min((y + row + 1) * step, scene.height) {
                    for sourceX in (x + column) * step..<min((x + column + 1) * step, scene.width) {
                        let pixel = scene[sourceX, sourceY]
                        red += Int(pixel.red)
                        green += Int(pixel.green)
                        blue += Int(pixel.blue)
                        count += 1
                    }
                }
                let pixel = picture[column, row]
                for (seen, sum) in [(pixel.red, red), (pixel.green, green), (pixel.blue, blue)] {
                    largest = max(largest, abs(Int(seen) - (sum + count / 2) / count))
                }
            }
        }
        return largest
    }

    @Test func listsScenesInNaturalOrderAndNothingElse() throws {
        try serve { folder in
            let png = try smallPNG()
            for name in [
                "img10.png", "img2.png", "harbour/north.png", ".hidden.png", "notes.txt", "wms.vrt", "a.xml",
            ] {
                _ = try folder.write(png, to: "scenes/" + name)
            }
            _ = try folder.write(png, to: "outside.png")
            let manager = FileManager.default
            try manager.createSymbolicLink(
                atPath: folder.file("scenes/out.png"), withDestinationPath: "../outside.png")
            try manager.createSymbolicLink(
                atPath: folder.file("scenes/in.png"), withDestinationPath: "img2.png")
            try manager.createSymbolicLink(atPath: folder.file("scenes/up"), withDestinationPath: "..")
        } body: { tool, _ in
            let names = try scenes(tool).map { $0["name"] as? String }
            #expect(names == ["harbour/north.png", "img2.png", "img10.png", "in.png"])
            let first = try tool.request("GET", "/v1/scenes?limit=3").json()
            #expect(first["totalCount"] as? Int == 4)
            let next = try #require(first["next"] as? String)
            #expect(try scenes(tool, "?after=\(next)").map { $0["name"] as? String } == ["in.png"])
            #expect(try scenes(tool, "?search=IMG").count == 2)
            #expect(try tool.request("GET", "/v1/scenes?after=0123456789abcdef").status == 404)
            #expect(try tool.request("GET", "/v1/scenes?limit=0").status == 400)
            let ids = try scenes(tool).compactMap { $0["id"] as? String }
            #expect(Set(ids).count == 4 && ids.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{16}/) != nil })
            for path in [
                "/v1/scenes/0123456789abcdef", "/v1/scenes/..%2F..%2Foutside.png",
                "/v1/scenes/x/crop?x0=0&y0=0&x1=9&y1=9",
            ] {
                #expect(try tool.request("GET", path).status == 404, "\(path)")
            }
        }
    }

    @Test func showsTilesThatAreAverages() throws {
        let scene = image(width: 1111, height: 700)
        try serve { folder in
            try write(scene, to: folder.file("scenes/plain.tif"))
            try scene.writePNG(to: .new(folder.file("scenes/plain.png")))
        } body: { tool, _ in
            for name in ["plain.tif", "plain.png"] {
                let id = try id(of: name, tool)
                let details = try tool.request("GET", "/v1/scenes/\(id)").json()
                #expect(details["width"] as? Int == 1111 && details["height"] as? Int == 700)
                #expect(details["levelCount"] as? Int == 4 && details["tileSize"] as? Int == 256)
                #expect(details["bandCount"] as? Int == 3 && details["isGeoreferenced"] as? Bool == false)
                #expect(details["overviews"] as? String == "ready" && details["pixelSize"] is NSNull)
                for (level, column, row, width, height) in [
                    (0, 0, 0, 256, 256), (0, 4, 2, 87, 188), (1, 1, 1, 256, 94), (2, 1, 0, 22, 175),
                    (3, 0, 0, 139, 88),
                ] {
                    let answer = try tool.request("GET", "/v1/scenes/\(id)/tiles/\(level)/\(column)/\(row)")
                    try #require(answer.status == 200, "\(answer.text)")
                    #expect(answer.fields["content-type"] == "image/jpeg")
                    let tile = try Image(decoding: answer.body.span.bytes)
                    #expect((tile.width, tile.height) == (width, height), "\(name) \(level)")
                    // JPEG loses some of it.
                    let off = difference(tile, scene, x: column * 256, y: row * 256, step: 1 << level)
                    #expect(off < 24, "\(name) \(level): \(off)")
                }
                for path in ["4/0/0", "0/5/0", "0/0/3", "3/1/0", "0/-1/0", "0/a/0", "99/0/0"] {
                    #expect(
                        try tool.request("GET", "/v1/scenes/\(id)/tiles/\(path)").status == 404, "\(path)")
                }
            }
        }
    }

    @Test func answersThatATileIsTheSame() throws {
        try serve { folder in
            _ = try folder.write(try smallPNG(side: 300), to: "scenes/a.png")
        } body: { tool, folder in
            let id = try id(of: "a.png", tool)
            let path = "/v1/scenes/\(id)/tiles/0/0/0"
            let first = try tool.request("GET", path)
            let tag = try #require(first.fields["etag"])
            #expect(first.fields["cache-control"] == "private, no-cache")
            // Whoever says which version is wanted may keep it.
            let details = try tool.request("GET", "/v1/scenes/\(id)").json()
            let version = try #require(details["version"] as? String)
            let kept = try tool.request("GET", path + "?version=" + version)
            #expect(kept.body == first.body && kept.fields["cache-control"]?.hasSuffix("immutable") == true)
            #expect(try tool.request("GET", path, fields: ["If-None-Match": tag]).status == 304)
            #expect(try tool.request("GET", path).body == first.body)
            _ = try folder.write(try smallPNG(side: 300, seed: 9), to: "scenes/a.png")
            let second = try tool.request("GET", path, fields: ["If-None-Match": tag])
            #expect(second.status == 200 && second.body != first.body && second.fields["etag"] != tag)
            #expect(try tool.request("GET", path + "?version=x").status == 400)
            let old = try tool.request("GET", path + "?version=" + version)
            #expect(old.body == second.body && old.fields["cache-control"] == "private, no-cache")
            #expect(try tool.request("GET", "/v1/scenes/\(id)").json()["version"] as? String != version)
        }
    }

    @Test func partsThatCannotBeReadAreGreyAndTold() throws {
        try serve { folder in
            let path = folder.file("scenes/a.tif")
            try write(image(width: 1100, height: 900), to: path)
            var bytes = try Data(contentsOf: URL(filePath: path))
            // All that is behind the first tiles.
            bytes.replaceSubrange(
                bytes.count / 4..<bytes.count, with: Data(count: bytes.count - bytes.count / 4))
            try bytes.write(to: URL(filePath: path))
        } body: { tool, _ in
            let id = try id(of: "a.tif", tool)
            let whole = try tool.request("GET", "/v1/scenes/\(id)/tiles/0/0/0")
            try #require(whole.status == 200, "\(whole.text)")
            #expect(whole.fields["tilescope-damaged"] == nil)
            let lost = try tool.request("GET", "/v1/scenes/\(id)/tiles/0/4/3")
            #expect(lost.fields["tilescope-damaged"] == "true" && lost.fields["cache-control"] == "no-store")
            let picture = try Image(decoding: lost.body.span.bytes)
            let pixel = picture[picture.width - 2, picture.height - 2]
            #expect([pixel.red, pixel.green, pixel.blue].allSatisfy { (120...136).contains($0) }, "\(pixel)")
        }
    }

    /// One store that does not answer hides no scenes of other places.
    @Test func aStoreThatDoesNotAnswerIsToldBesideTheOthers() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        try FileManager.default.createDirectory(
            atPath: folder.file("scenes"), withIntermediateDirectories: false)
        _ = try folder.write(try smallPNG(), to: "scenes/a.png")
        let tool = try ServedTool(
            ["--models", "models", "--scenes", "scenes", "--scenes", "s3://lake/x", "--data", "data"],
            folder: folder.path,
            environment: [
                "AWS_S3_ENDPOINT": "127.0.0.1:1", "AWS_HTTPS": "NO", "AWS_VIRTUAL_HOSTING": "FALSE",
                "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-of-tests",
                "GDAL_HTTP_MAX_RETRY": "0",
            ])
        let list = try tool.request("GET", "/v1/scenes")
        #expect(list.status == 200, "\(list.text)")
        #expect((try list.json()["scenes"] as? [Any])?.count == 1)
        let problems = try #require(try list.json()["problems"] as? [String])
        #expect(problems.count == 1 && !list.text.contains("secret-of-tests"), "\(problems)")
        #expect(try tool.request("GET", "/v1/scenes/\(id(of: "a.png", tool))").status == 200)
        // Whether it is among those nobody can tell.
        #expect(try tool.request("GET", "/v1/scenes/0123456789abcdef").status == 503)
    }

    /// Of 16 bits a camera uses a part.
    @Test func deepScenesAreShownStretched() throws {
        try serve { folder in
            try TestRaster(
                width: 300, height: 200, type: GDT_UInt16, bandCount: 1,
                samples: (0..<60_000).map { Double($0 % 300) * 30 }
            ).write(to: folder.file("scenes/a.tif"))
        } body: { tool, _ in
            let answer = try tool.request("GET", "/v1/scenes/\(id(of: "a.tif", tool))/tiles/0/0/0")
            let picture = try Image(decoding: answer.body.span.bytes)
            #expect(picture[3, 100].red < 30 && picture[250, 100].red > 190, "\(answer.status)")
        }
    }

    @Test func showsCrops() throws {
        let scene = image(width: 500, height: 400)
        try serve { folder in
            try scene.writePNG(to: .new(folder.file("scenes/a.png")))
        } body: { tool, _ in
            let path = "/v1/scenes/\(try id(of: "a.png", tool))/crop"
            func crop(_ query: String) throws -> Image {
                let answer = try tool.request("GET", path + query)
                try #require(answer.status == 200, "\(answer.text)")
                #expect(answer.fields["content-type"] == "image/png")
                return try Image(decoding: answer.body.span.bytes)
            }
            let same = try crop("?x0=10&y0=20&x1=74&y1=84&side=64")
            #expect(same == scene.cropped(to: PixelRect(x: 10, y: 20, width: 64, height: 64)))
            let larger = try crop("?x0=10&y0=20&x1=42&y1=36&side=256")
            #expect((larger.width, larger.height) == (256, 128))
            #expect(larger[0, 0] == scene[10, 20] && larger[255, 127] == scene[41, 35])
            let smaller = try crop("?x0=0&y0=0&x1=400&y1=400&side=100")
            #expect(difference(smaller, scene, x: 0, y: 0, step: 4) <= 1)
            let beyond = try crop("?x0=-32&y0=-32&x1=32&y1=32&side=64")
            #expect(beyond[31, 31] == RGB(255, 255, 255) && beyond[32, 32] == scene[0, 0])
            let outside = try crop("?x0=5000&y0=0&x1=5064&y1=64&side=64")
            #expect(outside[0, 0] == RGB(255, 255, 255))
            for query in [
                "", "?x0=0&y0=0&x1=0&y1=9", "?x0=0&y0=0&x1=9000&y1=9", "?x0=0&y0=0&x1=9&y1=9&side=9",
                "?x0=a&y0=0&x1=9&y1=9",
                "?x0=-9223372036854775808&y0=0&x1=9223372036854775807&y1=9", "?x0=0&y0=0&x1=9&y1=9&z=1",
            ] {
                let status = try tool.request("GET", path + query).status
                #expect(status == 400 || status == 422, "\(query)")
            }
        }
    }

    @Test func opensNothingThatNamesAnotherFile() throws {
        let vrt = """
            <VRTDataset rasterXSize="16" rasterYSize="16"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
            <SourceFilename relativeToVRT="1">../secret.png</SourceFilename><SourceBand>1</SourceBand>
            </SimpleSource></VRTRasterBand></VRTDataset>
            """
        try serve { folder in
            _ = try folder.write(try smallPNG(), to: "secret.png")
            _ = try folder.write(Array(vrt.utf8), to: "scenes/vrt.tif")
            _ = try folder.write(Array("<MRF_META></MRF_META>".utf8), to: "scenes/mrf.png")
            _ = try folder.write(Array("[Virtual Microscope Specimen]\n".utf8), to: "scenes/vms.svs")
            // Beside a sound image.
            for name in ["link", "proxy", "hidden"] {
                _ = try folder.write(try smallPNG(), to: "scenes/\(name).png")
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("scenes/link.png.aux.xml"), withDestinationPath: "../secret.png")
            let metadata =
                "<PAMDataset><Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">../secret.png</MDI></Metadata></PAMDataset>"
            _ = try folder.write(Array(metadata.utf8), to: "scenes/proxy.png.aux.xml")
            _ = try folder.write(Array(vrt.utf8), to: "scenes/hidden.png.ovr")
        } body: { tool, folder in
            for scene in try scenes(tool) {
                let id = try #require(scene["id"] as? String)
                for path in ["", "/tiles/0/0/0", "/crop?x0=0&y0=0&x1=9&y1=9"] {
                    let answer = try tool.request("GET", "/v1/scenes/\(id)" + path)
                    #expect(answer.status == 422, "\(scene): \(answer.text)")
                    #expect(!answer.text.contains(folder.path), "\(answer.text)")
                }
            }
        }
    }
}
