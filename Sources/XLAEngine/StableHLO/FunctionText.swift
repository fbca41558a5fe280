/// The lines of a StableHLO function under construction: one method for each operation that we use.
///
/// Shapes are the caller's care; what does not fit is found by the parser of whoever compiles the text.
/// - Source: the StableHLO specification, version 1.
struct FunctionText {
    /// Without the `func` around them.
    private(set) var lines: [String] = []
    private var valueCount = 0
    /// Devices that run the program together, each on its part of a batch.
    let replicaCount: Int
    /// How the products of 32-bit floats are computed: in full, where a device would rather round their factors.
    private static let fullPrecision =
        "precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]"

    init(replicaCount: Int = 1) { self.replicaCount = replicaCount }

    /// A line for people.
    mutating func comment(_ text: String) { lines.append("// \(text)") }

    private mutating func add(
        _ element: Element, _ shape: [Int], _ text: (TensorType) -> String
    ) -> Value {
        let value = Value(name: "%\(valueCount)", type: TensorType(element: element, shape: shape))
        valueCount += 1
        lines.append("\(value.name) = \(text(value.type))")
        return value
    }

    // MARK: Numbers

    /// A tensor of equal numbers.
    mutating func constant(_ number: Float, _ shape: [Int] = [], _ element: Element = .f32) -> Value {
        add(element, shape) { "stablehlo.constant dense<\(element.literal(number))> : \($0.text)" }
    }

    /// 0, 1, 2… along one axis.
    mutating func iota(_ shape: [Int], axis: Int) -> Value {
        add(.i32, shape) { "stablehlo.iota dim = \(axis) : \($0.text)" }
    }

    mutating func convert(_ x: Value, to element: Element) -> Value {
        guard x.element != element else { return x }
        return add(element, x.shape) { "stablehlo.convert \(x.name) : (\(x.type.text)) -> \($0.text)" }
    }

    // MARK: Element by element

    /// `add`, `subtract`, `multiply`, `divide`, `maximum`, `minimum`, `remainder`, `and`, `or`; of equal types.
    mutating func binary(_ operation: String, _ a: Value, _ b: Value) -> Value {
        precondition(a.type == b.type, "\(operation) of \(a.type.text) and \(b.type.text)")
        return add(a.element, a.shape) { "stablehlo.\(operation) \(a.name), \(b.name) : \($0.text)" }
    }

    mutating func binary(_ operation: String, _ a: Value, _ b: Float) -> Value {
        let b = constant(b, a.shape, a.element)
        return binary(operation, a, b)
    }

    /// `exponential`, `log`, `rsqrt`, `abs`.
    mutating func unary(_ operation: String, _ x: Value) -> Value {
        add(x.element, x.shape) { "stablehlo.\(operation) \(x.name) : \($0.text)" }
    }

    /// - Parameter direction: `EQ`, `LT`, `GT` or `GE`.
    mutating func compare(_ direction: String, _ a: Value, _ b: Value) -> Value {
        precondition(a.type == b.type)
        let kind = a.element == .f32 || a.element == .bf16 ? "FLOAT" : "SIGNED"
        return add(.i1, a.shape) { _ in
            "stablehlo.compare \(direction), \(a.name), \(b.name), \(kind) : (\(a.type.text), \(a.type.text)) -> "
                + TensorType(element: .i1, shape: a.shape).text
        }
    }

    mutating func select(_ condition: Value, _ a: Value, _ b: Value) -> Value {
        precondition(a.type == b.type && condition.shape == a.shape)
        return add(a.element, a.shape) {
            "stablehlo.select \(condition.name), \(a.name), \(b.name) : \(condition.type.text), \($0.text)"
        }
    }

    // MARK: Shapes

    /// - Parameter axes: for each axis of `x`, the one of the result.
    mutating func broadcast(_ x: Value, axes: [Int], to shape: [Int]) -> Value {
        guard x.shape != shape else { return x }
        return add(x.element, shape) {
            "stablehlo.broadcast_in_dim \(x.name), dims = \(axes) : (\(x.type.text)) -> \($0.text)"
        }
    }

    mutating func reshape(_ x: Value, to shape: [Int]) -> Value {
        guard x.shape != shape else { return x }
        return add(x.element, shape) { "stablehlo.reshape \(x.name) : (\(x.type.text)) -> \($0.text)" }
    }

