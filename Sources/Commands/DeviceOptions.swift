import ArgumentParser
import CPUEngine
import Engines
import Foundation
import XLAEngine

/// On which devices a command computes.
struct DeviceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to compute: cpu (by default), cuda, tpu, or the path of a PJRT plugin; see tilescope doctor.",
            valueName: "device"))
    var device = "cpu"
    @Option(
        name: .customLong("devices"),
        help: ArgumentHelp(
            """
            Which of the accelerator's devices compute together, each on its part of every batch; 0 by default. With \
            train --models they are shared out among the trainings.
            """, valueName: "0,1,..."))
    var givenIndices: DeviceList?

    func validate() throws {
        guard !isCPU || givenIndices == nil else {
            throw ValidationError("--devices are an accelerator's: name it by --device")
        }
    }

    var isCPU: Bool { device == "cpu" }

    /// What was asked for, as one types it.
    var arguments: [String] {
        guard !isCPU else { return [] }
        let list = givenIndices.map { ["--devices", $0.indices.map { "\($0)" }.joined(separator: ",")] }
        return ["--device", device] + (list ?? [])
    }

    var indices: [Int] { givenIndices?.indices ?? [0] }

    /// The accelerator, opened.
    ///
    /// - Throws: where it cannot be had; never is the CPU taken instead.
    func accelerator() throws -> Accelerator { try Accelerator(device) }

    /// An engine on the devices; `nil` for the CPU.
    ///
    /// - Parameter indices: by default all that were asked for.
    func engine(_ precision: Precision, on indices: [Int]? = nil) throws -> (any Engine)? {
        guard !isCPU else { return nil }
        return try XLAEngine(
            accelerator(), devices: indices ?? self.indices, precision: precision,
            cacheFolder: CPUEngine.defaultCacheFolder)
    }

    /// The devices of one of several trainings.
    ///
    /// - Parameter place: of the training among `count`.
    func indices(of place: Int, among count: Int) throws -> [Int] {
        let indices = indices
        // One device takes turns.
        guard indices.count > 1, count > 1 else { return indices }
        guard indices.count.isMultiple(of: count) else {
            throw ValidationError("--devices \(indices.count) cannot be shared evenly by \(count) trainings")
        }
        let share = indices.count / count
        return Array(indices[place * share..<(place + 1) * share])
    }
}

/// `0,1,2`.
struct DeviceList: ExpressibleByArgument {
    var indices: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        indices = parts.compactMap { Int($0) }
        guard indices.count == parts.count, indices.allSatisfy({ $0 >= 0 }),
            Set(indices).count == indices.count
        else { return nil }
    }
}
