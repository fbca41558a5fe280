import CGDAL
import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct StoredFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsParts() throws {
        let path = try folder.write(Array(0..<100), to: "a")
        let file = try StoredFile(opening: Address("file://" + path))
        #expect(file.byteCount == 100)
        #expect(try file.read(90..<100) == Array(90..<100))
        #expect(try file.read(3..<5) == [3, 4])
        #expect(try StoredFile.bytes(of: Address(path), limit: 100).count == 100)
        let error = #expect(throws: FileError.self) { try StoredFile.bytes(of: Address(path), limit: 99) }
        #expect(error?.cause == "it has 100 bytes, more than 99")
    }

    @Test func saysWhatIsNotThere() throws {
        let missing = #expect(throws: FileError.self) {
            _ = try StoredFile.bytes(of: Address(folder.file("a")), limit: 9)
        }
        #expect(missing?.description == "\(folder.file("a")): cannot open: No such file or directory")
        let isFolder = #expect(throws: FileError.self) {
            _ = try StoredFile.bytes(of: Address(folder.path), limit: 9)
        }
        #expect(isFolder?.code == .cannotOpen)
        let noFolder = #expect(throws: FileError.self) {
            _ = try StoredFolder(listing: Address(folder.file("a")))
        }
        #expect(noFolder?.cause == "No such file or directory")
    }

    /// A name in Latin-1, one that looks like an escaped byte, and one with the character that stands for a byte.
    @Test(
        arguments: [
            ([0x63, 0xE9, 0x2E, 0x61], "c\\xE9.a"), ([0xC3, 0xA9, 0xFF, 0xC3], "é\\xFF\\xC3"),
            (Array("\u{10FFE9}".utf8), "\\xF4\\x8F\\xBF\\xA9"), (Array("\\xE9 é".utf8), "\\xE9 é"),
        ] as [([UInt8], String)])
    func aNameIsBytes(name: [UInt8], shown: String) throws {
        let path = Array((folder.path + "/").utf8) + name + [0]
        let descriptor = open(path.map { CChar(bitPattern: $0) }, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        #expect(write(descriptor, "abc", 3) == 3)
        close(descriptor)
        let list = try StoredFolder(listing: Address(folder.path))
        let entry = try #require(list.entries.first)
        #expect(list.entries.count == 1 && entry.name.showingRawBytes == shown)
        let address = list.address.appending(entry.name)
        #expect(address.description == folder.path + "/" + shown)
        #expect(try StoredFile.bytes(of: address, limit: 9) == Array("abc".utf8))
        #expect(entry.name.withNameBytes { String(cString: $0) } == String(decoding: name, as: UTF8.self))
    }

    @Test func doesNotWaitForAPipe() throws {
        let path = folder.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: FileError.self) { _ = try StoredFile.bytes(of: Address(path), limit: 9) }
        #expect(error?.cause == "it is a named pipe; name a file")
    }

    @Test func refusesALinkToAFolderThatItIsIn() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("a/b"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("a/b/loop"), withDestinationPath: folder.file("a"))
        let error = #expect(throws: FileError.self) { _ = try StoredFolder(listing: Address(folder.path)) }
        #expect(error?.cause.contains("in which it lies") == true)
    }

    @Test(.enabled(if: getuid() != 0)) func saysWhichFolderCannotBeListed() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("closed"), withIntermediateDirectories: true)
        try #require(chmod(folder.file("closed"), 0) == 0)
        defer { chmod(folder.file("closed"), 0o700) }
        let error = #expect(throws: FileError.self) { _ = try StoredFolder(listing: Address(folder.path)) }
        #expect(error?.path.hasSuffix("closed") == true)
    }

    // MARK: Object stores

    /// Answers on this machine as S3 does: with lists of two parts, the second of which comes as the bucket is called.
    private static let serverScript = """
        import http.server, time
        def part(key, rest):
            return ('<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name><Prefix/><Marker/>'
                + '<MaxKeys>1</MaxKeys><IsTruncated>' + ('true' if rest else 'false') + '</IsTruncated>'
                + ('<NextMarker>' + key + '</NextMarker>' if rest else '') + '<Contents><Key>' + key
                + '</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents>'
                + '</ListBucketResult>')
        class Store(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self): self.do_GET()
            def do_GET(self):
                if self.path.startswith('/file'):
                    if self.path.startswith('/file/late'): time.sleep(0.1)
                    self.send_response(200)
                    self.send_header('ETag', '"' + self.path[6:] + '"')
                    self.send_header('Content-Length', '1')
                    self.end_headers()
                    if self.command == 'GET': self.wfile.write(b'x')
                    return
                status, body = 200, part('a', True)
                if self.path.startswith('/missing'): status = 404
                if 'marker=' in self.path:
                    body = part('b', False)
                    if self.path.startswith('/cut'): body = body[:150]
                    if self.path.startswith('/refused'): status, body = 403, '<Error><Code>No</Code></Error>'
                    if self.path.startswith('/busy'): status, body = 503, '<html>later</html>'
                    if self.path.startswith('/gone'): return
                self.send_response(status)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Store)
        print(server.server_port, flush=True)
        server.serve_forever()
        """
    private static let pythonPath = "/usr/bin/python3"
    private static let hasPython = FileManager.default.isExecutableFile(atPath: pythonPath)

    /// - Parameter body: takes the server's name and port.
    private func withServer(_ body: (String) throws -> Void) throws {
        let (server, output) = (Process(), Pipe())
        server.executableURL = URL(filePath: Self.pythonPath)
        server.arguments = ["-c", Self.serverScript]
        server.standardOutput = output
        try server.run()
        // It may have inherited a block of all signals that can be blocked.
        defer { kill(server.processIdentifier, SIGKILL) }
        let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        CPLSetConfigOption("GDAL_HTTP_PROXY", "")
        try body("127.0.0.1:\(port)")
    }

    @Test(.enabled(if: hasPython, "needs python3")) func bytesOnAServerHaveATag() throws {
        try withServer { server throws in
            #expect(StoredFile.etag(of: Address("http://\(server)/file/v1")) == "\"v1\"")
            #expect(StoredFile.etag(of: Address("http://\(server)/file/v2?token=t")) == "\"v2?token=t\"")
            #expect(StoredFile.etag(of: Address("http://\(server)/other")) == nil)
            #expect(try StoredFile.bytes(of: Address("http://\(server)/file/v1"), limit: 1) == [0x78])
        }
        #expect(try StoredFile.etag(of: Address(folder.write([1], to: "a"))) == nil)
        #expect(StoredFile.etag(of: Address("hdfs://host/a")) == nil)
    }

    @Test(.enabled(if: hasPython, "needs python3")) func waitingForAServerIsCountedOfItsThread() throws {
        try withServer { server throws in
            let before = FetchClock.seconds
            #expect(try StoredFile.bytes(of: Address("http://\(server)/file/late"), limit: 1) == [0x78])
            let spent = FetchClock.seconds - before
            #expect(spent >= 0.1 && spent < 60)
            let elsewhere = Mutex(-1.0)
            let isDone = DispatchSemaphore(value: 0)
            Thread {
                elsewhere.withLock { $0 = FetchClock.seconds }
                isDone.signal()
            }.start()
            isDone.wait()
            #expect(elsewhere.withLock { $0 } == 0)
        }
        let before = FetchClock.seconds
        _ = try StoredFile.bytes(of: Address(folder.write([1], to: "a")), limit: 1)
        #expect(FetchClock.seconds == before)
    }

    @Test(.enabled(if: hasPython, "needs python3")) func errorsHaveNoSecrets() throws {
        try withServer { server throws in
            for place in ["", "/vsicurl/", "/vsigzip//vsicurl/"] {
                let address = Address("\(place)http://me:geheim@\(server)/missing?sig=sehrgeheim")
                let error = #expect(throws: FileError.self) {
                    _ = try StoredFile.bytes(of: address, limit: 9)
                }
                #expect(
                    error?.path == "\(place)http://…@\(server)/missing?sig=…", "\(error?.description ?? "")")
                #expect(error?.description.contains("geheim") == false)
                let list = #expect(throws: FileError.self) { _ = try StoredFolder(listing: address) }
                #expect(list?.description.contains("geheim") == false)
            }
        }
    }

    @Test func saysWhatToWriteInstead() {
        let error = #expect(throws: FileError.self) {
            _ = try StoredFile(opening: Address("hdfs://me:geheim@host:9000/a"))
        }
        #expect(error?.cause.contains("webhdfs://host:port/path") == true)
        #expect(error?.path == "hdfs://…@host:9000/a")
        let elsewhere = #expect(throws: FileError.self) {
            _ = try StoredFolder(listing: Address("file://elsewhere/a"))
        }
        #expect(elsewhere?.cause.contains("file:///path") == true)
    }

    @Test(.enabled(if: hasPython, "needs python3")) func aListThatBreaksOffIsAnError() throws {
        try withServer { server throws in
            for (name, value) in [
                ("AWS_S3_ENDPOINT", server), ("AWS_HTTPS", "NO"), ("AWS_VIRTUAL_HOSTING", "FALSE"),
                ("AWS_NO_SIGN_REQUEST", "YES"), ("GDAL_HTTP_RETRY_DELAY", "0.05"),
            ] {
                CPLSetConfigOption(name, value)
            }
            #expect(try StoredFolder(listing: Address("s3://whole")).entries.map(\.name) == ["a", "b"])
            let reasons = [
                ("cut", "only 1 names came"), ("refused", "the store answered No"), ("busy", "later"),
                ("gone", "the server did not answer"),
            ]
            // Together, as three of them are tried again after pauses.
            let causes = Mutex([String: String]())
            DispatchQueue.concurrentPerform(iterations: reasons.count) { index in
                let bucket = reasons[index].0
                do throws(FileError) {
                    _ = try StoredFolder(listing: Address("s3://" + bucket))
                } catch {
                    causes.withLock { $0[bucket] = error.cause }
                }
            }
            for (bucket, reason) in reasons {
                let cause = causes.withLock { $0[bucket] }
                #expect(cause?.contains(reason) == true, "\(bucket): \(cause ?? "no error")")
            }
        }
    }
}
