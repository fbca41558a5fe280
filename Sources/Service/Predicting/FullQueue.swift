import Files
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Refuses pictures for a model whose queue is full, at the price of reading their header: a service that is asked too much has to
/// spend its time on what it has accepted.
struct FullQueue: Sendable {
    private static let start = "/v1/models/"
    private static let end = "/predict"

    let shelf: ModelShelf
    let gate: Gate
    let limits: ServiceLimits
    let metrics: ServiceMetrics

    /// - Returns: the answer 429; `nil` where the request is another one, is not allowed, or can be taken.
    func answer(to head: HTTPRequestHead) -> (head: HTTPResponse, body: ByteBuffer)? {
        guard head.method == .POST, head.uri.hasPrefix(Self.start) else { return nil }
        let path = head.uri.prefix { $0 != "?" }
        guard path.hasSuffix(Self.end) else { return nil }
        // A name that is escaped takes the usual way.
        let name = path.dropFirst(Self.start.count).dropLast(Self.end.count)
        guard shelf.isFull(name), let request = HTTPRequest(head),
            (try? gate.check(request, isOpen: false)) != nil
        else { return nil }
        metrics.countRefusal("queue_full")
        metrics.countRequest(method: .post, path: "/v1/models/{model}/predict", status: 429, seconds: 0)
        let id = hexadecimal(UInt64.random(in: 0...UInt64.max))
        let body = ByteBuffer(
            string: """
                {"detail":"\(limits.waitingPictureCount) images wait for this model; try again in a moment",\
                "request":"\(id)","status":429,"title":"Too Many Requests"}
                """)
        var head = HTTPResponse(status: .tooManyRequests)
        SafetyFields.add(to: &head.headerFields)
        head.headerFields[.requestID] = id
        head.headerFields[.retryAfter] = "1"
        head.headerFields[.contentType] = "application/problem+json"
        head.headerFields[.contentLength] = "\(body.readableBytes)"
        return (head, body)
    }
}
