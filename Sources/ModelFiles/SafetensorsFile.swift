public import Files
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
    /// Tensors that are not included are not read.
    ///
    /// - Parameter isIncluded: which tensors to read, by name; by default all.
    public init(
        reading path: String, where isIncluded: (String) -> Bool = { _ in true }
    ) throws(ModelFileError) {
        do {
            let file = try FileReader(path: path)
            try self.init(file, where: isIncluded)
            try file.checkUnchanged()
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

    /// - Throws: `FileError`, `Malformed`.
    private init(_ file: FileReader, where isIncluded: (String) -> Bool) throws {
        guard file.byteCount >= 8 else { throw Malformed("it has only \(file.byteCount) bytes") }
        let start = try file.read(8, at: 0)
        let length = UInt64(littleEndian: start.span.bytes.unsafeLoadUnaligned(as: UInt64.self))
        guard length <= SafetensorsHeader.byteCountLimit else {
            // A zip archive or a pickle, which run code of the file's when they are read.
            let isOfTorch = start.starts(with: Array("PK\u{3}\u{4}".utf8)) || start.first == 0x80
            throw Malformed(
                isOfTorch
                    ? "it is a file of torch (.pth, .bin): docs/your-model.md has the lines that make safetensors of it"
                    : "it does not begin with the length of a header: it is no safetensors file")
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= file.byteCount else {
            throw Malformed(
                "its header should end at byte \(dataStart), but the file ends at byte \(file.byteCount)")
        }
        let header = try SafetensorsHeader(
            parsing: file.read(Int(length), at: 8), dataByteCount: file.byteCount - dataStart)
        self.init(tensors: [:], metadata: header.metadata)
        for (name, entry) in header.entries where isIncluded(name) {
            let bytes = try file.read(entry.bytes.count, at: dataStart + entry.bytes.lowerBound)
            let values = entry.type.floats(bytes.span.bytes)
            tensors[name] = Tensor(shape: entry.shape, values: values)
        }
    }

    /// Writes all tensors as F32, in the order of their names; equal content makes equal files.
    public func write(to output: OutputFile) throws(ModelFileError) {
        do throws(FileError) {
            var writer = try FileWriter(output)
            try writer.write(headerBytes().span.bytes)
            for (_, tensor) in inOrder { try writer.write(tensor.values.span.bytes) }
            try writer.commit()
        } catch {
            throw ModelFileError(
                code: .cannotWrite, operation: error.operation, path: output.path, cause: error.cause)
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
