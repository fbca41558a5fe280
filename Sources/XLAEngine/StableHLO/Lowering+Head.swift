import Networks

// What follows the last stage, in 32-bit floats.
extension Lowering {
    mutating func globalMean(_ input: NodeID) -> Value {
        let x = wideActivation(input)
        let sum = function.reduce("add", x, axes: [1, 2])
        return function.binary("multiply", sum, 1 / Float(x.shape[1] * x.shape[2]))
    }

    /// Of squares, a row for each.
    mutating func windowMeans(_ input: NodeID, size: Int, stride: Int) -> Value {
        let x = wideActivation(input)
        let pool = FunctionText.Pool(size: size, stride: stride, padding: 0)
        let sums = function.reduce("add", x, pool: pool, from: 0)
        let means = function.binary("multiply", sums, 1 / Float(size * size))
        return function.reshape(means, to: [sums.shape.dropLast().reduce(1, *), sums.shape[3]])
    }

    /// - Parameter dy: `[N, C]`.
    mutating func globalMeanGradient(_ dy: Value, height: Int, width: Int) -> Value {
        let part = function.binary("multiply", dy, 1 / Float(height * width))
        let narrow = function.convert(part, to: activations)
        return function.broadcast(narrow, axes: [0, 3], to: [dy.shape[0], height, width, dy.shape[1]])
    }

    /// - Parameter dy: `[N · P · Q, C]`.
    mutating func windowMeansGradient(
        _ dy: Value, size: Int, stride: Int, height: Int, width: Int
    ) -> Value {
        let sides = [height, width]
        let places = sides.map { ($0 - size) / stride + 1 }
        let maps = function.reshape(
            dy, to: [dy.shape[0] / (places[0] * places[1])] + places + [dy.shape[1]])
        let parts = function.binary("multiply", maps, 1 / Float(size * size))
        // Each window's part at its first element; an element then has the sum of those up to a window before it.
        let after = zip(sides, places).map { side, count in side - (count - 1) * stride - 1 }
        let spread = function.pad(
            parts, low: [0, size - 1, size - 1, 0], high: [0] + after + [0],
            interior: [0, stride - 1, stride - 1, 0])
        let pool = FunctionText.Pool(size: size, stride: 1, padding: 0)
        let sums = function.reduce("add", spread, pool: pool, from: 0)
        return function.convert(sums, to: activations)
    }

    mutating func dense(_ x: Value, _ weights: Value, _ bias: Value) -> Value {
        let product = function.dot(x, axis: 1, weights, axis: 1)
        let biases = function.broadcast(bias, axes: [1], to: product.shape)
        return function.binary("add", product, biases)
    }

    private mutating func perRow(_ values: Value, like x: Value) -> Value {
        function.broadcast(values, axes: [0], to: x.shape)
    }

    /// Logits over their row's highest one, their powers of e, and the sums of these per row.
    private mutating func powers(_ logits: Value) -> (logits: Value, powers: Value, sums: Value) {
        let highest = function.reduce("maximum", logits, axes: [1], from: -.infinity)
        let shifted = function.binary("subtract", logits, perRow(highest, like: logits))
        let powers = function.unary("exponential", shifted)
        return (shifted, powers, function.reduce("add", powers, axes: [1]))
    }

    mutating func softmax(_ logits: Value) -> Value {
        let (_, powers, sums) = powers(logits)
        return function.binary("divide", powers, perRow(sums, like: logits))
    }

    mutating func crossEntropy(_ logits: Value, _ targets: Value) -> Value {
        let (shifted, _, sums) = powers(logits)
        let logarithms = function.unary("log", sums)
        let scores = function.binary("subtract", shifted, perRow(logarithms, like: logits))
        let products = function.binary("multiply", scores, targets)
        let sum = function.reduce("add", products, axes: [0, 1])
        return function.binary("multiply", sum, -1 / Float(logits.shape[0]))
    }

    mutating func crossEntropyGradient(_ logits: Value, _ targets: Value) -> Value {
        let scores = softmax(logits)
        let difference = function.binary("subtract", scores, targets)
        return function.binary("multiply", difference, 1 / Float(logits.shape[0]))
    }

    /// `max(x, 0) - x t + log(1 + exp(-|x|))` of each class.
    mutating func sigmoidCrossEntropy(_ logits: Value, _ targets: Value) -> Value {
        let power = function.unary("exponential", function.unary("negate", function.unary("abs", logits)))
        let rest = function.unary("log_plus_one", power)
        let positive = function.binary("maximum", logits, function.constant(0, logits.shape))
        let linear = function.binary("subtract", positive, function.binary("multiply", logits, targets))
        let sum = function.reduce("add", function.binary("add", linear, rest), axes: [0, 1])
        return function.binary("multiply", sum, 1 / Float(logits.shape[0]))
    }

    mutating func sigmoidCrossEntropyGradient(_ logits: Value, _ targets: Value) -> Value {
        let difference = function.binary("subtract", function.unary("logistic", logits), targets)
        return function.binary("multiply", difference, 1 / Float(logits.shape[0]))
    }

    /// Counts the logits ahead of each label's: the higher ones, and the equal ones before it.
    mutating func correctCount(_ logits: Value, labels: Value, highest: Int) -> Value {
        let places = function.iota(logits.shape, axis: 1)
        let label = function.convert(labels, to: .i32)
        let labels = perRow(label, like: places)
        let isLabel = function.compare("EQ", places, labels)
        let zero = function.constant(0, logits.shape)
        let chosen = function.select(isLabel, logits, zero)
        let labelLogits = perRow(function.reduce("add", chosen, axes: [1]), like: logits)
        let isHigher = function.compare("GT", logits, labelLogits)
        let isEqual = function.compare("EQ", logits, labelLogits)
        let isBefore = function.compare("LT", places, labels)
        let isAhead = function.binary("or", isHigher, function.binary("and", isEqual, isBefore))
        let counts = function.reduce("add", function.convert(isAhead, to: .f32), axes: [1])
        let limit = function.constant(Float(highest), counts.shape)
        let isCorrect = function.compare("LT", counts, limit)
        return function.reduce("add", function.convert(isCorrect, to: .f32), axes: [0])
    }
}
