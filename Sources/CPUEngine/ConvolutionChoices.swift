import CDNNL
import Engines
import Foundation
import Synchronization

/// Which algorithm computes which convolution on this machine.
///
/// What `knownAlgorithm` does not say is measured once and kept in a file, so that two runs of the same plan compute
/// with the same algorithms and give the same bits. Where nothing can be kept, nothing that was measured is used, for
/// the same reason: then it is `Convolution.Shape.usualAlgorithm`.
final class ConvolutionChoices: Sendable {
    /// The file; `nil` where measurements are not kept.
    private let file: ChoicesFile?
    let variant: KernelVariant
    private let known: Mutex<[String: ConvolutionAlgorithm]>

    /// - Parameter folder: made if it is missing.
    init(folder: URL?, variant: KernelVariant) {
        self.variant = variant
        known = Mutex([:])
        file = folder.flatMap { folder in
            // A folder that cannot be made is one in which nothing can be kept.
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return ChoicesFile(folder, name: "convolutions-\(Self.machine)-\(variant.rawValue)")
        }
    }

    /// - Parameter algorithms: by `Convolution.Shape.choiceName`; nothing is measured or kept.
    init(fixed algorithms: [String: ConvolutionAlgorithm], variant: KernelVariant) {
        (self.variant, file) = (variant, nil)
        known = Mutex(algorithms)
    }

    /// The algorithm for a shape, whatever its micro-batch.
    func algorithm(for shape: Convolution.Shape, on device: DNNLDevice) -> ConvolutionAlgorithm {
        if let known = shape.knownAlgorithm { return known }
        let name = shape.choiceName
        return known.withLock { known in
            if let choice = known[name], shape.algorithms.contains(choice) { return choice }
            let choice = kept(name, shape, device) ?? shape.usualAlgorithm
            known[name] = choice
            return choice
        }
    }

    /// From the file, or measured and written there; one process at a time.
    private func kept(
        _ name: String, _ shape: Convolution.Shape, _ device: DNNLDevice
    ) -> ConvolutionAlgorithm? {
        file?.withLock { choices in
            let choice = choices[name].flatMap(ConvolutionAlgorithm.init(rawValue:))
            if let choice, shape.algorithms.contains(choice) { return choice }
            let measured = ConvolutionTimer(shape: shape, variant: variant, device: device).fastest()
            choices[name] = measured.rawValue
            return measured
        }
    }

    /// `amd-25-17-dnnl3.2.0`: choices are for one kind of CPU and one version of oneDNN.
    private static let machine: String = {
        var fields: [String: String] = [:]
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n").prefix(20) {
            let parts = line.split(separator: ":", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        let cpu = ["vendor_id", "cpu family", "model"].map { fields[$0] ?? "unknown" }
        return (cpu + ["dnnl\(DNNLDevice.version)"]).joined(separator: "-").lowercased()
    }()

    /// `$XDG_CACHE_HOME/tilescope`, or `~/.cache/tilescope`.
    static var defaultFolder: URL? {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
            return URL(filePath: folder).appending(path: "tilescope")
        }
        return environment["HOME"].map { URL(filePath: $0).appending(path: ".cache/tilescope") }
    }
}

/// Choices by name, in a file that one process at a time reads and replaces.
private struct ChoicesFile: Sendable {
    private let url: URL
    private let lockPath: String

    /// `nil` where the folder cannot be written.
    init?(_ folder: URL, name: String) {
        url = folder.appending(path: name + ".json")
        lockPath = folder.appending(path: name + ".lock").path(percentEncoded: false)
        guard FileManager.default.isWritableFile(atPath: folder.path(percentEncoded: false)) else {
            return nil
        }
    }

    /// Calls `body` with the choices, and keeps what it changes.
    ///
    /// - Returns: what `body` returns; `nil` where its changes cannot be kept.
    func withLock<Result>(_ body: (inout [String: String]) -> Result) -> Result? {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 { guard errno == EINTR else { return nil } }
        // A file that cannot be read is as good as none: it is written anew.
        let data = (try? Data(contentsOf: url)) ?? Data()
        let kept = (try? JSONDecoder().decode([String: String].self, from: data)) ?? [:]
        var choices = kept
        let result = body(&choices)
        if choices == kept { return result }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            try encoder.encode(choices).write(to: url, options: .atomic)
            return result
        } catch {
            return nil
        }
    }
}
