import ArgumentParser
import CPUEngine
import Engines
import Foundation
import XLAEngine

/// Says what this machine can compute with.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what this machine can compute with: CPU, accelerators, their plugins and memory.",
        discussion: """
            Without --device it looks for all that it knows, and what is not there is no error. With --device, a device \
            that cannot be had is an error (exit code 1). The plugin of an accelerator is the one that TILESCOPE_PJRT_PLUGIN names, or that of the \
            active Python's packages; TILESCOPE_PJRT_OPTIONS may hold options for it, such as memory_fraction=0.9.
            """)

    @Option(
        help: ArgumentHelp(
            "Only this one: cpu, cuda, tpu, or the path of a PJRT plugin.", valueName: "device"))
    var device: String?
    @Flag(help: "Print one line of JSON.") var json = false

    func run() throws {
        let report = try DoctorReport(only: device)
        guard json else { return print(report.text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}

/// What `doctor` found.
private struct DoctorReport: Encodable {
    struct CPU: Encodable {
        var cores: Int
        var engine: String
        /// Variants of our kernels that it can run, the best last.
        var kernels: [String]
    }
    struct Plugin: Encodable {
        /// As `--device` names it.
        var device: String
        var path: String?
        var apiVersion: String?
        var platform: String?
        var platformVersion: String?
        var devices: [Accelerator.Device] = []
        /// Why it cannot be had.
        var problem: String?
    }
    var version = Tilescope.configuration.version
    var cpu: CPU?
    var accelerators: [Plugin] = []
    var cacheFolder = CPUEngine.defaultCacheFolder?.path(percentEncoded: false)

    /// - Parameter device: the one to look for; `nil` for all.
    /// - Throws: where the one cannot be had.
    init(only device: String?) throws {
        if device == nil || device == "cpu" {
            let cores = ProcessInfo.processInfo.activeProcessorCount
            cpu = CPU(
                cores: cores, engine: CPUEngine(workerCount: cores).description,
                kernels: KernelVariant.allCases.filter(\.isAvailable).map(\.rawValue))
        }
        guard device != "cpu" else { return }
        for name in device.map({ [$0] }) ?? ["cuda", "tpu"] {
            do {
                let found = try Accelerator(name)
                accelerators.append(
                    try Plugin(
                        device: name, path: found.path, apiVersion: found.apiVersion,
                        platform: found.platformName, platformVersion: found.platformVersion,
                        devices: found.devices))
            } catch {
                guard device == nil else { throw error }
                accelerators.append(Plugin(device: name, problem: error.description))
            }
        }
    }

    /// For people.
    var text: String {
        var lines = ["tilescope \(version)"]
        if let cpu {
            lines.append("cpu: \(cpu.cores) cores, kernels \(cpu.kernels.joined(separator: ", "))")
            lines.append("  \(cpu.engine)")
        }
        for accelerator in accelerators {
            guard accelerator.problem == nil else {
                lines.append("\(accelerator.device): none; \(accelerator.problem ?? "")")
                continue
            }
            lines.append(
                "\(accelerator.device): \(accelerator.platform ?? "") with PJRT API "
                    + "\(accelerator.apiVersion ?? ""), \(accelerator.path ?? "")")
            let version = accelerator.platformVersion ?? ""
            lines += version.split(separator: "\n").map { "  \($0)" }
            lines += accelerator.devices.map { "  device \($0.index): \($0.kind), \($0.memoryText)" }
        }
        lines.append("cache: \(cacheFolder ?? "none")")
        return lines.joined(separator: "\n")
    }
}

extension Accelerator.Device {
    fileprivate var memoryText: String {
        guard let memoryLimit else { return "memory not told" }
        return "\((Double(memoryLimit) / 0x1p30).fixed(1)) GB of memory, "
            + "\((Double(memoryUsed ?? 0) / 0x1p30).fixed(1)) in use"
    }
}
