import Foundation
import TestSupport
import Testing

/// The service as a whole: health, models, predicting, who may ask, limits, and how it ends.
struct ServeTests {
    private func serve(_ arguments: String..., body: (ServedTool) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models"] + arguments, folder: folder.path)
        try body(tool)
        withExtendedLifetime(folder) {}
    }

    @Test func saysThatItLivesAndIsReady() throws {
        try serve { tool in
            for path in ["/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"] {
                #expect(try tool.request("GET", path).status == 200, "\(path)")
            }
            let answer = try tool.request("GET", "/v1/service")
            #expect(try answer.json()["tokenNeeded"] as? Bool == false)
            #expect(answer.fields["x-request-id"]?.count == 16)
            #expect(answer.fields["content-security-policy"]?.contains("default-src 'none'") == true)
        }
    }

    @Test func classifiesAsTheCommandDoes() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let picture = try smallPNG()
        _ = try folder.write(picture, to: "picture.png")
        let process = Process()
        process.executableURL = URL(filePath: ServedTool.path(of: "tilescope"))
        process.arguments = ["predict", "models/cars.safetensors", "picture.png", "--json", "--top", "3"]
        process.currentDirectoryURL = URL(filePath: folder.path)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let line = output.fileHandleForReading.readDataToEndOfFile()
        process.waitForEnd()
        let expected =
            try #require(
                try JSONSerialization.jsonObject(with: line) as? [String: Any])["classes"] as? NSArray
        let tool = try ServedTool(["--models", "models"], folder: folder.path)
        let answer = try tool.request(
            "POST", "/v1/models/cars/predict?top=3", fields: ["Content-Type": "image/png"], body: picture)
        #expect(answer.status == 200, "\(answer.text)")
        let predictions = try answer.json()["predictions"] as? [[String: Any]]
        #expect(predictions?.first?["classes"] as? NSArray == expected)
    }

    @Test func refusesWhatCannotBeRead() throws {
        try serve { tool in
            let fields = ["Content-Type": "image/png"]
            let path = "/v1/models/cars/predict"
            let broken = try tool.request("POST", path, fields: fields, body: Array("no image".utf8))
            #expect(broken.status == 422, "\(broken.text)")
            #expect(broken.fields["content-type"] == "application/problem+json")
            #expect(try tool.request("POST", path, fields: fields, body: []).status == 422)
            // A header that promises 2^32 - 1 pixels in each direction.
            let huge = Array(try smallPNG()[..<16]) + [UInt8](repeating: 0xFF, count: 8)
            #expect(try tool.request("POST", path, fields: fields, body: huge).status == 422)
            #expect(
                try tool.request("POST", path, fields: ["Content-Type": "text/plain"], body: [1]).status
                    == 415)
            #expect(try tool.request("POST", path + "?top=0", fields: fields, body: [1]).status == 400)
            #expect(try tool.request("POST", path + "?tap=1", fields: fields, body: [1]).status == 400)
            #expect(
                try tool.request("POST", "/v1/models/none/predict", fields: fields, body: [1]).status == 404)
            let wrong = try tool.request("GET", path)
            #expect(wrong.status == 405)
            #expect(wrong.fields["allow"] == "POST")
            let list = Array(
                #"{"addresses": ["/etc/passwd", "http://127.0.0.1:1/a.png", "file:///etc/passwd"]}"#.utf8)
            let rows =
                try tool.request(
                    "POST", path, fields: ["Content-Type": "application/json"], body: list
                ).json()["predictions"] as? [[String: Any]]
            #expect(rows?.count == 3)
            #expect(rows?.allSatisfy { ($0["error"] as? String)?.contains("--allow") == true } == true)
            let long = try tool.request(
                "POST", path, fields: ["Content-Type": "application/json"],
                body: [UInt8](repeating: 0x20, count: 2 << 20))
            #expect(long.status == 413)
        }
    }

    @Test(arguments: [
        "/../etc/passwd", "/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc%2fpasswd", "/assets/%00",
        "/assets/%ff",
        "/assets//", "//assets", "/v1/models/%2e%2e",
    ])
    func leadsNowhereElse(target: String) throws {
        try serve { tool in
            let status = try tool.request("GET", target).status
            #expect(status == 400 || status == 404, "\(status)")
        }
    }

    @Test func answersOnlyWhoMayAsk() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        _ = try folder.write(Array("0123456789abcdef-token\n".utf8), to: "token")
        let tool = try ServedTool(["--models", "models", "--token-file", "token"], folder: folder.path)
        let without = try tool.request("GET", "/v1/models")
        #expect(without.status == 401)
        #expect(without.fields["www-authenticate"] == "Bearer")
        for wrong in ["Bearer ", "Bearer 0123456789abcdef-toke", "Basic 0123456789abcdef-token", "Bearer x"] {
            #expect(try tool.request("GET", "/v1/models", fields: ["Authorization": wrong]).status == 401)
        }
        let right = ["Authorization": "Bearer 0123456789abcdef-token"]
        #expect(try tool.request("GET", "/v1/models", fields: right).status == 200)
        #expect(try tool.request("GET", "/").status == 200)
        #expect(try tool.request("GET", "/nothing").status == 401)
    }

    @Test func refusesPagesOfOtherSites() throws {
        let cases: [(String, String, [String: String], Int)] = [
            ("GET", "/v1/models", ["Host": "evil.example"], 403),
            ("GET", "/v1/models", ["Host": ""], 403),
            ("GET", "/v1/models", ["Host": "127.evil.example"], 403),
            ("GET", "/v1/models", ["Origin": "http://evil.example"], 403),
            ("POST", "/v1/models/reload", ["Origin": "http://evil.example//127.0.0.1"], 403),
            ("POST", "/v1/models/reload", ["Origin": "null"], 403),
            ("POST", "/v1/models/reload", ["Sec-Fetch-Site": "cross-site"], 403),
            ("GET", "/v1/models", ["Host": "localhost:80"], 200),
            ("POST", "/v1/models/reload", ["Origin": "http://127.0.0.1"], 200),
        ]
        try serve { tool in
            for (method, path, fields, status) in cases {
                let answer = try tool.request(method, path, fields: fields)
                #expect(answer.status == status, "\(fields)")
            }
        }
    }

    @Test func endsABodyThatIsTooLong() throws {
        try serve("--body", "1") { tool in
            let connection = try tool.connect()
            try connection.send(
                "POST", "/v1/models/cars/predict",
                fields: ["Content-Type": "image/png", "Content-Length": "10000000"])
            try connection.send([UInt8](repeating: 1, count: 1000))
            let answer = try connection.answer()
            #expect(answer.status == 413)
            #expect(answer.fields["connection"] == "close")
            // It goes on sending, and nobody reads it.
            #expect(connection.hasEnded(within: 5))
        }
    }

    @Test(arguments: ["zz\r\n", "-1\r\n", "0x5\r\nhello\r\n", "5\r\nhelloworld"])
    func refusesMalformedChunks(chunks: String) throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send(
                "POST /v1/models/cars/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + chunks)
            let answer = try connection.answer()
            #expect(answer.status == 400, "\(answer.text)")
        }
    }

    @Test func answersRequestsThatComeTogether() throws {
        try serve { tool in
            let connection = try tool.connect()
            let one = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try connection.send(one + one + one)
            for _ in 0..<3 { #expect(try connection.answer().status == 200) }
        }
    }

    @Test func answersWhatItHasAcceptedBeforeItEnds() throws {
        try serve { tool in
            let picture = try smallPNG()
            let connections = try (0..<8).map { _ in try tool.connect() }
            for connection in connections {
                try connection.send("GET", "/health/live")
                #expect(try connection.answer().status == 200)
            }
            for connection in connections {
                try connection.send(
                    "POST", "/v1/models/cars/predict", fields: ["Content-Type": "image/png"], body: picture)
            }
            tool.signal(SIGTERM)
            for connection in connections {
                let answer = try connection.answer()
                #expect(answer.status == 200, "\(answer.text)")
            }
            #expect(tool.end() == 0)
        }
    }

    /// A connection that is accepted while the listening socket closes once ended the process.
    @Test func endsWhileConnectionsComeIn() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        for _ in 0..<3 {
            let tool = try ServedTool(["--models", "models"], folder: folder.path)
            let connecting = Thread { [port = tool.port] in
                // Until nobody listens any more.
                while let connection = try? HTTPConnection(port: port) {
                    try? connection.send("GET", "/health/live")
                }
            }
            connecting.start()
            usleep(100_000)
            tool.signal(SIGTERM)
            #expect(tool.end() == 0, "\(tool.text)")
        }
    }

    @Test func readsItsModelsAgain() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models"], folder: folder.path)
        try folder.writeServedModel(to: "models/boats.safetensors")
        _ = try folder.write([1, 2, 3], to: "models/broken.safetensors")
        let models = try tool.request("POST", "/v1/models/reload").json()["models"] as? [[String: Any]]
        #expect(models?.compactMap { $0["name"] as? String } == ["boats", "broken", "cars"])
        #expect(models?.compactMap { $0["state"] as? String } == ["ready", "failed", "ready"])
        let details = try tool.request("GET", "/v2/models/boats").json()
        #expect(details["platform"] as? String == "tilescope")
        #expect(try tool.request("GET", "/v2/models/broken").status == 422)
    }

    @Test func countsWhatItAnswers() throws {
        try serve { tool in
            _ = try tool.request("GET", "/health/live")
            let text = try tool.request("GET", "/metrics").text
            #expect(
                text.contains(
                    #"tilescope_http_requests_total{method="GET",path="/health/live",status="200"} 1"#),
                "\(text)")
            #expect(text.contains("# TYPE tilescope_http_request_duration_seconds histogram"))
        }
    }

    @Test func saysThatItsPortIsTaken() throws {
        try serve { tool in
            let folder = try TemporaryFolder()
            try folder.writeServedModel(to: "models/cars.safetensors")
            let error = #expect(throws: ServedTool.Ended.self) {
                _ = try ServedTool(
                    ["--models", "models", "--listen", "127.0.0.1:\(tool.port)"], folder: folder.path)
            }
            #expect(
                error?.words.contains("name another address by --listen") == true, "\(error?.words ?? "")")
        }
    }

    @Test func saysThatThereIsNoSuchFolder() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        for name in ["nowhere", "models/cars.safetensors"] {
            let error = #expect(throws: ServedTool.Ended.self) {
                _ = try ServedTool(["--models", name], folder: folder.path)
            }
            #expect(
                error?.words.contains("\(name): there is no such folder") == true, "\(error?.words ?? "")")
        }
    }

    /// A file of Windows.
    @Test func takesATokenWithAnyEndOfLine() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        _ = try folder.write(Array("0123456789abcdef-token\r\n".utf8), to: "token")
        let tool = try ServedTool(["--models", "models", "--token-file", "token"], folder: folder.path)
        let right = ["Authorization": "Bearer 0123456789abcdef-token"]
        #expect(try tool.request("GET", "/v1/models", fields: right).status == 200)
    }

    /// Not first when somebody sends a picture.
    @Test func saysAtOnceThatAModelCannotBeUsedSo() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models", "--precision", "int8"], folder: folder.path)
        let models = try #require(tool.request("GET", "/v1/models").json()["models"] as? [[String: Any]])
        #expect(models.first?["error"] is String, "\(models)")
    }

    @Test func letsOneServiceUseADataFolder() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let first = try ServedTool(["--models", "models", "--data", "data"], folder: folder.path)
        let error = #expect(throws: ServedTool.Ended.self) {
            _ = try ServedTool(["--models", "models", "--data", "data"], folder: folder.path)
        }
        #expect(error?.words.contains("data") == true, "\(error?.words ?? "")")
        first.signal(SIGTERM)
        #expect(first.end() == 0)
    }
}
