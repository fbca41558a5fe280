import CPUEngine
public import Engines
import Foundation
import XLAEngine

/// What the CPU of this machine can compute with.
public struct CPUFacts: Hashable, Sendable, Encodable {
    public var cores: Int
    /// The engine with a worker per core.
    public var engine: String
    /// Variants of our kernels that it can run, the best last.
    public var kernels: [String]
    /// The instruction set that oneDNN uses, by its own name: with `AVX512_CORE_AMX` it multiplies bf16 in tiles.
    public var instructions: String

    /// Asks this machine.
    public init() {
        cores = ProcessInfo.processInfo.activeProcessorCount
        let own = CPUEngine(workerCount: cores)
        (engine, instructions) = (own.description, own.numerics.instructions ?? "unknown")
        kernels = KernelVariant.allCases.filter(\.isAvailable).map(\.rawValue)
    }
}

/// What an accelerator's plugin says of itself and of its devices.
public struct AcceleratorFacts: Hashable, Sendable, Encodable {
    /// One device.
    public struct Device: Hashable, Sendable, Encodable {
        /// As `Machine.indices` names it.
        public var index: Int
        /// The vendor's name of the model.
        public var kind: String
        /// In bytes, all of it that may be used; `nil` where the plugin does not say.
        public var memoryLimit: Int?
        /// In bytes.
        public var memoryUsed: Int?
    }
    /// The path of the plugin's file.
    public var path: String
    /// Major and minor version of the plugin's API.
    public var apiVersion: String
    /// Such as `cuda`.
    public var platform: String
    /// In the plugin's words.
    public var platformVersion: String
    public var devices: [Device]

    /// Loads the plugin, if it is not loaded yet, and asks it.
    ///
    /// - Parameter name: `cuda`, `tpu`, or the path of a plugin.
    /// - Throws: where there is no plugin or it has no device, with the plugin's own words.
    public init(_ name: String) throws(EngineError) {
        let found = try Accelerator(name)
        (path, apiVersion) = (found.path, found.apiVersion)
        (platform, platformVersion) = (found.platformName, found.platformVersion)
        devices = try found.devices.map {
            Device(
                index: $0.index, kind: $0.kind, memoryLimit: $0.memoryLimit, memoryUsed: $0.memoryUsed)
        }
    }
}
