import Bytes
import Dispatch
import Files
import Foundation
import Pixels
import Rasters
import Synchronization
import TestSupport
import Testing

/// Projects of a service: from nothing to finds, as the page does it.
struct ProjectsTests {
    /// Photographs of noise; each has a red square of another size at a known place, but for every third one.
    private func writePhotographs(_ count: Int, in folder: TemporaryFolder) throws -> [String: PixelRect] {
        try FileManager.default.createDirectory(
            atPath: folder.file("scenes"), withIntermediateDirectories: true)
        var truth: [String: PixelRect] = [:]
        for number in 0..<count {
            var random = SplitMix64(seed: UInt64(number + 1))
            let side = 24 + 8 * (number % 4)
            let box = PixelRect(
                x: .random(in: 20...160, using: &random), y: .random(in: 20...120, using: &random),
                width: side, height: side)
            var pixels: [UInt8] = []
            for y in 0..<192 {
                for x in 0..<256 {
                    let noise = UInt8.random(in: 0...60, using: &random)
                    let isObject =
                        number % 3 != 2 && (box.x0..<box.x1).contains(x) && (box.y0..<box.y1).contains(y)
                    pixels += isObject ? [180 + noise, 20, 20] : [60 + noise, 70 + noise, 60]
                }
            }
            let image = Image(width: 256, height: 192, pixelsHWC: pixels)
            var writer = try TiledTIFFWriter(
                .new(folder.file("scenes/p\(number).tif")), width: 256, height: 192)
            try writer.write(image, x: 0, y: 0)
            try writer.commit()
            if number % 3 != 2 { truth["p\(number).tif"] = box }
        }
        return truth
    }

    private func serve(_ folder: TemporaryFolder) throws -> ServedTool {
        try FileManager.default.createDirectory(
            atPath: folder.file("models"), withIntermediateDirectories: true)
        return try ServedTool(
            ["--models", "models", "--scenes", "scenes", "--data", "data"], folder: folder.path)
    }

    private func post(_ tool: ServedTool, _ path: String, _ value: Any) throws -> HTTPAnswer {
        try tool.request(
            "POST", path, fields: ["Content-Type": "application/json"],
            body: Array(JSONSerialization.data(withJSONObject: value)))
    }

    /// Waits until the project does not learn any more.
    private func learning(_ tool: ServedTool, _ project: String) throws -> [String: Any] {
        for _ in 0..<1200 {
            let answer = try tool.request("GET", "/v1/projects/\(project)").json()
            let learning = try #require(answer["learning"] as? [String: Any])
            if learning["state"] as? String != "running" { return learning }
            usleep(100_000)
        }
        throw HTTPConnection.NotConnected(number: 0)
    }

    /// Whether a process learns for the service that was started in a folder.
    private func isLearning(in folder: String) -> Bool {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { process in
            guard Int(process) != nil,
                let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
            else { return false }
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
            return place == folder && String(decoding: words, as: UTF8.self).contains("--supervised")
        }
    }

