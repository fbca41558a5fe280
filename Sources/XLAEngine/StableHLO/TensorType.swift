/// The kinds of numbers that our programs have.
enum Element: String, Hashable, Sendable, CaseIterable {
    case f32, bf16, ui8, i32, i1

    /// In a buffer.
    var byteCount: Int {
        switch self {
        case .f32, .i32: 4
        case .bf16: 2
        case .ui8, .i1: 1
        }
    }

    /// How a number is written in a program.
    func literal(_ value: Float) -> String {
        switch self {
        case .f32, .bf16:
            // Only what the type cannot hold in decimals is written in bits.
            if value == -.infinity { return self == .f32 ? "0xFF800000" : "0xFF80" }
            precondition(value.isFinite)
            let digits = "\(value)"
            // The grammar wants a point before an exponent.
            return digits.contains(".") ? digits : digits.replacing("e", with: ".0e", maxReplacements: 1)
        case .ui8, .i32: return "\(Int(value))"
        case .i1: return value == 0 ? "false" : "true"
        }
    }
}

/// Element and shape of a tensor in a program.
struct TensorType: Hashable, Sendable {
    var element: Element
    var shape: [Int]

    /// `tensor<2x3xf32>`.
    var text: String { "tensor<\(shape.map { "\($0)x" }.joined())\(element.rawValue)>" }

    var byteCount: Int { shape.reduce(element.byteCount, *) }
}

/// A tensor that a line of a program has made, or one of its arguments.
struct Value: Hashable, Sendable {
    /// With its sign: `%12`.
    let name: String
    let type: TensorType

    var shape: [Int] { type.shape }
    var element: Element { type.element }
}
