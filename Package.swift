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
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .systemLibrary(name: "CDNNL", pkgConfig: "dnnl"),
        .systemLibrary(name: "CGDAL", pkgConfig: "gdal", providers: [.apt(["libgdal-dev"])]),
        .systemLibrary(name: "CGIF", pkgConfig: "cgif", providers: [.apt(["libcgif-dev"])]),
        .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
        .target(name: "CKernels"),
        .target(name: "CPJRT"),
        .target(name: "CPixels"),
        room("Pixels", ["CPixels"]),
        room("Networks", ["Pixels"]),
        room("Files"),
        room(
            "ModelFiles",
            ["Files", "Networks", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            excluded: ["ONNX/onnx.proto"]),
        room("Rasters", ["Files", "Pixels", "CGDAL", "CGIF", "CJPEG"]),
        room("Records", ["Files", "Pixels", "Rasters"]),
        room("Scenes", ["Files", "Pixels", "Rasters", "Records"]),
        room("Engines", ["Networks"]),
        room("CPUEngine", ["Engines", "Networks", "CDNNL", "CKernels"]),
        room("XLAEngine", ["Engines", "Networks", "CPJRT"]),
        room("Devices", ["Networks", "Engines", "CPUEngine", "XLAEngine"]),
        room("Training", ["Files", "Pixels", "ModelFiles", "Networks", "Records", "Engines"]),
        room("Evaluation", ["Files", "Pixels", "Rasters", "Records", "Engines"]),
        room("Scanning", ["Files", "Pixels", "Rasters", "Engines", "ModelFiles", "Networks"]),
        room(
            "Commands",
            [
                "Files", "Pixels", "Networks", "ModelFiles", "Rasters", "Records", "Scenes", "Engines",
                "Devices", "Training", "Evaluation", "Scanning",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], embedded: ["Recipes"]),
        .executableTarget(
            name: "tilescope",
            dependencies: ["Commands", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: swiftSettings),
        .testTarget(name: "ArchitectureTests", swiftSettings: swiftSettings),
        testSupport("TestSupport"),
        testSupport("EngineCases", ["Engines", "Networks", "Pixels"]),
        tests("Files"),
        tests("Pixels", goldens: true),
        tests("Networks", goldens: true),
        tests("ModelFiles", ["Engines", "Networks", "Pixels"], goldens: true),
        tests("Rasters", ["Files", "Pixels", "CGDAL"], goldens: true),
        tests("Records", ["Files", "Pixels", "Rasters"], goldens: true),
        tests("Scenes", ["Files", "Pixels", "Rasters", "Records"]),
        tests("Engines", ["Networks"]),
        tests(
            "CPUEngine", ["CKernels", "EngineCases", "Engines", "Networks", "Pixels"], goldens: true),
        tests(
            "XLAEngine",
            [
                "CPUEngine", "EngineCases", "Engines", "ModelFiles", "Networks", "Pixels", "Records",
                "Training",
            ], goldens: true,
            excluded: ["Harness", "Plugin"]),
        tests("Devices", ["Engines", "Networks"]),
        tests(
            "Training",
            ["CPUEngine", "Files", "Engines", "Evaluation", "ModelFiles", "Networks", "Pixels", "Records"],
            goldens: true),
        tests(
            "Evaluation", ["Files", "Pixels", "Rasters", "Records", "Engines", "Networks"], goldens: true),
        tests("Scanning", ["Engines", "ModelFiles", "Networks", "Pixels", "Rasters"]),
        tests(
            "Commands", ["ModelFiles", "Networks", "Pixels", "Rasters", "Records"], excluded: ["Peers"]),
    ]
)