    /// - Parameter order: for each axis of the result, the one of `x`.
    mutating func transpose(_ x: Value, _ order: [Int]) -> Value {
        add(x.element, order.map { x.shape[$0] }) {
            "stablehlo.transpose \(x.name), dims = \(order) : (\(x.type.text)) -> \($0.text)"
        }
    }

    mutating func reverse(_ x: Value, axes: [Int]) -> Value {
        add(x.element, x.shape) { "stablehlo.reverse \(x.name), dims = \(axes) : \($0.text)" }
    }

    mutating func concatenate(_ parts: [Value], axis: Int) -> Value {
        var shape = parts[0].shape
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        return add(parts[0].element, shape) {
            "stablehlo.concatenate \(parts.map(\.name).joined(separator: ", ")), dim = \(axis) : "
                + "(\(parts.map(\.type.text).joined(separator: ", "))) -> \($0.text)"
        }
    }

    /// - Parameter ranges: one for each axis.
    /// - Parameter strides: one for each axis; 1 for all by default.
    mutating func slice(_ x: Value, _ ranges: [Range<Int>], strides: [Int]? = nil) -> Value {
        let strides = strides ?? x.shape.map { _ in 1 }
        let shape = zip(ranges, strides).map { ($0.count + $1 - 1) / $1 }
        let places = zip(ranges, strides).map { "\($0.lowerBound):\($0.upperBound):\($1)" }
        return add(x.element, shape) {
            "stablehlo.slice \(x.name) [\(places.joined(separator: ", "))] : (\(x.type.text)) -> \($0.text)"
        }
    }

    /// Puts zeros around a tensor and, `interior` of them, between its elements; one number for each axis.
    mutating func pad(_ x: Value, low: [Int], high: [Int], interior: [Int]) -> Value {
        let zero = constant(0, [], x.element)
        let shape = x.shape.indices.map { axis in
            low[axis] + high[axis] + x.shape[axis] + (x.shape[axis] - 1) * interior[axis]
        }
        return add(x.element, shape) {
            "stablehlo.pad \(x.name), \(zero.name), low = \(low), high = \(high), interior = \(interior) : "
                + "(\(x.type.text), \(zero.type.text)) -> \($0.text)"
        }
    }

    // MARK: Sums and products

