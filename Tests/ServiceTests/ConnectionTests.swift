import Foundation
import TestSupport
import Testing

/// What one connection may do: forms of requests that are rare, and ends of connections while answers are under way.
struct ConnectionTests {
    private func serve(body: (ServedTool) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        try body(ServedTool(["--models", "models"], folder: folder.path))
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: [
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /health/live HTTP/1.1\r\n\r\n",
        "POST /v1/models/reload HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "GET / HTTP/2.7\r\nHost: localhost\r\n\r\n",
        "B\u{1}D / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ])
    func refusesWhatOthersReadOtherwise(text: String) throws {
        try serve { tool in
            let connection = try tool.connect()
            // A second request must not be answered.
            try connection.send(text + "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let answer = try connection.answer()
            #expect(answer.status == 400, "\(answer)")
            #expect(answer.fields["connection"] == "close")
            #expect(try connection.receive().isEmpty)
        }
    }

    @Test(
        arguments: [
            // A proxy's form, of any host that is this machine.
            ("GET http://localhost:80/health/live HTTP/1.1\r\nHost: elsewhere\r\n\r\n", true),
            ("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", true),
            ("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", false),
            ("GET /health/live HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n", false),
            // Java's client offers HTTP/2 so, and goes on with what it is answered.
            (
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    + "Upgrade: h2c\r\nHTTP2-Settings: AAEA\r\n\r\n", false
            ),
        ] as [(String, Bool)])
    func answersFormsOfRequests(text: String, isKept: Bool) throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send(text)
            let answer = try connection.answer()
            #expect(answer.status == 200)
            #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
            #expect((answer.fields["connection"] == "close") == !isKept, "\(answer.fields)")
            if isKept {
                try connection.send("GET", "/health/live")
                #expect(try connection.answer().status == 200)
            } else {
                #expect(try connection.receive().isEmpty)
            }
        }
    }

    /// More answers than any buffer between holds, to a client that says at once that it sends no more, and reads late.
    @Test(arguments: [false, true])
    func sendsAnswersToTheirEnd(stops: Bool) throws {
        try serve { tool in
            let connection = try tool.connect()
            let one = "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try connection.send(String(repeating: one, count: 200))
            if stops {
                let first = try connection.answer()
                #expect(first.status == 200 && first.body.count > 10_000)
                tool.signal(SIGTERM)
            } else {
                connection.endSending()
            }
            // Longer than a connection without a reader's news would be waited for.
            usleep(2_500_000)
            for number in stops ? 1..<200 : 0..<200 {
                let answer = try connection.answer()
                try #require(answer.status == 200, "\(number)")
            }
            #expect(try connection.receive().isEmpty)
            if stops { #expect(tool.end() == 0) }
        }
    }

    @Test func headOfWhatHasNotChangedKeepsTheConnection() throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send("GET", "/assets/app.js")
            let tag = try #require(try connection.answer().fields["etag"])
            try connection.send("HEAD", "/assets/app.js", fields: ["If-None-Match": tag])
            let answer = try connection.answer(toHead: true)
            #expect(answer.status == 304 && answer.fields["connection"] == nil, "\(answer)")
            try connection.send("GET", "/health/live")
            #expect(try connection.answer().status == 200)
        }
    }

