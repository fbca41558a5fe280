import Foundation
import TestSupport
import Testing

/// The service over https, asked by Python's client.
struct TLSTests {
    /// A model, and a certificate of this machine with its key.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        try certify("service", in: folder)
        return folder
    }

    private func certify(_ name: String, in folder: TemporaryFolder) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
            folder.file(name + ".key"), "-out", folder.file(name + ".pem"),
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitForEnd()
        try #require(process.terminationStatus == 0)
    }

    private let options = [
        "--models", "models", "--tls-certificate", "service.pem", "--tls-key", "service.key",
    ]

    private func ask(_ tool: ServedTool, _ folder: TemporaryFolder, _ script: String) throws {
        let beginning = """
            import http.client, json, socket, ssl, sys, warnings
            warnings.simplefilter("ignore")
            port, certificate, picture = int(sys.argv[1]), sys.argv[2], open(sys.argv[3], "rb").read()
            context = ssl.create_default_context(cafile=certificate)
            connect = lambda: http.client.HTTPSConnection("localhost", port, context=context, timeout=30)
            wrapped = lambda: context.wrap_socket(socket.create_connection(("127.0.0.1", port), 30), server_hostname="localhost")

            """
        let run = try PythonServer.run(
            [
                "-c", beginning + script, "\(tool.port)", folder.file("service.pem"),
                folder.file("picture.png"),
            ])
        #expect(run.exitCode == 0, "\(run.errors)\n\(tool.text)")
    }

    @Test func answersAsWithoutIt() throws {
        let folder = try folder()
        _ = try folder.write(try smallPNG(), to: "picture.png")
        let tool = try ServedTool(options, folder: folder.path)
        try ask(
            tool, folder,
            """
            connection = connect()
            for _ in range(3):
                connection.request("POST", "/v1/models/cars/predict", picture, {"Content-Type": "image/png", "Origin": f"https://localhost:{port}"})
                answer = connection.getresponse()
                assert answer.status == 200, answer.read()
                assert len(json.load(answer)["predictions"]) == 1
            # More than records and buffers hold, to a client that says early that it sends no more.
            raw = wrapped()
            raw.sendall(200 * b"GET /v1/openapi.json HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
            received = b""
            while received.count(b"HTTP/1.1 200 OK") < 200 or not received.rstrip().endswith(b"}"):
                part = raw.recv(1 << 20)
                assert part, received.count(b"HTTP/1.1 200 OK")
                received += part
            # A body that the service does not want, and its end.
            raw = wrapped()
            raw.sendall(b"POST /v1/models/cars/predict HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: text/plain\\r\\nContent-Length: 9\\r\\n\\r\\n")
            assert raw.recv(1 << 16).startswith(b"HTTP/1.1 415")
            """)
        // Plain HTTP is no TLS, and harms nobody.
        let plain = try tool.connect()
        try plain.send("GET", "/health/live")
        #expect(plain.hasEnded(within: 10))
        let silent = try tool.connect()
        tool.signal(SIGTERM)
        #expect(tool.end() == 0)
        withExtendedLifetime(silent) {}
    }

    /// Else a client cannot tell the end of an answer from a cut connection.
    @Test func saysThatItEndsToWhoSendsNoMore() throws {
        let folder = try folder()
        _ = try folder.write([], to: "picture.png")
        let tool = try ServedTool(options, folder: folder.path)
        try ask(
            tool, folder,
            #"""
            for _ in range(5):
                plain = socket.create_connection(("127.0.0.1", port), 30)
                connection = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False)
                connection.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
                # Only the socket: Python's own would forget the keys.
                socket.socket.shutdown(connection, socket.SHUT_WR)
                got = b""
                while piece := connection.recv(1 << 16):
                    got += piece
                assert got.startswith(b"HTTP/1.1 200"), got[:50]
            """#)
    }

    @Test func refusesOldVersions() throws {
        let folder = try folder()
        _ = try folder.write([], to: "picture.png")
        let tool = try ServedTool(options, folder: folder.path)
        try ask(
            tool, folder,
            """
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
                context.maximum_version = version
                assert wrapped().version() == name
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
            try:
                wrapped()
            except (ssl.SSLError, ConnectionError):
                pass
            else:
                raise AssertionError("TLS 1.1 is taken")
            """)
    }

    @Test func saysWhatIsWrongWithItsFiles() throws {
        let folder = try folder()
        try certify("other", in: folder)
        _ = try folder.write(Array("no certificate\n".utf8), to: "broken.pem")
        for (certificate, key, words) in [
            ("none.pem", "service.key", "none.pem: cannot be read as certificates in PEM: No such file"),
            ("broken.pem", "service.key", "broken.pem: cannot be read as certificates in PEM: no start line"),
            ("service.pem", "none.key", "in PEM without a passphrase: No such file"),
            ("service.pem", "other.key", "in PEM without a passphrase: key values mismatch"),
        ] {
            let error = #expect(throws: ServedTool.Ended.self) {
                _ = try ServedTool(
                    ["--models", "models", "--tls-certificate", certificate, "--tls-key", key],
                    folder: folder.path)
            }
            #expect(error?.words.contains(words) == true, "\(error?.words ?? "")")
        }
        let error = #expect(throws: ServedTool.Ended.self) {
            _ = try ServedTool(["--models", "models", "--tls-key", "service.key"], folder: folder.path)
        }
        #expect(error?.words.contains("give both") == true, "\(error?.words ?? "")")
    }
}
