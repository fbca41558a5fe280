import CPJRT
import Engines

/// A setting that a plugin takes when its client or a topology is made.
struct PluginOption: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case text(String)
        case whole(Int64)
        case number(Float)
        case flag(Bool)
    }
    var name: String
    var value: Value

    /// - Parameter text: `name=value,…`; what looks like a number or a truth value is one.
    static func all(in text: String) throws(EngineError) -> [PluginOption] {
        var options: [PluginOption] = []
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else {
                throw EngineError(
                    code: .wrongInput, operation: "read \(PluginSearch.optionsVariable)",
                    cause: "\(part) is not name=value")
            }
            options.append(PluginOption(name: pair[0], value: Value(pair[1])))
        }
        return options
    }
}

extension PluginOption.Value {
    fileprivate init(_ text: String) {
        if let whole = Int64(text) {
            self = .whole(whole)
        } else if let number = Float(text) {
            self = .number(number)
        } else if let flag = Bool(text) {
            self = .flag(flag)
        } else {
            self = .text(text)
        }
    }
}

extension [PluginOption] {
    /// Lends the options in the API's form.
    func withNamedValues<Result>(
        _ body: (UnsafePointer<PJRT_NamedValue>?, Int) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        // Names and texts lie in one block that stays where it is during the call.
        var bytes: [CChar] = []
        var places: [(name: Int, text: Int?)] = []
        for option in self {
            let name = bytes.count
            bytes += option.name.utf8CString
            var text: Int?
            if case .text(let value) = option.value {
                text = bytes.count
                bytes += value.utf8CString
            }
            places.append((name, text))
        }
        let block = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count + 1)
        defer { block.deallocate() }
        _ = block.update(fromContentsOf: bytes)
        let values = UnsafeMutableBufferPointer<PJRT_NamedValue>.allocate(capacity: count)
        defer { values.deallocate() }
        for (index, option) in enumerated() {
            var value = PJRT_NamedValue.sized
            value.name = block.baseAddress.map { UnsafePointer($0 + places[index].name) }
            (value.name_size, value.value_size) = (option.name.utf8.count, 1)
            switch option.value {
            case .text(let text):
                value.type = PJRT_NamedValue_kString
                value.string_value = block.baseAddress.map { UnsafePointer($0 + (places[index].text ?? 0)) }
                value.value_size = text.utf8.count
            case .whole(let whole): (value.type, value.int64_value) = (PJRT_NamedValue_kInt64, whole)
            case .number(let number): (value.type, value.float_value) = (PJRT_NamedValue_kFloat, number)
            case .flag(let flag): (value.type, value.bool_value) = (PJRT_NamedValue_kBool, flag)
            }
            values.initializeElement(at: index, to: value)
        }
        return try body(UnsafePointer(values.baseAddress), count)
    }
}
