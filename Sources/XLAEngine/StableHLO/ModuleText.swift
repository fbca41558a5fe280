/// A whole program: its arguments, its lines and what it gives back.
struct ModuleText {
    /// One tensor that the program takes.
    struct Argument: Hashable {
        var value: Value
        /// The result that may lie in its memory; the argument cannot be used again after the run.
        var donatedTo: Int?
    }

    private(set) var arguments: [Argument] = []
    var function: FunctionText
    var results: [Value] = []

    init(replicaCount: Int = 1) { function = FunctionText(replicaCount: replicaCount) }

    mutating func argument(_ element: Element, _ shape: [Int]) -> Value {
        let type = TensorType(element: element, shape: shape)
        let value = Value(name: "%a\(arguments.count)", type: type)
        arguments.append(Argument(value: value))
        return value
    }

    /// Gives back `value` in the memory of an argument of its type.
    mutating func giveBack(_ value: Value, inPlaceOf argument: Value) {
        guard let place = arguments.firstIndex(where: { $0.value == argument }) else {
            preconditionFailure("\(argument.name) is no argument")
        }
        arguments[place].donatedTo = results.count
        results.append(value)
    }

    /// The module in StableHLO's text form.
    var text: String {
        let arguments = arguments.map { argument in
            let attribute = argument.donatedTo.map { " {tf.aliasing_output = \($0) : i32}" } ?? ""
            return "\(argument.value.name): \(argument.value.type.text)\(attribute)"
        }
        let types = results.map(\.type.text).joined(separator: ", ")
        let lines = (function.lines + ["return \(results.map(\.name).joined(separator: ", ")) : \(types)"])
        return """
            module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = \(function.replicaCount) : i32} {
              func.func public @main(\(arguments.joined(separator: ", "))) -> (\(types)) {
            \(lines.map { "    " + $0 }.joined(separator: "\n"))
              }
            }

            """
    }
}
