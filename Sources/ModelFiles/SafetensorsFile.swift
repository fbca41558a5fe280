import Files
public import Networks

/// Named tensors and a few words about them: the content of a `.safetensors` file.
public struct SafetensorsFile: Hashable, Sendable {
    public var tensors: [String: Tensor]
    public var metadata: [String: String]

    public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
        (self.tensors, self.metadata) = (tensors, metadata)
    }

    /// Reads a file; a malformed one is refused as a whole.
    ///
    /// Tensors of types F32, F16, BF16, F64 and I64 become floats (the last two rounded); other types are refused.
    /// The file is mapped, so that tensors which are not `included` cost nothing.
    ///
    /// - Parameter isIncluded: which tensors to read, by name; by default all.
    public init(
        reading path: String, where isIncluded: (String) -> Bool = { _ in true }
    ) throws(ModelFileError) {
        do {
            let file = try MappedFile(path: path)
            self = try file.withBytes { bytes throws(Malformed) in
                try SafetensorsFile(bytes, where: isIncluded)
            }
        } catch let error as Malformed {
            throw ModelFileError(
                code: .malformed, operation: "read it as safetensors", path: path, cause: error.reason)
        } catch let error as FileError {
            throw ModelFileError(
                code: .cannotRead, operation: error.operation, path: path, cause: error.cause)
        } catch {
            throw ModelFileError(code: .cannotRead, operation: "read", path: path, cause: "\(error)")
        }
    }

    private init(_ bytes: RawSpan, where isIncluded: (String) -> Bool) throws(Malformed) {
        guard bytes.byteCount >= 8 else { throw Malformed("it has only \(bytes.byteCount) bytes") }
        let length = UInt64(littleEndian: bytes.unsafeLoadUnaligned(as: UInt64.self))
        guard length <= SafetensorsHeader.byteCountLimit else {
            throw Malformed("it does not begin with the length of a header: it is no safetensors file")
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= bytes.byteCount else {
            throw Malformed("its header should end at \(dataStart), but the file at \(bytes.byteCount)")
        }
        let data = bytes.extracting(dataStart..<bytes.byteCount)
        let header = try SafetensorsHeader(
            parsing: bytes.extracting(8..<dataStart).withUnsafeBytes { Array($0) },
            dataByteCount: data.byteCount)
        self.init(tensors: [:], metadata: header.metadata)
        for (name, entry) in header.entries where isIncluded(name) {
            let values = entry.type.floats(data.extracting(entry.bytes))
            tensors[name] = Tensor(shape: entry.shape, values: values)
        }
    }

    /// Writes all tensors as F32, in the order of their names; equal content makes equal files.
    public func write(to path: String) throws(ModelFileError) {
        do throws(FileError) {
            var writer = try FileWriter(path: path)
            try writer.write(headerBytes().span.bytes)
            for (_, tensor) in inOrder { try writer.write(tensor.values.span.bytes) }
            try writer.commit()
        } catch {
            throw ModelFileError(
                code: .cannotWrite, operation: error.operation, path: path, cause: error.cause)
        }
    }

    private var inOrder: [(key: String, value: Tensor)] {
        tensors.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Length and JSON, padded with spaces so that the data begin at a multiple of 8.
    func headerBytes() -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\(jsonString($0.key)):\(jsonString($0.value))" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var end = 0
        for (name, tensor) in inOrder {
            let start = end
            end += tensor.values.count * MemoryLayout<Float>.size
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(jsonString(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}"
            )
        }
        var json = Array("{\(members.joined(separator: ","))}".utf8)
        json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    }
}
