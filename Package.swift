// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// One Swift room of the house; `docs/architecture.md` says what lives there.
///
/// - Parameter embedded: files or folders whose bytes become part of the code.
/// - Parameter excluded: files of which code is made, and SwiftPM does not compile.
func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], embedded: [String] = [], excluded: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: excluded,
        resources: embedded.map { .embedInCode($0) },
        swiftSettings: swiftSettings)
}

/// What the tests of several rooms share. It is no room: only tests depend on it.
func testSupport(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/" + name, swiftSettings: swiftSettings)
}

/// - Parameter excluded: folders that the tests read or run, and SwiftPM does not compile.
func tests(
    _ room: String, _ others: [Target.Dependency] = [], goldens: Bool = false, excluded: [String] = []
) -> Target {
    .testTarget(
        name: room + "Tests", dependencies: [.init(stringLiteral: room), "TestSupport"] + others,
        exclude: excluded + (goldens ? ["Golden"] : []), swiftSettings: swiftSettings)
}

let package = Package(
    name: "tilescope",
    products: [.executable(name: "tilescope", targets: ["tilescope"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // We use none of its traits, and SwiftPM passes several in an order that changes from plan to plan: all that depends
        // on it would then be compiled again.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        .systemLibrary(name: "CDNNL", pkgConfig: "dnnl"),
        .systemLibrary(name: "CGDAL", pkgConfig: "gdal", providers: [.apt(["libgdal-dev"])]),
        .systemLibrary(name: "CGIF", pkgConfig: "cgif", providers: [.apt(["libcgif-dev"])]),
        .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
        .target(name: "CKernels"),
        .systemLibrary(
            name: "COpenSlide", pkgConfig: "openslide", providers: [.apt(["libopenslide-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CPJRT"),
        .target(name: "CPage"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CPixels"),
        // scripts/setup writes this file: SwiftPM refuses a flag of the system's.
        .systemLibrary(name: "CRSVG", pkgConfig: "tilescope-rsvg", providers: [.apt(["librsvg2-dev"])]),
        room("Bytes"),
        room("Pixels", ["CPixels"]),
        room("Networks", ["Bytes"]),
        room("Files", ["Bytes", "CGDAL", .product(name: "Logging", package: "swift-log")]),
        room(
            "ModelFiles",
            [
                "Bytes", "Files", "Networks", "Pixels",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            excluded: ["ONNX/onnx.proto"]),
        room(
            "Rasters",
            [
                "Bytes", "Files", "Pixels", "CGDAL", "CGIF", "CJPEG", "COpenSlide",
                .product(name: "Logging", package: "swift-log"),
            ]),
        room("Figures", ["Files", "Pixels", "Rasters", "CRSVG"]),
        room("Annotations", ["Bytes", "Files", "Pixels", "Rasters", "CGDAL"]),
        room("Records", ["Bytes", "Files", "Pixels", "Rasters"]),
        room("Scenes", ["Bytes", "Files", "Pixels", "Rasters", "Records"]),
        room("SQLite", ["CSQLite"]),
        room("Labels", ["SQLite"]),
        room("Engines", ["Networks"]),
        room("CPUEngine", ["Engines", "Networks", "CDNNL", "CKernels"]),
        room("XLAEngine", ["Engines", "Networks", "CPJRT"]),
        room("Devices", ["Networks", "Engines", "CPUEngine", "XLAEngine"]),
        room("Training", ["Bytes", "Files", "ModelFiles", "Networks", "Records", "Engines"]),
        room(
            "Evaluation",
            ["Annotations", "Bytes", "Figures", "Files", "Pixels", "Rasters", "Records", "Engines"]),
        room(
            "Scanning",
            [
                "Annotations", "Bytes", "Figures", "Files", "Pixels", "Rasters", "Engines", "ModelFiles",
                "Networks",
                .product(name: "Logging", package: "swift-log"),
            ]),
        room(
            "Mining",
            [
                "Annotations", "Bytes", "Files", "Pixels", "Rasters", "Records", "Engines", "ModelFiles",
                "Networks",
                "Scanning",
            ]),
        room(
            "Labelling",
            ["Annotations", "Bytes", "Evaluation", "Files", "Labels", "Pixels", "Rasters", "Records"]),
        room(
            "Cluster",
            [
                "Bytes", "Files", "ModelFiles", "Networks", "Rasters", "Records", "Engines", "Devices",
                "Evaluation",
                "Scanning",
            ], embedded: ["Python"]),
        room(
            "Service",
            [
                "Annotations", "Bytes", "Files", "Pixels", "Networks", "ModelFiles", "Rasters", "Records",
                "Engines", "Devices", "Evaluation", "Labels", "Labelling", "Scanning", "COpenSSL", "CPage",
                "SQLite",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], excluded: ["Page", "openapi.json"]),
        room(
            "Commands",
            [
                "Annotations", "Bytes", "Figures", "Files", "Pixels", "Networks", "ModelFiles", "Rasters",
                "Records", "Scenes", "Engines", "Devices", "Training", "Evaluation", "Scanning", "Mining",
                "Labels", "Labelling", "Cluster", "Service",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], embedded: ["Recipes"]),
        .executableTarget(name: "tilescope", dependencies: ["Commands"], swiftSettings: swiftSettings),
        .testTarget(name: "ArchitectureTests", swiftSettings: swiftSettings),
        testSupport("TestSupport"),
        testSupport("TestRasters", ["CGDAL", "Files", "Pixels"]),
        testSupport("EndingJobs", ["Files"]),
        testSupport("EngineCases", ["Bytes", "Engines", "Networks"]),
        .executableTarget(
            name: "tilescope-fuzz",
            dependencies: [
                "Annotations", "Bytes", "Figures", "Files", "Pixels", "Networks", "ModelFiles", "Rasters",
                "Records", "Training", "Evaluation", "Scanning", "Commands", "CGDAL",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Fuzzing", swiftSettings: swiftSettings),
        .executableTarget(
            name: "tilescope-forks", dependencies: ["Commands"], path: "Tests/Forking",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "tilescope-label-writer", dependencies: ["Labels"], path: "Tests/LabelWriting",
            swiftSettings: swiftSettings),
        tests("Bytes"),
        tests("Files", ["Bytes", "CGDAL"]),
        tests("Pixels", ["Bytes"], goldens: true),
        tests("Networks", goldens: true),
        tests("ModelFiles", ["Bytes", "Engines", "Files", "Networks", "Pixels"], goldens: true),
        tests("Figures", ["Files", "Pixels", "Rasters"]),
        tests("Rasters", ["Bytes", "Files", "Pixels", "CGDAL", "TestRasters"], goldens: true),
        tests(
            "Annotations", ["Bytes", "Files", "Pixels", "Rasters", "CGDAL", "TestRasters"],
            excluded: ["Peers"]),
        tests("Records", ["Bytes", "EndingJobs", "Files", "Pixels", "Rasters"], goldens: true),
        tests("Scenes", ["Bytes", "EndingJobs", "Files", "Pixels", "Rasters", "Records"]),
        tests("SQLite"),
        tests("Labels", ["Bytes", "SQLite", "tilescope-label-writer"]),
        tests("Engines", ["Networks"]),
        tests(
            "CPUEngine", ["Bytes", "CKernels", "EngineCases", "Engines", "Networks", "Pixels"], goldens: true),
        tests(
            "XLAEngine",
            [
                "Bytes", "CPUEngine", "EndingJobs", "EngineCases", "Engines", "Files", "ModelFiles",
                "Networks",
                "Pixels", "Records", "Training",
            ], goldens: true,
            excluded: ["Harness", "Plugin"]),
        tests("Devices", ["Engines", "Networks"]),
        tests(
            "Training",
            [
                "Bytes", "CPUEngine", "EndingJobs", "Engines", "Evaluation", "Figures", "Files", "ModelFiles",
                "Networks",
                "Pixels", "Records",
            ],
            goldens: true),
        tests(
            "Evaluation",
            [
                "Annotations", "Bytes", "EndingJobs", "Figures", "Files", "Pixels", "Rasters", "Records",
                "Engines", "Networks",
            ],
            goldens: true),
        tests(
            "Scanning",
            [
                "Annotations", "Bytes", "Engines", "Figures", "Files", "ModelFiles", "Networks", "Pixels",
                "Rasters", "TestRasters",
            ]),
        tests(
            "Mining",
            [
                "Annotations", "Bytes", "Engines", "Files", "ModelFiles", "Networks", "Pixels", "Records",
                "Scanning",
            ]),
        tests(
            "Labelling", ["Annotations", "Bytes", "Files", "Labels", "Pixels", "Rasters", "Records"]),
        tests(
            "Cluster",
            [
                "Bytes", "Devices", "Engines", "Files", "ModelFiles", "Networks", "Pixels", "Rasters",
                "Scanning",
            ]
        ),
        tests(
            "Service",
            [
                "Annotations", "Bytes", "Devices", "Engines", "Files", "Labels", "Labelling", "ModelFiles",
                "Networks", "Pixels", "Rasters", "Records", "SQLite", "Scanning", "CGDAL", "TestRasters",
            ], excluded: ["Browser", "Schema"]),
        tests(
            "Commands",
            [
                "Annotations", "Bytes", "Devices", "Engines", "Files", "ModelFiles", "Networks", "Pixels",
                "Rasters",
                "Records",
                "Scanning", "Training", "CGDAL", "TestRasters",
            ], excluded: ["Peers"]),
    ]
)
