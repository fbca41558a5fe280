import CDNNL
import Engines
import Foundation
import Synchronization

/// Which algorithm computes which convolution on this machine.
///
/// What `knownAlgorithm` does not say is measured once and kept in a file, so that two runs of the same plan compute
/// with the same algorithms and give the same bits. Where no file can be kept, nothing is measured, for the same
/// reason: the first possible of a fixed order is taken.
final class ConvolutionChoices: Sendable {
    /// The file; `nil` where measurements are not kept.
    private let url: URL?
    private let variant: KernelVariant
    private let known = Mutex<[String: ConvolutionAlgorithm]>([:])

    /// - Parameter folder: made if it is missing.
    init(folder: URL?, variant: KernelVariant) {
        self.variant = variant
        url = folder.flatMap { folder in
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let url = folder.appending(path: "convolutions-\(Self.machine)-\(variant.rawValue).json")
            return FileLock(url) == nil ? nil : url
        }
    }

    /// The algorithm for a shape, whatever its micro-batch.
    func algorithm(for shape: Convolution.Shape, on device: DNNLDevice) -> ConvolutionAlgorithm {
        if let known = shape.knownAlgorithm { return known }
        let name = "\(shape.element) \(shape.description)"
        return known.withLock { known in
            if let choice = known[name], shape.algorithms.contains(choice) { return choice }
            let choice = kept(name, shape, device)
            known[name] = choice
            return choice
        }
    }

    /// From the file, or measured and written there; one process at a time.
    private func kept(
        _ name: String, _ shape: Convolution.Shape, _ device: DNNLDevice
    ) -> ConvolutionAlgorithm {
        guard let url, let lock = FileLock(url) else { return shape.algorithms.last ?? .direct }
        // A file that cannot be read is as good as none: it is written anew.
        var choices =
            (try? JSONDecoder().decode([String: ConvolutionAlgorithm].self, from: lock.contents())) ?? [:]
        if let choice = choices[name], shape.algorithms.contains(choice) { return choice }
        let timer = ConvolutionTimer(shape: shape, variant: variant, device: device)
        let choice = timer.fastest()
        choices[name] = choice
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        if let data = try? encoder.encode(choices) { lock.replaceContents(data) }
        return choice
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

/// A file that one process at a time reads and rewrites.
private final class FileLock {
    private let descriptor: CInt

    /// Waits for the lock; `nil` where the file cannot be written.
    init?(_ url: URL) {
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    func contents() -> Data {
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try? handle.seek(toOffset: 0)
        return (try? handle.readToEnd()) ?? Data()
    }

    func replaceContents(_ data: Data) {
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try? handle.truncate(atOffset: 0)
        try? handle.write(contentsOf: data)
    }
}