    /// - Parameter operation: `add` or `maximum`.
    mutating func reduce(_ operation: String, _ x: Value, axes: [Int], from start: Float = 0) -> Value {
        let start = constant(start, [], x.element)
        let shape = x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }
        return add(x.element, shape) {
            "stablehlo.reduce(\(x.name) init: \(start.name)) applies stablehlo.\(operation) across dimensions = "
                + "\(axes) : (\(x.type.text), \(start.type.text)) -> \($0.text)"
        }
    }

    /// Sums over one axis of each.
    mutating func dot(_ a: Value, axis aAxis: Int, _ b: Value, axis bAxis: Int) -> Value {
        add(a.element, [a.shape[1 - aAxis], b.shape[1 - bAxis]]) {
            "stablehlo.dot_general \(a.name), \(b.name), contracting_dims = [\(aAxis)] x [\(bAxis)], "
                + "precision = [HIGHEST, HIGHEST] : (\(a.type.text), \(b.type.text)) -> \($0.text)"
        }
    }

    /// How the axes of a convolution's three tensors are meant, and where its kernel goes.
    struct Window {
        /// In StableHLO's words: `[b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f]`.
        var axes: String
        var stride = 1
        /// Before the first and after the last element, for height and width; may be negative.
        var padding: [[Int]]
        var inputDilation = 1
        var kernelDilation = 1
    }

    mutating func convolution(_ x: Value, _ kernel: Value, _ window: Window, shape: [Int]) -> Value {
        let (stride, inputs, kernels) = (window.stride, window.inputDilation, window.kernelDilation)
        return add(x.element, shape) {
            "stablehlo.convolution(\(x.name), \(kernel.name)) dim_numbers = \(window.axes), window = "
                + "{stride = [\(stride), \(stride)], pad = \(window.padding), lhs_dilate = [\(inputs), \(inputs)], "
                + "rhs_dilate = [\(kernels), \(kernels)]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, "
                + "\(Self.fullPrecision)} : (\(x.type.text), \(kernel.type.text)) -> \($0.text)"
        }
    }

    /// Squares that a pool takes together, on `[N, H, W, C]`.
    struct Pool {
        var size: Int
        var stride: Int
        var padding: Int

        /// - Parameter length: of height or width.
        func outputLength(_ length: Int) -> Int { (length + 2 * padding - size) / stride + 1 }

        fileprivate var attributes: String {
            "window_dimensions = array<i64: 1, \(size), \(size), 1>, "
                + "window_strides = array<i64: 1, \(stride), \(stride), 1>, padding = dense<[[0, 0], "
                + "[\(padding), \(padding)], [\(padding), \(padding)], [0, 0]]> : tensor<4x2xi64>"
        }
    }

    /// - Parameter operation: `add` or `maximum`.
    mutating func reduce(_ operation: String, _ x: Value, pool: Pool, from start: Float) -> Value {
        let start = constant(start, [], x.element)
        let shape = [x.shape[0]] + x.shape[1...2].map(pool.outputLength) + [x.shape[3]]
        return add(x.element, shape) {
            "\"stablehlo.reduce_window\"(\(x.name), \(start.name)) <{\(pool.attributes)}> "
                + "(\(Self.body(operation, x.element))) : (\(x.type.text), \(start.type.text)) -> \($0.text)"
        }
    }

    /// Adds each element of `dy` where the highest of its square of `x` stands; of equal ones, at the first.
    mutating func scatterToMaxima(of x: Value, _ dy: Value, pool: Pool) -> Value {
        let zero = constant(0, [], x.element)
        let scalar = zero.type.text
        let choice =
            "{ ^bb0(%a: \(scalar), %b: \(scalar)): %c = stablehlo.compare GE, %a, %b, FLOAT : (\(scalar), \(scalar)) "
            + "-> tensor<i1> stablehlo.return %c : tensor<i1> }"
        return add(x.element, x.shape) {
            "\"stablehlo.select_and_scatter\"(\(x.name), \(dy.name), \(zero.name)) <{\(pool.attributes)}> "
                + "(\(choice), \(Self.body("add", x.element))) : (\(x.type.text), \(dy.type.text), \(scalar)) -> "
                + $0.text
        }
    }

    private static func body(_ operation: String, _ element: Element) -> String {
        let scalar = TensorType(element: element, shape: []).text
        return "{ ^bb0(%a: \(scalar), %b: \(scalar)): %c = stablehlo.\(operation) %a, %b : \(scalar) "
            + "stablehlo.return %c : \(scalar) }"
    }

    // MARK: Places

    /// Pixels `[N, H, W, C]` from those of a store `[count, height, width, C]`.
    ///
    /// - Parameter places: `[N, H, W, 3]`, each an entry, a row and a column; beyond the edge, the nearest is taken.
    mutating func gatherPixels(_ store: Value, at places: Value) -> Value {
        let channels = store.shape[3]
        return add(store.element, places.shape.dropLast() + [channels]) {
            "\"stablehlo.gather\"(\(store.name), \(places.name)) <{dimension_numbers = #stablehlo.gather<"
                + "offset_dims = [3], collapsed_slice_dims = [0, 1, 2], start_index_map = [0, 1, 2], "
                + "index_vector_dim = 3>, slice_sizes = array<i64: 1, 1, 1, \(channels)>, "
                + "indices_are_sorted = false}> : (\(store.type.text), \(places.type.text)) -> \($0.text)"
        }
    }

    /// Writes `part` over the elements of `x` from `start` on along the first axis.
    mutating func update(_ x: Value, with part: Value, from start: Value) -> Value {
        let zero = constant(0, [], .i32)
        let starts = [start] + x.shape.dropFirst().map { _ in zero }
        return add(x.element, x.shape) {
            "stablehlo.dynamic_update_slice \(x.name), \(part.name), \(starts.map(\.name).joined(separator: ", ")) : "
                + "(\(([x, part] + starts).map(\.type.text).joined(separator: ", "))) -> \($0.text)"
        }
    }

    // MARK: Devices

    /// The sum over all devices, the same on each.
    mutating func sumOverReplicas(_ x: Value) -> Value {
        let replicaCount = replicaCount
        guard replicaCount > 1 else { return x }
        return add(x.element, x.shape) {
            "\"stablehlo.all_reduce\"(\(x.name)) <{replica_groups = dense<[\(Array(0..<replicaCount))]> : "
                + "tensor<1x\(replicaCount)xi64>}> (\(Self.body("add", x.element))) : (\(x.type.text)) -> \($0.text)"
        }
    }

    mutating func meanOverReplicas(_ x: Value) -> Value {
        guard replicaCount > 1 else { return x }
        let sum = sumOverReplicas(x)
        return binary("multiply", sum, 1 / Float(replicaCount))
    }
}
