import Engines
import Foundation
import XLAEngine

/// The PJRT plugin that tests run on: `make test-pjrt` makes one for the CPU.
enum TestPlugin {
    static let path = ProcessInfo.processInfo.environment["TILESCOPE_TEST_PJRT_PLUGIN"]

    static var isThere: Bool { path != nil }

    /// - Parameter deviceCount: the devices that compute together.
    static func engine(deviceCount: Int = 1, precision: Precision = .fp32, cacheFolder: URL? = nil) throws
        -> XLAEngine
    {
        // Four devices of the one CPU, for all tests of the process.
        setenv("TILESCOPE_PJRT_OPTIONS", "cpu_device_count=4", 1)
        return try XLAEngine(
            Accelerator(path ?? ""), devices: Array(0..<deviceCount), precision: precision,
            cacheFolder: cacheFolder)
    }
}