    private func rows(_ tool: ServedTool, _ query: String = "") throws -> [[String: Any]] {
        try #require(
            try tool.request("GET", "/v1/projects/p/scenes\(query)").json()["scenes"] as? [[String: Any]])
    }

    private func edges(_ box: PixelRect) -> [Int] { [box.x0, box.y0, box.x1, box.y1] }

    private func make(_ tool: ServedTool, search: String = "p") throws {
        let made = try post(
            tool, "/v1/projects", ["name": "p", "classes": ["square", "never seen"], "search": search])
        try #require(made.status == 201, "\(made.text)")
        #expect(made.fields["location"] == "/v1/projects/p")
        #expect(try learning(tool, "p")["state"] as? String == "finished")
    }

    /// The child of a service that was killed writes into the project until it ends.
    @Test func waitsForWhoStillWritesIntoTheProject() throws {
        let folder = try TemporaryFolder()
        _ = try writePhotographs(2, in: folder)
        let tool = try serve(folder)
        try make(tool, search: "p0")
        let lock = Mutex<FolderLock?>(
            try FolderLock(folder.file("data/projects/p"), name: ".project-lock"))
        // The next one to begin with is chosen.
        let added = try post(tool, "/v1/projects/p/scenes", ["search": "p1"])
        try #require(added.status == 200, "\(added.text)")
        // The program has begun, and somebody who does not wait for a lock gives up after a tenth of a second.
        for _ in 0..<600 where !isLearning(in: folder.path) { usleep(50_000) }
        usleep(700_000)
        let state = try tool.request("GET", "/v1/projects/p").json()["learning"] as? [String: Any]
        #expect(state?["state"] as? String == "running")
        lock.withLock { $0 = nil }
        let end = try learning(tool, "p")
        #expect(end["state"] as? String == "finished", "\(end)")
    }

    @Test func fromNothingToFinds() throws {
        let folder = try TemporaryFolder()
        let truth = try writePhotographs(12, in: folder)
        var tool = try serve(folder)
        try make(tool)
        let first = try rows(tool, "?order=next")
        #expect(first.count == 12 && first.allSatisfy { $0["isComplete"] as? Bool == false })

        let nothing = try post(tool, "/v1/projects/p/learn", [:])
        #expect(nothing.status == 422 && nothing.text.contains("draw boxes"), "\(nothing.text)")

        // Nine photographs, of which three have nothing.
        let chosen = try rows(tool, "?order=name").prefix(9)
        for row in chosen {
            let (id, name) = (try #require(row["id"] as? String), try #require(row["name"] as? String))
            var events: [[String: Any]] = []
            if let box = truth[name] {
                events.append([
                    "id": "box-\(id)", "scene": id, "set": ["box": edges(box)], "to": ["class": "square"],
                ])
            }
            events.append(["id": "done-\(id)", "scene": id, "set": "whole", "to": ["class": "complete"]])
            let stored = try post(tool, "/v1/projects/p/labels", ["events": events, "who": "ann"])
            try #require(stored.status == 200, "\(stored.text)")
        }
        let project = try tool.request("GET", "/v1/projects/p").json()
        #expect(project["completeSceneCount"] as? Int == 9 && project["objectCount"] as? Int == 6)

        let begun = try post(tool, "/v1/projects/p/learn", ["trainingSeconds": 2])
        try #require(begun.status == 202, "\(begun.text)")
        #expect(try post(tool, "/v1/projects/p/learn", [:]).status == 409)
        #expect(try tool.request("DELETE", "/v1/projects/p").status == 409)
        // It goes on where the service is killed meanwhile, and does not take a model for trained that is not.
        let metrics = folder.file("data/projects/p/rounds/0001/check-1/run/metrics.jsonl")
        for _ in 0..<600 where !FileManager.default.fileExists(atPath: metrics) { usleep(50_000) }
        tool.signal(SIGKILL)
        _ = tool.end()
        tool = try serve(folder)
        let end = try learning(tool, "p")
        try #require(end["state"] as? String == "finished", "\(end)")

        let result = try tool.request("GET", "/v1/projects/p/result").json()
        let scores = try #require(result["scores"] as? [String: Any])
        #expect((scores["objects"] as? [Any])?.count == 6)
        #expect((scores["photographs"] as? [Any])?.count == 9)
        let judged = try #require(result["photographs"] as? [[String: Any]])
        #expect(judged.count == 12 && judged.allSatisfy { $0["wasLookedAt"] as? Bool == true })
        #expect((result["curve"] as? [[String: Any]])?.first?["labelCount"] as? Int == 9)

        // What nobody has labelled is asked about, and what is answered is told.
        let doubts = try #require(
            try tool.request("GET", "/v1/projects/p/doubts").json()["items"] as? [[String: Any]])
        try #require(!doubts.isEmpty)
        let open = Set(
            try rows(tool).filter { $0["isComplete"] as? Bool == false }.compactMap { $0["id"] as? String })
        #expect(doubts.allSatisfy { open.contains($0["scene"] as? String ?? "") })
        let item = doubts[0]
        let answered = try post(
            tool, "/v1/projects/p/labels",
            [
                "events": [
                    [
                        "id": "no-1", "scene": item["scene"], "set": ["window": item["box"]],
                        "to": ["class": "nothing"],
                    ]
                ]
            ])
        #expect(answered.status == 200, "\(answered.text)")
        let again = try #require(
            try tool.request("GET", "/v1/projects/p/doubts").json()["items"] as? [[String: Any]])
        #expect((again[0]["label"] as? [String: Any])?["class"] as? String == "nothing")

        // The largest square that nobody has shown is found.
        let unseen = try #require(try rows(tool, "?order=name").first { $0["name"] as? String == "p9.tif" })
        let answer = try tool.request("GET", "/v1/projects/p/finds?scene=\(unseen["id"] ?? "")").json()
        #expect(answer["threshold"] as? Double == result["threshold"] as? Double)
        let finds = try #require(answer["finds"] as? [[String: Any]])
        let best = try #require(finds.first?["box"] as? [Int])
        let box = try #require(truth["p9.tif"])
        #expect(
            (box.x0..<box.x1).contains((best[0] + best[2]) / 2)
                && (box.y0..<box.y1).contains((best[1] + best[3]) / 2), "\(finds.prefix(3)) \(box)")
    }

    @Test func labelsAreKeptAndTakenBack() throws {
        let folder = try TemporaryFolder()
        _ = try writePhotographs(2, in: folder)
        let tool = try serve(folder)
        try make(tool)
        let id = try #require(try rows(tool)[0]["id"] as? String)
        func labels() throws -> [[String: Any]] {
            try #require(
                try tool.request("GET", "/v1/projects/p/labels?scene=\(id)").json()["labels"]
                    as? [[String: Any]])
        }
        func send(_ event: [String: Any]) throws -> HTTPAnswer {
            try post(tool, "/v1/projects/p/labels", ["events": [event.merging(["scene": id]) { $1 }]])
        }
        let set: [String: Any] = ["id": "a", "set": ["box": [1, 2, 30, 40]], "to": ["class": "square"]]
        #expect(try send(set).status == 200)
        // Sent twice, stored once.
        #expect(try send(set).status == 200)
        #expect(try labels().count == 1)
        #expect(try send(["id": "b", "move": [1, 2, 30, 40], "to": [5, 6, 40, 50]]).status == 200)
        #expect((try labels()[0]["place"] as? [String: Any])?["box"] as? [Int] == [5, 6, 40, 50])
        #expect(try send(["id": "c", "undo": "b"]).status == 200)
        #expect(try send(["id": "d", "set": ["box": [1, 2, 30, 40]], "to": ["unsure": true]]).status == 200)
        #expect((try labels()[0]["label"] as? [String: Any])?["unsure"] as? Bool == true)
        // A later event has changed the place.
        #expect(try send(["id": "e", "undo": "a"]).status == 409)
        #expect(try send(["id": "f", "set": ["box": [1, 2, 30, 40]], "to": NSNull()]).status == 200)
        #expect(try labels().isEmpty)
    }

    @Test func whatCannotBeIsSaid() throws {
        let folder = try TemporaryFolder()
        _ = try writePhotographs(2, in: folder)
        let tool = try serve(folder)
        try make(tool)
        let id = try #require(try rows(tool)[0]["id"] as? String)
        let requests: [(String, [String: Any], Int, String)] = [
            ("/v1/projects", ["name": "p", "classes": ["a"], "search": "p"], 409, "another name"),
            ("/v1/projects", ["name": "../p", "classes": ["a"], "search": "p"], 422, "letters"),
            ("/v1/projects", ["name": ".p", "classes": ["a"], "search": "p"], 422, "letters"),
            ("/v1/projects", ["name": "q", "classes": ["a,b"], "search": "p"], 422, "comma"),
            ("/v1/projects", ["name": "q", "classes": ["nothing"], "search": "p"], 422, "another name"),
            ("/v1/projects", ["name": "q", "classes": ["unsure"], "search": "p"], 422, "could not tell"),
            ("/v1/projects", ["name": "q", "classes": ["a"], "search": "zzz"], 422, "no scene has"),
            ("/v1/projects", ["name": "q", "classes": ["a"]], 422, "scenes"),
            ("/v1/projects", ["name": "q", "classes": ["a"], "scenes": ["0"]], 404, "no scene"),
            ("/v1/projects", ["name": "q", "classes": ["a"], "search": "p", "x": 1], 422, "unknown key"),
            ("/v1/projects/q/labels", ["events": [["id": "1"]]], 404, "no project"),
            ("/v1/projects/p/labels", ["events": []], 422, "1 to"),
            ("/v1/projects/p/labels", ["events": [["id": "1", "scene": id]]], 422, "'set'"),
            (
                "/v1/projects/p/labels",
                [
                    "events": [
                        ["id": "1", "scene": id, "set": ["box": [0, 0, 999, 9]], "to": ["class": "square"]]
                    ]
                ],
                422, "256 x 192"
            ),
            (
                "/v1/projects/p/labels",
                [
                    "events": [
                        ["id": "1", "scene": id, "set": ["box": [9, 0, 0, 9]], "to": ["class": "square"]]
                    ]
                ],
                422, "x0 < x1"
            ),
            (
                "/v1/projects/p/labels",
                [
                    "events": [
                        ["id": "1", "scene": id, "set": ["box": [0, 0, 9, 9]], "to": ["class": "dog"]]
                    ]
                ], 422,
                "one of square, never seen"
            ),
            (
                "/v1/projects/p/labels",
                [
                    "events": [
                        ["id": "ü", "scene": id, "set": ["box": [0, 0, 9, 9]], "to": ["class": "square"]]
                    ]
                ],
                422, "letters, digits"
            ),
            (
                "/v1/projects/p/labels", ["events": [["id": "1", "scene": id, "undo": "x"]]], 404,
                "no event with this id"
            ),
            ("/v1/projects/p/learn/cancel", [:], 409, "not learning"),
        ]
        for (path, body, status, words) in requests {
            let answer = try post(tool, path, body)
            #expect(answer.status == status && answer.text.contains(words), "\(body): \(answer.text)")
        }
        #expect(try tool.request("GET", "/v1/projects/p/result").status == 404)
        #expect(try tool.request("DELETE", "/v1/projects/p").status == 204)
        #expect(try tool.request("GET", "/v1/projects/p").status == 404)
        #expect(try tool.request("GET", "/v1/projects").json()["projects"] as? [String] == [])
    }

    /// Projects that the command line has made, and what is left of one.
    @Test func otherProjectsAreShownOrTold() throws {
        let folder = try TemporaryFolder()
        _ = try writePhotographs(1, in: folder)
        func write(_ name: String, _ text: String) throws {
            try FileManager.default.createDirectory(
                atPath: folder.file("data/projects/\(name)"), withIntermediateDirectories: true)
            _ = try folder.write(Array(text.utf8), to: "data/projects/\(name)/project.json")
        }
        try write("damaged", "{")
        try write(
            "tiles",
            """
            {"version": 1, "scenes": [], "classes": ["a", "b"], "background": "none", "windowSize": 32, "pack": "/none.tiles"}
            """)
        let tool = try serve(folder)
        try make(tool)
        // Its labels are gone.
        try write(
            "lost", String(contentsOfFile: folder.file("data/projects/p/project.json"), encoding: .utf8))
        try FileManager.default.createDirectory(
            atPath: folder.file("data/projects/lost/rounds/0001"), withIntermediateDirectories: true)
        _ = try folder.write(Array("{}".utf8), to: "data/projects/lost/rounds/0001/round.json")
        let list = try tool.request("GET", "/v1/projects").json()
        let rows = try #require(list["projects"] as? [[String: Any]])
        #expect(rows.map { $0["name"] as? String } == ["p", "tiles"])
        #expect(rows.map { $0["unit"] as? String } == ["photograph", "tile"])
        let hints = try tool.request("GET", "/v1/projects/tiles").json()["hints"] as? [String]
        #expect(hints?.count == 1 && hints?.first?.contains("only the command line learns from") == true)
        let problems = try #require(list["problems"] as? [String])
        #expect(problems.count == 2, "\(problems)")
        #expect(
            problems.first
                == "the project 'damaged' cannot be used: it cannot be read: it is not valid JSON; bring back a copy of it"
        )
        #expect(problems.last?.contains("something was learnt from it") == true, "\(problems)")
        let learn = try post(tool, "/v1/projects/tiles/learn", [:])
        #expect(learn.status == 422 && learn.text.contains("the tiles of a pack"), "\(learn.text)")
        #expect(try tool.request("GET", "/v1/projects/tiles/result").status == 422)
        let scenes = try post(tool, "/v1/projects/tiles/scenes", ["search": "p"])
        #expect(scenes.status == 422 && scenes.text.contains("and no scenes"), "\(scenes.text)")
        #expect(try tool.request("GET", "/v1/projects/tiles/scenes").json()["totalCount"] as? Int == 0)
        // The command line learns in one that is labelled by windows.
        try write(
            "windows",
            """
            {"version": 1, "scenes": ["\(folder.file("scenes"))"], "classes": ["a"], "background": "other", "windowSize": 32}
            """)
        let windows = try post(tool, "/v1/projects/windows/scenes", ["search": "p"])
        #expect(windows.status == 422 && windows.text.contains("on the command line"), "\(windows.text)")
        do {
            let lock = try FolderLock(folder.file("data/projects/windows"), name: ".project-lock")
            #expect(try tool.request("DELETE", "/v1/projects/windows").status == 409)
            withExtendedLifetime(lock) {}
        }
        for name in ["damaged", "lost", "tiles", "windows"] {
            #expect(try tool.request("DELETE", "/v1/projects/\(name)").status == 204)
        }
        #expect(try tool.request("GET", "/v1/projects").json()["problems"] as? [String] == [])
    }

    /// Nobody will see what is said of a photograph that was removed.
    @Test func photographsThatWereRemovedTakeNoLabels() throws {
        let folder = try TemporaryFolder()
        _ = try writePhotographs(2, in: folder)
        let tool = try serve(folder)
        try make(tool)
        let row = try #require(try rows(tool).first { $0["name"] as? String == "p1.tif" })
        let id = try #require(row["id"] as? String)
        let event: [String: Any] = [
            "id": "a", "scene": id, "set": ["box": [0, 0, 9, 9]], "to": ["unsure": true],
        ]
        #expect(try post(tool, "/v1/projects/p/labels", ["events": [event]]).status == 200)
        try FileManager.default.removeItem(atPath: folder.file("scenes/p1.tif"))
        // The service lists its folders again after some seconds.
        var status = 200
        for _ in 0..<100 where status == 200 {
            usleep(100_000)
            _ = try tool.request("GET", "/v1/scenes")
            status = try post(tool, "/v1/projects/p/labels", ["events": [event]]).status
        }
        #expect(status == 404)
    }

    /// A client that labels while another removes the project is told that it is not there.
    @Test func removedWhileSomebodyLabels() throws {
        let folder = try TemporaryFolder()
        _ = try writePhotographs(1, in: folder)
        let tool = try serve(folder)
        try make(tool)
        let id = try #require(try rows(tool)[0]["id"] as? String)
        let body = try JSONSerialization.data(
            withJSONObject: [
                "events": (0..<200).map {
                    ["scene": id, "id": "x-\($0)", "set": ["box": [0, 0, 9, 9 + $0 % 100]]] as [String: Any]
                }
            ])
        let port = tool.port
        let statuses = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 5) { number in
            guard number > 0 else {
                // The others are in the middle of it by then.
                usleep(300_000)
                let answer = try? HTTPConnection(port: port).answer(to: "DELETE", "/v1/projects/p")
                #expect(answer?.status == 204)
                return
            }
            for _ in 0..<500 {
                let answer = try? HTTPConnection(port: port).answer(
                    to: "POST", "/v1/projects/p/labels", fields: ["Content-Type": "application/json"],
                    body: Array(body))
                statuses.withLock { $0.append(answer?.status ?? 0) }
                if answer?.status == 404 { return }
            }
        }
        let found = statuses.withLock { $0 }
        #expect(found.count { $0 == 404 } == 4 && Set(found).isSubset(of: [200, 404]), "\(Set(found))")
    }
}

extension HTTPConnection {
    fileprivate func answer(
        to method: String, _ target: String, fields: [String: String] = [:], body: [UInt8]? = nil
    ) throws -> HTTPAnswer {
        try send(method, target, fields: fields, body: body)
        return try answer()
    }
}
