/// Max pooling of NHWC activations, plain loops over channels.
struct Pooling {
    /// `[N, C, H, W]` and `[N, C, P, Q]`.
    var x: [Int]
    var y: [Int]
    var size: Int
    var stride: Int
    var padding: Int

    func forward(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ samples: Int) {
        let channels = x[1]
        forEachWindow(samples) { sample, rows, columns, out in
            let target = output + out * channels
            target.update(repeating: -.infinity, count: channels)
            for row in rows {
                for column in columns {
                    let source = input + ((sample * x[2] + row) * x[3] + column) * channels
                    for c in 0..<channels where source[c] > target[c] { target[c] = source[c] }
                }
            }
        }
    }

    /// Each result's gradient goes to the first highest element of its window, in row order.
    func gradient(
        _ dy: UnsafePointer<Float>, _ input: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>,
        _ samples: Int
    ) {
        let channels = x[1]
        dx.update(repeating: 0, count: samples * x[2] * x[3] * channels)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: channels) { best in
            forEachWindow(samples) { sample, rows, columns, out in
                let first = (sample * x[2] + rows.lowerBound) * x[3] + columns.lowerBound
                best.update(repeating: first * channels)
                for row in rows {
                    for column in columns {
                        let offset = ((sample * x[2] + row) * x[3] + column) * channels
                        for c in 0..<channels where input[offset + c] > input[best[c] + c] {
                            best[c] = offset
                        }
                    }
                }
                for c in 0..<channels { dx[best[c] + c] += dy[out * channels + c] }
            }
        }
    }

    private func forEachWindow(_ samples: Int, _ body: (Int, Range<Int>, Range<Int>, Int) -> Void) {
        for sample in 0..<samples {
            for p in 0..<y[2] {
                let rows = max(0, p * stride - padding)..<min(x[2], p * stride - padding + size)
                for q in 0..<y[3] {
                    let columns = max(0, q * stride - padding)..<min(x[3], q * stride - padding + size)
                    body(sample, rows, columns, (sample * y[2] + p) * y[3] + q)
                }
            }
        }
    }
}
