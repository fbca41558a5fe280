/// The number formats that we read; all become `Float`.
enum ElementType: String, Hashable, CaseIterable {
    case float32 = "F32"
    /// Exact as `Float`.
    case float16 = "F16"
    /// Exact as `Float`.
    case bfloat16 = "BF16"
    /// Rounded to the nearest `Float`.
    case float64 = "F64"
    /// Rounded to the nearest `Float`: exact up to 2²⁴.
    case int64 = "I64"

    var byteCount: Int {
        switch self {
        case .float16, .bfloat16: 2
        case .float32: 4
        case .float64, .int64: 8
        }
    }

    /// Bytes of a tensor; `nil` where the product is too large.
    func byteCount(of shape: [Int]) -> Int? {
        var count = byteCount
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    /// Little-endian numbers as floats.
    func floats(_ bytes: RawSpan) -> [Float] {
        let count = bytes.byteCount / byteCount
        return [Float](unsafeUninitializedCapacity: count) { floats, initializedCount in
            switch self {
            case .float32:
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(floats).copyMemory(from: $0) }
            case .float16:
                fill(floats, count) { Float(Float16(bitPattern: bytes.number($0))) }
            case .bfloat16:
                fill(floats, count) { Float(bitPattern: UInt32(bytes.number($0) as UInt16) << 16) }
            case .float64:
                fill(floats, count) { Float(Double(bitPattern: bytes.number($0))) }
            case .int64:
                fill(floats, count) { Float(bytes.number($0) as Int64) }
            }
            initializedCount = count
        }
    }

    private func fill(_ floats: UnsafeMutableBufferPointer<Float>, _ count: Int, _ value: (Int) -> Float) {
        for index in 0..<count { floats.initializeElement(at: index, to: value(index)) }
    }
}

extension RawSpan {
    /// The number at `index` of an array of such.
    fileprivate func number<Value: FixedWidthInteger & BitwiseCopyable>(_ index: Int) -> Value {
        Value(
            littleEndian: unsafeLoadUnaligned(
                fromByteOffset: index * MemoryLayout<Value>.size, as: Value.self))
    }
}
