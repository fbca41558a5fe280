import HTTPTypes
import NIOCore

/// One request, and the way for its answer.
struct Exchange: Sendable {
    let request: HTTPRequest
    let body: RequestBody
    let place: PredictionQueue.Place?
    private let connection: NIOLoopBound<RequestHandler>
    private let eventLoop: any EventLoop

    /// - Parameter connection: on whose event loop it is made.
    init(
        _ request: HTTPRequest, body: RequestBody, place: PredictionQueue.Place?, connection: RequestHandler,
        eventLoop: any EventLoop
    ) {
        self.request = request
        self.body = body
        self.place = place
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    /// Says that the client may send the body.
    func proceed() { onLoop { $0.write(HTTPResponse(status: .continue)) } }

    /// A whole answer, without or with a body.
    func answer(_ head: HTTPResponse, _ body: ByteBuffer? = nil) {
        onLoop { connection in
            connection.write(head)
            if let body { connection.write(body, promise: nil) }
            connection.end()
        }
    }

    /// Begins an answer whose body comes in pieces.
    func begin(_ head: HTTPResponse) { onLoop { $0.write(head) } }

    /// Returns when the piece was written, at the client's pace.
    ///
    /// - Throws: where the connection has ended.
    func send(_ piece: ByteBuffer) async throws {
        let promise = eventLoop.makePromise(of: Void.self)
        onLoop { $0.send(piece, promise: promise) }
        try await promise.futureResult.get()
    }

    func end() { onLoop { $0.end() } }

    /// Ends the connection: the answer cannot be completed.
    func abandon() { onLoop { $0.abandon() } }

    private func onLoop(_ body: @escaping @Sendable (RequestHandler) -> Void) {
        guard !eventLoop.inEventLoop else { return body(connection.value) }
        eventLoop.execute { body(connection.value) }
    }
}
