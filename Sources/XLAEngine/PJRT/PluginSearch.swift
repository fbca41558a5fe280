import Dispatch
import Engines
import Foundation

/// Where plugins for accelerators are, and what they need beside them.
struct PluginSearch: Hashable, Sendable {
    /// Environment variable with the path of a plugin.
    static let pathVariable = "TILESCOPE_PJRT_PLUGIN"
    /// Environment variable with options for the plugin's client: `name=value,…`.
    static let optionsVariable = "TILESCOPE_PJRT_OPTIONS"

    /// A shared library.
    var path: String
    /// Shared libraries that the plugin may look for by name.
    var libraries: [String] = []
    /// Settings of the compiler that follow from where things are.
    var compilerSettings: [String: String] = [:]
    /// Of the client.
    var options: [PluginOption] = []

    /// Finds the plugin of a device.
    ///
    /// - Parameter device: `cuda`, `tpu`, or a path.
    /// - Parameter environment: of the process.
    /// - Throws: where there is none, with every place that was looked at and what would help.
    init(
        _ device: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) {
        let options = try PluginOption.all(in: environment[Self.optionsVariable] ?? "")
        guard let package = Package.all[device] else {
            guard Self.isPath(device) else {
                throw EngineError(
                    code: .wrongInput, operation: "use the device '\(device)'",
                    cause:
                        "--device must be cpu, \(Package.all.keys.sorted().joined(separator: ", ")), or the path of a "
                        + "PJRT plugin")
            }
            // The loader takes a name without a folder for a library of the system.
            try self.init(path: device.contains("/") ? device : "./" + device, named: "--device", options)
            return
        }
        if let path = environment[Self.pathVariable], !path.isEmpty {
            try self.init(path: path, named: Self.pathVariable, options)
            return
        }
        let folders = Self.sitePackages(environment)
        for folder in folders {
            guard let path = package.plugin(in: folder) else { continue }
            self.init(path: path, in: folder, options)
            return
        }
        let places = folders.isEmpty ? "no Python was found" : "looked in \(folders.joined(separator: ", "))"
        throw EngineError(
            code: .deviceFailed, operation: "use the device \(device)",
            cause: "there is no PJRT plugin for it: \(places); \(package.advice), or name the plugin with "
                + "\(Self.pathVariable) or --device PATH")
    }

    /// Whether a device can be the path of its plugin.
    static func isPath(_ device: String) -> Bool { device.contains("/") || device.hasSuffix(".so") }

    /// Whether a device is known by a name rather than by the path of its plugin.
    static func isNamed(_ device: String) -> Bool { Package.all[device] != nil }

    /// A plugin that was named. What it needs is looked for where it lies.
    private init(path: String, named name: String, _ options: [PluginOption]) throws(EngineError) {
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
        guard attributes?[.type] as? FileAttributeType == .typeRegular else {
            throw EngineError(
                code: .deviceFailed, operation: "load the plugin \(path)",
                cause: "there is no such file, although \(name) names it")
        }
        // site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so
        let folder = URL(filePath: path).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        self.init(path: path, in: folder.path(percentEncoded: false), options)
    }

    /// - Parameter folder: site-packages, where NVIDIA's libraries may lie too.
    private init(path: String, in folder: String, _ options: [PluginOption]) {
        (self.path, self.options) = (path, options)
        if path.contains("cuda") && !options.contains(where: { $0.name == "preallocate" }) {
            // Three quarters of a GPU that others use too are not for us to take at once.
            self.options.append(PluginOption(name: "preallocate", value: .flag(false)))
        }
        let vendor = URL(filePath: folder).appending(path: "nvidia")
        for package in Self.entries(of: vendor) {
            for library in Self.entries(of: package.appending(path: "lib"))
            // libnvblas would take the place of the process's own BLAS.
            where library.lastPathComponent.contains(".so")
                && !library.lastPathComponent.hasPrefix("libnvblas")
            {
                libraries.append(library.path(percentEncoded: false))
            }
            // ptxas and libdevice.
            if FileManager.default.fileExists(
                atPath: package.appending(path: "nvvm/libdevice").path(percentEncoded: false))
            {
                compilerSettings["xla_gpu_cuda_data_dir"] = package.path(percentEncoded: false)
            }
        }
    }

    /// What a folder holds, by name; nothing where it cannot be read.
    private static func entries(of folder: URL) -> [URL] {
        // By path, which follows a link that the folder itself may be.
        let found = try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        return (found ?? []).sorted().map { folder.appending(path: $0) }
    }

    /// The folders in which the active Python finds packages.
    private static func sitePackages(_ environment: [String: String]) -> [String] {
        let names = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { environment[$0] }.map { $0 + "/bin/python3" }
        let pythons = names + (environment["PATH"] ?? "").split(separator: ":").map { $0 + "/python3" }
        guard let python = pythons.first(where: FileManager.default.isExecutableFile) else { return [] }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [
            "-c", "import sys; print('\\n'.join(p for p in sys.path if p.endswith('-packages')))",
        ]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        do {
            try process.run()
        } catch {
            return []
        }
        // One that does not answer is none.
        DispatchQueue.global().asyncAfter(deadline: .now() + 10) { process.terminate() }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Python packages that bring the plugin of one kind of device.
    private struct Package {
        /// Folder names begin so.
        var folder: String
        var prefix: String
        var file: String
        /// What to install.
        var advice: String

        static let all = [
            "cuda": Package(
                folder: "jax_plugins", prefix: "xla_cuda", file: "xla_cuda_plugin.so",
                advice: "pip install \"jax[cuda13]\" installs one"),
            "tpu": Package(
                folder: "", prefix: "libtpu", file: "libtpu.so", advice: "pip install libtpu installs one"),
        ]

        /// The newest one's plugin.
        func plugin(in sitePackages: String) -> String? {
            let place = folder.isEmpty ? sitePackages : sitePackages + "/" + folder
            let found = PluginSearch.entries(of: URL(filePath: place)).filter {
                $0.lastPathComponent.hasPrefix(prefix)
            }
            return found.reversed().map { $0.appending(path: file).path(percentEncoded: false) }
                .first(where: FileManager.default.fileExists)
        }
    }
}
