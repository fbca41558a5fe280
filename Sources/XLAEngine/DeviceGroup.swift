import Engines
import Networks

/// Devices of one accelerator that run the same programs together, each on its part of a batch.
struct DeviceGroup: Sendable {
    let client: Client
    private let devices: [Client.Device]
    private let cache: ProgramCache
    private let compilerSettings: [String: String]

    /// - Parameter indices: in the accelerator's order.
    init(_ accelerator: Accelerator, _ indices: [Int], cache: ProgramCache) throws(EngineError) {
        let all = accelerator.client.devices
        guard !indices.isEmpty, Set(indices).count == indices.count,
            indices.allSatisfy(all.indices.contains)
        else {
            throw EngineError(
                code: .wrongInput,
                operation: "use the devices \(indices.map { "\($0)" }.joined(separator: ","))",
                cause:
                    "\(accelerator.platformName) has " + (all.count == 1 ? "only 0" : "0 to \(all.count - 1)")
                    + "; name each of them only once")
        }
        self.init(
            client: accelerator.client, devices: indices.map { all[$0] }, cache: cache,
            compilerSettings: accelerator.compilerSettings)
    }

    private init(
        client: Client, devices: [Client.Device], cache: ProgramCache, compilerSettings: [String: String]
    ) {
        (self.client, self.devices) = (client, devices)
        (self.cache, self.compilerSettings) = (cache, compilerSettings)
    }

    var count: Int { devices.count }

    var indices: Range<Int> { devices.indices }

    /// The vendor's name of the model.
    var kind: String { devices[0].kind }

    /// `cuda (NVIDIA H200 × 4)`.
    var description: String {
        let times = count == 1 ? "" : " × \(count)"
        return "\(client.platformName) (\(kind)\(times))"
    }

    /// The first device alone.
    var first: DeviceGroup {
        DeviceGroup(
            client: client, devices: [devices[0]], cache: cache, compilerSettings: compilerSettings)
    }

    /// Bytes that are left on the device that has least; `nil` where the plugin does not say.
    var freeMemory: Int? {
        get throws(EngineError) {
            var least: Int?
            for device in devices {
                guard let memory = try client.memory(of: device) else { continue }
                least = min(least ?? .max, memory.limit - memory.used)
            }
            return least
        }
    }

    /// - Parameter cached: whether the compiled program is kept for the next time.
    func compile(_ module: ModuleText, cached: Bool = true) throws(EngineError) -> Executable {
        precondition(module.function.replicaCount == count)
        let options = CompileOptions(deviceIDs: devices.map(\.id), overrides: compilerSettings)
        return cached
            ? try cache.program(module.text, options, for: client)
            : try client.compile(module.text, options)
    }

    /// Copies the same array to each device.
    func upload(_ tensor: Tensor) throws(EngineError) -> [DeviceBuffer] {
        let type = TensorType(element: .f32, shape: tensor.shape)
        return try uploadCopies(tensor.values.span.bytes, type)
    }

    /// Copies the same array to each device.
    func uploadCopies(_ bytes: RawSpan, _ type: TensorType) throws(EngineError) -> [DeviceBuffer] {
        try upload(bytes, type) { _ in 0 }
    }

    /// Copies a graph's parameters to each device.
    ///
    /// - Parameter weights: which were checked.
    /// - Returns: for each device, in the order of the graph's nodes.
    func uploadParameters(of graph: Graph, _ weights: Weights) throws(EngineError) -> [[DeviceBuffer]] {
        var buffers = [[DeviceBuffer]](repeating: [], count: count)
        for (_, name, _) in graph.bound(.parameter) {
            guard let tensor = weights[name] else { preconditionFailure("\(name) was checked") }
            for (device, buffer) in try upload(tensor).enumerated() { buffers[device].append(buffer) }
        }
        return buffers
    }

    /// Copies to each device its part of the first axis.
    ///
    /// - Parameter type: of one part; the parts follow each other in `bytes`.
    func uploadParts(_ bytes: RawSpan, _ type: TensorType) throws(EngineError) -> [DeviceBuffer] {
        precondition(bytes.byteCount == count * type.byteCount)
        return try upload(bytes, type) { $0 * type.byteCount }
    }

    private func upload(
        _ bytes: RawSpan, _ type: TensorType, start: (Int) -> Int
    ) throws(EngineError) -> [DeviceBuffer] {
        var buffers: [DeviceBuffer] = []
        for index in indices {
            let part = bytes.extracting(start(index)..<start(index) + type.byteCount)
            buffers.append(try upload(part, type, toDevice: index))
        }
        return buffers
    }

    /// Copies an array to one of the devices.
    func upload(
        _ bytes: RawSpan, _ type: TensorType, toDevice index: Int
    ) throws(EngineError) -> DeviceBuffer {
        try bytes.withUnsafeBytes { bytes throws(EngineError) in
            try client.upload(bytes, type, to: devices[index])
        }
    }
}
