import Files
import HTTPTypes
import Synchronization

/// What the service counts about itself, as Prometheus reads it.
///
/// - Source: Prometheus' text format 0.0.4, and its rules for names: base units, `_total` for counters, no ids in labels.
final class ServiceMetrics: Sendable {
    private struct RequestKey: Hashable, Comparable {
        var method: String
        var path: String
        var status: Int

        static func < (one: RequestKey, other: RequestKey) -> Bool {
            (one.path, one.method, one.status) < (other.path, other.method, other.status)
        }
    }

    /// How many values lie up to each bound, and their sum.
    private struct Histogram {
        var counts: [Int]
        var sum = 0.0
        let bounds: [Double]

        init(_ bounds: [Double]) {
            self.bounds = bounds
            counts = [Int](repeating: 0, count: bounds.count + 1)
        }

        mutating func add(_ value: Double) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }
    }

    private struct Values {
        var requests: [RequestKey: Int] = [:]
        var seconds: [String: Histogram] = [:]
        var pictures: [String: Int] = [:]
        var refusals: [String: Int] = [:]
        var batches: [String: Histogram] = [:]
    }

    private static let secondBounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    private static let batchBounds = [1.0, 2, 4, 8, 16, 32, 64]
    /// Methods that we know; a client may invent any number of others.
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE"]

    private let values = Mutex(Values())

    /// - Parameter path: of the route, with its names in braces.
    func countRequest(method: HTTPRequest.Method, path: String, status: Int, seconds: Double) {
        let name = Self.methods.contains(method.rawValue) ? method.rawValue : "other"
        values.withLock { values in
            values.requests[RequestKey(method: name, path: path, status: status), default: 0] += 1
            values.seconds[path, default: Histogram(Self.secondBounds)].add(seconds)
        }
    }

    func countBatch(model: String, pictureCount: Int) {
        values.withLock { values in
            values.pictures[model, default: 0] += pictureCount
            values.batches[model, default: Histogram(Self.batchBounds)].add(Double(pictureCount))
        }
    }

    /// - Parameter reason: one of a few words.
    func countRefusal(_ reason: String) { values.withLock { $0.refusals[reason, default: 0] += 1 } }

    /// One number as it is now; a counter where its name says so.
    struct Gauge {
        var name: String
        var help: String
        /// By the label `label`, or one value without labels.
        var values: [(label: String?, value: Double)]
        var labelName = "state"

        init(_ name: String, _ help: String, _ value: Double) {
            self.name = name
            self.help = help
            values = [(nil, value)]
        }

        init(_ name: String, _ help: String, by labelName: String, _ values: [(String, Double)]) {
            self.name = name
            self.help = help
            self.labelName = labelName
            self.values = values.map { ($0, $1) }
        }
    }

    /// All of it in Prometheus' text format.
    func text(_ gauges: [Gauge]) -> String {
        let values = values.withLock { $0 }
        var text = ""
        func head(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }
        func label(_ value: String) -> String {
            "\""
                + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                    "\n", with: "\\n")
                + "\""
        }
        func add(_ histogram: Histogram, _ name: String, _ labels: String) {
            var sum = 0
            for (count, bound) in zip(histogram.counts, histogram.bounds.map { "\($0)" } + ["+Inf"]) {
                sum += count
                text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(sum)\n"
            }
            text += "\(name)_sum{\(labels)} \(histogram.sum)\n\(name)_count{\(labels)} \(sum)\n"
        }
        head("tilescope_http_requests_total", "counter", "Requests that were answered.")
        for (key, count) in values.requests.sorted(by: { $0.key < $1.key }) {
            text +=
                "tilescope_http_requests_total{method=\(label(key.method)),path=\(label(key.path)),"
                + "status=\"\(key.status)\"} \(count)\n"
        }
        let seconds = "tilescope_http_request_duration_seconds"
        head(seconds, "histogram", "From the end of a request's header to the beginning of its answer.")
        for (path, histogram) in values.seconds.sorted(by: { $0.key < $1.key }) {
            add(histogram, seconds, "path=\(label(path))")
        }
        head("tilescope_predicted_images_total", "counter", "Images that a model has classified.")
        for (model, count) in values.pictures.sorted(by: { $0.key < $1.key }) {
            text += "tilescope_predicted_images_total{model=\(label(model))} \(count)\n"
        }
        head("tilescope_batch_images", "histogram", "Images that went through a model together.")
        for (model, histogram) in values.batches.sorted(by: { $0.key < $1.key }) {
            add(histogram, "tilescope_batch_images", "model=\(label(model))")
        }
        head("tilescope_refusals_total", "counter", "Requests that were refused because a limit was reached.")
        for (reason, count) in values.refusals.sorted(by: { $0.key < $1.key }) {
            text += "tilescope_refusals_total{reason=\(label(reason))} \(count)\n"
        }
        for gauge in gauges {
            head(gauge.name, gauge.name.hasSuffix("_total") ? "counter" : "gauge", gauge.help)
            for (name, value) in gauge.values {
                text += gauge.name + (name.map { "{\(gauge.labelName)=\(label($0))}" } ?? "") + " \(value)\n"
            }
        }
        return text
    }
}
