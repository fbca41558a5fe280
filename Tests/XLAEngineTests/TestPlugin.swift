import Engines
import Foundation
import XLAEngine

/// The PJRT plugin that tests run on: `make test-pjrt` makes one for the CPU.
enum TestPlugin {
    static let path = ProcessInfo.processInfo.environment["TILESCOPE_TEST_PJRT_PLUGIN"]

    static var isThere: Bool { path != nil }

    /// - Parameter options: for the plugin; four devices of the one CPU by default.
    static func accelerator(_ options: String = "cpu_device_count=4") throws -> Accelerator {
        try Accelerator(path ?? "", environment: ["TILESCOPE_PJRT_OPTIONS": options])
    }

    /// - Parameter deviceCount: the devices that compute together.
    static func engine(
        deviceCount: Int = 1, precision: Precision = .fp32, cacheFolder: URL? = nil
    ) throws -> XLAEngine {
        try XLAEngine(
            accelerator(), devices: Array(0..<deviceCount), precision: precision, cacheFolder: cacheFolder)
    }
}
