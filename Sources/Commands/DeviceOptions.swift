import ArgumentParser
import Devices

/// On which devices a command computes.
struct DeviceOptions: ParsableArguments {
    @Option(
        name: .customLong("device"),
        help: ArgumentHelp(
            "Where to compute: cpu (by default), cuda, tpu, or the path of a PJRT plugin; see tilescope doctor.",
            valueName: "device"))
    var name = "cpu"
    @Option(
        name: .customLong("devices"),
        help: ArgumentHelp(
            """
            Which of the accelerator's devices compute together, each on its part of every batch; 0 by default. With \
            train --models they are shared out among the trainings.
            """, valueName: "0,1,..."), transform: parsedIndices)
    var indices: [Int]?

    func validate() throws {
        guard Device(name: name) != nil else {
            throw ValidationError("--device must be cpu, cuda, tpu or the path of a PJRT plugin: '\(name)'")
        }
        guard device != .cpu || indices == nil else {
            throw ValidationError("--devices needs an accelerator: name it with --device")
        }
    }

    private var device: Device { Device(name: name) ?? .cpu }

    /// What was asked for, as one types it.
    var arguments: [String] {
        guard device != .cpu else { return [] }
        let list = indices.map { ["--devices", $0.map { "\($0)" }.joined(separator: ",")] }
        return ["--device", name] + (list ?? [])
    }

    /// - Parameter workers: threads of the CPU; 0 for one per core.
    func machine(workers: Int) -> Machine { Machine(device: device, indices: indices, workers: workers) }
}

/// `0,1,2`.
private func parsedIndices(_ text: String) throws -> [Int] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let indices = parts.compactMap { Int($0) }
    guard indices.count == parts.count, indices.allSatisfy({ $0 >= 0 }),
        Set(indices).count == indices.count
    else {
        throw ValidationError(
            "--devices must be numbers from 0, separated by commas, each only once: '\(text)'")
    }
    return indices
}