    /// Bytes that follow must not end the connection before the answer has gone.
    @Test(arguments: ["zz\r\n", "5\r\nhelloworld"])
    func answersMalformedChunksWhateverFollows(chunks: String) throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send(
                "POST /v1/models/cars/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + chunks)
            for _ in 0..<3 {
                usleep(2000)
                try? connection.send([UInt8](repeating: 0x61, count: 1000))
            }
            #expect(try connection.answer().status == 400)
        }
    }

    /// Many times what buffers hold: most of it is never read.
    @Test(arguments: ["image/png", "text/plain"])
    func aLongBodyThatIsNotWantedIsAnswered(type: String) throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models", "--body", "1"], folder: folder.path)
        let connection = try tool.connect()
        try connection.send(
            "POST", "/v1/models/cars/predict",
            fields: ["Content-Type": type, "Content-Length": "\(64 << 20)"])
        // One thread sends while the other receives, which a socket allows.
        nonisolated(unsafe) let sender = connection
        let sending = Thread { try? sender.send([UInt8](repeating: 1, count: 64 << 20)) }
        sending.start()
        let answer = try connection.answer()
        #expect(answer.status == (type == "image/png" ? 413 : 415), "\(answer)")
        #expect(connection.hasEnded(within: 10))
    }

    /// The decoder reads nothing after it, and would keep it.
    @Test func whatFollowsAnUpgradeIsNotKept() throws {
        try serve { tool in
            let connection = try tool.connect()
            let before = try memory(of: tool)
            try connection.send(
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
            #expect(try connection.answer().status == 200)
            for _ in 0..<256 {
                guard (try? connection.send([UInt8](repeating: 1, count: 1 << 18))) != nil else { break }
            }
            #expect(try memory(of: tool) - before < 16 << 10)
            #expect(connection.hasEnded(within: 10))
        }
    }

    /// Resident, in KiB.
    private func memory(of tool: ServedTool) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(tool.processIdentifier)/status", encoding: .utf8)
        return try #require(text.firstMatch(of: /VmRSS:\s*(\d+)/).flatMap { Int($0.1) })
    }

    private static let predictionHead =
        "POST /v1/models/cars/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"

    /// A service whose only place for an image is taken.
    private func serveFull(body: (ServedTool) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models", "--queue", "1"], folder: folder.path)
        // The model is read at the first request; the next one takes the only place, and keeps it.
        _ = try tool.request(
            "POST", "/v1/models/cars/predict", fields: ["Content-Type": "image/png"], body: [1])
        let holder = try tool.connect()
        try holder.send(Self.predictionHead + "Content-Length: 1000\r\n\r\nx")
        var isHeld = false
        for _ in 0..<500 where !isHeld {
            usleep(10_000)
            isHeld = try tool.request("GET", "/metrics").text.contains(
                "tilescope_waiting_images{model=\"cars\"} 1.0")
        }
        try #require(isHeld)
        try body(tool)
        withExtendedLifetime((folder, holder)) {}
    }

    @Test(arguments: ["", "Connection: close\r\n"])
    func whoIsRefusedAndGoesIsForgotten(field: String) throws {
        try serveFull { tool in
            let refused = try tool.connect()
            try refused.send(Self.predictionHead + field + "Content-Length: 1000\r\n\r\nx")
            refused.endSending()
            #expect(try refused.answer().status == 429)
            #expect(try refused.receive().isEmpty)
            // One that sends its whole body goes on.
            let kept = try tool.connect()
            try kept.send(Self.predictionHead + "Content-Length: 1\r\n\r\nx")
            #expect(try kept.answer().status == 429)
            try kept.send("GET", "/health/live")
            #expect(try kept.answer().status == 200)
        }
    }

    /// The refusal is told before the body is looked at, which is there already: what follows it must not be lost without a word.
    @Test func aRefusalBehindAnotherRequestSaysThatItIsTheLast() throws {
        try serveFull { tool in
            let get = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let connection = try tool.connect()
            try connection.send(
                get + Self.predictionHead + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" + get)
            #expect(try connection.answer().status == 200)
            let refusal = try connection.answer()
            #expect(refusal.status == 429 && refusal.fields["connection"] == "close", "\(refusal)")
            #expect(connection.hasEnded(within: 10))
        }
    }

    @Test func whoWaitsForLeaveIsRefusedAtOnce() throws {
        try serveFull { tool in
            let connection = try tool.connect()
            try connection.send(
                Self.predictionHead + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
            #expect(try connection.answer().status == 429)
        }
    }

    /// Nobody is told to send what is not read.
    @Test(arguments: [
        ("/v1/models/cars/predict", "image/png", "99999999999", 413),
        ("/v1/models/cars/predict", "text/plain", "5", 415),
        ("/v1/nothing", "image/png", "5", 404),
    ]) func leaveIsGivenOnlyToWhatIsRead(path: String, type: String, length: String, status: Int) throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send(
                "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(length)\r\n\r\n")
            #expect(try connection.answer().status == status)
        }
    }

    @Test func whatIsNoRequestHasItsAnswerBehindOthers() throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send(
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n\u{1}\u{2}GARBAGE\r\n\r\n")
            connection.endSending()
            #expect(try connection.answer().status == 200)
            #expect(try connection.answer().status == 400)
            #expect(try connection.receive().isEmpty)
        }
    }

    @Test func aBodyThatEndsEarlyIsAnswered() throws {
        try serve { tool in
            let connection = try tool.connect()
            try connection.send(
                "POST", "/v1/models/cars/predict",
                fields: ["Content-Type": "image/png", "Content-Length": "1000"])
            try connection.send([1, 2, 3])
            connection.endSending()
            let answer = try connection.answer()
            #expect(answer.status == 400, "\(answer)")
            #expect(try connection.receive().isEmpty)
            #expect(try tool.request("GET", "/health/live").status == 200)
        }
    }
}
