import HTTPTypes
import NIOCore

/// What becomes of a request whose header has come.
enum Admission: Sendable {
    /// It is answered as its route says; a picture may have its place in a queue already.
    case passed(PredictionQueue.Place?)
    /// It is answered at once.
    case refused(HTTPResponse, ByteBuffer)
}

/// Gives pictures their places in the queues of models, and refuses those for whom there is none, at the price of reading a header: a
/// service that is asked too much has to spend its time on what it has accepted.
struct FullQueue: Sendable {
    private static let start = "/v1/models/"
    private static let end = "/predict"

    let shelf: ModelShelf
    let gate: Gate
    let limits: ServiceLimits
    let metrics: ServiceMetrics

    func admit(_ request: HTTPRequest) -> Admission {
        guard request.method == .post, let target = request.path, target.hasPrefix(Self.start) else {
            return .passed(nil)
        }
        let path = target.prefix { $0 != "?" }
        guard path.hasSuffix(Self.end) else { return .passed(nil) }
        // A name that is escaped takes the usual way; so does a list, whose images are not counted yet, and who may not ask.
        let name = path.dropFirst(Self.start.count).dropLast(Self.end.count)
        guard let queue = shelf.loadedQueue(of: name),
            request.headerFields[.contentType]?.hasPrefix("application/json") != true,
            (try? gate.check(request, isOpen: false)) != nil
        else { return .passed(nil) }
        if let place = queue.place() { return .passed(place) }
        metrics.countRefusal("queue_full")
        metrics.countRequest(method: .post, path: "/v1/models/{model}/predict", status: 429, seconds: 0)
        let id = Responder.requestID(request)
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
        return .refused(head, body)
    }
}
