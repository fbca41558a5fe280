import ArgumentParser
import Devices
import Engines
import Figures
import Files
import Foundation

/// Says what this machine can compute with.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what this machine can compute with: CPU, accelerators, their plugins and memory.",
        discussion: """
            Without --device it looks for all kinds of devices, and a missing one is no error. With --device, a missing device is an error \
            (exit code 1). The plugin of an accelerator is the one that TILESCOPE_PJRT_PLUGIN names, or that of the \
            active Python's packages; TILESCOPE_PJRT_OPTIONS may hold options for it, such as memory_fraction=0.9.
            """)

    @Option(
        help: ArgumentHelp(
            "Only this one: cpu, cuda, tpu, or the path of a PJRT plugin.", valueName: "device"))
    var device: String?
    @Flag(help: "Print one line of JSON.") var json = false

    func validate() throws {
        guard device.map({ Device(name: $0) != nil }) ?? true else {
            throw ValidationError(
                "--device must be cpu, cuda, tpu or the path of a PJRT plugin: '\(device ?? "")'")
        }
    }

    func run() throws {
        let report = DoctorReport(only: device)
        if json { say(try JSONText(report)) }
        if device != nil, let failure = report.failure { throw failure }
        if !json { say(TerminalText(lines: report.lines)) }
    }
}

/// What `doctor` found.
private struct DoctorReport: Encodable {
    struct Plugin: Encodable {
        /// As `--device` names it.
        var device: String
        var path: String?
        var apiVersion: String?
        var platform: String?
        var platformVersion: String?
        var devices: [AcceleratorFacts.Device] = []
        /// Why it cannot be had.
        var problem: String?
    }
    var version = Tilescope.configuration.version
    var cpu: CPUFacts?
    var accelerators: [Plugin] = []
    var fonts = Lettering.fontCount
    var cacheFolder = Machine.cacheFolder?.path(percentEncoded: false)
    /// Why the last accelerator that was looked for cannot be had.
    private(set) var failure: EngineError?

    private enum CodingKeys: CodingKey { case version, cpu, accelerators, fonts, cacheFolder }

    /// - Parameter device: the one to look for; `nil` for all.
    init(only device: String?) {
        if device == nil || device == "cpu" {
            cpu = CPUFacts()
        }
        guard device != "cpu" else { return }
        for name in device.map({ [$0] }) ?? ["cuda", "tpu"] {
            do throws(EngineError) {
                let found = try AcceleratorFacts(name)
                accelerators.append(
                    Plugin(
                        device: name, path: found.path, apiVersion: found.apiVersion,
                        platform: found.platform, platformVersion: found.platformVersion,
                        devices: found.devices))
            } catch {
                failure = error
                accelerators.append(Plugin(device: name, problem: error.description))
            }
        }
    }

    /// The folder itself, or where it is not there the nearest one above it that is.
    private var isCacheWritable: Bool {
        var url = URL(filePath: cacheFolder ?? "/")
        while !FileManager.default.fileExists(atPath: url.path(percentEncoded: false)),
            url.pathComponents.count > 1
        {
            url.deleteLastPathComponent()
        }
        let path = url.path(percentEncoded: false)
        return folderExists(path) && FileManager.default.isWritableFile(atPath: path)
    }

    /// For people.
    var lines: [String] {
        var lines = ["tilescope \(version)"]
        if let cpu {
            lines.append(
                "cpu: \(cpu.cores) cores, kernels \(cpu.kernels.joined(separator: ", ")), oneDNN with \(cpu.instructions)"
            )
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
        lines.append("fonts: \(fonts == 0 ? "none, so pictures have no texts" : "\(fonts)")")
        lines.append("cache: \(cacheFolder ?? "none")\(isCacheWritable ? "" : " (cannot be written)")")
        return lines
    }
}

extension AcceleratorFacts.Device {
    fileprivate var memoryText: String {
        guard let memoryLimit else { return "memory not told" }
        return "\((Double(memoryLimit) / 0x1p30).fixed(1)) GB of memory, "
            + "\((Double(memoryUsed ?? 0) / 0x1p30).fixed(1)) in use"
    }
}
